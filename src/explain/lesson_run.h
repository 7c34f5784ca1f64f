/* A lesson that is being told. */
#ifndef EXPLAIN_LESSON_RUN_H
#define EXPLAIN_LESSON_RUN_H

#include "lesson.h"
#include "prose.h"

struct lesson_run {
    const struct lesson *lesson;
    const struct lesson_options *options;
    enum lesson_form form;
    struct prose prose;
    struct lesson_result *result;
    uint32_t loss_n, loss_left; /* packets that the reader wanted lost, in all simulations; those that never came */
    int sim_err;                /* why lesson_sim() gave nothing */
    struct story none;          /* what lesson_ladder() returns when there is no memory */
};

/* The picture of |s| as part of a page, below a heading. */
void lesson_picture(struct prose *p, const struct story_style *style, const struct story *s);

#endif
