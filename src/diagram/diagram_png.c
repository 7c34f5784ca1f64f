#include "diagram_png.h"

#include <cairo.h>
#include <librsvg/rsvg.h>

#define SCALE 2 /* pixels for one of the picture's units: sharp on a slide and in print */

static cairo_status_t put(void *ctx, const unsigned char *data, unsigned len)
{
    const struct tern_out *out = ctx;
    return out->put(out->ctx, (const char *)data, len) == 0 ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static int paint(RsvgHandle *handle, const struct tern_out *out)
{
    gboolean boxed;
    RsvgRectangle box; /* every picture of tern has one; a width and a height only some */
    rsvg_handle_get_intrinsic_dimensions(handle, NULL, NULL, NULL, NULL, &boxed, &box);
    if (!boxed) return TERN_ERR_NOMEM;
    double w = box.width, h = box.height;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)w * SCALE, (int)h * SCALE);
    cairo_t *cr = cairo_create(surface);
    RsvgRectangle all = {.width = w * SCALE, .height = h * SCALE};
    int r = rsvg_handle_render_document(handle, cr, &all, NULL) ? 0 : TERN_ERR_NOMEM;
    cairo_destroy(cr);
    struct tern_out to = *out;
    if (r == 0 && cairo_surface_write_to_png_stream(surface, put, &to) != CAIRO_STATUS_SUCCESS) r = TERN_ERR_IO;
    cairo_surface_destroy(surface);
    return r;
}

int diagram_png(const char *svg, size_t len, const struct tern_out *out)
{
    RsvgHandle *handle = rsvg_handle_new_from_data((const guint8 *)svg, len, NULL);
    if (!handle) return TERN_ERR_NOMEM;
    int r = paint(handle, out);
    g_object_unref(handle);
    return r;
}
