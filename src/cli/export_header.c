/* NAME.h: what a user of the network sees.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "export_source.h"

static void tensor_line(FILE *to, const char *what, uint32_t i, const bdf_tensor *t)
{
    fprintf(to, " * %s %u: %s, %u x %u x %u (height, width, channels), value = %.9g * (stored - %d)\n", what,
            (unsigned)i, t->type == BDS_INT16 ? "int16" : "int8", (unsigned)t->dims[1], (unsigned)t->dims[2],
            (unsigned)t->dims[3], (double)t->scale, (int)t->zero_point);
}

void export_header(FILE *to, const export_network *e, const session *s, const export_names *names)
{
    const bds_model *m = e->model;
    char upper[EXPORT_NAME], hex[65];
    size_t n = 0, length;
    for (; names->name[n]; n++)
        upper[n] = (char)toupper((unsigned char)names->name[n]);
    upper[n] = 0;
    session_hex(hex, s->info.sha256);
    fprintf(to, "/* %s for firmware: made by `bedside export-c` from %s, not to be edited. Not a medical device.\n *\n",
            names->name, names->file);
    for (uint32_t i = 0; i < m->input_count; i++)
        tensor_line(to, "Input", i, &m->tensors[m->inputs[i].tensor]);
    for (uint32_t i = 0; i < m->output_count; i++)
        tensor_line(to, "Output", i, &m->tensors[m->links[m->output_first + i]]);
    fprintf(to, " * Content's SHA-256: %s */\n#ifndef %s_NETWORK_H\n#define %s_NETWORK_H\n\n#include \"bedside.h\"\n\n",
            hex, upper, upper);
    fputs("/* Bytes of memory for a plan: see bds_network_plan. */\n", to);
    for (int family = 0; family < BDS_FAMILIES; family++)
        fprintf(to, "#%s BDS_FAMILY == %s\n#define %s_ARENA_BYTES (BDS_NETWORK_PLAN_BYTES + %uu)\n",
                family ? "elif" : "if", export_family_names[family], upper, (unsigned)e->layout[family].bytes);
    fprintf(to, "#endif\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nextern const bds_network %s;\n", names->name);
    if (*session_text(s, "labels", &length))
        fprintf(to, "#define %s_LABELS %uu\nextern const char *const %s_labels[%s_LABELS];\n", upper,
                (unsigned)s->info.labels, names->name, upper);
    fputs("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n", to);
}
