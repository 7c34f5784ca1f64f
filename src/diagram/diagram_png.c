#include "diagram_png.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <librsvg/rsvg.h>

#include "diagram.h"
#include "utf8.h"
#include "words.h"

#define SCALE 2 /* pixels for one of the picture's units: sharp on a slide and in print */

static char why[256];

const char *diagram_png_error(void) { return why; }

static int refuse(const char *format, const char *what) __attribute__((format(printf, 1, 0)));
static int refuse(const char *format, const char *what)
{
    snprintf(why, sizeof why, format, what);
    return TERN_ERR_UNSUPPORTED;
}

/* ---- fonts ---- */

/* All characters that the machine's fonts have together; NULL: no memory, or no fontconfig. */
static FcCharSet *characters(void)
{
    FcCharSet *all = FcCharSetCreate();
    FcPattern *any = FcPatternCreate();
    FcObjectSet *wanted = FcObjectSetBuild(FC_CHARSET, (char *)NULL);
    FcFontSet *fonts = all && any && wanted ? FcFontList(NULL, any, wanted) : NULL;
    for (int i = 0; fonts && i < fonts->nfont; i++) {
        FcCharSet *has;
        if (FcPatternGetCharSet(fonts->fonts[i], FC_CHARSET, 0, &has) == FcResultMatch) FcCharSetMerge(all, has, NULL);
    }
    if (fonts) FcFontSetDestroy(fonts);
    if (wanted) FcObjectSetDestroy(wanted);
    if (any) FcPatternDestroy(any);
    return all;
}

/* librsvg draws an empty box for what no font has, and says nothing. */
static int check_fonts(const char *svg)
{
    FcCharSet *has = characters();
    char missing[8] = "";
    for (const char *p = svg, *at = p; has && !*missing && utf8_next(&p) != 0; at = p) {
        const char *here = at;
        uint32_t c = utf8_next(&here);
        if ((c > 127 || isalnum((int)c)) && !FcCharSetHasChar(has, c))
            snprintf(missing, sizeof missing, "%.*s", (int)(p - at), at);
    }
    if (has) FcCharSetDestroy(has);
    if (!*missing) return 0;
    return refuse(_("no font of this machine has '%s': install one (fonts-dejavu-core; for Chinese fonts-noto-cjk), or take "
                    "--format svg"),
                  missing);
}

/* ---- drawing ---- */

static cairo_status_t put(void *ctx, const unsigned char *data, unsigned len)
{
    const struct tern_out *out = ctx;
    return out->put(out->ctx, (const char *)data, len) == 0 ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static int failed(GError *error)
{
    int r = refuse(_("librsvg says: %s"), error ? error->message : "?");
    g_clear_error(&error);
    return r;
}

static int paint(RsvgHandle *handle, const struct tern_out *out)
{
    gboolean boxed;
    RsvgRectangle box; /* every picture of tern has one; a width and a height only some */
    rsvg_handle_get_intrinsic_dimensions(handle, NULL, NULL, NULL, NULL, &boxed, &box);
    double w = boxed ? box.width : 0, h = boxed ? box.height : 0;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)w * SCALE, (int)h * SCALE);
    cairo_t *cr = cairo_create(surface);
    RsvgRectangle all = {.width = w * SCALE, .height = h * SCALE};
    GError *error = NULL;
    int r = rsvg_handle_render_document(handle, cr, &all, &error) ? 0 : failed(error);
    cairo_destroy(cr);
    struct tern_out to = *out;
    cairo_status_t status = r == 0 ? cairo_surface_write_to_png_stream(surface, put, &to) : CAIRO_STATUS_SUCCESS;
    if (status == CAIRO_STATUS_WRITE_ERROR)
        r = TERN_ERR_IO;
    else if (status != CAIRO_STATUS_SUCCESS)
        r = refuse(_("cairo says: %s"), cairo_status_to_string(status));
    cairo_surface_destroy(surface);
    return r;
}

int diagram_png(const char *svg, size_t len, const struct tern_out *out)
{
    int r = check_fonts(svg);
    if (r != 0) return r;
    GError *error = NULL;
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg, len, &error);
    if (!handle) return failed(error);
    r = paint(handle, out);
    g_object_unref(handle);
    return r;
}
