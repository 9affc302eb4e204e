/* The arithmetic against worked examples, and what surrounds the kernels: selection, packing limits, self-test. That every fast
 * kernel equals its reference on every target is shown by tests/parity.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "bedside.h"
#include "kernels/kernels.h"
#include "unit/check.h"

/* floor(a / b), b > 0 */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void test_rounding(void)
{
    CHECK((-5 >> 1) == -3 && ((int64_t)-1 >> 40) == -1); /* the runtime relies on arithmetic shifts */

    /* Halves go upward, also below zero. */
    CHECK(bds_round_shift(1, 1) == 1 && bds_round_shift(-1, 1) == 0 && bds_round_shift(-3, 1) == -1);
    CHECK(bds_round_shift(5, 2) == 1 && bds_round_shift(6, 2) == 2 && bds_round_shift(-6, 2) == -1 &&
          bds_round_shift(-7, 2) == -2);

    uint32_t x = 1;
    int bad = 0;
    for (int i = 0; i < 200000; i++) {
        bds_requant q = {.lo = INT32_MIN, .hi = INT32_MAX};
        x = x * 1664525u + 1013904223u;
        q.left = (int32_t)(x >> 20 & 7);
        q.shift = BDS_SHIFT_MIN + (int32_t)(x >> 24) % (BDS_SHIFT_MAX - BDS_SHIFT_MIN + 1);
        q.zero_point = (int32_t)(x >> 8 & 255) - 128;
        x = x * 1664525u + 1013904223u;
        int32_t limit = (BDS_ACCUMULATOR_LIMIT >> q.left) - 1, acc = (int32_t)(x % (2u * (uint32_t)limit + 1)) - limit;
        x = x * 1664525u + 1013904223u;
        int32_t m = 1 + (int32_t)((x >> 8) % BDS_MULTIPLIER_MAX);
        int64_t one = (int64_t)1 << q.shift;
        int64_t want = floor_div(2 * (int64_t)acc * (1 << q.left) * m + one, 2 * one) + q.zero_point;
        bad += bds_requantise(acc, m, &q) != want;
    }
    CHECK(bad == 0);

    CHECK(bds_round_div(7, 2) == 4 && bds_round_div(6, 4) == 2 && bds_round_div(5, 4) == 1 && bds_round_div(0, 9) == 0);
    CHECK(bds_share(1, 3) == 21845 && bds_share(2, 3) == 43691 && bds_share(5, 5) == 65536);
}

static void test_curve(void)
{
    uint16_t curve[257];
    for (int i = 0; i <= 256; i++)
        curve[i] = (uint16_t)(65535 - 200 * i);
    CHECK(bds_curve(curve, 0, 0) == 65535 && bds_curve(curve, 3, 0) == 64935);
    CHECK(bds_curve(curve, 256, 0) == curve[256] && bds_curve(curve, UINT32_MAX, 16) == curve[256]);
    CHECK(bds_curve(curve, 4, 3) == 65435); /* half-way between the first two */
    CHECK(bds_curve(curve, 1, 3) == 65510);
}

/* With shift 17 and multiplier 2^14, one output step is 8 sums. */
static const int32_t no_bias[16];
static const int16_t eighth[16] = {1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14,
                                   1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14, 1 << 14};

/* One row of pixels of x, each a window. */
static bds_window row_of(const int8_t *x, uint32_t pixels, uint32_t channels)
{
    const bds_window w = {.x = x,
                          .height = 1,
                          .width = pixels,
                          .channels = channels,
                          .pixel = channels,
                          .out_width = pixels,
                          .rows = 1,
                          .row_end = 1,
                          .kernel_h = 1,
                          .kernel_w = 1,
                          .stride_h = 1,
                          .stride_w = 1,
                          .dilation_h = 1,
                          .dilation_w = 1};
    return w;
}

static void test_examples(const bds_kernels *k)
{
    int8_t out[4];
    const bds_requant by_eight = {no_bias, eighth, 10, -128, 127, 0, 17};

    /* A 1x1 convolution of two pixels, 3 -> 2 channels, raw weights, int16 out. */
    const int8_t x[6] = {1, 2, 3, -128, 127, 0}, w[6] = {10, 20, 30, -1, 0, 4};
    int16_t wide[4] = {0};
    const int8_t *scratch[2];
    bds_conv g = {
        .window = row_of(x, 2, 3), .channels = 2, .weights = w, .rq = by_eight, .out_stride = 2, .scratch = scratch};
    g.rq.lo = INT16_MIN;
    g.rq.hi = INT16_MAX;
    g.out = wide;
    g.out_wide = 1;
    k->conv(&g);
    CHECK(wide[0] == 28 && wide[1] == 11);  /* 140 / 8 = 17.5 -> 18, 11 / 8 -> 1 */
    CHECK(wide[2] == 168 && wide[3] == 26); /* 1260 / 8 = 157.5 -> 158, 128 / 8 */

    const int32_t sums[4] = {4, -4, 8000, -8000};
    k->requantise(out, sums, 4, &by_eight);
    CHECK(out[0] == 11 && out[1] == 10 && out[2] == 127 && out[3] == -128);

    /* (a + 1) / 2 + (b - 1) / 4, b repeated. */
    const int8_t a[4] = {1, 3, -5, 127}, b[2] = {5, -3};
    bds_add add = {a, b, out, 4, 2, -1, 1, 1 << 13, 1 << 12, 14, 0, -128, 127, 0, 0, 0};
    k->add(&add);
    CHECK(out[0] == 2 && out[1] == 1 && out[2] == -1 && out[3] == 63);

    bds_mul mul = {a, b, out, 4, 2, -1, 1, 1 << 14, by_eight, 0, 0, 0};
    k->mul(&mul);
    CHECK(out[0] == 11 && out[1] == 8 && out[2] == 8 && out[3] == -54); /* 8, -16, -16, -512 in eighths, plus 10 */

    const int8_t *three[3] = {a, a + 1, a + 2};
    int32_t sum[2];
    bds_pool pool = {three, 3, 2, out, 0};
    k->max_pool(&pool);
    CHECK(out[0] == 3 && out[1] == 127);
    k->sum_pool(sum, &pool, -2);
    CHECK(sum[0] == 5 && sum[1] == 131);

    int8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = (int8_t)(127 - i);
    bds_table lookup = {a, out, 4, 1, table, 0, 0};
    k->table(&lookup);
    CHECK(out[0] == -2 && out[1] == -4 && out[2] == 4 && out[3] == -128);

    /* Halving per step: shares 1/2, 1/4, 1/8, 1/8 of 256 after one of 4 steps; one alone is all, and saturates. */
    uint16_t halving[257] = {0};
    for (int i = 0; i < 16; i++)
        halving[i] = (uint16_t)(32768 >> i);
    const int8_t logits[4] = {127, 126, 125, 125}, alone[1] = {-128};
    bds_softmax softmax = {logits, out, 1, 4, halving, 0, 0, 0};
    k->softmax(&softmax);
    CHECK(out[0] == 0 && out[1] == -64 && out[2] == -96 && out[3] == -96);
    softmax.x = alone;
    softmax.channels = 1;
    k->softmax(&softmax);
    CHECK(out[0] == 127);
    const int8_t far[2] = {127, -128};
    softmax.x = far;
    softmax.channels = 2;
    k->softmax(&softmax);
    CHECK(out[0] == 127 && out[1] == -128);
}

/* A product deeper than the panels take. */
static void test_deep(uint32_t cpu)
{
    enum { DEPTH = 70001, CHANNELS = 3 };
    bds_kernels k;
    bds_kernels_select(&k, cpu);
    int8_t *x = malloc(DEPTH), *w = malloc(DEPTH * CHANNELS), out[CHANNELS];
    if (!CHECK(x && w))
        abort();
    memset(x, 1, DEPTH);
    for (int i = 0; i < DEPTH * CHANNELS; i++)
        w[i] = (int8_t)(i / DEPTH - 1);
    bds_conv g = {.window = row_of(x, 1, DEPTH),
                  .channels = CHANNELS,
                  .weights = w,
                  .rq = {no_bias, eighth, 0, -128, 127, 0, 28},
                  .out = out,
                  .out_stride = CHANNELS};
    CHECK(k.conv_packed_bytes(&g.window, CHANNELS, 0) == 0);
    g.scratch = malloc(k.conv_scratch_bytes(&g.window));
    k.conv(&g);
    CHECK(out[0] == -4 && out[1] == 0 && out[2] == 4); /* 70001 / 2^14 = 4.27 */
    free(g.scratch);
    free(x);
    free(w);
}

/* A layer packed panel by panel is the layer packed at once, for any number of channels. */
static void test_panels(void)
{
    enum { MOST = 53, DEPTH = 45, BYTES = 1 << 14 };
    static int16_t wide[MOST * DEPTH];
    static int8_t narrow[MOST * DEPTH];
    static uint8_t whole[BYTES], pieces[BYTES];
    bds_kernels k;
    uint32_t x = 5;
    bds_kernels_select(&k, BDS_CPU_ALL);
    for (int i = 0; i < MOST * DEPTH; i++) {
        x = x * 1664525u + 1013904223u;
        narrow[i] = (int8_t)(x >> 24);
        wide[i] = (int16_t)((int32_t)(x >> 20 & 511) - 255);
    }
    for (uint32_t c = 1; c <= MOST && !k.conv_packs_whole; c++)
        for (uint32_t form = 0; form < 4; form++) {
            const int is_wide = form & 1;
            bds_window w = {
                .height = 9, .width = 9, .channels = DEPTH, .pixel = DEPTH, .out_width = 9, .rows = 9, .row_end = 9};
            w.kernel_h = w.kernel_w = w.stride_h = w.stride_w = w.dilation_h = w.dilation_w = 1;
            if (form & 2) {
                w.kernel_h = w.kernel_w = 3;
                w.channels = w.pixel = DEPTH / 9;
                w.out_width = w.rows = w.row_end = 7;
            }
            const size_t bytes = k.conv_packed_bytes(&w, c, is_wide);
            if (!CHECK(bytes <= BYTES))
                return;
            memset(whole, 0xa5, BYTES);
            memset(pieces, 0xa5, BYTES);
            k.conv_pack(whole, is_wide ? (void *)wide : narrow, is_wide, &w, c, 3);
            size_t to = 0;
            for (uint32_t n = 0; n < c && bytes; n = bds_panel_at(n, c).next) {
                const bds_panel_place at = bds_panel_at(n, c);
                const uint32_t width = at.width < c ? at.width : c;
                k.conv_pack(pieces + to, is_wide ? (void *)(wide + at.first * DEPTH) : narrow + at.first * DEPTH,
                            is_wide, &w, width, 3);
                to += k.conv_packed_bytes(&w, width, is_wide);
            }
            CHECK(to == bytes && !memcmp(whole, pieces, BYTES));
        }
}

/* A depthwise kernel taller than the strips of rows take: 70 rows of ones over a picture of 70. */
static void test_tall(uint32_t cpu)
{
    enum { ROWS = 70, CHANNELS = 9 };
    bds_kernels k;
    bds_kernels_select(&k, cpu);
    int8_t x[ROWS * CHANNELS], w[ROWS * CHANNELS], out[CHANNELS];
    int32_t bias[CHANNELS] = {0};
    int16_t multiplier[CHANNELS];
    memset(x, 2, sizeof x);
    memset(w, 1, sizeof w);
    for (int i = 0; i < CHANNELS; i++)
        multiplier[i] = 16384;
    bds_depthwise d = {.window = {.x = x,
                                  .height = ROWS,
                                  .width = 1,
                                  .channels = CHANNELS,
                                  .pixel = CHANNELS,
                                  .out_width = 1,
                                  .rows = 1,
                                  .row_end = 1,
                                  .kernel_h = ROWS,
                                  .kernel_w = 1,
                                  .stride_h = 1,
                                  .stride_w = 1,
                                  .dilation_h = 1,
                                  .dilation_w = 1},
                       .weights = w,
                       .rq = {bias, multiplier, 0, -128, 127, 0, 17},
                       .out = out};
    size_t packed = k.depthwise_packed_bytes(&d.window);
    void *memory = malloc(packed + 1);
    if (!CHECK(memory))
        abort();
    if (packed) {
        k.depthwise_pack(memory, w, 0, &d.window, 0);
        d.weights = memory;
    }
    d.scratch = malloc(k.depthwise_scratch_bytes(&d.window));
    k.depthwise(&d);
    for (int i = 0; i < CHANNELS; i++)
        CHECK(out[i] == 18); /* 140 / 8 = 17.5 */
    free(d.scratch);
    free(memory);
}

/* More pixels than sums of 16 bits can take. */
static void test_large_pool(uint32_t cpu)
{
    enum { PIXELS = 1000, CHANNELS = 37 };
    bds_kernels k;
    bds_kernels_select(&k, cpu);
    int8_t lowest[CHANNELS];
    const int8_t *taps[PIXELS];
    int32_t sum[CHANNELS];
    memset(lowest, -128, sizeof lowest);
    for (int i = 0; i < PIXELS; i++)
        taps[i] = lowest;
    bds_pool pool = {taps, PIXELS, CHANNELS, NULL, 0};
    k.sum_pool(sum, &pool, 127);
    for (int i = 0; i < CHANNELS; i++)
        CHECK(sum[i] == -255 * PIXELS);
}

static void test_selection(void)
{
    bds_kernels k, ref;
    bds_kernels_ref(&ref);
    bds_kernels_select(&k, 0);
    CHECK(memcmp(&k, &ref, sizeof k) == 0);
    CHECK(bds_cpu_features() == bds_cpu_features());
    bds_kernels_select(&k, BDS_CPU_ALL);
    CHECK((bds_cpu_features() != 0) == (k.conv != ref.conv));
    bds_kernels_select(&k, ~bds_cpu_features());
    CHECK(k.conv == ref.conv);
}

static void test_self_test(void)
{
    static uint8_t scratch[BDS_SELF_TEST_BYTES + 16];
    for (unsigned skew = 0; skew < 16; skew++)
        CHECK(bds_self_test(BDS_CPU_ALL, scratch + skew, BDS_SELF_TEST_BYTES, BDS_SELF_TEST_KINDS + skew) == BDS_OK);
    CHECK(bds_self_test(0, scratch, sizeof scratch, 1) == BDS_OK);
    CHECK(bds_self_test(BDS_CPU_ALL, scratch, BDS_SELF_TEST_BYTES - 1, 1) == BDS_E_ARENA);
    CHECK(bds_self_test(BDS_CPU_ALL, NULL, BDS_SELF_TEST_BYTES, 1) == BDS_E_ARGUMENT);
}

int main(void)
{
    bds_kernels k;

    test_rounding();
    test_curve();
    for (int i = 0; i < 2; i++) {
        uint32_t cpu = i ? BDS_CPU_ALL : 0;
        bds_kernels_select(&k, cpu);
        test_examples(&k);
        test_deep(cpu);
        test_tall(cpu);
        test_large_pool(cpu);
    }
    test_panels();
    test_selection();
    test_self_test();
    return check_done();
}
