/* From the graph as imported to the one that is quantised.
 * SPDX-License-Identifier: MIT */
#include "lower/lower.h"
#include "passes/check.h"
#include "passes/passes.h"

typedef struct pass_row {
    const char *name;
    bdc_status (*run)(bdc_context *c, ir_graph *g);
} pass_row;

/* In this order: functions first become as few as possible, because what is left of them decides what a layer can take in. */
static const pass_row passes[] = {
    {"dead code", pass_dead_code},
    {"chaining of functions", pass_chain_functions},
    {"folding of pads", pass_fold_pad},
    {"folding of affines", pass_fold_affine},
    {"folding of factors", pass_fold_factors},
    {"fusing of clamps", pass_fuse_clamp},
    {"flattening", pass_flatten},
    {"joining of views", pass_views},
    {"flattening", pass_flatten},
    {"folding of what flattening brought together", pass_fold_affine},
    {"folding of factors", pass_fold_factors},
    {"fusing of clamps", pass_fuse_clamp},
    {"chaining of functions", pass_chain_functions},
    {"affines as layers", pass_affine_layers},
    {"removal of dead channels", pass_dead_channels},
};

bdc_status optimise(bdc_graph *graph, int keep_final, int keep_dead_channels)
{
    bdc_context *c = graph->context;
    ir_graph *g = &graph->ir;
    pass_check check = {0};
    if (graph->optimised > 0)
        return BDC_OK;
    if (graph->optimised < 0)
        return bdc_fail(c, BDC_E_STATE, "The graph could not be optimised before: import it again.");
    graph->optimised = -1; /* until all passes are through */
    BDC_TRY(lower(graph));
    BDC_TRY(pass_verify(c, g));
    if (!keep_final)
        graph->final_activation = pass_strip_final(g);
    BDC_TRY(pass_check_begin(c, g, &check));
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        if (keep_dead_channels && passes[i].run == pass_dead_channels)
            continue;
        BDC_TRY(passes[i].run(c, g));
        BDC_TRY(ir_sweep(c, g));
        BDC_TRY(pass_verify(c, g));
        BDC_TRY(pass_check_same(c, g, &check, passes[i].name));
    }
    if (!g->op_count)
        return bdc_fail(c, BDC_E_INVALID, "Nothing is left to compute: the network has no operators.");
    graph->optimised = 1;
    return BDC_OK;
}

bdc_status bdc_optimise(bdc_graph *graph, int keep)
{
    return graph ? optimise(graph, keep & BDC_KEEP_FINAL, keep & BDC_KEEP_DEAD_CHANNELS) : BDC_E_ARGUMENT;
}

bdc_final bdc_final_activation(const bdc_graph *graph)
{
    return graph ? graph->final_activation : BDC_FINAL_NONE;
}
