/* Where a value's elements lie: reshapes, transposes, slices and repeats that move nothing.
 * SPDX-License-Identifier: MIT */
#include "lower.h"

uint32_t lower_dim(const lower_value *v, uint32_t i)
{
    uint32_t n = 1;
    for (uint32_t d = v->first[i]; d < v->first[i + 1]; d++)
        n *= v->count[d];
    return n;
}

void lower_dims(const lower_value *v, uint32_t *dims)
{
    for (uint32_t i = 0; i < v->rank; i++)
        dims[i] = lower_dim(v, i);
}

uint32_t lower_product(const lower_value *v, const uint32_t *dims, uint32_t count)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i < count; i++)
        n *= lower_dim(v, dims[i]);
    return n;
}

void lower_dense(lower_value *v, uint32_t rank, const uint32_t *dims)
{
    uint32_t n = 0, step = 1;
    v->rank = rank;
    v->offset = 0;
    for (uint32_t i = 0; i < rank; i++) {
        v->first[i] = n;
        if (dims[i] > 1)
            v->count[n++] = dims[i];
    }
    v->first[rank] = n;
    while (n-- > 0) {
        v->stride[n] = (int32_t)step;
        step *= v->count[n];
    }
}

void lower_transpose(lower_value *v, const uint32_t *axes)
{
    const lower_value old = *v;
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->rank; i++) {
        v->first[i] = n;
        for (uint32_t d = old.first[axes[i]]; d < old.first[axes[i] + 1]; d++, n++) {
            v->count[n] = old.count[d];
            v->stride[n] = old.stride[d];
        }
    }
    v->first[v->rank] = n;
}

/* Puts a digit in front of dimension i. */
static void insert_digit(lower_value *v, uint32_t i, uint32_t count, int32_t stride)
{
    uint32_t n = v->first[v->rank];
    for (uint32_t d = n; d > v->first[i]; d--) {
        v->count[d] = v->count[d - 1];
        v->stride[d] = v->stride[d - 1];
    }
    v->count[v->first[i]] = count;
    v->stride[v->first[i]] = stride;
    for (uint32_t k = i + 1; k <= v->rank; k++)
        v->first[k]++;
}

void lower_expand(lower_value *v, uint32_t axis, uint32_t n)
{
    if (n > 1)
        insert_digit(v, axis, n, 0);
}

/* All digits in order, those joined that lie behind each other evenly. */
static uint32_t join_digits(const lower_value *v, uint32_t first, uint32_t end, uint32_t *count, int32_t *stride)
{
    uint32_t n = 0;
    for (uint32_t d = first; d < end; d++) {
        int64_t outer = (int64_t)v->stride[d] * v->count[d];
        if (n && stride[n - 1] == outer) {
            count[n - 1] *= v->count[d];
            stride[n - 1] = v->stride[d];
        } else {
            count[n] = v->count[d];
            stride[n++] = v->stride[d];
        }
    }
    return n;
}

int lower_try_reshape(lower_value *v, uint32_t rank, const uint32_t *dims)
{
    uint32_t count[LOWER_DIGITS], at = 0, n = 0;
    int32_t stride[LOWER_DIGITS];
    const uint32_t digits = join_digits(v, 0, v->first[v->rank], count, stride);
    lower_value out = *v;
    out.rank = rank;
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t need = dims[i];
        out.first[i] = n;
        while (need > 1) {
            if (at == digits || n == LOWER_RESHAPED)
                return 0;
            const uint32_t take = need % count[at] == 0 ? count[at] : need;
            if (count[at] % take)
                return 0;
            out.count[n] = take;
            out.stride[n++] = stride[at] * (int32_t)(count[at] / take);
            need /= take;
            count[at] /= take; /* what is left of the digit counts on inside */
            at += count[at] == 1;
        }
    }
    out.first[rank] = n;
    *v = out;
    return 1;
}

/* Joins the digits of one dimension where they lie evenly. */
static void join_dimension(lower_value *v, uint32_t axis)
{
    uint32_t count[LOWER_DIGITS];
    int32_t stride[LOWER_DIGITS];
    const uint32_t first = v->first[axis], end = v->first[axis + 1], n = join_digits(v, first, end, count, stride);
    for (uint32_t d = 0; d < n; d++) {
        v->count[first + d] = count[d];
        v->stride[first + d] = stride[d];
    }
    const uint32_t gone = end - first - n;
    for (uint32_t d = end; d < v->first[v->rank]; d++) {
        v->count[d - gone] = v->count[d];
        v->stride[d - gone] = v->stride[d];
    }
    for (uint32_t i = axis + 1; i <= v->rank; i++)
        v->first[i] -= gone;
}

static void remove_digit(lower_value *v, uint32_t digit)
{
    for (uint32_t d = digit; d + 1 < v->first[v->rank]; d++) {
        v->count[d] = v->count[d + 1];
        v->stride[d] = v->stride[d + 1];
    }
    for (uint32_t i = 0; i <= v->rank; i++)
        v->first[i] -= v->first[i] > digit;
}

int lower_try_slice(lower_value *v, uint32_t axis, uint32_t start, int32_t step, uint32_t count)
{
    const uint32_t dim = lower_dim(v, axis);
    if (dim == 1 || (start == 0 && step == 1 && count == dim))
        return 1;
    step = count == 1 ? 1 : step; /* which may be anything then */
    join_dimension(v, axis);
    const uint32_t d = v->first[axis], inside = dim / v->count[d];
    /* Of several digits the first may be sliced alone if the slice takes whole runs of the others. */
    if (inside > 1 && (step != 1 || start % inside || count % inside))
        return 0;
    v->offset += (int32_t)(start / inside) * v->stride[d];
    v->stride[d] *= step;
    v->count[d] = count / inside;
    if (v->count[d] == 1)
        remove_digit(v, d);
    return 1;
}

bdc_status lower_reshape(lowering *l, lower_value *v, uint32_t rank, const uint32_t *dims)
{
    uint64_t from = 1, to = 1;
    for (uint32_t i = 0; i < v->rank; i++)
        from *= lower_dim(v, i);
    for (uint32_t i = 0; i < rank; i++)
        to = to > NET_MAX_ELEMENTS ? to : to * dims[i];
    if (from != to || rank > NET_MAX_RANK)
        return lower_refuse(l, "the shapes do not go together");
    if (lower_try_reshape(v, rank, dims))
        return BDC_OK;
    if (v->array) {
        BDC_TRY(lower_dense_constant(l, v));
        lower_dense(v, rank, dims);
        return BDC_OK;
    }
    lower_order natural = {.count = v->rank, .pixels = 1};
    for (uint32_t i = 0; i < v->rank; i++)
        natural.dims[i] = i;
    natural.w_end = v->rank ? v->rank - 1 : 0;
    BDC_TRY(lower_take(l, v, &natural, &v->tensor));
    lower_dense(v, rank, dims);
    return BDC_OK;
}

bdc_status lower_settle(lowering *l, lower_value *v)
{
    const lower_order o = lower_memory_order(v);
    const uint32_t rank = v->rank;
    uint32_t dims[NET_MAX_RANK], moved[NET_MAX_RANK], back[NET_MAX_RANK];
    if (v->array)
        return lower_dense_constant(l, v);
    BDC_TRY(lower_take(l, v, &o, &v->tensor));
    lower_dims(v, dims);
    for (uint32_t i = 0; i < rank; i++) {
        moved[i] = dims[o.dims[i]];
        back[o.dims[i]] = i;
    }
    lower_dense(v, rank, moved);
    lower_transpose(v, back);
    return BDC_OK;
}

bdc_status lower_slice(lowering *l, lower_value *v, uint32_t axis, uint32_t start, int32_t step, uint32_t count)
{
    if (lower_try_slice(v, axis, start, step, count))
        return BDC_OK;
    BDC_TRY(lower_settle(l, v));
    return lower_try_slice(v, axis, start, step, count) ? BDC_OK : lower_refuse(l, "a slice could not be made");
}

bdc_status lower_broadcast(lowering *l, lower_value *v, uint32_t rank, const uint32_t *dims)
{
    if (rank < v->rank || rank > NET_MAX_RANK)
        return lower_refuse(l, "the shapes do not go together");
    const uint32_t added = rank - v->rank;
    for (uint32_t i = rank + 1; i-- > 0;)
        v->first[i] = i < added ? 0 : v->first[i - added];
    v->rank = rank;
    for (uint32_t i = 0; i < rank; i++)
        if (lower_dim(v, i) == 1)
            lower_expand(v, i, dims[i]);
        else if (lower_dim(v, i) != dims[i])
            return lower_refuse(l, "the shapes do not go together");
    return BDC_OK;
}

/* ---- Orders ------------------------------------------------------------------------------------------------------- */

/* How far apart the elements along a dimension lie; what is repeated lies outside of all. */
static int64_t reach(const lower_value *v, uint32_t axis)
{
    int64_t most = 0;
    for (uint32_t d = v->first[axis]; d < v->first[axis + 1]; d++) {
        int64_t s = v->stride[d] < 0 ? -(int64_t)v->stride[d] : v->stride[d];
        most = s > most ? s : most;
    }
    return most ? most : INT64_MAX;
}

lower_order lower_memory_order(const lower_value *v)
{
    lower_order o = {.count = v->rank, .pixels = 1};
    for (uint32_t i = 0; i < v->rank; i++) {
        uint32_t k = i;
        for (; k > 0 && reach(v, o.dims[k - 1]) < reach(v, i); k--)
            o.dims[k] = o.dims[k - 1];
        o.dims[k] = i;
    }
    o.w_end = v->rank ? v->rank - 1 : 0;
    return o;
}

void lower_move_inside(lower_order *o, uint32_t set)
{
    uint32_t dims[NET_MAX_RANK], n = 0;
    for (int inside = 0; inside < 2; inside++) {
        o->w_end = inside ? n : 0;
        for (uint32_t i = 0; i < o->count; i++)
            if ((int)(set >> o->dims[i] & 1u) == inside)
                dims[n++] = o->dims[i];
    }
    for (uint32_t i = 0; i < n; i++)
        o->dims[i] = dims[i];
    o->h_end = 0;
    o->pixels = 1;
}

int lower_is_inside(const lower_value *v, lower_order *o, uint32_t set)
{
    const lower_order memory = lower_memory_order(v);
    int within = 0;
    for (uint32_t i = 0; i < memory.count; i++) {
        if (lower_dim(v, memory.dims[i]) == 1)
            continue;
        int in_set = set >> memory.dims[i] & 1u;
        if (within && !in_set)
            return 0;
        within |= in_set;
    }
    *o = memory;
    lower_move_inside(o, set);
    return 1;
}

lower_order lower_spatial_order(uint32_t rank, int channels_last)
{
    lower_order o = {.count = rank};
    o.dims[0] = 0;
    for (uint32_t i = 1; i + 1 < rank; i++)
        o.dims[i] = channels_last ? i : i + 1;
    o.dims[rank - 1] = channels_last ? rank - 1 : 1;
    o.w_end = rank - 1;
    o.h_end = rank - 2;
    return o;
}
