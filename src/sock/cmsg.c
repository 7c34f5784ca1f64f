/* Control messages, from and for the application. */
#include "sock_internal.h"

#include <linux/net_tstamp.h>

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

static int read_one(const struct cmsghdr *c, const unsigned char *data, size_t len, uint32_t *ts_flags)
{
    uint32_t v;
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type == SCM_RIGHTS || c->cmsg_type == SCM_CREDENTIALS) return 0; /* not TCP's */
    if (c->cmsg_type != SO_TIMESTAMPING || len != sizeof v) return -EINVAL;
    memcpy(&v, data, sizeof v);
    if (v & ~(uint32_t)SOF_TIMESTAMPING_TX_RECORD_MASK) return -EINVAL;
    *ts_flags = (*ts_flags & ~(uint32_t)SOF_TIMESTAMPING_TX_RECORD_MASK) | v;
    return 0;
}

int cmsg_read(const struct msghdr *m, uint32_t *ts_flags)
{
    const unsigned char *p = m->msg_control;
    size_t left = m->msg_controllen;
    struct cmsghdr c;
    if (left && !p) return -EFAULT;
    while (left >= sizeof c) {
        memcpy(&c, p, sizeof c);
        if (c.cmsg_len < sizeof c || c.cmsg_len > left) return -EINVAL;
        int r = read_one(&c, p + CMSG_LEN(0), c.cmsg_len - CMSG_LEN(0), ts_flags);
        if (r) return r;
        size_t step = CMSG_SPACE(c.cmsg_len - CMSG_LEN(0));
        if (step >= left) break;
        p += step, left -= step;
    }
    return 0;
}
