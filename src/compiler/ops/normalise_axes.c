/* Normalisations along axes: layer and root-mean-square normalisation, Lp and mean-variance. Sums run in double, in order.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "normalise.h"

/* ---- LayerNormalization and RMSNormalization: x, scale, [b] over the axes from {axis} on --------------------------- */

/* t broadcasts to the shape of x. */
static int fits(const net_tensor *t, const net_tensor *x)
{
    int fit = !t || t->rank <= x->rank;
    for (uint32_t d = 0; fit && t && d < t->rank; d++)
        fit = t->dims[d] == 1 || t->dims[d] == x->dims[x->rank - t->rank + d];
    return fit;
}

bdc_status infer_layer_normalization(const op_infer *i)
{
    const int rms = i->op->code == NET_RMS_NORMALIZATION;
    BDC_TRY(infer_counts(i, 2, rms ? 2 : 3, 1, rms ? 1 : 3));
    const net_tensor *x = infer_input(i, 0), *scale = infer_input(i, 1), *bias = infer_input(i, 2);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_type(i, scale, TYPES_REAL));
    BDC_TRY(infer_same_type(i, scale, bias));
    BDC_TRY(infer_axis(i, i->op->a.axis, x->rank));
    if (!fits(scale, x) || !fits(bias, x))
        return infer_invalid(i, "scale or bias does not broadcast to the shape of the input");
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t d = 0; d < x->rank; d++)
        dims[d] = d < (uint32_t)i->op->a.axis ? x->dims[d] : 1;
    BDC_TRY(infer_like(i, 0, x->type, x));
    BDC_TRY(infer_set(i, 1, NET_FLOAT, x->rank, dims));
    return infer_set(i, 2, NET_FLOAT, x->rank, dims);
}

/* The element of t that element `index` of x, of the shape of x, has. */
static size_t broadcast_index(const net_tensor *t, const net_tensor *x, size_t index)
{
    size_t offset = 0, step = 1;
    for (uint32_t d = x->rank; d-- > x->rank - t->rank; index /= x->dims[d]) {
        const uint32_t side = t->dims[d + t->rank - x->rank];
        offset += side == 1 ? 0 : index % x->dims[d] * step;
        step *= side;
    }
    return offset;
}

/* Value of scale or bias for each element of x, as a table of the last `inner` elements where it is the same for all of them. */
typedef struct parameter {
    const net_tensor *tensor;
    const float *data;
    int same; /* as long as what is normalised together, in its order */
} parameter;

static parameter make_parameter(const op_eval *e, uint32_t n, size_t inner)
{
    const net_tensor *t = eval_input(e, n), *x = eval_input(e, 0);
    parameter p = {t, eval_input_data(e, n), 0};
    p.same = t && net_count(t) == inner && t->rank + (uint32_t)e->op->a.axis <= x->rank;
    return p;
}

static float parameter_of(const parameter *p, const net_tensor *x, size_t index, size_t inner_index)
{
    return p->data[p->same ? inner_index : broadcast_index(p->tensor, x, index)];
}

static bdc_status layer_floats(const op_eval *e)
{
    const net_tensor *x_tensor = eval_input(e, 0);
    const int rms = e->op->code == NET_RMS_NORMALIZATION;
    size_t outer = 1, inner = 1;
    for (uint32_t d = 0; d < x_tensor->rank; d++)
        *(d < (uint32_t)e->op->a.axis ? &outer : &inner) *= x_tensor->dims[d];
    const parameter scale = make_parameter(e, 1, inner), bias = make_parameter(e, 2, inner);
    const float *x = eval_input_data(e, 0);
    float *y = eval_output_data(e, 0), *means = eval_output_data(e, 1), *inverses = eval_output_data(e, 2);
    for (size_t n = 0; n < outer && inner; n++) {
        const float *row = x + n * inner;
        double sum = 0, squares = 0;
        for (size_t k = 0; k < inner && !rms; k++)
            sum += row[k];
        const double mean = sum / (double)inner;
        for (size_t k = 0; k < inner; k++)
            squares += (row[k] - mean) * (row[k] - mean);
        const double inverse = 1 / sqrt(squares / (double)inner + e->op->a.alpha);
        for (size_t k = 0; k < inner; k++) {
            const size_t at = n * inner + k;
            const double normal = (row[k] - mean) * inverse * parameter_of(&scale, x_tensor, at, k);
            y[at] = (float)(bias.data ? normal + parameter_of(&bias, x_tensor, at, k) : normal);
        }
        if (means)
            means[n] = (float)mean;
        if (inverses)
            inverses[n] = (float)inverse;
    }
    return BDC_OK;
}

bdc_status eval_layer_normalization(const op_eval *e)
{
    return eval_in_float(e, layer_floats);
}

/* ---- LpNormalization: x over its norm along one axis --------------------------------------------------------------- */

bdc_status infer_lp_normalization(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_axis(i, i->op->a.axis, x->rank));
    if (i->op->a.mode != 1 && i->op->a.mode != 2)
        return infer_bad_attribute(i, "p");
    return infer_like(i, 0, x->type, x);
}

static bdc_status lp_floats(const op_eval *e)
{
    const net_tensor *t = eval_input(e, 0);
    const size_t side = t->dims[e->op->a.axis];
    size_t step = 1, lines = net_count(t) / (side ? side : 1);
    for (uint32_t d = (uint32_t)e->op->a.axis + 1; d < t->rank; d++)
        step *= t->dims[d];
    for (size_t n = 0; n < lines && side; n++) {
        const size_t begin = n / step * step * side + n % step;
        const float *x = (const float *)eval_input_data(e, 0) + begin;
        float *y = (float *)eval_output_data(e, 0) + begin;
        double sum = 0;
        for (size_t k = 0; k < side; k++)
            sum += e->op->a.mode == 1 ? fabs((double)x[k * step]) : (double)x[k * step] * x[k * step];
        const double norm = e->op->a.mode == 1 ? sum : sqrt(sum);
        for (size_t k = 0; k < side; k++) /* a line of zeros stays one */
            y[k * step] = norm == 0 ? 0 : (float)(x[k * step] / norm);
    }
    return BDC_OK;
}

bdc_status eval_lp_normalization(const op_eval *e)
{
    return eval_in_float(e, lp_floats);
}

/* ---- MeanVarianceNormalization: (x - mean) / (deviation + 1e-9) over {axes} ---------------------------------------- */

bdc_status infer_mean_variance(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    if (i->op->a.axis_count > NET_MAX_RANK)
        return infer_bad_attribute(i, "axes");
    for (uint32_t k = 0; k < i->op->a.axis_count; k++)
        if (i->op->a.axes[k] >= x->rank)
            return infer_bad_attribute(i, "axes");
    return infer_like(i, 0, x->type, x);
}

/* What is normalised together, as the number of an element among the dimensions that remain. */
static size_t remaining_index(const net_tensor *x, uint32_t reduced, size_t index)
{
    size_t at = 0, step = 1;
    for (uint32_t d = x->rank; d-- > 0; index /= x->dims[d])
        if (!(reduced >> d & 1)) {
            at += index % x->dims[d] * step;
            step *= x->dims[d];
        }
    return at;
}

static bdc_status mean_variance_floats(const op_eval *e)
{
    const net_tensor *t = eval_input(e, 0);
    const float *x = eval_input_data(e, 0);
    float *y = eval_output_data(e, 0);
    uint32_t reduced = 0;
    size_t count = 1;
    const size_t all = net_count(t);
    for (uint32_t k = 0; k < e->op->a.axis_count; k++)
        reduced |= 1u << e->op->a.axes[k];
    for (uint32_t d = 0; d < t->rank; d++)
        count *= reduced >> d & 1 ? t->dims[d] : 1;
    if (all == 0)
        return BDC_OK;
    double *mean = BDC_NEW(e->context, double, all / count), *variance = BDC_NEW(e->context, double, all / count);
    if (!mean || !variance)
        return BDC_E_MEMORY;
    for (size_t k = 0; k < all; k++)
        mean[remaining_index(t, reduced, k)] += x[k];
    for (size_t k = 0; k < all / count; k++)
        mean[k] /= (double)count;
    for (size_t k = 0; k < all; k++) {
        const size_t at = remaining_index(t, reduced, k);
        variance[at] += (x[k] - mean[at]) * (x[k] - mean[at]);
    }
    for (size_t k = 0; k < all; k++) {
        const size_t at = remaining_index(t, reduced, k);
        y[k] = (float)((x[k] - mean[at]) / (sqrt(variance[at] / (double)count) + 1e-9));
    }
    return BDC_OK;
}

bdc_status eval_mean_variance(const op_eval *e)
{
    return eval_in_float(e, mean_variance_floats);
}
