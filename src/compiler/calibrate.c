/* The range of every tensor: first its extremes and means over all samples, then a histogram between them, then the range that
 * serves best.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "equalise.h"
#include "execute_float.h"
#include "passes/passes.h"

#define BINS 2048
#define STEPS 64
#define CLIP_WEIGHT 4                  /* clipping errors have one sign and add up, where rounding errors cancel out */
#define KEPT 128u                      /* samples */
#define KEPT_FLOATS ((size_t)16 << 20) /* of all of them, about */

/* What is collected of one tensor. */
typedef struct collected {
    float least, most;
    uint64_t count; /* values */
    uint64_t *bins; /* of the values other than 0, which every range holds exactly */
} collected;

typedef struct collector {
    const ir_graph *graph;
    collected *tensors;
    channel_range *ranges; /* per tensor */
    int second_pass;
} collector;

static void collect_extremes(collected *t, channel_range *r, const ir_tensor *shape, const float *data)
{
    const size_t plane = (size_t)shape->h * shape->w;
    for (size_t i = 0; i < plane; i++, data += shape->c)
        for (uint32_t c = 0; c < shape->c; c++) {
            const float x = data[c];
            if (!(x >= r->least[c])) /* also when x is not a number: it sticks */
                r->least[c] = x;
            if (!(x <= r->most[c]))
                r->most[c] = x;
            r->sum[c] += (double)x;
            r->square[c] += (double)x * (double)x;
        }
    t->count += shape->c * plane;
}

/* Over all channels, once they are equalised or left. */
static bdc_status join_channels(bdc_context *c, const ir_tensor *shape, const channel_range *r, collected *t)
{
    for (uint32_t i = 0; i < shape->c; i++) {
        if (!isfinite(r->least[i]) || !isfinite(r->most[i]))
            return bdc_fail(c, BDC_E_INVALID,
                            "Tensor '%s' becomes infinite or not a number on the calibration samples.", shape->name);
        t->least = fminf(t->least, r->least[i]);
        t->most = fmaxf(t->most, r->most[i]);
    }
    return BDC_OK;
}

static void collect_histogram(collected *t, const ir_tensor *shape, const float *data)
{
    const float width = t->most - t->least;
    if (!(width > 0))
        return;
    const float factor = BINS / width;
    for (size_t i = 0; i < ir_count(shape); i++) {
        if (!(data[i] < 0) && !(data[i] > 0))
            continue;
        float position = (data[i] - t->least) * factor;
        t->bins[position >= BINS ? BINS - 1 : position > 0 ? (int)position : 0]++;
    }
}

static void observe(void *cookie, uint32_t tensor, const float *data)
{
    const collector *k = cookie;
    if (k->second_pass)
        collect_histogram(&k->tensors[tensor], &k->graph->tensors[tensor], data);
    else
        collect_extremes(&k->tensors[tensor], &k->ranges[tensor], &k->graph->tensors[tensor], data);
}

/* Square error of 8-bit steps over [lo, hi]: rounding inside, distance outside, which weighs more. */
static double range_error(const collected *t, double lo, double hi)
{
    const double bin = ((double)t->most - (double)t->least) / BINS, step = (hi - lo) / 255;
    double error = 0;
    for (int i = 0; i < BINS; i++) {
        if (!t->bins[i])
            continue;
        double x = (double)t->least + (i + 0.5) * bin;
        double miss = x < lo ? lo - x : x > hi ? x - hi : 0;
        error += (double)t->bins[i] * (miss > 0 ? CLIP_WEIGHT * miss * miss : step * step / 12);
    }
    return error;
}

/* Moves one end at a time towards 0 and keeps what lessens the error; a few rounds settle it. */
static void choose_mse(const collected *t, ir_tensor *out)
{
    const double least = (double)t->least, most = (double)t->most;
    double lo = least, hi = most, best = range_error(t, lo, hi);
    for (int round = 0; round < 3; round++) {
        double before = best;
        for (int end = 0; end < 2; end++)
            for (int i = 1; i < STEPS; i++) {
                double f = (double)i / STEPS, low = end ? lo : least * f, high = end ? most * f : hi;
                double error = high > low ? range_error(t, low, high) : best;
                if (error < best) {
                    best = error;
                    lo = low;
                    hi = high;
                }
            }
        if (!(best < before))
            break;
    }
    out->lo = (float)lo;
    out->hi = (float)hi;
}

static void choose_percentile(const collected *t, double percentile, ir_tensor *out)
{
    const double bin = ((double)t->most - (double)t->least) / BINS,
                 outside = (double)t->count * (1 - percentile / 100) / 2;
    double sum = 0;
    int i = 0, k = BINS - 1;
    for (; i < BINS - 1 && sum + (double)t->bins[i] <= outside; i++)
        sum += (double)t->bins[i];
    for (sum = 0; k > 0 && sum + (double)t->bins[k] <= outside; k--)
        sum += (double)t->bins[k];
    out->lo = (float)fmin((double)t->least + i * bin, 0);
    out->hi = (float)fmax((double)t->least + (k + 1) * bin, 0);
}

static bdc_status choose(bdc_context *c, const bdc_options *options, const collected *t, const channel_range *r,
                         ir_tensor *out)
{
    float *mean = BDC_NEW(c, float, out->c), *deviation = BDC_NEW(c, float, out->c);
    if (!mean || !deviation)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < out->c; i++) {
        const double n = (double)t->count / out->c, average = r->sum[i] / n;
        mean[i] = (float)average;
        deviation[i] = (float)sqrt(fmax(r->square[i] / n - average * average, 0));
    }
    out->mean = mean;
    out->deviation = deviation;
    out->least = out->lo = t->least;
    out->most = out->hi = t->most;
    if (options->method == BDC_METHOD_MSE)
        choose_mse(t, out);
    else if (options->method == BDC_METHOD_PERCENTILE)
        choose_percentile(t, options->percentile > 0 ? options->percentile : 99.99, out);
    return BDC_OK;
}

/* Keeps the inputs of one sample of every stride. */
static void keep(bdc_graph *graph, const float_run *run, uint32_t sample, uint32_t stride)
{
    const ir_graph *g = &graph->ir;
    if (sample % stride)
        return;
    float *to = graph->kept + graph->kept_count++ * graph->kept_floats;
    for (uint32_t i = 0; i < g->input_count; i++) {
        const size_t n = ir_count(&g->tensors[g->inputs[i]]);
        memcpy(to, run->data[g->inputs[i]], n * sizeof *to);
        to += n;
    }
}

/* Room for up to KEPT samples, evenly spread; *stride from one to the next. */
static bdc_status prepare_kept(bdc_graph *graph, uint32_t samples, uint32_t *stride)
{
    const ir_graph *g = &graph->ir;
    graph->kept_floats = 0;
    for (uint32_t i = 0; i < g->input_count; i++)
        graph->kept_floats += ir_count(&g->tensors[g->inputs[i]]);
    size_t most = KEPT_FLOATS / graph->kept_floats + 1;
    most = most > KEPT ? KEPT : most;
    *stride = (uint32_t)((samples + most - 1) / most);
    graph->kept_count = 0;
    graph->kept = BDC_NEW(graph->context, float, ((samples - 1) / *stride + 1) * graph->kept_floats);
    return graph->kept ? BDC_OK : BDC_E_MEMORY;
}

/* Runs all samples through the network once. */
static bdc_status run_samples(bdc_context *c, bdc_graph *graph, const bdc_options *options, const float_run *run,
                              collector *k)
{
    const ir_graph *g = k->graph;
    float **inputs = BDC_NEW(c, float *, g->input_count);
    if (!inputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->input_count; i++)
        if (!(inputs[i] = BDC_NEW(c, float, ir_count(&g->tensors[g->inputs[i]]))))
            return BDC_E_MEMORY;
    uint32_t stride = 0;
    if (!k->second_pass)
        BDC_TRY(prepare_kept(graph, options->sample_count, &stride));
    for (uint32_t s = 0; s < options->sample_count; s++) {
        if (options->sample(options->sample_cookie, s, inputs))
            return bdc_fail(c, BDC_E_CANCELLED, "Calibration sample %u could not be had.", s);
        for (uint32_t i = 0; i < g->input_count; i++)
            ir_port_in(&graph->input_ports[i], &g->tensors[g->inputs[i]], inputs[i], run->data[g->inputs[i]]);
        if (!k->second_pass)
            keep(graph, run, s, stride);
        float_run_execute(run, observe, k);
        BDC_TRY(bdc_report_progress(c, "calibrate", s + (k->second_pass ? options->sample_count : 0),
                                    2 * options->sample_count));
    }
    return BDC_OK;
}

static bdc_status create_collector(bdc_context *c, const ir_graph *g, collector *k)
{
    *k = (collector){.graph = g,
                     .tensors = BDC_NEW(c, collected, g->tensor_count),
                     .ranges = BDC_NEW(c, channel_range, g->tensor_count)};
    if (!k->tensors || !k->ranges)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        const uint32_t channels = g->tensors[i].c;
        channel_range *r = &k->ranges[i];
        k->tensors[i].bins = BDC_NEW(c, uint64_t, BINS);
        r->least = BDC_NEW(c, float, channels);
        r->most = BDC_NEW(c, float, channels);
        r->sum = BDC_NEW(c, double, channels);
        r->square = BDC_NEW(c, double, channels);
        if (!k->tensors[i].bins || !r->least || !r->most || !r->sum || !r->square)
            return BDC_E_MEMORY;
    }
    return BDC_OK;
}

static bdc_status calibrate(bdc_graph *graph, const bdc_options *options)
{
    bdc_context *c = graph->context;
    ir_graph *g = &graph->ir;
    collector k;
    float_run run;
    BDC_TRY(create_collector(c, g, &k));
    BDC_TRY(float_run_create(c, g, &run));
    BDC_TRY(run_samples(c, graph, options, &run, &k));
    if (options->equalise)
        BDC_TRY(equalise(c, g, k.ranges));
    for (uint32_t i = 0; i < g->tensor_count; i++)
        BDC_TRY(join_channels(c, &g->tensors[i], &k.ranges[i], &k.tensors[i]));
    k.second_pass = 1;
    if (options->method != BDC_METHOD_MINMAX)
        BDC_TRY(run_samples(c, graph, options, &run, &k));
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        BDC_TRY(choose(c, options, &k.tensors[i], &k.ranges[i], &g->tensors[i]));
        BDC_TRY(bdc_report_progress(c, "ranges", i + 1, g->tensor_count));
    }
    return BDC_OK;
}

bdc_status bdc_calibrate(bdc_graph *graph, const bdc_options *options)
{
    if (!graph)
        return BDC_E_ARGUMENT;
    bdc_context *c = graph->context;
    if (!options)
        return bdc_fail(c, BDC_E_ARGUMENT, "No options were given.");
    if (!options->sample || !options->sample_count || options->sample_count > UINT32_MAX / 2)
        return bdc_fail(c, BDC_E_STATE, "No calibration samples were given.");
    if (options->method > BDC_METHOD_MINMAX || options->method < 0 || options->percentile < 0 ||
        options->percentile > 100 || (options->percentile > 0 && options->percentile <= 50))
        return bdc_fail(c, BDC_E_ARGUMENT, "The calibration method is unknown or its percentile is not in (50, 100].");
    BDC_TRY(optimise(graph, options->keep_final, options->keep_dead_channels));
    graph->calibrated = 0;
    BDC_TRY(calibrate(graph, options));
    graph->calibrated = 1;
    return BDC_OK;
}
