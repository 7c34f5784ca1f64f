/* From bytes to a tree. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"
#include "words.h"

#include "script_grammar.h"

const char *reader_text(const struct reader *r, struct span at) { return r->s->source.data + at.from; }

char *reader_copy(struct reader *r, struct span at, uint32_t skip_front, uint32_t skip_back)
{
    return arena_text(r->a, reader_text(r, at) + skip_front, at.to - at.from - skip_front - skip_back);
}

/* A byte that would end the text for whoever reads it as a C string. */
static bool refuse_nul(struct reader *r, const char *text, size_t len)
{
    const char *nul = memchr(text, '\0', len);
    if (!nul) return true;
    struct span at = {.line = 1, .column = 1, .from = (uint32_t)(nul - text), .to = (uint32_t)(nul - text) + 1};
    for (const char *c = text; c < nul; c++) {
        at.column++;
        if (*c != '\n') continue;
        at.line++;
        at.column = 1;
    }
    return reader_fail(r, at, _("The script has a byte 0: this is no text."));
}

static bool parse(struct reader *r, const char *text, size_t len)
{
    if (len > SCRIPT_SIZE_MAX) {
        return reader_fail(r, (struct span){0}, _("The script has %zu bytes, more than the %d that are read."), len,
                           SCRIPT_SIZE_MAX);
    }
    r->s->source = (struct script_bytes){arena_text(r->a, text, len), len};
    if (!refuse_nul(r, text, len)) return false;
    /* flex writes into the text while it reads: it has a copy, which ends with two zeroes. */
    char *copy = arena_alloc(r->a, len + 2);
    memcpy(copy, r->s->source.data, len);
    if (script_scanlex_init_extra(r, &r->scanner) != 0 || !script_scan_scan_buffer(copy, len + 2, r->scanner)) {
        longjmp(*r->a->no_memory, 1);
    }
    if (script_yyparse(r) != 0) return reader_fail(r, (struct span){0}, "%s", _("There is not enough memory."));
    r->s->options = r->options.items;
    r->s->options_n = r->options.n;
    r->s->events = r->events.items;
    r->s->events_n = r->events.n;
    return true;
}

static int no_memory(const char *path, struct script_error *err)
{
    *err = (struct script_error){.width = 1};
    snprintf(err->path, sizeof(err->path), "%s", path);
    snprintf(err->message, sizeof(err->message), "%s", _("There is not enough memory."));
    return -1;
}

struct job {
    const char *path, *text;
    size_t len;
    const struct script_define *defines;
    size_t defines_n;
    struct script **out;
    struct script_error *err;
};

/* Everything lies in |a|. Without memory it leaves by longjmp(). */
static int read_into(struct script_arena *a, const struct job *job)
{
    struct reader *r = arena_alloc(a, sizeof(*r));
    *r = (struct reader){.a = a,
                         .err = job->err,
                         .line = 1,
                         .column = 1,
                         .end = {.line = 1, .column = 1},
                         .defines = {.size = sizeof(struct script_define)},
                         .conditions = {.size = sizeof(struct condition)},
                         .options = {.size = sizeof(struct script_option)},
                         .events = {.size = sizeof(struct script_event)}};
    r->s = arena_alloc(a, sizeof(*r->s));
    r->s->arena = a;
    r->s->path = arena_text(a, job->path, strlen(job->path));
    r->s->source.data = "";
    for (size_t i = 0; i < job->defines_n; i++) {
        if (!reader_add_define(r, (struct span){0}, job->defines[i].name, job->defines[i].value)) return -1;
    }
    if (!parse(r, job->text, job->len)) return -1;
    *job->out = r->s;
    return 0;
}

static int read_or_return(struct script_arena *a, const struct job *job)
{
    jmp_buf nothing_left;
    a->no_memory = &nothing_left;
    int result = setjmp(nothing_left) ? no_memory(job->path, job->err) : read_into(a, job);
    a->no_memory = NULL; /* nobody adds anything any more */
    return result;
}

int script_parse(const char *path, const char *text, size_t len, const struct script_define *defines, size_t defines_n,
                 struct script **out, struct script_error *err)
{
    struct script_error unwanted;
    const struct job job = {path, text, len, defines, defines_n, out, err ? err : &unwanted};
    struct script_arena *a = arena_new();
    *out = NULL;
    if (!a) return no_memory(path, job.err);
    int result = read_or_return(a, &job);
    if (result != 0) arena_free(a);
    return result;
}

static int cannot_read(const char *path, struct script_error *err, const char *why)
{
    if (!err) return -1;
    *err = (struct script_error){.width = 1};
    snprintf(err->path, sizeof(err->path), "%s", path);
    snprintf(err->message, sizeof(err->message), _("This cannot be read: %s."), why);
    return -1;
}

int script_load(const char *path, const struct script_define *defines, size_t defines_n, struct script **out,
                struct script_error *err)
{
    *out = NULL;
    FILE *f = fopen(path, "rbe");
    if (!f) return cannot_read(path, err, strerror(errno));
    /* One more than is allowed, so that script_parse() sees it. */
    char *text = malloc(SCRIPT_SIZE_MAX + 1);
    size_t len = text ? fread(text, 1, SCRIPT_SIZE_MAX + 1, f) : 0;
    int broken = !text ? ENOMEM : ferror(f) ? errno : 0;
    fclose(f);
    int result = broken ? cannot_read(path, err, strerror(broken)) : script_parse(path, text, len, defines, defines_n, out, err);
    free(text);
    return result;
}

void script_free(struct script *s)
{
    if (s) arena_free(s->arena);
}

const struct script_option *script_option(const struct script *s, const char *name)
{
    for (size_t i = s->options_n; i > 0; i--) {
        if (strcmp(s->options[i - 1].name, name) == 0) return &s->options[i - 1];
    }
    return NULL;
}
