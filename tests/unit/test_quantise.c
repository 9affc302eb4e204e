/* What the compiler makes of weights: values of each class, what each technique gains, scales that a file fixes.
 * SPDX-License-Identifier: MIT */
#include "test_quantise.h"

#include <math.h>

static const bdc_weights classes[] = {BDC_W8, BDC_W7, BDC_W4, BDC_W3, BDC_TERNARY, BDC_POWER};
enum { CLASSES = sizeof classes / sizeof *classes };

static int in_class(bdc_weights kind, int w)
{
    static const int most[] = {127, 63, 7, 3, 1, 64};
    const int size = abs(w);
    return size <= most[kind] && (kind != BDC_POWER || (size & (size - 1)) == 0);
}

static bdc_options with(const bdc_choice *choice, int rounding, int reconstruct)
{
    return (bdc_options){.choices = choice,
                         .choice_count = choice ? 1 : 0,
                         .coder = BDC_CODER_RAW,
                         .adaptive_rounding = rounding,
                         .reconstruct = reconstruct};
}

/* Every stored weight is of its class, in all three ways of choosing it, and several values are used. */
static void test_classes(void)
{
    network n;
    network_open(&n, 0);
    for (int k = 0; k < CLASSES; k++)
        for (int way = 0; way < 3; way++) {
            const bdc_choice choice = {.weights = classes[k]};
            bdc_compiled file;
            int ok = 1, seen[256] = {0}, values = 0;
            if (!network_compile(&n, with(&choice, way == 1, way == 2), &file))
                continue;
            for (uint32_t i = 0; i < file.layer_count; i++) {
                const bdf_blob *blob;
                const int8_t *w = file_weights(&file, i, &blob);
                for (uint32_t j = 0; w && j < blob->count; j++) {
                    ok &= in_class(classes[k], w[j]);
                    values += !seen[w[j] + 128]++;
                }
                CHECK(!file.layers[i].weight_count || file.layers[i].weights == classes[k]);
            }
            if (!CHECK(ok) || !CHECK(values >= (classes[k] == BDC_TERNARY ? 3 : 7)))
                fprintf(stderr, "  class %d, way %d\n", k, way);
        }
    network_close(&n);
}

/* One layer with a class of its own: the others keep theirs. */
static void test_mixed(void)
{
    network n;
    bdc_compiled file;
    const bdc_choice choices[] = {{.name = "r2", .weights = BDC_TERNARY}, {.weights = BDC_W4}};
    network_open(&n, 0);
    bdc_options o = with(choices, 0, 0);
    o.choice_count = 2;
    if (network_compile(&n, o, &file))
        for (uint32_t i = 0; i < file.layer_count; i++)
            if (file.layers[i].weight_count)
                CHECK(file.layers[i].weights == (strcmp(file.layers[i].name, "r2") ? BDC_W4 : BDC_TERNARY));
    network_close(&n);
}

/* More levels are better, and so is each technique where it has something to gain. */
static void test_gains(void)
{
    static const bdc_weights falling[] = {BDC_W8, BDC_W7, BDC_W4, BDC_W3, BDC_TERNARY};
    network n;
    network_open(&n, 0);
    double before = 1000;
    for (int k = 0; k < 5; k++) {
        const bdc_choice choice = {.weights = falling[k]};
        const double plain = network_decibels(&n, with(&choice, 0, 0)),
                     rounded = network_decibels(&n, with(&choice, 1, 0)),
                     fitted = network_decibels(&n, with(&choice, 0, 1));
        CHECK(plain < before);
        CHECK(rounded > plain - 1);
        if (falling[k] >= BDC_W4)
            CHECK(rounded > plain + 1 && fitted > plain + 2);
        before = plain;
        printf("class %d: plain %.1f dB, adaptive rounding %.1f dB, reconstruction %.1f dB\n", falling[k], plain,
               rounded, fitted);
    }
    CHECK(network_decibels(&n, with(NULL, 0, 0)) > 30);
    network_close(&n);
}

/* Channels of a hundred different ranges: equalisation gives the weak ones more steps, and the float network stays the same. */
static void test_equalise(void)
{
    static float w1[16 * 3 * 9], w2[8 * 16];
    float x[INPUTS], before[8 * SIDE * SIDE], after[8 * SIDE * SIDE];
    float *inputs[1] = {x}, *outputs[1] = {before};
    double decibels[2] = {0};
    random_floats(w1, 16 * 3 * 9, 3);
    random_floats(w2, 8 * 16, 4);
    for (int equal = 0; equal < 2; equal++) {
        onnx m = {0};
        for (int c = 0; c < 16 && !equal; c++) {
            const float f = powf(10, (float)(c % 5) / 2 - 1);
            for (int i = 0; i < 27; i++)
                w1[c * 27 + i] *= f;
            for (int o = 0; o < 8; o++)
                w2[o * 16 + c] /= f;
        }
        onnx_input(&m, "x", 4, 0, 3, SIDE, SIDE);
        onnx_constant(&m, "w1", w1, 4, 16, 3, 3, 3);
        onnx_constant(&m, "w2", w2, 4, 8, 16, 1, 1);
        onnx_op(&m, "Conv", "x w1 > a");
        onnx_ints(&m, "pads", 4, 1, 1, 1, 1);
        onnx_op(&m, "Relu", "a > b");
        onnx_op(&m, "Conv", "b w2 > y");
        onnx_output(&m, "y");
        network n;
        network_open_model(&n, onnx_finish(&m));
        bdc_options o = {.equalise = equal};
        sample(NULL, 1, inputs);
        outputs[0] = before;
        CHECK(bdc_run_float(n.graph, (const float *const *)inputs, outputs) == BDC_OK);
        decibels[equal] = network_decibels(&n, o);
        outputs[0] = after;
        CHECK(bdc_run_float(n.graph, (const float *const *)inputs, outputs) == BDC_OK);
        for (int i = 0; i < 8 * SIDE * SIDE; i++)
            CHECK(fabsf(before[i] - after[i]) <= 1e-4f * (1 + fabsf(before[i])));
        network_close(&n);
    }
    printf("equalisation: %.1f dB to %.1f dB\n", decibels[0], decibels[1]);
    CHECK(decibels[1] > decibels[0] + 2);
}

/* The same bytes twice, in one context and in another. */
static void test_determinism(void)
{
    network a, b;
    bdc_compiled first, second, third;
    const bdc_choice choice = {.weights = BDC_W4, .pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.4};
    bdc_options o = with(&choice, 0, 1);
    o.equalise = 1;
    o.coder = BDC_CODER_ADAPTIVE;
    network_open(&a, 0);
    network_open(&b, 0);
    if (network_compile(&a, o, &first) && network_compile(&a, o, &second) && network_compile(&b, o, &third)) {
        CHECK(first.byte_count == second.byte_count && !memcmp(first.bytes, second.bytes, first.byte_count));
        CHECK(first.byte_count == third.byte_count && !memcmp(first.bytes, third.bytes, first.byte_count));
    }
    network_close(&a);
    network_close(&b);
}

/* ---- A network that its file quantised -------------------------------------------------------------------------- */

enum { FIXED_IN = 4, FIXED_OUT = 3, FIXED_SIDE = 5 };

/* int8 constant: floats that are integers, cast; the importer folds it. */
static void integers(onnx *m, const char *name, const char *floats, int64_t type)
{
    char names[64];
    snprintf(names, sizeof names, "%s > %s", floats, name);
    onnx_op(m, "Cast", names);
    onnx_int(m, "to", type);
}

/* x -> Q -> DQ -> Conv of dequantised weights -> Relu -> Q -> DQ -> y; all scales in the file. */
static proto make_fixed(const float *weights, float zero_point, const float *bias)
{
    const float x_scale = 0.05f, x_zero = 3, w_scale[FIXED_OUT] = {0.01f, 0.02f, 0.004f}, y_scale = 0.11f,
                y_zero = -128;
    float b_scale[FIXED_OUT];
    const float zeros[FIXED_OUT] = {zero_point, zero_point, zero_point};
    onnx m = {0};
    for (int i = 0; i < FIXED_OUT; i++)
        b_scale[i] = x_scale * w_scale[i];
    onnx_input(&m, "x", 4, 1, FIXED_IN, FIXED_SIDE, FIXED_SIDE);
    onnx_constant(&m, "xs", &x_scale, 0);
    onnx_constant(&m, "xzf", &x_zero, 0);
    onnx_constant(&m, "ys", &y_scale, 0);
    onnx_constant(&m, "yzf", &y_zero, 0);
    onnx_constant(&m, "ws", w_scale, 1, FIXED_OUT);
    onnx_constant(&m, "bs", b_scale, 1, FIXED_OUT);
    onnx_constant(&m, "wf", weights, 4, FIXED_OUT, FIXED_IN, 1, 1);
    onnx_constant(&m, "wzf", zeros, 1, FIXED_OUT);
    onnx_constant(&m, "bf", bias, 1, FIXED_OUT);
    integers(&m, "xz", "xzf", 3);
    integers(&m, "yz", "yzf", 3);
    integers(&m, "wq", "wf", zero_point > 0 ? 2 : 3);
    integers(&m, "wz", "wzf", zero_point > 0 ? 2 : 3);
    integers(&m, "bq", "bf", 6);
    onnx_op(&m, "QuantizeLinear", "x xs xz > xq");
    onnx_op(&m, "DequantizeLinear", "xq xs xz > xd");
    onnx_op(&m, "DequantizeLinear", "wq ws wz > w");
    onnx_int(&m, "axis", 0);
    onnx_op(&m, "DequantizeLinear", "bq bs > b");
    onnx_int(&m, "axis", 0);
    onnx_op(&m, "Conv", "xd w b > c");
    onnx_op(&m, "Relu", "c > r");
    onnx_op(&m, "QuantizeLinear", "r ys yz > yq");
    onnx_op(&m, "DequantizeLinear", "yq ys yz > y");
    onnx_output(&m, "y");
    return onnx_finish(&m);
}

/* The result of an output pixel by the definition. */
static int expected(const int8_t *x, const float *weights, float zero_point, const float *bias, int channel)
{
    static const double w_scale[FIXED_OUT] = {0.01f, 0.02f, 0.004f};
    double sum = (double)bias[channel];
    for (int i = 0; i < FIXED_IN; i++)
        sum += (x[i] - 3) * (double)(weights[channel * FIXED_IN + i] - zero_point);
    const double y = floor(sum * (double)0.05f * w_scale[channel] / (double)0.11f + 0.5) - 128;
    return (int)fmin(fmax(y, -128), 127);
}

static void check_run(const bdc_compiled *file, const float *weights, float zero_point, const float *bias)
{
    enum { PIXELS = FIXED_SIDE * FIXED_SIDE };
    void *copy = aligned_alloc(64, (file->byte_count + 63) / 64 * 64), *arena = NULL;
    bds_model model;
    bds_plan *plan;
    bds_tensor x, y;
    size_t bytes;
    memcpy(copy, file->bytes, file->byte_count);
    if (!CHECK(bds_model_open(&model, copy, file->byte_count) == BDS_OK &&
               bds_plan_size(&model, NULL, &bytes) == BDS_OK && (arena = malloc(bytes)) &&
               bds_plan_create(&plan, &model, NULL, arena, bytes) == BDS_OK && bds_input(plan, 0, &x) == BDS_OK))
        return;
    int8_t in[PIXELS * FIXED_IN];
    for (int i = 0; i < PIXELS * FIXED_IN; i++)
        in[i] = (int8_t)(i * 37 % 256 - 128);
    memcpy(x.data, in, sizeof in);
    CHECK(fabs((double)x.scale - (double)0.05f) < 1e-9 && x.zero_point == 3);
    CHECK(bds_run(plan) == BDS_OK && bds_output(plan, 0, &y) == BDS_OK);
    CHECK(fabs((double)y.scale - (double)0.11f) < 1e-9 && y.zero_point == -128 && y.type == BDS_INT8);
    for (int p = 0; p < PIXELS; p++)
        for (int c = 0; c < FIXED_OUT; c++) {
            const int got = ((const int8_t *)y.data)[p * FIXED_OUT + c];
            CHECK(abs(got - expected(in + (ptrdiff_t)p * FIXED_IN, weights, zero_point, bias, c)) <= 1);
        }
    free(arena);
    free(copy);
}

/* Scales, zero points and weights are the file's, no samples are needed, and results are within one unit. */
static void test_fixed(void)
{
    const float small[FIXED_OUT * FIXED_IN] = {-127, 50, 3, 100, 127, -8, 0, 77, 20, -90, 64, -1},
                                  wide[FIXED_OUT * FIXED_IN] = {0, 255, 3, 100, 127, 8, 250, 77, 20, 90, 64, 1},
                                  bias[FIXED_OUT] = {1000, -300, 12345};
    for (int is_wide = 0; is_wide < 2; is_wide++) {
        const float zero = is_wide ? 90 : 0, *weights = is_wide ? wide : small;
        bdc_options o = {.coder = BDC_CODER_RAW, .keep_final = 1};
        bdc_compiled file;
        const bdf_blob *blob = NULL;
        network n;
        network_open_model(&n, make_fixed(weights, zero, bias));
        if (!CHECK(bdc_compile(n.graph, &o, NULL, &file) == BDC_OK)) {
            fprintf(stderr, "  %s\n", n.error.text);
            network_close(&n);
            continue;
        }
        const void *stored = file_weights(&file, 0, &blob);
        if (CHECK(stored && blob->type == (is_wide ? BDS_INT16 : BDS_INT8)))
            for (int i = 0; i < FIXED_OUT * FIXED_IN; i++)
                CHECK((is_wide ? ((const int16_t *)stored)[i] : ((const int8_t *)stored)[i]) ==
                      (int)(weights[i] - zero));
        check_run(&file, weights, zero, bias);
        network_close(&n);
    }
}

static void test_refused(void)
{
    network n;
    bdc_compiled file;
    bdc_options o = {0};
    bdc_choice choice = {.sparsity = 1};
    network_open(&n, 0);
    CHECK(bdc_compile(n.graph, &o, NULL, &file) == BDC_E_STATE && strstr(n.error.text, "No calibration samples"));
    o.sample = sample;
    o.sample_count = SAMPLES;
    o.choice_count = 1;
    CHECK(bdc_compile(n.graph, &o, NULL, &file) == BDC_E_ARGUMENT);
    o.choices = &choice;
    CHECK(bdc_compile(n.graph, &o, NULL, &file) == BDC_E_ARGUMENT && strstr(n.error.text, "sparsity"));
    choice = (bdc_choice){.weights = (bdc_weights)17};
    CHECK(bdc_compile(n.graph, &o, NULL, &file) == BDC_E_ARGUMENT && strstr(n.error.text, "class"));
    choice = (bdc_choice){.pruning = BDC_PRUNE_N_M, .n = 3, .m = 2};
    CHECK(bdc_compile(n.graph, &o, NULL, &file) == BDC_E_ARGUMENT && strstr(n.error.text, "n and m"));
    network_close(&n);
}

int main(void)
{
    test_classes();
    test_mixed();
    test_gains();
    test_equalise();
    test_determinism();
    test_fixed();
    test_refused();
    return check_done();
}
