/* bedside compile: a network, a recipe and labelled pictures become one .bds file.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "cli.h"
#include "file.h"
#include "options.h"
#include "report.h"
#include "techniques.h"

#define NETWORK_LIMIT ((size_t)1 << 30)

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
    printf("%-12s %-16s %-16s %13s %10s %10s  %s\n", "layer", "in", "out", "MACs", "weights", "bytes", "name");
    for (uint32_t i = 0; i < c->layer_count; i++) {
        const bdc_layer *y = &c->layers[i];
        char in[32], out[32];
        snprintf(in, sizeof in, "%ux%ux%u", y->input[0], y->input[1], y->input[2]);
        snprintf(out, sizeof out, "%ux%ux%u", y->output[0], y->output[1], y->output[2]);
        printf("%-12s %-16s %-16s %13s %10s %10s  %s\n", y->kind, in, out, grouped(y->macs), grouped(y->weight_count),
               grouped(y->weight_bytes), y->name);
    }
}

static void print_fit(const build *b)
{
    if (!b->has_fit)
        return;
    const fitted *f = &b->fit;
    printf("fitted     temperature %.4g on %u pictures (negative log likelihood %.4f to %.4f)\n", f->temperature,
           b->val_count, f->nll_before, f->nll_after);
    printf("           not sure under %.3f: answers %.1f %% of them, ", f->abstain_below / 65536.0, 100 * f->coverage);
    if (b->recipe.segment)
        printf("with a mean Dice coefficient of %.4f\n", f->selective_accuracy);
    else
        printf("%.1f %% right\n", 100 * f->selective_accuracy);
    if (f->set_from)
        printf("           sets of the labels from %.3f on, for a coverage of %.0f %%\n", f->set_from / 65536.0,
               100 * b->recipe.coverage);
    if (b->gate.groups)
        printf("           unlike the training pictures above a distance of %.2f (%u features)\n",
               b->gate.limit / 256.0, b->gate.channels);
}

static void print_search(const build *b)
{
    const bdc_search_result *r = &b->search;
    const char *unit = b->has_measure ? "points" : "dB";
    if (!b->searched)
        return;
    printf("\nsearch     %u files tried; %s of the %s: %.3f %s\n", r->trial_count,
           b->has_measure ? (b->metric == MEASURE_AUC ? "AUC" : "accuracy") : "signal to noise",
           b->has_measure ? "float network" : "int8 file", r->reference, unit);
    for (uint32_t i = 0; i < r->trial_count; i++) {
        const bdc_trial *t = &r->trials[i];
        printf("  %s %-36.36s %10s bytes %9.3f %s%s\n", i == r->best ? "->" : "  ", t->name, grouped(t->bytes),
               t->metric, unit, t->allowed ? "" : "  outside the limits");
    }
    for (uint32_t i = 0; i < b->compiled.layer_count; i++) {
        const bdc_layer *y = &b->compiled.layers[i];
        if (y->weight_count)
            printf("  %-38.38s %-13s %5.1f %% zeros %10s bytes\n", y->name, technique_weights_name(y->weights),
                   100.0 * y->zero_count / y->weight_count, grouped(y->weight_bytes));
    }
}

static void print_summary(const build *b, const char *out)
{
    const bdc_compiled *c = &b->compiled;
    print_layers(c);
    printf("\nnetwork    %u layers, %s MACs, %s weights in %s bytes\n", c->layer_count, grouped(c->macs),
           grouped(c->weight_count), grouped(c->weight_bytes));
    printf("memory     %s bytes of activations, %s bytes of arena %s\n", grouped(c->activation_bytes),
           grouped(b->final.arena_bytes), b->mcu ? "with the reference kernels" : "on this machine");
    if (c->zero_count)
        printf("sparsity   %.1f %% of the weights are 0\n", 100 * c->sparsity);
    print_fit(b);
    print_search(b);
    printf("file       %s bytes of network -> %s bytes: %s\n", grouped(b->network_bytes), grouped(c->byte_count), out);
}

/* "60K", "1.5M" or bytes. */
static int read_bytes(const cli_option *option, size_t *bytes)
{
    char *end;
    double value = strtod(option->value, &end);
    const double unit = *end == 'K' || *end == 'k' ? 1024 : *end == 'M' || *end == 'm' ? 1024 * 1024 : 1;
    end += unit > 1;
    value *= unit;
    if (end == option->value || *end || !(value >= 1 && value <= 1 << 30))
        return cli_usage("compile", "%s is a number of bytes, such as 60K or 1.5M, not '%s'", option->name,
                         option->value);
    *bytes = (size_t)value;
    return 0;
}

static int read_search(build *b, const cli_option *max_bytes, const cli_option *max_drop, const cli_option *metric,
                       const cli_option *val, const cli_option *trials)
{
    int failed = 0;
    if (max_bytes->value)
        failed = read_bytes(max_bytes, &b->max_bytes);
    if (!failed && max_drop->value) {
        char *end;
        b->max_drop = strtod(max_drop->value, &end);
        b->has_max_drop = 1;
        if (end == max_drop->value || *end || !(b->max_drop >= 0 && b->max_drop <= 100))
            failed = cli_usage("compile", "--max-drop is a number of points from 0 to 100, not '%s'", max_drop->value);
    }
    const char *name = metric->value ? metric->value : val->value ? "auc" : "snr";
    if (!failed && strcmp(name, "auc") != 0 && strcmp(name, "accuracy") != 0 && strcmp(name, "snr") != 0)
        failed = cli_usage("compile", "--metric is auc, accuracy or snr, not '%s'", name);
    if (!failed && !val->value != !strcmp(name, "snr"))
        failed = cli_usage("compile", "--metric auc and accuracy need --val, labelled validation data; snr takes none");
    if (!failed && (metric->value || val->value || trials->value) && !b->max_bytes && !b->has_max_drop)
        failed = cli_usage("compile", "a search needs a limit: --max-bytes or --max-drop");
    if (!failed && trials->value)
        failed = option_number("compile", trials, 1, 10000, &b->max_trials);
    b->val = val->value;
    b->metric = strcmp(name, "accuracy") == 0 ? MEASURE_ACCURACY : MEASURE_AUC;
    return failed;
}

/* A board has no memory for a second copy of its weights, so they lie in the file as the kernels read them. */
static int read_target(build *b, const cli_option *target, const cli_option *given)
{
    const char *coder = given[TECHNIQUE_CODER].value;
    if (!target->value || strcmp(target->value, "any") == 0)
        return 0;
    if (strcmp(target->value, "mcu") != 0)
        return cli_usage("compile", "--target is any or mcu, not '%s'", target->value);
    if (coder && strcmp(coder, "raw") != 0)
        return cli_usage("compile",
                         "--target mcu stores the weights raw, as they are used in place; --coder %s does not", coder);
    b->mcu = 1;
    b->techniques.coder = BDC_CODER_RAW;
    return 0;
}

/* Which options go together. */
static int check(const char *described, const char *data, const char *calibration)
{
    if (data && !described)
        return cli_usage("compile", "--data needs --recipe, which says how pictures become the network's input");
    if (calibration && data)
        return cli_usage("compile", "ranges come from --data or from --calibrate, not from both");
    if (calibration && !tensors_are(calibration) && !described)
        return cli_usage("compile", "a folder of pictures needs --recipe, which says how they become the input");
    return 0;
}

int cmd_compile(int argc, char **argv)
{
    enum {
        OUT = TECHNIQUE_COUNT,
        RECIPE,
        DATA,
        CALIBRATE,
        CALIBRATION,
        NO_FIT,
        BATCH,
        MAX_BYTES,
        MAX_DROP,
        METRIC,
        VAL,
        TRIALS,
        REPORT,
        SCORES,
        TARGET,
        OPTION_COUNT
    };
    cli_option options[OPTION_COUNT] = {TECHNIQUE_OPTIONS,      {"-o", 1, 0},          {"--recipe", 1, 0},
                                        {"--data", 1, 0},       {"--calibrate", 1, 0}, {"--calibration", 1, 0},
                                        {"--no-fit", 0, 0},     {"--batch", 1, 0},     {"--max-bytes", 1, 0},
                                        {"--max-drop", 1, 0},   {"--metric", 1, 0},    {"--val", 1, 0},
                                        {"--max-trials", 1, 0}, {"--report", 1, 0},    {"--scores", 1, 0},
                                        {"--target", 1, 0}};
    int operands;
    build b;
    techniques t = {0};
    build_begin(&b);
    int failed = options_parse("compile", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && operands != 1)
        failed = cli_usage("compile", "one ONNX or TensorFlow Lite file is needed");
    if (!failed && !options[OUT].value)
        failed = cli_usage("compile", "-o OUT.bds is needed");
    if (!failed)
        failed = check(options[RECIPE].value, options[DATA].value, options[CALIBRATE].value);
    if (!failed && options[SCORES].value && (!options[DATA].value || options[NO_FIT].value))
        failed = cli_usage("compile", "--scores stand in for val's: they need --data, and no --no-fit");
    if (!failed && options[RECIPE].value) {
        failed = recipe_load(&b.recipe, options[RECIPE].value);
        b.has_recipe = !failed;
    }
    if (!failed && b.has_recipe)
        failed = recipe_options(&b.recipe, options, TECHNIQUE_COUNT, options[RECIPE].value);
    if (!failed && options[CALIBRATION].value)
        failed = option_number("compile", &options[CALIBRATION], 1, 1000000, &b.calibration);
    if (!failed && options[BATCH].value)
        failed = option_number("compile", &options[BATCH], 1, 65535, &b.import.batch);
    if (!failed)
        failed = techniques_read(&t, "compile", options, &b.techniques);
    if (!failed)
        failed = read_target(&b, &options[TARGET], options);
    if (!failed)
        failed =
            read_search(&b, &options[MAX_BYTES], &options[MAX_DROP], &options[METRIC], &options[VAL], &options[TRIALS]);
    uint8_t *network = NULL;
    size_t n = 0;
    b.data = options[DATA].value;
    b.scores = options[SCORES].value;
    b.calibrate = options[CALIBRATE].value;
    b.fits = options[DATA].value && !options[NO_FIT].value;
    if (!failed && file_is_same(argv[0], options[OUT].value))
        failed = cli_fail(BDS_E_ARGUMENT, "%s is the network itself; give the model another name", options[OUT].value);
    if (!failed)
        failed = file_read(argv[0], NETWORK_LIMIT, &network, &n);
    if (!failed)
        failed = build_model(&b, base_name(argv[0]), network, n);
    if (!failed)
        failed = file_write(options[OUT].value, b.compiled.bytes, b.compiled.byte_count);
    if (!failed && options[REPORT].value)
        failed = report_write(options[REPORT].value, &b, base_name(argv[0]));
    if (!failed)
        print_summary(&b, options[OUT].value);
    if (!failed && !b.data && !b.calibrate && !b.quantised)
        fputs(
            "bedside: without --data or --calibrate the ranges come from noise: this file is good for timing, not for "
            "answers\n",
            stderr);
    build_end(&b);
    techniques_free(&t);
    free(network);
    return failed;
}
