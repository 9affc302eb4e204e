/* A layer's float weights answer to exact inputs. The ones that are fitted here answer to the inputs that the integer network really
 * has: by least squares, what the results lack is made good (reconstruct), weights that are pruned hand over to those that stay, and
 * levels are chosen with the same second moments. Results' means stay what they are in float.
 * SPDX-License-Identifier: MIT */
#include "fit.h"

#include <math.h>
#include <string.h>

#include "prune.h"
#include "real.h"

enum { SAMPLES = 128, PRUNE_ROUNDS = 4, MAX_SWEEPS = 24 };

typedef struct fitter {
    bdc_context *context;
    const layer_source *source;
    const layer_moments *moments;
    const bdc_choice *choice;
    float *target, *weights, *score; /* [channels][depth]: float weights to come near to, those left after pruning */
    uint8_t *kept;
    float *scratch; /* [depth] */
} fitter;

static const row_moments *rows_of(const fitter *f, uint32_t channel)
{
    return &f->moments->rows[channel / f->moments->channels];
}

/* The weights that answer best to the inputs as they are. */
static bdc_status make_target(const fitter *f, int retarget)
{
    const uint32_t depth = f->source->depth;
    float *step = BDC_NEW(f->context, float, depth);
    if (!step)
        return BDC_E_MEMORY;
    for (uint32_t o = 0; o < f->source->channels; o++) {
        const size_t at = (size_t)o * depth;
        memcpy(f->target + at, f->source->weights + at, depth * sizeof(float));
        if (!retarget || !f->moments->lack)
            continue;
        row_solve(rows_of(f, o), f->moments->lack + at, step);
        for (uint32_t i = 0; i < depth; i++)
            f->target[at + i] += step[i];
    }
    return BDC_OK;
}

static int sweeps(const fitter *f)
{
    const double work = (double)f->source->channels * f->source->depth * f->moments->block;
    return (int)fmin(fmax(1e9 / work, 2), MAX_SWEEPS);
}

/* What the error grows by if a weight goes and the others take over what they can: w^2 / (inverse of H)_ii. */
static void score_weights(const fitter *f)
{
    for (uint32_t o = 0; o < f->source->channels; o++)
        for (uint32_t i = 0; i < f->source->depth; i++) {
            const size_t at = (size_t)o * f->source->depth + i;
            f->score[at] = f->weights[at] * f->weights[at] / rows_of(f, o)->inverse[i];
        }
}

/* In a few rounds, since the importance of what is left changes with what goes. */
static bdc_status prune(const fitter *f)
{
    const uint32_t channels = f->source->channels, depth = f->source->depth;
    const size_t count = (size_t)channels * depth;
    const int prunes = f->choice && (f->choice->pruning == BDC_PRUNE_MAGNITUDE || f->choice->pruning == BDC_PRUNE_N_M);
    const int rounds = !prunes || f->choice->pruning == BDC_PRUNE_N_M ? 1 : PRUNE_ROUNDS;
    memcpy(f->weights, f->target, count * sizeof(float));
    for (size_t i = 0; i < count; i++) /* masks of the file */
        if (!(f->source->weights[i] < 0) && !(f->source->weights[i] > 0))
            f->weights[i] = 0;
    for (int round = 1; round <= rounds; round++) {
        const double left = prunes ? 1 - f->choice->sparsity : 1;
        const double share = round == rounds ? 1 - left : 1 - real_pow(left, (double)round / rounds);
        score_weights(f);
        BDC_TRY(prune_weights(f->context, f->choice, share, f->weights, f->score, channels, depth, f->kept));
        for (uint32_t o = 0; o < channels; o++) {
            const size_t at = (size_t)o * depth;
            uint32_t gone = 0;
            for (uint32_t i = 0; i < depth; i++)
                if (!f->kept[at + i]) {
                    f->weights[at + i] = 0;
                    gone++;
                }
            if (gone)
                row_refit(rows_of(f, o), f->target + at, f->kept + at, f->weights + at, sweeps(f), f->scratch);
        }
    }
    return BDC_OK;
}

bdc_status fit_layer(bdc_context *c, const bdc_choice *choice, int retarget, const layer_source *s,
                     const layer_moments *m, layer_result *r, int *fits)
{
    const size_t count = (size_t)s->channels * s->depth;
    const fitter f = {.context = c,
                      .source = s,
                      .moments = m,
                      .choice = choice,
                      .target = BDC_NEW(c, float, count),
                      .weights = BDC_NEW(c, float, count),
                      .score = BDC_NEW(c, float, count),
                      .kept = BDC_NEW(c, uint8_t, count),
                      .scratch = BDC_NEW(c, float, s->depth)};
    if (!f.scratch || !f.target || !f.weights || !f.score || !f.kept)
        return BDC_E_MEMORY;
    BDC_TRY(make_target(&f, retarget));
    BDC_TRY(prune(&f));
    layer_source fitted = *s;
    fitted.kind = choice ? choice->weights : BDC_W8;
    fitted.weights = f.weights;
    fitted.kept = f.kept;
    fitted.moments = m->rows;
    fitted.input_mean = m->input_mean;
    fitted.output_mean = m->output_mean;
    return layer_quantise(c, &fitted, r, fits);
}

/* Room for a layer's integers that outlives the temporary memory of its fit. */
static bdc_status reserve(bdc_context *c, const layer_source *s, layer_result *r)
{
    *r = (layer_result){.weights = BDC_NEW(c, int8_t, (size_t)s->channels * s->depth),
                        .bias = BDC_NEW(c, int32_t, s->channels),
                        .multipliers = BDC_NEW(c, int16_t, s->channels)};
    return r->weights && r->bias && r->multipliers ? BDC_OK : BDC_E_MEMORY;
}

static void copy_result(const layer_source *s, const layer_result *from, layer_result *to)
{
    memcpy(to->weights, from->weights, (size_t)s->channels * s->depth);
    memcpy(to->bias, from->bias, s->channels * sizeof *to->bias);
    memcpy(to->multipliers, from->multipliers, s->channels * sizeof *to->multipliers);
    to->left = from->left;
    to->shift = from->shift;
}

static bdc_status decide(quantiser *z, const simulation *sim, uint32_t i, layer_source *s, layer_result *reserved)
{
    const ir_op *op = &z->graph->ops[i];
    layer_result fitted;
    layer_moments m;
    int fits;
    const bdc_mark mark = bdc_mark_set(z->context);
    bdc_status status = moments_collect(sim, &sim->exact_graph->ops[i], op, &m);
    if (status == BDC_OK)
        status = fit_layer(z->context, scales_choice(z->options, z->graph, op), z->options->reconstruct, s, &m, &fitted,
                           &fits);
    if (status == BDC_OK && !fits) /* rare: the plain way fits, as was seen before */
        status = quantise_decide(z, i, s, &fitted, &fits);
    if (status == BDC_OK && !fits)
        status = bdc_fail(z->context, BDC_E_LIMIT, "Layer '%s' has a range that its multipliers cannot reach.",
                          z->graph->tensors[op->output].name);
    if (status == BDC_OK) {
        copy_result(s, &fitted, reserved);
        z->layers[i] = *reserved;
    }
    bdc_mark_release(z->context, mark);
    return status;
}

static int is_layer(const ir_op *op)
{
    return op->code == IR_CONV || op->code == IR_GEMM;
}

static void step_exact(const simulation *s, const ir_op *op)
{
    for (uint32_t i = 0; i < s->samples; i++)
        float_run_step(&s->exact[i], op);
}

/* Runs all operators; reserved has room for the layers that are not decided. */
static bdc_status run(quantiser *z, simulation *sim, layer_result *reserved, double *decibels)
{
    const ir_graph *g = z->graph;
    double signal = 0, noise = 0;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        layer_source s = {0};
        const bdc_mark mark = bdc_mark_set(z->context);
        if (is_layer(op))
            BDC_TRY(quantise_source(z, op, &s));
        if (is_layer(op) && !z->layers[i].weights)
            BDC_TRY(decide(z, sim, i, &s, &reserved[i]));
        else
            step_exact(sim, &sim->exact_graph->ops[i]);
        BDC_TRY(simulation_step(sim, op, &s, is_layer(op) ? &z->layers[i] : NULL));
        bdc_mark_release(z->context, mark);
        BDC_TRY(bdc_report_progress(z->context, "fit", i + 1, g->op_count));
    }
    for (uint32_t i = 0; i < g->output_count; i++) {
        double signal_here, noise_here;
        simulation_noise(sim, g->outputs[i], &signal_here, &noise_here);
        signal += signal_here;
        noise += noise_here;
    }
    *decibels = noise > 0 ? fmin(10 * real_log(signal / noise) / real_log(10), 200) : 200;
    return BDC_OK;
}

bdc_status fit_network(quantiser *z, const bdc_graph *from, const ir_graph *exact, const uint32_t *const *channels,
                       double *decibels)
{
    bdc_context *c = z->context;
    layer_result *reserved = BDC_NEW(c, layer_result, z->graph->op_count);
    simulation sim;
    if (!reserved)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < z->graph->op_count; i++) {
        layer_source s;
        if (!is_layer(&z->graph->ops[i]) || z->layers[i].weights)
            continue;
        BDC_TRY(quantise_source(z, &z->graph->ops[i], &s));
        BDC_TRY(reserve(c, &s, &reserved[i]));
    }
    const bdc_mark mark = bdc_mark_set(c);
    bdc_status status = simulation_create(c, from, exact, z->graph, z->quants, SAMPLES, &sim);
    sim.channels = channels;
    if (status == BDC_OK)
        status = run(z, &sim, reserved, decibels);
    bdc_mark_release(c, mark);
    return status;
}
