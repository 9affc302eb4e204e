/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <math.h>
#include <string.h>

#include "../execute_float.h"

/* Floats in [-1, 1], or stored values anywhere on the grid of a tensor that the file quantised. */
static void fill(const ir_tensor *t, uint32_t seed, float *out)
{
    for (uint32_t i = 0; i < ir_count(t); i++) {
        seed = seed * 1664525u + 1013904223u;
        const double x = (int32_t)seed / 2147483648.0;
        out[i] = (float)(t->type ? ir_snap(t, x * 256 * t->scale) : x);
    }
}

static bdc_status run(bdc_context *c, const ir_graph *g, float *const *inputs, float ***outputs)
{
    float_run r;
    float **out = BDC_NEW(c, float *, g->output_count);
    if (!out)
        return BDC_E_MEMORY;
    BDC_TRY(float_run_create(c, g, &r));
    for (uint32_t i = 0; i < g->input_count; i++)
        memcpy(r.data[g->inputs[i]], inputs[i], ir_count(&g->tensors[g->inputs[i]]) * sizeof(float));
    float_run_execute(&r, NULL, NULL);
    for (uint32_t i = 0; i < g->output_count; i++) {
        const size_t n = ir_count(&g->tensors[g->outputs[i]]);
        if (!(out[i] = BDC_NEW(c, float, n)))
            return BDC_E_MEMORY;
        memcpy(out[i], r.data[g->outputs[i]], n * sizeof(float));
    }
    *outputs = out;
    return BDC_OK;
}

bdc_status pass_check_begin(bdc_context *c, const ir_graph *g, pass_check *check)
{
    if (!c->check_passes)
        return BDC_OK;
    check->inputs = BDC_NEW(c, float *, g->input_count);
    if (!check->inputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->input_count; i++) {
        const ir_tensor *t = &g->tensors[g->inputs[i]];
        if (!(check->inputs[i] = BDC_NEW(c, float, ir_count(t))))
            return BDC_E_MEMORY;
        fill(t, 1 + i, check->inputs[i]);
    }
    return run(c, g, check->inputs, &check->outputs);
}

bdc_status pass_check_same(bdc_context *c, const ir_graph *g, pass_check *check, const char *pass)
{
    float **now;
    if (!check->outputs)
        return BDC_OK;
    BDC_TRY(run(c, g, check->inputs, &now));
    for (uint32_t i = 0; i < g->output_count; i++) {
        const ir_tensor *t = &g->tensors[g->outputs[i]];
        double largest = 1e-6, worst = 0;
        for (uint32_t k = 0; k < ir_count(t); k++) {
            const double before = (double)check->outputs[i][k], after = (double)now[i][k];
            if (!isfinite(before)) /* a random input may be outside of what a function takes */
                continue;
            largest = fmax(largest, fabs(before));
            worst = fmax(worst, isfinite(after) ? fabs(before - after) : INFINITY);
        }
        if (worst > 1e-4 * largest + 1.001 * (t->type ? t->scale : 0))
            return bdc_fail(c, BDC_E_STATE, "The pass '%s' changes the result '%s'.", pass, t->name);
    }
    return BDC_OK;
}
