/* Operators that change a tensor at places known only at run time.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "elements.h"
#include "gather.h"
#include "infer.h"

enum { SCATTER_NONE = 0, SCATTER_ADD, SCATTER_MULTIPLY, SCATTER_LARGEST, SCATTER_SMALLEST };

static bdc_status infer_mode(const op_infer *i, const net_tensor *x)
{
    if (i->op->a.mode < SCATTER_NONE || i->op->a.mode > SCATTER_SMALLEST)
        return infer_bad_attribute(i, "reduction");
    return infer_type(i, x, i->op->a.mode == SCATTER_NONE ? TYPES_ANY : TYPES_NUMBER);
}

static double combine_reals(int mode, double x, double update)
{
    switch (mode) {
    case SCATTER_ADD:
        return x + update;
    case SCATTER_MULTIPLY:
        return x * update;
    case SCATTER_LARGEST:
        return x > update || x != x ? x : update;
    case SCATTER_SMALLEST:
        return x < update || x != x ? x : update;
    default:
        return update;
    }
}

static uint64_t combine_bits(int mode, int is_unsigned, uint64_t x, uint64_t update)
{
    const uint64_t flip = is_unsigned ? 0 : (uint64_t)1 << 63;
    switch (mode) {
    case SCATTER_ADD:
        return x + update;
    case SCATTER_MULTIPLY:
        return x * update;
    case SCATTER_LARGEST:
        return (x ^ flip) > (update ^ flip) ? x : update;
    case SCATTER_SMALLEST:
        return (x ^ flip) < (update ^ flip) ? x : update;
    default:
        return update;
    }
}

/* count elements of y from `at` take the updates from `from`. */
static void combine(const op_eval *e, net_type type, size_t at, size_t from, size_t count)
{
    void *y = e->data[e->op->outputs[0]];
    const void *updates = e->data[e->op->inputs[2]];
    const int mode = e->op->a.mode;
    if (mode == SCATTER_NONE) {
        const size_t bytes = net_type_bytes(type);
        memcpy((char *)y + at * bytes, (const char *)updates + from * bytes, count * bytes);
        return;
    }
    for (size_t k = 0; k < count; k++)
        if (elements_are_real(type)) {
            const double sum =
                combine_reals(mode, elements_real_at(type, y, at + k), elements_real_at(type, updates, from + k));
            elements_store_real(type, y, at + k, 1, &sum);
        } else {
            uint64_t x, update;
            elements_load_bits(type, y, at + k, 1, 1, &x);
            elements_load_bits(type, updates, from + k, 1, 1, &update);
            x = combine_bits(mode, elements_are_unsigned(type), x, update);
            elements_store_bits(type, y, at + k, 1, &x);
        }
}

static void copy_input(const op_eval *e, const net_tensor *x)
{
    const size_t bytes = net_count(x) * net_type_bytes(x->type);
    if (bytes)
        memcpy(e->data[e->op->outputs[0]], e->data[e->op->inputs[0]], bytes);
}

static bdc_status infer_scatter_elements(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 3, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0), *indices = infer_input(i, 1), *updates = infer_input(i, 2);
    BDC_TRY(gather_infer_elements(i, x, indices));
    BDC_TRY(infer_same_type(i, x, updates));
    BDC_TRY(infer_mode(i, x));
    if (!net_same_shape(indices, updates))
        return infer_bad_shape(i);
    return infer_like(i, 0, x->type, x);
}

static bdc_status eval_scatter_elements(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *indices = &e->graph->tensors[op->inputs[1]];
    const uint32_t axis = (uint32_t)op->a.axis;
    copy_input(e, x);
    element_walk w;
    for (gather_elements_start(&w, x, indices, axis); w.at < w.count; gather_elements_next(&w)) {
        size_t place;
        if (!gather_place(indices->type, e->data[op->inputs[1]], w.at, x->dims[axis], &place))
            return gather_bad_index(e);
        combine(e, x->type, w.base + place * w.strides[axis], w.at, 1);
    }
    return BDC_OK;
}

static bdc_status infer_scatter_nd(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 3, 3, 1, 1));
    const net_tensor *x = infer_input(i, 0), *indices = infer_input(i, 1), *updates = infer_input(i, 2);
    uint32_t rank, dims[2 * NET_MAX_RANK];
    BDC_TRY(gather_infer_nd(i, x, indices, 0, &rank, dims));
    BDC_TRY(infer_same_type(i, x, updates));
    BDC_TRY(infer_mode(i, x));
    int fits = indices->dims[indices->rank - 1] > 0 && updates->rank == rank;
    for (uint32_t d = 0; fits && d < rank; d++)
        fits = updates->dims[d] == dims[d];
    return fits ? infer_like(i, 0, x->type, x) : infer_bad_shape(i);
}

static bdc_status eval_scatter_nd(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *indices = &e->graph->tensors[op->inputs[1]];
    copy_input(e, x);
    nd_walk w;
    gather_nd_start(&w, x, indices, 0);
    for (size_t k = 0; k < w.tuples; k++) {
        size_t first;
        if (!gather_nd_place(&w, indices->type, e->data[op->inputs[1]], k, &first))
            return gather_bad_index(e);
        if (w.chunk)
            combine(e, x->type, first, k * w.chunk, w.chunk);
    }
    return BDC_OK;
}

const op_row *ops_scatter_row(net_code code)
{
    static const op_row elements = {"ScatterElements", infer_scatter_elements, eval_scatter_elements};
    static const op_row nd = {"ScatterND", infer_scatter_nd, eval_scatter_nd};
    return code == NET_SCATTER_ND ? &nd : &elements;
}
