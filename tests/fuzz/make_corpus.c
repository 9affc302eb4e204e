/* Writes the model corpus: a few tiny valid .bds files that together hold every operator code, every blob coding and every field of
 * the result section. usage: make_corpus FOLDER
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "compiler/encode_weights.h"
#include "support/tiny_model.h"

static alignas(16) uint8_t file[1 << 15];
static tiny_model m;
static const char *folder;

static tiny_model *start(void)
{
    memset(&m, 0, sizeof m);
    return &m;
}

static void finish(const char *name)
{
    char path[512];
    bds_model opened;
    const uint32_t n = tiny_write(&m, file, sizeof file);
    const bds_status status = bds_model_open(&opened, file, n);
    snprintf(path, sizeof path, "%s/%s.bds", folder, name);
    FILE *to = fopen(path, "wb");
    if (status != BDS_OK || !to || fwrite(file, 1, n, to) != n || fclose(to)) {
        fprintf(stderr, "%s: %s\n", path, bds_status_name(status));
        exit(1);
    }
    printf("%-24s %5u bytes\n", name, n);
}

static void window(bdf_op *op, uint16_t kernel, uint16_t stride, uint16_t dilation, uint16_t pad)
{
    op->kernel_h = op->kernel_w = kernel;
    op->stride_h = op->stride_w = stride;
    op->dilation_h = op->dilation_w = dilation;
    op->pad_top = op->pad_left = op->pad_bottom = op->pad_right = pad;
}

static void weighted(bdf_op *op, uint32_t channels, uint32_t weights, uint32_t seed)
{
    op->weights = tiny_weights(&m, weights, seed);
    op->bias = tiny_i32(&m, channels, (int32_t)seed * 100 - 300);
    op->multipliers = tiny_i16(&m, channels, (int16_t)(12000 + 1000 * seed));
}

static uint32_t raw_input(uint32_t h, uint32_t w, uint32_t c, int32_t zero_point)
{
    const uint32_t x = tiny_tensor(&m, h, w, c, BDS_INT8, zero_point);
    tiny_input(&m, x, 0);
    return x;
}

static void output(uint32_t tensor)
{
    m.outputs[m.output_count++] = tensor;
}

static uint32_t next_random(uint32_t *seed)
{
    return (*seed = *seed * 1664525u + 1013904223u) >> 8;
}

/* int16 weights of legacy 8-bit layers. */
static uint32_t wide_weights(uint32_t count, uint32_t seed)
{
    int16_t w[4096];
    for (uint32_t i = 0; i < count; i++)
        w[i] = (int16_t)((int32_t)(next_random(&seed) % 511) - 255);
    return tiny_blob(&m, BDS_INT16, count, w, 2 * count);
}

/* The same weights in another blob, coded. */
static uint32_t coded_weights(uint32_t raw, uint32_t row, uint32_t tap, int interleaved)
{
    const bdf_blob *b = &m.blobs[raw];
    const weight_array w = {.elements = m.data + b->offset,
                            .type = b->type,
                            .count = b->count,
                            .row = row,
                            .interleaved = interleaved,
                            .tap = tap};
    uint8_t stream[2048];
    size_t n = 0;
    bdc_context *c;
    if (bdc_create(&c, NULL, NULL) != BDC_OK || encode_adaptive(c, &w, stream, sizeof stream, &n) != BDC_OK || n == 0)
        exit(1);
    bdc_destroy(c);
    const uint32_t blob = tiny_blob(&m, b->type, b->count, stream, (uint32_t)n);
    m.blobs[blob].coding = BDF_RANGE;
    m.blobs[blob].row_length = row;
    return blob;
}

static void conv(void)
{
    start();
    const uint32_t x = raw_input(9, 7, 4, 3), grouped = tiny_tensor(&m, 4, 3, 6, BDS_INT8, -1),
                   dilated = tiny_tensor(&m, 4, 3, 5, BDS_INT16, 0);
    bdf_op *op = tiny_op(&m, BDF_CONV, x, BDF_NONE, grouped);
    window(op, 3, 2, 1, 0);
    op->groups = 2;
    weighted(op, 6, 6 * 9 * 2, 1);
    op = tiny_op(&m, BDF_CONV, grouped, BDF_NONE, dilated);
    window(op, 3, 1, 2, 2);
    weighted(op, 5, 5 * 9 * 6, 2);
    output(dilated);
    finish("conv");
}

static void coded(void)
{
    start();
    const uint32_t x = raw_input(5, 5, 3, 0), a = tiny_tensor(&m, 5, 5, 8, BDS_INT8, 0),
                   b = tiny_tensor(&m, 5, 5, 8, BDS_INT8, 0);
    const uint32_t y = tiny_tensor(&m, 1, 1, 2, BDS_INT16, 0);
    bdf_op *op = tiny_op(&m, BDF_CONV, x, BDF_NONE, a);
    weighted(op, 8, 1, 1);
    op->weights = coded_weights(tiny_weights(&m, 24, 5), 3, 3, 0);
    op = tiny_op(&m, BDF_DEPTHWISE, a, BDF_NONE, b);
    window(op, 3, 1, 1, 1);
    weighted(op, 8, 1, 2);
    op->weights = coded_weights(wide_weights(72, 6), 8, 3, 1);
    op = tiny_op(&m, BDF_FULLY_CONNECTED, b, BDF_NONE, y);
    weighted(op, 2, 1, 3);
    op->weights = coded_weights(tiny_weights(&m, 400, 7), 200, 8, 0);
    output(y);
    finish("coded");
}

static void depthwise(void)
{
    start();
    const uint32_t x = raw_input(8, 6, 19, -7), y = tiny_tensor(&m, 4, 3, 19, BDS_INT8, 5);
    bdf_op *op = tiny_op(&m, BDF_DEPTHWISE, x, BDF_NONE, y);
    window(op, 3, 2, 1, 0);
    op->pad_bottom = op->pad_right = 1; /* "same" padding of even sides */
    weighted(op, 19, 9 * 19, 3);
    op->lo = 5; /* ReLU */
    output(y);
    finish("depthwise");
}

static void softmax(void)
{
    start();
    const uint32_t x = raw_input(2, 3, 4, 0), y = tiny_tensor(&m, 1, 1, 7, BDS_INT8, 0),
                   p = tiny_tensor(&m, 1, 1, 7, BDS_INT8, -128);
    weighted(tiny_op(&m, BDF_FULLY_CONNECTED, x, BDF_NONE, y), 7, 7 * 24, 4);
    bdf_op *op = tiny_op(&m, BDF_SOFTMAX, y, BDF_NONE, p);
    op->table = tiny_curve(&m);
    op->shift = 1;
    output(p);
    output(y);
    finish("softmax");
}

static void elementwise(void)
{
    start();
    const uint32_t x = raw_input(3, 5, 6, 2), v = raw_input(1, 1, 6, -9), sum = tiny_tensor(&m, 3, 5, 6, BDS_INT8, 1);
    const uint32_t product = tiny_tensor(&m, 3, 5, 6, BDS_INT8, -128), table = tiny_tensor(&m, 3, 5, 6, BDS_INT8, 0);
    bdf_op *op = tiny_op(&m, BDF_ADD, x, v, sum);
    op->m_a = 20000;
    op->m_b = -15000;
    op->shift = 15;
    op = tiny_op(&m, BDF_MUL, sum, x, product);
    op->m_a = 9000;
    op->shift = 20;
    op = tiny_op(&m, BDF_TABLE, product, BDF_NONE, table);
    int8_t values[256];
    for (int i = 0; i < 256; i++)
        values[i] = (int8_t)(i * 7);
    op->table = tiny_blob(&m, BDS_INT8, 256, values, 256);
    m.tensors[table].arena_offset = m.tensors[product].arena_offset; /* in place */
    output(table);
    finish("elementwise");
}

static void pools(void)
{
    start();
    const uint32_t x = raw_input(7, 9, 5, 4), a = tiny_tensor(&m, 4, 5, 5, BDS_INT8, 4),
                   b = tiny_tensor(&m, 4, 5, 5, BDS_INT8, 4);
    const uint32_t y = tiny_tensor(&m, 1, 1, 5, BDS_INT8, 0);
    window(tiny_op(&m, BDF_MAX_POOL, x, BDF_NONE, a), 3, 2, 1, 1);
    bdf_op *op = tiny_op(&m, BDF_AVG_POOL, a, BDF_NONE, b);
    window(op, 3, 1, 1, 1);
    op->multipliers = tiny_i16(&m, 9, 25000);
    op->shift = 17;
    op = tiny_op(&m, BDF_AVG_POOL, b, BDF_NONE, y);
    op->kernel_h = 4;
    op->kernel_w = 5;
    op->multipliers = tiny_i16(&m, 20, 13107);
    op->shift = 18;
    output(y);
    finish("pools");
}

static void shapes(void)
{
    start();
    const uint32_t x = raw_input(2, 3, 4, -5), padded = tiny_tensor(&m, 5, 6, 4, BDS_INT8, -5),
                   flat = tiny_tensor(&m, 1, 30, 4, BDS_INT8, -5);
    const uint32_t joined = tiny_tensor(&m, 1, 30, 12, BDS_INT8, -5);
    bdf_op *op = tiny_op(&m, BDF_PAD, x, BDF_NONE, padded);
    op->pad_top = 1;
    op->pad_bottom = 2;
    op->pad_right = 3;
    op->m_a = -5;
    tiny_op(&m, BDF_RESHAPE, padded, BDF_NONE, flat);
    m.tensors[flat].arena_offset = m.tensors[padded].arena_offset;
    op = tiny_op(&m, BDF_CONCAT, flat, flat, joined);
    m.op_links[m.link_count++] = flat;
    op->input_count = 3;
    output(joined);
    finish("shapes");
}

/* A colour picture, independent labels, intervals and the out-of-distribution gate. */
static void sigmoid(void)
{
    start();
    m.labels = "a\nb\nc";
    const uint32_t x = tiny_tensor(&m, 4, 6, 3, BDS_INT8, 0), f = tiny_tensor(&m, 1, 1, 3, BDS_INT8, 0),
                   y = tiny_tensor(&m, 1, 1, 3, BDS_INT8, 0);
    tiny_input(&m, x, 1);
    m.inputs[0].crop = BDF_CROP_NONE;
    m.inputs[0].max_chroma = 2000;
    bdf_op *op = tiny_op(&m, BDF_AVG_POOL, x, BDF_NONE, f);
    op->kernel_h = 4;
    op->kernel_w = 6;
    op->multipliers = tiny_i16(&m, 24, 10923);
    op->shift = 18;
    weighted(tiny_op(&m, BDF_FULLY_CONNECTED, f, BDF_NONE, y), 3, 9, 5);
    output(y);
    uint16_t curve[257], interval[3 * 33 * 2];
    for (int i = 0; i < 257; i++)
        curve[i] = (uint16_t)(i * 65535 / 256);
    for (int i = 0; i < 3 * 33; i++) {
        const int p = i % 33 * 65535 / 32;
        interval[2 * i] = (uint16_t)(p * 9 / 10);
        interval[2 * i + 1] = (uint16_t)(p + (65535 - p) / 10);
    }
    const uint16_t weight[3] = {300, 20, 65535};
    const bdf_result r = {BDF_RESULT_SIGMOID,
                          y,
                          3,
                          tiny_blob(&m, BDS_UINT16, 257, curve, sizeof curve),
                          8,
                          tiny_blob(&m, BDS_UINT16, 3 * 33 * 2, interval, sizeof interval),
                          45000,
                          f,
                          2,
                          tiny_weights(&m, 6, 9),
                          tiny_blob(&m, BDS_UINT16, 3, weight, sizeof weight),
                          5000,
                          0,
                          0,
                          0,
                          0};
    m.result = r;
    m.has_result = 1;
    finish("sigmoid");
}

/* A mask, and a gate that looks at the mean of what it is made of. */
static void mask(void)
{
    start();
    m.labels = "lesion";
    const uint32_t x = tiny_tensor(&m, 6, 5, 3, BDS_INT8, -128), a = tiny_tensor(&m, 6, 5, 4, BDS_INT8, -128),
                   y = tiny_tensor(&m, 6, 5, 1, BDS_INT8, 3), f = tiny_tensor(&m, 1, 1, 4, BDS_INT8, -128);
    tiny_input(&m, x, 1);
    bdf_op *op = tiny_op(&m, BDF_CONV, x, BDF_NONE, a);
    window(op, 3, 1, 1, 1);
    weighted(op, 4, 27 * 4, 1);
    weighted(tiny_op(&m, BDF_CONV, a, BDF_NONE, y), 1, 4, 2);
    op = tiny_op(&m, BDF_AVG_POOL, a, BDF_NONE, f);
    op->kernel_h = 6;
    op->kernel_w = 5;
    op->multipliers = tiny_i16(&m, 30, 8738);
    op->shift = 18;
    output(y);
    uint16_t curve[256];
    for (int i = 0; i < 256; i++)
        curve[i] = (uint16_t)(i * 257);
    const uint16_t weight[4] = {300, 20, 65535, 1};
    m.result = (bdf_result){.kind = BDF_RESULT_SEGMENT,
                            .tensor = y,
                            .label_count = 1,
                            .interval = BDF_NONE,
                            .abstain_below = 45000,
                            .gate_tensor = f,
                            .gate_groups = 1,
                            .gate_limit = 5000,
                            .mark_from = 32768};
    m.result.curve = tiny_blob(&m, BDS_UINT16, 256, curve, sizeof curve);
    m.result.gate_mean = tiny_weights(&m, 4, 9);
    m.result.gate_weight = tiny_blob(&m, BDS_UINT16, 4, weight, sizeof weight);
    m.has_result = 1;
    finish("mask");
}

/* As many channels as fill the widest kernels and leave a tail, and a picture smaller than the input. */
static void wide(void)
{
    start();
    const uint32_t x = tiny_tensor(&m, 18, 40, 1, BDS_INT8, -128), a = tiny_tensor(&m, 6, 13, 37, BDS_INT8, -128);
    const uint32_t b = tiny_tensor(&m, 3, 7, 37, BDS_INT8, 4), c = tiny_tensor(&m, 3, 7, 37, BDS_INT8, 0),
                   p = tiny_tensor(&m, 1, 1, 37, BDS_INT8, 0);
    tiny_input(&m, x, 1);
    m.inputs[0].crop = BDF_CROP_NONE;
    bdf_op *op = tiny_op(&m, BDF_CONV, x, BDF_NONE, a);
    window(op, 3, 3, 1, 0);
    weighted(op, 37, 37 * 9, 1);
    op = tiny_op(&m, BDF_DEPTHWISE, a, BDF_NONE, b);
    window(op, 5, 2, 1, 2);
    weighted(op, 37, 25 * 37, 2);
    op = tiny_op(&m, BDF_CONV, b, BDF_NONE, c);
    weighted(op, 37, 37 * 37, 3);
    op = tiny_op(&m, BDF_AVG_POOL, c, BDF_NONE, p);
    op->kernel_h = 3;
    op->kernel_w = 7;
    op->multipliers = tiny_i16(&m, 21, 12483);
    op->shift = 18;
    output(p);
    finish("wide");
}

static void legacy(void)
{
    start();
    const uint32_t x = raw_input(6, 5, 9, -128), a = tiny_tensor(&m, 6, 5, 19, BDS_INT8, -128),
                   b = tiny_tensor(&m, 3, 3, 19, BDS_INT8, -128), y = tiny_tensor(&m, 1, 1, 3, BDS_INT16, 0);
    bdf_op *op = tiny_op(&m, BDF_CONV, x, BDF_NONE, a);
    weighted(op, 19, 1, 1);
    op->weights = wide_weights(19 * 9, 1);
    op = tiny_op(&m, BDF_DEPTHWISE, a, BDF_NONE, b);
    window(op, 3, 2, 1, 1);
    weighted(op, 19, 1, 2);
    op->weights = wide_weights(9 * 19, 2);
    op = tiny_op(&m, BDF_FULLY_CONNECTED, b, BDF_NONE, y);
    weighted(op, 3, 1, 3);
    op->weights = wide_weights(3 * 171, 3);
    output(y);
    finish("legacy");
}

static uint32_t wide_input(uint32_t h, uint32_t w, uint32_t c)
{
    const uint32_t x = tiny_tensor(&m, h, w, c, BDS_INT16, 0);
    tiny_input(&m, x, 0);
    return x;
}

/* int16 all the way: convolutions, sum, product, pools, padding, joining, table. */
static void wide_values(void)
{
    start();
    const uint32_t x = wide_input(6, 5, 4), a = tiny_tensor(&m, 6, 5, 4, BDS_INT16, 3),
                   b = tiny_tensor(&m, 6, 5, 4, BDS_INT16, 0), c = tiny_tensor(&m, 6, 5, 4, BDS_INT16, 0),
                   d = tiny_tensor(&m, 3, 3, 4, BDS_INT16, 0), e = tiny_tensor(&m, 4, 4, 4, BDS_INT16, 0),
                   f = tiny_tensor(&m, 4, 4, 8, BDS_INT16, 0), g = tiny_tensor(&m, 4, 4, 8, BDS_INT8, 0),
                   h = tiny_tensor(&m, 1, 1, 8, BDS_INT16, 5);
    bdf_op *op = tiny_op(&m, BDF_CONV, x, BDF_NONE, a);
    window(op, 3, 1, 1, 1);
    weighted(op, 4, 4 * 9 * 4, 1);
    op = tiny_op(&m, BDF_DEPTHWISE, a, BDF_NONE, b);
    window(op, 3, 1, 1, 1);
    weighted(op, 4, 9 * 4, 2);
    op = tiny_op(&m, BDF_MUL, a, b, c);
    op->m_a = 30000;
    op->shift = 30;
    m.tensors[c].arena_offset = m.tensors[b].arena_offset;
    op = tiny_op(&m, BDF_MAX_POOL, c, BDF_NONE, d);
    window(op, 3, 2, 1, 1);
    op = tiny_op(&m, BDF_PAD, d, BDF_NONE, e);
    op->pad_top = op->pad_left = 1;
    op->m_a = -32768;
    tiny_op(&m, BDF_CONCAT, e, e, f);
    op = tiny_op(&m, BDF_TABLE, f, BDF_NONE, g);
    int16_t samples[257];
    for (int i = 0; i < 257; i++)
        samples[i] = (int16_t)(i * i - 32768 + i);
    op->table = tiny_blob(&m, BDS_INT16, 257, samples, sizeof samples);
    op = tiny_op(&m, BDF_AVG_POOL, g, BDF_NONE, h);
    op->kernel_h = op->kernel_w = 4;
    op->multipliers = tiny_i16(&m, 16, 32767);
    op->shift = 17;
    output(h);
    output(a);
    finish("wide_values");
}

/* A transpose, a repeat backwards, minimum, maximum and conversion. */
static void views(void)
{
    start();
    static const int32_t transpose[13] = {1, 1, 1, 4, 3, 5, 0, 0, 0, 1, 20, 4, 0},
                         repeat[13] = {1, 1, 1, 3, 2, 10, 0, 0, 0, -20, 0, 2, 40};
    const uint32_t x = raw_input(3, 5, 4, -3), y = tiny_tensor(&m, 4, 3, 5, BDS_INT8, -3),
                   z = tiny_tensor(&m, 3, 2, 10, BDS_INT8, -3), low = tiny_tensor(&m, 3, 2, 10, BDS_INT8, -3),
                   v = raw_input(1, 1, 10, -3), high = tiny_tensor(&m, 3, 2, 10, BDS_INT8, -3),
                   w = tiny_tensor(&m, 3, 2, 10, BDS_INT16, 0), best = tiny_tensor(&m, 3, 2, 1, BDS_INT16, 0);
    tiny_op(&m, BDF_VIEW, x, BDF_NONE, y)->table = tiny_blob(&m, BDS_INT32, 13, transpose, sizeof transpose);
    tiny_op(&m, BDF_VIEW, y, BDF_NONE, z)->table = tiny_blob(&m, BDS_INT32, 13, repeat, sizeof repeat);
    tiny_op(&m, BDF_MIN, z, z, low);
    tiny_op(&m, BDF_MAX, low, v, high)->hi = 90;
    m.tensors[high].arena_offset = m.tensors[low].arena_offset;
    bdf_op *op = tiny_op(&m, BDF_CONVERT, high, BDF_NONE, w);
    op->m_a = -32767;
    op->shift = 7;
    tiny_op(&m, BDF_ARG_MAX, w, BDF_NONE, best);
    output(best);
    output(w);
    finish("views");
}

/* What a transformer's block has. */
static void attention(void)
{
    start();
    const uint32_t x = raw_input(2, 5, 8, 4), n = tiny_tensor(&m, 2, 5, 8, BDS_INT8, 0),
                   s = tiny_tensor(&m, 2, 5, 5, BDS_INT8, 10), p = tiny_tensor(&m, 2, 5, 5, BDS_INT8, -128),
                   o = tiny_tensor(&m, 2, 5, 8, BDS_INT16, 0), q = tiny_tensor(&m, 2, 5, 8, BDS_INT16, 0);
    bdf_op *op = tiny_op(&m, BDF_LAYER_NORM, x, BDF_NONE, n);
    op->multipliers = tiny_i16(&m, 8, 20000);
    op->bias = tiny_i32(&m, 8, -500);
    op->shift = 9;
    op->m_a = 300;
    op = tiny_op(&m, BDF_MATMUL, n, n, s);
    op->m_a = 30000;
    op->m_b = 1;
    op->shift = 23;
    op = tiny_op(&m, BDF_SOFTMAX, s, BDF_NONE, p);
    op->table = tiny_curve(&m);
    op->shift = 2;
    op = tiny_op(&m, BDF_MATMUL, p, n, o);
    op->m_a = 25000;
    op->shift = 17;
    op = tiny_op(&m, BDF_INSTANCE_NORM, o, BDF_NONE, q);
    op->multipliers = tiny_i16(&m, 8, -32768);
    op->bias = tiny_i32(&m, 8, 1 << 17);
    op->shift = 3;
    op->groups = 2;
    m.tensors[q].arena_offset = m.tensors[o].arena_offset;
    output(q);
    finish("attention");
}

static void resizes(void)
{
    start();
    static int8_t tables[5 * 256];
    uint16_t lines[3 * (7 + 9)];
    const uint32_t x = raw_input(3, 4, 5, 1), y = tiny_tensor(&m, 7, 9, 5, BDS_INT8, 1),
                   z = tiny_tensor(&m, 7, 9, 5, BDS_INT8, 0);
    for (uint16_t i = 0; i < 7 + 9; i++) {
        const uint16_t side = i < 7 ? 3 : 4, at = i < 7 ? i : (uint16_t)(i - 7);
        lines[3 * i] = (uint16_t)(at * side / (i < 7 ? 7 : 9));
        lines[3 * i + 1] = (uint16_t)(lines[3 * i] + 1 < side ? lines[3 * i] + 1 : side - 1);
        lines[3 * i + 2] = (uint16_t)(at * 128 % 1025);
    }
    tiny_op(&m, BDF_RESIZE, x, BDF_NONE, y)->table = tiny_blob(&m, BDS_UINT16, 48, lines, sizeof lines);
    for (int i = 0; i < 5 * 256; i++)
        tables[i] = (int8_t)(i * (i / 256));
    tiny_op(&m, BDF_CHANNEL_TABLE, y, BDF_NONE, z)->table = tiny_blob(&m, BDS_INT8, 5 * 256, tables, sizeof tables);
    m.tensors[z].arena_offset = m.tensors[y].arena_offset;
    output(z);
    finish("resizes");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_corpus FOLDER\n");
        return 2;
    }
    folder = argv[1];
    tiny_classifier(start());
    finish("classifier");
    conv();
    coded();
    depthwise();
    softmax();
    elementwise();
    pools();
    shapes();
    sigmoid();
    mask();
    wide();
    legacy();
    wide_values();
    views();
    attention();
    resizes();
    return 0;
}
