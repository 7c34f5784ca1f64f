/* Topics: the algorithms of congestion control, and what they share. */
#include "topic.h"
#include "words.h"

const struct topic topics_congestion[] = {
    {.name = "newreno",
     .kind = N_("idea"),
     .aliases = "reno AIMD-reno 算法-newreno",
     .what = N_("The oldest congestion control that is still in use: slow start, one segment more each round trip, half of the "
                "window at a loss."),
     .why = N_("It is what all others are measured by: a new algorithm must be fair to it where it does well."),
     .without = N_("On long fast paths it takes minutes to come back from one loss: after a halving of 1,700 segments 850 round "
                   "trips."),
     .source = "RFC 5681, RFC 6582",
     .code = "src/cc/newreno.c newreno_on_ack",
     .test = "tests/conn/test_congestion.c",
     .see = "cubic congestion-control congestion CC_AVOIDANCE CC_LOSS"},
    {.name = "cubic",
     .kind = N_("idea"),
     .aliases = "CUBIC W_max W_cubic 三次函数",
     .what = N_("The window grows as the cube of the time since the last loss: fast at first, flat where the last loss was, then "
                "faster and faster: W(t) = 0.4 (t - K)^3 + W_max. A loss leaves 0.7 of it. tern's default."),
     .why = N_("Growth by time, not by round trips, fills long fast paths in seconds and treats flows of unlike round trips more "
               "alike. Where Reno would have the larger window it does as Reno does."),
     .without =
         N_("`tern sim cubic_long_fat` shows both: at 100 Mbit/s and 200 ms Reno carries little more than half of the path."),
     .source = "RFC 9438",
     .code = "src/cc/cubic.c cubic_window",
     .test = "tests/unit/test_cc_cubic.c",
     .see = "newreno bbr hystart congestion CC_CUBIC_CONCAVE CC_CUBIC_CONVEX CC_CUBIC_RENO"},
    {.name = "HyStart-RFC9406",
     .kind = N_("idea"),
     .aliases = "CSS conservative-slow-start 保守慢启动",
     .what = N_("Slow start watches the round trip: when its least of a round is an eighth longer than the last round's (4 to 16 "
                "ms), the queue fills; five rounds of a quarter of the growth follow, then congestion avoidance."),
     .why = N_("Doubling finds the limit of a path by losing up to a window in one round trip."),
     .without = N_("In the test's path of 428 packets and as much queue slow start loses 1,200 packets, with HyStart++ 656."),
     .source = "RFC 9406",
     .code = "src/cc/hystart.c cc_slow_start",
     .test = "tests/unit/test_cc_hystart.c",
     .see = "slow-start cubic CC_CSS CC_CSS_END"},
    {.name = "bbr",
     .kind = N_("idea"),
     .aliases = "BBRv3 BBR3 bottleneck-bandwidth ProbeBW ProbeRTT",
     .what = N_("A model of the path in place of a reaction to loss: the greatest rate at which it delivers, and the least round "
                "trip. Data leaves at that rate, about their product is in flight, and now and then more, or less, is tried."),
     .why =
         N_("Loss is late where queues are long, and says little where bits get lost by chance: up to 2 % of loss does not slow "
            "it down much."),
     .without =
         N_("With 1 packet in 1,000 lost CUBIC has 13 % of a path of 100 Mbit/s and 40 ms, BBR 87 % (the test's figures)."),
     .source = "draft-ietf-ccwg-bbr",
     .code = "src/cc/bbr.c update_cycle",
     .test = "tests/unit/test_cc_bbr.c",
     .see = "paced-sending delivery-rate cubic CC_BBR_STARTUP CC_BBR_UP CC_BBR_PROBE_RTT"},
    {.name = "dctcp",
     .kind = N_("idea"),
     .aliases = "DCTCP data-center 数据中心",
     .what = N_("Where switches mark early, the share of bytes that came marked tells how much too much is sent: the window goes "
                "down by half of that share, once a round trip."),
     .why = N_("One answer for one mark and for a hundred makes queues swing; in proportion they stay short and the path full."),
     .without = N_("Beside ordinary flows it takes too much: it is for data centres of one's own."),
     .source = "RFC 8257",
     .code = "src/cc/dctcp.c reduce",
     .test = "tests/unit/test_cc_dctcp.c",
     .see = "ECE CWR newreno CC_DCTCP_MARKS"},
    {.name = "paced-sending",
     .kind = N_("idea"),
     .aliases = "SO_MAX_PACING_RATE 节奏控制 均匀发送",
     .what = N_("Data leaves evenly at a rate, in super-segments of about a millisecond, not a window at once."),
     .why = N_("A burst fills queues that are long enough for the rate, and loses."),
     .without = N_("After silence a whole window would leave at the speed of the host's own link."),
     .source = "draft-ietf-ccwg-bbr 5.6.2",
     .code = "src/tcp/pacing.c pacing_early",
     .test = "tests/conn/test_pacing.c",
     .see = "bbr pacing pacing_slow_start pacing_avoidance"},
    {.name = "delivery-rate",
     .kind = N_("idea"),
     .aliases = "rate-sample 交付速率 带宽样本",
     .what =
         N_("How fast the path took one flight: the bytes delivered between a segment's sending and its acknowledgement, over "
            "the longer of the time that sending took and the time that the acknowledgements took."),
     .why = N_("The rate is what congestion control looks for; taking the longer time keeps acknowledgements that come together "
               "from showing more than there is."),
     .without = N_("A window says how much fits, not how fast it goes; BBR is built on the rate."),
     .source = "draft-ietf-ccwg-bbr 4.1",
     .code = "src/tcp/rate.c rate_fill",
     .test = "tests/unit/test_tcp_rate.c",
     .see = "bbr paced-sending"},
    {.name = "byte-counting",
     .kind = N_("idea"),
     .aliases = "ABC appropriate-byte-counting 字节计数",
     .what = N_("The window grows by the bytes that are acknowledged, not by the number of acknowledgements."),
     .why = N_("Receivers that acknowledge every second segment, or every super-segment, would slow their senders down."),
     .without = N_("A receiver that splits its acknowledgements could make its sender's window explode (ACK division)."),
     .source = "RFC 3465",
     .code = "src/cc/hystart.c counted",
     .test = "tests/unit/test_cc_hystart.c",
     .see = "slow-start abc_limit CC_SLOW_START"},
    {0},
};
