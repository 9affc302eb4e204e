/* Reductions over any axes. Sums run in a fixed order, in double or in 64-bit integers that wrap around.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../real.h"
#include "elements.h"
#include "infer.h"

static int is_reduced(const net_attributes *a, uint32_t axis)
{
    for (uint32_t k = 0; k < a->axis_count; k++)
        if (a->axes[k] == axis)
            return 1;
    return a->axis_count == 0;
}

static uint32_t types_of(net_code code)
{
    if (code == NET_REDUCE_MAX || code == NET_REDUCE_MIN)
        return TYPES_ANY;
    return TYPES_NUMBER;
}

static bdc_status infer_reduce(const op_infer *i)
{
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, types_of(i->op->code)));
    for (uint32_t k = 0; k < a->axis_count; k++) {
        if (k >= NET_MAX_RANK || a->axes[k] >= x->rank)
            return infer_bad_attribute(i, "axes");
        for (uint32_t m = 0; m < k; m++)
            if (a->axes[m] == a->axes[k])
                return infer_bad_attribute(i, "axes");
    }
    uint32_t dims[NET_MAX_RANK], rank = 0;
    for (uint32_t d = 0; d < x->rank; d++)
        if (!is_reduced(a, d))
            dims[rank++] = x->dims[d];
        else if (a->keep_dims)
            dims[rank++] = 1;
    return infer_set(i, 0, x->type, rank, dims);
}

/* A set of elements that becomes one. */
typedef struct reals {
    const double *v;
    size_t count;
} reals;

static double sum_of(reals x)
{
    double sum = 0.0;
    for (size_t k = 0; k < x.count; k++)
        sum += x.v[k];
    return sum;
}

static double sum_of_squares(reals x)
{
    double sum = 0.0;
    for (size_t k = 0; k < x.count; k++)
        sum += x.v[k] * x.v[k];
    return sum;
}

static double sum_of_magnitudes(reals x)
{
    double sum = 0.0;
    for (size_t k = 0; k < x.count; k++)
        sum += fabs(x.v[k]);
    return sum;
}

static double product_of(reals x)
{
    double product = 1.0;
    for (size_t k = 0; k < x.count; k++)
        product *= x.v[k];
    return product;
}

static double largest_of(reals x)
{
    double largest = -INFINITY;
    for (size_t k = 0; k < x.count; k++)
        largest = x.v[k] > largest || x.v[k] != x.v[k] ? x.v[k] : largest;
    return largest;
}

static double smallest_of(reals x)
{
    double smallest = INFINITY;
    for (size_t k = 0; k < x.count; k++)
        smallest = x.v[k] < smallest || x.v[k] != x.v[k] ? x.v[k] : smallest;
    return smallest;
}

/* The largest is taken out first, so that nothing overflows. */
static double log_of_sum_of_exponentials(reals x)
{
    const double largest = largest_of(x);
    if (!(fabs(largest) < INFINITY))
        return largest;
    double sum = 0.0;
    for (size_t k = 0; k < x.count; k++)
        sum += real_exp(x.v[k] - largest);
    return largest + real_log(sum);
}

static double reduce_reals(net_code code, reals x)
{
    switch (code) {
    case NET_REDUCE_MEAN:
        return sum_of(x) / (double)x.count;
    case NET_REDUCE_MAX:
        return largest_of(x);
    case NET_REDUCE_MIN:
        return smallest_of(x);
    case NET_REDUCE_PROD:
        return product_of(x);
    case NET_REDUCE_L1:
        return sum_of_magnitudes(x);
    case NET_REDUCE_L2:
        return sqrt(sum_of_squares(x));
    case NET_REDUCE_LOG_SUM:
        return real_log(sum_of(x));
    case NET_REDUCE_LOG_SUM_EXP:
        return log_of_sum_of_exponentials(x);
    case NET_REDUCE_SUM_SQUARE:
        return sum_of_squares(x);
    default:
        return sum_of(x);
    }
}

/* Integers whose result is one: the mean is rounded towards zero, extremes of nothing are the type's limits. */
static uint64_t reduce_bits(net_code code, net_type type, const uint64_t *v, size_t count)
{
    const int is_unsigned = elements_are_unsigned(type);
    const uint32_t width = 8 * net_type_bytes(type);
    const uint64_t flip = is_unsigned ? 0 : (uint64_t)1 << 63, all = UINT64_MAX >> (64 - width);
    uint64_t result = 0;
    if (code == NET_REDUCE_PROD)
        result = 1;
    if (code == NET_REDUCE_MAX)
        result = is_unsigned ? 0 : 0u - (all / 2 + 1);
    if (code == NET_REDUCE_MIN)
        result = type == NET_BOOL ? 1 : is_unsigned ? all : all / 2;
    for (size_t k = 0; k < count; k++) {
        const uint64_t x = v[k];
        switch (code) {
        case NET_REDUCE_MAX:
            result = (x ^ flip) > (result ^ flip) ? x : result;
            break;
        case NET_REDUCE_MIN:
            result = (x ^ flip) < (result ^ flip) ? x : result;
            break;
        case NET_REDUCE_PROD:
            result *= x;
            break;
        case NET_REDUCE_L1:
            result += !is_unsigned && x >> 63 ? 0u - x : x;
            break;
        case NET_REDUCE_SUM_SQUARE:
            result += x * x;
            break;
        default:
            result += x;
        }
    }
    if (code == NET_REDUCE_MEAN && count) {
        const int negative = !is_unsigned && result >> 63;
        const uint64_t quotient = (negative ? 0u - result : result) / count;
        result = negative ? 0u - quotient : quotient;
    }
    return result;
}

static int passes_reals(net_code code, net_type type)
{
    return elements_are_real(type) || code == NET_REDUCE_L2 || code == NET_REDUCE_LOG_SUM ||
           code == NET_REDUCE_LOG_SUM_EXP;
}

/* Axes in the order of a walk: sizes and strides of those that are reduced, or of those that stay. */
typedef struct axes_walk {
    uint32_t rank;
    size_t dims[NET_MAX_RANK], strides[NET_MAX_RANK], index[NET_MAX_RANK], place;
} axes_walk;

static size_t select_axes(axes_walk *w, const net_tensor *x, const net_attributes *a, int reduced)
{
    size_t strides[NET_MAX_RANK], count = 1;
    elements_strides(x, strides);
    *w = (axes_walk){.rank = 0};
    for (uint32_t d = 0; d < x->rank; d++)
        if (is_reduced(a, d) == reduced) {
            count *= x->dims[d];
            /* An axis that continues the one before it becomes a part of it. */
            if (w->rank && w->strides[w->rank - 1] == x->dims[d] * strides[d]) {
                w->dims[w->rank - 1] *= x->dims[d];
                w->strides[w->rank - 1] = strides[d];
                continue;
            }
            w->dims[w->rank] = x->dims[d];
            w->strides[w->rank++] = strides[d];
        }
    return count;
}

static void step_axes(axes_walk *w)
{
    for (uint32_t d = w->rank; d-- > 0;) {
        w->place += w->strides[d];
        if (++w->index[d] < w->dims[d])
            return;
        w->place -= w->strides[d] * w->dims[d];
        w->index[d] = 0;
    }
}

/* Loads one set of elements; the innermost of its axes goes in one piece. */
static void load_set(const op_eval *e, net_type type, axes_walk inside, size_t first, size_t count, int real, void *set)
{
    const void *x = e->data[e->op->inputs[0]];
    const size_t run = inside.rank ? inside.dims[inside.rank - 1] : 1;
    const size_t stride = inside.rank ? inside.strides[inside.rank - 1] : 0;
    inside.rank = inside.rank ? inside.rank - 1 : 0;
    for (size_t at = 0; at < count; at += run, step_axes(&inside))
        if (real)
            elements_load_real(type, x, first + inside.place, stride, run, (double *)set + at);
        else
            elements_load_bits(type, x, first + inside.place, stride, run, (uint64_t *)set + at);
}

static bdc_status eval_reduce(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]];
    void *y = e->data[op->outputs[0]];
    axes_walk inside, outside;
    const size_t count = select_axes(&inside, x, &op->a, 1), results = select_axes(&outside, x, &op->a, 0);
    const int real = passes_reals(op->code, x->type);
    void *set = bdc_alloc(e->context, count, sizeof(double));
    if (!set)
        return BDC_E_MEMORY;
    for (size_t k = 0; k < results; k++, step_axes(&outside)) {
        load_set(e, x->type, inside, outside.place, count, real, set);
        if (real) {
            const double result = reduce_reals(op->code, (reals){set, count});
            elements_store_real(x->type, y, k, 1, &result);
        } else {
            const uint64_t result = reduce_bits(op->code, x->type, set, count);
            elements_store_bits(x->type, y, k, 1, &result);
        }
    }
    return BDC_OK;
}

#define REDUCTION(name) {name, infer_reduce, eval_reduce}

const op_row *ops_reduce_row(net_code code)
{
    static const op_row rows[] = {
        [0] = REDUCTION("ReduceSum"),
        [NET_REDUCE_MEAN - NET_REDUCE_SUM] = REDUCTION("ReduceMean"),
        [NET_REDUCE_MAX - NET_REDUCE_SUM] = REDUCTION("ReduceMax"),
        [NET_REDUCE_MIN - NET_REDUCE_SUM] = REDUCTION("ReduceMin"),
        [NET_REDUCE_PROD - NET_REDUCE_SUM] = REDUCTION("ReduceProd"),
        [NET_REDUCE_L1 - NET_REDUCE_SUM] = REDUCTION("ReduceL1"),
        [NET_REDUCE_L2 - NET_REDUCE_SUM] = REDUCTION("ReduceL2"),
        [NET_REDUCE_LOG_SUM - NET_REDUCE_SUM] = REDUCTION("ReduceLogSum"),
        [NET_REDUCE_LOG_SUM_EXP - NET_REDUCE_SUM] = REDUCTION("ReduceLogSumExp"),
        [NET_REDUCE_SUM_SQUARE - NET_REDUCE_SUM] = REDUCTION("ReduceSumSquare"),
    };
    return &rows[code - NET_REDUCE_SUM];
}
