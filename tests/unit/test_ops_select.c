/* The rails of reductions, of picking the largest, and of running sums: empty sets, ties, not-a-numbers, wrapping.
 * SPDX-License-Identifier: MIT */
#include "ops.h"

#include <stdint.h>

static bdc_status reduce(net_code code, net_type type, uint32_t rank, const uint32_t *dims, const void *x,
                         uint32_t axis_count, const uint32_t *axes, int keep)
{
    ops_begin(code, 1, 1);
    ops_op->a.axis_count = axis_count;
    for (uint32_t k = 0; k < axis_count; k++)
        ops_op->a.axes[k] = axes[k];
    ops_op->a.keep_dims = keep;
    ops_input(0, type, rank, dims, x);
    ops_output(0);
    return ops_run();
}

static void test_empty_sets(void)
{
    const uint32_t dims[] = {2, 0};
    static const struct {
        net_code code;
        float value;
    } rows[] = {{NET_REDUCE_SUM, 0},
                {NET_REDUCE_PROD, 1},
                {NET_REDUCE_MAX, -INFINITY},
                {NET_REDUCE_MIN, INFINITY},
                {NET_REDUCE_L1, 0},
                {NET_REDUCE_L2, 0},
                {NET_REDUCE_SUM_SQUARE, 0},
                {NET_REDUCE_LOG_SUM, -INFINITY},
                {NET_REDUCE_LOG_SUM_EXP, -INFINITY}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        const float both[] = {rows[k].value, rows[k].value};
        if (!CHECK(reduce(rows[k].code, NET_FLOAT, 2, dims, both, 1, OPS_DIMS(1), 1) == BDC_OK &&
                   ops_is(0, NET_FLOAT, 2, both)))
            fprintf(stderr, "  %s\n", net_op_name(rows[k].code));
        CHECK(ops_has_dims(0, 2, OPS_DIMS(2, 1)));
    }
    const float x = 0;
    CHECK(reduce(NET_REDUCE_MEAN, NET_FLOAT, 2, dims, &x, 1, OPS_DIMS(1), 0) == BDC_OK &&
          isnan(((const float *)ops_values(0))[1]));
    const int8_t least[] = {-128, -128}, most[] = {127, 127};
    const int32_t none[] = {0, 0};
    CHECK(reduce(NET_REDUCE_MAX, NET_INT8, 2, dims, &x, 1, OPS_DIMS(1), 0) == BDC_OK && ops_is(0, NET_INT8, 2, least));
    CHECK(reduce(NET_REDUCE_MIN, NET_INT8, 2, dims, &x, 1, OPS_DIMS(1), 0) == BDC_OK && ops_is(0, NET_INT8, 2, most));
    CHECK(reduce(NET_REDUCE_MEAN, NET_INT32, 2, dims, &x, 1, OPS_DIMS(1), 0) == BDC_OK &&
          ops_is(0, NET_INT32, 2, none));
    /* No results at all. */
    CHECK(reduce(NET_REDUCE_SUM, NET_FLOAT, 2, dims, &x, 1, OPS_DIMS(0), 0) == BDC_OK && ops_is(0, NET_FLOAT, 0, NULL));
}

static void test_reductions(void)
{
    /* Every choice of axes of a [2, 3, 4] tensor against a plain loop. */
    const uint32_t dims[] = {2, 3, 4};
    int32_t x[24];
    for (int k = 0; k < 24; k++)
        x[k] = k * k - 100;
    for (uint32_t set = 1; set < 8; set++) {
        int32_t expected[24] = {0};
        uint32_t axes[3], axis_count = 0, sides[3];
        for (uint32_t d = 0; d < 3; d++) {
            sides[d] = set >> d & 1u ? 1 : dims[d];
            if (set >> d & 1u)
                axes[axis_count++] = d;
        }
        for (uint32_t k = 0; k < 24; k++) {
            const uint32_t index[3] = {k / 12, k / 4 % 3, k % 4};
            uint32_t place = 0;
            for (uint32_t d = 0; d < 3; d++)
                place = place * sides[d] + (set >> d & 1u ? 0 : index[d]);
            expected[place] += x[k];
        }
        if (!CHECK(reduce(NET_REDUCE_SUM, NET_INT32, 3, dims, x, axis_count, axes, 1) == BDC_OK &&
                   ops_has_dims(0, 3, sides) && ops_is(0, NET_INT32, sides[0] * sides[1] * sides[2], expected)))
            fprintf(stderr, "  axes %u\n", set);
    }
    const int32_t all = 24 * -100 + 4324;
    CHECK(reduce(NET_REDUCE_SUM, NET_INT32, 3, dims, x, 0, NULL, 0) == BDC_OK && ops_is(0, NET_INT32, 1, &all) &&
          ops_has_dims(0, 0, NULL));
    CHECK(reduce(NET_REDUCE_SUM, NET_INT32, 3, dims, x, 2, OPS_DIMS(1, 1), 0) == BDC_E_INVALID &&
          ops_says(BDC_E_INVALID, "axes"));
    CHECK(reduce(NET_REDUCE_SUM, NET_INT32, 3, dims, x, 1, OPS_DIMS(3), 0) == BDC_E_INVALID);
    CHECK(reduce(NET_REDUCE_SUM, NET_BOOL, 0, NULL, x, 0, NULL, 0) == BDC_E_UNSUPPORTED &&
          ops_says(BDC_E_UNSUPPORTED, "bool"));
    /* A scalar is its own sum. */
    const float f = 3.0f;
    CHECK(reduce(NET_REDUCE_SUM, NET_FLOAT, 0, NULL, &f, 0, NULL, 0) == BDC_OK && ops_is(0, NET_FLOAT, 1, &f));

    const int8_t wrapping[] = {100, 100, 100}, wrapped = 44, magnitudes[] = {-128, 0, 0}, magnitude = -128;
    CHECK(reduce(NET_REDUCE_SUM, NET_INT8, 1, OPS_DIMS(3), wrapping, 0, NULL, 0) == BDC_OK &&
          ops_is(0, NET_INT8, 1, &wrapped));
    CHECK(reduce(NET_REDUCE_L1, NET_INT8, 1, OPS_DIMS(3), magnitudes, 0, NULL, 0) == BDC_OK &&
          ops_is(0, NET_INT8, 1, &magnitude));
    const int64_t odd[] = {-3, -4}, mean = -3;
    CHECK(reduce(NET_REDUCE_MEAN, NET_INT64, 1, OPS_DIMS(2), odd, 0, NULL, 0) == BDC_OK &&
          ops_is(0, NET_INT64, 1, &mean));
    const float large[] = {1000, 1000}, small[] = {-1000, -1000}, infinite[] = {INFINITY, 1}, nan[] = {1, NAN};
    CHECK(reduce(NET_REDUCE_LOG_SUM_EXP, NET_FLOAT, 1, OPS_DIMS(2), large, 0, NULL, 0) == BDC_OK &&
          fabsf(*(const float *)ops_values(0) - 1000.6931f) < 1e-3f);
    CHECK(reduce(NET_REDUCE_LOG_SUM_EXP, NET_FLOAT, 1, OPS_DIMS(2), small, 0, NULL, 0) == BDC_OK &&
          fabsf(*(const float *)ops_values(0) + 999.3069f) < 1e-3f);
    CHECK(reduce(NET_REDUCE_LOG_SUM_EXP, NET_FLOAT, 1, OPS_DIMS(2), infinite, 0, NULL, 0) == BDC_OK &&
          *(const float *)ops_values(0) == INFINITY);
    CHECK(reduce(NET_REDUCE_MAX, NET_FLOAT, 1, OPS_DIMS(2), nan, 0, NULL, 0) == BDC_OK &&
          isnan(*(const float *)ops_values(0)));
    CHECK(reduce(NET_REDUCE_MIN, NET_FLOAT, 1, OPS_DIMS(2), nan, 0, NULL, 0) == BDC_OK &&
          isnan(*(const float *)ops_values(0)));
}

static bdc_status extreme(net_code code, net_type type, uint32_t count, const void *x, int last)
{
    ops_begin(code, 1, 1);
    ops_op->a.mode = last;
    ops_input(0, type, 1, &count, x);
    ops_output(0);
    return ops_run();
}

static int index_is(int64_t expected)
{
    return ops_is(0, NET_INT64, 1, &expected);
}

static void test_extremes(void)
{
    const float ties[] = {1, 3, 3, 1}, zeros[] = {-0.0f, 0.0f}, nan[] = {1, NAN, 5, -INFINITY};
    CHECK(extreme(NET_ARG_MAX, NET_FLOAT, 4, ties, 0) == BDC_OK && index_is(1));
    CHECK(extreme(NET_ARG_MAX, NET_FLOAT, 4, ties, 1) == BDC_OK && index_is(2));
    CHECK(extreme(NET_ARG_MIN, NET_FLOAT, 4, ties, 0) == BDC_OK && index_is(0));
    CHECK(extreme(NET_ARG_MIN, NET_FLOAT, 4, ties, 1) == BDC_OK && index_is(3));
    CHECK(extreme(NET_ARG_MAX, NET_FLOAT, 2, zeros, 0) == BDC_OK && index_is(0));
    CHECK(extreme(NET_ARG_MAX, NET_FLOAT, 4, nan, 0) == BDC_OK && index_is(1));
    CHECK(extreme(NET_ARG_MIN, NET_FLOAT, 4, nan, 0) == BDC_OK && index_is(3));
    const int64_t wide[] = {INT64_MIN, INT64_MAX, 0};
    const uint64_t unsigned_wide[] = {1, UINT64_MAX, 0};
    CHECK(extreme(NET_ARG_MAX, NET_INT64, 3, wide, 0) == BDC_OK && index_is(1));
    CHECK(extreme(NET_ARG_MIN, NET_INT64, 3, wide, 0) == BDC_OK && index_is(0));
    CHECK(extreme(NET_ARG_MAX, NET_UINT64, 3, unsigned_wide, 0) == BDC_OK && index_is(1));
    CHECK(extreme(NET_ARG_MAX, NET_FLOAT, 0, ties, 0) == BDC_E_INVALID);
}

static bdc_status top(net_type type, uint32_t count, const void *x, int64_t k, int mode)
{
    ops_begin(NET_TOP_K, 2, 2);
    ops_op->a.mode = mode;
    ops_input(0, type, 1, &count, x);
    ops_input(1, NET_INT64, 1, OPS_DIMS(1), &k);
    ops_output(0);
    ops_output(1);
    return ops_run();
}

static void test_top_k(void)
{
    const float x[] = {2, 5, 2, 5, -INFINITY}, largest[] = {5, 5, 2}, smallest[] = {-INFINITY, 2, 2};
    const int64_t first[] = {1, 3, 0}, lowest[] = {4, 0, 2};
    CHECK(top(NET_FLOAT, 5, x, 3, 3) == BDC_OK && ops_is(0, NET_FLOAT, 3, largest) && ops_is(1, NET_INT64, 3, first));
    CHECK(top(NET_FLOAT, 5, x, 3, 2) == BDC_OK && ops_is(0, NET_FLOAT, 3, smallest) && ops_is(1, NET_INT64, 3, lowest));
    CHECK(top(NET_FLOAT, 5, x, 0, 3) == BDC_OK && ops_is(0, NET_FLOAT, 0, NULL));
    CHECK(top(NET_FLOAT, 5, x, 6, 3) == BDC_E_INVALID && ops_says(BDC_E_INVALID, " k "));
    CHECK(top(NET_FLOAT, 5, x, -1, 3) == BDC_E_INVALID);
    /* A long one: in order, and every index once. */
    enum { LONG = 1000 };
    int16_t many[LONG];
    uint32_t state = 5;
    for (int k = 0; k < LONG; k++) {
        state = state * 1664525u + 1013904223u;
        many[k] = (int16_t)(state >> 25);
    }
    CHECK(top(NET_INT16, LONG, many, LONG, 3) == BDC_OK);
    const int16_t *values = ops_values(0);
    const int64_t *indices = ops_values(1);
    int ok = values[0] == many[indices[0]];
    for (int k = 1; k < LONG; k++)
        ok &= values[k] == many[indices[k]] &&
              (values[k] < values[k - 1] || (values[k] == values[k - 1] && indices[k] > indices[k - 1]));
    CHECK(ok);
}

static bdc_status running(net_type type, const void *x, int64_t axis, int mode)
{
    ops_begin(NET_CUM_SUM, 2, 1);
    ops_op->a.mode = mode;
    ops_input(0, type, 2, OPS_DIMS(2, 3), x);
    ops_input(1, NET_INT64, 0, NULL, &axis);
    ops_output(0);
    return ops_run();
}

static void test_running_sums(void)
{
    const uint8_t x[] = {200, 100, 50, 1, 2, 3}, along[] = {200, 44, 94, 1, 3, 6}, exclusive[] = {0, 200, 44, 0, 1, 3};
    const uint8_t backwards[] = {94, 150, 50, 6, 5, 3}, both[] = {150, 50, 0, 5, 3, 0},
                  down[] = {200, 100, 50, 201, 102, 53};
    CHECK(running(NET_UINT8, x, 1, 0) == BDC_OK && ops_is(0, NET_UINT8, 6, along));
    CHECK(running(NET_UINT8, x, -1, 1) == BDC_OK && ops_is(0, NET_UINT8, 6, exclusive));
    CHECK(running(NET_UINT8, x, 1, 2) == BDC_OK && ops_is(0, NET_UINT8, 6, backwards));
    CHECK(running(NET_UINT8, x, 1, 3) == BDC_OK && ops_is(0, NET_UINT8, 6, both));
    CHECK(running(NET_UINT8, x, -2, 0) == BDC_OK && ops_is(0, NET_UINT8, 6, down));
    CHECK(running(NET_UINT8, x, 2, 0) == BDC_E_INVALID && ops_says(BDC_E_INVALID, "axis"));
    CHECK(running(NET_UINT8, x, -3, 0) == BDC_E_INVALID && running(NET_UINT8, x, INT64_MIN, 0) == BDC_E_INVALID);
}

int main(void)
{
    test_empty_sets();
    test_reductions();
    test_extremes();
    test_top_k();
    test_running_sums();
    return ops_done();
}
