/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lower.h"

bdc_status lower_patterns(bdc_context *c, const net_graph *net, net_graph **copy)
{
    net_graph *g = BDC_NEW(c, net_graph, 1);
    if (!g)
        return BDC_E_MEMORY;
    *g = *net;
    g->ops = BDC_NEW(c, net_op, net->op_count);
    if (!g->ops)
        return BDC_E_MEMORY;
    if (net->op_count)
        memcpy(g->ops, net->ops, net->op_count * sizeof *g->ops);
    *copy = g;
    return BDC_OK;
}
