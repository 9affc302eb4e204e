/* Operators that read elements at places known only at run time: every index is checked before it is used.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "elements.h"
#include "gather.h"
#include "infer.h"

bdc_status gather_bad_index(const op_eval *e)
{
    return bdc_fail(e->context, BDC_E_INVALID, "%s '%s' has an index outside its tensor.", e->op->type, e->op->name);
}

int gather_place(net_type type, const void *indices, size_t at, size_t side, size_t *place)
{
    int64_t index = elements_integer_at(type, indices, at);
    if (index < 0)
        index += (int64_t)side;
    if (index < 0 || index >= (int64_t)side)
        return 0;
    *place = (size_t)index;
    return 1;
}

static bdc_status infer_gather(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 1));
    const net_tensor *x = infer_input(i, 0), *indices = infer_input(i, 1);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_type(i, indices, TYPES_INDEX));
    BDC_TRY(infer_axis(i, i->op->a.axis, x->rank));
    BDC_TRY(infer_rank(i, indices, 0, NET_MAX_RANK + 1 - x->rank));
    uint32_t dims[NET_MAX_RANK], rank = 0;
    for (uint32_t d = 0; d < x->rank; d++) {
        if (d != i->op->a.axis)
            dims[rank++] = x->dims[d];
        for (uint32_t k = 0; d == i->op->a.axis && k < indices->rank; k++)
            dims[rank++] = indices->dims[k];
    }
    return infer_set(i, 0, x->type, rank, dims);
}

static bdc_status eval_gather(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *indices = &e->graph->tensors[op->inputs[1]];
    const axis_split s = elements_split(x, (uint32_t)op->a.axis);
    const size_t count = net_count(indices), chunk = s.inner * net_type_bytes(x->type);
    const char *from = e->data[op->inputs[0]];
    char *to = e->data[op->outputs[0]];
    for (size_t k = 0; k < count; k++) {
        size_t place;
        if (!gather_place(indices->type, e->data[op->inputs[1]], k, s.length, &place))
            return gather_bad_index(e);
        for (size_t o = 0; chunk && o < s.outer; o++)
            memcpy(to + (o * count + k) * chunk, from + (o * s.length + place) * chunk, chunk);
    }
    return BDC_OK;
}

bdc_status gather_infer_elements(const op_infer *i, const net_tensor *x, const net_tensor *indices)
{
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_type(i, indices, TYPES_INDEX));
    BDC_TRY(infer_axis(i, i->op->a.axis, x->rank));
    if (indices->rank != x->rank)
        return infer_bad_shape(i);
    for (uint32_t d = 0; d < x->rank; d++)
        if (d != i->op->a.axis && indices->dims[d] > x->dims[d])
            return infer_bad_shape(i);
    return BDC_OK;
}

void gather_elements_start(element_walk *w, const net_tensor *x, const net_tensor *indices, uint32_t axis)
{
    memset(w, 0, sizeof *w);
    w->rank = indices->rank;
    w->axis = axis;
    w->count = net_count(indices);
    elements_strides(x, w->strides);
    for (uint32_t d = 0; d < w->rank; d++)
        w->dims[d] = indices->dims[d];
}

void gather_elements_next(element_walk *w)
{
    w->at++;
    for (uint32_t d = w->rank; d-- > 0;) {
        const size_t stride = d == w->axis ? 0 : w->strides[d];
        if (++w->index[d] < w->dims[d]) {
            w->base += stride;
            return;
        }
        w->base -= stride * (w->dims[d] - 1);
        w->index[d] = 0;
    }
}

static bdc_status infer_gather_elements(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 1));
    BDC_TRY(gather_infer_elements(i, infer_input(i, 0), infer_input(i, 1)));
    return infer_like(i, 0, infer_input(i, 0)->type, infer_input(i, 1));
}

static bdc_status eval_gather_elements(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *indices = &e->graph->tensors[op->inputs[1]];
    const uint32_t axis = (uint32_t)op->a.axis, bytes = net_type_bytes(x->type);
    const char *from = e->data[op->inputs[0]];
    char *to = e->data[op->outputs[0]];
    element_walk w;
    for (gather_elements_start(&w, x, indices, axis); w.at < w.count; gather_elements_next(&w)) {
        size_t place;
        if (!gather_place(indices->type, e->data[op->inputs[1]], w.at, x->dims[axis], &place))
            return gather_bad_index(e);
        memcpy(to + w.at * bytes, from + (w.base + place * w.strides[axis]) * bytes, bytes);
    }
    return BDC_OK;
}

bdc_status gather_infer_nd(const op_infer *i, const net_tensor *x, const net_tensor *indices, uint32_t batch,
                           uint32_t *rank, uint32_t dims[2 * NET_MAX_RANK])
{
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_type(i, indices, TYPES_INDEX));
    BDC_TRY(infer_rank(i, x, 1, NET_MAX_RANK));
    BDC_TRY(infer_rank(i, indices, 1, NET_MAX_RANK));
    if (i->op->a.axis < 0 || batch >= x->rank || batch >= indices->rank)
        return infer_bad_attribute(i, "batch_dims");
    const uint32_t depth = indices->dims[indices->rank - 1];
    if (depth > x->rank - batch)
        return infer_bad_shape(i);
    *rank = 0;
    for (uint32_t d = 0; d + 1 < indices->rank; d++) {
        if (d < batch && indices->dims[d] != x->dims[d])
            return infer_bad_shape(i);
        dims[(*rank)++] = indices->dims[d];
    }
    for (uint32_t d = batch + depth; d < x->rank; d++)
        dims[(*rank)++] = x->dims[d];
    return BDC_OK;
}

void gather_nd_start(nd_walk *w, const net_tensor *x, const net_tensor *indices, uint32_t batch)
{
    memset(w, 0, sizeof *w);
    w->batch = batch;
    w->depth = indices->dims[indices->rank - 1];
    size_t batches = 1;
    for (uint32_t d = 0; d < batch; d++)
        batches *= x->dims[d];
    w->tuples = 1;
    for (uint32_t d = 0; d + 1 < indices->rank; d++)
        w->tuples *= indices->dims[d];
    w->per_batch = batches ? w->tuples / batches : 0;
    elements_strides(x, w->strides);
    w->batch_stride = batch ? w->strides[batch - 1] : 0;
    w->chunk = w->strides[batch + w->depth - 1]; /* batch + depth >= 1 is checked by the caller */
    memcpy(w->dims, x->dims, sizeof w->dims);
}

int gather_nd_place(const nd_walk *w, net_type type, const void *indices, size_t tuple, size_t *first)
{
    *first = w->batch ? tuple / w->per_batch * w->batch_stride : 0;
    for (uint32_t k = 0; k < w->depth; k++) {
        size_t place;
        if (!gather_place(type, indices, tuple * w->depth + k, w->dims[w->batch + k], &place))
            return 0;
        *first += place * w->strides[w->batch + k];
    }
    return 1;
}

static bdc_status infer_gather_nd(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 1));
    const net_tensor *x = infer_input(i, 0), *indices = infer_input(i, 1);
    uint32_t rank, dims[2 * NET_MAX_RANK];
    BDC_TRY(gather_infer_nd(i, x, indices, (uint32_t)i->op->a.axis, &rank, dims));
    if (indices->dims[indices->rank - 1] == 0)
        return infer_bad_shape(i);
    return infer_set(i, 0, x->type, rank, dims);
}

static bdc_status eval_gather_nd(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *indices = &e->graph->tensors[op->inputs[1]];
    const char *from = e->data[op->inputs[0]];
    char *to = e->data[op->outputs[0]];
    nd_walk w;
    gather_nd_start(&w, x, indices, (uint32_t)op->a.axis);
    const size_t bytes = w.chunk * net_type_bytes(x->type), unit = net_type_bytes(x->type);
    for (size_t k = 0; k < w.tuples; k++) {
        size_t first;
        if (!gather_nd_place(&w, indices->type, e->data[op->inputs[1]], k, &first))
            return gather_bad_index(e);
        if (bytes)
            memcpy(to + k * bytes, from + first * unit, bytes);
    }
    return BDC_OK;
}

static bdc_status infer_reverse_sequence(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 1));
    const net_tensor *x = infer_input(i, 0), *lengths = infer_input(i, 1);
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_type(i, lengths, TYPES_INDEX));
    BDC_TRY(infer_rank(i, x, 2, NET_MAX_RANK));
    if (a->axis < 0 || a->axis > 1 || a->group != 1 - a->axis)
        return infer_bad_attribute(i, "batch_axis");
    if (lengths->rank != 1 || lengths->dims[0] != x->dims[a->axis])
        return infer_bad_shape(i);
    return infer_like(i, 0, x->type, x);
}

static bdc_status eval_reverse_sequence(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]];
    const net_type length_type = e->graph->tensors[op->inputs[1]].type;
    const uint32_t batch_axis = (uint32_t)op->a.axis, time_axis = op->a.group;
    size_t strides[NET_MAX_RANK];
    elements_strides(x, strides);
    const size_t unit = net_type_bytes(x->type), bytes = strides[1] * unit;
    const char *from = e->data[op->inputs[0]];
    char *to = e->data[op->outputs[0]];
    for (size_t b = 0; b < x->dims[batch_axis]; b++) {
        const int64_t length = elements_integer_at(length_type, e->data[op->inputs[1]], b);
        if (length < 0 || length > (int64_t)x->dims[time_axis])
            return gather_bad_index(e);
        for (size_t t = 0; bytes && t < x->dims[time_axis]; t++) {
            const size_t source = t < (size_t)length ? (size_t)length - 1 - t : t;
            memcpy(to + (b * strides[batch_axis] + t * strides[time_axis]) * unit,
                   from + (b * strides[batch_axis] + source * strides[time_axis]) * unit, bytes);
        }
    }
    return BDC_OK;
}

const op_row *ops_gather_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"Gather", infer_gather, eval_gather},
        [NET_GATHER_ELEMENTS - NET_GATHER] = {"GatherElements", infer_gather_elements, eval_gather_elements},
        [NET_GATHER_ND - NET_GATHER] = {"GatherND", infer_gather_nd, eval_gather_nd},
        [NET_REVERSE_SEQUENCE - NET_GATHER] = {"ReverseSequence", infer_reverse_sequence, eval_reverse_sequence},
    };
    if (code == NET_SCATTER_ELEMENTS || code == NET_SCATTER_ND)
        return ops_scatter_row(code);
    if (code == NET_ONE_HOT || code == NET_TRIL_TRIU || code == NET_EYE_LIKE)
        return ops_make_row(code);
    return &rows[code - NET_GATHER];
}
