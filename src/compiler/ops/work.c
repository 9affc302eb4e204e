/* About how much an operator computes: for progress and reports, not for anything exact.
 * SPDX-License-Identifier: MIT */
#include "../net.h"

static uint64_t elements_of(const net_graph *g, const uint32_t *links, uint32_t count, uint32_t index)
{
    return index < count && links[index] != NET_NONE ? net_count(&g->tensors[links[index]]) : 0;
}

/* Products for each element of the output, or of the input in a transposed convolution: one row of the weights. */
static uint64_t weights_of_a_channel(const net_graph *g, const net_op *op)
{
    const net_tensor *w = &g->tensors[op->inputs[1]];
    return w->rank && w->dims[0] ? net_count(w) / w->dims[0] : 1;
}

static uint64_t window_size(const net_window *w)
{
    uint64_t size = 1;
    for (uint32_t i = 0; i < w->spatial && i < NET_MAX_SPATIAL; i++)
        size *= w->kernel[i];
    return size;
}

uint64_t net_work(const net_graph *g, const net_op *op)
{
    uint64_t in = 0, out = 0;
    for (uint32_t k = 0; k < op->input_count; k++)
        in += elements_of(g, op->inputs, op->input_count, k);
    for (uint32_t k = 0; k < op->output_count; k++)
        out += elements_of(g, op->outputs, op->output_count, k);
    const uint64_t most = in > out ? in : out;

    switch (op->code) {
    case NET_CONV:
    case NET_CONV_INTEGER:
        return out * weights_of_a_channel(g, op);
    case NET_CONV_TRANSPOSE:
        return elements_of(g, op->inputs, op->input_count, 0) * weights_of_a_channel(g, op);
    case NET_MAX_POOL:
    case NET_AVERAGE_POOL:
    case NET_LP_POOL:
        return out * window_size(&op->a.window);
    case NET_MATMUL:
    case NET_MATMUL_INTEGER:
    case NET_GEMM: {
        const net_tensor *a = &g->tensors[op->inputs[0]];
        if (a->rank < 1)
            return most;
        const int columns_first = op->code == NET_GEMM && (op->a.transpose & 1u) && a->rank == 2;
        return out * a->dims[columns_first ? 0 : a->rank - 1];
    }
    case NET_EINSUM: /* the common case, a product of two matrices or of many */
        return out * (elements_of(g, op->inputs, op->input_count, 0) / (out ? out : 1) + 1) + most;
    case NET_LSTM:
    case NET_GRU:
    case NET_RNN: {
        const net_tensor *x = &g->tensors[op->inputs[0]];
        const uint64_t steps = x->rank == 3 ? (uint64_t)x->dims[0] * x->dims[1] : 1;
        return steps *
               (elements_of(g, op->inputs, op->input_count, 1) + elements_of(g, op->inputs, op->input_count, 2));
    }
    default:
        return most;
    }
}
