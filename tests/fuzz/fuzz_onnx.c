/* Arbitrary bytes as an ONNX model: imported and, if it is small, run as it is, then calibrated and compiled. The first byte
 * chooses options, unless it is the one that ONNX files begin with: so these can be fed as they are.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "compiler/bedside_compiler.h"

enum { SMALL_WORK = 1000000, SMALL_BYTES = 1 << 20, MAX_PORTS = 64, ONNX_BEGINS = 8 };

static void *allocate(void *cookie, size_t bytes)
{
    (void)cookie;
    return malloc(bytes);
}

static void release(void *cookie, void *memory)
{
    (void)cookie;
    free(memory);
}

static int sample(void *cookie, uint32_t i, float *const *inputs)
{
    const bdc_graph *graph = cookie;
    for (uint32_t k = 0; k < bdc_input_count(graph); k++) {
        bdc_shape s;
        bdc_input_shape(graph, k, &s);
        for (size_t j = 0; j < (size_t)s.channels * s.height * s.width; j++)
            inputs[k][j] = (float)((int)((j * 37 + i * 101) % 256) - 128) / 64;
    }
    return 0;
}

/* Small numbers of any type: indices that may fit, floats of many sizes. */
static void fill(const bdc_value *v, size_t bytes, uint8_t seed)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)v->data)[i] =
            v->type == BDC_BOOL ? (uint8_t)(i & 1) : (uint8_t)(i % bdc_type_bytes(v->type) ? 0 : i * 7 % 5);
    for (size_t i = 0; v->type == BDC_FLOAT && i + 4 <= bytes; i += 4) {
        const float x = (float)((int)((i / 4 * 37 + seed) % 256) - 128) / 64;
        memcpy((uint8_t *)v->data + i, &x, sizeof x);
    }
}

static void run(bdc_graph *graph, uint8_t seed)
{
    bdc_value inputs[MAX_PORTS] = {{0}}, outputs[MAX_PORTS] = {{0}};
    const uint32_t count = bdc_input_count(graph);
    int small = 1;
    for (uint32_t i = 0; i < count && small; i++) {
        bdc_input_info(graph, i, &inputs[i]);
        size_t bytes = bdc_type_bytes(inputs[i].type);
        for (uint32_t k = 0; k < inputs[i].rank; k++)
            bytes *= inputs[i].dims[k];
        small = bytes <= SMALL_BYTES;
        inputs[i].data = small ? malloc(bytes + 1) : NULL;
        if (inputs[i].data)
            fill(&inputs[i], bytes, seed);
    }
    if (small)
        (void)bdc_run(graph, inputs, outputs);
    for (uint32_t i = 0; i < count; i++)
        free(inputs[i].data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bdc_allocator allocator = {allocate, release, NULL, 64u << 20};
    bdc_error error;
    bdc_context *c;
    bdc_graph *graph;
    if (!size || bdc_create(&c, &allocator, &error) != BDC_OK)
        return 0;
    const uint8_t choice = data[0];
    const uint32_t skip = choice != ONNX_BEGINS;
    const bdc_import_options import = {.batch = choice >> 4};
    if (bdc_import_onnx_with(c, data + skip, size - skip, &import, &graph) == BDC_OK && bdc_work(graph) < SMALL_WORK)
        run(graph, choice);
    bdc_destroy(c);
    if (bdc_create(&c, &allocator, &error) != BDC_OK)
        return 0;
    if (bdc_import_onnx(c, data + skip, size - skip, &graph) == BDC_OK && bdc_work(graph) < SMALL_WORK) {
        bdc_options options = {
            .sample = sample, .sample_cookie = graph, .sample_count = 2, .method = (bdc_method)(choice % 3)};
        bdc_compiled compiled;
        (void)bdc_compile(graph, &options, NULL, &compiled);
    }
    bdc_destroy(c);
    return 0;
}
