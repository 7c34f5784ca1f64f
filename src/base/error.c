#include <tern/types.h>

const char *tern_strerror(int err)
{
    if (err >= 0) return "success";
    switch (err) {
#define X(name, value, text)                                                                                                     \
    case TERN_ERR_##name: return text;
        TERN_ERRORS(X)
#undef X
    default: return "unknown error";
    }
}

const char *tern_version(void) { return TERN_VERSION; }
