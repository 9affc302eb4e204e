/* SPDX-License-Identifier: MIT */
#include "memory_svg.h"

#include "cli.h"
#include "op_name.h"

#define WIDTH 960
#define HEIGHT 360
#define LEFT 70
#define TOP 24
#define BOTTOM 40

/* The operator that makes a tensor, or the input. */
static const char *maker(const bds_model *m, uint32_t tensor)
{
    for (uint32_t i = 0; i < m->op_count; i++)
        if (m->ops[i].output == tensor)
            return op_name(m->ops[i].code);
    return "input";
}

void memory_svg_draw(FILE *to, const lifetime *list, const bds_model *m)
{
    const double step = (double)(WIDTH - LEFT - 10) / (m->op_count + 1);
    const double unit = (double)(HEIGHT - TOP - BOTTOM) / (m->activation_bytes ? m->activation_bytes : 1);
    const double base = HEIGHT - BOTTOM;
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"sans-serif\" "
            "font-size=\"11\">\n<title>Memory plan: %u bytes of activations over %u steps</title>\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
            WIDTH, HEIGHT, m->activation_bytes, m->op_count, WIDTH, HEIGHT);
    for (int i = 0; i <= 4; i++) {
        double y = base - (base - TOP) * i / 4;
        fprintf(to,
                "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
                "fill=\"#333\">%.1f KiB</text>\n",
                LEFT, y, WIDTH - 10, LEFT - 6, y + 4, m->activation_bytes * (double)i / 4 / 1024);
    }
    for (uint32_t i = 0; i < m->tensor_count; i++) {
        const lifetime *l = &list[i];
        if (l->first > l->last)
            continue;
        double x = LEFT + step * (l->first + 1), w = step * (l->last - l->first + 1), h = unit * l->bytes;
        double y = base - unit * l->offset - h;
        const bdf_tensor *t = &m->tensors[l->tensor];
        const char *kind = maker(m, l->tensor);
        fprintf(to,
                "<g><title>tensor %u of %s: %u x %u x %u, %u bytes at %u, steps %d to %d</title><rect x=\"%.2f\" "
                "y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\" fill-opacity=\".75\" stroke=\"#234\" "
                "stroke-width=\".6\"/>",
                l->tensor, kind, t->dims[1], t->dims[2], t->dims[3], l->bytes, l->offset, l->first, l->last, x, y, w,
                h < 0.5 ? 0.5 : h, l->first < 0 ? "#f3c969" : "#8fb8de");
        if (w > 60 && h > 13)
            fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#012\">%s %u x %u x %u</text>", x + 3, y + h / 2 + 4, kind,
                    t->dims[1], t->dims[2], t->dims[3]);
        fputs("</g>\n", to);
    }
    fprintf(to,
            "<text x=\"%d\" y=\"%d\" fill=\"#333\">step 0 to %u; one column is one operator, one rectangle one tensor "
            "from its making to its last use</text>\n</svg>\n",
            LEFT, HEIGHT - 14, m->op_count - 1);
}

int memory_svg_write(const char *path, const lifetime *list, const bds_model *model)
{
    FILE *to = fopen(path, "w");
    if (!to)
        return cli_fail(BDS_E_ARGUMENT, "cannot write %s", path);
    memory_svg_draw(to, list, model);
    int bad = ferror(to);
    return fclose(to) || bad ? cli_fail(BDS_E_ARGUMENT, "cannot write %s", path) : 0;
}
