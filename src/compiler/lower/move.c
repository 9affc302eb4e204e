/* The same elements elsewhere: most of these only describe the memory anew.
 * SPDX-License-Identifier: MIT */
#include "../../format.h"
#include "lower.h"

bdc_status lower_op_identity(lowering *l)
{
    lower_value x;
    BDC_TRY(lower_input(l, 0, &x));
    lower_set(l, 0, &x);
    return BDC_OK;
}

bdc_status lower_op_reshape(lowering *l)
{
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x;
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_reshape(l, &x, out->rank, out->dims));
    lower_set(l, 0, &x);
    return BDC_OK;
}

bdc_status lower_op_transpose(lowering *l)
{
    lower_value x;
    BDC_TRY(lower_input(l, 0, &x));
    lower_transpose(&x, l->op->a.axes);
    lower_set(l, 0, &x);
    return BDC_OK;
}

bdc_status lower_op_expand(lowering *l)
{
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x;
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_broadcast(l, &x, out->rank, out->dims));
    lower_set(l, 0, &x);
    return BDC_OK;
}

bdc_status lower_op_tile(lowering *l)
{
    const net_tensor *out = lower_shape_out(l, 0);
    uint32_t dims[NET_MAX_RANK], apart[NET_MAX_RANK], n = 0;
    lower_value x;
    BDC_TRY(lower_input(l, 0, &x));
    lower_dims(&x, dims);
    /* [a, b] becomes [1, a, 1, b] where it repeats; then the ones are expanded. */
    uint32_t repeated[NET_MAX_RANK], repeats[NET_MAX_RANK], k = 0;
    for (uint32_t i = 0; i < x.rank; i++) {
        const uint32_t times = out->dims[i] / dims[i];
        if (times > 1 && dims[i] > 1) {
            if (x.rank + k + 1 > NET_MAX_RANK)
                return lower_refuse(l, "it repeats along too many dimensions");
            repeated[k] = n;
            repeats[k++] = times;
            apart[n++] = 1;
        }
        apart[n++] = dims[i];
    }
    BDC_TRY(lower_reshape(l, &x, n, apart));
    for (uint32_t i = 0; i < k; i++)
        lower_expand(&x, repeated[i], repeats[i]);
    /* Dimensions of 1 are repeated in place. */
    for (uint32_t i = 0, at = 0, next = 0; i < out->rank; i++, at++) {
        if (next < k && repeated[next] == at) {
            next++;
            at++;
        } else if (dims[i] == 1) {
            lower_expand(&x, at, out->dims[i]);
        }
    }
    BDC_TRY(lower_reshape(l, &x, out->rank, out->dims));
    lower_set(l, 0, &x);
    return BDC_OK;
}

/* ---- Slices ------------------------------------------------------------------------------------------------------------- */

bdc_status lower_op_slice(lowering *l)
{
    const net_attributes *a = &l->op->a;
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x;
    BDC_TRY(lower_input(l, 0, &x));
    for (uint32_t i = 0; i < out->rank; i++)
        BDC_TRY(lower_slice(l, &x, i, (uint32_t)a->starts[i], (int32_t)a->steps[i], out->dims[i]));
    lower_set(l, 0, &x);
    return BDC_OK;
}

bdc_status lower_op_split(lowering *l)
{
    const uint32_t axis = (uint32_t)l->op->a.axis;
    lower_value x;
    uint32_t start = 0;
    BDC_TRY(lower_input(l, 0, &x));
    for (uint32_t k = 0; k < l->op->output_count; k++) {
        if (l->op->outputs[k] == NET_NONE)
            return lower_refuse(l, "an output is left out");
        const uint32_t n = lower_shape_out(l, k)->dims[axis];
        lower_value part = x;
        BDC_TRY(lower_slice(l, &part, axis, start, 1, n));
        lower_set(l, k, &part);
        start += n;
    }
    return BDC_OK;
}

/* ---- Concat ------------------------------------------------------------------------------------------------------------- */

/* What lies outside of the axis in memory are pixels, the axis and what lies inside are channels: so any axis can be joined. */
bdc_status lower_concat(lowering *l, const lower_value *values, uint32_t count, uint32_t axis, lower_value *y)
{
    const uint32_t rank = values[0].rank;
    uint32_t dims[NET_MAX_RANK], *tensors = BDC_NEW(l->context, uint32_t, count);
    if (!tensors)
        return BDC_E_MEMORY;
    if (count == 1) {
        *y = values[0];
        return BDC_OK;
    }
    uint32_t first = 0; /* the largest computed one says how all lie */
    uint64_t most = 0, total = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t n = 1;
        for (uint32_t k = 0; k < rank; k++)
            n *= lower_dim(&values[i], k);
        if (!values[i].array && n > most) {
            most = n;
            first = i;
        }
        total += lower_dim(&values[i], axis);
    }
    lower_order o = lower_memory_order(&values[first]);
    lower_dims(&values[first], dims);
    dims[axis] = (uint32_t)total;
    uint32_t at = 0;
    uint64_t channels = 1;
    while (o.dims[at] != axis)
        at++;
    for (uint32_t i = at; i < rank; i++)
        channels *= dims[o.dims[i]];
    if (channels > BDF_MAX_DIM)
        lower_move_inside(&o, 1u << axis);
    else
        o.w_end = at;
    for (uint32_t i = 0; i < count; i++)
        BDC_TRY(lower_take(l, &values[i], &o, &tensors[i]));
    BDC_TRY(lower_give(l, rank, dims, &o, y));
    /* The same pixels in the same rows. */
    ir_tensor *t = &l->ir->tensors[y->tensor];
    t->h = l->ir->tensors[tensors[0]].h;
    t->w = l->ir->tensors[tensors[0]].w;
    for (uint32_t i = 1; i < count; i++) {
        const ir_tensor *k = &l->ir->tensors[tensors[i]];
        if (k->h != t->h || k->w != t->w) {
            const uint32_t shape[3] = {t->h, t->w, k->c};
            BDC_TRY(lower_take_as(l, &values[i], &o, shape, &tensors[i]));
            t = &l->ir->tensors[y->tensor];
        }
    }
    ir_op *op;
    BDC_TRY(lower_op(l, IR_CONCAT, count, y->tensor, &op));
    for (uint32_t i = 0; i < count; i++)
        op->inputs[i] = tensors[i];
    return BDC_OK;
}

bdc_status lower_op_concat(lowering *l)
{
    const uint32_t n = l->op->input_count;
    lower_value *values = BDC_NEW(l->context, lower_value, n), y;
    uint32_t k = 0;
    if (!values)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        if (!lower_has_input(l, i))
            return lower_refuse(l, "an input is missing");
        if (net_count(lower_shape_in(l, i)) == 0)
            continue; /* nothing to join */
        BDC_TRY(lower_input(l, i, &values[k++]));
    }
    BDC_TRY(lower_concat(l, values, k, (uint32_t)l->op->a.axis, &y));
    lower_keep_type(l, &values[0], &y);
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* ---- Gather --------------------------------------------------------------------------------------------------------------- */

enum { MAX_RUNS = 64 };

/* Indices as runs of even steps, each a slice; the slices joined. */
static bdc_status gather(lowering *l, const lower_value *x, uint32_t axis, const int64_t *indices, uint32_t count,
                         lower_value *y)
{
    lower_value *parts = BDC_NEW(l->context, lower_value, MAX_RUNS);
    uint32_t runs = 0;
    if (!parts)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < count;) {
        const int64_t step = i + 1 < count ? indices[i + 1] - indices[i] : 1;
        uint32_t n = 1;
        while (i + n < count && indices[i + n] - indices[i + n - 1] == step)
            n++;
        if (runs == MAX_RUNS)
            return lower_refuse(l, "the indices are too irregular");
        lower_value *part = &parts[runs++];
        *part = *x;
        if (step) {
            BDC_TRY(lower_slice(l, part, axis, (uint32_t)indices[i], (int32_t)step, n));
        } else { /* one element again and again */
            BDC_TRY(lower_slice(l, part, axis, (uint32_t)indices[i], 1, 1));
            lower_expand(part, axis, n);
        }
        i += n;
    }
    return lower_concat(l, parts, runs, axis, y);
}

bdc_status lower_op_gather(lowering *l)
{
    const uint32_t axis = (uint32_t)l->op->a.axis;
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x, k, y;
    BDC_TRY(lower_input(l, 0, &x));
    BDC_TRY(lower_input(l, 1, &k));
    if (x.array)
        return lower_refuse(l, "a table that is looked up by computed indices is not supported");
    if (!k.array)
        return lower_refuse(l, "the indices must be constants");
    uint32_t count = 1;
    const float *floats; /* exact: a dimension is below 2^24 or so */
    BDC_TRY(lower_floats(l, &k, &floats));
    for (uint32_t i = 0; i < k.rank; i++)
        count *= lower_dim(&k, i);
    int64_t *indices = BDC_NEW(l->context, int64_t, count);
    if (!indices)
        return BDC_E_MEMORY;
    const int64_t n = lower_dim(&x, axis);
    for (uint32_t i = 0; i < count; i++) {
        indices[i] = (int64_t)floats[i];
        indices[i] += indices[i] < 0 ? n : 0;
        if (n > (1 << 24) || indices[i] < 0 || indices[i] >= n)
            return lower_refuse(l, "an index is out of range");
    }
    if (!count)
        return lower_refuse(l, "an empty tensor");
    BDC_TRY(gather(l, &x, axis, indices, count, &y));
    lower_keep_type(l, &x, &y);
    BDC_TRY(lower_reshape(l, &y, out->rank, out->dims));
    lower_set(l, 0, &y);
    return BDC_OK;
}
