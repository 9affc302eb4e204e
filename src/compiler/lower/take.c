/* Tensors of the layers for values: the one at hand, a reshape or a view of it, made once for all who ask for the same.
 * SPDX-License-Identifier: MIT */
#include "../../format.h"
#include "lower.h"

enum { MOST_DIGITS = 6 }; /* of a view */

struct lower_view_entry {
    uint32_t from, to, shape[3];
    int is_reshape;
    ir_view view;
};

bdc_status lower_op(lowering *l, ir_code code, uint32_t input_count, uint32_t output, ir_op **op)
{
    BDC_TRY(ir_add_op(l->context, l->ir, code, input_count, op));
    (*op)->output = output;
    return BDC_OK;
}

bdc_status lower_op1(lowering *l, ir_code code, uint32_t input, uint32_t output, ir_op **op)
{
    BDC_TRY(lower_op(l, code, 1, output, op));
    (*op)->inputs[0] = input;
    return BDC_OK;
}

/* Rows and columns of so many pixels, both within the limit. */
static void regroup(uint32_t pixels, uint32_t *h, uint32_t *w)
{
    *h = 1;
    *w = pixels;
    for (uint32_t d = 2; *w > BDF_MAX_DIM && d <= BDF_MAX_DIM; d++)
        if (pixels % d == 0 && pixels / d <= BDF_MAX_DIM) {
            *h = d;
            *w = pixels / d;
        }
}

static void shape_of(const uint32_t *dims, const lower_order *o, uint32_t shape[3])
{
    shape[0] = shape[1] = shape[2] = 1;
    for (uint32_t i = 0; i < o->count; i++)
        shape[i < o->h_end ? 0 : i < o->w_end ? 1 : 2] *= dims[o->dims[i]];
    if (o->pixels && (shape[0] > BDF_MAX_DIM || shape[1] > BDF_MAX_DIM))
        regroup(shape[0] * shape[1], &shape[0], &shape[1]);
}

/* Digits of a view, slowest first. */
typedef struct digits {
    uint32_t n, count[LOWER_DIGITS];
    int32_t stride[LOWER_DIGITS];
} digits;

/* Adds a digit behind the others, joined with the last where they lie evenly. */
static void add_digit(digits *d, uint32_t count, int32_t stride)
{
    if (d->n && d->stride[d->n - 1] == (int64_t)stride * count) {
        d->count[d->n - 1] *= count;
        d->stride[d->n - 1] = stride;
    } else {
        d->count[d->n] = count;
        d->stride[d->n++] = stride;
    }
}

static digits digits_in_order(const lower_value *v, const lower_order *o)
{
    digits d = {.n = 0};
    for (uint32_t i = 0; i < o->count; i++)
        for (uint32_t k = v->first[o->dims[i]]; k < v->first[o->dims[i] + 1]; k++)
            add_digit(&d, v->count[k], v->stride[k]);
    return d;
}

int lower_lies_in(const lowering *l, const lower_value *v, const lower_order *o)
{
    const digits d = digits_in_order(v, o);
    const uint32_t whole = ir_count(&l->ir->tensors[v->tensor]);
    return d.n == 0 ? whole == 1 : d.n == 1 && d.stride[0] == 1 && !v->offset && d.count[0] == whole;
}

static int same_view(const ir_view *a, const ir_view *b)
{
    int same = a->offset == b->offset;
    for (int i = 0; i < 6; i++)
        same = same && a->count[i] == b->count[i] && a->stride[i] == b->stride[i];
    return same;
}

/* The reshape or view, unless it exists. */
static bdc_status derive(lowering *l, const lower_view_entry *wanted, uint32_t *tensor)
{
    bdc_context *c = l->context;
    for (uint32_t i = 0; i < l->view_count; i++) {
        const lower_view_entry *e = &l->views[i];
        if (e->from == wanted->from && e->is_reshape == wanted->is_reshape && e->shape[0] == wanted->shape[0] &&
            e->shape[1] == wanted->shape[1] && e->shape[2] == wanted->shape[2] &&
            (e->is_reshape || same_view(&e->view, &wanted->view))) {
            *tensor = e->to;
            return BDC_OK;
        }
    }
    ir_op *op;
    ir_view *view = wanted->is_reshape ? NULL : BDC_NEW(c, ir_view, 1);
    if (!wanted->is_reshape && !view)
        return BDC_E_MEMORY;
    const ir_tensor from = l->ir->tensors[wanted->from];
    BDC_TRY(ir_add_tensor(c, l->ir, from.name, wanted->shape[2], wanted->shape[0], wanted->shape[1], tensor));
    ir_tensor *to = &l->ir->tensors[*tensor];
    to->type = from.type;
    to->scale = from.scale;
    to->zero_point = from.zero_point;
    BDC_TRY(lower_op1(l, wanted->is_reshape ? IR_RESHAPE : IR_VIEW, wanted->from, *tensor, &op));
    if (view)
        *view = wanted->view;
    op->view = view;
    l->views = bdc_grow(c, l->views, &l->view_capacity, (size_t)l->view_count + 1, sizeof *l->views);
    if (!l->views)
        return BDC_E_MEMORY;
    l->views[l->view_count] = *wanted;
    l->views[l->view_count++].to = *tensor;
    return BDC_OK;
}

static bdc_status derive_view(lowering *l, lower_view_entry *e, const digits *d, uint32_t *tensor)
{
    for (uint32_t i = 0; i < d->n; i++) {
        e->view.count[MOST_DIGITS - d->n + i] = d->count[i];
        e->view.stride[MOST_DIGITS - d->n + i] = d->stride[i];
    }
    return derive(l, e, tensor);
}

static int64_t reach_of(int32_t stride)
{
    return !stride ? INT64_MAX : stride < 0 ? -(int64_t)stride : stride;
}

/* The first `outer` digits as they lie in memory (repeats outside of all), then the others: the digits of a first view, and in
 * *second those of a view of its result that puts the first ones in order. */
static digits split_digits(const digits *d, uint32_t outer, digits *second)
{
    digits first = {.n = 0};
    uint32_t by_reach[LOWER_DIGITS], inside = 1;
    int32_t step[LOWER_DIGITS];
    for (uint32_t i = 0; i < outer; i++) {
        uint32_t k = i;
        for (; k > 0 && reach_of(d->stride[by_reach[k - 1]]) < reach_of(d->stride[i]); k--)
            by_reach[k] = by_reach[k - 1];
        by_reach[k] = i;
    }
    for (uint32_t i = 0; i < outer; i++)
        add_digit(&first, d->count[by_reach[i]], d->stride[by_reach[i]]);
    for (uint32_t i = outer; i < d->n; i++) {
        add_digit(&first, d->count[i], d->stride[i]);
        inside *= d->count[i];
    }
    int32_t at = (int32_t)inside;
    for (uint32_t i = outer; i-- > 0;) {
        step[by_reach[i]] = at;
        at *= (int32_t)d->count[by_reach[i]];
    }
    *second = (digits){.n = 0};
    for (uint32_t i = 0; i < outer; i++)
        add_digit(second, d->count[i], step[i]);
    add_digit(second, inside, 1);
    return first;
}

/* More digits than one view has: two views. */
static bdc_status derive_twice(lowering *l, lower_view_entry *e, const digits *d, uint32_t *tensor)
{
    for (uint32_t outer = 1; outer < d->n; outer++) {
        digits second;
        const digits first = split_digits(d, outer, &second);
        if (first.n > MOST_DIGITS || second.n > MOST_DIGITS)
            continue;
        lower_view_entry half = *e;
        uint32_t total = 1;
        for (uint32_t i = 0; i < d->n; i++)
            total *= d->count[i];
        half.shape[2] = 1;
        regroup(total, &half.shape[0], &half.shape[1]);
        BDC_TRY(derive_view(l, &half, &first, &e->from));
        e->view.offset = 0;
        return derive_view(l, e, &second, tensor);
    }
    return lower_refuse(l, "the elements would have to be moved along too many dimensions at once");
}

static bdc_status take(lowering *l, const lower_value *given, const lower_order *o, const uint32_t *fixed_shape,
                       uint32_t *tensor)
{
    lower_value v = *given;
    if (v.array)
        BDC_TRY(lower_materialise(l, &v));
    uint32_t dims[NET_MAX_RANK];
    lower_view_entry e = {.from = v.tensor, .view = {{1, 1, 1, 1, 1, 1}, {0}, v.offset}};
    lower_dims(&v, dims);
    shape_of(dims, o, e.shape);
    for (uint32_t i = 0; fixed_shape && i < 3; i++)
        e.shape[i] = fixed_shape[i];
    const digits d = digits_in_order(&v, o);
    const ir_tensor *base = &l->ir->tensors[v.tensor];
    if (lower_lies_in(l, &v, o)) {
        const uint32_t pixels = e.shape[0] * e.shape[1];
        *tensor = v.tensor;
        if (base->c == e.shape[2] && ((base->h == e.shape[0] && base->w == e.shape[1]) ||
                                      (o->pixels && !fixed_shape && base->h * base->w == pixels)))
            return BDC_OK;
        e.is_reshape = 1;
        return derive(l, &e, tensor);
    }
    return d.n > MOST_DIGITS ? derive_twice(l, &e, &d, tensor) : derive_view(l, &e, &d, tensor);
}

bdc_status lower_take(lowering *l, const lower_value *v, const lower_order *o, uint32_t *tensor)
{
    return take(l, v, o, NULL, tensor);
}

bdc_status lower_take_as(lowering *l, const lower_value *v, const lower_order *o, const uint32_t shape[3],
                         uint32_t *tensor)
{
    return take(l, v, o, shape, tensor);
}

void lower_place(lower_value *v, uint32_t rank, const uint32_t *dims, const lower_order *o)
{
    int32_t step = 1, stride[NET_MAX_RANK];
    for (uint32_t i = o->count; i-- > 0;) {
        stride[o->dims[i]] = step;
        step *= (int32_t)dims[o->dims[i]];
    }
    lower_dense(v, rank, dims);
    for (uint32_t i = 0; i < rank; i++)
        if (dims[i] > 1)
            v->stride[v->first[i]] = stride[i];
}

bdc_status lower_give(lowering *l, uint32_t rank, const uint32_t *dims, const lower_order *o, lower_value *v)
{
    uint32_t shape[3], tensor;
    uint64_t total = 1;
    for (uint32_t i = 0; i < rank; i++) {
        total *= dims[i] ? dims[i] : 1;
        if (!dims[i])
            return lower_refuse(l, "an empty tensor");
        if (total > BDF_MAX_TENSOR_BYTES)
            return lower_limit(l, "the result has more than 2^28 elements");
    }
    shape_of(dims, o, shape);
    BDC_TRY(ir_add_tensor(l->context, l->ir, lower_name(l), shape[2], shape[0], shape[1], &tensor));
    *v = (lower_value){.tensor = tensor};
    lower_place(v, rank, dims, o);
    return BDC_OK;
}

void lower_same_shape(lowering *l, uint32_t like, const lower_value *v)
{
    const ir_tensor from = l->ir->tensors[like];
    ir_tensor *to = &l->ir->tensors[v->tensor];
    to->h = from.h;
    to->w = from.w;
    to->c = from.c;
}
