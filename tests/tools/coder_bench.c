/* coder_bench MODEL.bds FOLDER: the weights of a compiled model through each coder. Prints one JSON object; FOLDER gets
 * weights.bin, all weights as one byte each, adaptive.bin and static.bin, each blob's record and stream one after the other. Times are
 * the least of several runs.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/encode_weights.h"
#include "entropy.h"
#include "internal.h"

enum { VALUES = 512, CODERS = 2 };

static const char *const coder_names[CODERS] = {"adaptive", "static"};

typedef struct totals {
    size_t weights, bytes[CODERS];
    double seconds[CODERS];
    double layer_bits;
    size_t histogram[VALUES];
    FILE *packed, *streams[CODERS];
    bdc_context *context;
} totals;

static void fail(const char *what)
{
    fprintf(stderr, "coder_bench: %s\n", what);
    exit(1);
}

static void *must(void *p)
{
    if (!p)
        fail("no memory");
    return p;
}

static FILE *create(const char *folder, const char *name, const char *suffix)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
    FILE *f = fopen(path, "wb");
    if (!f)
        fail(path);
    return f;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double entropy(const size_t *histogram, size_t count)
{
    double bits = 0;
    for (int i = 0; i < VALUES; i++)
        if (histogram[i])
            bits -= (double)histogram[i] * log2((double)histogram[i] / (double)count);
    return bits;
}

static void code(totals *t, int coder, const weight_array *w)
{
    const size_t n = w->count, size = w->type == BDS_INT16 ? 2 : 1, room = 2 * n * size + 4096;
    uint8_t *stream = must(malloc(room));
    void *back = must(malloc(n * size));
    size_t bytes;
    uint16_t coding;
    if (encode_weights(t->context, w, coder, stream, room, &bytes, &coding) != BDC_OK || bytes == 0)
        fail("a layer cannot be coded");
    const bdf_blob b = {.stored_bytes = (uint32_t)bytes,
                        .count = w->count,
                        .type = (uint16_t)w->type,
                        .coding = coding,
                        .row_length = w->row};
    double best = 1e9;
    for (int run = 0; run < 15; run++) {
        const double begin = now();
        if (bds_weights_decode(back, &b, stream) != BDS_OK)
            fail("a stream does not decode");
        const double seconds = now() - begin;
        best = seconds < best ? seconds : best;
    }
    if (memcmp(back, w->elements, n * size) != 0)
        fail("the weights do not come back");
    t->bytes[coder] += bytes;
    t->seconds[coder] += best;
    if (fwrite(&b, 1, sizeof b, t->streams[coder]) != sizeof b || fwrite(stream, 1, bytes, t->streams[coder]) != bytes)
        fail("cannot write");
    free(stream);
    free(back);
}

static void layer(totals *t, const bds_model *m, const bdf_op *op)
{
    const bdf_blob *b = &m->blobs[op->weights];
    const int wide = b->type == BDS_INT16, depthwise = op->code == BDF_DEPTHWISE;
    const bdf_tensor *x = bds_op_input(m, op, 0);
    void *elements = must(malloc((size_t)b->count << wide));
    if (b->coding == BDF_RAW)
        memcpy(elements, bds_blob_data(m, op->weights), (size_t)b->count << wide);
    else if (bds_weights_decode(elements, b, bds_blob_data(m, op->weights)) != BDS_OK)
        fail("the model does not decode");
    size_t histogram[VALUES] = {0};
    for (uint32_t i = 0; i < b->count; i++) {
        const int v = wide ? ((int16_t *)elements)[i] : ((int8_t *)elements)[i];
        histogram[v + 256]++;
        t->histogram[v + 256]++;
        fputc(v & 255, t->packed);
    }
    t->weights += b->count;
    t->layer_bits += entropy(histogram, b->count);
    const uint32_t channels = m->tensors[op->output].dims[3];
    const weight_array w = {.elements = elements,
                            .type = b->type,
                            .count = b->count,
                            .row = depthwise ? channels : b->count / channels,
                            .interleaved = depthwise,
                            .tap = depthwise ? op->kernel_w : x->dims[3] / op->groups};
    for (int coder = 0; coder < CODERS; coder++)
        code(t, coder, &w);
    free(elements);
}

static void *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END))
        fail(path);
    *n = (size_t)ftell(f);
    rewind(f);
    void *bytes = must(aligned_alloc(64, (*n + 63) / 64 * 64));
    if (fread(bytes, 1, *n, f) != *n)
        fail(path);
    fclose(f);
    return bytes;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage: coder_bench MODEL.bds FOLDER");
    size_t n;
    const void *bytes = read_file(argv[1], &n);
    bds_model m;
    if (bds_model_open(&m, bytes, n) != BDS_OK)
        fail("the model does not open");
    static totals t;
    if (bdc_create(&t.context, NULL, NULL) != BDC_OK)
        fail("no memory");
    t.packed = create(argv[2], "weights", ".bin");
    for (int coder = 0; coder < CODERS; coder++)
        t.streams[coder] = create(argv[2], coder_names[coder], ".bin");
    for (uint32_t i = 0; i < m.op_count; i++)
        if (bds_op_has_weights(&m.ops[i]))
            layer(&t, &m, &m.ops[i]);
    for (int coder = 0; coder < CODERS; coder++)
        fclose(t.streams[coder]);
    fclose(t.packed);
    printf("{\"weights\":%zu,\"entropy\":%.0f,\"layer_entropy\":%.0f", t.weights,
           ceil(entropy(t.histogram, t.weights) / 8), ceil(t.layer_bits / 8));
    for (int coder = 0; coder < CODERS; coder++)
        printf(",\"%s\":{\"bytes\":%zu,\"native_mb_per_s\":%.1f}", coder_names[coder], t.bytes[coder],
               (double)t.weights / t.seconds[coder] / 1e6);
    printf("}\n");
    bdc_destroy(t.context);
    return 0;
}
