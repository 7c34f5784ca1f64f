/* sendmsg() and recvmsg(): the part of calls on data that has to do with struct msghdr. */
#ifndef DRILL_RUN_CALL_MSG_H
#define DRILL_RUN_CALL_MSG_H

#include "run_call.h"

/* [{..., 100}, {..., 5}] into c->iov, c->msg. */
bool data_vector(struct run *r, struct call *c, const struct script_expr *e);
int64_t data_send(struct run *r, struct call *c);
int64_t data_receive(struct run *r, struct call *c);

bool msg_read_send(struct run *r, struct call *c);
bool msg_read_receive(struct run *r, struct call *c);

#endif
