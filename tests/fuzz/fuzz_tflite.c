/* Arbitrary bytes as a TensorFlow Lite model: imported and, if it is small, run on a ramp and compiled.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "compiler/bedside_compiler.h"

enum { PORTS = 32, INPUT_BYTES = 1 << 16 };

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

static size_t bytes_of(const bdc_value *v)
{
    size_t n = bdc_type_bytes(v->type);
    for (uint32_t i = 0; i < v->rank; i++)
        n *= v->dims[i];
    return n;
}

static void run(bdc_graph *graph)
{
    static uint8_t ramp[INPUT_BYTES];
    bdc_value inputs[PORTS], outputs[PORTS];
    const uint32_t input_count = bdc_input_count(graph);
    if (input_count > PORTS || bdc_output_count(graph) > PORTS)
        return;
    for (uint32_t i = 0; i < input_count; i++) {
        if (bdc_input_info(graph, i, &inputs[i]) != BDC_OK || bytes_of(&inputs[i]) > INPUT_BYTES)
            return;
        inputs[i].data = ramp;
    }
    for (size_t i = 0; i < INPUT_BYTES; i++)
        ramp[i] = (uint8_t)(i % 4 == 3 ? 0x3f : i * 37); /* as floats about 1; as a bool it would not do */
    for (uint32_t i = 0; i < input_count; i++)
        if (inputs[i].type == BDC_BOOL)
            return;
    memset(outputs, 0, sizeof outputs);
    (void)bdc_run(graph, inputs, outputs);
}

static int sample(void *cookie, uint32_t i, float *const *inputs)
{
    const bdc_graph *graph = cookie;
    for (uint32_t k = 0; k < bdc_input_count(graph); k++) {
        bdc_shape s;
        if (bdc_input_shape(graph, k, &s) != BDC_OK)
            return 1;
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
    if (bdc_create(&c, &allocator, &error) != BDC_OK)
        return 0;
    const bdc_import_options options = {.batch = size % 3};
    if (bdc_import_tflite(c, data, size, &options, &graph) == BDC_OK && bdc_work(graph) < 1000000) {
        const bdc_options compile = {
            .sample = sample, .sample_cookie = graph, .sample_count = size % 5 ? 2 : 0, .keep_final = size % 2};
        bdc_compiled compiled;
        run(graph);
        (void)bdc_compile(graph, &compile, NULL, &compiled);
    }
    bdc_destroy(c);
    return 0;
}
