/* Resizing, and channels that become pixels or the other way round.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../ops/ops.h"
#include "lower.h"

static uint32_t within(double x, uint32_t n)
{
    return x <= 0 ? 0 : x >= n - 1 ? n - 1 : (uint32_t)x;
}

/* For each pixel of the result along one axis: two neighbours and the share of the second. */
typedef struct neighbours {
    uint32_t count, *first, *second;
    float *fraction;
} neighbours;

static bdc_status find_neighbours(lowering *l, uint32_t axis, uint32_t rank, uint32_t in, uint32_t out, neighbours *n)
{
    const net_resize *r = l->op->a.resize;
    *n = (neighbours){out, BDC_NEW(l->context, uint32_t, out), BDC_NEW(l->context, uint32_t, out), NULL};
    n->fraction = BDC_NEW(l->context, float, out);
    if (!n->first || !n->second || !n->fraction)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < out; i++) {
        const double x = ops_resize_position(r, axis, rank, in, out, i);
        if (r->coordinates == NET_TF_CROP && (x < 0 || x > in - 1))
            return lower_refuse(l, "a region beyond the input is not supported");
        if (r->mode == NET_NEAREST) {
            n->first[i] = n->second[i] = within(ops_resize_nearest(r, x), in);
        } else {
            n->first[i] = within(floor(x), in);
            n->second[i] = within(floor(x) + 1, in);
            n->fraction[i] = n->first[i] == n->second[i] ? 0 : (float)(x - floor(x));
        }
    }
    return BDC_OK;
}

static bdc_status no_neighbours(lowering *l, uint32_t count, neighbours *n)
{
    *n = (neighbours){count, BDC_NEW(l->context, uint32_t, count), BDC_NEW(l->context, uint32_t, count), NULL};
    n->fraction = BDC_NEW(l->context, float, count);
    if (!n->first || !n->second || !n->fraction)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        n->first[i] = n->second[i] = i;
    return BDC_OK;
}

/* Each pixel so many times, or one pixel in so many: no more than another description. */
static bdc_status try_regular(lowering *l, lower_value *x, uint32_t axis, const neighbours *n, int *done)
{
    const uint32_t in = lower_dim(x, axis), times = n->count / in;
    int repeats = n->count % in == 0, steps = n->count > 0;
    const int64_t step = n->count > 1 ? (int64_t)n->first[1] - n->first[0] : 1;
    for (uint32_t i = 0; i < n->count; i++) {
        const int plain = !(n->fraction[i] > 0);
        repeats = repeats && plain && n->first[i] == i / (times ? times : 1);
        steps = steps && plain && (int64_t)n->first[i] == n->first[0] + i * step;
    }
    *done = repeats || (steps && step > 0);
    if (!repeats)
        return *done ? lower_slice(l, x, axis, n->first[0], (int32_t)step, n->count) : BDC_OK;
    uint32_t dims[NET_MAX_RANK], apart[NET_MAX_RANK + 1], k = 0;
    lower_dims(x, dims);
    if (x->rank == NET_MAX_RANK) {
        *done = 0;
        return BDC_OK;
    }
    for (uint32_t i = 0; i < x->rank; i++) {
        apart[k++] = dims[i];
        if (i == axis)
            apart[k++] = 1;
    }
    BDC_TRY(lower_reshape(l, x, k, apart));
    lower_expand(x, axis + 1, times);
    dims[axis] = n->count;
    return lower_reshape(l, x, k - 1, dims);
}

/* rows may be NET_NONE: then what lies outside of the columns are the rows, as they are. */
static bdc_status interpolate(lowering *l, lower_value *x, uint32_t rows, uint32_t columns, const neighbours *of_rows,
                              const neighbours *of_columns)
{
    uint32_t dims[NET_MAX_RANK], tensor, at = 0;
    lower_order o = lower_memory_order(x);
    neighbours as_they_are;
    lower_value y;
    ir_op *op;
    ir_resize *resize = BDC_NEW(l->context, ir_resize, 1);
    if (!resize)
        return BDC_E_MEMORY;
    lower_dims(x, dims);
    if (rows != NET_NONE) { /* rows, columns, all others */
        uint32_t others[NET_MAX_RANK], n = 0;
        for (uint32_t i = 0; i < o.count; i++)
            if (o.dims[i] != rows && o.dims[i] != columns)
                others[n++] = o.dims[i];
        o.dims[0] = rows;
        o.dims[1] = columns;
        for (uint32_t i = 0; i < n; i++)
            o.dims[i + 2] = others[i];
        at = 1;
        dims[rows] = of_rows->count;
    } else {
        while (o.dims[at] != columns)
            at++;
        BDC_TRY(no_neighbours(l, lower_product(x, o.dims, at), &as_they_are));
        of_rows = &as_they_are;
    }
    dims[columns] = of_columns->count;
    o.h_end = at;
    o.w_end = at + 1;
    o.pixels = 0;
    *resize = (ir_resize){of_rows->first,     of_rows->second,   of_columns->first,
                          of_columns->second, of_rows->fraction, of_columns->fraction};
    BDC_TRY(lower_take(l, x, &o, &tensor));
    BDC_TRY(lower_give(l, x->rank, dims, &o, &y));
    BDC_TRY(lower_op1(l, IR_RESIZE, tensor, y.tensor, &op));
    op->resize = resize;
    *x = y;
    return BDC_OK;
}

bdc_status lower_op_resize(lowering *l)
{
    const net_resize *r = l->op->a.resize;
    const net_tensor *out = lower_shape_out(l, 0);
    lower_value x;
    uint32_t left = 0, axes[NET_MAX_RANK];
    neighbours found[NET_MAX_RANK];
    BDC_TRY(lower_activation(l, 0, &x));
    if (!r || r->mode == NET_CUBIC)
        return lower_refuse(l, "mode 'cubic' is not supported");
    for (uint32_t i = 0; i < x.rank; i++) {
        const uint32_t in = lower_dim(&x, i);
        int done = 0;
        if (r->mode == NET_LINEAR && r->antialias && out->dims[i] < in)
            return lower_refuse(l, "attribute 'antialias' is not supported");
        BDC_TRY(find_neighbours(l, i, x.rank, in, out->dims[i], &found[left]));
        BDC_TRY(try_regular(l, &x, i, &found[left], &done));
        if (!done)
            axes[left++] = i;
    }
    if (left > 2)
        return lower_refuse(l, "more than two dimensions change their size");
    if (left == 2)
        BDC_TRY(interpolate(l, &x, axes[0], axes[1], &found[0], &found[1]));
    else if (left == 1)
        BDC_TRY(interpolate(l, &x, NET_NONE, axes[0], NULL, &found[0]));
    lower_set(l, 0, &x);
    return BDC_OK;
}

/* ---- Depth to space and back ------------------------------------------------------------------------------------------ */

/* Splits the dimensions into six, exchanges them and joins them again. */
bdc_status lower_op_depth_space(lowering *l)
{
    static const uint32_t axes[6][6] = {
        {0, 3, 4, 1, 5, 2}, /* to space, [N][b][b][C][H][W] */
        {0, 1, 4, 2, 5, 3}, /* the same, CRD: [N][C][b][b][H][W] */
        {0, 1, 3, 2, 4, 5}, /* channels last: [N][H][W][b][b][C] */
        {0, 1, 4, 2, 5, 3}, /* the same, CRD: [N][H][W][C][b][b] */
        {0, 3, 5, 1, 2, 4}, /* to depth, [N][C][H][b][W][b] */
        {0, 1, 3, 2, 4, 5}, /* channels last: [N][H][b][W][b][C] */
    };
    const net_attributes *a = &l->op->a;
    const net_tensor *out = lower_shape_out(l, 0);
    const int to_depth = l->op->code == NET_SPACE_TO_DEPTH, last = a->channels_last;
    const uint32_t b = a->block;
    lower_value x;
    BDC_TRY(lower_activation(l, 0, &x));
    const uint32_t n = lower_dim(&x, 0), c = lower_dim(&x, last ? 3 : 1), h = lower_dim(&x, last ? 1 : 2),
                   w = lower_dim(&x, last ? 2 : 3), rest = c / (b * b);
    const uint32_t dims[6][6] = {{n, b, b, rest, h, w}, {n, rest, b, b, h, w},      {n, h, w, b, b, rest},
                                 {n, h, w, rest, b, b}, {n, c, h / b, b, w / b, b}, {n, h / b, b, w / b, b, c}};
    const uint32_t form = to_depth ? 4u + (last != 0) : 2u * (last != 0) + (a->mode != 0);
    BDC_TRY(lower_reshape(l, &x, 6, dims[form]));
    lower_transpose(&x, axes[form]);
    BDC_TRY(lower_reshape(l, &x, out->rank, out->dims));
    lower_set(l, 0, &x);
    return BDC_OK;
}
