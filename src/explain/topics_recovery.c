/* Topics written by hand: how losses are found, repaired, and found to be none. */
#include "topic.h"
#include "words.h"

const struct topic topics_recovery[] = {
    {.name = "scoreboard",
     .kind = N_("idea"),
     .aliases = "sent-map SACK-scoreboard pipe SACK-recovery 计分板 选择确认恢复",
     .what =
         N_("The sender's list of what is in flight: which bytes the peer has, which count as lost, which went again. What is "
            "really in the network is counted from it: the pipe."),
     .why = N_("With SACK all holes of a window are known at once, so they are filled in one round trip."),
     .without = N_("Without it one hole a round trip is repaired (NewReno), or everything after the loss is sent again."),
     .source = "RFC 6675 4",
     .code = "src/tcp/sack.c sack_in",
     .test = "tests/conn/test_sack_recovery.c",
     .see = "SACK-option RTX_SACK SACK_IN fast-retransmit RACK"},
    {.name = "RACK",
     .kind = N_("idea"),
     .aliases = "RACK-TLP recent-acknowledgment 按时间判断丢失",
     .what = N_("A segment is lost when one that was sent later has arrived and more time has passed than reordering explains: a "
                "quarter of the least round trip, more on a path that proves to reorder."),
     .why =
         N_("Time judges every transmission, repetitions and the ends of flights included, where counting duplicates sees only "
            "the first."),
     .without =
         N_("A repetition that is lost waits for the retransmission timer, and a path that reorders looks like one that loses."),
     .source = "RFC 8985 6.2",
     .code = "src/tcp/rack.c rack_detect",
     .test = "tests/conn/test_sack_recovery.c",
     .see = "reordering-timer RACK_LOST RACK_WIDER rack scoreboard TLP"},
    {.name = "TLP",
     .kind = N_("idea"),
     .aliases = "tail-loss-probe-algorithm tail-loss 尾部丢失",
     .what = N_("When two round trips pass without an acknowledgement one segment more is sent, new or once again; what is "
                "acknowledged then shows what is missing."),
     .why = N_("Answers are short: many losses are at the end of a flight, where no duplicates can come."),
     .without = N_("Each of them costs a retransmission timeout, and a window of one segment afterwards."),
     .source = "RFC 8985 7",
     .code = "src/tcp/tail.c tail_acked",
     .test = "tests/conn/test_undo.c",
     .see = "tail-loss-probe-timer RTX_TAIL TAIL_NEW tlp RACK"},
    {.name = "proportional-rate-reduction",
     .kind = N_("idea"),
     .aliases = "按比例降速 proportional-rate 降速",
     .what =
         N_("In recovery the sender answers each delivered byte with a part of a byte, so that what is in flight comes down to "
            "ssthresh evenly and ends there."),
     .why = N_("Neither a pause of half a round trip nor a burst at the end: both cost time or further losses."),
     .without = N_("The window is halved at once: silence first, and a burst when recovery is over."),
     .source = "RFC 9937 6",
     .code = "src/tcp/prr.c prr_acked",
     .test = "tests/conn/test_sack_recovery.c",
     .see = "PRR CC_LOSS congestion-control scoreboard"},
    {.name = "undo",
     .kind = N_("idea"),
     .aliases = "spurious-retransmission Eifel DSACK-undo 撤销 虚假重传",
     .what = N_(
         "When it turns out that nothing was lost, by DSACK or by the echo of a timestamp from before the repetition, the window "
         "becomes what it was."),
     .why = N_("Delay that jumps, or reordering, is no congestion."),
     .without = N_("Each such mistake halves the window, on wireless paths again and again."),
     .source = "RFC 3522 3.2",
     .code = "src/tcp/undo.c undo_try",
     .test = "tests/conn/test_undo.c",
     .see = "UNDO_DSACK UNDO_EIFEL CC_UNDO F-RTO timestamps-option"},
    {.name = "F-RTO",
     .kind = N_("idea"),
     .aliases = "forward-RTO-recovery 虚假超时",
     .what = N_(
         "After a timeout, once something is acknowledged, new data goes first: when data that was sent only once arrives then, "
         "the timeout was spurious."),
     .why = N_("A delay longer than the timeout is not rare, and the whole window would go again for it."),
     .without = N_("Everything in flight is sent twice, and the window begins at one segment."),
     .source = "RFC 5682 3.1",
     .code = "src/tcp/recovery.c frto",
     .test = "tests/conn/test_undo.c",
     .see = "FRTO_NEW FRTO_UNDO frto undo retransmission-timer"},
    {.name = NULL},
};
