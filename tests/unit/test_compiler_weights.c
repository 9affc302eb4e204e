/* The weight coder against the runtime's decoder, and the memory planner against its rules.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compiler/encode_weights.h"
#include "compiler/memory_plan.h"
#include "entropy.h"

static uint32_t state = 1;

static uint32_t random_below(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * n) >> 32);
}

/* Kinds of weights: any byte; -1, 0, 1; all -128; all zero; small with rare large ones. */
static int8_t weight(uint32_t kind)
{
    switch (kind) {
    case 0:
        return (int8_t)((int32_t)random_below(256) - 128);
    case 1:
        return (int8_t)((int32_t)random_below(3) - 1);
    case 2:
        return -128;
    case 3:
        return 0;
    default:
        return (int8_t)(random_below(50) ? (int32_t)random_below(15) - 7 : (int32_t)random_below(256) - 128);
    }
}

static void test_round_trip(void)
{
    enum { MOST = 5000 };
    static int8_t w[MOST], back[MOST];
    static uint8_t stream[4 * MOST + 64];
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        state = seed;
        size_t n = 1 + random_below(seed < 300 ? 20 : MOST), row = random_below((uint32_t)n + 1);
        uint32_t kind = random_below(5);
        for (size_t i = 0; i < n; i++)
            w[i] = weight(kind);
        size_t bytes = encode_weights(w, n, row, stream, sizeof stream);
        int ok = bytes > 0 && bds_weights_decode(back, n, row, stream, bytes) == BDS_OK && !memcmp(w, back, n);
        if (!CHECK(ok)) {
            fprintf(stderr, "  seed %u\n", (unsigned)seed);
            return;
        }
        /* No byte too many, none too few, and no room is never written past. */
        CHECK(bds_weights_decode(back, n, row, stream, bytes - 1) == BDS_E_CORRUPT);
        CHECK(bds_weights_decode(back, n, row, stream, bytes + 1) == BDS_E_CORRUPT);
        CHECK(encode_weights(w, n, row, stream, bytes - 1) == 0);
        if (kind == 3 && n > 1000)
            CHECK(bytes < 40);
    }
}

static int overlap(const memory_buffer *a, const memory_buffer *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->bytes &&
           b->offset < a->offset + a->bytes;
}

static void test_memory(void)
{
    enum { MOST = 60 };
    memory_buffer b[MOST];
    bdc_context *c;
    CHECK(bdc_create(&c, NULL, NULL) == BDC_OK);
    for (uint32_t seed = 1; seed <= 500; seed++) {
        state = seed;
        uint32_t n = 1 + random_below(MOST);
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
    for (uint32_t i = 0; i < MOST; i++)
        b[i] = (memory_buffer){.bytes = 100, .first = i, .last = i + 1, .over = i ? i - 1 : MEMORY_ALONE};
    uint64_t total;
    CHECK(memory_plan(c, b, MOST, &total) == BDC_OK && total == 112);
    bdc_destroy(c);
}

int main(void)
{
    test_round_trip();
    test_memory();
    return check_done();
}
