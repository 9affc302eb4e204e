/* The same elements in another shape or order.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

/* A shape as the file states it, one side perhaps -1. */
typedef struct target {
    int64_t dims[NET_MAX_RANK];
    uint32_t rank;
} target;

/* Where RESHAPE's new shape comes from: its second input, the options or, as a last resort, the output itself. */
static bdc_status reshape_target(tfl_importer *m, target *t)
{
    const tfl_tensor *out = tfl_output(m, 0);
    if (tfl_has(m, 1) && tfl_net_tensor(m, tfl_stored(m, 1))->data) {
        const int64_t *values;
        BDC_TRY(tfl_integers(m, 1, &values, &t->rank));
        for (uint32_t i = 0; i < t->rank && i < NET_MAX_RANK; i++)
            t->dims[i] = values[i];
    } else if (!tfl_has(m, 1) && fb_has(&m->op->options, 0)) {
        fb_vector v = fb_array(&m->op->options, 0, 4);
        t->rank = v.count;
        for (uint32_t i = 0; i < t->rank && i < NET_MAX_RANK; i++)
            t->dims[i] = fb_signed_number(v.at + 4 * (size_t)i, 4);
    } else if (!out->open && !out->shape_unknown) {
        t->rank = out->rank;
        for (uint32_t i = 0; i < t->rank; i++)
            t->dims[i] = out->dims[i];
    } else {
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "takes its shape from computed data; only constants are supported");
    }
    if (t->rank > NET_MAX_RANK)
        return bdc_fail(m->context, BDC_E_LIMIT, "Operator %s '%s' makes %u dimensions; at most %d are allowed.",
                        m->op->type, m->op->name, t->rank, NET_MAX_RANK);
    return BDC_OK;
}

bdc_status tfl_reshape_op(tfl_importer *m, net_code code)
{
    (void)code;
    target t = {{0}, 0};
    uint32_t x, y, dims[NET_MAX_RANK], open = NET_MAX_RANK;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(reshape_target(m, &t));
    uint64_t count = net_count(tfl_net_tensor(m, x)), known = 1;
    for (uint32_t i = 0; i < t.rank; i++) {
        if (t.dims[i] == -1 && open == NET_MAX_RANK) {
            open = i;
            continue;
        }
        BDC_TRY(tfl_side(m, t.dims[i], &dims[i]));
        known *= dims[i];
        if (known > NET_MAX_ELEMENTS)
            return tfl_refuse(m, BDC_E_LIMIT, "makes too many elements");
    }
    if (open < NET_MAX_RANK) {
        dims[open] = known ? (uint32_t)(count / known) : 0;
        known *= dims[open];
    } else if (m->resized && t.rank && known && dims[0] == 1 && count % known == 0) {
        dims[0] = (uint32_t)(count / known); /* the batch of 1 that was fixed when the file was made */
        known = count;
    }
    if (known != count)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' makes %u elements of %u.", m->op->type,
                        m->op->name, (unsigned)known, (unsigned)count);
    BDC_TRY(tfl_reshape(m, x, t.rank, dims, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_squeeze(tfl_importer *m, net_code code)
{
    (void)code;
    uint32_t x, y, drop = 0, dims[NET_MAX_RANK], rank = 0;
    fb_vector axes = fb_array(&m->op->options, 0, 4);
    BDC_TRY(tfl_real(m, 0, &x));
    const net_tensor *t = tfl_net_tensor(m, x);
    for (uint32_t i = 0; i < axes.count; i++) {
        uint32_t axis;
        BDC_TRY(tfl_axis(m, fb_signed_number(axes.at + 4 * (size_t)i, 4), t->rank, &axis));
        if (t->dims[axis] != 1)
            return tfl_refuse(m, BDC_E_INVALID, "removes a dimension that is not 1");
        drop |= 1u << axis;
    }
    for (uint32_t i = 0; i < t->rank; i++)
        if (axes.count ? !(drop >> i & 1) : t->dims[i] != 1)
            dims[rank++] = t->dims[i];
    BDC_TRY(tfl_reshape(m, x, rank, dims, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* x with a dimension of 1 more, before axis. */
static bdc_status widen(tfl_importer *m, uint32_t x, uint32_t axis, uint32_t *y)
{
    net_tensor t = *tfl_net_tensor(m, x);
    if (t.rank == NET_MAX_RANK)
        return tfl_refuse(m, BDC_E_LIMIT, "makes too many dimensions");
    for (uint32_t i = t.rank++; i > axis; i--)
        t.dims[i] = t.dims[i - 1];
    t.dims[axis] = 1;
    return tfl_reshape(m, x, t.rank, t.dims, y);
}

bdc_status tfl_expand_dims(tfl_importer *m, net_code code)
{
    (void)code;
    int64_t value;
    uint32_t x, y, axis;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integer(m, 1, &value));
    BDC_TRY(tfl_axis(m, value, tfl_net_tensor(m, x)->rank + 1, &axis));
    BDC_TRY(widen(m, x, axis, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_transpose_op(tfl_importer *m, net_code code)
{
    (void)code;
    const int64_t *values;
    uint32_t x, y, count, seen = 0, axes[NET_MAX_RANK];
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &values, &count));
    uint32_t rank = tfl_net_tensor(m, x)->rank;
    for (uint32_t i = 0; i < count && i < rank; i++) {
        BDC_TRY(tfl_axis(m, values[i], rank, &axes[i]));
        seen |= 1u << axes[i];
    }
    if (count != rank || seen != (1u << rank) - 1)
        return tfl_refuse(m, BDC_E_INVALID, "has axes that are no permutation of its input's");
    BDC_TRY(tfl_transpose(m, x, axes, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* Real numbers of all inputs. */
static bdc_status all_real(tfl_importer *m, uint32_t **inputs)
{
    *inputs = BDC_NEW(m->context, uint32_t, m->op->input_count);
    if (!*inputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < m->op->input_count; i++) {
        if (!tfl_has(m, i))
            return tfl_refuse(m, BDC_E_INVALID, "lacks an input");
        BDC_TRY(tfl_real(m, i, &(*inputs)[i]));
    }
    return BDC_OK;
}

bdc_status tfl_concat(tfl_importer *m, net_code code)
{
    uint32_t *inputs, axis, y;
    tfl_activation activation;
    BDC_TRY(tfl_fused(m, 1, &activation));
    BDC_TRY(all_real(m, &inputs));
    BDC_TRY(tfl_axis(m, tfl_option(m, 0, 4, 0), tfl_net_tensor(m, inputs[0])->rank, &axis));
    const net_attributes a = {.axis = axis};
    BDC_TRY(tfl_emit(m, code, inputs, m->op->input_count, &a, NULL, &y));
    return tfl_finish(m, 0, y, activation);
}

bdc_status tfl_pack(tfl_importer *m, net_code code)
{
    uint32_t *inputs, axis, y;
    BDC_TRY(all_real(m, &inputs));
    BDC_TRY(tfl_axis(m, tfl_option(m, 1, 4, 0), tfl_net_tensor(m, inputs[0])->rank + 1, &axis));
    const net_tensor first = *tfl_net_tensor(m, inputs[0]);
    for (uint32_t i = 0; i < m->op->input_count; i++) {
        if (!net_same_shape(tfl_net_tensor(m, inputs[i]), &first))
            return tfl_refuse(m, BDC_E_INVALID, "packs tensors of different shapes");
        BDC_TRY(widen(m, inputs[i], axis, &inputs[i]));
    }
    const net_attributes a = {.axis = axis};
    BDC_TRY(tfl_emit(m, code, inputs, m->op->input_count, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* Cuts x into the operator's outputs; whole: each loses the dimension that it was cut along. */
static bdc_status cut(tfl_importer *m, uint32_t x, uint32_t axis, const uint32_t *sizes, int whole)
{
    uint32_t count = m->op->output_count;
    uint32_t *parts = BDC_NEW(m->context, uint32_t, count);
    if (!parts)
        return BDC_E_MEMORY;
    BDC_TRY(tfl_split(m, x, axis, sizes, count, parts));
    for (uint32_t i = 0; i < count; i++) {
        if (whole) {
            net_tensor t = *tfl_net_tensor(m, parts[i]);
            t.rank--;
            for (uint32_t k = axis; k < t.rank; k++)
                t.dims[k] = t.dims[k + 1];
            BDC_TRY(tfl_reshape(m, parts[i], t.rank, t.dims, &parts[i]));
        }
        BDC_TRY(tfl_finish(m, i, parts[i], TFL_ACT_NONE));
    }
    return BDC_OK;
}

static bdc_status equal_parts(tfl_importer *m, uint32_t whole, uint32_t **sizes)
{
    uint32_t count = m->op->output_count;
    if (whole % count)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' cuts %u into %u parts.", m->op->type, m->op->name,
                        whole, count);
    *sizes = BDC_NEW(m->context, uint32_t, count);
    if (!*sizes)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        (*sizes)[i] = whole / count;
    return BDC_OK;
}

bdc_status tfl_unpack(tfl_importer *m, net_code code)
{
    (void)code;
    uint32_t x, axis, *sizes;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_axis(m, tfl_option(m, 1, 4, 0), tfl_net_tensor(m, x)->rank, &axis));
    if (tfl_net_tensor(m, x)->dims[axis] != m->op->output_count)
        return tfl_refuse(m, BDC_E_INVALID, "has not as many outputs as its input has slices");
    BDC_TRY(equal_parts(m, m->op->output_count, &sizes));
    return cut(m, x, axis, sizes, 1);
}

bdc_status tfl_split_op(tfl_importer *m, net_code code)
{
    (void)code;
    int64_t value;
    uint32_t x, axis, *sizes;
    BDC_TRY(tfl_integer(m, 0, &value));
    BDC_TRY(tfl_real(m, 1, &x));
    BDC_TRY(tfl_axis(m, value, tfl_net_tensor(m, x)->rank, &axis));
    BDC_TRY(equal_parts(m, tfl_net_tensor(m, x)->dims[axis], &sizes));
    return cut(m, x, axis, sizes, 0);
}

bdc_status tfl_split_v(tfl_importer *m, net_code code)
{
    (void)code;
    const int64_t *values;
    int64_t value;
    uint32_t x, axis, count, open = NET_NONE;
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(tfl_integers(m, 1, &values, &count));
    BDC_TRY(tfl_integer(m, 2, &value));
    BDC_TRY(tfl_axis(m, value, tfl_net_tensor(m, x)->rank, &axis));
    uint32_t *sizes = BDC_NEW(m->context, uint32_t, count);
    if (!sizes)
        return BDC_E_MEMORY;
    uint64_t whole = tfl_net_tensor(m, x)->dims[axis], sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] == -1 && open == NET_NONE)
            open = i;
        else
            BDC_TRY(tfl_side(m, values[i], &sizes[i]));
        sum += sizes[i];
    }
    if (open != NET_NONE && sum <= whole) {
        sizes[open] = (uint32_t)(whole - sum);
        sum = whole;
    }
    if (sum != whole || count != m->op->output_count)
        return tfl_refuse(m, BDC_E_INVALID, "has parts that do not make up its input");
    return cut(m, x, axis, sizes, 0);
}
