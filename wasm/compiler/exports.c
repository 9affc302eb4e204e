/* What the compiler's module exports: bedside_compiler.h flattened to numbers, for web/compile.js.
 *
 * One job at a time: bdc_job_begin, then import, compile and reads of the result, then bdc_job_end, which frees everything. Strings
 * are zero-terminated UTF-8. Functions that return int32_t return a bdc_status, and the job then holds a sentence. The module
 * imports one function, host.progress(stage, done, total): it may show how far the work is; non-zero stops it.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../../src/compiler/bedside_compiler.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

__attribute__((import_module("host"), import_name("progress"))) int32_t host_progress(const char *stage, uint32_t done,
                                                                                      uint32_t total);

typedef struct job {
    bdc_context *context;
    bdc_graph *graph;
    bdc_error error;
    bdc_compiled compiled;
    const char *name;
    const void *bytes;
    size_t n;
    /* Calibration data: count samples, each of all inputs' elements one after the other. */
    const float *samples;
    uint32_t sample_count;
} job;

static int on_progress(void *cookie, const char *stage, uint32_t done, uint32_t total)
{
    (void)cookie;
    return host_progress(stage, done, total);
}

static size_t elements(const job *j, uint32_t input)
{
    bdc_shape shape;
    if (bdc_input_shape(j->graph, input, &shape) != BDC_OK)
        return 0;
    return (size_t)shape.channels * shape.height * shape.width;
}

static int give_sample(void *cookie, uint32_t i, float *const *inputs)
{
    const job *j = cookie;
    size_t all = 0;
    for (uint32_t k = 0; k < bdc_input_count(j->graph); k++)
        all += elements(j, k);
    const float *from = j->samples + all * i;
    for (uint32_t k = 0; k < bdc_input_count(j->graph); k++) {
        memcpy(inputs[k], from, elements(j, k) * sizeof *from);
        from += elements(j, k);
    }
    return 0;
}

/* Version of this interface; web/compile.js refuses any other. */
EXPORT(bdc_abi) uint32_t job_abi(void)
{
    return 1;
}

EXPORT(bdc_allocate) void *job_allocate(uint32_t n)
{
    return malloc(n);
}

EXPORT(bdc_release) void job_release(void *memory)
{
    free(memory);
}

/* Null when there is no memory. */
EXPORT(bdc_job_begin) job *job_begin(void)
{
    job *j = malloc(sizeof *j);
    if (!j)
        return NULL;
    memset(j, 0, sizeof *j);
    if (bdc_create(&j->context, NULL, &j->error) != BDC_OK) {
        free(j);
        return NULL;
    }
    bdc_on_progress(j->context, on_progress, NULL);
    return j;
}

EXPORT(bdc_job_end) void job_end(job *j)
{
    bdc_destroy(j->context);
    free(j);
}

EXPORT(bdc_job_error) const char *job_error(const job *j)
{
    return j->error.text;
}

EXPORT(bdc_status_name) const char *job_status_name(int32_t status)
{
    return bdc_status_name((bdc_status)status);
}

/* ONNX or TensorFlow Lite, whichever the bytes are; name is the file's. Both must stay where they are until the job ends. */
EXPORT(bdc_job_import) int32_t job_import(job *j, const char *name, const void *bytes, uint32_t n)
{
    j->name = name;
    j->bytes = bytes;
    j->n = n;
    return bdc_import(j->context, bytes, n, NULL, &j->graph);
}

/* out: inputs, outputs. */
EXPORT(bdc_job_counts) void job_counts(const job *j, uint32_t out[2])
{
    out[0] = bdc_input_count(j->graph);
    out[1] = bdc_output_count(j->graph);
}

/* out: name, channels, height, width of an input (which 0) or output (which 1). */
EXPORT(bdc_job_shape) int32_t job_shape(const job *j, uint32_t which, uint32_t i, uint32_t out[4])
{
    bdc_shape s = {0};
    bdc_status status = which ? bdc_output_shape(j->graph, i, &s) : bdc_input_shape(j->graph, i, &s);
    out[0] = (uint32_t)(uintptr_t)s.name;
    out[1] = s.channels;
    out[2] = s.height;
    out[3] = s.width;
    return status;
}

/* samples null: ranges come from noise, which is good for timing and not for answers. */
EXPORT(bdc_job_compile)
int32_t job_compile(job *j, const float *samples, uint32_t sample_count, uint32_t coder, uint32_t weights,
                    double sparsity, uint32_t flags)
{
    bdc_text texts[BDC_ORIGIN_TEXTS];
    bdc_choice all = {.weights = (bdc_weights)weights,
                      .pruning = sparsity > 0 ? BDC_PRUNE_MAGNITUDE : BDC_PRUNE_NONE,
                      .sparsity = sparsity};
    bdc_options options = {.coder = (bdc_coder)coder,
                           .keep_final = 1,
                           .choices = &all,
                           .choice_count = 1,
                           .equalise = flags & 1,
                           .adaptive_rounding = flags >> 1 & 1,
                           .meta = texts};
    bdc_status status = bdc_optimise(j->graph, options.keep_final);
    if (status != BDC_OK)
        return status;
    const int quantised = bdc_is_quantised(j->graph), noise = !quantised && !samples;
    options.meta_count = bdc_origin(j->context, j->name, j->bytes, j->n, noise, texts);
    if (!options.meta_count)
        return BDC_E_MEMORY;
    if (!quantised) {
        options.sample = noise ? bdc_noise : give_sample;
        options.sample_cookie = noise ? (void *)j->graph : (void *)j;
        options.sample_count = noise ? BDC_NOISE_SAMPLES : sample_count;
    }
    j->samples = samples;
    return bdc_compile(j->graph, &options, NULL, &j->compiled);
}

/* out: bytes (address, count), layers, MACs low and high, weights, bytes of weights, bytes of activations. */
EXPORT(bdc_job_result) void job_result(const job *j, uint32_t out[8])
{
    const bdc_compiled *c = &j->compiled;
    out[0] = (uint32_t)(uintptr_t)c->bytes;
    out[1] = (uint32_t)c->byte_count;
    out[2] = c->layer_count;
    out[3] = (uint32_t)c->macs;
    out[4] = (uint32_t)(c->macs >> 32);
    out[5] = c->weight_count;
    out[6] = c->weight_bytes;
    out[7] = c->activation_bytes;
}

/* out: name, kind, input h w c, output h w c, MACs low and high, weights, bytes of weights. */
EXPORT(bdc_job_layer) void job_layer(const job *j, uint32_t i, uint32_t out[12])
{
    const bdc_layer *l = &j->compiled.layers[i];
    out[0] = (uint32_t)(uintptr_t)l->name;
    out[1] = (uint32_t)(uintptr_t)l->kind;
    memcpy(out + 2, l->input, sizeof l->input);
    memcpy(out + 5, l->output, sizeof l->output);
    out[8] = (uint32_t)l->macs;
    out[9] = (uint32_t)(l->macs >> 32);
    out[10] = l->weight_count;
    out[11] = l->weight_bytes;
}
