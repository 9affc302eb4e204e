/* SPDX-License-Identifier: MIT */
#include "passes.h"

bdc_status pass_dead_code(bdc_context *c, ir_graph *g)
{
    (void)c;
    for (uint32_t i = g->op_count; i-- > 0;)
        if (!g->ops[i].dead && !ir_use_count(g, g->ops[i].output))
            g->ops[i].dead = 1;
    return BDC_OK;
}
