/* A bug on purpose, put by the linker (--wrap) in place of the function: while anything waits out of order the window that is
 * offered loses one unit, so that its right edge may move back. fuzz_conn must notice. */
#include "tcp_internal.h"

uint16_t __real_rcv_window_field(struct tern_conn *c, bool syn);
uint16_t __wrap_rcv_window_field(struct tern_conn *c, bool syn);

uint16_t __wrap_rcv_window_field(struct tern_conn *c, bool syn)
{
    uint16_t field = __real_rcv_window_field(c, syn);
    return c->rcv.ooo && field ? (uint16_t)(field - 1) : field;
}
