#include "document.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words.h"

enum { DOCUMENT_MAX = 1 << 20 };

/* All of the library one after the other, each begins with the line "#: NAME". */
extern const unsigned char scenario_library[];
extern const size_t scenario_library_len;
enum { MARK_LEN = 3 };

/* The document that begins at |text|: its name, and its length. */
static size_t entry(const char *text, char name[64])
{
    size_t len = strcspn(text + MARK_LEN, "\n");
    snprintf(name, 64, "%.*s", (int)len, text + MARK_LEN);
    const char *next = strstr(text, "\n#: ");
    return next ? (size_t)(next + 1 - text) : strlen(text);
}

bool document_library(size_t i, char out[64])
{
    const char *text = (const char *)scenario_library;
    for (; *text; i--) {
        size_t n = entry(text, out);
        if (i == 0) return true;
        text += n;
    }
    return false;
}

static char *library_text(const char *wanted)
{
    const char *text = (const char *)scenario_library;
    while (*text) {
        char name[64];
        size_t n = entry(text, name);
        if (strcmp(name, wanted) == 0) return strndup(text, n);
        text += n;
    }
    return NULL;
}

static char *file_text(const char *path, struct scenario_error *error)
{
    FILE *f = fopen(path, "r");
    char *text = f ? malloc(DOCUMENT_MAX + 1) : NULL;
    size_t n = text ? fread(text, 1, DOCUMENT_MAX + 1, f) : 0;
    bool bad = !text || ferror(f) || n > DOCUMENT_MAX;
    if (bad)
        scenario_complain(error, path, NULL, false, "%s",
                          n > DOCUMENT_MAX ? _("more than 1 MiB is no scenario") : strerror(errno));
    else
        text[n] = '\0';
    if (f) fclose(f);
    if (!bad) return text;
    free(text);
    return NULL;
}

/* Takes |text| over. */
static bool read_text(struct document *d, char *text, struct scenario_error *error)
{
    struct toml_error wrong;
    unsigned char hash[16];
    d->text = text;
    d->root = toml_read(text, strlen(text), &wrong);
    if (!d->root) {
        if (wrong.line)
            snprintf(error->text, sizeof error->text, _("%s:%u:%u: this is no TOML: %s"), d->file, wrong.line, wrong.column,
                     wrong.text);
        else
            scenario_complain(error, d->file, NULL, false, "%s", _("no memory"));
        document_close(d);
        return false;
    }
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    sodium_bin2hex(d->digest, sizeof d->digest, hash, sizeof hash);
    return true;
}

static bool is_file(const char *what)
{
    size_t n = strlen(what);
    return strchr(what, '/') || (n > 5 && strcmp(what + n - 5, ".toml") == 0);
}

bool document_of(struct document *d, const char *name, const char *text, struct scenario_error *error)
{
    *d = (struct document){0};
    snprintf(d->name, sizeof d->name, "%s", name);
    d->file = strdup(name);
    char *copy = strdup(text);
    if (d->file && copy) return read_text(d, copy, error);
    free(copy);
    document_close(d);
    return scenario_complain(error, name, NULL, false, "%s", _("no memory"));
}

bool document_open(struct document *d, const char *what, struct scenario_error *error)
{
    *d = (struct document){0};
    const char *slash = strrchr(what, '/'), *base = slash ? slash + 1 : what;
    bool file = is_file(what);
    char *text = file ? file_text(what, error) : library_text(what);
    if (!text) {
        if (!file)
            scenario_complain(error, what, NULL, false, "%s",
                              _("no such scenario; 'tern sim --list' names them, a file has a / or ends in .toml"));
        return false;
    }
    size_t n = strlen(base);
    if (n > 5 && strcmp(base + n - 5, ".toml") == 0) n -= 5;
    snprintf(d->name, sizeof d->name, "%.*s", (int)n, base);
    if (file)
        d->file = strdup(what);
    else if (asprintf(&d->file, "%s.toml", what) < 0)
        d->file = NULL;
    if (d->file) return read_text(d, text, error);
    free(text);
    return scenario_complain(error, what, NULL, false, "%s", _("no memory"));
}

void document_close(struct document *d)
{
    toml_free(d->root);
    free(d->text);
    free(d->file);
    *d = (struct document){0};
}
