#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "utf8.h"
#include "words.h"

/* ---- shared ---- */

static const char *const verdict_name[] = {
    [RUN_PASSED] = "passed", [RUN_FAILED] = "failed", [RUN_SKIPPED] = "skipped", [RUN_BROKEN] = "broken"};

static void count(struct report *r, const struct crew_run *run)
{
    r->at++;
    if (run->result.verdict == RUN_PASSED)
        r->passed++;
    else if (run->result.verdict == RUN_SKIPPED)
        r->skipped++;
    else
        r->failed++;
}

/* The file's name as it can be shown, to be freed: a name may be any bytes. */
static char *shown_path(const struct crew_run *run)
{
    char *path = strdup(run->path);
    if (path) utf8_repair(path);
    for (char *c = path; c && *c; c++) {
        if ((unsigned char)*c < ' ') *c = '?';
    }
    return path;
}

/* "file:line:column"; without a place, the file. */
static void print_place(FILE *out, const struct crew_run *run)
{
    char *path = shown_path(run);
    fprintf(out, "%s", path ? path : "");
    free(path);
    if (run->result.at.line) fprintf(out, ":%" PRIu32 ":%" PRIu32, run->result.at.line, run->result.at.column);
}

static void print_lines(FILE *out, const char *text, const char *indent)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", indent, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void print_labelled(FILE *out, const char *indent, const char *label, const char *text)
{
    enum { LABEL_COLUMNS = 10 };
    size_t n = utf8_columns(label);
    fprintf(out, "%s%s%*s%s\n", indent, label, n < LABEL_COLUMNS ? (int)(LABEL_COLUMNS - n) : 1, "", text);
}

/* The packets, or the line of the script, with the marks below. */
static void print_detail(FILE *out, const struct run_result *res, const char *indent, bool ladder)
{
    bool packets = res->verdict == RUN_FAILED && res->expected;
    if (packets) print_labelled(out, indent, _("expected"), res->expected);
    if (res->actual) print_labelled(out, indent, _("came"), res->actual);
    if (packets && res->marks && *res->marks) print_labelled(out, indent, "", res->marks);
    if (!packets && res->expected) fprintf(out, "%s%s\n%s%s\n", indent, res->expected, indent, res->marks ? res->marks : "");
    if (res->notes && res->verdict == RUN_FAILED) {
        fprintf(out, "%s%s\n", indent, _("Noted on the way:"));
        print_lines(out, res->notes, indent);
    }
    if (ladder && res->ladder) print_lines(out, res->ladder, indent);
}

/* ---- text ---- */

static void clear_progress(const struct report *r)
{
    if (r->terminal) fputs("\r\033[K", r->out);
}

static const char *paint(const struct report *r, enum run_verdict v)
{
    if (!r->colour) return "";
    return v == RUN_PASSED ? "\033[32m" : v == RUN_SKIPPED ? "\033[33m" : "\033[31m";
}

static const char *verdict_word(enum run_verdict v)
{
    switch (v) {
    case RUN_PASSED: return _("passed");
    case RUN_FAILED: return _("failed");
    case RUN_SKIPPED: return _("skipped");
    case RUN_BROKEN: return _("cannot be run");
    }
    return "";
}

static void text_run(struct report *r, const struct crew_run *run)
{
    const struct run_result *res = &run->result;
    if (res->verdict == RUN_PASSED && !res->ladder) return;
    clear_progress(r);
    print_place(r->out, run);
    fprintf(r->out, " (%s) %s%s%s", drill_ip_name[run->ip], paint(r, res->verdict), verdict_word(res->verdict),
            r->colour ? "\033[0m" : "");
    if (res->message) fprintf(r->out, ": %s", res->message);
    fputc('\n', r->out);
    print_detail(r->out, res, "    ", !r->brief);
}

static void text_end(struct report *r)
{
    clear_progress(r);
    fprintf(r->out, _("%zu passed, %zu failed, %zu skipped"), r->passed, r->failed, r->skipped);
    fputc('\n', r->out);
}

/* ---- JSON lines ---- */

static void put_json(struct report *r, json_t *o)
{
    if (o && json_dumpf(o, r->out, JSON_COMPACT) == 0) fputc('\n', r->out);
    json_decref(o);
}

static void json_text(json_t *o, const char *key, const char *text)
{
    if (o && text) json_object_set_new(o, key, json_string(text));
}

static void json_run(struct report *r, const struct crew_run *run)
{
    const struct run_result *res = &run->result;
    char *path = shown_path(run);
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:f}", "type", "run", "script", path ? path : "", "ip", drill_ip_name[run->ip],
                          "verdict", verdict_name[res->verdict], "time", (double)res->took / 1e9);
    free(path);
    if (o && res->at.line) {
        json_object_set_new(o, "line", json_integer(res->at.line));
        json_object_set_new(o, "column", json_integer(res->at.column));
    }
    json_text(o, "message", res->message);
    json_text(o, "expected", res->expected);
    json_text(o, "actual", res->actual);
    json_text(o, "marks", res->marks);
    json_text(o, "notes", res->notes);
    if (!r->brief) json_text(o, "ladder", res->ladder);
    put_json(r, o);
}

static void json_end(struct report *r)
{
    put_json(r, json_pack("{s:s, s:I, s:I, s:I}", "type", "summary", "passed", (json_int_t)r->passed, "failed",
                          (json_int_t)r->failed, "skipped", (json_int_t)r->skipped));
}

/* ---- TAP ---- */

static void tap_run(struct report *r, const struct crew_run *run)
{
    const struct run_result *res = &run->result;
    bool ok = res->verdict == RUN_PASSED || res->verdict == RUN_SKIPPED;
    char *path = shown_path(run);
    fprintf(r->out, "%s %zu - %s (%s)", ok ? "ok" : "not ok", r->at, path ? path : "", drill_ip_name[run->ip]);
    free(path);
    if (res->verdict == RUN_SKIPPED) fprintf(r->out, " # SKIP %s", res->message ? res->message : "");
    fputc('\n', r->out);
    if (!ok && res->message) {
        fputs("# ", r->out);
        print_place(r->out, run);
        fprintf(r->out, ": %s\n", res->message);
    }
    print_detail(r->out, res, "#     ", !r->brief);
}

/* ---- any ---- */

void report_begin(struct report *r)
{
    if (r->form == REPORT_TAP) fprintf(r->out, "TAP version 13\n1..%zu\n", r->n);
}

void report_run(struct report *r, const struct crew_run *run)
{
    count(r, run);
    switch (r->form) {
    case REPORT_TEXT: text_run(r, run); break;
    case REPORT_JSON: json_run(r, run); break;
    case REPORT_TAP: tap_run(r, run); break;
    }
}

void report_progress(struct report *r, size_t done)
{
    if (r->form != REPORT_TEXT || !r->terminal) return;
    fprintf(r->out, "\r\033[K%zu/%zu", done, r->n);
    fflush(r->out);
}

void report_end(struct report *r)
{
    if (r->form == REPORT_TEXT) text_end(r);
    if (r->form == REPORT_JSON) json_end(r);
}

/* ---- JUnit ---- */

/* What XML cannot hold is left away. */
static void xml_text(FILE *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '&')
            fputs("&amp;", out);
        else if (*p == '<')
            fputs("&lt;", out);
        else if (*p == '>')
            fputs("&gt;", out);
        else if (*p == '"')
            fputs("&quot;", out);
        else if (*p >= ' ' || *p == '\n' || *p == '\t')
            fputc(*p, out);
    }
}

static void junit_detail(FILE *out, const struct run_result *res)
{
    char *text = NULL;
    size_t len;
    FILE *m = open_memstream(&text, &len);
    if (!m) return;
    print_detail(m, res, "", true);
    if (fclose(m) == 0) xml_text(out, text);
    free(text);
}

static void junit_run(FILE *out, const struct crew_run *run)
{
    const struct run_result *res = &run->result;
    char *path = shown_path(run);
    fputs("  <testcase classname=\"", out);
    xml_text(out, path ? path : "");
    free(path);
    fprintf(out, "\" name=\"%s\" time=\"%.6f\">", drill_ip_name[run->ip], (double)res->took / 1e9);
    if (res->verdict != RUN_PASSED) {
        const char *tag = res->verdict == RUN_SKIPPED ? "skipped" : res->verdict == RUN_BROKEN ? "error" : "failure";
        fprintf(out, "\n    <%s message=\"", tag);
        if (res->at.line) fprintf(out, "%" PRIu32 ":%" PRIu32 ": ", res->at.line, res->at.column);
        xml_text(out, res->message ? res->message : "");
        fputs("\">", out);
        junit_detail(out, res);
        fprintf(out, "</%s>\n  ", tag);
    }
    fputs("</testcase>\n", out);
}

int report_junit(const char *path, const struct crew_run *runs, size_t n)
{
    size_t of[RUN_BROKEN + 1] = {0};
    FILE *out = fopen(path, "we");
    if (!out) return -1;
    for (size_t i = 0; i < n; i++) of[runs[i].result.verdict]++;
    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    fprintf(out, "<testsuite name=\"tern drill\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", n,
            of[RUN_FAILED], of[RUN_BROKEN], of[RUN_SKIPPED]);
    for (size_t i = 0; i < n; i++) junit_run(out, &runs[i]);
    fputs("</testsuite>\n", out);
    bool bad = ferror(out);
    return fclose(out) == 0 && !bad ? 0 : -1;
}
