/* Checks and shapes for the infer functions of the operators.
 * SPDX-License-Identifier: MIT */
#include "infer.h"

static const net_tensor *tensor_at(const op_infer *i, const uint32_t *links, uint32_t count, uint32_t index)
{
    if (index >= count || links[index] == NET_NONE)
        return 0;
    return &i->graph->tensors[links[index]];
}

const net_tensor *infer_input(const op_infer *i, uint32_t index)
{
    return tensor_at(i, i->op->inputs, i->op->input_count, index);
}

net_tensor *infer_output(const op_infer *i, uint32_t index)
{
    if (index >= i->op->output_count || i->op->outputs[index] == NET_NONE)
        return 0;
    return &i->graph->tensors[i->op->outputs[index]];
}

bdc_status infer_counts(const op_infer *i, uint32_t least_inputs, uint32_t most_inputs, uint32_t least_outputs,
                        uint32_t most_outputs)
{
    const net_op *op = i->op;
    if (op->input_count < least_inputs || op->input_count > most_inputs)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has %u inputs; %u to %u are possible.", op->type, op->name,
                        op->input_count, least_inputs, most_inputs);
    if (op->output_count < least_outputs || op->output_count > most_outputs)
        return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has %u outputs; %u to %u are possible.", op->type, op->name,
                        op->output_count, least_outputs, most_outputs);
    for (uint32_t k = 0; k < least_inputs; k++)
        if (op->inputs[k] == NET_NONE)
            return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' lacks its input %u.", op->type, op->name, k);
    for (uint32_t k = 0; k < least_outputs; k++)
        if (op->outputs[k] == NET_NONE)
            return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' lacks its output %u.", op->type, op->name, k);
    return BDC_OK;
}

bdc_status infer_type(const op_infer *i, const net_tensor *t, uint32_t types)
{
    if (!t || (net_type_bytes(t->type) && (types >> t->type & 1u)))
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_UNSUPPORTED, "%s '%s' is not supported with elements of type %s.", i->op->type,
                    i->op->name, net_type_name(t->type));
}

bdc_status infer_same_type(const op_infer *i, const net_tensor *a, const net_tensor *b)
{
    if (!a || !b || a->type == b->type)
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has inputs of different types, %s and %s.", i->op->type,
                    i->op->name, net_type_name(a->type), net_type_name(b->type));
}

bdc_status infer_rank(const op_infer *i, const net_tensor *t, uint32_t least, uint32_t most)
{
    if (!t || (t->rank >= least && t->rank <= most))
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has an input '%s' of %u dimensions; %u to %u are possible.",
                    i->op->type, i->op->name, t->name, t->rank, least, most);
}

bdc_status infer_scalar(const op_infer *i, const net_tensor *t)
{
    if (!t || net_count(t) == 1)
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has an input '%s' that should be a single number.", i->op->type,
                    i->op->name, t->name);
}

bdc_status infer_axis(const op_infer *i, int64_t axis, uint32_t rank)
{
    if (axis >= 0 && axis < (int64_t)rank)
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_INVALID, "The attribute axis of %s '%s' is outside the %u dimensions.",
                    i->op->type, i->op->name, rank);
}

bdc_status infer_set(const op_infer *i, uint32_t index, net_type type, uint32_t rank, const uint32_t *dims)
{
    net_tensor *t = infer_output(i, index);
    if (!t)
        return BDC_OK;
    if (rank > NET_MAX_RANK)
        return bdc_fail(i->context, BDC_E_LIMIT, "The result of %s '%s' has %u dimensions; at most %d are possible.",
                        i->op->type, i->op->name, rank, NET_MAX_RANK);
    uint64_t sides = 1;
    for (uint32_t k = 0; k < rank; k++) {
        sides *= dims[k] ? dims[k] : 1;
        if (sides > NET_MAX_ELEMENTS)
            return bdc_fail(i->context, BDC_E_LIMIT, "The result of %s '%s' has more than %d elements.", i->op->type,
                            i->op->name, NET_MAX_ELEMENTS);
        t->dims[k] = dims[k];
    }
    t->type = type;
    t->rank = rank;
    return BDC_OK;
}

bdc_status infer_like(const op_infer *i, uint32_t index, net_type type, const net_tensor *shape)
{
    return infer_set(i, index, type, shape->rank, shape->dims);
}

bdc_status infer_check_dims(const op_infer *i, uint32_t index, net_type type, uint32_t rank, const uint32_t *dims)
{
    net_tensor *t = infer_output(i, index);
    if (!t)
        return BDC_OK;
    int same = t->rank == rank;
    for (uint32_t k = 0; same && k < rank; k++)
        same = t->dims[k] == dims[k];
    if (!same)
        return infer_bad_shape(i);
    return infer_set(i, index, type, rank, dims);
}

bdc_status infer_broadcast(const op_infer *i, uint32_t first, uint32_t *rank, uint32_t dims[NET_MAX_RANK])
{
    uint32_t most = 0;
    for (uint32_t k = first; k < i->op->input_count; k++) {
        const net_tensor *t = infer_input(i, k);
        most = t && t->rank > most ? t->rank : most;
    }
    for (uint32_t d = 0; d < most; d++)
        dims[d] = 1;
    for (uint32_t k = first; k < i->op->input_count; k++) {
        const net_tensor *t = infer_input(i, k);
        for (uint32_t d = 0; t && d < t->rank; d++) {
            uint32_t *side = &dims[most - t->rank + d];
            if (*side != 1 && t->dims[d] != 1 && *side != t->dims[d])
                return bdc_fail(i->context, BDC_E_INVALID,
                                "%s '%s' has inputs whose shapes do not fit: a dimension of %u meets one of %u.",
                                i->op->type, i->op->name, *side, t->dims[d]);
            *side = *side == 1 ? t->dims[d] : *side;
        }
    }
    *rank = most;
    return BDC_OK;
}

bdc_status infer_bad_attribute(const op_infer *i, const char *attribute)
{
    return bdc_fail(i->context, BDC_E_INVALID, "The attribute %s of %s '%s' has a value that is not possible.",
                    attribute, i->op->type, i->op->name);
}

bdc_status infer_bad_shape(const op_infer *i)
{
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s' has inputs and outputs whose shapes do not fit together.",
                    i->op->type, i->op->name);
}
