/* The float kernels against plain loops in the promised order: equal bit for bit, whatever the sizes, layouts and strides.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "compiler/float_kernels.h"

static uint64_t state;

static uint32_t random_below(uint32_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % n);
}

static float *random_floats(size_t n)
{
    float *x = malloc((n + 1) * sizeof(float));
    if (!x)
        abort();
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((int32_t)random_below(2001) - 1000) / 333;
    return x;
}

static float *copy_of(const float *x, size_t n)
{
    float *copy = malloc((n + 1) * sizeof(float));
    if (!copy)
        abort();
    memcpy(copy, x, n * sizeof(float));
    return copy;
}

static void test_gemm(uint64_t seed)
{
    state = seed;
    static const uint32_t scale[3] = {3, 20, 300};
    const size_t m = random_below(scale[seed % 3]) + 1, n = random_below(scale[seed / 3 % 3]) + 1,
                 k = random_below(scale[seed / 9 % 3]), row = n + random_below(3);
    const int transpose_a = (int)random_below(2), transpose_b = (int)random_below(2);
    float *a = random_floats(m * k), *b = random_floats(n * k), *c = random_floats(m * row),
          *expected = copy_of(c, m * row), *scratch = random_floats(float_gemm_scratch(m, n, k));
    const float_matrix left = transpose_a ? (float_matrix){a, 1, m} : (float_matrix){a, k, 1};
    const float_matrix right = transpose_b ? (float_matrix){b, 1, k} : (float_matrix){b, n, 1};
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t p = 0; p < k; p++)
                expected[i * row + j] += a[i * left.row + p * left.column] * b[p * right.row + j * right.column];
    float_gemm(m, n, k, left, right, c, row, scratch);
    if (!CHECK(memcmp(c, expected, m * row * sizeof(float)) == 0))
        fprintf(stderr, "gemm of seed %u: %zu x %zu x %zu\n", (unsigned)seed, m, n, k);
    free(a);
    free(b);
    free(c);
    free(expected);
    free(scratch);
}

static size_t volume(const uint32_t d[3])
{
    return (size_t)d[0] * d[1] * d[2];
}

/* Output channel o at one position, in the order that the header promises. */
static float plain_output(const float_conv *v, const float *x, const float *w, float bias, const uint32_t at[3],
                          uint32_t o)
{
    const size_t taps = volume(v->kernel), plane = volume(v->in), channels_in = (size_t)v->groups * v->group_in;
    float sum = bias;
    for (uint32_t t = 0; t < taps; t++)
        for (uint32_t i = 0; i < v->group_in; i++) {
            const uint32_t tap[3] = {t / v->kernel[2] / v->kernel[1], t / v->kernel[2] % v->kernel[1],
                                     t % v->kernel[2]};
            int64_t pixel = 0;
            int inside = 1;
            for (int d = 0; d < 3; d++) {
                const int64_t p = (int64_t)at[d] * v->stride[d] + (int64_t)tap[d] * v->dilation[d] - v->pad[d];
                inside = inside && p >= 0 && p < v->in[d];
                pixel = pixel * v->in[d] + p;
            }
            if (!inside)
                continue;
            const size_t c = (size_t)o / v->group_out * v->group_in + i, p = (size_t)pixel;
            sum += x[v->channels_last ? p * channels_in + c : c * plane + p] *
                   w[v->weights_in_last ? (o * taps + t) * v->group_in + i : (o * v->group_in + i) * taps + t];
        }
    return sum;
}

static void test_conv(uint64_t seed)
{
    state = seed * 977 + 5;
    float_conv v = {.groups = 1 + random_below(3)};
    v.group_in = seed % 3 == 0 ? 1 : 1 + random_below(seed % 5 == 0 ? 100 : 9);
    v.group_out = seed % 6 == 0 ? 1 : 1 + random_below(20);
    if (seed % 3 == 0)
        v.groups = 1 + random_below(40);
    v.channels_last = (int)random_below(2);
    v.weights_in_last = (int)random_below(2);
    const uint32_t rank = 1 + random_below(3);
    for (uint32_t d = 0; d < 3; d++) {
        v.in[d] = v.out[d] = v.kernel[d] = v.stride[d] = v.dilation[d] = 1;
        if (d + rank < 3)
            continue;
        v.in[d] = 1 + random_below(d == 2 ? 40 : 9);
        v.kernel[d] = 1 + random_below(4);
        v.stride[d] = 1 + random_below(3);
        v.dilation[d] = 1 + random_below(2);
        v.pad[d] = random_below(4);
        const uint32_t reach = (v.kernel[d] - 1) * v.dilation[d] + 1, side = v.in[d] + v.pad[d] + random_below(3);
        v.out[d] = side >= reach ? (side - reach) / v.stride[d] + 1 : 1;
    }
    const size_t pixels = volume(v.out), channels = (size_t)v.groups * v.group_out;
    float *x = random_floats(volume(v.in) * v.groups * v.group_in),
          *w = random_floats(volume(v.kernel) * v.group_in * channels), *bias = random_floats(channels),
          *y = random_floats(pixels * channels), *packed = random_floats(float_conv_packed(&v)),
          *scratch = random_floats(float_conv_scratch(&v));
    const int biased = (int)random_below(2);
    float_conv_pack(&v, w, packed);
    float_conv_run(&v, x, packed, biased ? bias : NULL, y, scratch);
    int equal = 1;
    for (uint32_t p = 0; p < pixels; p++)
        for (uint32_t o = 0; o < channels; o++) {
            const uint32_t at[3] = {p / v.out[2] / v.out[1], p / v.out[2] % v.out[1], p % v.out[2]};
            const float expected = plain_output(&v, x, w, biased ? bias[o] : 0, at, o);
            equal = equal && y[v.channels_last ? p * channels + o : o * pixels + p] == expected;
        }
    if (!CHECK(equal))
        fprintf(stderr, "convolution of seed %u\n", (unsigned)seed);
    free(x);
    free(w);
    free(bias);
    free(y);
    free(packed);
    free(scratch);
}

int main(void)
{
    for (uint64_t seed = 0; seed < 200; seed++)
        test_gemm(seed);
    for (uint64_t seed = 0; seed < 600; seed++)
        test_conv(seed);
    return check_done();
}
