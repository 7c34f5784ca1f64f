/* Control messages for the application. */
#include "sock_internal.h"

void cmsg_put(struct msghdr *m, socklen_t *used, int level, int type, const void *data, size_t len)
{
    size_t room = m->msg_controllen > *used ? m->msg_controllen - *used : 0;
    struct cmsghdr head = {.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type};
    if (!m->msg_control || room < sizeof head) {
        m->msg_flags |= MSG_CTRUNC;
        return;
    }
    if (room < head.cmsg_len) {
        m->msg_flags |= MSG_CTRUNC;
        head.cmsg_len = room;
    }
    unsigned char *at = (unsigned char *)m->msg_control + *used;
    memcpy(at, &head, sizeof head);
    memcpy(at + CMSG_LEN(0), data, head.cmsg_len - CMSG_LEN(0));
    *used += (socklen_t)(room < CMSG_SPACE(len) ? room : CMSG_SPACE(len));
}
