/* Compares a quantised network, compiled with the scales that its file fixes, with another runtime's results of every layer.
 * usage: compare_layers MODEL < RECORDS
 *
 * RECORDS begin with the number of layers and, for each, the length of its tensor's name, the name, and its bytes; numbers are
 * uint32. Then for every input: its bytes, and those of all layers in that order. Three things are compared with it:
 *   layers   each layer on the other runtime's values for its inputs: after a layer was compared, its result is overwritten
 *   forced   nothing else: the worst of them
 *   outputs  the last layer's, of a run of its own without any help, once with and once without the channels whose weights are all 0
 * Bytes of uint8 and of int8 networks alike stand as in the file. Prints JSON.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bedside.h"
#include "compiler/bedside_compiler.h"

enum { LAYERS = 1024, NAME = 256 };

typedef struct layer {
    char name[NAME];
    uint8_t *want;
    uint64_t equal, total;
    uint32_t bytes, worst;
} layer;

typedef struct network {
    bdc_context *context;
    bdc_compiled compiled;
    uint8_t *file;
    bds_model model;
    bds_plan *plan;
} network;

typedef struct tally {
    uint64_t equal, total;
    uint32_t worst, same_top, inputs;
    uint32_t widest_miss; /* where the top is another: how far the other runtime puts it below its own top */
} tally;

static layer layers[LAYERS];
static uint32_t layer_count, order[LAYERS]; /* which record a step of the runtime makes; layer_count: none */
static uint8_t flip;                        /* 0x80 where the file's numbers are uint8 */

static void fail(const char *sentence)
{
    fprintf(stderr, "%s\n", sentence);
    exit(1);
}

static void *room(size_t n)
{
    void *memory = aligned_alloc(64, (n + 63) / 64 * 64 + 64);
    if (!memory)
        fail("Out of memory.");
    return memory;
}

static uint8_t *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        fail("The model cannot be read.");
    long size = ftell(file);
    if (size < 0 || fseek(file, 0, SEEK_SET))
        fail("The model cannot be read.");
    uint8_t *bytes = room((size_t)size);
    *n = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    return bytes;
}

static int read_exactly(void *to, size_t n)
{
    size_t got = fread(to, 1, n, stdin);
    if (got && got != n)
        fail("The records end in the middle.");
    return got == n;
}

static uint32_t read_number(void)
{
    uint32_t value = 0;
    if (!read_exactly(&value, sizeof value))
        fail("The records end in the middle.");
    return value;
}

static void read_layers(void)
{
    layer_count = read_number();
    if (layer_count > LAYERS)
        fail("There are too many layers.");
    for (uint32_t i = 0; i < layer_count; i++) {
        uint32_t n = read_number();
        if (n >= NAME || !read_exactly(layers[i].name, n))
            fail("A name is too long.");
        layers[i].bytes = read_number();
        layers[i].want = room(layers[i].bytes);
    }
}

static void compile(network *net, const uint8_t *bytes, size_t n, int keep_dead_channels, uint8_t *first_type)
{
    bdc_error error = {BDC_OK, ""};
    bdc_graph *graph;
    bdc_value input;
    bdc_options options = {.keep_final = 1, .keep_dead_channels = keep_dead_channels};
    size_t arena;
    if (bdc_create(&net->context, NULL, &error) != BDC_OK ||
        bdc_import(net->context, bytes, n, NULL, &graph) != BDC_OK || bdc_input_info(graph, 0, &input) != BDC_OK ||
        bdc_compile(graph, &options, NULL, &net->compiled) != BDC_OK)
        fail(error.text);
    *first_type = (uint8_t)input.type;
    net->file = room(net->compiled.byte_count);
    memcpy(net->file, net->compiled.bytes, net->compiled.byte_count);
    bds_status status = bds_model_open(&net->model, net->file, net->compiled.byte_count);
    if (status == BDS_OK)
        status = bds_plan_size(&net->model, NULL, &arena);
    if (status == BDS_OK)
        status = bds_plan_create(&net->plan, &net->model, NULL, room(arena), arena);
    if (status != BDS_OK)
        fail(bds_status_name(status));
}

static size_t bytes_of(const bds_tensor *t)
{
    return (size_t)t->dims[1] * t->dims[2] * t->dims[3] * (t->type == BDS_INT16 ? 2 : 1);
}

static uint32_t apart(int8_t a, int8_t b)
{
    return (uint32_t)(a < b ? b - a : a - b);
}

/* Called after each step: compares, then puts the other runtime's values in place. */
static void force(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    (void)cookie;
    (void)steps;
    (void)name;
    if (step >= LAYERS || order[step] == layer_count)
        return;
    layer *l = &layers[order[step]];
    if (out->type != BDS_INT8 || bytes_of(out) != l->bytes)
        fail("A layer has another type or size than the record of the same name.");
    int8_t *got = out->data;
    for (uint32_t i = 0; i < l->bytes; i++) {
        int8_t want = (int8_t)(l->want[i] ^ flip);
        uint32_t d = apart(got[i], want);
        l->worst = d > l->worst ? d : l->worst;
        l->equal += d == 0;
        got[i] = want;
    }
    l->total += l->bytes;
}

static int makes(const bdc_layer *step, const layer *l)
{
    return strcmp(step->name, l->name) == 0 && step->output[0] * step->output[1] * step->output[2] == l->bytes;
}

/* All inputs, one behind the other. */
static void give(network *net, const uint8_t *inputs, uint32_t count)
{
    bds_tensor t;
    for (uint32_t k = 0; k < count; k++) {
        if (bds_input(net->plan, k, &t) != BDS_OK)
            fail("The inputs cannot be filled.");
        for (size_t i = 0, n = bytes_of(&t); i < n; i++)
            ((uint8_t *)t.data)[i] = *inputs++ ^ flip;
    }
    if (bds_run(net->plan) != BDS_OK)
        fail("The network does not run.");
}

static uint32_t top(const uint8_t *values, uint32_t n, uint8_t flipped)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        if ((int8_t)(values[i] ^ flipped) > (int8_t)(values[best] ^ flipped))
            best = i;
    return best;
}

static void compare_output(network *net, tally *t)
{
    bds_tensor out;
    const layer *last = &layers[layer_count - 1];
    if (bds_output(net->plan, 0, &out) != BDS_OK || bytes_of(&out) != last->bytes)
        fail("The output has another size.");
    const uint8_t *got = out.data;
    for (uint32_t i = 0; i < last->bytes; i++) {
        uint32_t d = apart((int8_t)got[i], (int8_t)(last->want[i] ^ flip));
        t->worst = d > t->worst ? d : t->worst;
        t->equal += d == 0;
    }
    t->total += last->bytes;
    uint32_t ours = top(got, last->bytes, 0), theirs = top(last->want, last->bytes, flip);
    uint32_t miss = apart((int8_t)(last->want[ours] ^ flip), (int8_t)(last->want[theirs] ^ flip));
    t->same_top += ours == theirs;
    t->widest_miss = miss > t->widest_miss ? miss : t->widest_miss;
    t->inputs++;
}

static void print_tally(const char *name, const tally *t, const char *after)
{
    printf("\"%s\": {\"inputs\": %u, \"worst\": %u, \"equal\": %.6f, \"same_top\": %u, \"widest_miss\": %u}%s", name,
           t->inputs, t->worst, (double)t->equal / (double)(t->total ? t->total : 1), t->same_top, t->widest_miss,
           after);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: compare_layers MODEL < RECORDS");
    size_t n;
    uint8_t type;
    uint8_t *bytes = read_file(argv[1], &n);
    read_layers();
    static network whole, small; /* a plan points to its model */
    compile(&whole, bytes, n, 1, &type);
    compile(&small, bytes, n, 0, &type);
    flip = type == BDC_UINT8 ? 0x80 : 0;
    uint32_t matched = 0;
    for (uint32_t step = 0; step < LAYERS; step++)
        order[step] = layer_count;
    for (uint32_t i = 0; i < layer_count; i++) {
        /* Of several steps that one layer of the file became, the last has its result. */
        uint32_t step = whole.compiled.layer_count < LAYERS ? whole.compiled.layer_count : LAYERS;
        while (step && !makes(&whole.compiled.layers[step - 1], &layers[i]))
            step--;
        if (step)
            order[step - 1] = i;
        matched += step != 0;
    }
    size_t input_bytes = 0;
    const uint32_t inputs = whole.model.input_count;
    for (uint32_t k = 0; k < inputs; k++) {
        bds_tensor t;
        if (bds_input(whole.plan, k, &t) != BDS_OK)
            fail("The network has no such input.");
        input_bytes += bytes_of(&t);
    }
    uint8_t *input = room(input_bytes);
    tally with = {0}, without = {0};
    while (read_exactly(input, input_bytes)) {
        for (uint32_t i = 0; i < layer_count; i++)
            if (!read_exactly(layers[i].want, layers[i].bytes))
                fail("The records end in the middle.");
        bds_observe(whole.plan, force, NULL);
        give(&whole, input, inputs);
        bds_observe(whole.plan, NULL, NULL);
        give(&whole, input, inputs);
        compare_output(&whole, &with);
        give(&small, input, inputs);
        compare_output(&small, &without);
    }
    printf("{\"steps\": %u, \"matched\": %u, \"bytes\": [%zu, %zu],\n", whole.compiled.layer_count, matched,
           whole.compiled.byte_count, small.compiled.byte_count);
    print_tally("all_channels", &with, ",\n");
    print_tally("living_channels", &without, ",\n");
    printf("\"layers\": [");
    const char *between = "";
    for (uint32_t step = 0; step < whole.compiled.layer_count; step++) {
        const layer *l = &layers[order[step]];
        if (order[step] == layer_count)
            continue;
        printf("%s\n{\"name\": \"%s\", \"kind\": \"%s\", \"worst\": %u, \"equal\": %.6f}", between, l->name,
               whole.compiled.layers[step].kind, l->worst, (double)l->equal / (double)(l->total ? l->total : 1));
        between = ",";
    }
    printf("]}\n");
    bdc_destroy(whole.context);
    bdc_destroy(small.context);
    return 0;
}
