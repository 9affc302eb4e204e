/* Normalisations of channels: batch, instance and group normalisation and local response; and the list of the family.
 * Sums run in double, in order.
 * SPDX-License-Identifier: MIT */
#include "normalise.h"

#include <math.h>

#include "../real.h"

/* x has pictures of one or no spatial dimension or more, and its channels. */
static bdc_status infer_channels(const op_infer *i, const net_tensor *x, uint32_t *channels)
{
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_rank(i, x, 2, NET_MAX_RANK));
    *channels = x->dims[i->op->a.channels_last ? x->rank - 1 : 1];
    return BDC_OK;
}

/* The tensor as [batch][channels][pixels] or [batch][pixels][channels]. */
typedef struct channel_view {
    size_t batch, channels, pixels, channel_step, pixel_step;
} channel_view;

static channel_view view_channels(const op_eval *e)
{
    const net_tensor *x = eval_input(e, 0);
    const int last = e->op->a.channels_last;
    channel_view v = {.batch = x->dims[0], .channels = x->dims[last ? x->rank - 1 : 1], .pixels = 1};
    for (uint32_t d = 1; d + 1 < x->rank; d++)
        v.pixels *= x->dims[last ? d : d + 1];
    v.channel_step = last ? 1 : v.pixels;
    v.pixel_step = last ? v.channels : 1;
    return v;
}

/* ---- BatchNormalization: x, scale, b, mean, variance ------------------------------------------------------------- */

static bdc_status infer_batch(const op_infer *i)
{
    uint32_t channels;
    BDC_TRY(infer_counts(i, 5, 5, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    if (x->rank == 1 && !i->op->a.channels_last) /* a batch of single numbers */
        channels = 1;
    else
        BDC_TRY(infer_channels(i, x, &channels));
    static const char *const names[] = {"", "the scale", "the bias", "the mean", "the variance"};
    for (uint32_t n = 1; n < 5; n++) {
        BDC_TRY(infer_type(i, infer_input(i, n), TYPES_REAL));
        BDC_TRY(infer_vector(i, infer_input(i, n), channels, names[n]));
    }
    return infer_like(i, 0, x->type, x);
}

static bdc_status batch_floats(const op_eval *e)
{
    const net_tensor *t = eval_input(e, 0);
    const channel_view v = t->rank == 1 ? (channel_view){t->dims[0], 1, 1, 1, 1} : view_channels(e);
    const float *x = eval_input_data(e, 0), *scale = eval_input_data(e, 1), *bias = eval_input_data(e, 2),
                *mean = eval_input_data(e, 3), *variance = eval_input_data(e, 4);
    float *y = eval_output_data(e, 0);
    double *factor = BDC_NEW(e->context, double, v.channels);
    if (!factor)
        return BDC_E_MEMORY;
    for (size_t c = 0; c < v.channels; c++)
        factor[c] = scale[c] / sqrt((double)variance[c] + e->op->a.alpha);
    if (net_count(t) == 0)
        return BDC_OK;
    const size_t inner = v.channel_step == 1 && v.pixel_step != 1 ? 1 : v.pixels, lines = v.batch * v.pixels / inner;
    for (size_t n = 0; n < lines; n++)
        for (size_t c = 0; c < v.channels; c++)
            for (size_t p = 0; p < inner; p++, x++, y++)
                *y = (float)(((double)*x - mean[c]) * factor[c] + bias[c]);
    return BDC_OK;
}

static bdc_status eval_batch(const op_eval *e)
{
    return eval_in_float(e, batch_floats);
}

/* ---- InstanceNormalization and GroupNormalization: x, scale, b ---------------------------------------------------- */

static bdc_status infer_instance(const op_infer *i)
{
    uint32_t channels;
    BDC_TRY(infer_counts(i, 3, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_channels(i, x, &channels));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 1)));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 2)));
    BDC_TRY(infer_vector(i, infer_input(i, 1), channels, "the scale"));
    BDC_TRY(infer_vector(i, infer_input(i, 2), channels, "the bias"));
    return infer_like(i, 0, x->type, x);
}

/* Scale and bias are per group up to opset 20 and per channel after. */
static bdc_status infer_group(const op_infer *i)
{
    uint32_t channels;
    BDC_TRY(infer_counts(i, 3, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0), *scale = infer_input(i, 1);
    const uint32_t groups = i->op->a.group;
    BDC_TRY(infer_channels(i, x, &channels));
    if (groups < 1 || channels % groups)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': num_groups is %u, which does not divide %u channels.",
                        i->op->type, i->op->name, groups, channels);
    const uint32_t count = scale->rank == 1 && scale->dims[0] == groups ? groups : channels;
    BDC_TRY(infer_same_type(i, x, scale));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 2)));
    BDC_TRY(infer_vector(i, scale, count, "the scale"));
    BDC_TRY(infer_vector(i, infer_input(i, 2), count, "the bias"));
    return infer_like(i, 0, x->type, x);
}

/* Channels [first, first + count) of one picture, less their mean and over their deviation. each: channels with one scale. */
static void normalise_channels(const op_eval *e, const channel_view *v, size_t picture, size_t first, size_t count,
                               size_t each)
{
    const size_t begin = picture * v->channels * v->pixels + first * v->channel_step;
    const float *x = (const float *)eval_input_data(e, 0) + begin, *scale = eval_input_data(e, 1),
                *bias = eval_input_data(e, 2);
    float *y = (float *)eval_output_data(e, 0) + begin;
    const double n = (double)(count * v->pixels);
    double sum = 0, squares = 0;
    for (size_t c = 0; c < count; c++)
        for (size_t p = 0; p < v->pixels; p++)
            sum += x[c * v->channel_step + p * v->pixel_step];
    const double mean = sum / n;
    for (size_t c = 0; c < count; c++)
        for (size_t p = 0; p < v->pixels; p++) {
            const double d = x[c * v->channel_step + p * v->pixel_step] - mean;
            squares += d * d;
        }
    const double inverse = 1 / sqrt(squares / n + e->op->a.alpha);
    for (size_t c = 0; c < count; c++)
        for (size_t p = 0; p < v->pixels; p++) {
            const size_t at = c * v->channel_step + p * v->pixel_step;
            y[at] = (float)((x[at] - mean) * inverse * scale[(first + c) / each] + bias[(first + c) / each]);
        }
}

static bdc_status group_floats(const op_eval *e)
{
    const channel_view v = view_channels(e);
    const size_t count = e->op->code == NET_GROUP_NORMALIZATION ? v.channels / e->op->a.group : 1;
    const size_t scales = eval_input(e, 1)->dims[0], each = scales ? v.channels / scales : 1;
    for (size_t n = 0; n < v.batch && v.pixels; n++)
        for (size_t c = 0; c < v.channels; c += count)
            normalise_channels(e, &v, n, c, count, each);
    return BDC_OK;
}

static bdc_status eval_group(const op_eval *e)
{
    return eval_in_float(e, group_floats);
}

/* ---- LRN: x / (bias + alpha / size * sum of squares of near channels) ^ beta -------------------------------------- */

static bdc_status infer_lrn(const op_infer *i)
{
    uint32_t channels;
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_channels(i, x, &channels));
    if (i->op->a.group < 1 || i->op->a.group > 1 << 20)
        return infer_bad_attribute(i, "size");
    return infer_like(i, 0, x->type, x);
}

static bdc_status lrn_floats(const op_eval *e)
{
    const net_attributes *a = &e->op->a;
    const channel_view v = view_channels(e);
    const size_t before = (a->group - 1) / 2, after = a->group - 1 - before;
    for (size_t n = 0; n < v.batch; n++)
        for (size_t p = 0; p < v.pixels; p++) {
            const size_t begin = n * v.channels * v.pixels + p * v.pixel_step;
            const float *x = (const float *)eval_input_data(e, 0) + begin;
            float *y = (float *)eval_output_data(e, 0) + begin;
            for (size_t c = 0; c < v.channels; c++) {
                const size_t first = c < before ? 0 : c - before,
                             last = c + after < v.channels ? c + after : v.channels - 1;
                double squares = 0;
                for (size_t k = first; k <= last; k++)
                    squares += (double)x[k * v.channel_step] * x[k * v.channel_step];
                y[c * v.channel_step] = (float)(x[c * v.channel_step] /
                                                real_pow(a->gamma + (double)a->alpha / a->group * squares, a->beta));
            }
        }
    return BDC_OK;
}

static bdc_status eval_lrn(const op_eval *e)
{
    return eval_in_float(e, lrn_floats);
}

const op_row *ops_normalise_row(net_code code)
{
    enum { FIRST = NET_BATCH_NORMALIZATION };
    static const op_row rows[] = {
        [NET_BATCH_NORMALIZATION - FIRST] = {"BatchNormalization", infer_batch, eval_batch},
        [NET_INSTANCE_NORMALIZATION - FIRST] = {"InstanceNormalization", infer_instance, eval_group},
        [NET_GROUP_NORMALIZATION - FIRST] = {"GroupNormalization", infer_group, eval_group},
        [NET_LAYER_NORMALIZATION - FIRST] = {"LayerNormalization", infer_layer_normalization, eval_layer_normalization},
        [NET_RMS_NORMALIZATION - FIRST] = {"RMSNormalization", infer_layer_normalization, eval_layer_normalization},
        [NET_LP_NORMALIZATION - FIRST] = {"LpNormalization", infer_lp_normalization, eval_lp_normalization},
        [NET_MEAN_VARIANCE_NORMALIZATION -
            FIRST] = {"MeanVarianceNormalization", infer_mean_variance, eval_mean_variance},
        [NET_LRN - FIRST] = {"LRN", infer_lrn, eval_lrn},
        [NET_SOFTMAX - FIRST] = {"Softmax", infer_softmax, eval_softmax},
        [NET_LOG_SOFTMAX - FIRST] = {"LogSoftmax", infer_softmax, eval_softmax},
        [NET_HARDMAX - FIRST] = {"Hardmax", infer_softmax, eval_softmax},
    };
    return code >= NET_BATCH_NORMALIZATION && code <= NET_HARDMAX ? &rows[code - NET_BATCH_NORMALIZATION] : 0;
}
