/* Every picture, read back from its SVG: each text lies within the picture, no two meet, and no line crosses one out. How wide a
 * text is is reckoned by the widths of DejaVu Sans, the widest of the usual fonts; a Chinese character is as wide as it is high.
 */
#include "unit.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagram.h"
#include "sim.h"
#include "story_show.h"
#include "utf8.h"
#include "words.h"

enum { TEXT_MAX = 600, LINE_MAX = 20000, DEPTH_MAX = 8, CURVE_STEPS = 24 };
static const double ASCENT = 0.75, DESCENT = 0.2, GAP = 1; /* of a font; between a text and a line */

struct label {
    double x1, y1, x2, y2;
    char words[200];
};
struct line {
    double x1, y1, x2, y2;
};

static struct label label[TEXT_MAX];
static struct line line[LINE_MAX];
static size_t label_n, line_n;
static double width, height;
static char *svg; /* or another form */
static size_t svg_len;

/* ---- widths, in thousandths of the size, from the space on ---- */

static const short plain[] = {
    318, 401, 460, 838, 636, 950, 780, 275, 390,  390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685,  611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
    634, 278, 278, 579, 278, 974, 634, 612, 635,  635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
};
static const short bold[] = {
    348, 456, 521, 838, 696, 1002, 872, 306,  457,  457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696, 696, 696,
    696, 696, 400, 400, 838, 838,  838, 580,  1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995, 837, 850,
    733, 850, 770, 720, 682, 812,  774, 1103, 771,  724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716,
    712, 343, 343, 665, 343, 1042, 712, 687,  716,  716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
};

static double words_width(const char *s, double size, bool heavy)
{
    double n = 0;
    for (uint32_t c; (c = utf8_next(&s)) != 0;) n += c >= ' ' && c < 127 ? (heavy ? bold : plain)[c - ' '] : 1000;
    return n * size / 1000;
}

/* ---- reading ---- */

struct place { /* where a group's children stand */
    double x, y;
    bool heavy; /* their words are bold, by the style of their class */
};

static double number(const char *element, const char *attribute, double otherwise)
{
    char want[40];
    snprintf(want, sizeof want, " %s=\"", attribute);
    const char *p = strstr(element, want);
    return p ? strtod(p + strlen(want), NULL) : otherwise;
}

static void add_line(const struct place *at, double x1, double y1, double x2, double y2)
{
    assert_true(line_n < LINE_MAX);
    line[line_n++] = (struct line){at->x + x1, at->y + y1, at->x + x2, at->y + y2};
}

static void add_rect(const struct place *at, const char *e)
{
    double x = number(e, "x", 0), y = number(e, "y", 0), w = number(e, "width", 0), h = number(e, "height", 0);
    add_line(at, x, y, x + w, y);
    add_line(at, x, y + h, x + w, y + h);
    add_line(at, x, y, x, y + h);
    add_line(at, x + w, y, x + w, y + h);
}

static void add_curve(const struct place *at, const double p[8])
{
    double x = p[0], y = p[1];
    for (int i = 1; i <= CURVE_STEPS; i++) {
        double t = (double)i / CURVE_STEPS, u = 1 - t, a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
        double nx = a * p[0] + b * p[2] + c * p[4] + d * p[6], ny = a * p[1] + b * p[3] + c * p[5] + d * p[7];
        add_line(at, x, y, nx, ny);
        x = nx, y = ny;
    }
}

/* "M1,2C3,4 5,6 7,8 ..." and "M1,2 L3,4 M5,6 L7,8", or a polygon's points. */
static void add_course(const struct place *at, const char *s)
{
    double p[8] = {0};
    char way = 'L';
    unsigned have = 0; /* numbers in |p|, the first two are where we are */
    for (bool begun = false; *s && *s != '"';) {
        if (isalpha((unsigned char)*s)) {
            way = *s++;
            if (way == 'M') begun = false;
            continue;
        }
        char *end;
        double v = strtod(s, &end);
        if (end == s) {
            s++;
            continue;
        }
        s = end;
        p[have++] = v;
        if (have == 2 && !begun) begun = true;
        if (way == 'C' && have == 8) {
            add_curve(at, p);
            p[0] = p[6], p[1] = p[7], have = 2;
        } else if (way != 'C' && have == 4) {
            if (way != 'M') add_line(at, p[0], p[1], p[2], p[3]);
            p[0] = p[2], p[1] = p[3], have = 2;
        }
    }
}

static void add_text(const struct place *at, const char *element, const char *content)
{
    assert_true(label_n < TEXT_MAX);
    struct label *t = &label[label_n++];
    size_t n = 0;
    for (const char *p = content; *p != '<' && n + 1 < sizeof t->words;) {
        static const char *const entity[] = {"&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"", "&#45;", "-", "&#39;", "'"};
        size_t i = 0, len = 1;
        char c = *p;
        while (i < sizeof entity / sizeof entity[0] && strncmp(p, entity[i], strlen(entity[i])) != 0) i += 2;
        if (i < sizeof entity / sizeof entity[0]) len = strlen(entity[i]), c = *entity[i + 1];
        t->words[n++] = c;
        p += len;
    }
    t->words[n] = '\0';
    bool heavy = at->heavy || strstr(element, "bold");
    double size = number(element, "font-size", 0), w = words_width(t->words, size, heavy);
    double x = at->x + number(element, "x", 0), y = at->y + number(element, "y", 0);
    assert_true(size > 0);
    if (strstr(element, "text-anchor=\"middle\"")) x -= w / 2;
    if (strstr(element, "text-anchor=\"end\"")) x -= w;
    t->x1 = x, t->x2 = x + w, t->y1 = y - ASCENT * size, t->y2 = y + DESCENT * size;
}

static void add_group(struct place *at, const char *element)
{
    const char *p = strstr(element, "translate(");
    double x, y;
    if (p && sscanf(p, "translate(%lf %lf)", &x, &y) == 2) at->x += x, at->y += y;
    const char *class = strstr(element, "class=\"");
    for (size_t n; class && *class; class += n + (class[n] == ' ')) {
        char rule[96];
        n = strcspn(class, " ");
        snprintf(rule, sizeof rule, ".%.*s text{", (int)strcspn(class, " \""), class);
        const char *found = strstr(svg, rule);
        if (found && strstr(found, "bold") && strstr(found, "bold") < strchr(found, '}')) at->heavy = true;
        if (n == 0 || class[n] == '\0') break;
    }
}

static void read_picture(void)
{
    struct place at[DEPTH_MAX] = {{0}};
    unsigned depth = 0;
    label_n = line_n = 0;
    for (const char *p = svg; (p = strchr(p, '<'));) {
        char name[16] = "", element[4096];
        size_t n = strcspn(p, ">");
        assert_true(n < sizeof element);
        memcpy(element, p, n);
        element[n] = '\0';
        sscanf(element, "<%15[a-z/]", name);
        if (strcmp(name, "svg") == 0)
            assert_int_equal(sscanf(strstr(element, "viewBox"), "viewBox=\"0 0 %lf %lf", &width, &height), 2);
        if (strcmp(name, "defs") == 0 || strcmp(name, "style") == 0) {
            p = strstr(p, strcmp(name, "defs") == 0 ? "</defs>" : "</style>");
            assert_non_null(p);
            p++;
            continue;
        }
        if (strcmp(name, "g") == 0) {
            assert_true(++depth < DEPTH_MAX);
            at[depth] = at[depth - 1];
            add_group(&at[depth], element);
        }
        if (strcmp(name, "/g") == 0) depth--;
        if (strcmp(name, "rect") == 0) add_rect(&at[depth], element);
        if (strcmp(name, "line") == 0)
            add_line(&at[depth], number(element, "x1", 0), number(element, "y1", 0), number(element, "x2", 0),
                     number(element, "y2", 0));
        if (strcmp(name, "path") == 0) add_course(&at[depth], strstr(element, " d=\"") + 4);
        if (strcmp(name, "polygon") == 0) add_course(&at[depth], strstr(element, " points=\"") + 9);
        if (strcmp(name, "text") == 0) add_text(&at[depth], element, p + n + 1);
        p += n;
    }
    assert_int_equal(depth, 0);
}

/* ---- looking ---- */

static unsigned faults;

static bool meet(const struct label *a, const struct label *b)
{
    return a->x1 < b->x2 && b->x1 < a->x2 && a->y1 < b->y2 && b->y1 < a->y2;
}

/* The part of the line that lies in the box, by cutting it at each edge. */
static bool crosses(const struct line *l, const struct label *t)
{
    double from = 0, to = 1, dx = l->x2 - l->x1, dy = l->y2 - l->y1;
    const double edge[4][2] = {
        {-dx, l->x1 - (t->x1 - GAP)}, {dx, t->x2 + GAP - l->x1}, {-dy, l->y1 - (t->y1 - GAP)}, {dy, t->y2 + GAP - l->y1}};
    for (int i = 0; i < 4; i++) {
        double p = edge[i][0], q = edge[i][1];
        if (fabs(p) < 1e-9) {
            if (q < 0) return false;
        } else if (p < 0) {
            if (q / p > from) from = q / p;
        } else if (q / p < to) {
            to = q / p;
        }
    }
    return from < to;
}

static void fault(const char *picture, const struct label *t, const char *what, const char *other)
{
    faults++;
    print_message("# %s: '%s' %s%s\n", picture, t->words, what, other);
}

static void look(const char *picture)
{
    read_picture();
    assert_true(label_n > 0 && line_n > 0);
    for (size_t i = 0; i < label_n; i++) {
        const struct label *t = &label[i];
        if (t->x1 < 0 || t->y1 < 0 || t->x2 > width || t->y2 > height) fault(picture, t, "leaves the picture", "");
        for (size_t k = i + 1; k < label_n; k++)
            if (meet(t, &label[k])) fault(picture, t, "meets ", label[k].words);
        for (size_t k = 0; k < line_n; k++) {
            char where[80];
            snprintf(where, sizeof where, "(%.0f,%.0f)-(%.0f,%.0f)", line[k].x1, line[k].y1, line[k].x2, line[k].y2);
            if (!crosses(&line[k], t)) continue;
            fault(picture, t, "is crossed by the line ", where);
            break;
        }
    }
}

/* ---- the tests ---- */

static int stop(void **state)
{
    (void)state;
    free(svg);
    svg = NULL;
    words_choose("en");
    return 0;
}

static void write_as(const char *name, enum diagram_format format, unsigned ways)
{
    const struct diagram_style style = {.ways = ways};
    free(svg);
    FILE *f = open_memstream(&svg, &svg_len);
    const struct tern_out out = {.put = tern_put_file, .ctx = f};
    assert_int_equal(diagram_write(name, format, &style, &out), 0);
    fclose(f);
}

static void look_at(const char *name, unsigned ways)
{
    for (int lang = 0; lang < 2; lang++) {
        words_choose(lang == 0 ? "en" : "zh_CN");
        char picture[80];
        snprintf(picture, sizeof picture, "%s %s %u", name, words_language(), ways);
        write_as(name, DIAGRAM_SVG, ways);
        look(picture);
    }
}

static void every_text_can_be_read(void **state)
{
    (void)state;
    faults = 0;
    for (size_t i = 0; diagram_name(i); i++)
        for (unsigned ways = 0; ways <= (diagram_has_ways(diagram_name(i)) ? DIAGRAM_SERVER : 0); ways++)
            look_at(diagram_name(i), ways);
    assert_int_equal(faults, 0);
}

/* Any ladder, not only those of the diagrams: many on their way at once, one of them lost, in both directions. */
static void bulk_can_be_read(void **state)
{
    (void)state;
    struct sim_config cfg;
    sim_config_default(&cfg);
    struct tern_conn *a, *b;
    struct sim *s = sim_new(&cfg);
    assert_true(sim_establish(s, &a, &b));
    sim_fault(s, &(struct sim_fault){.kind = SIM_LOSE, .from = STORY_A, .nth = 3});
    sim_send(s, a, 20000);
    sim_run_for(s, 50 * TERN_MS);
    sim_send(s, b, 5000);
    sim_close(s, a);
    sim_run_for(s, 100 * TERN_MS);
    sim_close(s, b);
    sim_run_for(s, TERN_SEC);
    faults = 0;
    for (enum tern_ladder_detail detail = TERN_LADDER_NORMAL; detail <= TERN_LADDER_FULL; detail++) {
        const struct story_style style = {.fold = UINT32_MAX, .detail = detail, .arithmetic = true};
        free(svg);
        FILE *f = open_memstream(&svg, &svg_len);
        assert_int_equal(story_svg(&(struct tern_out){tern_put_file, f}, &style, sim_story(s)), 0);
        fclose(f);
        look("bulk");
    }
    sim_free(s);
    assert_int_equal(faults, 0);
}

static void text_stands_in_80_columns(void **state)
{
    (void)state;
    for (size_t i = 0; diagram_name(i); i++) {
        for (int lang = 0; lang < 2; lang++) {
            words_choose(lang == 0 ? "en" : "zh_CN");
            write_as(diagram_name(i), DIAGRAM_TEXT, 0);
            size_t lines = 0;
            for (char *row = strtok(svg, "\n"); row; row = strtok(NULL, "\n"), lines++) {
                if (utf8_columns(row) > 80) print_message("# %s: %s\n", diagram_name(i), row);
                assert_true(utf8_columns(row) <= 80);
            }
            assert_true(lines > 8);
        }
    }
}

static void what_cannot_be_read_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        unsigned faults;
    } pictures[] = {
        {"<text x=\"10\" y=\"50\" font-size=\"10\">word</text><line x1=\"0\" y1=\"70\" x2=\"90\" y2=\"70\"/>", 0},
        {"<text x=\"90\" y=\"50\" font-size=\"10\">word</text><line x1=\"0\" y1=\"70\" x2=\"90\" y2=\"70\"/>", 1},
        {"<text x=\"10\" y=\"50\" font-size=\"10\">word</text><line x1=\"0\" y1=\"40\" x2=\"90\" y2=\"55\"/>", 1},
        {"<text x=\"10\" y=\"50\" font-size=\"10\">word</text><path d=\"M0,0C0,48 0,48 90,48\"/>", 1},
        {"<text x=\"10\" y=\"50\" font-size=\"10\">word</text><path d=\"M0,0C0,90 0,90 90,90\"/>", 0},
        {"<text x=\"10\" y=\"50\" font-size=\"10\">word</text><text x=\"90\" y=\"52\" text-anchor=\"end\" font-size=\"10\">a "
         "long "
         "word</text><rect x=\"1\" y=\"1\" width=\"98\" height=\"98\"/>",
         1},
        {"<g transform=\"translate(0 30)\"><polygon points=\"20,10 30,30 25,5\"/></g><text x=\"10\" y=\"50\" "
         "font-size=\"10\">word</text>",
         1},
    };
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        free(svg);
        FILE *f = open_memstream(&svg, &svg_len);
        fprintf(f, "<svg viewBox=\"0 0 100 100\">%s</svg>", pictures[i].body);
        fclose(f);
        faults = 0;
        look("a planted fault");
        assert_int_equal(faults, pictures[i].faults);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_teardown(f, stop)
    const struct CMUnitTest tests[] = {T(what_cannot_be_read_is_found), T(every_text_can_be_read), T(text_stands_in_80_columns),
                                       T(bulk_can_be_read)};
#undef T
    return cmocka_run_group_tests_name("diagram geometry", tests, NULL, NULL);
}
