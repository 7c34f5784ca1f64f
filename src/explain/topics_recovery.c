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
     .when = N_("With each acknowledgement that has SACK blocks; both ends must have offered SACK."),
     .why = N_("With SACK all holes of a window are known at once, so they are filled in one round trip."),
     .without = N_("Without it one hole a round trip is repaired (NewReno), or everything after the loss is sent again."),
     .source = "RFC 6675 4",
     .code = "src/tcp/sack.c sack_in",
     .test = "tests/conn/test_sack_recovery.c",
     .settings = "sack ooo_ranges",
     .see = "SACK-option RTX_SACK SACK_IN fast-retransmit RACK"},
    {.name = "RACK",
     .kind = N_("idea"),
     .aliases = "RACK-TLP recent-acknowledgment 按时间判断丢失",
     .what = N_("A segment is lost when one that was sent later has arrived and more time has passed than reordering explains: a "
                "quarter of the least round trip, more on a path that proves to reorder."),
     .when = N_("At each acknowledgement in a connection with SACK, and when the reordering timer expires."),
     .why =
         N_("Time judges every transmission, repetitions and the ends of flights included, where counting duplicates sees only "
            "the first."),
     .without =
         N_("A repetition that is lost waits for the retransmission timer, and a path that reorders looks like one that loses."),
     .source = "RFC 8985 6.2",
     .code = "src/tcp/rack.c rack_detect",
     .test = "tests/conn/test_sack_recovery.c",
     .settings = "rack reordering_max",
     .see = "reordering-timer RACK_LOST RACK_WIDER rack scoreboard TLP"},
    {.name = "TLP",
     .kind = N_("idea"),
     .aliases = "tail-loss-probe-algorithm tail-loss 尾部丢失",
     .what = N_("When two round trips pass without an acknowledgement one segment more is sent, new or once again; what is "
                "acknowledged then shows what is missing."),
     .when = N_(
         "Two round trips after the last of a flight was sent, when no timer would act before; once for each flight, with SACK."),
     .why = N_("Answers are short: many losses are at the end of a flight, where no duplicates can come."),
     .without = N_("Each of them costs a retransmission timeout, and a window of one segment afterwards."),
     .source = "RFC 8985 7",
     .code = "src/tcp/tail.c tail_acked",
     .test = "tests/conn/test_undo.c",
     .settings = "tlp",
     .see = "tail-loss-probe-timer RTX_TAIL TAIL_NEW tlp RACK"},
    {.name = "proportional-rate-reduction",
     .kind = N_("idea"),
     .aliases = "按比例降速 proportional-rate 降速",
     .what =
         N_("In recovery the sender answers each delivered byte with a part of a byte, so that what is in flight comes down to "
            "ssthresh evenly and ends there."),
     .when = N_("In fast recovery with SACK."),
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
     .when = N_("When all that was sent again in a recovery is reported twice (DSACK), or the echo is older than the repetition "
                "(Eifel)."),
     .why = N_("Delay that jumps, or reordering, is no congestion."),
     .without = N_("Each such mistake halves the window, on wireless paths again and again."),
     .source = "RFC 3522 3.2",
     .code = "src/tcp/undo.c undo_try",
     .test = "tests/conn/test_undo.c",
     .settings = "dsack timestamps",
     .see = "UNDO_DSACK UNDO_EIFEL CC_UNDO F-RTO timestamps-option"},
    {.name = "F-RTO",
     .kind = N_("idea"),
     .aliases = "forward-RTO-recovery 虚假超时",
     .what = N_(
         "After a timeout, once something is acknowledged, new data goes first: when data that was sent only once arrives then, "
         "the timeout was spurious."),
     .when = N_("After the first timeout of a flight, at the two acknowledgements that follow."),
     .why = N_("A delay longer than the timeout is not rare, and the whole window would go again for it."),
     .without = N_("Everything in flight is sent twice, and the window begins at one segment."),
     .source = "RFC 5682 3.1",
     .code = "src/tcp/recovery.c frto",
     .test = "tests/conn/test_undo.c",
     .settings = "frto",
     .see = "FRTO_NEW FRTO_UNDO frto undo retransmission-timer"},
    {.name = "limited-transmit",
     .kind = N_("idea"),
     .aliases = "RFC3042 early-retransmit 受限传输 有限传输",
     .what = N_("Each of the first two duplicate acknowledgements lets one new segment out, beyond the congestion window, as far "
                "as the peer's window allows. The window itself stays as it is."),
     .when = N_("At the first and the second duplicate acknowledgement, when there is data that was not sent yet."),
     .why = N_("A small window does not bring three duplicates: the new segments bring those that are missing."),
     .without = N_("A loss in a window of three segments waits for the timeout."),
     .source = "RFC 3042 2",
     .code = "src/tcp/loss.c loss_dupack",
     .test = "tests/conn/test_fast_retransmit.c",
     .see = "fast-retransmit TLP RACK"},
    {.name = "reneging",
     .kind = N_("idea"),
     .aliases = "SACK-reneging renege 反悔 选择确认反悔",
     .what = N_("A receiver gives up data that it had acknowledged selectively, for want of memory. It may: only the cumulative "
                "acknowledgement is a promise, and a sender keeps all bytes until that one covers them."),
     .when = N_("At a timeout whose first segment had been acknowledged selectively: all such marks are forgotten then."),
     .why = N_("A receiver under pressure must be able to free memory without breaking connections."),
     .without = N_("A sender that frees what was selectively acknowledged could never fill the hole again."),
     .source = "RFC 2018 8",
     .code = "src/tcp/recovery.c reneged",
     .test = "tests/conn/test_sack_recovery.c",
     .settings = "memory_high",
     .see = "SACK-option SACK_RENEGED scoreboard out-of-order-queue"},
    {.name = NULL},
};
