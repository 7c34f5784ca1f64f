#include "picture.h"

#include <string.h>

#include "svg.h"
#include "words.h"

void picture_open(FILE *out, int width, int height, const char *title)
{
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" role=\"img\" width=\"%d\" "
            "height=\"%d\" viewBox=\"0 0 %d %d\">\n<title>",
            width, height, width, height);
    svg_escape(out, title, strlen(title));
    fputs("</title>\n", out);
}

const char *picture_fonts(void)
{
    return strcmp(words_language(), "zh_CN") == 0 ? "'Noto Sans CJK SC', sans-serif" : "sans-serif";
}
