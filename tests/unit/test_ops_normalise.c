/* Normalisations and softmax against their formulas in double, over random shapes, axes and both layouts.
 * SPDX-License-Identifier: MIT */
#include "ops.h"
#include "random.h"

enum { MOST = 4096 };

static float x[MOST], scale[64], bias[64], mean[64], variance[64];

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-5 + 1e-5 * fabs(b);
}

static float result(size_t i)
{
    return ((const float *)ops_values(0))[i];
}

static void fill(uint64_t seed)
{
    random_seed(seed);
    random_values(x, MOST);
    random_values(scale, 64);
    random_values(bias, 64);
    random_values(mean, 64);
    for (size_t i = 0; i < 64; i++)
        variance[i] = 0.1f + scale[i] * scale[i];
}

static void test_channels(uint64_t seed, net_code code)
{
    fill(seed);
    const uint32_t batch = 1 + random_below(3), groups = 1 + random_below(4), each = 1 + random_below(3),
                   channels = groups * each, rows = 1 + random_below(4), columns = 1 + random_below(5),
                   size = 1 + random_below(5), pixels = rows * columns;
    const int last = code != NET_GROUP_NORMALIZATION && random_below(2), per_group = (int)random_below(2);
    net_op *op = ops_begin(code, code == NET_BATCH_NORMALIZATION ? 5 : code == NET_LRN ? 1 : 3, 1);
    op->a.channels_last = last;
    op->a.alpha = 0.01f;
    op->a.beta = 0.75f;
    op->a.gamma = 1.5f;
    op->a.group = code == NET_LRN ? size : groups;
    ops_input(0, NET_FLOAT, 4,
              last ? OPS_DIMS(batch, rows, columns, channels) : OPS_DIMS(batch, channels, rows, columns), x);
    const uint32_t scales = code == NET_GROUP_NORMALIZATION && per_group ? groups : channels;
    if (code != NET_LRN) {
        ops_input(1, NET_FLOAT, 1, OPS_DIMS(scales), scale);
        ops_input(2, NET_FLOAT, 1, OPS_DIMS(scales), bias);
    }
    if (code == NET_BATCH_NORMALIZATION) {
        ops_input(3, NET_FLOAT, 1, OPS_DIMS(channels), mean);
        ops_input(4, NET_FLOAT, 1, OPS_DIMS(channels), variance);
    }
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK) && CHECK(net_same_shape(ops_result(0), &ops_graph.tensors[op->inputs[0]]));
    const uint32_t together = code == NET_GROUP_NORMALIZATION ? each : 1;
    for (uint32_t n = 0; ok && n < batch; n++)
        for (uint32_t c = 0; c < channels; c++)
            for (uint32_t p = 0; p < pixels; p++) {
#define AT(channel, pixel)                                                                                             \
    (last ? (n * pixels + (pixel)) * channels + (channel) : (n * channels + (channel)) * pixels + (pixel))
                double sum = 0, squares = 0, m = mean[c], v = variance[c];
                const uint32_t first = c / together * together;
                if (code == NET_INSTANCE_NORMALIZATION || code == NET_GROUP_NORMALIZATION) {
                    for (uint32_t k = first; k < first + together; k++)
                        for (uint32_t q = 0; q < pixels; q++) {
                            sum += x[AT(k, q)];
                            squares += (double)x[AT(k, q)] * x[AT(k, q)];
                        }
                    m = sum / (together * pixels);
                    v = squares / (together * pixels) - m * m;
                }
                const double value = x[AT(c, p)];
                const size_t s = scales == channels ? c : c / each;
                double expected = (value - m) / sqrt(v + 0.01f) * scale[s] + bias[s];
                if (code == NET_LRN) {
                    for (int64_t k = (int64_t)c - (size - 1) / 2; k <= (int64_t)c + size / 2; k++)
                        if (k >= 0 && k < channels)
                            squares += (double)x[AT((uint32_t)k, p)] * x[AT((uint32_t)k, p)];
                    expected = value / pow(1.5 + 0.01 / size * squares, 0.75);
                }
                ok = ok && near(result(AT(c, p)), expected);
#undef AT
            }
    if (!CHECK(ok))
        fprintf(stderr, "%s of seed %u\n", net_op_name(code), (unsigned)seed);
}

/* [outer][side][inner]: along the middle. */
static void test_axis(uint64_t seed, net_code code)
{
    fill(seed);
    const uint32_t outer = 1 + random_below(4), side = 1 + random_below(9), inner = 1 + random_below(4);
    net_op *op = ops_begin(code, 1, 1);
    op->a.axis = 1;
    op->a.mode = 1 + (int)(seed % 2);
    op->a.axis_count = 1;
    op->a.axes[0] = 1;
    for (size_t i = 0; i < MOST && seed % 3 == 0; i++) /* where exp would overflow */
        x[i] *= 1000;
    ops_input(0, NET_FLOAT, 3, OPS_DIMS(outer, side, inner), x);
    ops_output(0);
    int ok = CHECK(ops_run() == BDC_OK) && CHECK(ops_has_dims(0, 3, OPS_DIMS(outer, side, inner)));
    for (uint32_t line = 0; ok && line < outer * inner; line++) {
        const float *v = x + line / inner * side * inner + line % inner;
        double top = v[0], exps = 0, ones = 0, squares = 0, sum = 0;
        uint32_t best = 0;
        for (uint32_t k = 0; k < side; k++) {
            best = v[k * inner] > v[best * inner] ? k : best;
            top = v[best * inner];
            ones += fabs((double)v[k * inner]);
            squares += (double)v[k * inner] * v[k * inner];
            sum += v[k * inner];
        }
        for (uint32_t k = 0; k < side; k++)
            exps += exp(v[k * inner] - top);
        const double m = sum / side, deviation = sqrt(fmax(squares / side - m * m, 0));
        for (uint32_t k = 0; k < side; k++) {
            const double value = v[k * inner];
            const double expected = code == NET_SOFTMAX            ? exp(value - top) / exps
                                    : code == NET_LOG_SOFTMAX      ? value - top - log(exps)
                                    : code == NET_HARDMAX          ? k == best
                                    : code == NET_LP_NORMALIZATION ? value / (op->a.mode == 1 ? ones : sqrt(squares))
                                    : side == 1                    ? 0
                                                                   : (value - m) / (deviation + 1e-9);
            ok = ok && near(result((size_t)(v - x) + k * inner), expected);
        }
    }
    if (!CHECK(ok))
        fprintf(stderr, "%s of seed %u\n", net_op_name(code), (unsigned)seed);
}

static void test_layer(uint64_t seed, net_code code)
{
    fill(seed);
    const uint32_t dims[3] = {1 + random_below(4), 1 + random_below(4), 1 + random_below(4)}, axis = random_below(3);
    /* Scale of the last dimensions or of all, each side there or 1. */
    const uint32_t scale_rank = 1 + random_below(3);
    uint32_t scale_dims[3], outer = 1, inner = 1;
    for (uint32_t d = 0; d < 3; d++)
        *(d < axis ? &outer : &inner) *= dims[d];
    for (uint32_t d = 0; d < scale_rank; d++)
        scale_dims[d] = random_below(3) ? dims[3 - scale_rank + d] : 1;
    const int biased = code == NET_LAYER_NORMALIZATION && random_below(2);
    net_op *op = ops_begin(code, biased ? 3 : 2, code == NET_LAYER_NORMALIZATION ? 3 : 1);
    op->a.axis = axis;
    op->a.alpha = 0.01f;
    ops_input(0, NET_FLOAT, 3, dims, x);
    ops_input(1, NET_FLOAT, scale_rank, scale_dims, scale);
    if (biased)
        ops_input(2, NET_FLOAT, scale_rank, scale_dims, bias);
    for (uint32_t k = 0; k < op->output_count; k++)
        ops_output(k);
    int ok = CHECK(ops_run() == BDC_OK);
    for (uint32_t i = 0; ok && i < outer * inner; i++) {
        double m = 0, v = 0;
        const float *row = x + i / inner * inner;
        for (uint32_t k = 0; k < inner && code == NET_LAYER_NORMALIZATION; k++)
            m += row[k] / (double)inner;
        for (uint32_t k = 0; k < inner; k++)
            v += (row[k] - m) * (row[k] - m) / inner;
        uint32_t rest = i, at = 0, step = 1;
        for (uint32_t d = 3; d-- > 3 - scale_rank; rest /= dims[d]) {
            at += rest % dims[d] % scale_dims[d + scale_rank - 3] * step;
            step *= scale_dims[d + scale_rank - 3];
        }
        ok = near(result(i), (x[i] - m) / sqrt(v + 0.01f) * scale[at] + (biased ? bias[at] : 0));
        if (op->output_count == 3)
            ok = ok && near(((const float *)ops_values(1))[i / inner], m) &&
                 near(((const float *)ops_values(2))[i / inner], 1 / sqrt(v + 0.01f));
    }
    if (!CHECK(ok))
        fprintf(stderr, "%s of seed %u\n", net_op_name(code), (unsigned)seed);
}

static void test_edges(void)
{
    net_op *op = ops_begin(NET_LP_NORMALIZATION, 1, 1);
    op->a.mode = 2;
    ops_input(0, NET_FLOAT, 1, OPS_DIMS(2), (const float[]){0, 0});
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_FLOAT, 2, (const float[]){0, 0}));
    ops_begin(NET_HARDMAX, 1, 1);
    ops_input(0, NET_DOUBLE, 1, OPS_DIMS(3), (const double[]){1, 5, 5});
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_is(0, NET_DOUBLE, 3, (const double[]){0, 1, 0}));
    op = ops_begin(NET_SOFTMAX, 1, 1);
    op->a.axis = 1;
    ops_input(0, NET_FLOAT, 1, OPS_DIMS(3), x);
    ops_output(0);
    CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_INVALID, "axis"));
    ops_begin(NET_SOFTMAX, 1, 1);
    ops_input(0, NET_INT32, 1, OPS_DIMS(3), x);
    ops_output(0);
    CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_UNSUPPORTED, "int32"));
    op = ops_begin(NET_SOFTMAX, 1, 1);
    op->a.axis = 1;
    ops_input(0, NET_FLOAT, 2, OPS_DIMS(2, 0), x);
    ops_output(0);
    CHECK(ops_run() == BDC_OK && ops_has_dims(0, 2, OPS_DIMS(2, 0)));
    op = ops_begin(NET_GROUP_NORMALIZATION, 3, 1);
    op->a.group = 2;
    ops_input(0, NET_FLOAT, 3, OPS_DIMS(1, 3, 2), x);
    ops_input(1, NET_FLOAT, 1, OPS_DIMS(3), scale);
    ops_input(2, NET_FLOAT, 1, OPS_DIMS(3), bias);
    ops_output(0);
    CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_INVALID, "num_groups"));
    ops_begin(NET_BATCH_NORMALIZATION, 5, 1);
    ops_input(0, NET_FLOAT, 3, OPS_DIMS(1, 3, 2), x);
    for (uint32_t k = 1; k < 5; k++)
        ops_input(k, NET_FLOAT, 1, OPS_DIMS(k == 4 ? 2 : 3), scale);
    ops_output(0);
    CHECK(ops_infer() != BDC_OK && ops_says(BDC_E_INVALID, "the variance"));
}

int main(void)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        test_channels(seed, NET_BATCH_NORMALIZATION);
        test_channels(seed, NET_INSTANCE_NORMALIZATION);
        test_channels(seed, NET_GROUP_NORMALIZATION);
        test_channels(seed, NET_LRN);
        for (net_code code = NET_SOFTMAX; code <= NET_HARDMAX; code++)
            test_axis(seed, code);
        test_axis(seed, NET_LP_NORMALIZATION);
        test_axis(seed, NET_MEAN_VARIANCE_NORMALIZATION);
        test_layer(seed, NET_LAYER_NORMALIZATION);
        test_layer(seed, NET_RMS_NORMALIZATION);
    }
    test_edges();
    return ops_done();
}
