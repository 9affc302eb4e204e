/* bedside diff: a compiled file beside its float network, layer by layer.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "compare.h"
#include "file.h"
#include "format.h"
#include "json_write.h"
#include "options.h"
#include "recipe.h"
#include "source.h"

#define NETWORK_LIMIT ((size_t)1 << 30)

typedef struct diff {
    bdc_context *context;
    bdc_graph *graph;
    bdc_error error;
    session file;
    source source;
    comparison result;
} diff;

static int open_network(diff *d, const char *path)
{
    uint8_t *bytes;
    size_t n;
    int failed = file_read(path, NETWORK_LIMIT, &bytes, &n);
    if (failed)
        return failed;
    bdc_status status = bdc_create(&d->context, 0, &d->error);
    if (status == BDC_OK)
        status = bdc_import(d->context, bytes, n, NULL, &d->graph);
    if (status == BDC_OK) /* a file with findings has no softmax: the result section stands for it */
        status = bdc_optimise(d->graph, d->file.model.result == NULL);
    free(bytes);
    return status == BDC_OK ? 0 : cli_fail_named(bdc_status_name(status), "%s: %s", path, d->error.text);
}

static int open_samples(diff *d, const char *data, uint32_t limit, bdc_options *options)
{
    if (tensors_are(data) && !d->file.model.inputs[0].is_image)
        return source_numbers(&d->source, d->graph, data, limit, options);
    int failed = dataset_open_unlabelled(&d->source.set, data, "val");
    d->source.has_set = !failed;
    return failed ? failed : source_pictures(&d->source, d->graph, d->file.bytes, d->file.size, limit, options);
}

/* Decibels, or a word where nothing differs or nothing corresponds. */
static const char *decibels(const compared *l, char text[16])
{
    double value = compare_decibels(l);
    if (!l->matched)
        return "-";
    if (isinf(value))
        return "equal";
    snprintf(text, 16, "%.1f dB", value);
    return text;
}

static void print(const comparison *c)
{
    char text[16];
    printf("  step op            out                signal/noise  worst error   in steps  tensor\n");
    for (uint32_t i = 0; i < c->count; i++) {
        const compared *l = &c->layers[i];
        char out[32];
        snprintf(out, sizeof out, "%ux%ux%u", l->shape[0], l->shape[1], l->shape[2]);
        printf("  %4u %-13s %-18s %12s", i, l->kind, out, decibels(l, text));
        if (l->matched)
            printf("  %11.5g  %9.2f  %s\n", l->worst, l->worst / l->step, l->name);
        else
            puts("            -          -  (no counterpart in the float network)");
    }
    printf("  %-37s %12s  %11.5g   over %u samples\n", "outputs", decibels(&c->output, text), c->output.worst,
           c->samples);
}

static void put(json_writer *w, const compared *l)
{
    const double value = compare_decibels(l);
    if (!l->matched)
        return;
    if (isinf(value))
        json_put_bool(w, "equal", 1);
    else
        json_put_real(w, "sqnr_db", value, 3);
    json_put_real(w, "worst", l->worst, 9);
}

static void write_json(const comparison *c)
{
    json_writer w;
    json_begin(&w, stdout);
    json_put_whole(&w, "samples", c->samples);
    json_open(&w, "output", '{');
    put(&w, &c->output);
    json_close(&w, '}');
    json_open(&w, "layers", '[');
    for (uint32_t i = 0; i < c->count; i++) {
        const compared *l = &c->layers[i];
        json_open(&w, 0, '{');
        json_put_string(&w, "op", l->kind);
        if (l->matched)
            json_put_string(&w, "tensor", l->name);
        json_open(&w, "out", '[');
        for (int k = 0; k < 3; k++)
            json_put_whole(&w, 0, l->shape[k]);
        json_close(&w, ']');
        put(&w, l);
        json_put_real(&w, "step", l->step, 9);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_end(&w);
}

int cmd_diff(int argc, char **argv)
{
    enum { DATA, SAMPLES, JSON, OPTION_COUNT };
    cli_option options[] = {{"--data", 1, 0}, {"--samples", 1, 0}, {"--json", 0, 0}};
    int operands;
    uint32_t limit = 32;
    diff d;
    bdc_options given = {0};
    memset(&d, 0, sizeof d);
    int failed = options_parse("diff", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && (operands != 2 || !options[DATA].value))
        failed = cli_usage("diff", "a network, a .bds file and --data are needed");
    if (!failed && options[SAMPLES].value)
        failed = option_number("diff", &options[SAMPLES], 1, 100000, &limit);
    if (failed)
        return failed;
    failed = session_open_file(&d.file, argv[1], BDS_CPU_ALL, 0);
    if (failed)
        return failed;
    failed = open_network(&d, argv[0]);
    if (!failed)
        failed = open_samples(&d, options[DATA].value, limit, &given);
    if (!failed)
        failed = compare_layers(&d.result, d.graph, &d.error, &d.file, given.sample, given.sample_cookie,
                                given.sample_count);
    if (!failed && options[JSON].value)
        write_json(&d.result);
    else if (!failed)
        print(&d.result);
    compare_free(&d.result);
    source_close(&d.source);
    session_close(&d.file);
    bdc_destroy(d.context);
    return failed;
}
