/* Pictures of topics: an algorithm in a scenario of the library beside what there would be without it. The runs are made when the
 * picture is. */
#ifndef EXPLAIN_TOPIC_PLOT_H
#define EXPLAIN_TOPIC_PLOT_H

#include "chart.h"
#include "compare.h"
#include "topic.h"

enum plot_quantity { PLOT_CWND, PLOT_FLIGHT, PLOT_HELD, PLOT_RATE, PLOT_DELIVERED, PLOT_RESENT, PLOT_QUEUE, PLOT_QUANTITY_N };

struct topic_plot {
    const char *topic;        /* its name */
    struct compare_wish wish; /* what is run; its duration is |to| */
    const char *of;           /* the flow, or the link for PLOT_QUEUE */
    enum plot_quantity quantity;
    tern_ns from, to;      /* what is shown */
    const char *name[2];   /* N_(), unless it is a name: of the topic's run, and of the other */
    enum figure_id figure; /* what both came to */
    const char *figure_of; /* whose; NULL: |of| */
    bool less;             /* the topic's run comes to less of it; otherwise to more */
    const char *see;       /* N_(): what is to be seen, a sentence */
};

/* The one of the topic; NULL: it has none. Row |i| of all, ended by one without a name. */
const struct topic_plot *topic_plot(const struct topic *t);
extern const struct topic_plot topic_plots[];

/* Runs both and fills the chart in; |value| is what they came to. False: |error|. */
struct plotted {
    struct chart chart;
    uint64_t value[2];
};
bool topic_plot_run(const struct topic_plot *row, struct plotted *out, struct scenario_error *error);
/* Is it as the topic says? */
bool topic_plot_right(const struct topic_plot *row, const struct plotted *p);

/* The picture, what to see in it, and what both came to; false: it was not as the topic says. */
bool topic_plot_show(struct prose *p, const struct topic_plot *row);
/* NULL: |error|, or no memory. The caller owns the reference. */
json_t *topic_plot_json(const struct topic_plot *row, struct scenario_error *error);

#endif
