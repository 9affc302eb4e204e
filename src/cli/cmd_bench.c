/* bedside bench: how long one inference takes on this machine, in one thread, and where the time goes.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceiling.h"
#include "cli.h"
#include "format.h"
#include "json_write.h"
#include "op_macs.h"
#include "op_name.h"
#include "options.h"
#include "random.h"
#include "session.h"
#include "timing.h"

#define SEED 1u
#define WARM_UP_SECONDS 0.1
#define SECONDS 2.0 /* how long to measure when nobody says how often */
#define FEWEST 20u
#define MOST 1000000u
#define CEILING_SAMPLES 200u
#define BAR 12

typedef struct bench {
    session s;
    uint8_t *inputs[BDF_MAX_INPUTS]; /* a run may overwrite what it was given, so each begins with a copy */
    uint32_t input_bytes[BDF_MAX_INPUTS];
    double *samples; /* seconds */
    double *layers;  /* least seconds of each operator; null: not asked for */
    uint32_t rounds;
    timing total;
    double peak; /* GMAC/s; 0: unknown */
} bench;

static bds_status give_inputs(bench *b)
{
    bds_status status = BDS_OK;
    for (uint32_t i = 0; i < b->s.info.inputs && status == BDS_OK; i++) {
        bds_tensor t;
        status = bds_input(b->s.plan, i, &t);
        if (status == BDS_OK)
            memcpy(t.data, b->inputs[i], b->input_bytes[i]);
    }
    return status;
}

/* One inference as a program does it: hand over the input, run, look at the output. Returns seconds, negative for a failure. */
static double once(bench *b)
{
    bds_tensor out;
    double begin = timing_now();
    bds_status status = give_inputs(b);
    if (status == BDS_OK)
        status = bds_run(b->s.plan);
    if (status == BDS_OK)
        status = bds_output(b->s.plan, 0, &out);
    double end = timing_now();
    return status == BDS_OK ? end - begin : -1;
}

/* The same step by step; the clock is read once per operator. */
static void once_by_layers(bench *b)
{
    if (give_inputs(b) != BDS_OK)
        return;
    double before = timing_now();
    bds_status status = BDS_MORE;
    for (uint32_t i = 0; status == BDS_MORE; i++) {
        status = bds_step(b->s.plan);
        double now = timing_now();
        if (now - before < b->layers[i])
            b->layers[i] = now - before;
        before = now;
    }
}

static int make_inputs(bench *b)
{
    random_state random = {SEED};
    for (uint32_t i = 0; i < b->s.info.inputs; i++) {
        bds_tensor t;
        bds_status status = bds_input(b->s.plan, i, &t);
        if (status != BDS_OK)
            return cli_fail(status, "%s", bds_status_text(status));
        b->input_bytes[i] = t.dims[1] * t.dims[2] * t.dims[3] * (t.type == BDS_INT16 ? 2u : 1u);
        b->inputs[i] = malloc(b->input_bytes[i]);
        if (!b->inputs[i])
            return cli_fail(BDS_E_ARENA, "out of memory");
        for (uint32_t k = 0; k < b->input_bytes[i]; k++)
            b->inputs[i][k] = (uint8_t)random_below(&random, 256);
    }
    return 0;
}

/* Runs until code and data are warm; returns the least time. */
static double warm_up(bench *b)
{
    double begin = timing_now(), least = 1e9;
    do {
        double t = once(b);
        if (t < 0)
            return t;
        least = t < least ? t : least;
    } while (timing_now() - begin < WARM_UP_SECONDS);
    return least;
}

/* Several at once: the first one may find the vector units asleep. */
static void look_at_ceiling(bench *b)
{
    for (int i = 0; i < 4; i++) {
        double speed = ceiling_sample();
        b->peak = speed > b->peak ? speed : b->peak;
    }
}

static int measure(bench *b)
{
    double one = warm_up(b);
    if (one < 0)
        return cli_fail(BDS_E_STATE, "the model does not run");
    if (!b->rounds) {
        double fit = SECONDS / (one + 1e-9);
        b->rounds = fit < FEWEST ? FEWEST : fit > MOST ? MOST : (uint32_t)fit;
    }
    b->samples = malloc(b->rounds * sizeof *b->samples);
    if (!b->samples)
        return cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; b->layers && i < b->s.info.operators; i++)
        b->layers[i] = 1e9;
    const uint32_t every = b->rounds / CEILING_SAMPLES + 1;
    for (uint32_t i = 0; i < b->rounds; i++) {
        b->samples[i] = once(b);
        if (b->layers)
            once_by_layers(b);
        if (i % every == 0)
            look_at_ceiling(b);
    }
    b->total = timing_of(b->samples, b->rounds);
    return 0;
}

static double gmacs(uint64_t macs, double seconds)
{
    return 1e-9 * (double)macs / seconds;
}

static double percent_of_peak(const bench *b, double speed)
{
    return b->peak > 0 ? 100 * speed / b->peak : 0;
}

static double layer_sum(const bench *b)
{
    double sum = 0;
    for (uint32_t i = 0; i < b->s.info.operators; i++)
        sum += b->layers[i];
    return sum;
}

static void print_bar(double part)
{
    int cells = (int)(part * BAR + 0.5);
    for (int i = 0; i < cells; i++)
        putchar('#');
    putchar('\n');
}

static void print_layers(const bench *b)
{
    const bds_model *m = &b->s.model;
    double sum = layer_sum(b), most = 0;
    for (uint32_t i = 0; i < m->op_count; i++)
        most = b->layers[i] > most ? b->layers[i] : most;
    printf("\n  step operator      out              M MACs        us  GMAC/s %% peak share\n");
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_tensor *y = &m->tensors[m->ops[i].output];
        uint64_t macs = op_macs(m, &m->ops[i]);
        char out[32], speed[32] = "              ";
        snprintf(out, sizeof out, "%ux%ux%u", y->dims[1], y->dims[2], y->dims[3]);
        if (macs)
            snprintf(speed, sizeof speed, "%7.2f %6.1f", gmacs(macs, b->layers[i]),
                     percent_of_peak(b, gmacs(macs, b->layers[i])));
        printf("  %4u %-13s %-14s %8.3f %9.2f %s %5.1f ", i, op_name(m->ops[i].code), out, 1e-6 * (double)macs,
               1e6 * b->layers[i], speed, 100 * b->layers[i] / sum);
        print_bar(b->layers[i] / most);
    }
    printf("  %-33s %8.3f %9.2f %7.2f %6.1f\n", "all operators", 1e-6 * (double)b->s.info.macs, 1e6 * sum,
           gmacs(b->s.info.macs, sum), percent_of_peak(b, gmacs(b->s.info.macs, sum)));
}

static void print_cpu(uint32_t mask)
{
    char text[SESSION_CPU_TEXT];
    session_cpu_text(text, mask & bds_cpu_features());
    printf("kernels  %s, one thread\n", text);
}

static void print_all(const bench *b, const char *path, uint32_t cpu)
{
    double speed = gmacs(b->s.info.macs, b->total.least);
    printf("%s: %.3f M multiply-accumulates, %u operators\n", path, 1e-6 * (double)b->s.info.macs, b->s.info.operators);
    print_cpu(cpu);
    if (b->peak > 0)
        printf("ceiling  %.1f GMAC/s (%s)\n", b->peak, ceiling_loop());
    printf("time     least %.4f ms, median %.4f, 95 of 100 within %.4f; %u runs\n", 1e3 * b->total.least,
           1e3 * b->total.median, 1e3 * b->total.p95, b->rounds);
    printf("speed    %.2f GMAC/s", speed);
    if (b->peak > 0)
        printf(", %.1f %% of the ceiling", percent_of_peak(b, speed));
    putchar('\n');
    if (b->layers)
        print_layers(b);
}

static void write_layers(json_writer *w, const bench *b)
{
    const bds_model *m = &b->s.model;
    const double sum = layer_sum(b);
    json_open(w, "layers", '[');
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_tensor *y = &m->tensors[m->ops[i].output];
        const uint64_t macs = op_macs(m, &m->ops[i]);
        const double speed = gmacs(macs, b->layers[i]);
        json_open(w, 0, '{');
        json_put_string(w, "op", op_name(m->ops[i].code));
        json_open(w, "out", '[');
        for (int d = 1; d < 4; d++)
            json_put_whole(w, 0, y->dims[d]);
        json_close(w, ']');
        json_put_whole(w, "macs", (int64_t)macs);
        json_put_real(w, "min_us", 1e6 * b->layers[i], 3);
        json_put_real(w, "gmacs", speed, 3);
        json_put_real(w, "percent_of_ceiling", percent_of_peak(b, speed), 2);
        json_put_real(w, "share", b->layers[i] / sum, 4);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_all(const bench *b, uint32_t cpu)
{
    json_writer w;
    char text[SESSION_CPU_TEXT];
    const double speed = gmacs(b->s.info.macs, b->total.least);
    session_cpu_text(text, cpu & bds_cpu_features());
    json_begin(&w, stdout);
    json_put_string(&w, "kernels", text);
    json_put_whole(&w, "threads", 1);
    json_put_whole(&w, "rounds", b->rounds);
    json_put_whole(&w, "macs", (int64_t)b->s.info.macs);
    json_put_real(&w, "min_ms", 1e3 * b->total.least, 6);
    json_put_real(&w, "median_ms", 1e3 * b->total.median, 6);
    json_put_real(&w, "p95_ms", 1e3 * b->total.p95, 6);
    json_put_real(&w, "gmacs", speed, 3);
    json_put_string(&w, "ceiling_loop", b->peak > 0 ? ceiling_loop() : "none");
    json_put_real(&w, "ceiling_gmacs", b->peak, 3);
    json_put_real(&w, "percent_of_ceiling", percent_of_peak(b, speed), 2);
    json_put_whole(&w, "arena_bytes", (int64_t)b->s.arena_bytes);
    if (b->layers)
        write_layers(&w, b);
    json_end(&w);
}

static void release(bench *b)
{
    for (uint32_t i = 0; i < BDF_MAX_INPUTS; i++)
        free(b->inputs[i]);
    free(b->samples);
    free(b->layers);
    session_close(&b->s);
}

int cmd_bench(int argc, char **argv)
{
    enum { LAYERS, JSON, ROUNDS, CPU, OPTION_COUNT };
    cli_option options[] = {{"--layers", 0, 0}, {"--json", 0, 0}, {"--rounds", 1, 0}, {"--cpu", 1, 0}};
    bench b = {0};
    int operands;
    uint32_t cpu;
    int failed = options_parse("bench", argc, argv, options, OPTION_COUNT, &operands);
    if (!failed && operands != 1)
        failed = cli_usage("bench", "one .bds file is needed");
    if (!failed && options[ROUNDS].value)
        failed = option_number("bench", &options[ROUNDS], 1, MOST, &b.rounds);
    if (!failed)
        failed = session_cpu("bench", options[CPU].value, &cpu);
    if (failed || (failed = session_open_file(&b.s, argv[0], cpu, 0)))
        return failed;
    if (options[LAYERS].value && !(b.layers = malloc(b.s.info.operators * sizeof *b.layers)))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed)
        failed = make_inputs(&b);
    if (!failed)
        failed = measure(&b);
    if (!failed && options[JSON].value)
        write_all(&b, cpu);
    else if (!failed)
        print_all(&b, argv[0], cpu);
    release(&b);
    return failed;
}
