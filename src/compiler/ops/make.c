/* Operators that write a pattern: one-hot rows, triangles, diagonals.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "elements.h"
#include "gather.h"
#include "infer.h"

static bdc_status infer_one_hot(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 3, 3, 1, 1));
    const net_tensor *indices = infer_input(i, 0), *depth = infer_input(i, 1), *values = infer_input(i, 2);
    BDC_TRY(infer_type(i, indices, TYPES_NUMBER));
    BDC_TRY(infer_type(i, depth, TYPES_NUMBER));
    BDC_TRY(infer_type(i, values, TYPES_ANY));
    BDC_TRY(infer_scalar(i, depth));
    BDC_TRY(infer_axis(i, i->op->a.axis, indices->rank + 1));
    if (net_count(values) != 2)
        return infer_bad_shape(i);
    if (!depth->data)
        return bdc_fail(i->context, BDC_E_UNSUPPORTED, "The depth of %s '%s' is not a constant.", i->op->type,
                        i->op->name);
    const double length = elements_real_at(depth->type, depth->data, 0);
    if (!(length >= 0.0 && length <= (double)NET_MAX_ELEMENTS))
        return infer_bad_attribute(i, "depth");
    uint32_t dims[NET_MAX_RANK + 1];
    for (uint32_t d = 0; d <= indices->rank; d++)
        dims[d] = d < i->op->a.axis ? indices->dims[d] : d > i->op->a.axis ? indices->dims[d - 1] : (uint32_t)length;
    return infer_set(i, 0, values->type, indices->rank + 1, dims);
}

/* An index outside [-depth, depth) leaves its row without a hot element. */
static bdc_status eval_one_hot(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *indices = &e->graph->tensors[op->inputs[0]], *y = &e->graph->tensors[op->outputs[0]];
    const axis_split s = elements_split(y, (uint32_t)op->a.axis);
    const size_t bytes = net_type_bytes(y->type), count = net_count(y);
    const char *off = e->data[op->inputs[2]], *on = off + bytes;
    char *to = e->data[op->outputs[0]];
    for (size_t k = 0; k < count; k++)
        memcpy(to + k * bytes, off, bytes);
    for (size_t o = 0; o < s.outer; o++)
        for (size_t n = 0; n < s.inner; n++) {
            double index = elements_real_at(indices->type, e->data[op->inputs[0]], o * s.inner + n);
            index = index < 0.0 ? index + (double)s.length : index;
            if (index >= 0.0 && index < (double)s.length)
                memcpy(to + ((o * s.length + (size_t)index) * s.inner + n) * bytes, on, bytes);
        }
    return BDC_OK;
}

static bdc_status infer_triangle(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 2, 1, 1));
    const net_tensor *x = infer_input(i, 0), *k = infer_input(i, 1);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_rank(i, x, 2, NET_MAX_RANK));
    BDC_TRY(infer_type(i, k, TYPES_INDEX));
    BDC_TRY(infer_scalar(i, k));
    return infer_like(i, 0, x->type, x);
}

/* Keeps the columns from row + k on (upper) or up to it (lower). */
static bdc_status eval_triangle(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]];
    int64_t k = 0;
    if (op->input_count > 1 && op->inputs[1] != NET_NONE)
        k = elements_integer_at(e->graph->tensors[op->inputs[1]].type, e->data[op->inputs[1]], 0);
    k = k > NET_MAX_ELEMENTS ? NET_MAX_ELEMENTS : k < -NET_MAX_ELEMENTS ? -NET_MAX_ELEMENTS : k;
    const int64_t rows = x->dims[x->rank - 2], columns = x->dims[x->rank - 1];
    const size_t unit = net_type_bytes(x->type), all = net_count(x);
    if (!all)
        return BDC_OK;
    const char *from = e->data[op->inputs[0]];
    char *to = e->data[op->outputs[0]];
    for (size_t at = 0; at < all; at += (size_t)columns) {
        const int64_t row = (int64_t)(at / (size_t)columns) % rows;
        int64_t border = op->a.mode == 1 ? row + k : row + k + 1;
        border = border < 0 ? 0 : border > columns ? columns : border;
        const size_t begin = op->a.mode == 1 ? (size_t)border : 0, end = (size_t)(op->a.mode == 1 ? columns : border);
        memset(to + at * unit, 0, (size_t)columns * unit);
        memcpy(to + (at + begin) * unit, from + (at + begin) * unit, (end - begin) * unit);
    }
    return BDC_OK;
}

static bdc_status infer_eye(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_rank(i, x, 2, 2));
    const net_type type = i->op->a.to ? i->op->a.to : x->type;
    if (!net_type_bytes(type))
        return bdc_fail(i->context, BDC_E_UNSUPPORTED,
                        "The attribute dtype of %s '%s' names a type that is not supported.", i->op->type, i->op->name);
    return infer_like(i, 0, type, x);
}

static bdc_status eval_eye(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *y = &e->graph->tensors[op->outputs[0]];
    const int64_t rows = y->dims[0], columns = y->dims[1], k = op->a.axis;
    const double one = 1.0;
    const size_t bytes = net_count(y) * net_type_bytes(y->type);
    if (bytes)
        memset(e->data[op->outputs[0]], 0, bytes);
    for (int64_t row = 0; row < rows && k > -NET_MAX_ELEMENTS && k < NET_MAX_ELEMENTS; row++)
        if (row + k >= 0 && row + k < columns)
            elements_store_real(y->type, e->data[op->outputs[0]], (size_t)(row * columns + row + k), 1, &one);
    return BDC_OK;
}

const op_row *ops_make_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"OneHot", infer_one_hot, eval_one_hot},
        [NET_TRIL_TRIU - NET_ONE_HOT] = {"Trilu", infer_triangle, eval_triangle},
        [NET_EYE_LIKE - NET_ONE_HOT] = {"EyeLike", infer_eye, eval_eye},
    };
    return &rows[code - NET_ONE_HOT];
}
