/* A plan for a network that was turned into C. Apart from plan.c, which decodes and packs: firmware has no use for that.
 * SPDX-License-Identifier: MIT */
#include "operators.h"

static_assert(sizeof(bds_plan) <= BDS_NETWORK_PLAN_BYTES && BDS_NETWORK_PLAN_BYTES % BDS_SCRATCH_ALIGN == 0,
              "the plan fits what the header promises");

bds_status bds_network_plan(bds_plan **plan, const bds_network *network, void *arena, size_t n)
{
    if (!plan)
        return BDS_E_ARGUMENT;
    *plan = NULL;
    if (!network || !arena)
        return BDS_E_ARGUMENT;
    if ((uintptr_t)arena % BDS_SCRATCH_ALIGN)
        return BDS_E_ALIGN;
    if (n < network->arena_bytes)
        return BDS_E_ARENA;
    const bds_plan empty = {0};
    bds_plan *p = arena;
    *p = empty;
    p->model = network->model;
    p->kernels = network->kernels;
    p->nodes = network->nodes;
    p->node_count = network->node_count;
    p->activations = p->scratch = (uint8_t *)arena + BDS_NETWORK_PLAN_BYTES;
    p->picture = p->activations + network->picture_offset;
    p->picture_bytes = network->picture_bytes;
    p->threads = 1;
    *plan = p;
    return BDS_OK;
}
