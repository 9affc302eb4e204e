/* bedside export-c: a model becomes a header and a source for firmware.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "export_name.h"
#include "export_source.h"
#include "options.h"
#include "session.h"

/* The model's name, or its file's, as a C identifier. */
static void identifier(char name[EXPORT_NAME], const char *text, size_t length)
{
    size_t n = 0;
    if (length == 0 || !isalpha((unsigned char)text[0]))
        name[n++] = 'm';
    for (size_t i = 0; i < length && n + 1 < EXPORT_NAME && text[i] != '.'; i++)
        name[n++] = (char)(isalnum((unsigned char)text[i]) ? tolower((unsigned char)text[i]) : '_');
    name[n] = 0;
}

static int is_identifier(const char *text)
{
    size_t n = 0;
    for (; text[n]; n++)
        if (!(isalpha((unsigned char)text[n]) || text[n] == '_' || (n > 0 && isdigit((unsigned char)text[n]))))
            return 0;
    return n > 0 && n < EXPORT_NAME;
}

typedef void writer(FILE *to, const export_network *e, const session *s, const export_names *names);

/* Writes FOLDER/NAME.EXTENSION. */
static int write_file(const char *folder, const char *extension, writer *write, const export_network *e,
                      const session *s, const export_names *names)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s.%s", folder, names->name, extension) >= (int)sizeof path)
        return cli_fail(BDS_E_ARGUMENT, "the folder's name is too long");
    FILE *to = fopen(path, "w");
    if (!to)
        return cli_fail_named("FILE", "%s cannot be written", path);
    write(to, e, s, names);
    const int wrong = ferror(to);
    return fclose(to) != 0 || wrong ? cli_fail_named("FILE", "%s could not be written to its end", path) : 0;
}

static int write_sources(const session *s, const char *file, const char *folder, const char *name, int plain)
{
    export_network e;
    const export_names names = {name, file};
    const bds_status st = export_network_open(&e, s->plan, plain);
    int code = st == BDS_OK ? write_file(folder, "h", export_header, &e, s, &names)
                            : cli_fail(st, "%s cannot be laid out: %s", file, bds_status_text(st));
    if (code == 0)
        code = write_file(folder, "c", export_source, &e, s, &names);
    if (code == 0)
        printf("%s/%s.h, %s.c: %u bytes of arena with Cortex-M4's kernels (%u of tensors as the file places them)\n",
               folder, name, name, (unsigned)(e.layout[BDS_FAMILY_DSP].bytes + BDS_NETWORK_PLAN_BYTES_32),
               (unsigned)s->model.activation_bytes);
    export_network_close(&e);
    return code;
}

int cmd_export(int argc, char **argv)
{
    enum { OUT, NAME, PLAIN, OPTIONS };
    cli_option options[OPTIONS] = {{"-o", 1, 0}, {"--name", 1, 0}, {"--plain", 0, 0}};
    int operands = 0;
    int code = options_parse("export-c", argc, argv, options, OPTIONS, &operands);
    if (code)
        return code;
    if (operands != 1)
        return cli_usage("export-c", "one .bds file is wanted");
    if (options[NAME].value && !is_identifier(options[NAME].value))
        return cli_usage("export-c", "'%s' is not a C identifier of at most %d letters", options[NAME].value,
                         EXPORT_NAME - 1);
    const char *wrong = options[NAME].value ? export_name_wrong(options[NAME].value) : NULL;
    if (wrong)
        return cli_usage("export-c", "'%s' cannot be the network's name, as %s", options[NAME].value, wrong);
    session s;
    code = session_open_file(&s, argv[0], 0, 0);
    if (code)
        return code;
    char name[EXPORT_NAME];
    size_t length;
    const char *own = session_text(&s, "name", &length);
    identifier(name, own, length);
    const char *chosen = options[NAME].value ? options[NAME].value : name;
    const char *base = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    wrong = export_name_wrong(chosen); /* only a name of the model's own can be so still */
    code = wrong ? cli_fail(BDS_E_ARGUMENT,
                            "the model's name, '%s', cannot be its name in C, as %s; give another with --name", chosen,
                            wrong)
                 : write_sources(&s, base, options[OUT].value ? options[OUT].value : ".", chosen,
                                 options[PLAIN].value != 0);
    session_close(&s);
    return code;
}
