/* The services of RFC 862 to 867 and those of the bench. */
#ifndef CLI_SERVICES_H
#define CLI_SERVICES_H

#include "cli_host.h"

extern const struct service service_echo;    /* RFC 862 */
extern const struct service service_discard; /* RFC 863 */
extern const struct service service_daytime; /* RFC 867 */
extern const struct service service_chargen; /* RFC 864; the listener's |ctx| is a block of chargen_block() */
extern const struct service service_crr;     /* reads a byte, answers one, and closes */

#define CHARGEN_LEN (95 * 74 * 38) /* whole turns of the pattern, above 256 KiB */
/* The pattern, CHARGEN_LEN bytes that the caller frees after the stack. NULL: no memory. */
char *chargen_block(void);

/* Sends the buffer at |*held|; what could not be sent stays there. 0: sent, |*held| is NULL; or TERN_ERR_AGAIN: call again when
 * TERN_WRITABLE comes; or the connection's error. */
int service_send_held(struct session *s, struct tern_buf **held);

#endif
