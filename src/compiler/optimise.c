/* From the graph as imported to the one that is quantised.
 * SPDX-License-Identifier: MIT */
#include "lower/lower.h"
#include "passes/passes.h"

bdc_status bdc_optimise(bdc_graph *graph, int keep_final)
{
    if (!graph)
        return BDC_E_ARGUMENT;
    bdc_context *c = graph->context;
    ir_graph *g = &graph->ir;
    if (graph->optimised > 0)
        return BDC_OK;
    if (graph->optimised < 0)
        return bdc_fail(c, BDC_E_STATE, "The graph could not be optimised before: import it again.");
    graph->optimised = -1; /* until all passes are through */
    if (graph->net)
        BDC_TRY(lower(graph));
    if (!keep_final)
        graph->final_activation = pass_strip_final(g);
    pass_dead_code(g);
    pass_fuse_swish(g);
    pass_fold_pad(g);
    BDC_TRY(pass_fold_affine(c, g));
    pass_fuse_clamp(g);
    BDC_TRY(pass_flatten(c, g));
    pass_dead_code(g);
    BDC_TRY(ir_sweep(c, g));
    if (!g->op_count)
        return bdc_fail(c, BDC_E_INVALID, "Nothing is left to compute: the network has no operators.");
    BDC_TRY(pass_verify(c, g));
    graph->optimised = 1;
    return BDC_OK;
}

bdc_final bdc_final_activation(const bdc_graph *graph)
{
    return graph ? graph->final_activation : BDC_FINAL_NONE;
}
