/* What the converters are written with: operators of the net, and constants made of operators whose inputs are all constant.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "tflite.h"

/* Elements and multiply-adds that folding may take in all, so that no file keeps it busy for ever. */
static const uint64_t fold_limit = (uint64_t)1 << 31;

bdc_status tfl_constant(tfl_importer *m, net_type type, uint32_t rank, const uint32_t *dims, const void *elements,
                        uint32_t *net)
{
    net_tensor t = {.name = m->op->name, .type = type, .rank = rank};
    for (uint32_t i = 0; i < rank; i++)
        t.dims[i] = dims[i];
    size_t bytes = net_count(&t) * net_type_bytes(type);
    void *data = bdc_alloc(m->context, bytes, 1);
    if (!data)
        return BDC_E_MEMORY;
    if (bytes)
        memcpy(data, elements, bytes);
    t.data = data;
    return net_add_tensor(m->context, m->net, &t, net);
}

bdc_status tfl_scalar(tfl_importer *m, float value, uint32_t *net)
{
    return tfl_constant(m, NET_FLOAT, 0, NULL, &value, net);
}

/* Can the last operator be computed now? */
static int can_fold(const tfl_importer *m, const net_op *op)
{
    uint64_t cost = net_work(m->net, op);
    for (uint32_t i = 0; i < op->input_count; i++)
        if (op->inputs[i] != NET_NONE && !tfl_net_tensor(m, op->inputs[i])->data)
            return 0;
    for (uint32_t i = 0; i < op->output_count; i++) {
        size_t count = net_count(tfl_net_tensor(m, op->outputs[i]));
        if (count > NET_FOLD_ELEMENTS)
            return 0;
        cost += count;
    }
    return cost <= fold_limit - m->folded;
}

/* Computes the last operator, takes it off again and makes its results constants. */
static bdc_status fold(tfl_importer *m, const net_op *op)
{
    net_graph *g = m->net;
    m->folded += net_work(g, op);
    m->fold_data = bdc_grow(m->context, m->fold_data, &m->fold_capacity, g->tensor_count, sizeof *m->fold_data);
    if (!m->fold_data)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < op->input_count; i++)
        if (op->inputs[i] != NET_NONE) {
            const void *data = g->tensors[op->inputs[i]].data;
            memcpy(&m->fold_data[op->inputs[i]], &data, sizeof data); /* the interface's pointers are not const */
        }
    for (uint32_t i = 0; i < op->output_count; i++) {
        const net_tensor *t = &g->tensors[op->outputs[i]];
        m->folded += net_count(t);
        m->fold_data[op->outputs[i]] = bdc_alloc(m->context, net_count(t), net_type_bytes(t->type));
        if (!m->fold_data[op->outputs[i]])
            return BDC_E_MEMORY;
    }
    BDC_TRY(net_eval(m->context, g, op, m->fold_data));
    for (uint32_t i = 0; i < op->output_count; i++)
        g->tensors[op->outputs[i]].data = m->fold_data[op->outputs[i]];
    g->op_count--;
    return BDC_OK;
}

typedef struct emission {
    net_code code;
    const uint32_t *inputs;
    uint32_t input_count, output_count;
    const net_attributes *attributes;
    const net_tensor *shapes; /* of the outputs, or null */
    int keep;                 /* do not fold */
} emission;

static bdc_status emit(tfl_importer *m, const emission *e, uint32_t *outputs)
{
    net_op *op;
    BDC_TRY(net_add_op(m->context, m->net, e->code, m->op->type, m->op->name, e->input_count, e->output_count, &op));
    for (uint32_t i = 0; i < e->input_count; i++)
        op->inputs[i] = e->inputs[i]; /* before the outputs: they may be written to the same place */
    for (uint32_t i = 0; i < e->output_count; i++) {
        net_tensor t = {.type = NET_FLOAT};
        if (e->shapes)
            t = e->shapes[i];
        t.name = m->op->name;
        t.data = NULL;
        BDC_TRY(net_add_tensor(m->context, m->net, &t, &op->outputs[i]));
        outputs[i] = op->outputs[i];
    }
    if (e->attributes)
        op->a = *e->attributes;
    BDC_TRY(net_infer(m->context, m->net, op));
    return !e->keep && can_fold(m, op) ? fold(m, op) : BDC_OK;
}

bdc_status tfl_emit(tfl_importer *m, net_code code, const uint32_t *inputs, uint32_t count, const net_attributes *a,
                    const net_tensor *shape, uint32_t *output)
{
    const emission e = {code, inputs, count, 1, a, shape, 0};
    return emit(m, &e, output);
}

bdc_status tfl_emit_all(tfl_importer *m, net_code code, const uint32_t *inputs, uint32_t count, const net_attributes *a,
                        const net_tensor *shapes, uint32_t *outputs, uint32_t output_count)
{
    const emission e = {code, inputs, count, output_count, a, shapes, 0};
    return emit(m, &e, outputs);
}

bdc_status tfl_emit_kept(tfl_importer *m, net_code code, const uint32_t *inputs, uint32_t count,
                         const net_attributes *a, uint32_t *output)
{
    const emission e = {code, inputs, count, 1, a, NULL, 1};
    return emit(m, &e, output);
}

bdc_status tfl_dequantize(tfl_importer *m, const tfl_tensor *t, uint32_t x, uint32_t axis, int keep, uint32_t *y)
{
    uint32_t inputs[3] = {x, NET_NONE, NET_NONE}, count = 2;
    BDC_TRY(tfl_quantization(m, t, tfl_net_tensor(m, x)->type, inputs + 1, &count));
    net_attributes a = {.axis = axis};
    return keep ? tfl_emit_kept(m, NET_DEQUANTIZE_LINEAR, inputs, count, &a, y)
                : tfl_emit(m, NET_DEQUANTIZE_LINEAR, inputs, count, &a, NULL, y);
}

bdc_status tfl_unary(tfl_importer *m, net_code code, uint32_t x, uint32_t *y)
{
    return tfl_emit(m, code, &x, 1, NULL, NULL, y);
}

bdc_status tfl_binary(tfl_importer *m, net_code code, uint32_t a, uint32_t b, uint32_t *y)
{
    const uint32_t inputs[2] = {a, b};
    return tfl_emit(m, code, inputs, 2, NULL, NULL, y);
}

bdc_status tfl_transpose(tfl_importer *m, uint32_t x, const uint32_t *axes, uint32_t *y)
{
    net_attributes a = {.axis_count = tfl_net_tensor(m, x)->rank};
    for (uint32_t i = 0; i < a.axis_count; i++)
        a.axes[i] = axes[i];
    return tfl_emit(m, NET_TRANSPOSE, &x, 1, &a, NULL, y);
}

bdc_status tfl_reshape(tfl_importer *m, uint32_t x, uint32_t rank, const uint32_t *dims, uint32_t *y)
{
    net_tensor shape = {.type = tfl_net_tensor(m, x)->type, .rank = rank};
    for (uint32_t i = 0; i < rank; i++)
        shape.dims[i] = dims[i];
    return tfl_emit(m, NET_RESHAPE, &x, 1, NULL, &shape, y);
}

bdc_status tfl_cast(tfl_importer *m, uint32_t x, net_type to, uint32_t *y)
{
    *y = x;
    if (tfl_net_tensor(m, x)->type == to)
        return BDC_OK;
    const net_attributes a = {.to = to};
    return tfl_emit(m, NET_CAST, &x, 1, &a, NULL, y);
}

bdc_status tfl_split(tfl_importer *m, uint32_t x, uint32_t axis, const uint32_t *sizes, uint32_t count, uint32_t *parts)
{
    net_tensor *shapes = BDC_NEW(m->context, net_tensor, count);
    if (!shapes)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        shapes[i] = *tfl_net_tensor(m, x);
        shapes[i].dims[axis] = sizes[i];
    }
    const net_attributes a = {.axis = axis};
    return tfl_emit_all(m, NET_SPLIT, &x, 1, &a, shapes, parts, count);
}

bdc_status tfl_slice_of(tfl_importer *m, uint32_t x, const int64_t *starts, const int64_t *steps, const uint32_t *dims,
                        uint32_t *y)
{
    net_tensor shape = *tfl_net_tensor(m, x);
    net_attributes a = {0};
    for (uint32_t i = 0; i < shape.rank; i++) {
        a.starts[i] = starts[i];
        a.steps[i] = steps[i];
        shape.dims[i] = dims[i];
    }
    return tfl_emit(m, NET_SLICE, &x, 1, &a, &shape, y);
}
