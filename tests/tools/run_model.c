/* Runs a network as imported, before anything is quantised or folded. usage: run_model MODEL < INPUTS > OUTPUTS
 * All inputs come one after the other, as the model has them, and all outputs go the same way.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "compiler/bedside_compiler.h"

enum { PORTS = 64 };

static void *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return NULL;
    long size = ftell(file);
    void *bytes = size >= 0 && !fseek(file, 0, SEEK_SET) ? malloc((size_t)size + 1) : NULL;
    *n = bytes ? fread(bytes, 1, (size_t)size, file) : 0;
    fclose(file);
    return bytes;
}

static size_t bytes_of(const bdc_value *v)
{
    size_t n = bdc_type_bytes(v->type);
    for (uint32_t i = 0; i < v->rank; i++)
        n *= v->dims[i];
    return n;
}

static int run(bdc_graph *graph)
{
    bdc_value inputs[PORTS] = {{0}}, outputs[PORTS] = {{0}};
    uint32_t input_count = bdc_input_count(graph), output_count = bdc_output_count(graph);
    if (input_count > PORTS || output_count > PORTS)
        return 0;
    for (uint32_t i = 0; i < input_count; i++) {
        if (bdc_input_info(graph, i, &inputs[i]) != BDC_OK)
            return 0;
        size_t n = bytes_of(&inputs[i]);
        inputs[i].data = malloc(n + !n);
        if (!inputs[i].data || fread(inputs[i].data, 1, n, stdin) != n)
            return 0;
    }
    if (bdc_run(graph, inputs, outputs) != BDC_OK)
        return 0;
    for (uint32_t i = 0; i < output_count; i++)
        fwrite(outputs[i].data, 1, bytes_of(&outputs[i]), stdout);
    for (uint32_t i = 0; i < input_count; i++)
        free(inputs[i].data);
    return 1;
}

int main(int argc, char **argv)
{
    size_t n = 0;
    bdc_error error = {BDC_OK, "The model or its inputs cannot be read."};
    bdc_context *c = NULL;
    bdc_graph *graph = NULL;
    void *bytes = argc == 2 ? read_file(argv[1], &n) : NULL;
    int ok = bytes && bdc_create(&c, NULL, &error) == BDC_OK && bdc_import(c, bytes, n, NULL, &graph) == BDC_OK &&
             run(graph);
    if (!ok)
        fprintf(stderr, "%s\n", error.text);
    bdc_destroy(c);
    free(bytes);
    return !ok;
}
