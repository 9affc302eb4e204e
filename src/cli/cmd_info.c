/* bedside info: what a model is made of.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "format.h"
#include "json.h"
#include "json_write.h"
#include "lifetime.h"
#include "memory_svg.h"
#include "op_macs.h"
#include "op_name.h"
#include "options.h"
#include "session.h"

typedef struct layer_row {
    const bdf_op *op;
    const bdf_tensor *in, *out;
    uint64_t macs;
    uint32_t raw, coded; /* bytes of the weights, unfolded and in the file */
} layer_row;

static layer_row row_of(const bds_model *m, uint32_t i)
{
    const bdf_op *op = &m->ops[i];
    layer_row r = {op, &m->tensors[m->links[op->input_first]], &m->tensors[op->output], op_macs(m, op), 0, 0};
    if (op->weights == BDF_NONE)
        return r;
    const bdf_blob *b = &m->blobs[op->weights];
    r.raw = b->count;
    r.coded = b->stored_bytes;
    return r;
}

static void print_text(const session *s, const char *key)
{
    size_t n;
    const char *text = session_text(s, key, &n);
    if (!n)
        return;
    printf("  %-14s", key);
    for (size_t i = 0; i < n; i++) {
        putchar(text[i]);
        if (text[i] == '\n')
            printf("  %-14s", "");
    }
    putchar('\n');
}

static const char *const texts[] = {"name",         "title",  "task",     "labels", "licence",       "citation",
                                    "intended_use", "limits", "compiler", "source", "source_sha256", "calibration"};

static const char *kind_name(const bdf_result *r)
{
    return r->kind == BDF_RESULT_SOFTMAX ? "softmax" : r->kind == BDF_RESULT_SIGMOID ? "sigmoid" : "segment";
}

static void print_result(const bdf_result *r)
{
    if (!r) {
        puts("no result section: outputs are raw numbers");
        return;
    }
    if (r->kind == BDF_RESULT_SEGMENT)
        printf("result   a mask of the pixels from %.3f on, ", r->mark_from / 65536.0);
    else
        printf("result   %s over %u labels, %s, ", kind_name(r), r->label_count,
               r->interval == BDF_NONE ? "no intervals" : "95 % intervals");
    if (r->set_from)
        printf("sets from %.3f on (%.0f %%), ", r->set_from / 65536.0, 100 * (r->set_coverage / 65536.0));
    printf("not sure under %.3f, ", r->abstain_below / 65536.0);
    if (r->gate_tensor == BDF_NONE)
        puts("no gate");
    else
        printf("gate with %u groups, limit %.2f\n", r->gate_groups, r->gate_limit / 256.0);
}

static void print_layers(const bds_model *m)
{
    uint64_t macs = 0, raw = 0, coded = 0;
    printf("\n  step op        kernel stride in             out            L  S       MACs   weights  in file\n");
    for (uint32_t i = 0; i < m->op_count; i++) {
        layer_row r = row_of(m, i);
        char in[24], out[24], kernel[16], stride[16];
        snprintf(in, sizeof in, "%ux%ux%u", r.in->dims[1], r.in->dims[2], r.in->dims[3]);
        snprintf(out, sizeof out, "%ux%ux%u", r.out->dims[1], r.out->dims[2], r.out->dims[3]);
        snprintf(kernel, sizeof kernel, "%ux%u", r.op->kernel_h, r.op->kernel_w);
        snprintf(stride, sizeof stride, "%ux%u", r.op->stride_h, r.op->stride_w);
        printf("  %4u %-9s %-6s %-6s %-14s %-14s %u %2u %10llu %9u %8u\n", i, op_name(r.op->code), kernel, stride, in,
               out, r.op->left, r.op->shift, (unsigned long long)r.macs, r.raw, r.coded);
        macs += r.macs;
        raw += r.raw;
        coded += r.coded;
    }
    printf("  %-61s %10llu %9llu %8llu\n", "total", (unsigned long long)macs, (unsigned long long)raw,
           (unsigned long long)coded);
}

static void print_all(const session *s, const char *path, const lifetime *lives)
{
    const bdf_header *h = (const bdf_header *)s->bytes;
    char hex[65];
    session_hex(hex, s->info.sha256);
    printf("%s: Bedside model, format %u.%u, %u bytes\n", path, h->major, h->minor, s->info.file_bytes);
    printf("content  SHA-256 %s, CRC-32C %08x\n", hex, h->crc32c);
    printf("input    %u x %u x %u (width, height, channels), %s\n", s->info.input_width, s->info.input_height,
           s->info.input_channels, s->model.inputs[0].is_image ? "a picture" : "raw numbers");
    print_result(s->model.result);
    printf("memory   %u bytes of activations; arena on this machine %zu bytes\n\n", s->info.activation_bytes,
           s->arena_bytes);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        print_text(s, texts[i]);
    print_layers(&s->model);
    printf("\n  tensor bytes  @offset       the input, then one column per step\n");
    lifetime_draw(lives, &s->model);
}

static void put_shape(json_writer *w, const char *name, const bdf_tensor *t)
{
    json_open(w, name, '[');
    for (int d = 1; d < 4; d++)
        json_put_whole(w, 0, t->dims[d]);
    json_close(w, ']');
}

static void write_layers(json_writer *w, const bds_model *m)
{
    json_open(w, "layers", '[');
    for (uint32_t i = 0; i < m->op_count; i++) {
        layer_row r = row_of(m, i);
        json_open(w, 0, '{');
        json_put_string(w, "op", op_name(r.op->code));
        put_shape(w, "in", r.in);
        put_shape(w, "out", r.out);
        json_put_whole(w, "macs", (int64_t)r.macs);
        json_put_whole(w, "weight_bytes", r.raw);
        json_put_whole(w, "file_bytes", r.coded);
        json_put_whole(w, "left", r.op->left);
        json_put_whole(w, "shift", r.op->shift);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_tensors(json_writer *w, const bds_model *m, const lifetime *lives)
{
    json_open(w, "tensors", '[');
    for (uint32_t i = 0; i < m->tensor_count; i++) {
        json_open(w, 0, '{');
        put_shape(w, "shape", &m->tensors[i]);
        json_put_whole(w, "bytes", lives[i].bytes);
        json_put_whole(w, "offset", lives[i].offset);
        json_put_real(w, "scale", (double)m->tensors[i].scale, 9);
        json_put_whole(w, "zero_point", m->tensors[i].zero_point);
        json_put_whole(w, "first", lives[i].first);
        json_put_whole(w, "last", lives[i].last);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_all(const session *s, const lifetime *lives)
{
    const bdf_header *h = (const bdf_header *)s->bytes;
    const bdf_result *r = s->model.result;
    json_writer w;
    char hex[65];
    size_t n;
    session_hex(hex, s->info.sha256);
    json_begin(&w, stdout);
    json_put_whole(&w, "major", h->major);
    json_put_whole(&w, "minor", h->minor);
    json_put_whole(&w, "file_bytes", s->info.file_bytes);
    json_put_string(&w, "content_sha256", hex);
    json_open(&w, "input", '{');
    json_put_whole(&w, "width", s->info.input_width);
    json_put_whole(&w, "height", s->info.input_height);
    json_put_whole(&w, "channels", s->info.input_channels);
    json_put_bool(&w, "picture", s->model.inputs[0].is_image);
    json_close(&w, '}');
    json_put_whole(&w, "macs", (int64_t)s->info.macs);
    json_put_whole(&w, "weights", s->info.weight_count);
    json_put_whole(&w, "activation_bytes", s->info.activation_bytes);
    json_put_whole(&w, "arena_bytes", (int64_t)s->arena_bytes);
    if (r) {
        json_open(&w, "result", '{');
        json_put_string(&w, "kind", kind_name(r));
        json_put_whole(&w, "labels", r->label_count);
        json_put_bool(&w, "interval", r->interval != BDF_NONE);
        json_put_real(&w, "abstain_below", r->abstain_below / 65536.0, 6);
        if (r->kind == BDF_RESULT_SEGMENT)
            json_put_real(&w, "mark_from", r->mark_from / 65536.0, 6);
        if (r->set_from) {
            json_put_real(&w, "set_from", r->set_from / 65536.0, 6);
            json_put_real(&w, "set_coverage", r->set_coverage / 65536.0, 6);
        }
        json_put_whole(&w, "gate_limit", r->gate_tensor == BDF_NONE ? -1 : (int64_t)r->gate_limit);
        json_close(&w, '}');
    }
    json_open(&w, "metadata", '{');
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *text = session_text(s, texts[i], &n);
        if (n)
            json_put_text(&w, texts[i], text, n);
    }
    json_close(&w, '}');
    write_layers(&w, &s->model);
    write_tensors(&w, &s->model, lives);
    json_end(&w);
}

/* The recipe that the file carries, with the fields of its model card and figures, as it stands there. */
static int print_card(const session *s, const char *path)
{
    size_t n;
    const char *text = session_text(s, "card", &n);
    json doc;
    if (!n)
        return cli_fail(BDS_E_ARGUMENT, "%s carries no card", path);
    const int good = json_parse(&doc, text, n);
    json_free(&doc);
    if (!good)
        return cli_fail(BDS_E_INVALID, "the card of %s is no JSON", path);
    fwrite(text, 1, n, stdout);
    putchar('\n');
    return 0;
}

int cmd_info(int argc, char **argv)
{
    cli_option options[] = {{"--json", 0, 0}, {"--memory", 1, 0}, {"--card", 0, 0}};
    int operands;
    int failed = options_parse("info", argc, argv, options, 3, &operands);
    if (failed)
        return failed;
    if (operands != 1)
        return cli_usage("info", "one .bds file is needed");
    session s;
    failed = session_open_file(&s, argv[0], BDS_CPU_ALL, options[2].value ? SESSION_NO_PLAN : 0);
    if (failed)
        return failed;
    if (options[2].value) {
        failed = print_card(&s, argv[0]);
        session_close(&s);
        return failed;
    }
    lifetime *lives = calloc(s.model.tensor_count, sizeof *lives);
    if (!lives) {
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    } else {
        lifetime_find(lives, &s.model);
        if (options[1].value)
            failed = memory_svg_write(options[1].value, lives, &s.model);
        if (failed)
            ; /* said */
        else if (options[0].value)
            write_all(&s, lives);
        else
            print_all(&s, argv[0], lives);
    }
    free(lives);
    session_close(&s);
    return failed;
}
