/* Writes down a network as imported, for whoever wants to build the same one elsewhere.
 * usage: dump_network MODEL NETWORK.json CONSTANTS.bin
 *
 * The JSON has "tensors" (name, type as ONNX numbers it, dims, and for a constant its place in the second file), "inputs",
 * "outputs" and "ops" in order: ONNX's name of the operator, inputs and outputs (-1: left out), and what the benchmark's networks
 * use of its attributes; compiler/net.h says what those mean.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "compiler/ir.h"
#include "compiler/net.h"

static FILE *json, *constants;

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

static void put_text(const char *name, const char *text)
{
    fprintf(json, "\"%s\": \"", name);
    for (; *text; text++)
        fprintf(json, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputs("\", ", json);
}

/* A tensor index; what was left out is -1. */
static void put_indices(const char *name, const uint32_t *list, uint32_t count)
{
    fprintf(json, "\"%s\": [", name);
    for (uint32_t i = 0; i < count; i++)
        fprintf(json, "%s%lld", i ? ", " : "", list[i] == NET_NONE ? -1LL : (long long)list[i]);
    fputs("], ", json);
}

static void put_longs(const char *name, const int64_t *list, uint32_t count)
{
    fprintf(json, "\"%s\": [", name);
    for (uint32_t i = 0; i < count; i++)
        fprintf(json, "%s%lld", i ? ", " : "", (long long)list[i]);
    fputs("], ", json);
}

static void put_tensor(const net_tensor *t, size_t *place)
{
    fputs("{", json);
    put_text("name", t->name ? t->name : "");
    put_indices("dims", t->dims, t->rank);
    fprintf(json, "\"type\": %d", (int)t->type);
    if (t->data) {
        size_t bytes = net_count(t) * net_type_bytes(t->type), padding = (16 - bytes % 16) % 16;
        fprintf(json, ", \"at\": %zu, \"bytes\": %zu", *place, bytes);
        fwrite(t->data, 1, bytes, constants);
        fwrite("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 1, padding, constants);
        *place += bytes + padding;
    }
    fputs("}", json);
}

static void put_op(const net_graph *g, const net_op *op)
{
    const net_attributes *a = &op->a;
    uint32_t rank = op->input_count && op->inputs[0] != NET_NONE ? g->tensors[op->inputs[0]].rank : 0;
    fputs("{", json);
    put_text("op", net_op_name(op->code));
    put_text("name", op->name);
    put_indices("inputs", op->inputs, op->input_count);
    put_indices("outputs", op->outputs, op->output_count);
    put_indices("axes", a->axes, a->axis_count);
    put_longs("pads", a->pads, 2 * rank);
    if (a->window.spatial) {
        const net_window *w = &a->window;
        put_indices("kernel", w->kernel, w->spatial);
        put_indices("stride", w->stride, w->spatial);
        put_indices("dilation", w->dilation, w->spatial);
        put_indices("pad_begin", w->pad_begin, w->spatial);
        put_indices("pad_end", w->pad_end, w->spatial);
    }
    fprintf(json,
            "\"axis\": %lld, \"keep_dims\": %d, \"mode\": %d, \"channels_last\": %d, \"group\": %u, "
            "\"transpose\": %u, \"alpha\": %.9g, \"beta\": %.9g}",
            (long long)a->axis, a->keep_dims, a->mode, a->channels_last, a->group, a->transpose, (double)a->alpha,
            (double)a->beta);
}

static void put_graph(const net_graph *g)
{
    size_t place = 0;
    fputs("{\n", json);
    put_indices("inputs", g->inputs, g->input_count);
    put_indices("outputs", g->outputs, g->output_count);
    fputs("\n\"tensors\": [\n", json);
    for (uint32_t i = 0; i < g->tensor_count; i++) {
        put_tensor(&g->tensors[i], &place);
        fputs(i + 1 < g->tensor_count ? ",\n" : "],\n\"ops\": [\n", json);
    }
    for (uint32_t i = 0; i < g->op_count; i++) {
        put_op(g, &g->ops[i]);
        fputs(i + 1 < g->op_count ? ",\n" : "]}\n", json);
    }
}

int main(int argc, char **argv)
{
    size_t n = 0;
    bdc_error error = {BDC_OK, "The model cannot be read, or the other files not be written."};
    bdc_context *c = NULL;
    bdc_graph *graph = NULL;
    void *bytes = argc == 4 ? read_file(argv[1], &n) : NULL;
    int ok = bytes && bdc_create(&c, NULL, &error) == BDC_OK && bdc_import(c, bytes, n, NULL, &graph) == BDC_OK;
    if (ok && (json = fopen(argv[2], "w")) && (constants = fopen(argv[3], "wb"))) {
        put_graph(graph->net);
        ok = !ferror(json) && !ferror(constants);
        ok &= !fclose(json) && !fclose(constants);
    } else {
        ok = 0;
    }
    if (!ok)
        fprintf(stderr, "%s\n", error.text);
    bdc_destroy(c);
    free(bytes);
    return !ok;
}
