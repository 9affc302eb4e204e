/* Largest and smallest elements along an axis, sorted where asked, and running sums.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "elements.h"
#include "infer.h"

/* Elements become keys of 64 bits that compare as the elements do, or the other way round for the smallest. */
typedef struct keyed {
    uint64_t key;
    uint32_t index;
} keyed;

enum { SIGN = 63 };

static uint64_t key_of_real(double x, int smallest)
{
    if (x != x) /* counts as larger than everything */
        return smallest ? 0 : UINT64_MAX;
    x += 0.0; /* -0 equals 0 */
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = bits >> SIGN ? ~bits : bits | (uint64_t)1 << SIGN;
    return smallest ? ~bits : bits;
}

/* length elements from `first`, `stride` apart. */
static void load_keys(net_type type, const void *x, size_t first, size_t stride, size_t length, int smallest,
                      keyed *keys)
{
    union {
        double reals[ELEMENTS_BLOCK];
        uint64_t bits[ELEMENTS_BLOCK];
    } block;
    const uint64_t flip = elements_are_unsigned(type) ? 0 : (uint64_t)1 << SIGN, turn = smallest ? UINT64_MAX : 0;
    for (size_t at = 0; at < length; at += ELEMENTS_BLOCK) {
        const size_t n = length - at < ELEMENTS_BLOCK ? length - at : ELEMENTS_BLOCK;
        if (elements_are_real(type))
            elements_load_real(type, x, first + at * stride, stride, n, block.reals);
        else
            elements_load_bits(type, x, first + at * stride, stride, n, block.bits);
        for (size_t k = 0; k < n; k++) {
            keys[at + k].key =
                elements_are_real(type) ? key_of_real(block.reals[k], smallest) : block.bits[k] ^ flip ^ turn;
            keys[at + k].index = (uint32_t)(at + k);
        }
    }
}

static bdc_status infer_extreme(const op_infer *i)
{
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_NUMBER));
    BDC_TRY(infer_axis(i, a->axis, x->rank));
    if (!x->dims[a->axis])
        return infer_bad_shape(i);
    uint32_t dims[NET_MAX_RANK], rank = 0;
    for (uint32_t d = 0; d < x->rank; d++)
        if (d != a->axis)
            dims[rank++] = x->dims[d];
        else if (a->keep_dims)
            dims[rank++] = 1;
    return infer_set(i, 0, NET_INT64, rank, dims);
}

static bdc_status eval_extreme(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]];
    const axis_split s = elements_split(x, (uint32_t)op->a.axis);
    int64_t *y = e->data[op->outputs[0]];
    keyed *keys = BDC_NEW(e->context, keyed, s.length);
    if (!keys)
        return BDC_E_MEMORY;
    for (size_t o = 0; o < s.outer; o++)
        for (size_t n = 0; n < s.inner; n++) {
            load_keys(x->type, e->data[op->inputs[0]], o * s.length * s.inner + n, s.inner, s.length,
                      op->code == NET_ARG_MIN, keys);
            size_t best = 0;
            for (size_t k = 1; k < s.length; k++)
                if (keys[k].key > keys[best].key || (op->a.mode == 1 && keys[k].key == keys[best].key))
                    best = k;
            y[o * s.inner + n] = (int64_t)best;
        }
    return BDC_OK;
}

static bdc_status infer_top_k(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 2));
    const net_tensor *x = infer_input(i, 0), *k = infer_input(i, 1);
    BDC_TRY(infer_type(i, x, TYPES_NUMBER));
    BDC_TRY(infer_type(i, k, TYPES_INDEX));
    BDC_TRY(infer_scalar(i, k));
    BDC_TRY(infer_axis(i, i->op->a.axis, x->rank));
    if (!k->data)
        return bdc_fail(i->context, BDC_E_UNSUPPORTED, "The number k of %s '%s' is not a constant.", i->op->type,
                        i->op->name);
    const int64_t count = elements_integer_at(k->type, k->data, 0);
    if (count < 0 || count > (int64_t)x->dims[i->op->a.axis])
        return infer_bad_attribute(i, "k");
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t d = 0; d < x->rank; d++)
        dims[d] = d == i->op->a.axis ? (uint32_t)count : x->dims[d];
    BDC_TRY(infer_set(i, 0, x->type, x->rank, dims));
    return infer_set(i, 1, NET_INT64, x->rank, dims);
}

/* Merge sort, the largest key first; equal ones keep their order. spare has the same length. */
static void sort_keys(keyed *keys, keyed *spare, size_t length)
{
    for (size_t width = 1; width < length; width *= 2) {
        for (size_t begin = 0; begin < length; begin += 2 * width) {
            const size_t middle = begin + width < length ? begin + width : length;
            const size_t end = begin + 2 * width < length ? begin + 2 * width : length;
            size_t left = begin, right = middle;
            for (size_t k = begin; k < end; k++)
                spare[k] =
                    left < middle && (right == end || keys[left].key >= keys[right].key) ? keys[left++] : keys[right++];
        }
        memcpy(keys, spare, length * sizeof *keys);
    }
}

static bdc_status eval_top_k(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *y = &e->graph->tensors[op->outputs[0]];
    const axis_split s = elements_split(x, (uint32_t)op->a.axis);
    const size_t count = y->dims[op->a.axis], bytes = net_type_bytes(x->type);
    const char *from = e->data[op->inputs[0]];
    char *values = e->data[op->outputs[0]];
    int64_t *indices = op->output_count > 1 && op->outputs[1] != NET_NONE ? e->data[op->outputs[1]] : 0;
    keyed *keys = BDC_NEW(e->context, keyed, s.length), *spare = BDC_NEW(e->context, keyed, s.length);
    if (!keys || !spare)
        return BDC_E_MEMORY;
    for (size_t o = 0; o < s.outer; o++)
        for (size_t n = 0; n < s.inner; n++) {
            const size_t first = o * s.length * s.inner + n;
            load_keys(x->type, from, first, s.inner, s.length, !(op->a.mode & 1), keys);
            sort_keys(keys, spare, s.length);
            for (size_t k = 0; k < count; k++) {
                const size_t place = (o * count + k) * s.inner + n;
                memcpy(values + place * bytes, from + (first + keys[k].index * s.inner) * bytes, bytes);
                if (indices)
                    indices[place] = keys[k].index;
            }
        }
    return BDC_OK;
}

static int axis_of_sum(const net_tensor *x, const net_tensor *axis, const void *data, uint32_t *found)
{
    int64_t value = elements_integer_at(axis->type, data, 0);
    value = value < 0 ? value + x->rank : value;
    *found = (uint32_t)value;
    return value >= 0 && value < (int64_t)x->rank;
}

static bdc_status infer_running_sum(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 1));
    const net_tensor *x = infer_input(i, 0), *axis = infer_input(i, 1);
    uint32_t found;
    BDC_TRY(infer_type(i, x, TYPES_NUMBER));
    BDC_TRY(infer_type(i, axis, TYPES_INDEX));
    BDC_TRY(infer_scalar(i, axis));
    BDC_TRY(infer_rank(i, x, 1, NET_MAX_RANK));
    if (axis->data && !axis_of_sum(x, axis, axis->data, &found))
        return infer_bad_attribute(i, "axis");
    return infer_like(i, 0, x->type, x);
}

static bdc_status eval_running_sum(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]];
    const int exclusive = op->a.mode & 1, backwards = op->a.mode & 2, real = elements_are_real(x->type);
    uint32_t axis;
    if (!axis_of_sum(x, &e->graph->tensors[op->inputs[1]], e->data[op->inputs[1]], &axis))
        return bdc_fail(e->context, BDC_E_INVALID, "The axis of %s '%s' is outside the %u dimensions.", op->type,
                        op->name, x->rank);
    const axis_split s = elements_split(x, axis);
    for (size_t o = 0; o < s.outer; o++)
        for (size_t n = 0; n < s.inner; n++) {
            double real_sum = 0.0;
            uint64_t bits_sum = 0;
            for (size_t k = 0; k < s.length; k++) {
                const size_t place = (o * s.length + (backwards ? s.length - 1 - k : k)) * s.inner + n;
                const double real_before = real_sum;
                const uint64_t bits_before = bits_sum;
                if (real) {
                    real_sum += elements_real_at(x->type, e->data[op->inputs[0]], place);
                    elements_store_real(x->type, e->data[op->outputs[0]], place, 1,
                                        exclusive ? &real_before : &real_sum);
                } else {
                    uint64_t bits;
                    elements_load_bits(x->type, e->data[op->inputs[0]], place, 1, 1, &bits);
                    bits_sum += bits;
                    elements_store_bits(x->type, e->data[op->outputs[0]], place, 1,
                                        exclusive ? &bits_before : &bits_sum);
                }
            }
        }
    return BDC_OK;
}

const op_row *ops_select_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"ArgMax", infer_extreme, eval_extreme},
        [NET_ARG_MIN - NET_ARG_MAX] = {"ArgMin", infer_extreme, eval_extreme},
        [NET_TOP_K - NET_ARG_MAX] = {"TopK", infer_top_k, eval_top_k},
        [NET_CUM_SUM - NET_ARG_MAX] = {"CumSum", infer_running_sum, eval_running_sum},
    };
    return &rows[code - NET_ARG_MAX];
}
