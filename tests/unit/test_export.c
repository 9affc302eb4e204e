/* Networks in C without the C: what `bedside export-c` works out, run in place, gives the bits of an ordinary plan. Random networks of
 * layers with windows of any form, sums over them, blocks of any height; nothing behind the arena is written, and the memory is never
 * more than without blocks. The seed of a failure is printed.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cli/export_flow.h"
#include "support/tiny_model.h"
#include "unit/check.h"
#include "unit/random.h"

enum { CASES = 250, GUARD = 64, VALUES = 1 << 16 };

static alignas(64) uint8_t file[1 << 18];
static uint8_t expected[VALUES];
static tiny_model t;

static uint32_t between(uint32_t lo, uint32_t hi)
{
    return lo + random_below(hi - lo + 1);
}

/* A window of the kernel in [1, 3], in a dimension of n pixels. */
static uint32_t add_layer(uint32_t x)
{
    const uint32_t *d = t.tensors[x].dims, h = d[1], w = d[2], ic = d[3];
    const int depthwise = between(0, 2) == 0, pointwise = !depthwise && between(0, 2) == 0;
    const uint32_t kh = pointwise ? 1 : between(1, h < 3 ? h : 3), kw = pointwise ? 1 : between(1, w < 3 ? w : 3);
    const uint32_t stride = pointwise ? 1 : between(1, 2), dilation = h >= 5 && w >= 5 ? between(1, 2) : 1;
    const uint32_t span_h = (kh - 1) * dilation + 1, span_w = (kw - 1) * dilation + 1;
    const uint32_t pad_h = random_below(span_h), pad_w = random_below(span_w), below = random_below(span_h);
    const uint32_t oc = depthwise ? ic : between(1, 20), depth = depthwise ? 1 : ic;
    const uint32_t y = tiny_tensor(&t, (h + pad_h + below - span_h) / stride + 1, (w + 2 * pad_w - span_w) / stride + 1,
                                   oc, BDS_INT8, (int32_t)between(0, 20) - 10);
    bdf_op *op = tiny_op(&t, depthwise ? BDF_DEPTHWISE : BDF_CONV, x, BDF_NONE, y);
    op->kernel_h = (uint16_t)kh;
    op->kernel_w = (uint16_t)kw;
    op->stride_h = op->stride_w = (uint16_t)stride;
    op->dilation_h = op->dilation_w = (uint16_t)dilation;
    op->pad_top = (uint16_t)pad_h;
    op->pad_bottom = (uint16_t)below;
    op->pad_left = op->pad_right = (uint16_t)pad_w;
    op->weights = tiny_weights(&t, kh * kw * oc * depth, random_below(1000));
    op->bias = tiny_i32(&t, oc, (int32_t)between(0, 2000) - 1000);
    op->multipliers = tiny_i16(&t, oc, (int16_t)between(2000, 30000));
    return y;
}

static uint32_t add_sum(uint32_t a, uint32_t b)
{
    const uint32_t *d = t.tensors[a].dims, y = tiny_tensor(&t, d[1], d[2], d[3], BDS_INT8, 0);
    bdf_op *add = tiny_op(&t, BDF_ADD, a, b, y);
    add->m_a = 9000;
    add->m_b = 7000;
    add->shift = 14;
    return y;
}

/* Up to eight operators; some sums reach back over a few layers, and some results are outputs, too. */
static uint32_t make_file(void)
{
    memset(&t, 0, sizeof t);
    uint32_t x = tiny_tensor(&t, between(1, 24), between(1, 24), between(1, 20), BDS_INT8, 5), old;
    tiny_input(&t, x, 0);
    const uint32_t layers = between(1, 6);
    for (uint32_t i = 0; i < layers; i++) {
        x = add_layer(x);
        old = random_below(x + 1);
        if (memcmp(t.tensors[old].dims, t.tensors[x].dims, sizeof t.tensors[x].dims) == 0 && between(0, 1))
            x = add_sum(old, x);
        else if (between(0, 7) == 0)
            t.outputs[t.output_count++] = x;
    }
    if (!t.output_count || t.outputs[t.output_count - 1] != x)
        t.outputs[t.output_count++] = x;
    return tiny_write(&t, file, sizeof file);
}

static void fill(bds_plan *plan, uint64_t seed)
{
    bds_tensor x;
    random_seed(seed);
    CHECK(bds_input(plan, 0, &x) == BDS_OK);
    for (size_t i = 0; i < (size_t)x.dims[1] * x.dims[2] * x.dims[3]; i++)
        ((uint8_t *)x.data)[i] = (uint8_t)random_below(256);
}

/* All outputs, one behind the other. */
static size_t outputs(const bds_plan *plan, uint32_t count, uint8_t *to)
{
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        bds_tensor y;
        CHECK(bds_output(plan, i, &y) == BDS_OK);
        const size_t bytes = (size_t)y.dims[1] * y.dims[2] * y.dims[3];
        CHECK(n + bytes <= VALUES);
        memcpy(to + n, y.data, bytes);
        n += bytes;
    }
    return n;
}

/* The tables that export-c writes, as they would be in flash. */
typedef struct built {
    bds_model model;
    bdf_tensor tensors[TINY_MAX];
    bds_node nodes[TINY_MAX];
    bds_flow flows[TINY_MAX];
    bds_network network;
} built;

static void build(built *b, const export_network *e, const bds_plan *plan)
{
    const export_layout *l = &e->layout[BDS_FAMILY_REF64];
    uint32_t place[TINY_MAX], steps = 0;
    memset(b, 0, sizeof *b);
    b->model = *e->model;
    b->model.tensors = b->tensors;
    for (uint32_t i = 0; i < e->model->tensor_count; i++) {
        b->tensors[i] = e->model->tensors[i];
        b->tensors[i].arena_offset = l->tensor[i];
    }
    for (uint32_t i = 0; i < e->count; i++)
        if (!e->fused[i])
            place[i] = steps++;
    for (uint32_t i = 0, next = steps; i < e->count; i++)
        if (e->fused[i])
            place[i] = next++;
    for (uint32_t i = 0; i < e->count; i++) {
        b->nodes[place[i]] = e->nodes[i];
        b->nodes[place[i]].flow = &b->flows[i];
        if (e->flows[i].block)
            b->nodes[place[i]].run = bds_run_flow;
        b->flows[i] = (bds_flow){.scratch = l->scratch[i],
                                 .strip = l->strip[i],
                                 .block = e->flows[i].block,
                                 .source = e->flows[i].source ? &b->nodes[place[i - 1]] : NULL};
    }
    b->network = (bds_network){.model = &b->model,
                               .kernels = plan->kernels,
                               .nodes = b->nodes,
                               .node_count = steps,
                               .arena_bytes = BDS_NETWORK_PLAN_BYTES + l->bytes};
}

static void run_built(const built *b, uint64_t seed, size_t n)
{
    static uint8_t got[VALUES];
    const uint32_t bytes = b->network.arena_bytes;
    uint8_t *arena = aligned_alloc(16, (bytes + GUARD + 15) / 16 * 16);
    bds_plan *plan;
    memset(arena, 0xa5, bytes + GUARD);
    CHECK(bds_network_plan(&plan, &b->network, arena, bytes - 1) == BDS_E_ARENA);
    CHECK(bds_network_plan(&plan, &b->network, arena + 1, bytes) == BDS_E_ALIGN);
    CHECK(bds_network_plan(&plan, &b->network, arena, bytes) == BDS_OK);
    for (int twice = 0; twice < 2; twice++) {
        fill(plan, seed);
        CHECK(bds_run(plan) == BDS_OK && outputs(plan, b->model.output_count, got) == n);
        if (!CHECK(memcmp(got, expected, n) == 0))
            fprintf(stderr, "seed %u, run %d\n", (unsigned)seed, twice);
    }
    for (uint32_t i = 0; i < GUARD; i++)
        CHECK(arena[bytes + i] == 0xa5);
    free(arena);
}

/* Returns 1 if a layer filled another one's strip, 2 if a result lay over an operand in the middle of a layer, or both. */
static int test_network(uint64_t seed)
{
    bds_model m;
    bds_plan *plan;
    export_network whole, e;
    built b;
    size_t bytes = 0;
    int seen = 0;
    const bds_config scalar = {.size = sizeof scalar};
    random_seed(seed);
    const uint32_t n = make_file();
    CHECK(bds_model_open(&m, file, n) == BDS_OK && bds_plan_size(&m, &scalar, &bytes) == BDS_OK);
    void *arena = malloc(bytes);
    CHECK(bds_plan_create(&plan, &m, &scalar, arena, bytes) == BDS_OK);
    fill(plan, seed);
    CHECK(bds_run(plan) == BDS_OK);
    const size_t count = outputs(plan, m.output_count, expected);
    CHECK(export_network_open(&whole, plan, 1) == BDS_OK && export_network_open(&e, plan, 0) == BDS_OK);
    build(&b, &whole, plan);
    run_built(&b, seed, count);
    build(&b, &e, plan);
    run_built(&b, seed, count);
    for (uint32_t i = 0; i < e.count; i++)
        seen |= (e.fused[i] ? 1 : 0) | (e.flows[i].block && !e.flows[i].source ? 2 : 0);
    /* Blocks may take a sixteenth more than the least, which is not more than without any: for the family by which they were chosen. */
    const uint32_t bytes_whole = whole.layout[BDS_FAMILY_DSP].bytes, bytes_blocks = e.layout[BDS_FAMILY_DSP].bytes;
    if (!CHECK(bytes_blocks <= bytes_whole + bytes_whole / 16 + 16))
        fprintf(stderr, "seed %u: %u bytes by blocks, %u without\n", (unsigned)seed, (unsigned)bytes_blocks,
                (unsigned)bytes_whole);
    export_network_close(&whole);
    export_network_close(&e);
    free(arena);
    return seen;
}

int main(void)
{
    uint32_t fused = 0, over = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        const int seen = test_network(seed);
        fused += (uint32_t)seen & 1u;
        over += (uint32_t)seen >> 1;
    }
    CHECK(fused > CASES / 20 && over > CASES / 5); /* the cases are about something */
    printf("%u networks fused, %u by blocks\n", (unsigned)fused, (unsigned)over);
    return check_done();
}
