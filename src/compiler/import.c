/* What an imported graph says of itself: its inputs and outputs, and how much work it is.
 * SPDX-License-Identifier: MIT */
#include "ir.h"
#include "net.h"

size_t bdc_type_bytes(bdc_type type)
{
    return net_type_bytes((net_type)type);
}

uint32_t bdc_input_count(const bdc_graph *graph)
{
    return graph ? graph->net->input_count : 0;
}

uint32_t bdc_output_count(const bdc_graph *graph)
{
    return graph ? graph->net->output_count : 0;
}

/* ---- As the file has them -------------------------------------------------------------------------------------- */

static bdc_status info_of(const bdc_graph *graph, uint32_t tensor, bdc_value *info)
{
    const net_tensor *t = &graph->net->tensors[tensor];
    *info = (bdc_value){.name = t->name, .type = (bdc_type)t->type, .rank = t->rank};
    for (uint32_t i = 0; i < t->rank; i++)
        info->dims[i] = t->dims[i];
    return BDC_OK;
}

bdc_status bdc_input_info(const bdc_graph *graph, uint32_t i, bdc_value *info)
{
    if (!info || i >= bdc_input_count(graph))
        return BDC_E_ARGUMENT;
    return info_of(graph, graph->net->inputs[i], info);
}

bdc_status bdc_output_info(const bdc_graph *graph, uint32_t i, bdc_value *info)
{
    if (!info || i >= bdc_output_count(graph))
        return BDC_E_ARGUMENT;
    return info_of(graph, graph->net->outputs[i], info);
}

/* ---- As channels, height, width -------------------------------------------------------------------------------- */

static bdc_status shape_of_net(const net_tensor *t, bdc_shape *shape)
{
    *shape = (bdc_shape){t->name, 1, 1, 1};
    if (t->rank > 4 || (t->rank > 1 && t->dims[0] != 1)) {
        shape->channels = (uint32_t)net_count(t);
        return BDC_OK;
    }
    if (t->rank)
        shape->channels = t->dims[t->rank == 1 ? 0 : 1];
    if (t->rank == 4)
        shape->height = t->dims[2];
    if (t->rank > 2)
        shape->width = t->dims[t->rank - 1];
    return BDC_OK;
}

static bdc_status shape_of_layer(const ir_graph *g, uint32_t tensor, bdc_shape *shape)
{
    const ir_tensor *t = &g->tensors[tensor];
    *shape = (bdc_shape){t->name, t->c, t->h, t->w};
    return BDC_OK;
}

bdc_status bdc_input_shape(const bdc_graph *graph, uint32_t i, bdc_shape *shape)
{
    if (!shape || i >= bdc_input_count(graph))
        return BDC_E_ARGUMENT;
    return i < graph->ir.input_count ? shape_of_layer(&graph->ir, graph->ir.inputs[i], shape)
                                     : shape_of_net(&graph->net->tensors[graph->net->inputs[i]], shape);
}

bdc_status bdc_output_shape(const bdc_graph *graph, uint32_t i, bdc_shape *shape)
{
    if (!shape || i >= bdc_output_count(graph))
        return BDC_E_ARGUMENT;
    return i < graph->ir.output_count ? shape_of_layer(&graph->ir, graph->ir.outputs[i], shape)
                                      : shape_of_net(&graph->net->tensors[graph->net->outputs[i]], shape);
}

/* ---- Work ------------------------------------------------------------------------------------------------------ */

uint64_t bdc_work(const bdc_graph *graph)
{
    uint64_t work = 0;
    for (uint32_t i = 0; graph && i < graph->net->op_count; i++) {
        const uint64_t more = net_work(graph->net, &graph->net->ops[i]);
        work = more > UINT64_MAX - work ? UINT64_MAX : work + more;
    }
    return work;
}
