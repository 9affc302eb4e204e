/* Adaptive binary range coder, the mirror of entropy.c: the same decisions in the same order. What the stream's head says (contexts,
 * prior, learning rates) is found by trying: each setting is kept if the stream gets shorter.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "../bedside.h"
#include "../entropy_model.h"
#include "../format.h"
#include "encode_weights.h"
#include "range_encoder.h"

static void encode_base(range_encoder *e, bds_weight_model *m, uint32_t node, uint32_t bit)
{
    range_logit(e, &m->base[node], m->rate, bit);
}

static void encode_tree(range_encoder *e, bds_weight_model *m, uint32_t node, uint32_t bit)
{
    const uint32_t p = bds_tree_probability(m, node, m->active_count);
    range_bit(e, p, bit);
    bds_tree_learn(m, node, m->active_count, p, bit);
}

static void encode_index(range_encoder *e, uint32_t n, uint32_t index)
{
    while (n > 1) {
        const uint32_t half = n / 2, upper = index >= n - half;
        range_bit(e, (half << 16) / n, upper);
        index -= upper ? n - half : 0;
        n = upper ? half : n - half;
    }
}

static void encode_negative(range_encoder *e, bds_weight_model *m, const bds_weight_shape *s, uint32_t negative)
{
    if (s->flags & BDS_STREAM_SIGNS)
        encode_tree(e, m, BDS_NODE_NEGATIVE, negative);
    else
        range_plain(e, 1, negative);
}

static void encode_weight(range_encoder *e, bds_weight_model *m, const bds_weight_shape *s, int32_t v)
{
    const uint32_t value = (uint32_t)(v < 0 ? -v : v), k = value ? bds_log2(value) : 0,
                   node = value ? k : BDS_NODE_ZERO;
    for (uint32_t q = 0; q <= s->top; q++) {
        encode_tree(e, m, s->order[q], s->order[q] == node);
        if (s->order[q] == node)
            break;
    }
    if (v == 0)
        return;
    const uint32_t modelled = bds_modelled_bits(s, k), left = k - modelled;
    for (uint32_t i = 0; i < modelled; i++)
        encode_base(e, m, bds_node_below(k, i, value >> (k - i) & 1u), value >> (k - 1 - i) & 1u);
    const uint32_t tail = value & ((1u << left) - 1);
    if (s->flags & BDS_STREAM_SIGNS) {
        range_plain(e, left, tail);
        encode_negative(e, m, s, v < 0);
    } else {
        range_plain(e, left + 1, tail << 1 | (v < 0));
    }
}

/* What the head of a stream says. */
typedef struct setting {
    uint32_t flags, spread, speed;
} setting;

typedef struct job {
    const weight_array *w;
    bds_weight_shape shape;
    bds_weight_model model;
    uint8_t *bytes; /* of the trial that runs */
    size_t capacity;
    setting best;
    size_t best_bytes;
} job;

static uint32_t magnitude_at(const job *j, size_t i)
{
    return bds_weight_magnitude(j->w->elements, j->w->type == BDS_INT16, i);
}

/* Where the row's first largest weight is, length if it has none of that size; *any: the row is not all zero. */
static uint32_t find_peak(const job *j, uint32_t r, int *any)
{
    const bds_weight_shape *s = &j->shape;
    *any = 0;
    for (uint32_t k = 0; k < s->length; k++) {
        const uint32_t magnitude = magnitude_at(j, r * s->row_step + k * s->step);
        *any |= magnitude != 0;
        if (magnitude == s->peak)
            return k;
    }
    return s->length;
}

static void encode_row(range_encoder *e, job *j, uint32_t r, uint32_t peak_at)
{
    const bds_weight_shape *s = &j->shape;
    const uint32_t wide = j->w->type == BDS_INT16;
    bds_weight_model *m = &j->model;
    uint32_t sum = 0;
    if (s->flags & BDS_STREAM_PEAKS) {
        encode_base(e, m, BDS_NODE_HAS_PEAK, peak_at < s->length);
        if (peak_at < s->length)
            encode_index(e, s->length, peak_at);
    } else {
        peak_at = s->length;
    }
    size_t i = r * s->row_step;
    for (uint32_t k = 0; k < s->length; k++, i += s->step) {
        const int32_t v = bds_weight_at(j->w->elements, wide, i);
        bds_weight_contexts(m, s, j->w->elements, wide, r, k, i, sum);
        if (k != peak_at)
            encode_weight(e, m, s, v);
        else
            encode_negative(e, m, s, v < 0);
        sum = bds_row_sum(sum, k, (uint32_t)(v < 0 ? -v : v));
    }
}

/* The stream for one setting, in j->bytes; returns its length, over capacity if it does not fit. */
static size_t encode(job *j, const setting *how)
{
    bds_weight_shape *s = &j->shape;
    range_encoder e = {.range = UINT64_MAX};
    s->flags = how->flags;
    s->spread = how->spread;
    bds_weight_shape_complete(s);
    uint8_t head[5] = {(uint8_t)how->flags,
                       (uint8_t)(how->spread | how->speed << 5 | (how->flags & BDS_STREAM_DENSE) >> 1),
                       (uint8_t)s->peak};
    size_t head_bytes = 3;
    s->tap = 0;
    if (s->flags & BDS_STREAM_NEAR) {
        s->tap = j->w->tap;
        head[head_bytes++] = (uint8_t)s->tap;
        head[head_bytes++] = (uint8_t)(s->tap >> 8);
    }
    memcpy(j->bytes, head, head_bytes);
    e.out = j->bytes + head_bytes;
    e.capacity = j->capacity - head_bytes;
    bds_weight_model_reset(&j->model, s, how->speed);
    for (uint32_t r = 0; r < s->rows && e.n <= e.capacity; r++) {
        int any;
        const uint32_t peak_at = find_peak(j, r, &any);
        encode_base(&e, &j->model, BDS_NODE_ROW, (uint32_t)any);
        if (any)
            encode_row(&e, j, r, peak_at);
    }
    range_finish(&e);
    return head_bytes + e.n;
}

/* Takes a setting if its stream is shorter, by more than 1 in worth where decoding would be slower. */
static int try_setting(job *j, setting how, size_t worth)
{
    if (how.spread > 20 || how.speed > 3 || (how.flags & BDS_STREAM_PEAKS && j->shape.length > 65536))
        return 0;
    const size_t n = encode(j, &how);
    if (n + (worth ? n / worth : 0) >= j->best_bytes)
        return 0;
    j->best = how;
    j->best_bytes = n;
    return 1;
}

static void try_flags(job *j, uint32_t change, size_t worth)
{
    setting how = j->best;
    how.flags ^= change;
    (void)try_setting(j, how, worth);
}

/* The context that helps most, then the one that helps it most. */
static void add_contexts(job *j, size_t worth)
{
    for (uint32_t active = 0; active < BDS_MOST_CONTEXTS; active++) {
        const setting before = j->best;
        int better = 0;
        for (uint32_t i = 0; i < BDS_CONTEXTS; i++) {
            setting how = before;
            how.flags |= BDS_STREAM_CONTEXT << i;
            better |= how.flags != before.flags && try_setting(j, how, better ? 0 : worth);
        }
        if (!better)
            break;
    }
}

static void search(job *j, setting first)
{
    j->best = first;
    j->best_bytes = encode(j, &first);
    setting how;
    for (int step = -1; step <= 1; step += 2)
        for (how = j->best, how.spread += (uint32_t)step; try_setting(j, how, 0); how.spread += (uint32_t)step)
            ;
    try_flags(j, BDS_STREAM_CONFIDENT, 0);
    if (j->shape.top > 2)
        try_flags(j, BDS_STREAM_DEEP, 60);
    add_contexts(j, j->w->count > 65536 ? 300 : 1000);
    try_flags(j, BDS_STREAM_PEAKS, 0);
    try_flags(j, BDS_STREAM_CONFIDENT, 0);
    for (int step = -1; step <= 1; step += 2)
        for (how = j->best, how.speed += (uint32_t)step; try_setting(j, how, 0); how.speed += (uint32_t)step)
            ;
}

/* Fills j->shape and a setting to begin with; 0 if the weights cannot be coded. */
static int prepare(job *j, setting *first)
{
    const weight_array *w = j->w;
    bds_weight_shape *s = &j->shape;
    uint64_t sum = 0, nonzero = 0, peaks = 0;
    if (w->count == 0 || w->row == 0 || w->count % w->row || w->tap > 65535)
        return 0;
    const uint32_t others = w->count / w->row;
    *s = (bds_weight_shape){.rows = w->interleaved ? w->row : others,
                            .length = w->interleaved ? others : w->row,
                            .row_step = w->interleaved ? 1 : w->row,
                            .step = w->interleaved ? w->row : 1};
    for (uint32_t i = 0; i < w->count; i++) {
        const uint32_t magnitude = magnitude_at(j, i);
        s->peak = magnitude > s->peak ? magnitude : s->peak;
        sum += magnitude;
        nonzero += magnitude != 0;
    }
    if (s->peak > 255)
        return 0;
    for (uint32_t r = 0; r < s->rows; r++) {
        int any;
        peaks += find_peak(j, r, &any) < s->length;
    }
    s->top = s->peak ? bds_log2(s->peak) : 0;
    /* Of a normal distribution the deviation is 1.25 times the mean magnitude: the spread that comes next above. */
    uint32_t spread = 0;
    while (spread < 20 && (uint64_t)(spread & 1u ? 181 : 256) * nonzero << (s->top + 1) > (sum * 320) << (spread / 2))
        spread++;
    first->spread = spread;
    first->speed = 1;
    first->flags = BDS_STREAM_CONFIDENT;
    if (w->interleaved)
        first->flags |= BDS_STREAM_INTERLEAVED;
    if (w->count - nonzero < w->count / 8)
        first->flags |= BDS_STREAM_DENSE;
    if (2 * peaks > s->rows && s->length <= 65536)
        first->flags |= BDS_STREAM_PEAKS;
    return 1;
}

bdc_status encode_adaptive(bdc_context *c, const weight_array *w, uint8_t *stream, size_t capacity, size_t *bytes)
{
    /* The choice does not depend on the capacity. */
    const size_t room = 2 * ((size_t)w->count << (w->type == BDS_INT16)) + 64;
    bdc_mark mark = bdc_mark_set(c);
    job *j = BDC_NEW(c, job, 1);
    uint8_t *trial = BDC_NEW(c, uint8_t, room);
    *bytes = 0;
    if (!j || !trial)
        return BDC_E_MEMORY;
    setting first;
    *j = (job){.w = w, .bytes = trial, .capacity = room};
    if (prepare(j, &first)) {
        search(j, first);
        const size_t n = encode(j, &j->best);
        if (n <= capacity && n <= room) {
            memcpy(stream, trial, n);
            *bytes = n;
        }
    }
    bdc_mark_release(c, mark);
    return BDC_OK;
}
