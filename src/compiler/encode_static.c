/* Static coder: rows are sorted into classes of like spread, each class gets a table of magnitudes, and the weights are written
 * backwards, so that the decoder reads forwards. The mirror of entropy_static.c.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "../bedside.h"
#include "../entropy_static.h"
#include "encode_numbers.h"
#include "encode_weights.h"

enum { TABLE = 1 << BDS_STATIC_BITS, MAGNITUDES = 256, CLASSES = BDS_STATIC_CLASSES };

typedef struct plan {
    uint32_t classes, smoothing;
    uint16_t frequency[CLASSES][MAGNITUDES];
    uint64_t bits; /* of all weights, in 1/256 */
    size_t side_bytes;
} plan;

typedef struct job {
    const weight_array *w;
    uint32_t rows, length, peak;
    size_t row_step, step;
    uint8_t *of, *best_of; /* the class of each row */
    uint8_t *side;         /* classes and tables, coded */
    size_t side_room;
    uint32_t cost[TABLE + 1]; /* bits of a symbol by frequency, in 1/256 */
    uint32_t count[CLASSES][MAGNITUDES];
} job;

static int32_t value_at(const job *j, uint32_t r, uint32_t k)
{
    return bds_weight_at(j->w->elements, j->w->type == BDS_INT16, r * j->row_step + k * j->step);
}

static uint32_t magnitude_at(const job *j, uint32_t r, uint32_t k)
{
    const int32_t v = value_at(j, r, k);
    return (uint32_t)(v < 0 ? -v : v);
}

/* 256 log2 x by repeated squaring, x >= 1. */
static uint32_t log2_of(uint32_t x)
{
    const uint32_t k = bds_log2(x);
    uint64_t y = (uint64_t)x << (31 - k); /* in [2^31, 2^32) */
    uint32_t fraction = 0;
    for (int i = 0; i < 8; i++) {
        y = y * y >> 31;
        const uint32_t over = y >> 32 != 0;
        fraction = fraction << 1 | over;
        y >>= over;
    }
    return k << 8 | fraction;
}

/* Means over a window, so that neighbours' frequencies differ less and cost less; zero keeps its own. */
static void smooth(uint64_t *to, const uint32_t *count, uint32_t peak, uint32_t window)
{
    to[0] = (uint64_t)count[0] << 8;
    for (uint32_t m = 1; m <= peak; m++) {
        const uint32_t first = m > window ? m - window : 1, last = m + window < peak ? m + window : peak;
        uint64_t sum = 0;
        for (uint32_t i = first; i <= last; i++)
            sum += count[i];
        to[m] = (sum << 8) / (last - first + 1);
        if (count[m] && !to[m])
            to[m] = 1;
    }
}

/* Frequencies that add up to TABLE; none is 0 where count is not. */
static void make_frequencies(uint16_t *frequency, const uint32_t *count, uint32_t peak, uint32_t window)
{
    uint64_t weight[MAGNITUDES], total = 0;
    int32_t left = TABLE;
    smooth(weight, count, peak, window);
    for (uint32_t m = 0; m <= peak; m++)
        total += weight[m];
    for (uint32_t m = 0; m <= peak; m++) {
        uint64_t f = total ? (weight[m] * TABLE + total / 2) / total : m == 0 ? TABLE : 0;
        f = f == 0 && count[m] ? 1 : f;
        frequency[m] = (uint16_t)f;
        left -= (int32_t)f;
    }
    while (left != 0) { /* the largest can spare or take it */
        uint32_t largest = 0;
        for (uint32_t m = 1; m <= peak; m++)
            if (frequency[m] > frequency[largest])
                largest = m;
        const int32_t change = left > 0                             ? left
                               : frequency[largest] / 8 + 1 < -left ? -(frequency[largest] / 8 + 1)
                                                                    : left;
        frequency[largest] = (uint16_t)(frequency[largest] + change);
        left -= change;
    }
}

static void count_classes(job *j, uint32_t classes)
{
    memset(j->count, 0, sizeof j->count);
    for (uint32_t r = 0; r < j->rows; r++)
        for (uint32_t k = 0; k < j->length; k++)
            j->count[j->of[r] % classes][magnitude_at(j, r, k)]++;
}

/* Classes to begin with: rows by their mean magnitude, as many in each. */
static void spread_rows(job *j, uint32_t classes)
{
    uint32_t histogram[1024] = {0};
    for (int pass = 0; pass < 2; pass++) {
        uint32_t below = 0;
        for (uint32_t i = 0; pass && i < 1024; i++) { /* to the number of rows below */
            const uint32_t n = histogram[i];
            histogram[i] = below;
            below += n;
        }
        for (uint32_t r = 0; r < j->rows; r++) {
            uint64_t sum = 0;
            for (uint32_t k = 0; k < j->length; k++)
                sum += magnitude_at(j, r, k);
            const uint32_t mean = (uint32_t)(sum * 1023 / ((uint64_t)j->length * (j->peak ? j->peak : 1)));
            if (pass)
                j->of[r] = (uint8_t)((uint64_t)histogram[mean]++ * classes / j->rows);
            else
                histogram[mean]++;
        }
    }
}

/* Each row to the class that codes it in the fewest bits; 1 if any moved. */
static int move_rows(job *j, const plan *p)
{
    int moved = 0;
    for (uint32_t r = 0; r < j->rows; r++) {
        uint64_t bits[CLASSES] = {0};
        for (uint32_t k = 0; k < j->length; k++)
            for (uint32_t c = 0, m = magnitude_at(j, r, k); c < p->classes; c++)
                bits[c] += j->cost[p->frequency[c][m]];
        uint8_t best = j->of[r];
        for (uint32_t c = 0; c < p->classes; c++)
            if (bits[c] < bits[best])
                best = (uint8_t)c;
        moved |= best != j->of[r];
        j->of[r] = best;
    }
    return moved;
}

static void make_tables(job *j, plan *p)
{
    count_classes(j, p->classes);
    p->bits = 0;
    for (uint32_t c = 0; c < p->classes; c++) {
        make_frequencies(p->frequency[c], j->count[c], j->peak, p->smoothing);
        for (uint32_t m = 0; m <= j->peak; m++)
            p->bits +=
                (uint64_t)j->count[c][m] * (m && j->count[c][m] ? j->cost[p->frequency[c][m]] + 256
                                                                : j->cost[p->frequency[c][m]] * (j->count[c][m] != 0));
    }
}

static size_t write_side(job *j, const plan *p)
{
    bds_number_model m;
    range_encoder e = {.range = UINT64_MAX, .out = j->side, .capacity = j->side_room};
    bds_number_model_reset(&m);
    for (uint32_t c = 0; c < p->classes; c++)
        for (uint32_t i = 0; i <= j->peak; i++)
            encode_number(&e, &m, bds_fold((int32_t)p->frequency[c][i] - (i ? (int32_t)p->frequency[c][i - 1] : 0)));
    for (uint32_t r = 0; p->classes > 1 && r < j->rows; r++)
        encode_number(&e, &m, j->of[r]);
    range_finish(&e);
    return e.n;
}

/* The classes and tables that give the fewest bytes; their classes in j->of. */
static plan choose(job *j)
{
    static const uint32_t windows[] = {0, 1, 3, 8, 20, 60};
    plan best = {0};
    for (uint32_t classes = 1; classes <= CLASSES && classes <= j->rows; classes++) {
        plan p = {.classes = classes};
        spread_rows(j, classes);
        make_tables(j, &p);
        for (int round = 0; classes > 1 && round < 6 && move_rows(j, &p); round++)
            make_tables(j, &p);
        for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
            p.smoothing = windows[i];
            make_tables(j, &p);
            p.side_bytes = write_side(j, &p);
            if (best.classes && p.side_bytes + p.bits / 2048 >= best.side_bytes + best.bits / 2048)
                continue;
            best = p;
            memcpy(j->best_of, j->of, j->rows);
        }
    }
    memcpy(j->of, j->best_of, j->rows);
    return best;
}

/* The weights, from the last to the first; words go in front of end. Returns where they begin. */
static uint16_t *write_words(const job *j, const plan *p, uint16_t *end, uint32_t state[4])
{
    uint16_t first[CLASSES][MAGNITUDES];
    for (uint32_t c = 0; c < p->classes; c++)
        for (uint32_t m = 0, sum = 0; m <= j->peak; sum += p->frequency[c][m++])
            first[c][m] = (uint16_t)sum;
    for (uint32_t i = 0; i < 4; i++)
        state[i] = 1u << 16;
    for (uint32_t r = j->rows; r-- > 0;)
        for (uint32_t k = j->length; k-- > 0;) {
            const int32_t v = value_at(j, r, k);
            const uint32_t c = j->of[r], m = (uint32_t)(v < 0 ? -v : v), sign = m != 0, f = p->frequency[c][m];
            uint32_t x = state[k & 3u];
            if (x >= (uint64_t)f << (20 - sign)) {
                *--end = (uint16_t)x;
                x >>= 16;
            }
            x = x << sign | (v < 0);
            state[k & 3u] = (x / f << BDS_STATIC_BITS) + x % f + first[c][m];
        }
    return end;
}

static void put_u32(uint8_t *to, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(x >> 8 * i);
}

static int prepare(job *j)
{
    const weight_array *w = j->w;
    if (w->count == 0 || w->row == 0 || w->count % w->row)
        return 0;
    const uint32_t others = w->count / w->row;
    j->rows = w->interleaved ? w->row : others;
    j->length = w->interleaved ? others : w->row;
    j->row_step = w->interleaved ? 1 : w->row;
    j->step = w->interleaved ? w->row : 1;
    for (uint32_t r = 0; r < j->rows; r++)
        for (uint32_t k = 0; k < j->length; k++) {
            const uint32_t m = magnitude_at(j, r, k);
            j->peak = m > j->peak ? m : j->peak;
        }
    for (uint32_t f = 1; f <= TABLE; f++)
        j->cost[f] = (BDS_STATIC_BITS << 8) - log2_of(f);
    j->cost[0] = 1u << 14; /* no row goes to a class that cannot code it, unless all rows like it do */
    return j->peak <= (w->type == BDS_INT16 ? 255u : 128u);
}

bdc_status encode_static(bdc_context *c, const weight_array *w, uint8_t *stream, size_t capacity, size_t *bytes)
{
    enum { HEAD = 6, STATES = 16 };
    bdc_mark mark = bdc_mark_set(c);
    *bytes = 0;
    job *j = BDC_NEW(c, job, 1);
    if (!j)
        return BDC_E_MEMORY;
    *j = (job){.w = w};
    if (prepare(j)) {
        j->side_room = 4096 + 2 * (size_t)j->rows;
        j->of = BDC_NEW(c, uint8_t, j->rows);
        j->best_of = BDC_NEW(c, uint8_t, j->rows);
        j->side = BDC_NEW(c, uint8_t, j->side_room);
        uint16_t *words = BDC_NEW(c, uint16_t, (size_t)w->count + 1);
        if (!j->of || !j->best_of || !j->side || !words)
            return BDC_E_MEMORY;
        uint32_t state[4];
        const plan p = choose(j);
        const size_t side = write_side(j, &p);
        const uint16_t *begin = write_words(j, &p, words + w->count + 1, state);
        const size_t count = (size_t)(words + w->count + 1 - begin), n = HEAD + side + STATES + 2 * count;
        if (n <= capacity && side <= j->side_room) {
            stream[0] = (uint8_t)((w->interleaved ? BDS_STATIC_INTERLEAVED : 0u) | (p.classes - 1) << 1);
            stream[1] = (uint8_t)j->peak;
            put_u32(stream + 2, (uint32_t)side);
            memcpy(stream + HEAD, j->side, side);
            uint8_t *to = stream + HEAD + side;
            for (int i = 0; i < 4; i++, to += 4)
                put_u32(to, state[i]);
            for (size_t i = 0; i < count; i++, to += 2) {
                to[0] = (uint8_t)begin[i];
                to[1] = (uint8_t)(begin[i] >> 8);
            }
            *bytes = n;
        }
    }
    bdc_mark_release(c, mark);
    return BDC_OK;
}
