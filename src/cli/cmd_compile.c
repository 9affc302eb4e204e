/* bedside compile: an ONNX network, a recipe and labelled pictures become one .bds file.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "cli.h"
#include "file.h"
#include "options.h"

#define ONNX_LIMIT ((size_t)1 << 30)

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* 1234567 as "1,234,567" into one of a few buffers. */
static const char *grouped(uint64_t value)
{
    static char buffers[4][32];
    static int next;
    char *end = buffers[next++ & 3] + 31;
    *end = 0;
    for (int digits = 1; digits == 1 || value; digits++) {
        *--end = (char)('0' + value % 10);
        value /= 10;
        if (digits % 3 == 0 && value)
            *--end = ',';
    }
    return end;
}

static void print_layers(const bdc_compiled *c)
{
    printf("%-12s %-16s %-16s %13s %10s %10s\n", "layer", "in", "out", "MACs", "weights", "bytes");
    for (uint32_t i = 0; i < c->layer_count; i++) {
        const bdc_layer *y = &c->layers[i];
        char in[32], out[32];
        snprintf(in, sizeof in, "%ux%ux%u", y->input[0], y->input[1], y->input[2]);
        snprintf(out, sizeof out, "%ux%ux%u", y->output[0], y->output[1], y->output[2]);
        printf("%-12s %-16s %-16s %13s %10s %10s\n", y->kind, in, out, grouped(y->macs), grouped(y->weight_count),
               grouped(y->weight_bytes));
    }
}

static void print_fit(const build *b)
{
    if (!b->has_fit)
        return;
    const fitted *f = &b->fit;
    printf("fitted     temperature %.4g on %u pictures (negative log likelihood %.4f to %.4f)\n", f->temperature,
           b->val_count, f->nll_before, f->nll_after);
    printf("           not sure under %.3f: answers %.1f %% of them, %.1f %% right\n", f->abstain_below / 65536.0,
           100 * f->coverage, 100 * f->selective_accuracy);
    if (b->gate.groups)
        printf("           unlike the training pictures above a distance of %.2f (%u features)\n",
               b->gate.limit / 256.0, b->gate.channels);
}

static void print_summary(const build *b, const char *out)
{
    const bdc_compiled *c = &b->compiled;
    print_layers(c);
    printf("\nnetwork    %u layers, %s MACs, %s weights in %s bytes\n", c->layer_count, grouped(c->macs),
           grouped(c->weight_count), grouped(c->weight_bytes));
    printf("memory     %s bytes of activations, %s bytes of arena on this machine\n", grouped(c->activation_bytes),
           grouped(b->final.arena_bytes));
    print_fit(b);
    printf("file       %s bytes of float ONNX -> %s bytes: %s\n", grouped(b->onnx_bytes), grouped(c->byte_count), out);
}

int cmd_compile(int argc, char **argv)
{
    enum { OUT, RECIPE, DATA, NO_ENTROPY, CALIBRATION, NO_FIT, OPTION_COUNT };
    cli_option options[] = {{"-o", 1, 0},           {"--recipe", 1, 0},      {"--data", 1, 0},
                            {"--no-entropy", 0, 0}, {"--calibration", 1, 0}, {"--no-fit", 0, 0}};
    int operands;
    build b;
    build_begin(&b);
    int failed = options_parse("compile", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && operands != 1)
        failed = cli_usage("compile", "one ONNX file is needed");
    if (!failed && !options[OUT].value)
        failed = cli_usage("compile", "-o OUT.bds is needed");
    if (!failed && options[DATA].value && !options[RECIPE].value)
        failed = cli_usage("compile", "--data needs --recipe, which says how pictures become the network's input");
    if (!failed && options[CALIBRATION].value)
        failed = option_number("compile", &options[CALIBRATION], 1, 1000000, &b.calibration);
    if (failed)
        return failed;
    b.data = options[DATA].value;
    b.fits = options[DATA].value && !options[NO_FIT].value;
    b.coder = options[NO_ENTROPY].value ? BDC_CODER_RAW : BDC_CODER_ADAPTIVE;
    uint8_t *onnx;
    size_t n;
    failed = file_read(argv[0], ONNX_LIMIT, &onnx, &n);
    if (!failed && options[RECIPE].value) {
        failed = recipe_load(&b.recipe, options[RECIPE].value);
        b.has_recipe = !failed;
    }
    if (!failed)
        failed = build_model(&b, base_name(argv[0]), onnx, n);
    if (!failed)
        failed = file_write(options[OUT].value, b.compiled.bytes, b.compiled.byte_count);
    if (!failed)
        print_summary(&b, options[OUT].value);
    if (!failed && !b.data)
        fputs("bedside: without --data the ranges come from noise: this file is good for timing, not for answers\n",
              stderr);
    build_end(&b);
    free(onnx);
    return failed;
}
