/* What can be found in a capture: a table like that of the rules. */
#ifndef CAPTURE_FINDING_H
#define CAPTURE_FINDING_H

#include <stdint.h>

/* id, name on the command line and in JSON, severity, document, section, what it means (translated where it is printed) */
#define FINDINGS(X)                                                                                                              \
    X(RTX_FAST, "fast-retransmission", WARNING, "RFC 5681", "3.2", "sent again after duplicate acknowledgements")                \
    X(RTX_TIMEOUT, "timeout-retransmission", WARNING, "RFC 6298", "5.4", "sent again after a silence: the retransmission timer") \
    X(RTX_SPURIOUS, "spurious-retransmission", WARNING, "RFC 2883", "4", "sent again although it had arrived")

enum finding_id {
#define X(id, name, severity, doc, section, text) FINDING_##id,
    FINDINGS(X)
#undef X
        FINDING_N
};

struct finding_info {
    const char *name;
    uint8_t severity; /* enum story_severity */
    const char *doc, *section, *text;
};
const struct finding_info *finding_info(unsigned id);

#endif
