/* The rails of quantisation and its inverse: halves, saturation, axes, blocks, scales that no file should have.
 * SPDX-License-Identifier: MIT */
#include "ops.h"

#include <stdint.h>

static void parameters(net_code code, net_type type, uint32_t rank, const uint32_t *dims, const void *x,
                       uint32_t scales, const float *scale, net_type zero_type, const void *zero)
{
    ops_begin(code, 3, 1);
    ops_input(0, type, rank, dims, x);
    ops_input(1, NET_FLOAT, scales > 1, &scales, scale);
    if (zero)
        ops_input(2, zero_type, scales > 1, &scales, zero);
    ops_output(0);
}

static void test_quantise(void)
{
    const float x[] = {-0.25f, 0.25f, 0.75f, 1.25f, 1e9f, -1e9f, INFINITY, -INFINITY, 0.3f}, half = 0.5f;
    const uint8_t ten = 10, to_uint8[] = {10, 10, 12, 12, 255, 0, 255, 0, 11},
                  from_zero[] = {0, 0, 2, 2, 255, 0, 255, 0, 1};
    const int8_t minus = -10, to_int8[] = {-10, -10, -8, -8, 127, -128, 127, -128, -9};
    const int16_t none = 0, to_int16[] = {0, 0, 2, 2, 32767, -32768, 32767, -32768, 1};
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(9), x, 1, &half, NET_UINT8, &ten);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 9, to_uint8));
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(9), x, 1, &half, NET_INT8, &minus);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT8, 9, to_int8));
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(9), x, 1, &half, NET_INT16, &none);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT16, 9, to_int16));
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(9), x, 1, &half, NET_UINT8, NULL);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 9, from_zero));
    /* The quotient is one of floats: 0.15 / 0.1 is 1.5 there and goes to 2, as 2.5 does. */
    const float near[] = {0.15f, 0.25f}, tenth = 0.1f;
    const uint8_t even[] = {2, 2};
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(2), near, 1, &tenth, NET_UINT8, NULL);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 2, even));

    const float rows[] = {1, 2, 3, 1, 2, 3}, scale[] = {1, 2}, three[] = {1, 2, 3};
    const int8_t zero[] = {0, 5}, by_row[] = {1, 2, 3, 5, 6, 7}, zeros[] = {0, 1, 2}, by_column[] = {1, 2, 3, 1, 2, 3};
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 2, OPS_DIMS(2, 3), rows, 2, scale, NET_INT8, zero);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT8, 6, by_row));
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 2, OPS_DIMS(2, 3), rows, 3, three, NET_INT8, zeros);
    ops_op->a.axis = 1;
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT8, 6, by_column));
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 2, OPS_DIMS(2, 3), rows, 2, scale, NET_INT8, zero);
    ops_op->a.axis = 1;
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "do not fit"));

    static const float bad[] = {0.0f, -1.0f, INFINITY, NAN};
    for (int k = 0; k < 4; k++) {
        parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(9), x, 1, &bad[k], NET_UINT8, &ten);
        CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "scale"));
        parameters(NET_DEQUANTIZE_LINEAR, NET_UINT8, 1, OPS_DIMS(1), &ten, 1, &bad[k], NET_UINT8, &ten);
        CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "DequantizeLinear"));
    }
    parameters(NET_QUANTIZE_LINEAR, NET_FLOAT, 1, OPS_DIMS(9), x, 1, &half, NET_INT64, &(int64_t){0});
    CHECK(ops_run() == BDC_E_UNSUPPORTED && ops_says(BDC_E_UNSUPPORTED, "int64"));
}

static void test_dequantise(void)
{
    const uint8_t x[] = {0, 128, 255}, middle = 128;
    const float half = 0.5f, y[] = {-64, 0, 63.5f};
    parameters(NET_DEQUANTIZE_LINEAR, NET_UINT8, 1, OPS_DIMS(3), x, 1, &half, NET_UINT8, &middle);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_FLOAT, 3, y));
    const int32_t bias[] = {INT32_MIN, INT32_MAX, 3};
    const float wide[] = {-0x1p30f, 0x1p30f, 1.5f};
    parameters(NET_DEQUANTIZE_LINEAR, NET_INT32, 1, OPS_DIMS(3), bias, 1, &half, NET_INT32, NULL);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_FLOAT, 3, wide));
    const int8_t other = 1;
    parameters(NET_DEQUANTIZE_LINEAR, NET_UINT8, 1, OPS_DIMS(3), x, 1, &half, NET_INT8, &other);
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "different types"));
    /* Blocks of two along the last of two axes; the last block is shorter. */
    const int8_t q[] = {1, 2, 3, 4, 5, 6}, zero[] = {0, 1, 0, 2};
    const float scale[] = {1, 10, 100, 1000}, blocked[] = {1, 2, 20, 400, 500, 4000};
    ops_begin(NET_DEQUANTIZE_LINEAR, 3, 1);
    ops_op->a.axis = 1;
    ops_op->a.block = 2;
    ops_input(0, NET_INT8, 2, OPS_DIMS(2, 3), q);
    ops_input(1, NET_FLOAT, 2, OPS_DIMS(2, 2), scale);
    ops_input(2, NET_INT8, 2, OPS_DIMS(2, 2), zero);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_FLOAT, 6, blocked));
    ops_begin(NET_DEQUANTIZE_LINEAR, 2, 1);
    ops_op->a.axis = 1;
    ops_input(0, NET_INT8, 2, OPS_DIMS(2, 3), q);
    ops_input(1, NET_FLOAT, 2, OPS_DIMS(2, 2), scale);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID);
}

static void dynamic(uint32_t count, const float *x)
{
    ops_begin(NET_DYNAMIC_QUANTIZE_LINEAR, 1, 3);
    ops_input(0, NET_FLOAT, 1, &count, x);
    for (uint32_t k = 0; k < 3; k++)
        ops_output(k);
}

static void test_dynamic(void)
{
    const float x[] = {0, 2, -3, -2.5f, 1.34f, 0.5f}, zeros[] = {0, 0}, positive[] = {1, 255};
    const uint8_t y[] = {153, 255, 0, 26, 221, 179}, zero = 153, none[] = {0, 0}, same[] = {1, 255};
    dynamic(6, x);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 6, y) && ops_is(2, NET_UINT8, 1, &zero));
    CHECK(fabsf(*(const float *)ops_values(1) - 0.0196078438f) < 1e-9f);
    dynamic(2, zeros);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 2, none) && ops_is(2, NET_UINT8, 1, none));
    dynamic(2, positive);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 2, same) && ops_is(2, NET_UINT8, 1, none));
}

int main(void)
{
    test_quantise();
    test_dequantise();
    test_dynamic();
    return ops_done();
}
