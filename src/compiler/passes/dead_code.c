/* SPDX-License-Identifier: MIT */
#include "passes.h"

void pass_dead_code(ir_graph *g)
{
    for (uint32_t i = g->op_count; i-- > 0;)
        if (!g->ops[i].dead && !ir_use_count(g, g->ops[i].output))
            g->ops[i].dead = 1;
}
