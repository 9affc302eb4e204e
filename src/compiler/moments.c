/* Patches are gathered for some pixels of every sample, evenly spread, and shifted by the channels' means, so that little is lost
 * when the square of the mean is taken off.
 * SPDX-License-Identifier: MIT */
#include "moments.h"

#include <math.h>
#include <string.h>

#include "float_kernels.h"

enum { MAX_BLOCK = 512, BATCH = 64, PATCHES_LEAST = 2048 };

typedef struct collector {
    const simulation *s;
    const ir_op *op;
    const ir_tensor *x, *y;
    layer_moments *m;
    const float *shift;       /* [x->c] or null */
    const uint32_t *channels; /* the exact network's for each of the layer's, or null: the same */
    float *patches;           /* [BATCH][depth] */
    float *lacks;             /* [BATCH][channels of a group] */
    float *gemm;              /* scratch */
    float *sums;              /* blocks of sums of products, per group */
    size_t floats;            /* of all blocks of one group */
    double *patch_sum;        /* [groups][depth] of the patches that sums have */
    double *lack_sum;         /* [groups * channels] */
    uint32_t batch;           /* patches at hand */
    uint64_t patch_count;     /* of all so far */
} collector;

static uint32_t pixels(const collector *k)
{
    return k->op->code == IR_GEMM ? 1 : k->y->h * k->y->w;
}

/* The inputs that group g's weights see at an output pixel, less the shift; padding is 0 less the shift. */
static void gather(const collector *k, const float *x, uint32_t pixel, uint32_t g, float *patch)
{
    const ir_window *w = &k->op->window;
    const uint32_t group_in = k->x->c / k->m->groups, first = g * group_in;
    if (k->op->code == IR_GEMM) {
        for (uint32_t i = 0; i < k->m->depth; i++)
            patch[i] = x[i] - (k->shift ? k->shift[i % k->x->c] : 0);
        return;
    }
    const int64_t oy = pixel / k->y->w, ox = pixel % k->y->w;
    for (uint32_t ky = 0; ky < w->kernel_h; ky++)
        for (uint32_t kx = 0; kx < w->kernel_w; kx++, patch += group_in) {
            const int64_t iy = oy * w->stride_h - w->pad_top + (int64_t)ky * w->dilation_h;
            const int64_t ix = ox * w->stride_w - w->pad_left + (int64_t)kx * w->dilation_w;
            const int inside = iy >= 0 && ix >= 0 && iy < k->x->h && ix < k->x->w;
            const float *from = inside ? x + ((size_t)iy * k->x->w + (size_t)ix) * k->x->c + first : NULL;
            for (uint32_t i = 0; i < group_in; i++)
                patch[i] = (from ? from[i] : 0) - (k->shift ? k->shift[first + i] : 0);
        }
}

static float shift_of(const collector *k, uint32_t g, uint32_t i)
{
    const uint32_t group_in = k->x->c / k->m->groups;
    return k->shift ? k->shift[k->op->code == IR_GEMM ? i % k->x->c : g * group_in + i % group_in] : 0;
}

/* sums += patches' patches, block by block; lack += lacks' patches. */
static void add_batch(collector *k, uint32_t g)
{
    layer_moments *m = k->m;
    float *sums = k->sums + g * k->floats;
    for (uint32_t first = 0; first < m->depth; first += m->block) {
        const uint32_t n = m->depth - first < m->block ? m->depth - first : m->block;
        const float_matrix a = {k->patches + first, 1, m->depth}, b = {k->patches + first, m->depth, 1};
        float_gemm(n, n, k->batch, a, b, sums + row_block_at(&m->rows[0], first), n, k->gemm);
    }
    if (m->lack) {
        const float_matrix a = {k->lacks, 1, m->channels}, b = {k->patches, m->depth, 1};
        float_gemm(m->channels, m->depth, k->batch, a, b, m->lack + (size_t)g * m->channels * m->depth, m->depth,
                   k->gemm);
    }
}

/* Pixels [first, first + step * batch) of one sample, every step-th. */
static void collect_batch(collector *k, uint32_t sample, uint32_t first, uint32_t step)
{
    layer_moments *m = k->m;
    const float *x = k->s->stored[sample].data[k->op->inputs[0]];
    const float *y = k->s->stored[sample].data[k->op->output], *exact = k->s->exact[sample].data[k->op->output];
    const uint32_t exact_channels = k->s->exact_graph->tensors[k->op->output].c;
    for (uint32_t g = 0; g < m->groups; g++) {
        for (uint32_t i = 0; i < k->batch; i++) {
            const uint32_t pixel = first + i * step;
            float *patch = k->patches + (size_t)i * m->depth;
            gather(k, x, pixel, g, patch);
            for (uint32_t d = 0; d < m->depth; d++)
                k->patch_sum[(size_t)g * m->depth + d] += (double)patch[d];
            for (uint32_t o = 0; o < m->channels; o++) {
                const uint32_t channel = g * m->channels + o, other = k->channels ? k->channels[channel] : channel;
                const float lack = exact[(size_t)pixel * exact_channels + other] - y[(size_t)pixel * k->y->c + channel];
                k->lacks[(size_t)i * m->channels + o] = lack;
                k->lack_sum[channel] += (double)lack;
            }
        }
        add_batch(k, g);
    }
    k->patch_count += k->batch;
}

/* Means over every pixel: exact ones of the results, and of the inputs tap by tap. */
static void collect_means(collector *k, uint32_t sample)
{
    layer_moments *m = k->m;
    const float *x = k->s->stored[sample].data[k->op->inputs[0]], *exact = k->s->exact[sample].data[k->op->output];
    const uint32_t exact_channels = k->s->exact_graph->tensors[k->op->output].c;
    for (uint32_t p = 0; p < pixels(k); p++) {
        for (uint32_t g = 0; g < m->groups; g++) {
            double *mean = m->input_mean + (size_t)g * m->depth;
            gather(k, x, p, g, k->patches);
            for (uint32_t d = 0; d < m->depth; d++)
                mean[d] += (double)k->patches[d];
        }
        for (uint32_t o = 0; o < k->y->c; o++)
            m->output_mean[o] += (double)exact[(size_t)p * exact_channels + (k->channels ? k->channels[o] : o)];
    }
}

/* From sums to covariances. Off the diagonal they shrink the more the fewer patches there are for each weight, and the diagonal
 * grows by a hundredth of its mean: what was seen by chance shall not be relied on. */
static void finish_block(const collector *k, const float *sums, const double *mean, uint32_t n, float *h)
{
    const double count = (double)k->patch_count;
    const double trust = 4 * count / (4 * count + k->m->depth);
    double diagonal = 0;
    for (uint32_t i = 0; i < n; i++)
        diagonal += fmax((double)sums[(size_t)i * n + i] / count - mean[i] * mean[i], 0) / n;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++) {
            const double covariance = (double)sums[(size_t)i * n + j] / count - mean[i] * mean[j];
            h[(size_t)i * n + j] = (float)(i == j ? fmax(covariance, 0) + 0.01 * diagonal + 1e-12 : trust * covariance);
        }
}

static bdc_status finish(collector *k)
{
    layer_moments *m = k->m;
    const double count = (double)k->patch_count, all = (double)k->s->samples * pixels(k);
    for (uint32_t g = 0; g < m->groups; g++) {
        double *mean = k->patch_sum + (size_t)g * m->depth;
        float *h = BDC_NEW(k->s->context, float, k->floats);
        if (!h)
            return BDC_E_MEMORY;
        for (uint32_t d = 0; d < m->depth; d++) {
            mean[d] /= count;
            m->input_mean[(size_t)g * m->depth + d] =
                m->input_mean[(size_t)g * m->depth + d] / all + (double)shift_of(k, g, d);
        }
        for (uint32_t first = 0; first < m->depth; first += m->block) {
            const size_t at = row_block_at(&m->rows[g], first);
            finish_block(k, k->sums + g * k->floats + at, mean + first,
                         m->depth - first < m->block ? m->depth - first : m->block, h + at);
        }
        m->rows[g].h = h;
        BDC_TRY(row_moments_factor(k->s->context, &m->rows[g]));
        for (uint32_t o = 0; m->lack && o < m->channels; o++)
            for (uint32_t d = 0; d < m->depth; d++) {
                float *lack = m->lack + ((size_t)g * m->channels + o) * m->depth + d;
                *lack = (float)((double)*lack / count - k->lack_sum[g * m->channels + o] / count * mean[d]);
            }
    }
    for (uint32_t o = 0; o < m->groups * m->channels; o++)
        m->output_mean[o] /= all;
    return BDC_OK;
}

static bdc_status prepare(collector *k)
{
    bdc_context *c = k->s->context;
    layer_moments *m = k->m;
    const size_t depths = (size_t)m->groups * m->depth, channels = (size_t)m->groups * m->channels;
    const uint32_t last = (m->depth - 1) / m->block * m->block, rest = m->depth - last;
    m->rows = BDC_NEW(c, row_moments, m->groups);
    m->input_mean = BDC_NEW(c, double, depths);
    m->output_mean = BDC_NEW(c, double, channels);
    if (!m->rows || !m->input_mean || !m->output_mean)
        return BDC_E_MEMORY;
    for (uint32_t g = 0; g < m->groups; g++)
        m->rows[g] = (row_moments){.depth = m->depth, .block = m->block};
    k->floats = row_block_at(&m->rows[0], last) + (size_t)rest * rest;
    const size_t square = float_gemm_scratch(m->block, m->block, BATCH),
                 other = float_gemm_scratch(m->channels, m->depth, BATCH);
    k->patches = BDC_NEW(c, float, (size_t)BATCH * m->depth);
    k->lacks = BDC_NEW(c, float, (size_t)BATCH * m->channels);
    k->gemm = BDC_NEW(c, float, square > other ? square : other);
    k->sums = BDC_NEW(c, float, k->floats * m->groups);
    k->patch_sum = BDC_NEW(c, double, depths);
    k->lack_sum = BDC_NEW(c, double, channels);
    return k->patches && k->lacks && k->gemm && k->sums && k->patch_sum && k->lack_sum ? BDC_OK : BDC_E_MEMORY;
}

/* The exact result before its clamp, and what the float weights make of the stored inputs. */
static void run_open(const simulation *s, const ir_op *exact, const ir_op *op)
{
    ir_op open = *exact, stored = *op;
    open.lo = stored.lo = -INFINITY;
    open.hi = stored.hi = INFINITY;
    for (uint32_t i = 0; i < s->samples; i++) {
        float_run_step(&s->exact[i], &open);
        float_run_step(&s->stored[i], &stored);
    }
}

static void close(const simulation *s, const ir_op *exact)
{
    const size_t n = ir_count(&s->exact_graph->tensors[exact->output]);
    for (uint32_t i = 0; i < s->samples; i++) {
        float *y = s->exact[i].data[exact->output];
        for (size_t k = 0; k < n; k++)
            y[k] = fminf(fmaxf(y[k], exact->lo), exact->hi);
    }
}

bdc_status moments_collect(const simulation *s, const ir_op *exact, const ir_op *op, layer_moments *m)
{
    const ir_tensor *x = &s->graph->tensors[op->inputs[0]], *y = &s->graph->tensors[op->output];
    collector k = {.s = s, .op = op, .x = x, .y = y, .m = m, .shift = x->mean};
    *m =
        (layer_moments){.groups = op->code == IR_GEMM ? 1 : op->groups, .depth = (uint32_t)ir_weight_row(s->graph, op)};
    m->channels = y->c / m->groups;
    m->block = m->depth < MAX_BLOCK ? m->depth : MAX_BLOCK;
    if (s->channels)
        k.channels = s->channels[op->output];
    BDC_TRY(prepare(&k));
    /* How many pixels of each sample. */
    uint64_t wanted = (PATCHES_LEAST + 4 * (uint64_t)m->block + s->samples - 1) / s->samples;
    const uint32_t count = wanted < pixels(&k) ? (uint32_t)wanted : pixels(&k), step = pixels(&k) / count;
    if (m->depth == m->block && (uint64_t)count * s->samples >= 2 * (uint64_t)m->depth) {
        m->lack = BDC_NEW(s->context, float, (size_t)y->c * m->depth);
        if (!m->lack)
            return BDC_E_MEMORY;
    }
    run_open(s, exact, op);
    for (uint32_t i = 0; i < s->samples; i++) {
        collect_means(&k, i);
        for (uint32_t first = 0; first < count; first += k.batch) {
            k.batch = count - first < BATCH ? count - first : BATCH;
            collect_batch(&k, i, i % step + first * step, step);
        }
    }
    close(s, exact);
    return finish(&k);
}
