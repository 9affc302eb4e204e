/* Arbitrary bytes, but for the first, as an ONNX model: imported and, if it is small, calibrated and compiled.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "compiler/bedside_compiler.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bdc_allocator allocator = {allocate, release, NULL, 64u << 20};
    bdc_error error;
    bdc_context *c;
    bdc_graph *graph;
    if (!size || bdc_create(&c, &allocator, &error) != BDC_OK)
        return 0;
    if (bdc_import_onnx(c, data + 1, size - 1, &graph) == BDC_OK && bdc_work(graph) < 1000000) {
        bdc_options options = {
            .sample = sample, .sample_cookie = graph, .sample_count = 2, .method = (bdc_method)(data[0] % 3)};
        bdc_compiled compiled;
        (void)bdc_compile(graph, &options, NULL, &compiled);
    }
    bdc_destroy(c);
    return 0;
}
