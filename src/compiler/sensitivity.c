/* One layer at a time is replaced by what its integers stand for; the rest of the network stays float, so that noises can be added.
 * The float network runs on operator by operator; for each option a copy of its state runs on to the end.
 * SPDX-License-Identifier: MIT */
#include "sensitivity.h"

#include <math.h>
#include <string.h>

#define WORK 6e10 /* multiply-adds that all runs together may take, about */
enum { SAMPLES_LEAST = 2, SAMPLES_MOST = 48 };

typedef struct probe {
    compilation *k;
    sensitivity_table *t;
    simulation sim;
    float *outputs; /* the float network's: [samples][all outputs] */
    size_t output_floats;
    double signal;
} probe;

static uint32_t sample_count(const compilation *k, const sensitivity_table *t)
{
    const ir_graph *g = &k->graph;
    double work = 0, rest = 0;
    for (uint32_t i = g->op_count, n = t->layer_count; i-- > 0;) {
        rest += (double)ir_macs(g, &g->ops[i]);
        if (n && t->layers[n - 1] == i) {
            work += rest * t->option_count;
            n--;
        }
    }
    return (uint32_t)fmin(fmax(WORK / fmax(work, 1), SAMPLES_LEAST), SAMPLES_MOST);
}

static void save_outputs(probe *p)
{
    const ir_graph *g = &p->k->graph;
    float *to = p->outputs;
    for (uint32_t s = 0; s < p->sim.samples; s++)
        for (uint32_t i = 0; i < g->output_count; i++) {
            const size_t n = ir_count(&g->tensors[g->outputs[i]]);
            const float *y = p->sim.exact[s].data[g->outputs[i]];
            for (size_t j = 0; j < n; j++)
                p->signal += (double)y[j] * (double)y[j];
            memcpy(to, y, n * sizeof *to);
            to += n;
        }
}

static double noise(const probe *p, uint32_t sample)
{
    const ir_graph *g = &p->k->graph;
    const float *exact = p->outputs + sample * p->output_floats;
    double sum = 0;
    for (uint32_t i = 0; i < g->output_count; i++) {
        const size_t n = ir_count(&g->tensors[g->outputs[i]]);
        const float *y = p->sim.stored[sample].data[g->outputs[i]];
        for (size_t j = 0; j < n; j++)
            sum += ((double)y[j] - (double)exact[j]) * ((double)y[j] - (double)exact[j]);
        exact += n;
    }
    return sum;
}

static bdc_status create(probe *p)
{
    compilation *k = p->k;
    const ir_graph *g = &k->graph;
    BDC_TRY(simulation_create(k->context, k->from, g, g, k->z.quants, sample_count(k, p->t), &p->sim));
    for (uint32_t i = 0; i < g->output_count; i++)
        p->output_floats += ir_count(&g->tensors[g->outputs[i]]);
    p->outputs = BDC_NEW(k->context, float, p->sim.samples * p->output_floats);
    if (!p->outputs)
        return BDC_E_MEMORY;
    for (uint32_t s = 0; s < p->sim.samples; s++)
        float_run_execute(&p->sim.exact[s], NULL, NULL);
    save_outputs(p);
    simulation_fill(&p->sim, k->from);
    return BDC_OK;
}

/* Bytes of the layer's weights in a file. */
static bdc_status stored_bytes(const probe *p, uint32_t op, const layer_result *r, uint32_t *bytes)
{
    bdc_file file = {.context = p->k->context, .coder = p->k->z.options->coder};
    quantiser z = p->k->z;
    z.file = &file;
    z.layers = BDC_NEW(p->k->context, layer_result, p->k->graph.op_count);
    if (!z.layers)
        return BDC_E_MEMORY;
    z.layers[op] = *r;
    BDC_TRY(quantise_op(&z, op));
    *bytes = file.blobs[file.ops[0].weights].stored_bytes;
    return BDC_OK;
}

/* One option of layer number n; the float network has just run it. */
static bdc_status probe_option(probe *p, uint32_t n, uint32_t option, const layer_source *s, const layer_moments *m)
{
    const ir_graph *g = &p->k->graph;
    const uint32_t at = n * p->t->option_count + option, op = p->t->layers[n];
    ir_op stored = g->ops[op];
    layer_result r;
    int fits;
    double sum = 0;
    p->t->noise[at] = INFINITY;
    BDC_TRY(fit_layer(p->k->context, &p->t->options[option], 0, s, m, &r, &fits));
    if (!fits)
        return BDC_OK;
    BDC_TRY(stored_bytes(p, op, &r, &p->t->bytes[at]));
    BDC_TRY(simulation_layer(&p->sim, s, &r, &stored));
    for (uint32_t i = 0; i < p->sim.samples; i++) {
        simulation_copy(&p->sim, i);
        float_run_step(&p->sim.stored[i], &stored);
        for (uint32_t next = op + 1; next < g->op_count; next++)
            float_run_step(&p->sim.stored[i], &g->ops[next]);
        sum += noise(p, i);
    }
    p->t->noise[at] = p->signal > 0 ? sum / p->signal : 0;
    return BDC_OK;
}

static bdc_status probe_layer(probe *p, uint32_t n)
{
    bdc_context *c = p->k->context;
    const ir_op *op = &p->k->graph.ops[p->t->layers[n]];
    layer_source s;
    layer_moments m;
    BDC_TRY(quantise_source(&p->k->z, op, &s));
    for (uint32_t i = 0; i < p->sim.samples; i++)
        simulation_copy(&p->sim, i);
    BDC_TRY(moments_collect(&p->sim, op, op, &m));
    for (uint32_t i = 0; i < p->t->option_count; i++) {
        const bdc_mark mark = bdc_mark_set(c);
        BDC_TRY(probe_option(p, n, i, &s, &m));
        bdc_mark_release(c, mark);
    }
    return bdc_report_progress(c, "sensitivity", n + 1, p->t->layer_count);
}

static bdc_status measure(probe *p)
{
    const ir_graph *g = &p->k->graph;
    BDC_TRY(create(p));
    for (uint32_t i = 0, n = 0; i < g->op_count && n < p->t->layer_count; i++) {
        const bdc_mark mark = bdc_mark_set(p->k->context);
        if (p->t->layers[n] == i)
            BDC_TRY(probe_layer(p, n++));
        else
            for (uint32_t s = 0; s < p->sim.samples; s++)
                float_run_step(&p->sim.exact[s], &g->ops[i]);
        bdc_mark_release(p->k->context, mark);
    }
    return BDC_OK;
}

bdc_status sensitivity_measure(compilation *k, sensitivity_table *t)
{
    const size_t count = (size_t)t->layer_count * t->option_count;
    probe p = {.k = k, .t = t};
    t->noise = BDC_NEW(k->context, double, count);
    t->bytes = BDC_NEW(k->context, uint32_t, count);
    if (!t->noise || !t->bytes)
        return BDC_E_MEMORY;
    const bdc_mark mark = bdc_mark_set(k->context);
    const bdc_status status = measure(&p);
    bdc_mark_release(k->context, mark);
    return status;
}
