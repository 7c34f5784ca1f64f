/* Lessons: each is a run of two terns in virtual time that the reader may change, with words around it, and a question.
 *
 * A lesson says nothing that it does not show: what it claims is a check (lesson_check), computed from the story. It has ended
 * right when all its checks hold. With a clause switched off (--without) it shows the failure that follows, and that failure is a
 * check, too (of the id "without:CLAUSE"). */
#ifndef EXPLAIN_LESSON_H
#define EXPLAIN_LESSON_H

#include "sim.h"
#include "story.h"
#include "story_show.h"

/* What the reader may change. Each lesson states which of them it heeds (lesson.heeds); another one is a usage error. */
enum lesson_option {
    LESSON_ISN = 1 << 0,      /* --isn N[,N]: of client and server */
    LESSON_RTT = 1 << 1,      /* --rtt TIME */
    LESSON_LOSS_NTH = 1 << 2, /* --loss-nth N[,N...]: these packets of the run are lost */
    LESSON_MSL = 1 << 3,      /* --msl TIME */
    LESSON_BYTES = 1 << 4,    /* --bytes N: how much is sent */
    LESSON_MSS = 1 << 5,      /* --mss N */
    LESSON_BACKLOG = 1 << 6,  /* --backlog N */
    LESSON_SEED = 1 << 7,     /* --seed N */
    LESSON_V6 = 1 << 8,       /* --ipv6 */
    LESSON_SET = 1 << 9,      /* --set KEY=VALUE: a setting of both stacks */
    LESSON_ISN_HOW = 1 << 10  /* --isn random|clock|fixed: options.isn_how; what it means is the lesson's to do */
};

enum lesson_isn_how { LESSON_ISN_ANY, LESSON_ISN_RANDOM, LESSON_ISN_CLOCK, LESSON_ISN_FIXED };

enum { LESSON_LOSS_MAX = 16, LESSON_WITHOUT_MAX = 8 };

/* What was not given is as lesson_options_default() has it: isn -1 (the stack's), rtt 40 ms, msl 1 s, bytes, mss and backlog 0
 * (the lesson's own choice; see lesson_bytes()), seed 1. */
struct lesson_options {
    uint32_t given; /* enum lesson_option */
    int64_t isn[STORY_SIDE_N];
    uint8_t isn_how; /* enum lesson_isn_how */
    tern_ns rtt, msl;
    uint32_t loss_nth[LESSON_LOSS_MAX], loss_n; /* from 1, both ends' packets counted together */
    uint32_t bytes, mss, backlog;
    uint64_t seed;
    bool v6;
    struct tern_settings settings;      /* with --set */
    bool setting_given[TERN_SETTING_N]; /* by row of tern_setting_info() */
    const char *without[LESSON_WITHOUT_MAX];
    uint32_t without_n;
    struct story_style style;
    const struct prose_links *links; /* of LESSON_HTML; NULL: none */
};

/* What may be changed, for those who list it; ended by a row without a name. */
struct lesson_option_info {
    uint32_t bit;       /* enum lesson_option */
    const char *name;   /* as it is spoken of, without "--": "rtt", "isn N" */
    const char *sample; /* as it may be given: "--rtt 200ms" */
    const char *text;   /* N_() */
};
extern const struct lesson_option_info lesson_option_infos[];
const char *lesson_option_text(enum lesson_option bit);

struct lesson_run;

struct lesson {
    const char *name;           /* "why-four" */
    const char *title;          /* N_() */
    const char *summary;        /* N_(), a line */
    uint32_t heeds;             /* enum lesson_option */
    const char *const *without; /* names of clauses whose absence the lesson can show, ended by NULL */
    /* Tells the lesson; may run several simulations. Returns 0, or a TERN_ERR_* when it could not be run. */
    int (*run)(struct lesson_run *r);
    const char *question; /* N_() */
    const char *answer;   /* the command that answers it: "tern explain why-2msl --msl 0" */
};

/* The lessons in the order of the book, ended by NULL. */
extern const struct lesson *const lessons[];
const struct lesson *lesson_find(const char *name); /* NULL: there is none */
/* "--rtt, --msl, --without time-wait": what the reader may change of |l|. */
void lesson_heeds(const struct lesson *l, char *out, size_t len);

/* ---- what a lesson does ---- */

const struct lesson_options *lesson_options(const struct lesson_run *r);
/* What the reader gave by --bytes, --mss, --backlog, else |otherwise|. */
uint32_t lesson_bytes(const struct lesson_run *r, uint32_t otherwise);
uint32_t lesson_mss(const struct lesson_run *r, uint32_t otherwise);
uint32_t lesson_backlog(const struct lesson_run *r, uint32_t otherwise);
/* Is the clause switched off by the reader? */
bool lesson_without(const struct lesson_run *r, const char *clause);
/* Is a part of the lesson to be told that can show the absence of these clauses? It is when one of them is switched off, or
 * nothing at all. lesson_shows(r, "nagle", "delayed-ack", NULL) */
#define lesson_shows(r, ...) lesson_shows_any(r, (const char *const[]){__VA_ARGS__})
bool lesson_shows_any(const struct lesson_run *r, const char *const *clauses);

/* The configuration that lesson_sim(r, NULL) begins with: the defaults, MSL 1 s, ISNs 1000 and 5000. For lessons that change
 * some. */
void lesson_sim_config(struct sim_config *cfg);
/* A simulation as the reader wants it: his ISNs, round trip, MSL, MSS (by the MTU), seed, family, settings, lost packets and
 * switches (at both ends) are applied to what |cfg| has; NULL: lesson_sim_config(). NULL: it could not be made; the lesson
 * returns lesson_failed(r). The lesson frees it. */
struct sim *lesson_sim(struct lesson_run *r, const struct sim_config *cfg);
/* The TERN_ERR_* for which the last lesson_sim() returned NULL. */
int lesson_failed(const struct lesson_run *r);

/* A heading; a paragraph, printf-like, already translated: lesson_say(r, _("...")), wrapped by the writer. What stands between
 * `backticks` is code in HTML. */
void lesson_head(struct lesson_run *r, const char *text);
void lesson_say(struct lesson_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line kept as it is: tables, bytes, arithmetic. */
void lesson_line(struct lesson_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What common pages get wrong, in one line. */
void lesson_wrong(struct lesson_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The ladder of what |s| has done since its last ladder; the story is kept with the run for pages and tests, and returned: valid
 * until the next ladder. (What sim_story() returned before is empty afterwards.) Never NULL. */
const struct story *lesson_ladder(struct lesson_run *r, struct sim *s, const char *title);
/* Something that the run must have shown: |ok| comes from the story or the stacks. |id| is stable ("syn-takes-a-number"); the
 * text is translated. Printed with a tick or a cross. */
void lesson_check(struct lesson_run *r, const char *id, bool ok, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* ---- what runs a lesson: the command, the book, the page, the tests ---- */

struct lesson_check_result {
    const char *id;
    bool ok;
    char *text;
};

struct lesson_result {
    int err; /* TERN_ERR_* */
    struct lesson_check_result *check;
    size_t check_n;
    struct story *story; /* one for each ladder, in order */
    size_t story_n;
};

enum lesson_form { LESSON_TEXT, LESSON_HTML, LESSON_SILENT };

/* Runs |l| and writes it to |out|. Did it end right? All checks hold and err is 0. lesson_result_free() is due. */
void lesson_tell(const struct lesson *l, const struct lesson_options *options, enum lesson_form form, const struct tern_out *out,
                 struct lesson_result *result);
bool lesson_right(const struct lesson_result *result);
const struct lesson_check_result *lesson_result_check(const struct lesson_result *result, const char *id); /* NULL: none */
void lesson_result_free(struct lesson_result *result);
void lesson_options_default(struct lesson_options *o);
/* {"lesson", "title", "right", "checks": [{"id", "ok", "text"}], "stories": [story_json()], "question", "answer"}, and "error"
 * when it could not be run. NULL: no memory. The caller owns the reference. */
json_t *lesson_json(const struct lesson *l, const struct lesson_result *result);

#endif
