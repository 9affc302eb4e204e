/* The weight coders against the runtime's decoders, and the memory planner against its rules.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compiler/encode_numbers.h"
#include "compiler/encode_weights.h"
#include "compiler/memory_plan.h"
#include "entropy.h"
#include "numbers.h"

static uint32_t state = 1;

static uint32_t random_below(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * n) >> 32);
}

/* Kinds of weights: any; -1, 0, 1; all -128; all zero; small with rare large ones; powers of two; rows empty or normalised to 127. */
enum { KINDS = 7, DEAD = 3, ROWS = 6 };

static int32_t weight(uint32_t kind, int32_t most)
{
    switch (kind) {
    case 0:
        return (int32_t)random_below(2 * (uint32_t)most + 1) - most;
    case 1:
        return (int32_t)random_below(3) - 1;
    case 2:
        return -128;
    case DEAD:
        return 0;
    case 4:
        return random_below(50) ? (int32_t)random_below(15) - 7 : (int32_t)random_below(255) - 127;
    case 5:
        return random_below(2) ? 1 << random_below(7) : -(1 << random_below(7));
    default:
        return (int32_t)(random_below(64) + random_below(64) + random_below(64)) - 94;
    }
}

enum { MOST = 5000 };

typedef struct sample {
    weight_array w;
    int8_t narrow[MOST];
    int16_t wide[MOST];
    uint32_t kind;
} sample;

static void draw(sample *s, uint32_t seed)
{
    state = seed;
    const uint32_t row = 1 + random_below(seed < 300 ? 5 : 200), rows = 1 + random_below(MOST / row);
    const int wide = random_below(4) == 0;
    s->kind = random_below(KINDS);
    s->w = (weight_array){.elements = wide ? (const void *)s->wide : s->narrow,
                          .type = wide ? BDS_INT16 : BDS_INT8,
                          .count = row * rows,
                          .row = row,
                          .interleaved = random_below(4) == 0,
                          .tap = random_below(row + 1)};
    int dead = 0;
    for (uint32_t i = 0; i < s->w.count; i++) {
        if (i % row == 0)
            dead = s->kind == ROWS && random_below(3) == 0;
        s->wide[i] = (int16_t)(dead ? 0 : weight(s->kind, wide ? 255 : 127));
        s->narrow[i] = (int8_t)s->wide[i];
    }
}

static bdf_blob record(const weight_array *w, size_t bytes, uint16_t coding)
{
    return (bdf_blob){.stored_bytes = (uint32_t)bytes,
                      .count = w->count,
                      .type = (uint16_t)w->type,
                      .coding = coding,
                      .row_length = w->row};
}

/* What came of a blob in runs. */
typedef struct collected {
    uint8_t *to;
    uint32_t rows;
    size_t row_bytes;
} collected;

static void collect(void *cookie, const void *rows, uint32_t first, uint32_t n)
{
    collected *c = cookie;
    const uint32_t before = first < BDS_RUN_BEFORE ? first : BDS_RUN_BEFORE;
    CHECK(first == c->rows && n >= 1 && n <= BDS_RUN_ROWS);
    memcpy(c->to + first * c->row_bytes, rows, n * c->row_bytes);
    CHECK(!memcmp(c->to + (first - before) * c->row_bytes, (const uint8_t *)rows - before * c->row_bytes,
                  before * c->row_bytes));
    c->rows += n;
}

/* The same weights a run at a time, in no more room than a run takes; interleaved ones are refused. */
static int in_runs(const sample *s, const bdf_blob *b, const uint8_t *stream)
{
    static int16_t back[MOST];
    const size_t row_bytes = (size_t)b->row_length << (b->type == BDS_INT16), n = row_bytes * (b->count / s->w.row);
    uint8_t *room = malloc((BDS_RUN_BEFORE + BDS_RUN_ROWS) * row_bytes);
    collected c = {(uint8_t *)back, 0, row_bytes};
    const bds_weight_sink sink = {room, collect, &c};
    const bds_status status = bds_weights_decode_runs(&sink, b, stream);
    free(room);
    if (s->w.interleaved && s->w.row > 1)
        return CHECK(status == BDS_E_CORRUPT && c.rows == 0);
    return s->w.interleaved ||
           CHECK(status == BDS_OK && c.rows * s->w.row == b->count && !memcmp(s->w.elements, back, n));
}

typedef bdc_status encoder(bdc_context *c, const weight_array *w, uint8_t *stream, size_t capacity, size_t *bytes);

static int round_trip(bdc_context *c, sample *s, encoder *encode, uint16_t coding)
{
    static uint8_t stream[4 * MOST + 64], again[4 * MOST + 64];
    static int16_t back[MOST + 1];
    size_t bytes = 0, shorter = 0;
    if (!CHECK(encode(c, &s->w, stream, sizeof stream, &bytes) == BDC_OK && bytes > 0))
        return 0;
    bdf_blob b = record(&s->w, bytes, coding);
    back[s->w.count] = 0x5a5a;
    ((int8_t *)back)[s->w.type == BDS_INT8 ? s->w.count : 0] = 0x5a; /* the first element behind */
    const size_t n = (size_t)s->w.count << (s->w.type == BDS_INT16);
    int ok = CHECK(bds_weights_decode(back, &b, stream) == BDS_OK && !memcmp(s->w.elements, back, n));
    ok &= CHECK(s->w.type == BDS_INT16 ? back[s->w.count] == 0x5a5a : ((int8_t *)back)[s->w.count] == 0x5a);
    ok &= in_runs(s, &b, stream);
    /* The same bytes each time; no room is written past; these weights have no other bytes. */
    ok &=
        CHECK(encode(c, &s->w, again, bytes, &shorter) == BDC_OK && shorter == bytes && !memcmp(stream, again, bytes));
    ok &= CHECK(encode(c, &s->w, again, bytes - 1, &shorter) == BDC_OK && shorter == 0);
    b.stored_bytes = (uint32_t)bytes + 1;
    stream[bytes] = 1;
    const bds_status longer = bds_weights_decode(back, &b, stream);
    ok &= CHECK(longer == BDS_E_CORRUPT ||
                memcmp(s->w.elements, back, n) != 0); /* a stream of other weights, by chance */
    if (s->kind == DEAD)
        ok &= CHECK(bytes < 40);
    return ok;
}

static void test_round_trip(encoder *encode, uint16_t coding)
{
    static sample s;
    bdc_context *c;
    CHECK(bdc_create(&c, NULL, NULL) == BDC_OK);
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        draw(&s, seed);
        if (!round_trip(c, &s, encode, coding)) {
            fprintf(stderr, "  coding %u, seed %u, kind %u\n", (unsigned)coding, (unsigned)seed, (unsigned)s.kind);
            break;
        }
    }
    bdc_destroy(c);
}

/* No stream makes an int8 of more than it holds, nor any weight of more than 255. */
static void test_range(encoder *encode, uint16_t coding)
{
    static const int16_t values[] = {127, -127, -128, 128, 255, -255, 256};
    bdc_context *c;
    CHECK(bdc_create(&c, NULL, NULL) == BDC_OK);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const int16_t w[2] = {values[i], 1};
        const weight_array array = {.elements = w, .type = BDS_INT16, .count = 2, .row = 2};
        uint8_t stream[64];
        int16_t back[2] = {0};
        size_t n = 0;
        CHECK(encode(c, &array, stream, sizeof stream, &n) == BDC_OK && (n > 0) == (values[i] < 256));
        if (n == 0)
            continue;
        bdf_blob b = record(&array, n, coding);
        CHECK(bds_weights_decode(back, &b, stream) == BDS_OK && back[0] == values[i] && back[1] == 1);
        b.type = BDS_INT8;
        const int fits = values[i] >= -128 && values[i] <= 127;
        CHECK(bds_weights_decode(back, &b, stream) == (fits ? BDS_OK : BDS_E_CORRUPT));
        CHECK(!fits || ((const int8_t *)back)[0] == values[i]);
    }
    bdc_destroy(c);
}

/* Numbers of every size: as they are, as differences of a slow walk, and at the rails of their type. */
static void test_numbers(void)
{
    enum { COUNT = 300 };
    static int32_t v[COUNT], back[COUNT];
    static int16_t narrow[COUNT];
    static uint8_t stream[8 * COUNT + 16];
    for (uint32_t seed = 1; seed <= 400; seed++) {
        state = seed;
        const uint32_t type = random_below(2) ? BDS_INT32 : BDS_INT16, bits = random_below(type == BDS_INT32 ? 33 : 17);
        const uint32_t count = 1 + random_below(COUNT), walk = random_below(2);
        for (uint32_t i = 0; i < count; i++) {
            const uint32_t drawn =
                (random_below(65536) << 16 | random_below(65536)) & (uint32_t)(((uint64_t)1 << bits) - 1);
            v[i] = (int32_t)(walk && i ? (uint32_t)v[i - 1] + drawn % 16 : drawn - (drawn >> 1));
            if (random_below(50) == 0)
                v[i] = type == BDS_INT32 ? (random_below(2) ? INT32_MIN : INT32_MAX)
                       : random_below(2) ? INT16_MIN
                                         : INT16_MAX;
            narrow[i] = (int16_t)v[i];
        }
        const void *numbers = type == BDS_INT32 ? (const void *)v : narrow;
        const size_t n = encode_number_blob(type, numbers, count, stream, sizeof stream);
        bdf_blob b = {.stored_bytes = (uint32_t)n, .count = count, .type = (uint16_t)type, .coding = BDF_NUMBERS};
        int ok = CHECK(n > 0 && bds_number_blob_decode(back, &b, stream) == BDS_OK &&
                       !memcmp(numbers, back, count * (type == BDS_INT32 ? 4u : 2u)));
        ok &= CHECK(encode_number_blob(type, numbers, count, stream, n - 1) == 0);
        stream[0] = 2;
        ok &= CHECK(bds_number_blob_decode(back, &b, stream) == BDS_E_CORRUPT);
        if (!ok) {
            fprintf(stderr, "  seed %u\n", (unsigned)seed);
            return;
        }
    }
}

static int overlap(const memory_buffer *a, const memory_buffer *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

static void test_memory(void)
{
    enum { BUFFERS = 60 };
    memory_buffer b[BUFFERS];
    bdc_context *c;
    CHECK(bdc_create(&c, NULL, NULL) == BDC_OK);
    for (uint32_t seed = 1; seed <= 500; seed++) {
        state = seed;
        uint32_t n = 1 + random_below(BUFFERS);
        uint64_t total, sum = 0, most = 0;
        for (uint32_t i = 0; i < n; i++) {
            b[i] = (memory_buffer){
                .bytes = 1 + random_below(1000), .first = i, .last = i + random_below(6), .over = MEMORY_ALONE};
            /* Sometimes in place of one that ends here and that no other is over. */
            uint32_t under = i ? random_below(i) : 0;
            int taken = !i || b[under].last != i;
            for (uint32_t k = 0; k < i; k++)
                taken |= b[k].over == under;
            if (!taken) {
                b[i].over = under;
                b[i].bytes = b[under].bytes;
            }
            sum += (b[i].bytes + 15) / 16 * 16;
            most = b[i].bytes > most ? b[i].bytes : most;
        }
        CHECK(memory_plan(c, b, n, &total) == BDC_OK && total >= most && total <= sum);
        for (uint32_t i = 0; i < n; i++) {
            CHECK(b[i].offset % 16 == 0 && b[i].offset + b[i].bytes <= total);
            for (uint32_t k = 0; k < i; k++) {
                int in_place = b[i].over == k && b[i].offset == b[k].offset;
                if (!CHECK(in_place || !overlap(&b[i], &b[k])))
                    fprintf(stderr, "  seed %u: %u and %u\n", (unsigned)seed, (unsigned)i, (unsigned)k);
            }
        }
    }
    /* A chain of elementwise operators needs one buffer only. */
    for (uint32_t i = 0; i < BUFFERS; i++)
        b[i] = (memory_buffer){.bytes = 100, .first = i, .last = i + 1, .over = i ? i - 1 : MEMORY_ALONE};
    uint64_t total;
    CHECK(memory_plan(c, b, BUFFERS, &total) == BDC_OK && total == 112);
    bdc_destroy(c);
}

int main(void)
{
    test_round_trip(encode_adaptive, BDF_RANGE);
    test_round_trip(encode_static, BDF_STATIC);
    test_range(encode_adaptive, BDF_RANGE);
    test_range(encode_static, BDF_STATIC);
    test_numbers();
    test_memory();
    return check_done();
}
