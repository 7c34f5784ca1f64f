/* The pieces of memory that a message is made of. */
#include "sock_internal.h"

#include <limits.h>

/* The application's vector need not be aligned. */
static struct iovec piece(const struct msghdr *m, size_t i)
{
    struct iovec v;
    memcpy(&v, &m->msg_iov[i], sizeof v);
    return v;
}

int64_t sock_message_len(const struct msghdr *m)
{
    uint64_t sum = 0;
    if (m->msg_iovlen > IOV_MAX_) return -EMSGSIZE;
    if (m->msg_iovlen && !m->msg_iov) return -EFAULT;
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        size_t len = piece(m, i).iov_len;
        if (len > SSIZE_MAX - sum) return -EINVAL;
        sum += len;
    }
    return (int64_t)sum;
}

void *iov_at(const struct msghdr *m, uint64_t at, size_t *len)
{
    for (size_t i = 0; i < m->msg_iovlen; i++) {
        struct iovec v = piece(m, i);
        if (at < v.iov_len) {
            *len = v.iov_len - at;
            return v.iov_base ? (char *)v.iov_base + at : NULL;
        }
        at -= v.iov_len;
    }
    *len = 0;
    return NULL;
}
