/* Topics written by hand: the calls of an application (RFC 9293 3.10.1 to 3.10.6), by that name and by the sockets'. */
#include "topic.h"
#include "words.h"

const struct topic topics_calls[] = {
    {.name = "OPEN",
     .kind = N_("call"),
     .aliases = "connect() listen() active-OPEN passive-OPEN 主动打开 被动打开 bind bind()",
     .what = N_("Asks for a connection: an active OPEN (connect) sends the SYN, a passive one (bind and listen) waits in LISTEN "
                "for somebody else's."),
     .why = N_("A control block and a pair of ports must be there before anything can be numbered."),
     .without = N_("A SYN that meets no passive OPEN is answered by RST: connection refused."),
     .source = "RFC 9293 3.10.1",
     .code = "src/stack/listener.c tern_stack_listen",
     .test = "tests/conn/test_open.c",
     .see = "SYN LISTEN SYN-SENT handshake backlog"},
    {.name = "SEND",
     .kind = N_("call"),
     .aliases = "send() write write() sendto send-call 发送",
     .what = N_("Gives bytes to the send queue. It returns when they are there, not when they were sent, and not when they have "
                "arrived; when the queue is full it takes a part, or waits."),
     .why = N_("The windows of the receiver and of the network decide when the bytes may leave; the queue keeps them until they "
               "are acknowledged."),
     .without = N_("Who takes its success for an arrival loses data without noticing: only an answer of the other application "
                   "says that it has read."),
     .source = "RFC 9293 3.10.2",
     .code = "src/stack/calls.c tern_conn_send",
     .test = "tests/conn/test_segmentation.c",
     .see = "send-queue Nagle PSH byte-stream"},
    {.name = "RECEIVE",
     .kind = N_("call"),
     .aliases = "recv recv() read read() receive-call 接收",
     .what = N_("Takes what is in order from the receive queue: some bytes, or 0 when the peer has closed and all is read, or "
                "the error that ended the connection."),
     .why = N_("What is read makes room, and the window that is offered grows by it: an application that does not read stops "
               "its peer."),
     .without = N_("The window closes, and the sender can only probe whether it has opened again."),
     .source = "RFC 9293 3.10.3",
     .code = "src/stack/calls.c tern_conn_recv",
     .test = "tests/conn/test_data.c",
     .see = "receive-queue window zero-window byte-stream"},
    {.name = "CLOSE",
     .kind = N_("call"),
     .aliases = "close() shutdown() SHUT_WR close-call",
     .what = N_("Says that this side has no more to send: what is queued goes out first, then the FIN. Data of the peer may "
                "still come. The sockets' shutdown(SHUT_WR) is this; their close() also gives up reading."),
     .why = N_("Each direction ends by itself, and by a number, so that the other side knows that it has all."),
     .without = N_("A side that never calls it stays in CLOSE-WAIT, and its peer in FIN-WAIT-2."),
     .source = "RFC 9293 3.10.4",
     .code = "src/stack/calls.c tern_conn_close",
     .test = "tests/conn/test_close.c",
     .see = "FIN close half-close close-wait why-four"},
    {.name = "ABORT",
     .kind = N_("call"),
     .aliases = "abort() abort-call SO_LINGER-0 中止",
     .what = N_("Gives the connection up: what is queued is thrown away, and a RST tells the peer. Sockets do it by close() with "
                "SO_LINGER on and a time of 0, or with received data unread."),
     .why = N_("An application that is in trouble must not go through an orderly end that would say: this is all."),
     .without = N_("A half-sent answer would end by FIN and look whole."),
     .source = "RFC 9293 3.10.5",
     .code = "src/stack/calls.c tern_conn_abort",
     .test = "tests/conn/test_linger.c",
     .see = "RST rst LINGER connection-reset"},
    {.name = "STATUS",
     .kind = N_("call"),
     .aliases = "getsockopt TCP_INFO tcp_info status-call",
     .what = N_("Tells what the control block holds: state, queues, windows, round trips, timers. Sockets have TCP_INFO, and "
                "the commands ss and tern states print it."),
     .why = N_("A connection that stands still shows nothing on the wire; its reason is in the control block."),
     .without = N_("One would have to guess both control blocks from a capture, as tern trace does."),
     .source = "RFC 9293 3.10.6",
     .code = "src/stack/calls.c tern_conn_status",
     .test = "tests/conn/test_stack_life.c",
     .see = "tern-states control-block tcb"},
    {.name = NULL},
};
