/* Any bytes as a model: open, plan, run, result. Beyond not crashing: the scalar reference and the fastest kernels must agree on
 * every output and finding, whatever lay in the arena.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "bedside.h"
#include "crc32c.h"
#include "format.h"

#define MAX_ARENA (1u << 20)
#define MAX_WORK 20000000u /* multiply-accumulates and the like, per inference */
#define MUST(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Length and checksums made right, so that a changed file gets past them. */
static void seal(uint8_t *file, size_t n)
{
    bdf_header h;
    memcpy(&h, file, sizeof h);
    memcpy(h.magic, BDF_MAGIC, sizeof h.magic);
    h.file_bytes = (uint32_t)n;
    h.crc32c = 0;
    bds_sha256(h.sha256, file + sizeof h, n - sizeof h);
    memcpy(file, &h, sizeof h);
    h.crc32c = bds_crc32c(0, file, n);
    memcpy(file, &h, sizeof h);
}

/* A valid file may ask for hours of work; the fuzzer has milliseconds. */
static int is_small(const bds_model *m)
{
    uint64_t work = 0;
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_op *op = &m->ops[i];
        const bdf_tensor *x = &m->tensors[m->links[op->input_first]], *y = &m->tensors[op->output];
        uint64_t inputs = (uint64_t)x->dims[1] * x->dims[2] * x->dims[3],
                 outputs = (uint64_t)y->dims[1] * y->dims[2] * y->dims[3];
        uint64_t each = op->code == BDF_FULLY_CONNECTED ? inputs
                        : op->code == BDF_MATMUL
                            ? x->dims[3]
                            : (uint64_t)op->kernel_h * op->kernel_w * (op->code == BDF_CONV ? x->dims[3] : 1);
        if (each > MAX_WORK || outputs > MAX_WORK || (work += each * outputs + inputs) > MAX_WORK)
            return 0;
    }
    const bdf_result *r = m->result;
    return !r || r->gate_tensor == BDF_NONE || (uint64_t)r->gate_groups * m->tensors[r->gate_tensor].dims[3] < MAX_WORK;
}

static void count_steps(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    uint32_t *seen = cookie;
    MUST(step == (*seen)++ && step < steps && name[0] && out->data);
}

/* Pixels or raw values, the same at every call. */
static bds_status fill_inputs(bds_plan *plan, const bds_model *m)
{
    static uint8_t pixels[31 * 29 * 3];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (uint8_t)(i * i * 7 + i);
    const bds_image image = {pixels, 31, 29, 3, 31 * 3};
    for (uint32_t i = 0; i < m->input_count; i++) {
        if (m->inputs[i].is_image) {
            const bds_status status = bds_prepare_image(plan, i, &image);
            if (status < 0)
                return status; /* a table or size that makes it blank */
            continue;
        }
        bds_tensor t;
        MUST(bds_input(plan, i, &t) == BDS_OK);
        const size_t bytes = (size_t)t.dims[1] * t.dims[2] * t.dims[3] * (t.type == BDS_INT16 ? 2 : 1);
        for (size_t k = 0; k < bytes; k++)
            ((uint8_t *)t.data)[k] = (uint8_t)(k * 37 + i);
    }
    return BDS_OK;
}

typedef struct run {
    bds_plan *plan;
    uint8_t *arena;
    bds_status status, result;
    bds_finding *findings;
    size_t count;
    bds_verdict verdict;
    uint8_t *mask;
    bds_marking marking;
} run;

static int marks(const bds_model *m)
{
    return m->result && m->result->kind == BDF_RESULT_SEGMENT;
}

/* Of the mask. */
static size_t mask_pixels(const bds_model *m)
{
    const bdf_tensor *t = &m->tensors[m->result->tensor];
    return (size_t)t->dims[1] * t->dims[2];
}

static void mark(run *r, const bds_model *m)
{
    bds_info info;
    MUST(bds_model_info(m, &info) == BDS_OK && !marks(m) == !info.mask_width);
    const size_t pixels = (size_t)info.mask_width * info.mask_height;
    r->mask = calloc(pixels + 1, 1);
    if (!marks(m)) {
        MUST(bds_mask(r->plan, NULL, r->mask, pixels, &r->marking) == BDS_E_UNSUPPORTED);
        return;
    }
    MUST(bds_mask(r->plan, NULL, r->mask, pixels - 1, &r->marking) == BDS_E_ARGUMENT);
    MUST(bds_mask(r->plan, NULL, r->mask, pixels, &r->marking) == BDS_OK);
    uint32_t marked = 0;
    for (size_t i = 0; i < pixels; i++) {
        MUST(r->mask[i] <= 1);
        marked += r->mask[i];
    }
    MUST(marked == r->marking.marked && r->marking.certainty <= 65536);
}

/* rest: the file from the head's end on, if the model was opened by its head; fed in pieces. */
static run run_model(const bds_model *m, uint32_t cpu, int fill, const uint8_t *rest, size_t n)
{
    const bds_config config = {.size = sizeof config, .cpu = cpu};
    run r = {0};
    size_t bytes = 0;
    r.status = bds_plan_size(m, &config, &bytes);
    if (r.status < 0 || bytes > MAX_ARENA) {
        r.status = BDS_E_LIMIT;
        return r;
    }
    r.arena = malloc(bytes);
    memset(r.arena, fill, bytes);
    MUST(bds_plan_create(&r.plan, m, &config, r.arena, bytes - 1) == BDS_E_ARENA);
    r.status = bds_plan_create(&r.plan, m, &config, r.arena, bytes);
    if (r.status < 0)
        return r;
    MUST(bds_run(r.plan) == BDS_E_STATE);
    for (size_t at = 0, piece; at < n && r.status >= 0; at += piece) {
        piece = n - at < 61 ? n - at : 61;
        r.status = bds_plan_feed(r.plan, rest + at, piece);
        MUST(r.status < 0 || (r.status == BDS_MORE) == (at + piece < n));
    }
    if (r.status < 0)
        return r;
    r.status = fill_inputs(r.plan, m);
    if (r.status < 0)
        return r;
    uint32_t steps = 0;
    MUST(bds_observe(r.plan, count_steps, &steps) == BDS_OK);
    r.status = bds_run(r.plan);
    MUST(r.status == BDS_OK && steps == m->op_count);
    r.count = m->result ? m->result->label_count : 0;
    r.findings = calloc(r.count + 1, sizeof *r.findings);
    r.result = bds_result(r.plan, r.findings, &r.count, &r.verdict);
    MUST(r.result == (m->result && !marks(m) ? BDS_OK : BDS_E_UNSUPPORTED));
    mark(&r, m);
    for (size_t i = 0; i < r.count; i++) {
        const bds_finding *f = &r.findings[i];
        MUST(f->probability <= 65536 && f->low <= f->probability && f->high >= f->probability && f->high <= 65536);
    }
    return r;
}

static void compare(const run *a, const run *b, const bds_model *m)
{
    MUST(a->status == b->status);
    if (a->status != BDS_OK)
        return;
    for (uint32_t i = 0; i < m->output_count; i++) {
        bds_tensor x, y;
        MUST(bds_output(a->plan, i, &x) == BDS_OK && bds_output(b->plan, i, &y) == BDS_OK);
        const size_t bytes = (size_t)x.dims[1] * x.dims[2] * x.dims[3] * (x.type == BDS_INT16 ? 2 : 1);
        MUST(memcmp(x.data, y.data, bytes) == 0);
    }
    MUST(a->count == b->count && memcmp(&a->verdict, &b->verdict, sizeof a->verdict) == 0);
    MUST(memcmp(a->findings, b->findings, a->count * sizeof *a->findings) == 0);
    MUST(memcmp(&a->marking, &b->marking, sizeof a->marking) == 0);
    MUST(memcmp(a->mask, b->mask, a->marking.marked ? mask_pixels(m) : 0) == 0);
}

/* By the head and the rest: the same statuses and the same results. */
static void compare_stream(const run *whole, const uint8_t *file, size_t n)
{
    bds_model m;
    size_t bytes = 0;
    MUST(bds_model_head(file, n, &bytes) == BDS_OK && bytes <= n);
    uint8_t *head = malloc(bytes); /* the sanitizer sees a byte too far */
    memcpy(head, file, bytes);
    MUST(bds_model_open_head(&m, head, bytes, 0) == BDS_OK);
    run fed = run_model(&m, BDS_CPU_ALL, 0x3c, file + bytes, n - bytes);
    if (fed.arena)
        compare(whole, &fed, &m);
    free(fed.findings);
    free(fed.mask);
    free(fed.arena);
    free(head);
}

static void examine(const uint8_t *file, size_t n)
{
    bds_model m;
    bds_info info;
    const char *text;
    size_t length;
    if (bds_model_open(&m, file, n) < 0)
        return;
    (void)bds_model_verify(&m);
    MUST(bds_model_info(&m, &info) == BDS_OK);
    if (bds_model_text(&m, "labels", &text, &length) == BDS_OK)
        MUST(text >= (const char *)file && text + length <= (const char *)file + n);
    if (!is_small(&m))
        return;
    run scalar = run_model(&m, 0, 0x5a, NULL, 0), fast = run_model(&m, BDS_CPU_ALL, 0xa5, NULL, 0);
    if (scalar.arena && fast.arena) /* else one of them is over MAX_ARENA */
        compare(&scalar, &fast, &m);
    if (fast.arena)
        compare_stream(&fast, file, n);
    free(scalar.findings);
    free(scalar.mask);
    free(scalar.arena);
    free(fast.findings);
    free(fast.mask);
    free(fast.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < sizeof(bdf_header))
        return 0;
    size_t bytes;
    uint8_t *file = malloc(n); /* malloc's alignment of 16 is what bds_model_open asks for */
    memcpy(file, data, n);
    for (size_t some = 1; some <= n; some += some < 300 ? 1 : some)
        (void)bds_model_head(file, some, &bytes);
    examine(file, n); /* a mutant ends at its checksum */
    seal(file, n);
    examine(file, n);
    free(file);
    return 0;
}
