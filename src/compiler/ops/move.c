/* Operators that put the same elements elsewhere, known before the run where: each result is picked by a table per axis.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "elements.h"
#include "infer.h"

/* Runs a pick whose tables were filled, from input 0 to an output. */
static void run_pick(const op_eval *e, const pick *p, const void *fill, uint32_t output)
{
    const net_tensor *x = &e->graph->tensors[e->op->inputs[0]];
    pick_run(p, net_type_bytes(x->type), e->data[e->op->inputs[0]], fill, e->data[e->op->outputs[output]]);
}

static bdc_status infer_reshape(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0), *y = infer_output(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_set(i, 0, x->type, y->rank, y->dims));
    return net_count(x) == net_count(y) ? BDC_OK : infer_bad_shape(i);
}

static bdc_status eval_reshape(const op_eval *e)
{
    const net_tensor *x = &e->graph->tensors[e->op->inputs[0]];
    const size_t bytes = net_count(x) * net_type_bytes(x->type);
    if (bytes)
        memcpy(e->data[e->op->outputs[0]], e->data[e->op->inputs[0]], bytes);
    return BDC_OK;
}

static bdc_status infer_transpose(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    uint32_t dims[NET_MAX_RANK], seen = 0;
    for (uint32_t d = 0; d < a->axis_count && a->axis_count == x->rank; d++) {
        if (a->axes[d] >= x->rank || (seen >> a->axes[d] & 1u))
            return infer_bad_attribute(i, "perm");
        seen |= 1u << a->axes[d];
        dims[d] = x->dims[a->axes[d]];
    }
    if (a->axis_count != x->rank)
        return infer_bad_attribute(i, "perm");
    return infer_set(i, 0, x->type, x->rank, dims);
}

static bdc_status eval_transpose(const op_eval *e)
{
    const net_tensor *x = &e->graph->tensors[e->op->inputs[0]], *y = &e->graph->tensors[e->op->outputs[0]];
    size_t strides[NET_MAX_RANK];
    elements_strides(x, strides);
    pick p;
    BDC_TRY(pick_make(e->context, &p, y->rank, y->dims));
    for (uint32_t d = 0; d < y->rank; d++)
        for (uint32_t k = 0; k < y->dims[d]; k++)
            p.tables[d][k] = (uint32_t)(k * strides[e->op->a.axes[d]]);
    run_pick(e, &p, 0, 0);
    return BDC_OK;
}

static bdc_status infer_concat(const op_infer *i)
{
    const net_op *op = i->op;
    BDC_TRY(infer_counts(i, 1, NET_MAX_LINKS, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_axis(i, op->a.axis, x->rank));
    uint32_t dims[NET_MAX_RANK];
    uint64_t length = 0;
    for (uint32_t k = 0; k < op->input_count; k++) {
        const net_tensor *t = infer_input(i, k);
        if (!t)
            return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' lacks its input %u.", op->type, op->name, k);
        BDC_TRY(infer_same_type(i, x, t));
        if (t->rank != x->rank)
            return infer_bad_shape(i);
        for (uint32_t d = 0; d < x->rank; d++) {
            if (d != op->a.axis && t->dims[d] != x->dims[d])
                return infer_bad_shape(i);
            dims[d] = x->dims[d];
        }
        length += t->dims[op->a.axis];
    }
    if (length > NET_MAX_ELEMENTS)
        return infer_bad_shape(i);
    dims[op->a.axis] = (uint32_t)length;
    return infer_set(i, 0, x->type, x->rank, dims);
}

static bdc_status eval_concat(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *y = &e->graph->tensors[op->outputs[0]];
    const axis_split whole = elements_split(y, (uint32_t)op->a.axis);
    const size_t bytes = net_type_bytes(y->type), row = whole.length * whole.inner * bytes;
    char *to = e->data[op->outputs[0]];
    for (uint32_t k = 0; k < op->input_count; k++) {
        const axis_split part = elements_split(&e->graph->tensors[op->inputs[k]], (uint32_t)op->a.axis);
        const size_t chunk = part.length * part.inner * bytes;
        const char *from = e->data[op->inputs[k]];
        for (size_t o = 0; chunk && o < part.outer; o++)
            memcpy(to + o * row, from + o * chunk, chunk);
        to += chunk;
    }
    return BDC_OK;
}

static bdc_status infer_split(const op_infer *i)
{
    const net_op *op = i->op;
    BDC_TRY(infer_counts(i, 1, 1, 1, NET_MAX_LINKS));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_axis(i, op->a.axis, x->rank));
    uint64_t length = 0;
    for (uint32_t k = 0; k < op->output_count; k++) {
        const net_tensor *t = infer_output(i, k);
        if (!t || t->rank != x->rank)
            return infer_bad_shape(i);
        uint32_t dims[NET_MAX_RANK];
        for (uint32_t d = 0; d < x->rank; d++)
            dims[d] = d == op->a.axis ? t->dims[d] : x->dims[d];
        BDC_TRY(infer_check_dims(i, k, x->type, x->rank, dims));
        length += t->dims[op->a.axis];
    }
    return length == x->dims[op->a.axis] ? BDC_OK : infer_bad_shape(i);
}

static bdc_status eval_split(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]];
    const axis_split whole = elements_split(x, (uint32_t)op->a.axis);
    const size_t bytes = net_type_bytes(x->type), row = whole.length * whole.inner * bytes;
    const char *from = e->data[op->inputs[0]];
    for (uint32_t k = 0; k < op->output_count; k++) {
        const axis_split part = elements_split(&e->graph->tensors[op->outputs[k]], (uint32_t)op->a.axis);
        const size_t chunk = part.length * part.inner * bytes;
        char *to = e->data[op->outputs[k]];
        for (size_t o = 0; chunk && o < part.outer; o++)
            memcpy(to + o * chunk, from + o * row, chunk);
        from += chunk;
    }
    return BDC_OK;
}

/* Every element that the slice takes along this axis lies inside. */
static int slice_fits(int64_t start, int64_t step, uint32_t count, uint32_t side)
{
    if (!count)
        return 1;
    if (start < 0 || start >= side)
        return 0;
    if (count == 1)
        return 1;
    if (step == 0 || step <= -(int64_t)side || step >= (int64_t)side)
        return 0;
    const int64_t last = start + step * (int64_t)(count - 1); /* below 2^28 * 2^28 */
    return count <= side && last >= 0 && last < side;
}

static bdc_status infer_slice(const op_infer *i)
{
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0), *y = infer_output(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    if (x->rank != y->rank)
        return infer_bad_shape(i);
    for (uint32_t d = 0; d < x->rank; d++)
        if (!slice_fits(a->starts[d], a->steps[d], y->dims[d], x->dims[d]))
            return infer_bad_attribute(i, "starts");
    return infer_set(i, 0, x->type, y->rank, y->dims);
}

static bdc_status eval_slice(const op_eval *e)
{
    const net_attributes *a = &e->op->a;
    const net_tensor *x = &e->graph->tensors[e->op->inputs[0]], *y = &e->graph->tensors[e->op->outputs[0]];
    size_t strides[NET_MAX_RANK];
    elements_strides(x, strides);
    pick p;
    BDC_TRY(pick_make(e->context, &p, y->rank, y->dims));
    for (uint32_t d = 0; d < y->rank; d++)
        for (uint32_t k = 0; k < y->dims[d]; k++)
            p.tables[d][k] = (uint32_t)((size_t)(a->starts[d] + (k ? a->steps[d] * (int64_t)k : 0)) * strides[d]);
    run_pick(e, &p, 0, 0);
    return BDC_OK;
}

enum { PAD_CONSTANT = 0, PAD_REFLECT, PAD_EDGE, PAD_WRAP };

static bdc_status infer_pad(const op_infer *i)
{
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_counts(i, 1, 2, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_same_type(i, x, infer_input(i, 1)));
    BDC_TRY(infer_scalar(i, infer_input(i, 1)));
    if (a->mode < PAD_CONSTANT || a->mode > PAD_WRAP)
        return infer_bad_attribute(i, "mode");
    uint32_t dims[NET_MAX_RANK];
    for (uint32_t d = 0; d < x->rank; d++) {
        const int64_t before = a->pads[d], after = a->pads[x->rank + d];
        if (before < -NET_MAX_ELEMENTS || before > NET_MAX_ELEMENTS || after < -NET_MAX_ELEMENTS ||
            after > NET_MAX_ELEMENTS || before + after + x->dims[d] < 0)
            return infer_bad_attribute(i, "pads");
        dims[d] = (uint32_t)(before + after + x->dims[d]);
        if (dims[d] && !x->dims[d] && a->mode != PAD_CONSTANT)
            return infer_bad_attribute(i, "pads");
    }
    return infer_set(i, 0, x->type, x->rank, dims);
}

/* Which element stands at place k of an axis of `side` elements, k < 0 or >= side in the padding. PICK_FILL: none. */
static uint32_t padded_place(int64_t k, int64_t side, int mode)
{
    if (k >= 0 && k < side)
        return (uint32_t)k;
    if (mode == PAD_CONSTANT)
        return PICK_FILL;
    if (mode == PAD_EDGE)
        return k < 0 ? 0 : (uint32_t)(side - 1);
    if (mode == PAD_REFLECT && side == 1)
        return 0;
    const int64_t period = mode == PAD_WRAP ? side : 2 * (side - 1);
    const int64_t place = (k % period + period) % period;
    return (uint32_t)(place < side ? place : period - place);
}

static bdc_status eval_pad(const op_eval *e)
{
    const net_op *op = e->op;
    const net_tensor *x = &e->graph->tensors[op->inputs[0]], *y = &e->graph->tensors[op->outputs[0]];
    static const uint64_t zero = 0;
    const void *fill = op->input_count > 1 && op->inputs[1] != NET_NONE ? e->data[op->inputs[1]] : &zero;
    size_t strides[NET_MAX_RANK];
    elements_strides(x, strides);
    pick p;
    BDC_TRY(pick_make(e->context, &p, y->rank, y->dims));
    for (uint32_t d = 0; d < y->rank; d++)
        for (uint32_t k = 0; k < y->dims[d]; k++) {
            const uint32_t place = padded_place((int64_t)k - op->a.pads[d], x->dims[d], op->a.mode);
            p.tables[d][k] = place == PICK_FILL ? PICK_FILL : (uint32_t)(place * strides[d]);
        }
    run_pick(e, &p, fill, 0);
    return BDC_OK;
}

static bdc_status infer_expand(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0), *y = infer_output(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    if (y->rank < x->rank)
        return infer_bad_shape(i);
    for (uint32_t d = 0; d < x->rank; d++)
        if (x->dims[d] != 1 && x->dims[d] != y->dims[y->rank - x->rank + d])
            return infer_bad_shape(i);
    return infer_set(i, 0, x->type, y->rank, y->dims);
}

static bdc_status infer_tile(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0), *y = infer_output(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    if (y->rank != x->rank)
        return infer_bad_shape(i);
    for (uint32_t d = 0; d < x->rank; d++)
        if (x->dims[d] ? y->dims[d] % x->dims[d] : y->dims[d])
            return infer_bad_shape(i);
    return infer_set(i, 0, x->type, y->rank, y->dims);
}

/* Expand repeats axes of length 1, Tile repeats whole axes: both start over at the input's end. */
static bdc_status eval_repeat(const op_eval *e)
{
    const net_tensor *x = &e->graph->tensors[e->op->inputs[0]], *y = &e->graph->tensors[e->op->outputs[0]];
    size_t strides[NET_MAX_RANK];
    elements_strides(x, strides);
    pick p;
    BDC_TRY(pick_make(e->context, &p, y->rank, y->dims));
    for (uint32_t d = y->rank - x->rank; d < y->rank; d++) {
        const uint32_t axis = d - (y->rank - x->rank);
        for (uint32_t k = 0; k < y->dims[d]; k++)
            p.tables[d][k] = (uint32_t)(k % x->dims[axis] * strides[axis]);
    }
    run_pick(e, &p, 0, 0);
    return BDC_OK;
}

const op_row *ops_move_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"Reshape", infer_reshape, eval_reshape},
        [NET_TRANSPOSE - NET_RESHAPE] = {"Transpose", infer_transpose, eval_transpose},
        [NET_CONCAT - NET_RESHAPE] = {"Concat", infer_concat, eval_concat},
        [NET_SPLIT - NET_RESHAPE] = {"Split", infer_split, eval_split},
        [NET_SLICE - NET_RESHAPE] = {"Slice", infer_slice, eval_slice},
        [NET_PAD - NET_RESHAPE] = {"Pad", infer_pad, eval_pad},
        [NET_EXPAND - NET_RESHAPE] = {"Expand", infer_expand, eval_repeat},
        [NET_TILE - NET_RESHAPE] = {"Tile", infer_tile, eval_repeat},
    };
    return &rows[code - NET_RESHAPE];
}
