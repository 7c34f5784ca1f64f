/* tern diagram: pictures made from the code's own tables and runs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cli_help.h"
#include "cli_options.h"
#include "diagram.h"
#include "words.h"

static const char diagram_command[] = "diagram";

struct wanted {
    char *format, *way, *path; /* of popt, ours to free; NULL: not given */
    int dark;
};

struct order {
    const char *name;
    enum diagram_format format;
    struct diagram_style style;
};

static int read_format(const char *text, enum diagram_format *out)
{
    static const char *const formats[DIAGRAM_FORMAT_N] = {"text", "svg", "png", "dot"};
    for (int i = 0; i < DIAGRAM_FORMAT_N; i++) {
        if (text && strcmp(text, formats[i]) != 0) continue;
        *out = (enum diagram_format)i;
        return -1;
    }
    return cli_usage(diagram_command, "--format '%s': text, svg, png or dot is wanted", text);
}

static int read_way(const char *text, unsigned *out)
{
    *out = 0;
    if (!text) return -1;
    if (strcmp(text, "client") == 0) *out = DIAGRAM_CLIENT;
    if (strcmp(text, "server") == 0) *out = DIAGRAM_SERVER;
    return *out ? -1 : cli_usage(diagram_command, "--for '%s': client or server is wanted", text);
}

/* What is asked for must be possible: nothing is passed over in silence. */
static int check(const struct order *order, const struct wanted *w)
{
    if (!diagram_known(order->name)) return cli_usage(diagram_command, "no diagram is named '%s'", order->name);
    if (!diagram_has(order->name, order->format))
        return cli_usage(diagram_command, "'%s' is no graph: --format dot is for the diagram 'states' only", order->name);
    if (w->way && !diagram_has_ways(order->name)) return cli_usage(diagram_command, "--for is for the diagram 'states' only");
    if (w->dark && order->format != DIAGRAM_SVG && order->format != DIAGRAM_PNG)
        return cli_usage(diagram_command, "--dark is for --format svg and png only");
    if (order->format == DIAGRAM_PNG && !w->path && isatty(STDOUT_FILENO))
        return cli_usage(diagram_command, "a PNG picture is no text for a terminal: -o FILE is wanted");
    return -1;
}

static int read_order(struct order *order, const struct options *o, const struct wanted *w)
{
    if (options_operand_n(o) != 1) return cli_usage(diagram_command, "the name of one diagram is wanted");
    order->name = options_operand(o, 0);
    int status = read_format(w->format, &order->format);
    if (status < 0) status = read_way(w->way, &order->style.ways);
    if (status < 0) status = check(order, w);
    order->style.dark = w->dark;
    order->style.width = (uint32_t)help_width();
    order->style.colour = !w->path && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    return status;
}

static int write_out(const char *bytes, size_t len, const char *path)
{
    FILE *f = path ? fopen(path, "wb") : stdout;
    bool ok = f && fwrite(bytes, 1, len, f) == len && fflush(f) == 0;
    int why = errno;
    if (f && path && fclose(f) != 0 && ok) ok = false, why = errno;
    if (ok) return CLI_DONE;
    return cli_fail(diagram_command, "cannot write %s: %s", path ? path : _("the standard output"), strerror(why));
}

/* The file is opened when the picture is there: a failure leaves no empty one. */
static int print(const struct order *order, const char *path)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&bytes, &len);
    if (!f) return cli_fail(diagram_command, "%s", strerror(ENOMEM));
    const struct tern_out out = {.put = tern_put_file, .ctx = f};
    int r = diagram_write(order->name, order->format, &order->style, &out);
    if (fclose(f) != 0 && r == 0) r = TERN_ERR_NOMEM;
    int status = r == 0 ? write_out(bytes, len, path)
                 : r == TERN_ERR_UNSUPPORTED
                     ? cli_fail(diagram_command, "the PNG picture cannot be drawn: %s", diagram_png_error())
                     : cli_fail(diagram_command, "%s", strerror(ENOMEM));
    free(bytes);
    return status;
}

/* The names, for --help: the one list is the diagrams' own. */
static char *explanation(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f) return NULL;
    fputs(_("A picture of TCP, made when it is asked for, from the transition table that the stack runs by and from runs in "
            "virtual time. The diagrams:"),
          f);
    fputs("\n", f);
    for (size_t i = 0; diagram_name(i); i++) fprintf(f, "\n%s: %s", diagram_name(i), words(diagram_title(i)));
    return fclose(f) == 0 ? text : NULL;
}

int cmd_diagram(int argc, const char **argv)
{
    struct wanted w = {0};
    struct poptOption own[] = {
        {"format", '\0', POPT_ARG_STRING, &w.format, 0, N_("text (the default), svg or png; states also dot, for Graphviz"),
         "FORMAT"},
        {"for", '\0', POPT_ARG_STRING, &w.way, 0, N_("states: only this one's usual way is marked"), "client|server"},
        {"output", 'o', POPT_ARG_STRING, &w.path, 0, N_("write there, not to the standard output"), "FILE"},
        {"dark", '\0', POPT_ARG_NONE, &w.dark, 0, N_("svg and png: light on dark"), NULL},
        POPT_TABLEEND,
    };
    char *text = explanation();
    if (!text) return cli_fail(diagram_command, "%s", strerror(ENOMEM));
    const struct usage usage = {
        .command = diagram_command,
        .operands = "NAME",
        .text = text,
        .example = "tern diagram states --for client --format svg -o states.svg",
        .own = own,
        .no_stack = true,
        .no_json = true,
    };
    struct options o;
    struct order order;
    memset(&order, 0, sizeof order);
    int status = options_read(&o, &usage, argc, argv);
    if (status < 0) status = read_order(&order, &o, &w);
    if (status < 0) status = print(&order, w.path);
    options_free(&o);
    free(text);
    free(w.format);
    free(w.way);
    free(w.path);
    return status;
}
