/* Tensors and operators of the network as the file states it. What the operators mean is in ops/.
 * SPDX-License-Identifier: MIT */
#include "net.h"

typedef struct type_row {
    const char *name;
    uint32_t bytes;
} type_row;

static const type_row *type_of(net_type type)
{
    static const type_row rows[] = {
        [NET_FLOAT] = {"float", 4},   [NET_UINT8] = {"uint8", 1},   [NET_INT8] = {"int8", 1},
        [NET_UINT16] = {"uint16", 2}, [NET_INT16] = {"int16", 2},   [NET_INT32] = {"int32", 4},
        [NET_INT64] = {"int64", 8},   [NET_BOOL] = {"bool", 1},     [NET_FLOAT16] = {"float16", 2},
        [NET_DOUBLE] = {"double", 8}, [NET_UINT32] = {"uint32", 4}, [NET_UINT64] = {"uint64", 8},
    };
    static const type_row unknown = {"unknown", 0};
    const unsigned i = (unsigned)type;
    return i < sizeof rows / sizeof *rows && rows[i].name ? &rows[i] : &unknown;
}

uint32_t net_type_bytes(net_type type)
{
    return type_of(type)->bytes;
}

const char *net_type_name(net_type type)
{
    return type_of(type)->name;
}

size_t net_count(const net_tensor *t)
{
    size_t count = 1;
    for (uint32_t i = 0; i < t->rank; i++)
        count *= t->dims[i];
    return count;
}

int net_same_shape(const net_tensor *a, const net_tensor *b)
{
    int same = a->rank == b->rank;
    for (uint32_t i = 0; same && i < a->rank; i++)
        same = a->dims[i] == b->dims[i];
    return same;
}

bdc_status net_add_tensor(bdc_context *c, net_graph *g, const net_tensor *t, uint32_t *index)
{
    const char *name = t->name ? t->name : "";
    uint64_t sides = 1;
    if (t->rank > NET_MAX_RANK)
        return bdc_fail(c, BDC_E_LIMIT, "Tensor '%s' has %u dimensions; at most %d are allowed.", name, t->rank,
                        NET_MAX_RANK);
    /* Empty tensors too: dims that are not 0 stay within the limit, so that products of some of them do. */
    for (uint32_t i = 0; i < t->rank; i++) {
        sides *= t->dims[i] ? t->dims[i] : 1;
        if (sides > NET_MAX_ELEMENTS)
            return bdc_fail(c, BDC_E_LIMIT, "Tensor '%s' has more than %u elements.", name, (unsigned)NET_MAX_ELEMENTS);
    }
    if (g->tensor_count >= NET_MAX_TENSORS)
        return bdc_fail(c, BDC_E_LIMIT, "The network has more than %d tensors.", NET_MAX_TENSORS);
    net_tensor *tensors = bdc_grow(c, g->tensors, &g->tensor_capacity, (size_t)g->tensor_count + 1, sizeof *tensors);
    if (!tensors)
        return BDC_E_MEMORY;
    g->tensors = tensors;
    *index = g->tensor_count++;
    tensors[*index] = *t;
    tensors[*index].name = name;
    return BDC_OK;
}

bdc_status net_add_op(bdc_context *c, net_graph *g, net_code code, const char *type, const char *name,
                      uint32_t input_count, uint32_t output_count, net_op **op)
{
    const char *said_type = type ? type : net_op_name(code), *said_name = name ? name : "";
    if (input_count > NET_MAX_LINKS || output_count > NET_MAX_LINKS)
        return bdc_fail(c, BDC_E_LIMIT, "%s '%s' has more than %d inputs or outputs.", said_type, said_name,
                        NET_MAX_LINKS);
    if (g->op_count >= NET_MAX_OPS)
        return bdc_fail(c, BDC_E_LIMIT, "The network has more than %d operators.", NET_MAX_OPS);
    net_op *ops = bdc_grow(c, g->ops, &g->op_capacity, (size_t)g->op_count + 1, sizeof *ops);
    uint32_t *links = BDC_NEW(c, uint32_t, (size_t)input_count + output_count);
    if (!ops || !links)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < input_count + output_count; i++)
        links[i] = NET_NONE;
    g->ops = ops;
    *op = &ops[g->op_count++];
    **op = (net_op){.code = code,
                    .type = said_type,
                    .name = said_name,
                    .inputs = links,
                    .outputs = links + input_count,
                    .input_count = input_count,
                    .output_count = output_count};
    return BDC_OK;
}

uint32_t net_producer(const net_graph *g, uint32_t tensor)
{
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].output_count; k++)
            if (g->ops[i].outputs[k] == tensor)
                return i;
    return NET_NONE;
}

uint32_t net_use_count(const net_graph *g, uint32_t tensor)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->op_count; i++)
        for (uint32_t k = 0; k < g->ops[i].input_count; k++)
            count += g->ops[i].inputs[k] == tensor;
    for (uint32_t i = 0; i < g->output_count; i++)
        count += g->outputs[i] == tensor;
    return count;
}
