/* The kernels of firmware's families on this machine: the references' bits, but the network's memory is used as that family may use it. A
 * kernel may write all of its scratch and of its result before it has read its operand, and leaves its scratch spoilt. What the
 * references themselves need, which has pointers of this machine, lies apart.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_FAMILY_H
#define BEDSIDE_TESTS_FAMILY_H

#include <stdalign.h>
#include <string.h>

#include "cli/export_flow.h"
#include "kernels/mcu/scratch.h"
#include "kernels/mcu/scratch_mve.h"
#include "kernels/ref/ref.h"
#include "unit/check.h"

enum { FAMILY_POINTER = 4, FAMILY_SPOILT = 0x5a, FAMILY_OWN = 1 << 12 };

/* What runs: kernels have no other way to know it. */
static struct {
    const export_network *network;
    int family;
    alignas(BDS_SCRATCH_ALIGN) uint8_t own[FAMILY_OWN]; /* for the references */
} family_now;

static inline size_t family_conv_scratch(const bds_conv *c)
{
    switch (family_now.family) {
    case BDS_FAMILY_V7M:
        return bds_conv_scratch_v7m(&c->window, c->weights_wide, c->out_wide, FAMILY_POINTER);
    case BDS_FAMILY_DSP:
        return bds_conv_scratch_dsp(&c->window, c->weights_wide, c->out_wide, FAMILY_POINTER);
    case BDS_FAMILY_MVE:
        return bds_conv_scratch_mve(&c->window, c->weights_wide, c->out_wide, FAMILY_POINTER);
    default:
        return bds_window_scratch_bytes(&c->window, FAMILY_POINTER);
    }
}

static inline size_t family_depthwise_scratch(const bds_depthwise *d)
{
    switch (family_now.family) {
    case BDS_FAMILY_DSP:
        return bds_depthwise_scratch_dsp(&d->window, d->weights_wide, d->out_wide, FAMILY_POINTER);
    case BDS_FAMILY_MVE:
        return bds_depthwise_scratch_mve(&d->window, &d->rq, d->weights_wide, d->out_wide, FAMILY_POINTER);
    default:
        return bds_window_scratch_bytes(&d->window, FAMILY_POINTER);
    }
}

/* What the layout has for the layer with these weights, which no other has. */
static inline size_t family_declared(const void *weights)
{
    const export_network *e = family_now.network;
    for (uint32_t i = 0; i < e->count; i++)
        if (e->nodes[i].weights == weights)
            return export_scratch(e, family_now.family, i);
    return 0;
}

/* Before the reference runs. */
static inline void family_take(void *scratch, size_t wanted, size_t declared, const bds_window *w)
{
    CHECK(wanted <= declared && (uintptr_t)scratch % BDS_SCRATCH_ALIGN == 0);
    CHECK(bds_window_scratch_bytes_ref(w) <= FAMILY_OWN);
    memset(scratch, FAMILY_SPOILT, wanted);
}

static inline void family_conv(const bds_conv *c)
{
    const size_t wanted = family_conv_scratch(c), values = (size_t)c->window.rows * c->window.out_width * c->channels;
    bds_conv own = *c;
    own.scratch = family_now.own;
    family_take(c->scratch, wanted, family_declared(c->weights), &c->window);
    CHECK(c->out_stride == c->channels);
    memset(c->out, FAMILY_SPOILT, values << c->out_wide);
    bds_conv_ref(&own);
    memset(c->scratch, FAMILY_SPOILT, wanted);
}

static inline void family_depthwise(const bds_depthwise *d)
{
    const bds_window *w = &d->window;
    const size_t wanted = family_depthwise_scratch(d), values = (size_t)w->rows * w->out_width * w->channels;
    bds_depthwise own = *d;
    own.scratch = family_now.own;
    family_take(d->scratch, wanted, family_declared(d->weights), w);
    memset(d->out, FAMILY_SPOILT, values << d->out_wide);
    bds_depthwise_ref(&own);
    memset(d->scratch, FAMILY_SPOILT, wanted);
}

/* A pool keeps its taps in scratch, whatever the kernels are. */
static inline void family_run_pool(const bds_plan *p, const bds_node *node)
{
    const export_network *e = family_now.network;
    const bds_operand y = bds_operand_out(p, node->op);
    bds_plan plan = *p;
    bds_node own = *node;
    uint32_t i = 0;
    while (e->nodes[i].op != node->op)
        i++;
    const size_t wanted = export_scratch(e, family_now.family, i);
    CHECK(bds_pool_scratch(p->model, node->op) <= FAMILY_OWN);
    plan.scratch = family_now.own;
    own.flow = NULL;
    memset(bds_scratch(p, node), FAMILY_SPOILT, wanted);
    memset(y.data, FAMILY_SPOILT, (size_t)bds_operand_count(&y) * y.size);
    bds_run_pool(&plan, &own);
    memset(bds_scratch(p, node), FAMILY_SPOILT, wanted);
}

/* From now on these tables are e's, in the layout of this family. */
static inline void family_begin(const export_network *e, int family, bds_kernels *kernels)
{
    family_now.network = e;
    family_now.family = family;
    bds_kernels_ref(kernels);
    kernels->conv = family_conv;
    kernels->depthwise = family_depthwise;
}

#endif
