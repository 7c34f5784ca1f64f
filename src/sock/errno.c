/* tern's errors as errno. */
#include "sock_errno.h"

#include <errno.h>

int sock_errno(int err)
{
    switch (err) {
    case TERN_ERR_AGAIN: return EAGAIN;
    case TERN_ERR_INVAL: return EINVAL;
    case TERN_ERR_NOMEM: return ENOBUFS;
    case TERN_ERR_PIPE: return EPIPE;
    case TERN_ERR_RESET: return ECONNRESET;
    case TERN_ERR_REFUSED: return ECONNREFUSED;
    case TERN_ERR_TIMEDOUT: return ETIMEDOUT;
    case TERN_ERR_CLOSING: return EALREADY;
    case TERN_ERR_NOTCONN: return ENOTCONN;
    case TERN_ERR_ADDRINUSE: return EADDRINUSE;
    case TERN_ERR_ADDRNOTAVAIL: return EADDRNOTAVAIL;
    case TERN_ERR_UNREACH: return EHOSTUNREACH;
    case TERN_ERR_ABORTED: return ECONNABORTED;
    case TERN_ERR_MSGSIZE: return EMSGSIZE;
    case TERN_ERR_UNSUPPORTED: return EOPNOTSUPP;
    case TERN_ERR_IO: return EIO;
    case TERN_ERR_PROTO: return ENOPROTOOPT;
    case TERN_ERR_NETUNREACH: return ENETUNREACH;
    default: return err < 0 ? EIO : 0;
    }
}
