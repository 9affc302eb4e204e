/* Where buffers lie: never two that live at the same time in one place, and as little memory as the chains of well-known networks need.
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "compiler/memory_plan.h"
#include "random.h"

enum { MOST = 64 };

static uint64_t rounded(uint64_t bytes)
{
    return (bytes + MEMORY_ALIGN - 1) / MEMORY_ALIGN * MEMORY_ALIGN;
}

/* The most bytes that are alive at one time; no plan needs less, unless buffers are written over. */
static uint64_t bound(const memory_buffer *b, uint32_t n)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t live = 0;
        for (uint32_t k = 0; k < n; k++)
            live += b[k].first <= b[i].first && b[k].last >= b[i].first ? rounded(b[k].bytes) : 0;
        most = live > most ? live : most;
    }
    return most;
}

/* 1 if b is written over a, directly or through others. */
static int is_over(const memory_buffer *buffers, uint32_t a, uint32_t b)
{
    while (b != MEMORY_ALONE && b != a)
        b = buffers[b].over;
    return b == a;
}

static void check_plan(const memory_buffer *b, uint32_t n, uint64_t total)
{
    for (uint32_t i = 0; i < n; i++) {
        CHECK(b[i].offset % MEMORY_ALIGN == 0 && b[i].offset + b[i].bytes <= total);
        for (uint32_t k = 0; k < i; k++) {
            const int alive = b[i].first <= b[k].last && b[k].first <= b[i].last;
            const int apart = b[i].offset + b[i].bytes <= b[k].offset || b[k].offset + b[k].bytes <= b[i].offset;
            if (alive && !is_over(b, i, k) && !is_over(b, k, i))
                CHECK(apart);
        }
    }
}

/* Tensors that each make the next: tensor i lives from step i to i + 1. */
static uint64_t plan_chain(bdc_context *c, const uint32_t *bytes, uint32_t n)
{
    memory_buffer b[MOST];
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        b[i] = (memory_buffer){.bytes = bytes[i], .first = i, .last = i + 1, .over = MEMORY_ALONE};
    CHECK(memory_plan(c, b, n, &total) == BDC_OK);
    check_plan(b, n, total);
    CHECK(total == bound(b, n));
    return total;
}

static void test_networks(bdc_context *c)
{
    /* The activations of MobileNetV1 0.25 on 96 x 96 x 3 (Visual Wake Words): placing the largest first takes 64,512. */
    static const uint32_t vww[] = {27648, 18432, 18432, 36864, 9216, 18432, 18432, 18432, 4608, 9216, 9216, 9216,
                                   2304,  4608,  4608,  4608,  4608, 4608,  4608,  4608,  1152, 2304, 2304, 2304};
    static const uint32_t anomaly[] = {640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640};
    CHECK(plan_chain(c, vww, sizeof vww / sizeof *vww) == 55296);
    CHECK(plan_chain(c, anomaly, sizeof anomaly / sizeof *anomaly) == 768);
}

/* A residual network: what is added stays alive, and the sum is written over it. */
static void test_writing_over(bdc_context *c)
{
    memory_buffer b[] = {{.bytes = 16384, .first = 0, .last = 2, .over = MEMORY_ALONE},
                         {.bytes = 16384, .first = 1, .last = 2, .over = MEMORY_ALONE},
                         {.bytes = 16384, .first = 2, .last = 3, .over = 0}};
    uint64_t total = 0;
    CHECK(memory_plan(c, b, 3, &total) == BDC_OK && total == 32768);
    check_plan(b, 3, total);
    CHECK(b[2].offset == b[0].offset);
}

static void test_random(bdc_context *c, uint64_t seed)
{
    random_seed(seed);
    for (uint32_t round = 0; round < 200; round++) {
        memory_buffer b[MOST];
        const uint32_t n = 2 + random_below(MOST - 2);
        uint64_t total = 0;
        for (uint32_t i = 0; i < n; i++) {
            const uint32_t first = random_below(40);
            b[i] = (memory_buffer){
                .bytes = 1 + random_below(5000), .first = first, .last = first + random_below(6), .over = MEMORY_ALONE};
            for (uint32_t k = 0; k < i && random_below(2); k++) {
                int taken = 0; /* each is written over once at most */
                for (uint32_t m = 0; m < i; m++)
                    taken |= b[m].over == k;
                if (!taken && b[k].last == first && b[k].first < first) {
                    b[i].bytes = b[k].bytes;
                    b[i].over = k;
                    break;
                }
            }
        }
        CHECK(memory_plan(c, b, n, &total) == BDC_OK);
        check_plan(b, n, total);
    }
}

int main(void)
{
    bdc_context *c;
    if (!CHECK(bdc_create(&c, NULL, NULL) == BDC_OK))
        return check_done();
    test_networks(c);
    test_writing_over(c);
    test_random(c, 7);
    bdc_destroy(c);
    return check_done();
}
