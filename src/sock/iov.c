/* The pieces of memory that a message is made of. */
#include "sock_internal.h"

#include <limits.h>

int64_t iov_total(const struct msghdr *m)
{
    uint64_t sum = 0;
    if (m->msg_iovlen > IOV_MAX_) return -EMSGSIZE;
    if (m->msg_iovlen && !m->msg_iov) return -EFAULT;
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        size_t len = m->msg_iov[i].iov_len;
        if (len > SSIZE_MAX || sum + len > SSIZE_MAX) return -EINVAL;

        sum += len;
    }
    return (int64_t)sum;
}

void *iov_at(const struct msghdr *m, uint64_t at, size_t *len)
{
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        const struct iovec *v = &m->msg_iov[i];
        if (at < v->iov_len) {
            *len = v->iov_len - at;
            return v->iov_base ? (char *)v->iov_base + at : NULL;
        }
        at -= v->iov_len;
    }
    *len = 0;
    return NULL;
}
