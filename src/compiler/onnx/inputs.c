/* A node's inputs, and the values of those that must be constants.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "convert.h"

int onnx_has_input(const onnx_node *n, uint32_t i)
{
    return i < n->input_count && n->inputs[i] != NET_NONE;
}

int onnx_wants_output(const onnx_node *n, uint32_t i)
{
    return i < n->output_count && n->outputs[i] != NET_NONE;
}

uint32_t onnx_input(const onnx_importer *m, const onnx_node *n, uint32_t i)
{
    return onnx_has_input(n, i) ? m->values[n->inputs[i]].tensor : NET_NONE;
}

net_tensor onnx_input_tensor(const onnx_importer *m, const onnx_node *n, uint32_t i)
{
    return m->graph->tensors[onnx_input(m, n, i)];
}

bdc_status onnx_require_constant(const onnx_importer *m, const onnx_node *n, uint32_t i)
{
    const uint32_t tensor = onnx_input(m, n, i);
    if (tensor == NET_NONE || m->graph->tensors[tensor].data)
        return BDC_OK;
    return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s': input '%s' must be a constant.", n->type, n->name,
                    onnx_printable(m->context, m->values[n->inputs[i]].name));
}

/* A constant input of at most one dimension; *tensor is NET_NONE when it is left out. */
static bdc_status constant_list(const onnx_importer *m, const onnx_node *n, uint32_t i, uint32_t *tensor,
                                uint32_t *count)
{
    *count = 0;
    *tensor = onnx_input(m, n, i);
    if (*tensor == NET_NONE)
        return BDC_OK;
    BDC_TRY(onnx_require_constant(m, n, i));
    const net_tensor *t = &m->graph->tensors[*tensor];
    if (t->rank > 1)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': input '%s' has more than one dimension.", n->type, n->name,
                        t->name);
    *count = (uint32_t)net_count(t);
    return BDC_OK;
}

bdc_status onnx_input_ints(const onnx_importer *m, const onnx_node *n, uint32_t i, const int64_t **values,
                           uint32_t *count)
{
    uint32_t tensor;
    *values = NULL;
    BDC_TRY(constant_list(m, n, i, &tensor, count));
    if (tensor == NET_NONE)
        return BDC_OK;
    const net_type type = m->graph->tensors[tensor].type;
    if (type == NET_FLOAT || type == NET_FLOAT16 || type == NET_DOUBLE)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': input '%s' has type %s, not integers.", n->type, n->name,
                        m->graph->tensors[tensor].name, net_type_name(type));
    return onnx_constant_ints(m, tensor, values);
}

bdc_status onnx_input_numbers(const onnx_importer *m, const onnx_node *n, uint32_t i, const double **values,
                              uint32_t *count)
{
    uint32_t tensor;
    *values = NULL;
    BDC_TRY(constant_list(m, n, i, &tensor, count));
    return tensor == NET_NONE ? BDC_OK : onnx_constant_numbers(m, tensor, values);
}

bdc_status onnx_ints_either(const onnx_importer *m, const onnx_node *n, const char *name, uint32_t i,
                            const int64_t **values, uint32_t *count)
{
    if (onnx_has_attribute(n, name))
        return onnx_ints(m, n, name, values, count);
    return onnx_input_ints(m, n, i, values, count);
}

bdc_status onnx_normal_axis(const onnx_importer *m, const onnx_node *n, int64_t axis, uint32_t rank, int64_t *out)
{
    if (axis < -(int64_t)rank || axis >= (int64_t)rank)
        return bdc_fail(m->context, BDC_E_INVALID, "%s '%s': the axis lies outside a tensor of %u dimensions.", n->type,
                        n->name, rank);
    *out = axis < 0 ? axis + rank : axis;
    return BDC_OK;
}

bdc_status onnx_normal_axes(const onnx_importer *m, const onnx_node *n, const int64_t *axes, uint32_t count,
                            uint32_t rank, uint32_t out[NET_MAX_RANK])
{
    uint32_t seen = 0;
    if (count > rank)
        return onnx_invalid(m, n, "there are more axes than dimensions");
    for (uint32_t i = 0; i < count; i++) {
        int64_t axis;
        BDC_TRY(onnx_normal_axis(m, n, axes[i], rank, &axis));
        if (seen >> axis & 1)
            return onnx_invalid(m, n, "an axis is named twice");
        seen |= 1u << axis;
        out[i] = (uint32_t)axis;
    }
    return BDC_OK;
}

/* ---- Elements of constants ------------------------------------------------------------------------------------- */

static double half_to_double(uint16_t h)
{
    const uint32_t exponent = (h >> 10) & 31u, fraction = h & 0x3ffu;
    const double value = exponent == 0    ? ldexp((double)fraction, -24)
                         : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                          : ldexp((double)(fraction | 0x400u), (int)exponent - 25);
    return h & 0x8000u ? -value : value;
}

static int64_t integer_at(const net_tensor *t, size_t i)
{
    switch (t->type) {
    case NET_UINT8:
    case NET_BOOL:
        return ((const uint8_t *)t->data)[i];
    case NET_INT8:
        return ((const int8_t *)t->data)[i];
    case NET_UINT16:
        return ((const uint16_t *)t->data)[i];
    case NET_INT16:
        return ((const int16_t *)t->data)[i];
    case NET_UINT32:
        return ((const uint32_t *)t->data)[i];
    case NET_INT32:
        return ((const int32_t *)t->data)[i];
    case NET_UINT64:
    case NET_INT64:
        return ((const int64_t *)t->data)[i];
    default:
        return 0;
    }
}

static double number_at(const net_tensor *t, size_t i)
{
    switch (t->type) {
    case NET_FLOAT:
        return (double)((const float *)t->data)[i];
    case NET_DOUBLE:
        return ((const double *)t->data)[i];
    case NET_FLOAT16:
        return half_to_double(((const uint16_t *)t->data)[i]);
    case NET_UINT64:
        return (double)((const uint64_t *)t->data)[i];
    default:
        return (double)integer_at(t, i);
    }
}

bdc_status onnx_constant_ints(const onnx_importer *m, uint32_t tensor, const int64_t **values)
{
    const net_tensor *t = &m->graph->tensors[tensor];
    const size_t count = net_count(t);
    int64_t *out = BDC_NEW(m->context, int64_t, count);
    if (!out)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        out[i] = integer_at(t, i);
    *values = out;
    return BDC_OK;
}

bdc_status onnx_constant_numbers(const onnx_importer *m, uint32_t tensor, const double **values)
{
    const net_tensor *t = &m->graph->tensors[tensor];
    const size_t count = net_count(t);
    double *out = BDC_NEW(m->context, double, count);
    if (!out)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < count; i++)
        out[i] = number_at(t, i);
    *values = out;
    return BDC_OK;
}
