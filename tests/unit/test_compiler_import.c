/* The ONNX importer and the float executor: every operator against a direct formula; every refusal with its sentence.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "check.h"
#include "test_compiler_onnx.h"

enum { MOST = 4096 };

typedef struct result {
    bdc_status status;
    char text[256];
    bdc_shape shape;
    float out[MOST], optimised[MOST];
    uint32_t count;
} result;

/* Imports and runs a model with one input, as it is and optimised; frees the model. */
static result run(onnx *m, const float *in)
{
    result r = {0};
    proto model = onnx_finish(m);
    bdc_error error = {0};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    r.status = bdc_create(&c, NULL, &error);
    if (r.status == BDC_OK)
        r.status = bdc_import_onnx(c, model.data, model.n, &g);
    if (r.status == BDC_OK) {
        float *out[1] = {r.out}, *optimised[1] = {r.optimised};
        bdc_output_shape(g, 0, &r.shape);
        r.shape.name = "";
        r.count = r.shape.channels * r.shape.height * r.shape.width;
        if (r.count > MOST)
            abort();
        r.status = bdc_run_float(g, &in, out);
        if (r.status == BDC_OK)
            r.status = bdc_optimise(g, 1);
        if (r.status == BDC_OK)
            CHECK(bdc_run_float(g, &in, optimised) == BDC_OK);
    }
    memcpy(r.text, error.text, sizeof r.text);
    bdc_destroy(c);
    free(model.data);
    return r;
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-5 * (1 + fabs(b));
}

#define CHECK_SHAPE(r, c, h, w)                                                                                        \
    CHECK((r).status == BDC_OK && (r).shape.channels == (c) && (r).shape.height == (h) && (r).shape.width == (w))

static void check_values(const result *r, const double *expected, uint32_t count)
{
    CHECK(r->status == BDC_OK && r->count == count);
    for (uint32_t i = 0; r->status == BDC_OK && i < count; i++)
        if (!CHECK(near((double)r->out[i], expected[i])) || !CHECK(near((double)r->optimised[i], expected[i])))
            return;
}

/* The formula of a convolution, for each output on its own. */
static double conv_at(const float *x, int c, int h, int w, const float *weights, int oc, int groups, int kh, int kw,
                      int stride, int dil, int top, int left, int o, int oy, int ox)
{
    double sum = 0;
    int in = c / groups, group = o / (oc / groups);
    for (int i = 0; i < in; i++)
        for (int a = 0; a < kh; a++)
            for (int b = 0; b < kw; b++) {
                int y = oy * stride - top + a * dil, xx = ox * stride - left + b * dil;
                if (y >= 0 && y < h && xx >= 0 && xx < w)
                    sum += (double)x[((group * in + i) * h + y) * w + xx] *
                           (double)weights[((o * in + i) * kh + a) * kw + b];
            }
    return sum;
}

static void test_conv(void)
{
    static const struct {
        int c, h, w, oc, groups, kh, kw, stride, dil, top, left, bottom, right;
    } cases[] = {
        {3, 7, 6, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1},  {4, 8, 9, 6, 2, 3, 2, 2, 1, 0, 1, 1, 0},
        {5, 6, 6, 5, 5, 3, 3, 2, 1, 1, 1, 1, 1},  {2, 9, 9, 3, 1, 3, 3, 1, 2, 2, 2, 2, 2},
        {6, 5, 5, 7, 1, 1, 1, 1, 1, 0, 0, 0, 0},  {3, 4, 4, 6, 3, 4, 4, 3, 1, 3, 3, 3, 3},
        {1, 1, 12, 2, 1, 1, 5, 2, 1, 0, 2, 0, 2},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int c = cases[k].c, h = cases[k].h, w = cases[k].w, oc = cases[k].oc, g = cases[k].groups, kh = cases[k].kh,
            kw = cases[k].kw;
        float x[MOST], weights[MOST], bias[16];
        random_floats(x, MOST, (uint32_t)k);
        random_floats(weights, MOST, (uint32_t)k + 99);
        random_floats(bias, 16, (uint32_t)k + 7);
        onnx m = {0};
        onnx_input(&m, "x", 4, 0, c, h, w);
        onnx_constant(&m, "w", weights, 4, oc, c / g, kh, kw);
        onnx_constant(&m, "b", bias, 1, oc);
        onnx_op(&m, "Conv", "x w b > y");
        onnx_int(&m, "group", g);
        onnx_ints(&m, "strides", 2, cases[k].stride, cases[k].stride);
        onnx_ints(&m, "dilations", 2, cases[k].dil, cases[k].dil);
        onnx_ints(&m, "pads", 4, cases[k].top, cases[k].left, cases[k].bottom, cases[k].right);
        onnx_output(&m, "y");
        result r = run(&m, x);
        int oh = (h + cases[k].top + cases[k].bottom - (kh - 1) * cases[k].dil - 1) / cases[k].stride + 1;
        int ow = (w + cases[k].left + cases[k].right - (kw - 1) * cases[k].dil - 1) / cases[k].stride + 1;
        double expected[MOST];
        for (int i = 0; i < oc * oh * ow; i++)
            expected[i] =
                (double)bias[i / (oh * ow)] + conv_at(x, c, h, w, weights, oc, g, kh, kw, cases[k].stride, cases[k].dil,
                                                      cases[k].top, cases[k].left, i / (oh * ow), i / ow % oh, i % ow);
        CHECK_SHAPE(r, (uint32_t)oc, (uint32_t)oh, (uint32_t)ow);
        check_values(&r, expected, (uint32_t)(oc * oh * ow));
    }
}

static void test_same_padding(void)
{
    for (int upper = 0; upper < 2; upper++) {
        float x[50];
        random_floats(x, 50, 3);
        onnx m = {0};
        onnx_input(&m, "x", 4, 1, 2, 5, 5);
        float weights[36];
        random_floats(weights, 36, 8);
        onnx_constant(&m, "w", weights, 4, 2, 2, 2, 4);
        onnx_op(&m, "Conv", "x w > y");
        onnx_text(&m, "auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER");
        onnx_ints(&m, "strides", 2, 2, 2);
        onnx_output(&m, "y");
        result r = run(&m, x);
        /* Height: 3 windows of 2 by 2 need 6 rows, one more; width: 8 columns, three more. */
        double expected[18];
        for (int i = 0; i < 18; i++)
            expected[i] =
                conv_at(x, 2, 5, 5, weights, 2, 1, 2, 4, 2, 1, upper ? 0 : 1, upper ? 1 : 2, i / 9, i / 3 % 3, i % 3);
        check_values(&r, expected, 18);
    }
}

static void test_one_dimension(void)
{
    float x[24], weights[18];
    random_floats(x, 24, 5);
    random_floats(weights, 18, 6);
    onnx m = {0};
    onnx_input(&m, "x", 3, 0, 2, 12);
    onnx_constant(&m, "w", weights, 3, 3, 2, 3);
    onnx_op(&m, "Conv", "x w > y");
    onnx_ints(&m, "pads", 2, 1, 1);
    onnx_output(&m, "y");
    result r = run(&m, x);
    double expected[36];
    for (int i = 0; i < 36; i++)
        expected[i] = conv_at(x, 2, 1, 12, weights, 3, 1, 1, 3, 1, 1, 0, 1, i / 12, 0, i % 12);
    CHECK_SHAPE(r, 3, 1, 12);
    check_values(&r, expected, 36);
}

static void test_functions(void)
{
    static const char *const names[] = {"Relu",        "Sigmoid",   "Tanh",     "LeakyRelu", "Elu",
                                        "HardSigmoid", "HardSwish", "Identity", "Dropout"};
    float x[20];
    for (int i = 0; i < 20; i++)
        x[i] = (float)(i - 10) * 0.7f;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        onnx m = {.opset = 14};
        double e[20];
        onnx_input(&m, "x", 4, 1, 5, 2, 2);
        onnx_op(&m, names[k], "x > y");
        if (k == 3)
            onnx_float(&m, "alpha", 0.25f);
        onnx_output(&m, "y");
        for (int i = 0; i < 20; i++) {
            double v = (double)x[i], hard = fmin(fmax(v / 6 + 0.5, 0), 1);
            const double all[] = {fmax(v, 0),
                                  1 / (1 + exp(-v)),
                                  tanh(v),
                                  v < 0 ? 0.25 * v : v,
                                  v < 0 ? exp(v) - 1 : v,
                                  fmin(fmax(0.2 * v + 0.5, 0), 1),
                                  v * hard,
                                  v,
                                  v};
            e[i] = all[k];
        }
        result r = run(&m, x);
        check_values(&r, e, 20);
    }
    for (int form = 0; form < 2; form++) { /* Clip's bounds: attributes before opset 11, inputs since */
        onnx m = {.opset = form ? 13 : 9};
        double e[20];
        float low = -1, high = 3.4028235e38f;
        onnx_input(&m, "x", 2, 1, 20);
        onnx_constant(&m, "low", &low, 0);
        onnx_constant(&m, "high", &high, 0);
        onnx_op(&m, "Clip", form ? "x low high > y" : "x > y");
        if (!form)
            onnx_float(&m, "min", -1);
        onnx_output(&m, "y");
        for (int i = 0; i < 20; i++)
            e[i] = fmax((double)x[i], -1);
        result r = run(&m, x);
        check_values(&r, e, 20);
    }
}

static void test_batch_norm(void)
{
    const float gain[3] = {1, -2, 0.5f}, beta[3] = {0.1f, 0.2f, 0.3f}, mean[3] = {0.5f, -0.5f, 0},
                variance[3] = {1, 4, 0.25f};
    for (int after_conv = 0; after_conv < 2; after_conv++) {
        float x[27], weights[27];
        random_floats(x, 27, 17);
        random_floats(weights, 27, 18);
        onnx m = {0};
        onnx_input(&m, "x", 4, 1, 3, 3, 3);
        onnx_constant(&m, "w", weights, 4, 3, 3, 1, 1);
        onnx_constant(&m, "g", gain, 1, 3);
        onnx_constant(&m, "be", beta, 1, 3);
        onnx_constant(&m, "me", mean, 1, 3);
        onnx_constant(&m, "va", variance, 1, 3);
        if (after_conv)
            onnx_op(&m, "Conv", "x w > t");
        onnx_op(&m, "BatchNormalization", after_conv ? "t g be me va > y" : "x g be me va > y");
        onnx_float(&m, "epsilon", 0.001f);
        onnx_output(&m, "y");
        result r = run(&m, x);
        double e[27];
        for (int i = 0; i < 27; i++) {
            int c = i / 9;
            double v =
                after_conv ? conv_at(x, 3, 3, 3, weights, 3, 1, 1, 1, 1, 1, 0, 0, c, i / 3 % 3, i % 3) : (double)x[i];
            e[i] = (v - (double)mean[c]) / sqrt((double)variance[c] + 0.001) * (double)gain[c] + (double)beta[c];
        }
        check_values(&r, e, 27);
    }
}

static void test_dense(void)
{
    float x[12], w[36], b[3];
    random_floats(x, 12, 1);
    random_floats(w, 36, 2);
    random_floats(b, 3, 3);
    for (int form = 0; form < 4; form++) { /* Gemm, transposed Gemm, MatMul + Add, Gemm behind Flatten of 3 x 2 x 2 */
        onnx m = {0};
        double e[3];
        if (form == 3)
            onnx_input(&m, "x", 4, 0, 3, 2, 2);
        else
            onnx_input(&m, "x", 2, 0, 12);
        onnx_constant(&m, "w", w, 2, form == 1 ? 3 : 12, form == 1 ? 12 : 3);
        onnx_constant(&m, "b", b, 1, 3);
        if (form == 2) {
            onnx_op(&m, "MatMul", "x w > t");
            onnx_op(&m, "Add", "t b > y");
        } else {
            if (form == 3)
                onnx_op(&m, "Flatten", "x > f");
            onnx_op(&m, "Gemm", form == 3 ? "f w b > y" : "x w b > y");
            onnx_float(&m, "alpha", 0.5f);
            onnx_float(&m, "beta", 2);
            if (form == 1)
                onnx_int(&m, "transB", 1);
        }
        onnx_output(&m, "y");
        for (int o = 0; o < 3; o++) {
            double sum = 0;
            for (int i = 0; i < 12; i++)
                sum += (double)x[i] * (double)(form == 1 ? w[o * 12 + i] : w[i * 3 + o]);
            e[o] = form == 2 ? sum + (double)b[o] : 0.5 * sum + 2 * (double)b[o];
        }
        result r = run(&m, x);
        CHECK_SHAPE(r, 3, 1, 1);
        check_values(&r, e, 3);
    }
}

static void test_arithmetic(void)
{
    float x[24], k[3] = {2, -3, 4};
    double e[24], mean[3];
    random_floats(x, 24, 4);
    for (int i = 0; i < 3; i++) {
        mean[i] = 0;
        for (int j = 0; j < 8; j++)
            mean[i] += (double)x[i * 8 + j] / 8;
    }
    static const char *const names[] = {"Add", "Mul", "Sub", "Div"};
    for (int form = 0; form < 16;
         form++) { /* with a constant on the right, a constant on the left, itself, its means */
        int op = form % 4, kind = form / 4;
        onnx m = {0};
        onnx_input(&m, "x", 4, 1, 3, 2, 4);
        onnx_constant(&m, "k", k, 3, 3, 1, 1);
        onnx_op(&m, "GlobalAveragePool", "x > g");
        onnx_op(&m, names[op], kind == 0 ? "x k > y" : kind == 1 ? "k x > y" : kind == 2 ? "x x > y" : "g x > y");
        onnx_output(&m, "y");
        for (int i = 0; i < 24; i++) {
            double a = (double)x[i], c = (double)k[i / 8],
                   l = kind == 1   ? c
                       : kind == 3 ? mean[i / 8]
                                   : a,
                   r = kind == 0 ? c : a;
            e[i] = op == 0 ? l + r : op == 1 ? l * r : op == 2 ? l - r : l / r;
        }
        result r = run(&m, x);
        check_values(&r, e, 24);
    }
}

static void test_pools(void)
{
    float x[2 * 7 * 5];
    random_floats(x, 70, 10);
    for (int form = 0; form < 6; form++) {
        int average = form % 2, include = form == 3, ceil_mode = form >= 4;
        onnx m = {0};
        onnx_input(&m, "x", 4, 1, 2, 7, 5);
        onnx_op(&m, average ? "AveragePool" : "MaxPool", "x > y");
        onnx_ints(&m, "kernel_shape", 2, 3, 2);
        onnx_ints(&m, "strides", 2, 2, 2);
        onnx_ints(&m, "pads", 4, 1, 0, 1, ceil_mode ? 0 : 1);
        if (ceil_mode)
            onnx_int(&m, "ceil_mode", 1);
        if (include)
            onnx_int(&m, "count_include_pad", 1);
        onnx_output(&m, "y");
        result r = run(&m, x);
        double e[24];
        for (int i = 0; i < 24; i++) {
            int c = i / 12, oy = i / 3 % 4, ox = i % 3, n = 0;
            double sum = 0, most = -10;
            for (int a = 0; a < 6; a++) {
                int yy = oy * 2 - 1 + a / 2, xx = ox * 2 + a % 2;
                if (yy < 0 || yy >= 7 || xx >= 5)
                    continue;
                double v = (double)x[(c * 7 + yy) * 5 + xx];
                sum += v;
                most = fmax(most, v);
                n++;
            }
            e[i] = !average ? most : sum / (include ? 6 : n);
        }
        CHECK_SHAPE(r, 2, 4, 3);
        check_values(&r, e, 24);
    }
    static const char *const names[] = {"GlobalAveragePool", "GlobalMaxPool", "ReduceMean"};
    for (int form = 0; form < 3; form++) {
        onnx m = {0};
        onnx_input(&m, "x", 4, 1, 2, 7, 5);
        onnx_op(&m, names[form], "x > y");
        if (form == 2) {
            onnx_ints(&m, "axes", 2, -1, 2);
            onnx_int(&m, "keepdims", 0);
        }
        onnx_output(&m, "y");
        double e[2] = {form == 1 ? -10 : 0, form == 1 ? -10 : 0};
        for (int i = 0; i < 70; i++)
            e[i / 35] = form == 1 ? fmax(e[i / 35], (double)x[i]) : e[i / 35] + (double)x[i] / 35;
        result r = run(&m, x);
        CHECK_SHAPE(r, 2, 1, 1);
        check_values(&r, e, 2);
    }
}

static void test_shapes(void)
{
    float x[12], value = 0.5f;
    random_floats(x, 12, 20);
    {
        onnx m = {0};
        double e[24];
        onnx_input(&m, "x", 4, 1, 3, 2, 2);
        onnx_op(&m, "Relu", "x > r");
        onnx_op(&m, "Concat", "r x > y");
        onnx_int(&m, "axis", 1);
        onnx_output(&m, "y");
        for (int i = 0; i < 24; i++)
            e[i] = i < 12 ? fmax((double)x[i], 0) : (double)x[i - 12];
        result r = run(&m, x);
        CHECK_SHAPE(r, 6, 2, 2);
        check_values(&r, e, 24);
    }
    for (int form = 0; form < 2; form++) { /* attributes before opset 11, inputs since */
        onnx m = {.opset = form ? 18 : 7};
        double e[3 * 5 * 3];
        onnx_input(&m, "x", 4, 1, 3, 2, 2);
        onnx_shape(&m, "p", 8, 0, 0, 1, 1, 0, 0, 2, 0);
        onnx_constant(&m, "v", &value, 0);
        onnx_op(&m, "Pad", form ? "x p v > y" : "x > y");
        if (!form) {
            onnx_ints(&m, "pads", 8, 0, 0, 1, 1, 0, 0, 2, 0);
            onnx_float(&m, "value", value);
        }
        onnx_output(&m, "y");
        for (int i = 0; i < 45; i++) {
            int row = i / 3 % 5 - 1, column = i % 3 - 1;
            e[i] = row >= 0 && row < 2 && column >= 0 ? (double)x[(i / 15 * 2 + row) * 2 + column] : 0.5;
        }
        result r = run(&m, x);
        CHECK_SHAPE(r, 3, 5, 3);
        check_values(&r, e, 45);
    }
    static const struct {
        const char *type, *names;
        uint32_t c, h, w;
    } forms[] = {{"Reshape", "x s > y", 12, 1, 1},
                 {"Flatten", "x > y", 12, 1, 1},
                 {"Reshape", "x t > y", 3, 4, 1},
                 {"Unsqueeze", "f u > y", 12, 1, 1},
                 {"Squeeze", "q u > y", 12, 1, 1}};
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        onnx m = {0};
        double e[12];
        onnx_input(&m, "x", 4, 0, 3, 2, 2);
        onnx_shape(&m, "s", 2, 0, -1);
        onnx_shape(&m, "t", 4, 1, 3, -1, 1);
        onnx_shape(&m, "u", 2, 2, 3);
        onnx_op(&m, "Flatten", "x > f");
        onnx_op(&m, "Unsqueeze", "f u > q");
        onnx_op(&m, forms[k].type, forms[k].names);
        onnx_output(&m, "y");
        for (int i = 0; i < 12; i++)
            e[i] = (double)x[i];
        result r = run(&m, x);
        CHECK_SHAPE(r, forms[k].c, forms[k].h, forms[k].w);
        check_values(&r, e, 12);
    }
    {
        onnx m = {0};
        double e[12], sum = 0;
        onnx_input(&m, "x", 2, 1, 12);
        onnx_op(&m, "Softmax", "x > y");
        onnx_output(&m, "y");
        for (int i = 0; i < 12; i++)
            sum += exp((double)x[i]);
        for (int i = 0; i < 12; i++)
            e[i] = exp((double)x[i]) / sum;
        result r = run(&m, x);
        check_values(&r, e, 12);
    }
}

/* Nodes out of order, constants from nodes, swish, ReLU behind a max pool. */
static void test_graphs(void)
{
    float x[32];
    double e[32];
    random_floats(x, 32, 30);
    onnx m = {0};
    onnx_output(&m, "y");
    onnx_op(&m, "Mul", "a s > y");
    onnx_op(&m, "Sigmoid", "a > s");
    onnx_op(&m, "Mul", "x k > a");
    onnx_op(&m, "Constant", "> k");
    onnx_float(&m, "value_float", 3);
    onnx_input(&m, "x", 4, 1, 2, 4, 4);
    result r = run(&m, x);
    for (int i = 0; i < 32; i++)
        e[i] = 3 * (double)x[i] / (1 + exp(-3 * (double)x[i]));
    check_values(&r, e, 32);
}

static void expect(onnx *m, bdc_status status, const char *word)
{
    float x[MOST] = {0};
    result r = run(m, x);
    if (!CHECK(r.status == status && strstr(r.text, word)))
        fprintf(stderr, "  got %s: %s; wanted '%s'\n", bdc_status_name(r.status), r.text, word);
}

static void test_refusals(void)
{
    for (int k = 0; k < 17; k++) {
        onnx m = {0};
        float nan_value[4] = {0, NAN, 0, 0};
        if (k == 4)
            onnx_input(&m, "x", 4, 0, 2, 0, 4); /* an open height */
        else if (k == 5)
            onnx_input(&m, "x", 4, 8, 2, 4, 4); /* a batch */
        else
            onnx_input(&m, "x", 4, 0, 2, 4, 4);
        onnx_constant(&m, "w", k == 14 ? nan_value : NULL, 4, 2, 2, 1, 1);
        onnx_output(&m, "y");
        switch (k) {
        case 0:
            onnx_op(&m, "GridSample", "x > y");
            expect(&m, BDC_E_UNSUPPORTED, "GridSample");
            break;
        case 1:
            onnx_op(&m, "Relu", "x > y");
            onnx_int(&m, "slope", 1);
            expect(&m, BDC_E_UNSUPPORTED, "slope");
            break;
        case 2: /* a cycle */
            onnx_op(&m, "Add", "x z > y");
            onnx_op(&m, "Relu", "y > z");
            expect(&m, BDC_E_INVALID, "cycle");
            break;
        case 3:
            onnx_op(&m, "Relu", "absent > y");
            expect(&m, BDC_E_INVALID, "absent");
            break;
        case 4:
            onnx_op(&m, "Relu", "x > y");
            expect(&m, BDC_E_UNSUPPORTED, "Dimension 2 ('N') of input 'x'");
            break;
        case 5:
            onnx_op(&m, "Conv", "x w > y");
            expect(&m, BDC_E_UNSUPPORTED, "batch of 8");
            break;
        case 6:
            onnx_op(&m, "Conv", "x w > y");
            onnx_int(&m, "group", 2);
            expect(&m, BDC_E_INVALID, "group");
            break;
        case 7:
            onnx_op(&m, "Relu", "x > y");
            onnx_op(&m, "Relu", "x > y");
            expect(&m, BDC_E_INVALID, "more than once");
            break;
        case 8:
            m.opset = 99;
            onnx_op(&m, "Relu", "x > y");
            expect(&m, BDC_E_UNSUPPORTED, "opset 99");
            break;
        case 9:
            onnx_op(&m, "Conv", "x w > y");
            onnx_ints(&m, "kernel_shape", 2, 3, 3);
            expect(&m, BDC_E_INVALID, "kernel_shape");
            break;
        case 10:
            onnx_op(&m, "MaxPool", "x > y");
            onnx_ints(&m, "kernel_shape", 2, 9, 9);
            expect(&m, BDC_E_INVALID, "larger");
            break;
        case 11:
            onnx_op(&m, "TopK", "x k > y i");
            onnx_shape(&m, "k", 1, 1);
            expect(&m, BDC_E_UNSUPPORTED, "TopK");
            break;
        case 12:
            onnx_op(&m, "Relu", "x > z");
            expect(&m, BDC_E_INVALID, "'y'");
            break;
        case 13: { /* weights in another file */
            proto t = {0};
            proto_int(&t, 1, 4);
            proto_int(&t, 2, 1);
            proto_text(&t, 8, "far");
            proto_int(&t, 14, 1);
            proto_message(&m.graph, 5, &t);
            onnx_op(&m, "Add", "x far > y");
            expect(&m, BDC_E_UNSUPPORTED, "'far' lies in another file");
            break;
        }
        case 14:
            onnx_op(&m, "Conv", "x w > y");
            expect(&m, BDC_E_INVALID, "not finite");
            break;
        case 15: { /* dims whose product wraps */
            proto t = {0};
            for (int i = 0; i < 4; i++)
                proto_int(&t, 1, 1 << 16);
            proto_int(&t, 2, 1);
            proto_text(&t, 8, "vast");
            proto_message(&m.graph, 5, &t);
            onnx_op(&m, "Add", "x vast > y");
            expect(&m, BDC_E_LIMIT, "vast");
            break;
        }
        default:
            onnx_op(&m, "MaxPool", "x > y");
            onnx_ints(&m, "kernel_shape", 2, 2, 2);
            onnx_ints(&m, "dilations", 2, 2, 2);
            expect(&m, BDC_E_UNSUPPORTED, "dilations");
            break;
        }
    }
}

int main(void)
{
    test_conv();
    test_same_padding();
    test_one_dimension();
    test_functions();
    test_batch_norm();
    test_dense();
    test_arithmetic();
    test_pools();
    test_shapes();
    test_graphs();
    test_refusals();
    return check_done();
}
