/* Networks in C without the C: what `bedside export-c` works out for each family of kernels, run in place, gives the bits of an ordinary
 * plan. Random networks of pictures or values, layers with windows of any form, pools, sums over them, blocks of any height; nothing
 * behind the arena is written, and the memory is never more than without blocks. The seed of a failure is printed. The text that is made
 * of it runs on the boards (tests/mcu).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "cli/export_flow.h"
#include "support/tiny_model.h"
#include "unit/check.h"
#include "unit/family.h"
#include "unit/random.h"

enum { CASES = 400, GUARD = 64, VALUES = 1 << 18, PICTURE = 24 };

static alignas(64) uint8_t file[1 << 18];
static uint8_t expected[VALUES];
static tiny_model t;

static uint32_t between(uint32_t lo, uint32_t hi)
{
    return lo + random_below(hi - lo + 1);
}

/* Windows in both dimensions; below: the pad at the bottom. */
typedef struct windows {
    int depthwise;
    uint32_t kernel_h, kernel_w, stride, dilation, pad_h, pad_w, below, channels; /* channels: of the result */
} windows;

static uint32_t add_windows(uint32_t x, const windows *v)
{
    const uint32_t *d = t.tensors[x].dims, depth = v->depthwise ? 1 : d[3], taps = v->kernel_h * v->kernel_w;
    const uint32_t span_h = (v->kernel_h - 1) * v->dilation + 1, span_w = (v->kernel_w - 1) * v->dilation + 1;
    const uint32_t y = tiny_tensor(&t, (d[1] + v->pad_h + v->below - span_h) / v->stride + 1,
                                   (d[2] + 2 * v->pad_w - span_w) / v->stride + 1, v->channels, BDS_INT8,
                                   (int32_t)between(0, 20) - 10);
    bdf_op *op = tiny_op(&t, v->depthwise ? BDF_DEPTHWISE : BDF_CONV, x, BDF_NONE, y);
    const int left = between(0, 7) == 0; /* some kernels take another way then */
    op->kernel_h = (uint16_t)v->kernel_h;
    op->kernel_w = (uint16_t)v->kernel_w;
    op->stride_h = op->stride_w = (uint16_t)v->stride;
    op->dilation_h = op->dilation_w = (uint16_t)v->dilation;
    op->pad_top = (uint16_t)v->pad_h;
    op->pad_bottom = (uint16_t)v->below;
    op->pad_left = op->pad_right = (uint16_t)v->pad_w;
    op->weights = tiny_weights(&t, taps * v->channels * depth, random_below(1000));
    op->bias = tiny_i32(&t, v->channels, (int32_t)between(0, 2000) - 1000);
    op->multipliers = tiny_i16(&t, v->channels, (int16_t)(left ? between(10, 200) : between(2000, 30000)));
    op->left = left ? 2 : 0;
    op->shift = left ? 17 : op->shift;
    return y;
}

/* A window of the kernel in [1, 3], in a dimension of n pixels. */
static uint32_t add_layer(uint32_t x)
{
    const uint32_t *d = t.tensors[x].dims, h = d[1], w = d[2];
    const int depthwise = between(0, 2) == 0, pointwise = !depthwise && between(0, 2) == 0;
    windows v = {.depthwise = depthwise, .kernel_h = 1, .kernel_w = 1, .stride = 1, .dilation = 1};
    if (!pointwise) {
        v.kernel_h = between(1, h < 3 ? h : 3);
        v.kernel_w = between(1, w < 3 ? w : 3);
        v.stride = between(1, 2);
        v.dilation = h >= 5 && w >= 5 ? between(1, 2) : 1;
    }
    v.pad_h = random_below((v.kernel_h - 1) * v.dilation + 1);
    v.pad_w = random_below((v.kernel_w - 1) * v.dilation + 1);
    v.below = random_below((v.kernel_h - 1) * v.dilation + 1);
    v.channels = depthwise ? d[3] : between(1, 20);
    return add_windows(x, &v);
}

static uint32_t add_pool(uint32_t x, uint32_t kernel_h, uint32_t kernel_w, uint32_t stride)
{
    const uint32_t *d = t.tensors[x].dims;
    const int average = between(0, 1) == 0;
    const uint32_t y = tiny_tensor(&t, (d[1] - kernel_h) / stride + 1, (d[2] - kernel_w) / stride + 1, d[3], BDS_INT8,
                                   t.tensors[x].zero_point);
    bdf_op *op = tiny_op(&t, average ? BDF_AVG_POOL : BDF_MAX_POOL, x, BDF_NONE, y);
    op->kernel_h = (uint16_t)kernel_h;
    op->kernel_w = (uint16_t)kernel_w;
    op->stride_h = op->stride_w = (uint16_t)stride;
    if (average)
        op->multipliers = tiny_i16(&t, kernel_h * kernel_w, (int16_t)between(20000, 32000));
    return y;
}

static uint32_t add_any_pool(uint32_t x)
{
    const uint32_t *d = t.tensors[x].dims, h = between(1, d[1] < 3 ? d[1] : 3), w = between(1, d[2] < 3 ? d[2] : 3);
    return add_pool(x, h, w, between(1, 2));
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

/* Rows so long that Helium cuts its planes, in large blocks: a pool behind, which goes by none, leaves room for them. */
static uint32_t make_wide(uint32_t x)
{
    const windows plane = {.depthwise = 1,
                           .kernel_h = 3,
                           .kernel_w = 3,
                           .stride = 1,
                           .dilation = 1,
                           .pad_h = 1,
                           .pad_w = 1,
                           .below = 1,
                           .channels = t.tensors[x].dims[3]};
    return add_pool(add_windows(x, &plane), 1, 1, 1);
}

/* Up to twelve operators; some sums reach back over a few layers, and some results are outputs, too. */
static uint32_t make_deep(uint32_t x)
{
    const uint32_t layers = between(1, 6);
    for (uint32_t i = 0; i < layers; i++) {
        x = between(0, 7) ? add_layer(x) : add_any_pool(x);
        const uint32_t old = random_below(x + 1);
        if (memcmp(t.tensors[old].dims, t.tensors[x].dims, sizeof t.tensors[x].dims) == 0 && between(0, 1))
            x = add_sum(old, x);
        else if (between(0, 7) == 0)
            t.outputs[t.output_count++] = x;
    }
    return x;
}

static uint32_t make_file(void)
{
    memset(&t, 0, sizeof t);
    const int wide = between(0, 7) == 0, picture = !wide && between(0, 4) == 0;
    const uint32_t h = between(wide ? 17 : picture ? 4 : 1, wide ? 40 : 24);
    const uint32_t w = between(wide ? 200 : picture ? 4 : 1, wide ? 500 : 24);
    uint32_t x = tiny_tensor(&t, h, w, wide ? 8 : picture ? 1 + 2 * between(0, 1) : between(1, 20), BDS_INT8, 5);
    tiny_input(&t, x, picture);
    x = wide ? make_wide(x) : make_deep(x);
    if (!t.output_count || t.outputs[t.output_count - 1] != x)
        t.outputs[t.output_count++] = x;
    return tiny_write(&t, file, sizeof file);
}

static void fill(bds_plan *plan, uint64_t seed)
{
    uint8_t pixels[3 * PICTURE * PICTURE];
    bds_tensor x;
    random_seed(seed);
    if (plan->model->inputs[0].is_image) {
        const bds_image image = {pixels, PICTURE, PICTURE, 3, sizeof pixels / PICTURE};
        for (size_t i = 0; i < sizeof pixels; i++)
            pixels[i] = (uint8_t)random_below(256);
        CHECK(bds_prepare_image(plan, 0, &image) == BDS_OK);
        return;
    }
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
    bds_kernels kernels;
    bds_network network;
} built;

/* This machine's own family runs as it is. */
static void build(built *b, const export_network *e, int family, const bds_plan *plan)
{
    const export_layout *l = &e->layout[family];
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
        else if (family != BDS_FAMILY && b->nodes[place[i]].run == bds_run_pool)
            b->nodes[place[i]].run = family_run_pool;
        b->flows[i] = (bds_flow){.scratch = l->scratch[i],
                                 .strip = l->strip[i],
                                 .block = e->flows[i].block,
                                 .source = e->flows[i].source ? &b->nodes[place[i - 1]] : NULL};
    }
    if (family == BDS_FAMILY)
        b->kernels = *plan->kernels;
    else
        family_begin(e, family, &b->kernels);
    b->network = (bds_network){.model = &b->model,
                               .kernels = &b->kernels,
                               .nodes = b->nodes,
                               .node_count = steps,
                               .arena_bytes = BDS_NETWORK_PLAN_BYTES + l->bytes,
                               .picture_offset = l->picture,
                               .picture_bytes = l->picture_bytes};
}

static void run_built(const built *b, uint64_t seed, int family, size_t n)
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
            fprintf(stderr, "seed %u, family %d, run %d\n", (unsigned)seed, family, twice);
    }
    for (uint32_t i = 0; i < GUARD; i++)
        CHECK(arena[bytes + i] == 0xa5);
    free(arena);
}

/* Returns 1 if a layer filled another one's strip, 2 if a result lay over an operand in the middle of a layer, or both. */
static int test_network(uint64_t seed)
{
    static built b;
    bds_model m;
    bds_plan *plan;
    export_network whole, e;
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
    for (int family = 0; family < BDS_FAMILIES; family++) {
        build(&b, &whole, family, plan);
        run_built(&b, seed, family, count);
        build(&b, &e, family, plan);
        run_built(&b, seed, family, count);
    }
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
