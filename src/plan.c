/* Lays out the caller's arena: plan, nodes, weights (decoded and packed for the kernels), activations, scratch. One walk serves
 * both to measure and to build, so that the two cannot disagree.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#include "crc32c.h"
#include "entropy.h"
#include "image.h"
#include "numbers.h"

#define LAYOUT_MAX (SIZE_MAX / 2)

/* A bump allocator over the arena; with base NULL it only measures. */
typedef struct layout {
    uint8_t *base; /* aligned */
    size_t used;
    int overflow; /* set when the sizes exceed the address space */
} layout;

static void *take(layout *l, size_t n)
{
    void *at = l->base ? l->base + l->used : NULL;
    if (n > LAYOUT_MAX || bds_align_up(n) > LAYOUT_MAX - l->used) {
        l->overflow = 1;
        return NULL;
    }
    l->used += bds_align_up(n);
    return at;
}

/* How the weights of an operator are kept. */
typedef struct weights_form {
    size_t packed_bytes;      /* of a piece; 0: raw */
    uint32_t pieces;          /* groups, each packed by itself */
    uint32_t channels, depth; /* of a piece */
    bds_window window;        /* of a piece */
    uint8_t wide;             /* the raw weights are int16 */
    uint8_t in_runs;          /* unfolded and packed a run of channels at a time */
} weights_form;

static weights_form form_of(const bds_model *m, const bds_kernels *k, const bdf_op *op)
{
    const bdf_blob *b = &m->blobs[op->weights];
    const bdf_tensor *y = &m->tensors[op->output];
    weights_form f = {.pieces = 1, .window = bds_layer_window(m, op), .wide = b->type == BDS_INT16};
    if (f.window.wide || y->type == BDS_INT16)
        return f; /* the reference takes them as they are */
    f.pieces = op->code == BDF_CONV ? op->groups : 1;
    f.channels = y->dims[3] / f.pieces;
    f.depth = b->count / y->dims[3];
    f.packed_bytes = op->code == BDF_DEPTHWISE ? k->depthwise_packed_bytes(&f.window)
                                               : bds_packed_group_bytes(k, &f.window, f.channels, f.wide);
    /* Depthwise weights alternate, and few channels at once take no more than a run. */
    f.in_runs = op->code != BDF_DEPTHWISE && f.pieces == 1 && b->row_length == f.depth && !k->conv_packs_whole &&
                f.channels > BDS_RUN_BEFORE + BDS_RUN_ROWS;
    return f;
}

/* Where a coded blob is unfolded before it is packed. */
static size_t unfold_bytes(const weights_form *f)
{
    const size_t rows = f->in_runs ? BDS_RUN_BEFORE + BDS_RUN_ROWS : (size_t)f->channels * f->pieces;
    return f->packed_bytes ? rows * f->depth << f->wide : 0;
}

static void pack(const bds_kernels *k, const bds_node *node, const weights_form *f, uint8_t *packed, const uint8_t *raw)
{
    const bdf_op *op = node->op;
    if (op->code == BDF_DEPTHWISE) {
        k->depthwise_pack(packed, raw, f->wide, &f->window, node->left);
        return;
    }
    for (uint32_t g = 0; g < f->pieces; g++)
        k->conv_pack(packed + g * f->packed_bytes, raw + ((size_t)g * f->channels * f->depth << f->wide), f->wide,
                     &f->window, f->channels, node->left);
}

/* Packing of a layer whose rows come in runs. */
typedef struct packing {
    const bds_kernels *kernels;
    const weights_form *form;
    uint32_t left;
    uint8_t *to; /* the next panel */
} packing;

static_assert((int)BDS_RUN_ROWS == (int)BDS_PANEL && (int)BDS_RUN_BEFORE >= (int)BDS_PANEL / 2 - 1,
              "each run but the last is a panel, and the last reaches back by less than half of one");

/* The run from channel `first` on: one panel. bds_take_rows. */
static void pack_run(void *cookie, const void *rows, uint32_t first, uint32_t n)
{
    packing *p = cookie;
    const weights_form *f = p->form;
    const bds_panel_place at = bds_panel_at(first, f->channels);
    const uint8_t *raw = (const uint8_t *)rows - ((size_t)(first - at.first) * f->depth << f->wide);
    (void)n;
    p->kernels->conv_pack(p->to, raw, f->wide, &f->window, at.width, p->left);
    p->to += p->kernels->conv_packed_bytes(&f->window, at.width, f->wide);
}

/* Room for the weights of one operator; none for raw ones that nobody packs: they are used where they are, in flash on a
 * microcontroller. */
static void place_weights(layout *l, const bds_model *m, const bds_kernels *k, const bdf_op *op, bds_node *node)
{
    const bdf_blob *b = &m->blobs[op->weights];
    const weights_form f = form_of(m, k, op);
    size_t bytes = f.packed_bytes * f.pieces;
    if (!f.packed_bytes && bds_is_coded(b))
        bytes = (size_t)b->count * bds_type_bytes(b->type);
    uint8_t *own = bytes ? take(l, bytes) : NULL;
    if (node) {
        node->own_weights = own;
        node->weights = own ? own : bds_blob_data(m, op->weights);
    }
}

/* Decodes and packs the weights of one operator. stored: the blob's bytes. work: as much as unfold_bytes says. */
static bds_status fill_weights(const bds_model *m, const bds_kernels *k, const bds_node *node, const uint8_t *stored,
                               uint8_t *work)
{
    const bdf_blob *b = &m->blobs[node->op->weights];
    const weights_form f = form_of(m, k, node->op);
    bds_status st = BDS_OK;
    if (!node->own_weights)
        return BDS_OK;
    if (!f.packed_bytes)
        return bds_is_coded(b) ? bds_weights_decode(node->own_weights, b, stored)
                               : BDS_OK; /* raw ones are not its own */
    if (!bds_is_coded(b)) {
        pack(k, node, &f, node->own_weights, stored);
    } else if (f.in_runs) {
        packing p = {k, &f, node->left, node->own_weights};
        const bds_weight_sink sink = {work, pack_run, &p};
        st = bds_weights_decode_runs(&sink, b, stored);
    } else {
        st = bds_weights_decode(work, b, stored);
        if (st == BDS_OK)
            pack(k, node, &f, node->own_weights, work);
    }
    return st;
}

/* A blob that an operator uses as it is, or decoded into the arena. Null without a base, and where there is none: check.c has made sure
 * that the blobs are there where the operator needs them. */
static bds_status resolve(layout *l, const bds_model *m, uint32_t blob, const void **data)
{
    *data = NULL;
    if (blob >= m->blob_count)
        return BDS_OK;
    const bdf_blob *b = &m->blobs[blob];
    if (!bds_is_coded_numbers(b)) {
        *data = l->base ? bds_blob_data(m, blob) : NULL;
        return BDS_OK;
    }
    void *decoded = take(l, (size_t)b->count * bds_type_bytes(b->type));
    *data = decoded;
    return l->base ? bds_number_blob_decode(decoded, b, m->blob_data + b->offset) : BDS_OK;
}

/* Brings a layer nearer to the kernels' usual shift, as far as no sum can leave its range; needs the biases. */
static void choose_shift(bds_node *node, const bds_model *m)
{
    const bdf_op *op = node->op;
    const bdf_tensor *y = &m->tensors[op->output];
    const bdf_blob *weights = &m->blobs[op->weights];
    int64_t most = 0, reach;
    if (bds_op_input(m, op, 0)->type == BDS_INT16 || !node->bias)
        return;
    for (uint32_t c = 0; c < y->dims[3]; c++) {
        const int64_t bias = node->bias[c] < 0 ? -(int64_t)node->bias[c] : node->bias[c];
        most = bias > most ? bias : most;
    }
    reach =
        most + (int64_t)(weights->count / y->dims[3]) * 128 * (weights->type == BDS_INT16 ? BDS_WIDE_WEIGHT_MAX : 128);
    while (node->shift < BDS_USUAL_SHIFT && node->left < BDS_LEFT_MAX &&
           reach << (node->left + 1) < BDS_ACCUMULATOR_LIMIT) {
        node->left++;
        node->shift++;
    }
}

/* One operator's data, all but the values of its weights. node: null while only measured. */
static bds_status place(layout *l, const bds_model *m, const bds_kernels *k, const bdf_op *op, bds_node *node)
{
    const void *bias, *multipliers, *table;
    bds_status st;
    if ((st = resolve(l, m, op->bias, &bias)) < 0 || (st = resolve(l, m, op->multipliers, &multipliers)) < 0 ||
        (st = resolve(l, m, op->table, &table)) < 0)
        return st;
    if (node) { /* the second time, when the layout is known */
        const bds_node resolved = {.op = op,
                                   .run = bds_operator_of(op->code),
                                   .bias = bias,
                                   .multipliers = multipliers,
                                   .table = table,
                                   .left = op->left,
                                   .shift = op->shift,
                                   .weights_wide = bds_op_has_weights(op) && m->blobs[op->weights].type == BDS_INT16};
        *node = resolved;
        if (bds_op_has_weights(op))
            choose_shift(node, m);
    }
    if (bds_op_has_weights(op))
        place_weights(l, m, k, op, node);
    return BDS_OK;
}

/* Scratch that any operator or the picture preparation needs. */
static size_t scratch_bytes(const bds_model *m, const bds_kernels *k)
{
    size_t most = 0;
    for (uint32_t i = 0; i < m->op_count; i++) {
        size_t n = bds_operator_scratch(m, k, &m->ops[i]);
        most = n > most ? n : most;
    }
    for (uint32_t i = 0; i < m->input_count; i++) {
        const bdf_tensor *t = &m->tensors[m->inputs[i].tensor];
        size_t n = m->inputs[i].is_image ? bds_image_prepare_scratch(t->dims[2], t->dims[3]) : 0;
        most = n > most ? n : most;
    }
    return most;
}

/* Room for the bytes of one blob that is yet to come. */
static size_t stage_bytes(const bds_model *m)
{
    size_t most = 0;
    for (uint32_t i = 0; i < m->blob_count; i++)
        if (bds_blob_awaited(m, i) && m->blobs[i].stored_bytes > most)
            most = m->blobs[i].stored_bytes;
    return most;
}

/* What unfolding takes at most. */
static size_t work_bytes(const bds_model *m, const bds_kernels *k)
{
    size_t most = 0;
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_op *op = &m->ops[i];
        if (!bds_op_has_weights(op) || !bds_is_coded(&m->blobs[op->weights]))
            continue;
        const weights_form f = form_of(m, k, op);
        const size_t n = unfold_bytes(&f);
        most = n > most ? n : most;
    }
    return most;
}

/* The first blob from `blob` on that is yet to come. */
static uint32_t next_awaited(const bds_model *m, uint32_t blob)
{
    while (blob < m->blob_count && !bds_blob_awaited(m, blob))
        blob++;
    return blob;
}

/* The weights that are there already. */
static bds_status fill_present(const bds_plan *p)
{
    const bds_model *m = p->model;
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_op *op = &m->ops[i];
        if (!bds_op_has_weights(op) || bds_blob_awaited(m, op->weights))
            continue;
        bds_status st = fill_weights(m, p->kernels, &p->nodes[i], bds_blob_data(m, op->weights), p->work);
        if (st < 0)
            return st;
    }
    return BDS_OK;
}

static bds_status build(layout *l, const bds_model *m, const bds_kernels *k, uint32_t threads, bds_plan **plan)
{
    bds_plan *p = take(l, sizeof *p);
    bds_kernels *kernels = take(l, sizeof *kernels);
    bds_node *nodes = take(l, m->op_count * sizeof *nodes);
    /* Activations and scratch lie idle until the first run, and serve to unfold weights until then. */
    const size_t scratch_bytes_needed = scratch_bytes(m, k), stage = bds_align_up(stage_bytes(m)),
                 work = work_bytes(m, k), begin = l->used;
    uint8_t *activations = take(l, m->activation_bytes);
    uint8_t *scratch = take(l, scratch_bytes_needed);
    for (uint32_t i = 1; i < threads; i++)
        take(l, scratch_bytes_needed);
    if (l->used - begin < stage + work)
        take(l, stage + work - (l->used - begin));
    for (uint32_t i = 0; i < m->op_count; i++) {
        bds_status st = place(l, m, k, &m->ops[i], l->base ? &nodes[i] : NULL);
        if (st < 0)
            return st;
    }
    if (!l->base)
        return BDS_OK;
    const bds_plan empty = {0};
    *p = empty;
    p->model = m;
    *kernels = *k;
    p->kernels = kernels;
    p->nodes = nodes;
    p->node_count = m->op_count;
    p->activations = p->stage = activations;
    p->work = activations + stage;
    p->scratch = p->picture = scratch;
    p->scratch_bytes = p->picture_bytes = scratch_bytes_needed;
    p->threads = threads;
    bds_status st = fill_present(p);
    if (st < 0)
        return st;
    if (m->here < m->size) {
        p->state = BDS_PLAN_LOADING;
        p->fed = m->here;
        p->awaited = next_awaited(m, 0);
        p->crc = m->verified ? 0 : bds_model_crc(m->data, m->here);
    }
    *plan = p;
    return BDS_OK;
}

/* The awaited blob has come: into every layer that uses it. */
static bds_status fill_arrived(bds_plan *p, const uint8_t *stored)
{
    const bds_model *m = p->model;
    for (uint32_t i = 0; i < m->op_count; i++) {
        if (!bds_op_has_weights(&m->ops[i]) || m->ops[i].weights != p->awaited)
            continue;
        bds_status st = fill_weights(m, p->kernels, &p->nodes[i], stored, p->work);
        if (st < 0)
            return st;
    }
    p->awaited = next_awaited(m, p->awaited + 1);
    return BDS_OK;
}

/* The n bytes that come next: gathers those of the awaited blob, unless they are all here. */
static bds_status take_bytes(bds_plan *p, const uint8_t *bytes, size_t n)
{
    const bds_model *m = p->model;
    bds_status st = BDS_OK;
    while (st == BDS_OK && n > 0 && p->awaited < m->blob_count) {
        const uint32_t end = (uint32_t)bds_blob_end(m, p->awaited), length = m->blobs[p->awaited].stored_bytes;
        const uint32_t begin = end - length, edge = p->fed < begin ? begin : end;
        const size_t part = n < edge - p->fed ? n : edge - p->fed;
        if (p->fed == begin && part == length) {
            st = fill_arrived(p, bytes);
        } else if (p->fed >= begin) {
            __builtin_memcpy(p->stage + (p->fed - begin), bytes, part);
            if (p->fed + part == end)
                st = fill_arrived(p, p->stage);
        }
        p->fed += (uint32_t)part;
        bytes += part;
        n -= part;
    }
    p->fed += (uint32_t)n;
    return st;
}

bds_status bds_plan_feed(bds_plan *plan, const void *bytes, size_t n)
{
    if (!plan || (!bytes && n))
        return BDS_E_ARGUMENT;
    if (plan->state != BDS_PLAN_LOADING)
        return BDS_E_STATE;
    if (plan->fault < 0)
        return plan->fault;
    const bds_model *m = plan->model;
    if (n > m->size - plan->fed)
        return plan->fault = BDS_E_CORRUPT;
    if (!m->verified)
        plan->crc = bds_crc32c(plan->crc, bytes, n);
    bds_status st = take_bytes(plan, bytes, n);
    if (st == BDS_OK && plan->fed < m->size)
        return BDS_MORE;
    if (st == BDS_OK &&
        (plan->awaited < m->blob_count || (!m->verified && plan->crc != ((const bdf_header *)m->data)->crc32c)))
        st = BDS_E_CORRUPT;
    if (st == BDS_OK)
        plan->state = BDS_PLAN_EMPTY;
    return plan->fault = st;
}

/* The configuration's number of threads. */
static uint32_t threads_of(const bds_config *config)
{
#ifndef BDS_NO_PARTS
    if (config && config->size >= sizeof *config && config->threads)
        return config->threads;
#else
    (void)config;
#endif
    return 1;
}

static bds_status select_kernels(bds_kernels *k, const bds_config *config)
{
    if ((config && config->size < offsetof(bds_config, threads)) || threads_of(config) > BDS_MAX_THREADS)
        return BDS_E_ARGUMENT;
    bds_kernels_select(k, (config ? config->cpu : BDS_CPU_ALL) & bds_cpu_features());
    return BDS_OK;
}

bds_status bds_plan_size(const bds_model *model, const bds_config *config, size_t *bytes)
{
    bds_kernels k;
    if (!model || !model->data || !bytes)
        return BDS_E_ARGUMENT;
    bds_status st = select_kernels(&k, config);
    layout l = {NULL, 0, 0};
    if (st == BDS_OK)
        st = build(&l, model, &k, threads_of(config), NULL);
    if (l.overflow)
        return BDS_E_LIMIT;
    *bytes = l.used + (BDS_ARENA_ALIGN - 1);
    return st;
}

bds_status bds_plan_create(bds_plan **plan, const bds_model *model, const bds_config *config, void *arena, size_t n)
{
    bds_kernels k;
    size_t needed = 0;
    if (!plan || !arena)
        return BDS_E_ARGUMENT;
    *plan = NULL;
    bds_status st = bds_plan_size(model, config, &needed);
    if (st < 0)
        return st;
    if (n < needed)
        return BDS_E_ARENA;
    (void)select_kernels(&k, config);
    layout l = {(uint8_t *)arena + (size_t)(-(uintptr_t)arena & (BDS_ARENA_ALIGN - 1)), 0, 0};
    return build(&l, model, &k, threads_of(config), plan);
}
