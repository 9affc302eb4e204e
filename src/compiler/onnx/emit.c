/* Operators of the net: added, completed by net_infer and, where all inputs are constants, computed at once.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

/* Multiply-adds that folding may take in all, a fraction of a second's worth; what is over stays in the net. */
#define FOLD_WORK ((uint64_t)1 << 29)

onnx_shape onnx_shape_of(const onnx_importer *m, uint32_t tensor)
{
    const net_tensor *t = &m->graph->tensors[tensor];
    onnx_shape s = {.rank = t->rank};
    memcpy(s.dims, t->dims, sizeof s.dims);
    return s;
}

static bdc_status add_tensor(onnx_importer *m, net_tensor t, const onnx_shape *shape, uint32_t *index)
{
    if (shape) {
        t.rank = shape->rank;
        memcpy(t.dims, shape->dims, sizeof t.dims);
    }
    return net_add_tensor(m->context, m->graph, &t, index);
}

/* ---- Folding --------------------------------------------------------------------------------------------------- */

/* All inputs are constants, and computing the operator now is worth it. A dequantisation stays: a quantised network's weights must
 * be seen as the integers that they are. */
static int foldable(onnx_importer *m, const net_op *op)
{
    const net_graph *g = m->graph;
    uint32_t present = 0;
    if (op->code == NET_DEQUANTIZE_LINEAR)
        return 0;
    for (uint32_t i = 0; i < op->input_count; i++) {
        if (op->inputs[i] == NET_NONE)
            continue;
        if (!g->tensors[op->inputs[i]].data)
            return 0;
        present++;
    }
    for (uint32_t i = 0; i < op->output_count; i++)
        if (op->outputs[i] != NET_NONE && net_count(&g->tensors[op->outputs[i]]) > NET_FOLD_ELEMENTS)
            return 0;
    const uint64_t work = net_work(g, op);
    if (!present || work > FOLD_WORK - m->folded)
        return 0;
    m->folded += work;
    return 1;
}

/* Computes the last operator, which becomes constants. */
static bdc_status fold(onnx_importer *m)
{
    net_graph *g = m->graph;
    const net_op *op = &g->ops[g->op_count - 1];
    void **all = bdc_grow(m->context, m->data, &m->data_capacity, g->tensor_count, sizeof *all);
    if (!all)
        return BDC_E_MEMORY;
    m->data = all;
    for (uint32_t i = 0; i < op->input_count; i++)
        if (op->inputs[i] != NET_NONE) {
            const void *data = g->tensors[op->inputs[i]].data;
            memcpy(&m->data[op->inputs[i]], &data, sizeof data); /* net_eval does not write to inputs */
        }
    for (uint32_t i = 0; i < op->output_count; i++) {
        if (op->outputs[i] == NET_NONE)
            continue;
        const net_tensor *t = &g->tensors[op->outputs[i]];
        m->data[op->outputs[i]] = bdc_alloc(m->context, net_count(t), net_type_bytes(t->type));
        if (!m->data[op->outputs[i]])
            return BDC_E_MEMORY;
    }
    BDC_TRY(net_eval(m->context, g, op, m->data));
    for (uint32_t i = 0; i < op->output_count; i++)
        if (op->outputs[i] != NET_NONE)
            g->tensors[op->outputs[i]].data = m->data[op->outputs[i]];
    g->op_count--;
    return BDC_OK;
}

/* ---- Operators ------------------------------------------------------------------------------------------------- */

bdc_status onnx_emit_many(onnx_importer *m, const onnx_node *n, net_code code, const uint32_t *inputs,
                          uint32_t input_count, const net_attributes *a, const onnx_shape *shapes,
                          uint32_t output_count, uint32_t *outputs, const uint8_t *wanted)
{
    bdc_context *c = m->context;
    net_op *op;
    BDC_TRY(net_add_op(c, m->graph, code, n->type, n->name, input_count, output_count, &op));
    memcpy(op->inputs, inputs, input_count * sizeof *inputs); /* outputs may be the same array */
    if (a)
        op->a = *a;
    for (uint32_t i = 0; i < output_count; i++) {
        outputs[i] = NET_NONE;
        if (wanted && !wanted[i])
            continue;
        net_tensor t = {.name = n->name};
        if (i < n->output_count && n->outputs[i] != NET_NONE)
            t.name = onnx_printable(c, m->values[n->outputs[i]].name);
        if (shapes && input_count && op->inputs[0] != NET_NONE)
            t.type = m->graph->tensors[op->inputs[0]].type;
        BDC_TRY(add_tensor(m, t, shapes ? &shapes[i] : NULL, &outputs[i]));
        op->outputs[i] = outputs[i];
    }
    BDC_TRY(net_infer(c, m->graph, op));
    return foldable(m, op) ? fold(m) : BDC_OK;
}

bdc_status onnx_emit(onnx_importer *m, const onnx_node *n, net_code code, const uint32_t *inputs, uint32_t input_count,
                     const net_attributes *a, const onnx_shape *shape, uint32_t *output)
{
    uint32_t made; /* output may be where inputs lie */
    BDC_TRY(onnx_emit_many(m, n, code, inputs, input_count, a, shape, 1, &made, NULL));
    *output = made;
    return BDC_OK;
}

bdc_status onnx_emit_1(onnx_importer *m, const onnx_node *n, net_code code, uint32_t x, const net_attributes *a,
                       uint32_t *output)
{
    return onnx_emit(m, n, code, &x, 1, a, NULL, output);
}

bdc_status onnx_emit_2(onnx_importer *m, const onnx_node *n, net_code code, uint32_t a, uint32_t b, uint32_t *output)
{
    const uint32_t inputs[2] = {a, b};
    return onnx_emit(m, n, code, inputs, 2, NULL, NULL, output);
}

bdc_status onnx_set_output(onnx_importer *m, const onnx_node *n, uint32_t i, uint32_t tensor)
{
    if (i == 0 && !onnx_wants_output(n, 0))
        return onnx_invalid(m, n, "the node has no output");
    if (onnx_wants_output(n, i))
        m->values[n->outputs[i]].tensor = tensor;
    return BDC_OK;
}

bdc_status onnx_emit_node(onnx_importer *m, const onnx_node *n, net_code code, uint32_t input_count,
                          const net_attributes *a, const onnx_shape *shape)
{
    uint32_t *inputs = BDC_NEW(m->context, uint32_t, input_count), y;
    if (!inputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < input_count; i++)
        inputs[i] = onnx_input(m, n, i);
    while (input_count && inputs[input_count - 1] == NET_NONE)
        input_count--;
    BDC_TRY(onnx_emit(m, n, code, inputs, input_count, a, shape, &y));
    return onnx_set_output(m, n, 0, y);
}

/* ---- The same elements in another shape ------------------------------------------------------------------------ */

bdc_status onnx_reshape(onnx_importer *m, const onnx_node *n, uint32_t x, const onnx_shape *shape, uint32_t *y)
{
    const net_tensor t = m->graph->tensors[x];
    size_t count = 1;
    int same = t.rank == shape->rank;
    for (uint32_t i = 0; i < shape->rank; i++) {
        same = same && t.dims[i] == shape->dims[i];
        if (count * shape->dims[i] > NET_MAX_ELEMENTS)
            return onnx_invalid(m, n, "the new shape has another number of elements");
        count *= shape->dims[i];
    }
    if (count != net_count(&t))
        return onnx_invalid(m, n, "the new shape has another number of elements");
    *y = x;
    if (same)
        return BDC_OK;
    if (t.data) /* the elements are shared */
        return add_tensor(m, t, shape, y);
    return onnx_emit(m, n, NET_RESHAPE, &x, 1, NULL, shape, y);
}

bdc_status onnx_transpose(onnx_importer *m, const onnx_node *n, uint32_t x, const uint32_t *permutation, uint32_t *y)
{
    net_attributes a = {.axis_count = m->graph->tensors[x].rank};
    memcpy(a.axes, permutation, a.axis_count * sizeof *permutation);
    return onnx_emit_1(m, n, NET_TRANSPOSE, x, &a, y);
}

/* ---- Constants ------------------------------------------------------------------------------------------------- */

bdc_status onnx_constant(onnx_importer *m, const onnx_node *n, net_type type, const onnx_shape *shape, void **room,
                         uint32_t *tensor)
{
    net_tensor t = {.name = n->name, .type = type};
    if (onnx_wants_output(n, 0))
        t.name = onnx_printable(m->context, m->values[n->outputs[0]].name);
    BDC_TRY(add_tensor(m, t, shape, tensor));
    *room = bdc_alloc(m->context, net_count(&m->graph->tensors[*tensor]), net_type_bytes(type));
    if (!*room)
        return BDC_E_MEMORY;
    m->graph->tensors[*tensor].data = *room;
    return BDC_OK;
}

bdc_status onnx_cast(onnx_importer *m, const onnx_node *n, uint32_t x, net_type to, uint32_t *y)
{
    const net_attributes a = {.to = to};
    *y = x;
    return m->graph->tensors[x].type == to ? BDC_OK : onnx_emit_1(m, n, NET_CAST, x, &a, y);
}

bdc_status onnx_scalar(onnx_importer *m, const onnx_node *n, net_type type, double value, uint32_t *tensor)
{
    const onnx_shape scalar = {0};
    void *room;
    uint32_t wide;
    BDC_TRY(onnx_constant(m, n, NET_DOUBLE, &scalar, &room, &wide));
    memcpy(room, &value, sizeof value);
    return onnx_cast(m, n, wide, type, tensor);
}
