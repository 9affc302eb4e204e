/* The rails of the operators that work element by element: wrapping, limits, infinities, halves, broadcasting.
 * SPDX-License-Identifier: MIT */
#include "ops.h"

#include <stdint.h>

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof *(array))

/* One operator on one vector. */
static bdc_status run_one(net_code code, net_type type, const void *x, uint32_t count, const net_attributes *a)
{
    ops_begin(code, 1, 1);
    if (a)
        ops_op->a = *a;
    ops_input(0, type, 1, &count, x);
    ops_output(0);
    return ops_run();
}

static bdc_status run_two(net_code code, net_type type, const void *x, const void *y, uint32_t count, int mode)
{
    ops_begin(code, 2, 1);
    ops_op->a.mode = mode;
    ops_input(0, type, 1, &count, x);
    ops_input(1, type, 1, &count, y);
    ops_output(0);
    return ops_run();
}

static void test_unary(void)
{
    const float x[] = {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3e9f, INFINITY};
    const float rounded[] = {-2.0f, -2.0f, -0.0f, 0.0f, 2.0f, 2.0f, 3e9f, INFINITY};
    CHECK(run_one(NET_ROUND, NET_FLOAT, x, COUNT(x), NULL) == BDC_OK && ops_is(0, NET_FLOAT, COUNT(x), rounded));
    const int8_t i[] = {-128, -1, 0, 127}, negated[] = {-128, 1, 0, -127}, absolute[] = {-128, 1, 0, 127};
    CHECK(run_one(NET_NEG, NET_INT8, i, COUNT(i), NULL) == BDC_OK && ops_is(0, NET_INT8, COUNT(i), negated));
    CHECK(run_one(NET_ABS, NET_INT8, i, COUNT(i), NULL) == BDC_OK && ops_is(0, NET_INT8, COUNT(i), absolute));
    const uint64_t u[] = {0, UINT64_MAX, (uint64_t)1 << 63}, signs[] = {0, 1, 1};
    CHECK(run_one(NET_ABS, NET_UINT64, u, COUNT(u), NULL) == BDC_OK && ops_is(0, NET_UINT64, COUNT(u), u));
    CHECK(run_one(NET_SIGN, NET_UINT64, u, COUNT(u), NULL) == BDC_OK && ops_is(0, NET_UINT64, COUNT(u), signs));
    const float odd[] = {NAN, INFINITY, -INFINITY, 0.0f};
    const uint8_t nans[] = {1, 0, 0, 0}, negative[] = {0, 0, 1, 0}, positive[] = {0, 1, 0, 0};
    CHECK(run_one(NET_IS_NAN, NET_FLOAT, odd, 4, NULL) == BDC_OK && ops_is(0, NET_BOOL, 4, nans));
    CHECK(run_one(NET_IS_INF, NET_FLOAT, odd, 4, &(net_attributes){.mode = 1}) == BDC_OK &&
          ops_is(0, NET_BOOL, 4, negative));
    CHECK(run_one(NET_IS_INF, NET_FLOAT, odd, 4, &(net_attributes){.mode = 2}) == BDC_OK &&
          ops_is(0, NET_BOOL, 4, positive));

    /* A not-a-number never turns into a number on the way. */
    static const net_code keeps[] = {
        NET_RELU,    NET_LEAKY_RELU,   NET_ELU,        NET_SELU, NET_CELU,     NET_THRESHOLDED_RELU,
        NET_SIGMOID, NET_HARD_SIGMOID, NET_HARD_SWISH, NET_TANH, NET_SOFTPLUS, NET_SOFTSIGN,
        NET_MISH,    NET_GELU,         NET_SHRINK,     NET_NEG,  NET_ABS,      NET_SIGN,
        NET_ROUND,   NET_FLOOR,        NET_EXP,        NET_LOG,  NET_ERF,      NET_CLIP};
    const net_attributes a = {.alpha = 1.0f, .beta = 0.5f};
    for (size_t k = 0; k < COUNT(keeps); k++)
        CHECK(run_one(keeps[k], NET_FLOAT, odd, 4, &a) == BDC_OK && isnan(((const float *)ops_values(0))[0]));
    /* Where float would cancel or overflow. */
    const float wide[] = {-1e-7f, 1000.0f, -1000.0f, -30.0f};
    CHECK(run_one(NET_ELU, NET_FLOAT, wide, 4, &a) == BDC_OK &&
          fabsf(((const float *)ops_values(0))[0] + 1e-7f) < 1e-14f);
    CHECK(((const float *)ops_values(0))[2] == -1.0f);
    CHECK(run_one(NET_SOFTPLUS, NET_FLOAT, wide, 4, &a) == BDC_OK);
    const float *y = ops_values(0);
    CHECK(y[1] == 1000.0f && y[2] == 0.0f && fabsf(y[3] - 9.357623e-14f) < 1e-19f);
    CHECK(run_one(NET_SIGMOID, NET_FLOAT, wide, 4, &a) == BDC_OK && ((const float *)ops_values(0))[1] == 1.0f);

    CHECK(run_one(NET_SQRT, NET_INT32, i, 1, NULL) == BDC_E_UNSUPPORTED && ops_says(BDC_E_UNSUPPORTED, "int32"));
    CHECK(run_one(NET_NEG, NET_UINT8, i, 1, NULL) == BDC_E_UNSUPPORTED && ops_says(BDC_E_UNSUPPORTED, "Neg"));
    CHECK(run_one(NET_EXP, NET_FLOAT, x, 0, NULL) == BDC_OK && ops_is(0, NET_FLOAT, 0, NULL));
    CHECK(run_one(NET_CELU, NET_FLOAT, x, 1, NULL) == BDC_E_INVALID && ops_says(BDC_E_INVALID, "alpha"));
}

static void test_cast(void)
{
    const float x[] = {-1e30f, -129.9f, -1.9f, -0.0f, 0.9f, 255.9f, 3e9f, 1e30f, INFINITY, NAN};
    const int8_t to_int8[] = {-128, -128, -1, 0, 0, 127, 127, 127, 127, 0};
    const uint8_t to_uint8[] = {0, 0, 0, 0, 0, 255, 255, 255, 255, 0}, to_bool[] = {1, 1, 1, 0, 1, 1, 1, 1, 1, 1};
    const int32_t to_int32[] = {INT32_MIN, -129, -1, 0, 0, 255, INT32_MAX, INT32_MAX, INT32_MAX, 0};
    const uint32_t to_uint32[] = {0, 0, 0, 0, 0, 255, 3000000000u, UINT32_MAX, UINT32_MAX, 0};
    const int64_t to_int64[] = {INT64_MIN, -129, -1, 0, 0, 255, 3000000000, INT64_MAX, INT64_MAX, 0};
    const uint64_t to_uint64[] = {0, 0, 0, 0, 0, 255, 3000000000u, UINT64_MAX, UINT64_MAX, 0};
    const struct {
        net_type type;
        const void *expected;
    } rows[] = {{NET_INT8, to_int8},     {NET_UINT8, to_uint8}, {NET_BOOL, to_bool},    {NET_INT32, to_int32},
                {NET_UINT32, to_uint32}, {NET_INT64, to_int64}, {NET_UINT64, to_uint64}};
    for (size_t k = 0; k < COUNT(rows); k++)
        if (!CHECK(run_one(NET_CAST, NET_FLOAT, x, COUNT(x), &(net_attributes){.to = rows[k].type}) == BDC_OK &&
                   ops_is(0, rows[k].type, COUNT(x), rows[k].expected)))
            fprintf(stderr, "  to %s\n", net_type_name(rows[k].type));
    /* Integers keep their lowest bits; 64-bit ones are rounded once. */
    const int64_t i[] = {-1, 300, 256, INT64_MIN, 0x20000020000001};
    const uint8_t low[] = {255, 44, 0, 0, 1}, any[] = {1, 1, 1, 1, 1};
    const float near[] = {-1.0f, 300.0f, 256.0f, -0x1p63f, 0x1.000002p53f};
    CHECK(run_one(NET_CAST, NET_INT64, i, 5, &(net_attributes){.to = NET_UINT8}) == BDC_OK &&
          ops_is(0, NET_UINT8, 5, low));
    CHECK(run_one(NET_CAST, NET_INT64, i, 5, &(net_attributes){.to = NET_BOOL}) == BDC_OK &&
          ops_is(0, NET_BOOL, 5, any));
    CHECK(run_one(NET_CAST, NET_INT64, i, 5, &(net_attributes){.to = NET_FLOAT}) == BDC_OK &&
          ops_is(0, NET_FLOAT, 5, near));
    CHECK(run_one(NET_CAST, NET_INT64, i, 5, &(net_attributes){.to = (net_type)8}) == BDC_E_UNSUPPORTED &&
          ops_says(BDC_E_UNSUPPORTED, "to"));

    /* Every float16 and back; between two of them halves go to the even one. */
    static uint16_t halves[65536];
    for (uint32_t k = 0; k < 65536; k++)
        halves[k] = (uint16_t)((k & 0x7c00u) == 0x7c00u && (k & 1023u) ? (k & 0x8000u) | 0x7e00u : k);
    CHECK(run_one(NET_CAST, NET_FLOAT16, halves, 65536, &(net_attributes){.to = NET_FLOAT}) == BDC_OK);
    static float floats[65536];
    memcpy(floats, ops_values(0), sizeof floats);
    CHECK(floats[0x3c00] == 1.0f && floats[1] == 0x1p-24f && floats[0xfbff] == -65504.0f && isinf(floats[0x7c00]));
    CHECK(run_one(NET_CAST, NET_FLOAT, floats, 65536, &(net_attributes){.to = NET_FLOAT16}) == BDC_OK);
    const uint16_t *back = ops_values(0);
    int same = 1;
    for (uint32_t k = 0; k < 65536; k++)
        same &= (back[k] & 0x7fffu) == (halves[k] & 0x7fffu) && (isnan(floats[k]) || back[k] == halves[k]);
    CHECK(same);
    for (uint32_t k = 0; k < 0x7bff; k++) {
        const double middle = ((double)floats[k] + (double)floats[k + 1]) / 2;
        const double three[] = {nextafter(middle, 0.0), middle, nextafter(middle, 1e9)};
        CHECK(run_one(NET_CAST, NET_DOUBLE, three, 3, &(net_attributes){.to = NET_FLOAT16}) == BDC_OK);
        const uint16_t *y = ops_values(0);
        if (!CHECK(y[0] == k && y[1] == k + (k & 1u) && y[2] == k + 1))
            break;
        k += k % 7; /* a part of them is enough */
    }
    const double large[] = {65519.999, 65520.0, -1e300, 0x1p-25, 0x1.0000001p-25};
    const uint16_t ends[] = {0x7bff, 0x7c00, 0xfc00, 0, 1};
    CHECK(run_one(NET_CAST, NET_DOUBLE, large, 5, &(net_attributes){.to = NET_FLOAT16}) == BDC_OK &&
          ops_is(0, NET_FLOAT16, 5, ends));
}

static void test_clip(void)
{
    const float x[] = {-3, 0, 3, NAN}, low = 1, high = -1, crossed[] = {-1, -1, -1};
    ops_begin(NET_CLIP, 3, 1);
    ops_input(0, NET_FLOAT, 1, OPS_DIMS(4), x);
    ops_input(1, NET_FLOAT, 0, NULL, &low);
    ops_input(2, NET_FLOAT, 0, NULL, &high);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && !memcmp(ops_values(0), crossed, sizeof crossed));
    CHECK(isnan(((const float *)ops_values(0))[3]));
    const int8_t i[] = {-128, -5, 7, 127}, least = -5, clipped[] = {-5, -5, 7, 127};
    ops_begin(NET_CLIP, 2, 1);
    ops_input(0, NET_INT8, 1, OPS_DIMS(4), i);
    ops_input(1, NET_INT8, 0, NULL, &least);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT8, 4, clipped));
    ops_begin(NET_CLIP, 2, 1);
    ops_input(0, NET_INT8, 1, OPS_DIMS(4), i);
    ops_input(1, NET_FLOAT, 0, NULL, &low);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "different types"));
}

static void test_integers(void)
{
    const int32_t x[] = {INT32_MIN, 7, -7, 7, -7, 5, INT32_MAX}, y[] = {-1, 2, 2, -2, -2, 0, 1};
    const int32_t quotient[] = {INT32_MIN, 3, -3, -3, 3, 0, INT32_MAX}, sum[] = {INT32_MAX, 9, -5, 5, -9, 5, INT32_MIN};
    const int32_t python[] = {0, 1, 1, -1, -1, 0, 0}, c[] = {0, 1, -1, 1, -1, 0, 0};
    CHECK(run_two(NET_DIV, NET_INT32, x, y, 7, 0) == BDC_OK && ops_is(0, NET_INT32, 7, quotient));
    CHECK(run_two(NET_ADD, NET_INT32, x, y, 7, 0) == BDC_OK && ops_is(0, NET_INT32, 7, sum));
    CHECK(run_two(NET_MOD, NET_INT32, x, y, 7, 0) == BDC_OK && ops_is(0, NET_INT32, 7, python));
    CHECK(run_two(NET_MOD, NET_INT32, x, y, 7, 1) == BDC_OK && ops_is(0, NET_INT32, 7, c));
    const int64_t w[] = {INT64_MIN, INT64_MIN, 3, -1, -1, 2, 0, 0}, z[] = {-1, 2, 4, -3, -4, -1, -1, 0};
    const int64_t halves[] = {INT64_MIN, INT64_MIN / 2, 0, 0, 0, -2, 0, 0}, powers[] = {0, 0, 81, -1, 1, 0, 0, 1};
    CHECK(run_two(NET_DIV, NET_INT64, w, z, 8, 0) == BDC_OK && ops_is(0, NET_INT64, 8, halves));
    CHECK(run_two(NET_POW, NET_INT64, w, z, 8, 0) == BDC_OK && ops_is(0, NET_INT64, 8, powers));
    const uint64_t u[] = {UINT64_MAX, 1, 5}, v[] = {2, UINT64_MAX, 7}, q[] = {UINT64_MAX / 2, 0, 0}, m[] = {1, 1, 5};
    const uint8_t less[] = {0, 1, 1};
    CHECK(run_two(NET_DIV, NET_UINT64, u, v, 3, 0) == BDC_OK && ops_is(0, NET_UINT64, 3, q));
    CHECK(run_two(NET_MOD, NET_UINT64, u, v, 3, 0) == BDC_OK && ops_is(0, NET_UINT64, 3, m));
    CHECK(run_two(NET_LESS, NET_UINT64, u, v, 3, 0) == BDC_OK && ops_is(0, NET_BOOL, 3, less));
    const int8_t s[] = {-128, 127, -1}, t[] = {127, -128, 0}, larger[] = {127, 127, 0};
    CHECK(run_two(NET_MAX, NET_INT8, s, t, 3, 0) == BDC_OK && ops_is(0, NET_INT8, 3, larger));
    const uint8_t a[] = {255, 255, 255, 1}, by[] = {1, 8, 200, 7}, left[] = {254, 0, 0, 128}, right[] = {127, 0, 0, 0};
    CHECK(run_two(NET_BIT_SHIFT, NET_UINT8, a, by, 4, 0) == BDC_OK && ops_is(0, NET_UINT8, 4, left));
    CHECK(run_two(NET_BIT_SHIFT, NET_UINT8, a, by, 4, 1) == BDC_OK && ops_is(0, NET_UINT8, 4, right));
    CHECK(run_two(NET_BIT_SHIFT, NET_INT8, a, by, 4, 1) == BDC_E_UNSUPPORTED &&
          ops_says(BDC_E_UNSUPPORTED, "BitShift"));
}

static void test_reals(void)
{
    const float x[] = {5.3f, -5.3f, 5.3f, 1e30f, 5.3f, INFINITY, 1.0f}, y[] = {2, 2, -2, 3, 0, 2, INFINITY};
    CHECK(run_two(NET_MOD, NET_FLOAT, x, y, 7, 1) == BDC_OK);
    const float *r = ops_values(0);
    for (int k = 0; k < 7; k++)
        if (!CHECK(isnan(r[k]) ? isnan(fmodf(x[k], y[k])) : r[k] == fmodf(x[k], y[k])))
            fprintf(stderr, "  Mod %d\n", k);
    CHECK(run_two(NET_MOD, NET_FLOAT, x, y, 7, 0) == BDC_E_INVALID && ops_says(BDC_E_INVALID, "fmod"));
    const float a[] = {NAN, 1, -0.0f, INFINITY}, b[] = {1, NAN, 1, -INFINITY};
    CHECK(run_two(NET_MAX, NET_FLOAT, a, b, 4, 0) == BDC_OK);
    r = ops_values(0);
    CHECK(isnan(r[0]) && isnan(r[1]) && r[2] == 1 && isinf(r[3]));
    CHECK(run_two(NET_MIN, NET_FLOAT, a, b, 4, 0) == BDC_OK);
    r = ops_values(0);
    CHECK(isnan(r[0]) && isnan(r[1]) && r[2] == 0 && r[3] == -INFINITY);
    /* Two types of a power; the result has the base's. */
    const int32_t base[] = {2, 9, -8}, whole[] = {1, 3, 0};
    const float exponent[] = {0.5f, 0.5f, 0.3f};
    ops_begin(NET_POW, 2, 1);
    ops_input(0, NET_INT32, 1, OPS_DIMS(3), base);
    ops_input(1, NET_FLOAT, 1, OPS_DIMS(3), exponent);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT32, 3, whole));
}

/* Against a plain loop over indices, with random shapes. */
static void test_broadcast(void)
{
    uint32_t state = 9;
    for (uint32_t seed = 1; seed <= 300; seed++) {
        state = seed * 2654435761u;
        uint32_t dims[2][NET_MAX_RANK], rank[2], most = 0, out[NET_MAX_RANK];
        float x[2][1024];
        for (int k = 0; k < 2; k++) {
            state = state * 1664525u + 1013904223u;
            rank[k] = state >> 30 << 1 | (state >> 20 & 1u);
            rank[k] = rank[k] > 5 ? 5 : rank[k];
            most = rank[k] > most ? rank[k] : most;
        }
        for (uint32_t d = 0; d < most; d++) { /* from the last axis */
            state = state * 1664525u + 1013904223u;
            const uint32_t side = state >> 30, kind = state >> 20 & 3u;
            out[most - 1 - d] = 1;
            for (uint32_t k = 0; k < 2; k++)
                if (d < rank[k]) {
                    const uint32_t mine = kind == k ? 1 : side;
                    dims[k][rank[k] - 1 - d] = mine;
                    if (mine != 1)
                        out[most - 1 - d] = mine;
                }
        }
        ops_begin(NET_SUB, 2, 1);
        for (uint32_t k = 0; k < 2; k++) {
            for (uint32_t n = 0; n < 1024; n++)
                x[k][n] = (float)(n + 1) * (k ? 1000.0f : 1.0f);
            ops_input(k, NET_FLOAT, rank[k], dims[k], x[k]);
        }
        ops_output(0);
        int ok = ops_run() == BDC_OK && ops_has_dims(0, most, out);
        const float *y = ok ? ops_values(0) : NULL;
        const size_t count = ok ? net_count(ops_result(0)) : 0;
        for (size_t n = 0; ok && n < count; n++) {
            size_t rest = n, at[2] = {0, 0}, stride[2] = {1, 1};
            for (uint32_t d = 0; d < most; d++) {
                const size_t index = rest % out[most - 1 - d];
                rest /= out[most - 1 - d];
                for (uint32_t k = 0; k < 2; k++)
                    if (d < rank[k]) {
                        const uint32_t side = dims[k][rank[k] - 1 - d];
                        at[k] += (side == 1 ? 0 : index) * stride[k];
                        stride[k] *= side;
                    }
            }
            ok = y[n] == x[0][at[0]] - x[1][at[1]];
        }
        if (!CHECK(ok)) {
            fprintf(stderr, "  seed %u\n", seed);
            return;
        }
    }
    ops_begin(NET_ADD, 2, 1);
    const float x[6] = {0};
    ops_input(0, NET_FLOAT, 2, OPS_DIMS(2, 3), x);
    ops_input(1, NET_FLOAT, 1, OPS_DIMS(2), x);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "do not fit"));
    ops_begin(NET_PRELU, 2, 1);
    ops_input(0, NET_FLOAT, 1, OPS_DIMS(3), x);
    ops_input(1, NET_FLOAT, 2, OPS_DIMS(2, 3), x);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID);
    const uint8_t condition[] = {1, 0};
    const int64_t yes[] = {1, 2, 3}, no = -1, chosen[] = {1, 2, 3, -1, -1, -1};
    ops_begin(NET_WHERE, 3, 1);
    ops_input(0, NET_BOOL, 2, OPS_DIMS(2, 1), condition);
    ops_input(1, NET_INT64, 1, OPS_DIMS(3), yes);
    ops_input(2, NET_INT64, 0, NULL, &no);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 2, OPS_DIMS(2, 3)) && ops_is(0, NET_INT64, 6, chosen));
    const float three[3][2] = {{1, 2}, {4, 8}, {4, 5}}, mean[] = {3, 5};
    ops_begin(NET_MEAN, 3, 1);
    for (uint32_t k = 0; k < 3; k++)
        ops_input(k, NET_FLOAT, 1, OPS_DIMS(2), three[k]);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_FLOAT, 2, mean));
}

static void test_unknown(void)
{
    ops_begin(NET_NOTHING, 0, 0);
    CHECK(ops_infer() == BDC_E_UNSUPPORTED && ops_says(BDC_E_UNSUPPORTED, "not supported"));
    ops_begin(NET_CODE_COUNT, 0, 0);
    CHECK(ops_infer() == BDC_E_UNSUPPORTED && ops_run() == BDC_E_UNSUPPORTED);
    ops_begin(NET_RELU, 1, 1);
    CHECK(ops_infer() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "lacks its input 0"));
    ops_begin(NET_RELU, 1, 1);
    ops_op->inputs[0] = 5;
    CHECK(ops_infer() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "does not exist"));
}

int main(void)
{
    test_unary();
    test_cast();
    test_clip();
    test_integers();
    test_reals();
    test_broadcast();
    test_unknown();
    return ops_done();
}
