/* The rails of operators that put elements elsewhere: steps that leave the tensor, paddings longer than it, indices outside.
 * SPDX-License-Identifier: MIT */
#include "ops.h"

#include <stdint.h>

static const int32_t numbers[24] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                    12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23};

static void test_transpose(void)
{
    const uint32_t dims[] = {2, 3, 4};
    static const uint32_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int order = 0; order < 6; order++) {
        const uint32_t *p = orders[order], out[] = {dims[p[0]], dims[p[1]], dims[p[2]]};
        int32_t expected[24];
        for (uint32_t k = 0; k < 24; k++) {
            uint32_t from[3];
            from[p[0]] = k / (out[1] * out[2]);
            from[p[1]] = k / out[2] % out[1];
            from[p[2]] = k % out[2];
            expected[k] = (int32_t)((from[0] * 3 + from[1]) * 4 + from[2]);
        }
        ops_begin(NET_TRANSPOSE, 1, 1);
        ops_op->a.axis_count = 3;
        for (int d = 0; d < 3; d++)
            ops_op->a.axes[d] = p[d];
        ops_input(0, NET_INT32, 3, dims, numbers);
        ops_output(0);
        if (!CHECK(ops_run() == BDC_OK && ops_has_dims(0, 3, out) && ops_is(0, NET_INT32, 24, expected)))
            fprintf(stderr, "  order %d\n", order);
    }
    ops_begin(NET_TRANSPOSE, 1, 1);
    ops_op->a.axis_count = 2;
    ops_op->a.axes[0] = ops_op->a.axes[1] = 1;
    ops_input(0, NET_INT32, 2, OPS_DIMS(2, 3), numbers);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "perm"));
}

static void test_concat_split(void)
{
    ops_begin(NET_CONCAT, 3, 1);
    ops_op->a.axis = 1;
    ops_input(0, NET_INT32, 2, OPS_DIMS(2, 2), numbers);
    ops_input(1, NET_INT32, 2, OPS_DIMS(2, 0), numbers);
    ops_input(2, NET_INT32, 2, OPS_DIMS(2, 1), numbers + 10);
    ops_output(0);
    const int32_t joined[] = {0, 1, 10, 2, 3, 11};
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 2, OPS_DIMS(2, 3)) && ops_is(0, NET_INT32, 6, joined));
    ops_begin(NET_SPLIT, 1, 2);
    ops_op->a.axis = 1;
    ops_input(0, NET_INT32, 2, OPS_DIMS(2, 3), joined);
    ops_output_dims(0, 2, OPS_DIMS(2, 2));
    ops_output_dims(1, 2, OPS_DIMS(2, 1));
    const int32_t right[] = {10, 11};
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT32, 4, numbers) && ops_is(1, NET_INT32, 2, right));
    ops_begin(NET_SPLIT, 1, 2);
    ops_op->a.axis = 1;
    ops_input(0, NET_INT32, 2, OPS_DIMS(2, 3), joined);
    ops_output_dims(0, 2, OPS_DIMS(2, 2));
    ops_output_dims(1, 2, OPS_DIMS(2, 2));
    CHECK(ops_run() == BDC_E_INVALID);
    ops_begin(NET_CONCAT, 2, 1);
    ops_input(0, NET_INT32, 1, OPS_DIMS(2), numbers);
    ops_input(1, NET_INT64, 1, OPS_DIMS(2), numbers);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "different types"));
}

static bdc_status slice(int64_t start, int64_t step, uint32_t count)
{
    ops_begin(NET_SLICE, 1, 1);
    ops_op->a.starts[0] = start;
    ops_op->a.steps[0] = step;
    ops_input(0, NET_INT32, 1, OPS_DIMS(5), numbers);
    ops_output_dims(0, 1, &count);
    return ops_run();
}

static void test_slice(void)
{
    const int32_t odd[] = {1, 3}, backwards[] = {4, 2, 0}, last[] = {4};
    CHECK(slice(1, 2, 2) == BDC_OK && ops_is(0, NET_INT32, 2, odd));
    CHECK(slice(4, -2, 3) == BDC_OK && ops_is(0, NET_INT32, 3, backwards));
    CHECK(slice(4, INT64_MIN, 1) == BDC_OK && ops_is(0, NET_INT32, 1, last));
    CHECK(slice(99, 1, 0) == BDC_OK && ops_is(0, NET_INT32, 0, NULL));
    CHECK(slice(0, 1, 6) == BDC_E_INVALID && ops_says(BDC_E_INVALID, "starts"));
    CHECK(slice(5, 1, 1) == BDC_E_INVALID && slice(-1, 1, 1) == BDC_E_INVALID && slice(1, -1, 3) == BDC_E_INVALID);
    CHECK(slice(0, INT64_MAX, 2) == BDC_E_INVALID && slice(4, INT64_MIN, 2) == BDC_E_INVALID &&
          slice(0, 0, 2) == BDC_E_INVALID);
}

static bdc_status pad(int64_t before, int64_t after, int mode, uint32_t count, const int32_t *value)
{
    ops_begin(NET_PAD, 2, 1);
    ops_op->a.pads[0] = before;
    ops_op->a.pads[1] = after;
    ops_op->a.mode = mode;
    ops_input(0, NET_INT32, 1, &count, numbers);
    if (value)
        ops_input(1, NET_INT32, 0, NULL, value);
    ops_output(0);
    return ops_run();
}

static void test_pad(void)
{
    const int32_t seven = 7, constant[] = {7, 0, 1, 2, 7, 7}, zeros[] = {0, 0, 1, 2}, edge[] = {0, 0, 0, 1, 2, 2};
    const int32_t reflect[] = {1, 2, 1, 0, 1, 2, 1, 0, 1, 2}, wrap[] = {2, 0, 1, 2, 0, 1, 2, 0}, crop[] = {1};
    CHECK(pad(1, 2, 0, 3, &seven) == BDC_OK && ops_is(0, NET_INT32, 6, constant));
    CHECK(pad(1, 0, 0, 3, NULL) == BDC_OK && ops_is(0, NET_INT32, 4, zeros));
    CHECK(pad(2, 1, 2, 3, NULL) == BDC_OK && ops_is(0, NET_INT32, 6, edge));
    CHECK(pad(3, 4, 1, 3, NULL) == BDC_OK && ops_is(0, NET_INT32, 10, reflect)); /* more than once around */
    CHECK(pad(1, 4, 3, 3, NULL) == BDC_OK && ops_is(0, NET_INT32, 8, wrap));
    CHECK(pad(-1, -1, 1, 3, NULL) == BDC_OK && ops_is(0, NET_INT32, 1, crop));
    CHECK(pad(-2, -1, 0, 3, NULL) == BDC_OK && ops_is(0, NET_INT32, 0, NULL));
    CHECK(pad(2, 0, 1, 1, NULL) == BDC_OK && ops_is(0, NET_INT32, 3, (const int32_t[]){0, 0, 0}));
    CHECK(pad(1, 1, 0, 0, &seven) == BDC_OK && ops_is(0, NET_INT32, 2, (const int32_t[]){7, 7}));
    CHECK(pad(1, 1, 2, 0, NULL) == BDC_E_INVALID && ops_says(BDC_E_INVALID, "pads"));
    CHECK(pad(-3, -1, 0, 3, NULL) == BDC_E_INVALID && pad(INT64_MAX, INT64_MAX, 0, 3, NULL) == BDC_E_INVALID);
    CHECK(pad(INT64_MIN, 0, 0, 3, NULL) == BDC_E_INVALID && pad(1 << 28, 1 << 28, 0, 3, NULL) == BDC_E_LIMIT);
    CHECK(pad(1, 1, 4, 3, NULL) == BDC_E_INVALID && ops_says(BDC_E_INVALID, "mode"));
}

static bdc_status with_shape(net_code code, uint32_t rank, const uint32_t *dims, uint32_t out_rank, const uint32_t *out)
{
    ops_begin(code, 1, 1);
    ops_input(0, NET_INT32, rank, dims, numbers);
    ops_output_dims(0, out_rank, out);
    return ops_run();
}

static void test_shapes(void)
{
    const int32_t expanded[] = {0, 0, 1, 1, 0, 0, 1, 1}, tiled[] = {0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3};
    CHECK(with_shape(NET_EXPAND, 2, OPS_DIMS(2, 1), 3, OPS_DIMS(2, 2, 2)) == BDC_OK &&
          ops_is(0, NET_INT32, 8, expanded));
    CHECK(with_shape(NET_TILE, 2, OPS_DIMS(2, 2), 2, OPS_DIMS(4, 4)) == BDC_OK && ops_is(0, NET_INT32, 16, tiled));
    CHECK(with_shape(NET_RESHAPE, 2, OPS_DIMS(2, 2), 1, OPS_DIMS(4)) == BDC_OK && ops_is(0, NET_INT32, 4, numbers));
    CHECK(with_shape(NET_RESHAPE, 2, OPS_DIMS(2, 2), 1, OPS_DIMS(5)) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "Reshape"));
    CHECK(with_shape(NET_EXPAND, 1, OPS_DIMS(2), 1, OPS_DIMS(4)) == BDC_E_INVALID);
    CHECK(with_shape(NET_EXPAND, 2, OPS_DIMS(1, 2), 1, OPS_DIMS(2)) == BDC_E_INVALID);
    CHECK(with_shape(NET_TILE, 1, OPS_DIMS(2), 1, OPS_DIMS(3)) == BDC_E_INVALID);
    CHECK(with_shape(NET_TILE, 1, OPS_DIMS(0), 1, OPS_DIMS(0)) == BDC_OK);
    CHECK(with_shape(NET_EXPAND, 0, NULL, 0, NULL) == BDC_OK && ops_is(0, NET_INT32, 1, numbers));
}

static bdc_status gather(net_code code, int64_t axis, uint32_t rank, const uint32_t *dims, uint32_t index_rank,
                         const uint32_t *index_dims, const int64_t *indices)
{
    ops_begin(code, 2, 1);
    ops_op->a.axis = axis;
    ops_input(0, NET_INT32, rank, dims, numbers);
    ops_input(1, NET_INT64, index_rank, index_dims, indices);
    ops_output(0);
    return ops_run();
}

static void test_gather(void)
{
    const int64_t two[] = {-1, 0}, outside[] = {0, 3}, below[] = {-4, 0}, far[] = {INT64_MIN, INT64_MAX};
    const int32_t columns[] = {2, 0, 5, 3}, zero_one = 1;
    CHECK(gather(NET_GATHER, 1, 2, OPS_DIMS(2, 3), 1, OPS_DIMS(2), two) == BDC_OK && ops_is(0, NET_INT32, 4, columns));
    CHECK(gather(NET_GATHER, 0, 1, OPS_DIMS(3), 0, NULL, (const int64_t[]){1}) == BDC_OK && ops_has_dims(0, 0, NULL) &&
          ops_is(0, NET_INT32, 1, &zero_one));
    CHECK(gather(NET_GATHER, 1, 2, OPS_DIMS(2, 3), 1, OPS_DIMS(2), outside) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "outside"));
    CHECK(gather(NET_GATHER, 1, 2, OPS_DIMS(2, 3), 1, OPS_DIMS(2), below) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER, 1, 2, OPS_DIMS(2, 3), 1, OPS_DIMS(1), far) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER, 1, 2, OPS_DIMS(2, 3), 1, OPS_DIMS(1), far + 1) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER, 0, 2, OPS_DIMS(0, 3), 1, OPS_DIMS(1), far) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER, 2, 2, OPS_DIMS(2, 3), 1, OPS_DIMS(2), two) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "axis"));

    const int64_t each[] = {0, -1, 1, 0};
    const int32_t picked[] = {0, 4, 3, 1};
    CHECK(gather(NET_GATHER_ELEMENTS, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(2, 2), each) == BDC_OK &&
          ops_is(0, NET_INT32, 4, picked));
    CHECK(gather(NET_GATHER_ELEMENTS, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(1, 4), each) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER_ELEMENTS, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(1, 2), outside) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "outside"));

    const int64_t tuples[] = {0, 2, 1, -3};
    const int32_t corners[] = {2, 3};
    CHECK(gather(NET_GATHER_ND, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(2, 2), tuples) == BDC_OK &&
          ops_is(0, NET_INT32, 2, corners));
    const int32_t rows[] = {3, 4, 5, 0, 1, 2};
    CHECK(gather(NET_GATHER_ND, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(2, 1), two) == BDC_OK &&
          ops_is(0, NET_INT32, 6, rows));
    const int32_t batched[] = {2, 3};
    CHECK(gather(NET_GATHER_ND, 1, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(2, 1), two) == BDC_OK &&
          ops_is(0, NET_INT32, 2, batched));
    CHECK(gather(NET_GATHER_ND, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(1, 2), far) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER_ND, 0, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(1, 3), tuples) == BDC_E_INVALID);
    CHECK(gather(NET_GATHER_ND, 2, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(2, 1), two) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "batch_dims"));
    CHECK(gather(NET_GATHER_ND, -1, 2, OPS_DIMS(2, 3), 2, OPS_DIMS(2, 1), two) == BDC_E_INVALID);
}

static bdc_status scatter(net_code code, int mode, net_type type, const void *x, uint32_t rank, const uint32_t *dims,
                          const int64_t *indices, const void *updates, uint32_t count)
{
    ops_begin(code, 3, 1);
    ops_op->a.mode = mode;
    ops_input(0, type, 1, OPS_DIMS(4), x);
    ops_input(1, NET_INT64, rank, dims, indices);
    ops_input(2, type, 1, &count, updates);
    ops_output(0);
    return ops_run();
}

static void test_scatter(void)
{
    const int8_t x[] = {1, 2, 3, 100}, updates[] = {-5, 100, 7};
    const int64_t at[] = {0, -1, 0}, outside[] = {0, 4, 0};
    static const int8_t expected[5][4] = {
        {7, 2, 3, 100}, {3, 2, 3, -56}, {-35, 2, 3, 16}, {7, 2, 3, 100}, {-5, 2, 3, 100}};
    for (int mode = 0; mode < 5; mode++) {
        CHECK(scatter(NET_SCATTER_ELEMENTS, mode, NET_INT8, x, 1, OPS_DIMS(3), at, updates, 3) == BDC_OK &&
              ops_is(0, NET_INT8, 4, expected[mode]));
        if (!CHECK(scatter(NET_SCATTER_ND, mode, NET_INT8, x, 2, OPS_DIMS(3, 1), at, updates, 3) == BDC_OK &&
                   ops_is(0, NET_INT8, 4, expected[mode])))
            fprintf(stderr, "  mode %d\n", mode);
    }
    CHECK(scatter(NET_SCATTER_ELEMENTS, 0, NET_INT8, x, 1, OPS_DIMS(3), outside, updates, 3) == BDC_E_INVALID);
    CHECK(scatter(NET_SCATTER_ND, 0, NET_INT8, x, 2, OPS_DIMS(3, 1), outside, updates, 3) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "outside"));
    CHECK(scatter(NET_SCATTER_ND, 0, NET_INT8, x, 2, OPS_DIMS(3, 1), at, updates, 2) == BDC_E_INVALID);
    CHECK(scatter(NET_SCATTER_ELEMENTS, 5, NET_INT8, x, 1, OPS_DIMS(3), at, updates, 3) == BDC_E_INVALID);
    CHECK(scatter(NET_SCATTER_ELEMENTS, 1, NET_BOOL, x, 1, OPS_DIMS(3), at, updates, 3) == BDC_E_UNSUPPORTED);
}

static void test_patterns(void)
{
    const int64_t indices[] = {1, -1, 7, -4}, depth = 3, huge = INT64_MAX;
    const float values[] = {0, 1}, hot[] = {0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    ops_begin(NET_ONE_HOT, 3, 1);
    ops_op->a.axis = 1;
    ops_input(0, NET_INT64, 1, OPS_DIMS(4), indices);
    ops_input(1, NET_INT64, 0, NULL, &depth);
    ops_input(2, NET_FLOAT, 1, OPS_DIMS(2), values);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 2, OPS_DIMS(4, 3)) && ops_is(0, NET_FLOAT, 12, hot));
    ops_begin(NET_ONE_HOT, 3, 1);
    ops_input(0, NET_INT64, 1, OPS_DIMS(4), indices);
    ops_input(1, NET_INT64, 0, NULL, &huge);
    ops_input(2, NET_FLOAT, 1, OPS_DIMS(2), values);
    ops_output(0);
    CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "depth"));

    static const struct {
        int64_t k;
        int upper;
        int32_t expected[6];
    } rows[] = {{0, 0, {0, 0, 0, 3, 4, 0}},         {1, 0, {0, 1, 0, 3, 4, 5}},        {-1, 0, {0, 0, 0, 3, 0, 0}},
                {0, 1, {0, 1, 2, 0, 4, 5}},         {2, 1, {0, 0, 2, 0, 0, 0}},        {-1, 1, {0, 1, 2, 3, 4, 5}},
                {INT64_MAX, 1, {0, 0, 0, 0, 0, 0}}, {INT64_MIN, 0, {0, 0, 0, 0, 0, 0}}};
    for (size_t n = 0; n < sizeof rows / sizeof *rows; n++) {
        ops_begin(NET_TRIL_TRIU, 2, 1);
        ops_op->a.mode = rows[n].upper;
        ops_input(0, NET_INT32, 2, OPS_DIMS(2, 3), numbers);
        ops_input(1, NET_INT64, 0, NULL, &rows[n].k);
        ops_output(0);
        if (!CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT32, 6, rows[n].expected)))
            fprintf(stderr, "  row %d\n", (int)n);
    }
    const uint8_t eye[] = {0, 1, 0, 0, 0, 1};
    ops_begin(NET_EYE_LIKE, 1, 1);
    ops_op->a.axis = 1;
    ops_op->a.to = NET_UINT8;
    ops_input(0, NET_INT32, 2, OPS_DIMS(2, 3), numbers);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_UINT8, 6, eye));

    const int64_t lengths[] = {3, 1}, wrong[] = {4, 1};
    const int32_t reversed[] = {2, 1, 0, 3, 4, 5};
    for (int bad = 0; bad < 2; bad++) {
        ops_begin(NET_REVERSE_SEQUENCE, 2, 1);
        ops_op->a.group = 1;
        ops_input(0, NET_INT32, 2, OPS_DIMS(2, 3), numbers);
        ops_input(1, NET_INT64, 1, OPS_DIMS(2), bad ? wrong : lengths);
        ops_output(0);
        if (bad)
            CHECK(ops_run() == BDC_E_INVALID && ops_says(BDC_E_INVALID, "ReverseSequence"));
        else
            CHECK(ops_run() == BDC_OK && ops_is(0, NET_INT32, 6, reversed));
    }
}

int main(void)
{
    test_transpose();
    test_concat_split();
    test_slice();
    test_pad();
    test_shapes();
    test_gather();
    test_scatter();
    test_patterns();
    return ops_done();
}
