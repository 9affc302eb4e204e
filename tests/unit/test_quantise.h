/* A small network with every kind of layer, calibrated on fixed noise, and a look into the files made of it.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_QUANTISE_H
#define BEDSIDE_TESTS_QUANTISE_H

#include "bedside.h"
#include "check.h"
#include "format.h"
#include "test_compiler_onnx.h"

enum { SIDE = 12, INPUTS = 3 * SIDE * SIDE, SAMPLES = 48, OUTPUTS = 5 };

/* Smooth pictures: neighbouring values are alike, as in real ones, so that second moments matter. */
static inline int sample(void *cookie, uint32_t i, float *const *inputs)
{
    (void)cookie;
    float *x = inputs[0];
    random_floats(x, INPUTS, 700 + i);
    for (int round = 0; round < 2; round++)
        for (int k = 1; k < INPUTS; k++)
            x[k] = 0.6f * x[k - 1] + 0.7f * x[k];
    return 0;
}

/* Convolution, depthwise, a block with a sum, pooling and a last dense layer. zeros: share of the weights of "c2.w" that are 0. */
static inline proto make_network(float zeros)
{
    static float masked[24 * 16];
    onnx m = {0};
    random_floats(masked, 24 * 16, 5);
    for (int i = 0; i < 24 * 16; i++)
        masked[i] = (float)(i * 7 % 100) < 100 * zeros ? 0 : masked[i];
    onnx_input(&m, "x", 4, 0, 3, SIDE, SIDE);
    onnx_constant(&m, "c1.w", NULL, 4, 16, 3, 3, 3);
    onnx_constant(&m, "c1.b", NULL, 1, 16);
    onnx_constant(&m, "dw.w", NULL, 4, 16, 1, 3, 3);
    onnx_constant(&m, "c2.w", masked, 4, 24, 16, 1, 1);
    onnx_constant(&m, "c2.b", NULL, 1, 24);
    onnx_constant(&m, "c3.w", NULL, 4, 24, 24, 3, 3);
    onnx_constant(&m, "fc.w", NULL, 2, 24, OUTPUTS);
    onnx_op(&m, "Conv", "x c1.w c1.b > c1");
    onnx_ints(&m, "pads", 4, 1, 1, 1, 1);
    onnx_op(&m, "Relu", "c1 > r1");
    onnx_op(&m, "Conv", "r1 dw.w > dw");
    onnx_int(&m, "group", 16);
    onnx_ints(&m, "pads", 4, 1, 1, 1, 1);
    onnx_ints(&m, "strides", 2, 2, 2);
    onnx_op(&m, "Relu", "dw > rd");
    onnx_op(&m, "Conv", "rd c2.w c2.b > c2");
    onnx_op(&m, "Relu", "c2 > r2");
    onnx_op(&m, "Conv", "r2 c3.w > c3");
    onnx_ints(&m, "pads", 4, 1, 1, 1, 1);
    onnx_op(&m, "Add", "c3 r2 > sum");
    onnx_op(&m, "Relu", "sum > rs");
    onnx_op(&m, "GlobalAveragePool", "rs > g");
    onnx_op(&m, "Flatten", "g > f");
    onnx_op(&m, "MatMul", "f fc.w > y");
    onnx_output(&m, "y");
    return onnx_finish(&m);
}

/* A graph, calibrated on first use. */
typedef struct network {
    proto model;
    bdc_error error;
    bdc_context *context;
    bdc_graph *graph;
} network;

static inline void network_open_model(network *n, proto model)
{
    *n = (network){.model = model};
    CHECK(bdc_create(&n->context, NULL, &n->error) == BDC_OK);
    if (!CHECK(bdc_import_onnx(n->context, model.data, model.n, &n->graph) == BDC_OK)) {
        fprintf(stderr, "  %s\n", n->error.text);
        abort();
    }
}

static inline void network_open(network *n, float zeros)
{
    network_open_model(n, make_network(zeros));
}

static inline void network_close(network *n)
{
    bdc_destroy(n->context);
    free(n->model.data);
}

static inline int network_compile(network *n, bdc_options options, bdc_compiled *out)
{
    options.sample = sample;
    options.sample_count = SAMPLES;
    const int ok = CHECK(bdc_compile(n->graph, &options, NULL, out) == BDC_OK);
    if (!ok)
        fprintf(stderr, "  %s\n", n->error.text);
    return ok;
}

static inline double network_decibels(network *n, bdc_options options)
{
    double decibels = 0;
    options.sample = sample;
    options.sample_count = SAMPLES;
    if (!CHECK(bdc_signal_to_noise(n->graph, &options, &decibels) == BDC_OK))
        fprintf(stderr, "  %s\n", n->error.text);
    return decibels;
}

static inline const void *file_section(const bdc_compiled *file, uint32_t kind, uint32_t *count)
{
    const bdf_header *h = (const bdf_header *)(const void *)file->bytes;
    const bdf_section *s = (const bdf_section *)(const void *)(file->bytes + sizeof *h);
    for (uint32_t i = 0; i < h->section_count; i++)
        if (s[i].kind == kind) {
            *count = s[i].count;
            return file->bytes + s[i].offset;
        }
    *count = 0;
    return NULL;
}

/* The raw weights of operator i; null if it has none. */
static inline const void *file_weights(const bdc_compiled *file, uint32_t i, const bdf_blob **blob)
{
    uint32_t n;
    const bdf_op *ops = file_section(file, BDF_OPS, &n);
    const bdf_blob *blobs = file_section(file, BDF_BLOBS, &n);
    const uint8_t *data = file_section(file, BDF_DATA, &n);
    if (ops[i].weights == BDF_NONE)
        return NULL;
    *blob = &blobs[ops[i].weights];
    return (*blob)->coding == BDF_RAW ? data + (*blob)->offset : NULL;
}

#endif
