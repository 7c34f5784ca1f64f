#include "finding.h"

#include <string.h>

#include "story.h"
#include "words.h"

static const struct finding_info table[FINDING_N] = {
#define X(id, name, severity, doc, section, text) {name, STORY_##severity, doc, section, text},
    FINDINGS(X)
#undef X
};

const struct finding_info *finding_info(unsigned id) { return id < FINDING_N ? &table[id] : NULL; }

unsigned finding_by_name(const char *name, size_t len)
{
    unsigned id = 0;
    while (id < FINDING_N && (strlen(table[id].name) != len || memcmp(table[id].name, name, len) != 0)) id++;
    return id;
}

const char *finding_severity_name(unsigned severity)
{
    static const char *const name[] = {[STORY_INFO] = "info", [STORY_WARNING] = "warning", [STORY_ERROR] = "error"};
    return severity < sizeof name / sizeof name[0] ? name[severity] : "";
}
