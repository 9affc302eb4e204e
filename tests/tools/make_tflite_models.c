/* Writes small TensorFlow Lite models, most of one operator, in float, int8 and uint8: for the comparison with TensorFlow Lite's own
 * runtime and, being small, as the corpus of the importer's fuzz target. usage: make_tflite_models FOLDER [--corpus]
 * --corpus: one of each, int8 where there is one.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "support/tflite_builder.h"

typedef enum kind { F = 0, I8 = 1, U8 = 2 } kind;
static const char *const kind_names[3] = {"float", "int8", "uint8"};
static const uint8_t kind_types[3] = {LITE_FLOAT, LITE_INT8, LITE_UINT8};
static const int64_t kind_zeros[3] = {0, 3, 131};

static lite m;
static lite_op *op;
static const char *folder;
static int corpus;
static uint32_t seed;
static union {
    float f[1024];
    int32_t i[1024];
    int8_t b[4096];
} pools[LITE_TENSORS];

static uint32_t random_bits(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* ---- Tensors --------------------------------------------------------------------------------------------------------- */

#define SHAPE LITE_SHAPE

static int32_t scaled(int32_t t, kind k, float scale)
{
    return k == F ? t : lite_quantised(&m, t, scale, kind_zeros[k]);
}

static int32_t in(kind k, float scale, uint32_t rank, const int32_t *shape)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    return scaled(lite_input(&m, names[m.input_count], kind_types[k], rank, shape), k, scale);
}

static int32_t plain_in(uint8_t type, uint32_t rank, const int32_t *shape)
{
    return lite_input(&m, "i", type, rank, shape);
}

static int32_t made(kind k, float scale, int64_t zero, uint32_t rank, const int32_t *shape)
{
    static const char *const names[] = {"y0", "y1", "y2", "y3", "y4", "y5", "y6", "y7"};
    int32_t t = lite_tensor_of(&m, names[m.tensor_count % 8], kind_types[k], rank, shape);
    return k == F ? t : lite_quantised(&m, t, scale, zero);
}

static int32_t count_of(uint32_t rank, const int32_t *shape)
{
    int32_t count = 1;
    for (uint32_t i = 0; i < rank; i++)
        count *= shape[i];
    return count;
}

/* Weights; quantised ones of int8 with a scale per index of axis, those of uint8 with one and a zero point. */
static int32_t weights(kind k, int32_t axis, uint32_t rank, const int32_t *shape)
{
    int32_t count = count_of(rank, shape);
    if (count > 1024)
        abort();
    void *data = &pools[m.tensor_count];
    for (int32_t i = 0; i < count; i++) {
        int32_t value = (int32_t)(random_bits() % 255) - 127;
        if (k == F)
            ((float *)data)[i] = (float)value / 100;
        else
            ((int8_t *)data)[i] = (int8_t)value;
    }
    int32_t t = lite_constant(&m, "w", kind_types[k], data, (uint32_t)count * (k == F ? 4 : 1), rank, shape);
    lite_tensor *w = &m.tensors[t];
    if (k == U8)
        lite_quantised(&m, t, 0.02f, 120);
    if (k == I8 && axis < 0)
        lite_quantised(&m, t, 0.02f, 0);
    if (k == I8 && axis >= 0) {
        w->scale_count = w->zero_count = (uint32_t)shape[axis];
        w->axis = axis;
        for (int32_t i = 0; i < shape[axis]; i++)
            w->scales[i] = 0.01f + 0.003f * (float)i;
    }
    return t;
}

/* The bias of these weights, for an input of this scale. */
static int32_t bias(kind k, int32_t weights_tensor, float scale, int32_t n)
{
    void *data = &pools[m.tensor_count];
    const lite_tensor *w = &m.tensors[weights_tensor];
    for (int32_t i = 0; i < n; i++) {
        int32_t value = (int32_t)(random_bits() % 2001) - 1000;
        if (k == F)
            ((float *)data)[i] = (float)value / 500;
        else
            ((int32_t *)data)[i] = value;
    }
    int32_t t = lite_constant(&m, "b", k == F ? LITE_FLOAT : LITE_INT32, data, (uint32_t)n * 4, 1, &n);
    lite_tensor *b = &m.tensors[t];
    b->scale_count = b->zero_count = k == F ? 0 : w->scale_count;
    for (uint32_t i = 0; i < b->scale_count; i++)
        b->scales[i] = w->scales[i] * scale;
    return t;
}

static int32_t integers(uint32_t count, const int32_t *values)
{
    memcpy(pools[m.tensor_count].i, values, count * sizeof *values);
    const int32_t n = (int32_t)count;
    return lite_constant(&m, "p", LITE_INT32, &pools[m.tensor_count], count * 4, 1, &n);
}

static int32_t integer(int32_t value)
{
    pools[m.tensor_count].i[0] = value;
    return lite_constant(&m, "p", LITE_INT32, &pools[m.tensor_count], 4, 0, NULL);
}

static int32_t matrix(uint32_t rows, uint32_t columns, const int32_t *values)
{
    memcpy(pools[m.tensor_count].i, values, rows * columns * sizeof *values);
    const int32_t shape[2] = {(int32_t)rows, (int32_t)columns};
    return lite_constant(&m, "p", LITE_INT32, &pools[m.tensor_count], rows * columns * 4, 2, shape);
}

/* ---- Models ------------------------------------------------------------------------------------------------------------ */

static void start(void)
{
    memset(&m, 0, sizeof m);
    seed = 12345;
}

static void operator_(uint32_t code, uint32_t options)
{
    op = lite_op_of(&m, code, options);
}

static void links(uint32_t inputs, const int32_t *in_tensors, uint32_t outputs, const int32_t *out_tensors)
{
    for (uint32_t i = 0; i < inputs; i++)
        lite_in(op, in_tensors[i]);
    for (uint32_t i = 0; i < outputs; i++)
        lite_out(op, out_tensors[i]);
}

static void finish(const char *name, kind k)
{
    char path[512];
    size_t n;
    for (uint32_t i = 0; op && m.output_count == 0 && i < op->output_count; i++)
        lite_result(&m, op->outputs[i]);
    uint8_t *bytes = lite_finish(&m, &n);
    if (corpus)
        snprintf(path, sizeof path, "%s/%s.tflite", folder, name);
    else
        snprintf(path, sizeof path, "%s/%s_%s.tflite", folder, name, kind_names[k]);
    if (corpus && k == U8) { /* int8 stands for it, and is written over float */
        free(bytes);
        return;
    }
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file)) {
        fprintf(stderr, "%s: cannot be written\n", path);
        exit(1);
    }
    free(bytes);
}

/* Operators of one input and one output of the same shape, which need no options. */
static void unary(const char *name, uint32_t code, uint32_t options, kind k, float scale, float out_scale, int64_t zero)
{
    start();
    int32_t x = in(k, scale, SHAPE(1, 4, 3, 5)), y = made(k, out_scale, zero, SHAPE(1, 4, 3, 5));
    operator_(code, options);
    links(1, &x, 1, &y);
    finish(name, k);
}

static void all_unary(void)
{
    static const struct {
        const char *name;
        uint32_t code, options;
    } floats[] = {{"floor", 8, 0},         {"ceil", 104, 0},        {"round", 116, 0},
                  {"abs", 101, 78},        {"neg", 59, 42},         {"exp", 47, 33},
                  {"sin", 66, 0},          {"cos", 108, 84},        {"sign", 158, 123},
                  {"square", 92, 66},      {"log_softmax", 50, 36}, {"elu", 111, 0},
                  {"zeros_like", 93, 67},  {"logistic", 14, 0},     {"tanh", 28, 0},
                  {"relu", 19, 0},         {"relu6", 21, 0},        {"relu_n1_to_1", 20, 0},
                  {"relu_0_to_1", 152, 0}, {"hard_swish", 117, 91}, {"l2_normalization", 11, 12}};
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        unary(floats[i].name, floats[i].code, floats[i].options, F, 0, 0, 0);
    for (kind k = I8; k <= U8; k++) {
        int64_t lowest = k == I8 ? -128 : 0, middle = k == I8 ? 0 : 128;
        unary("logistic", 14, 0, k, 0.05f, 1 / 256.f, lowest);
        unary("tanh", 28, 0, k, 0.03f, 1 / 128.f, middle);
        unary("relu", 19, 0, k, 0.05f, 0.03f, kind_zeros[k]);
        unary("relu6", 21, 0, k, 0.07f, 0.05f, kind_zeros[k]);
        unary("relu_n1_to_1", 20, 0, k, 0.02f, 0.013f, kind_zeros[k]);
        unary("hard_swish", 117, 91, k, 0.05f, 0.04f, kind_zeros[k]);
        unary("l2_normalization", 11, 12, k, 0.05f, 1 / 128.f, middle);
        unary("quantize", 114, 89, k, 0.05f, 0.07f, lowest + 40);
    }
    unary("abs", 101, 78, I8, 0.05f, 0.05f, 3);
    unary("elu", 111, 0, I8, 0.05f, 0.04f, 3);
    unary("log_softmax", 50, 36, I8, 0.05f, 16 / 256.f, 127);
    for (kind k = F; k <= U8; k++) {
        int64_t lowest = k == I8 ? -128 : 0;
        start();
        int32_t x = in(k, 0.05f, SHAPE(2, 9)), y = made(k, 1 / 256.f, lowest, SHAPE(2, 9));
        operator_(25, 9);
        lite_option_float(op, 0, k == F ? 0.7f : 1);
        links(1, &x, 1, &y);
        finish("softmax", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 4, 3, 5));
        y = made(k, 0.04f, kind_zeros[k], SHAPE(1, 4, 3, 5));
        operator_(98, 75);
        lite_option_float(op, 0, 0.2f);
        links(1, &x, 1, &y);
        finish("leaky_relu", k);
    }
    for (int approximate = 0; approximate < 2; approximate++) {
        start();
        int32_t x = in(F, 0, SHAPE(2, 9)), y = made(F, 0, 0, SHAPE(2, 9));
        operator_(150, 116);
        lite_option(op, 0, 1, approximate);
        links(1, &x, 1, &y);
        finish(approximate ? "gelu_tanh" : "gelu", F);
    }
    /* Of positive numbers. */
    static const struct {
        const char *name;
        uint32_t code;
    } positive[] = {{"sqrt", 75}, {"rsqrt", 76}, {"log", 73}};
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++) {
        start();
        int32_t x = in(F, 0, SHAPE(2, 9)), e = made(F, 0, 0, SHAPE(2, 9)), y = made(F, 0, 0, SHAPE(2, 9));
        operator_(47, 33);
        links(1, &x, 1, &e);
        operator_(positive[i].code, 0);
        links(1, &e, 1, &y);
        finish(positive[i].name, F);
    }
}

static void binary(const char *name, uint32_t code, uint32_t options, kind k, int activation, int broadcast)
{
    start();
    const int32_t inputs[2] = {in(k, 0.05f, SHAPE(1, 4, 3, 5)),
                               broadcast ? in(k, 0.03f, SHAPE(1, 1, 5)) : in(k, 0.03f, SHAPE(1, 4, 3, 5))};
    int32_t y = made(k, 0.06f, kind_zeros[k], SHAPE(1, 4, 3, 5));
    operator_(code, options);
    if (activation)
        lite_option(op, 0, 1, activation);
    links(2, inputs, 1, &y);
    finish(name, k);
}

static void all_binary(void)
{
    for (kind k = F; k <= U8; k++) {
        binary("add", 0, 11, k, 0, 0);
        binary("add_relu6", 0, 11, k, 3, 1);
        binary("sub", 41, 28, k, 0, 1);
        binary("mul_relu", 18, 21, k, 1, 0);
        binary("mul_broadcast", 18, 21, k, 2, 1);
        start();
        const int32_t inputs[2] = {in(k, 0.05f, SHAPE(1, 4, 3, 5)), in(k, 0.05f, SHAPE(1, 4, 3, 5))};
        int32_t y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 4, 3, 5));
        operator_(55, 39);
        links(2, inputs, 1, &y);
        finish("maximum", k);
        m.ops[0].code = 57;
        finish("minimum", k);
    }
    binary("squared_difference", 99, 76, F, 0, 1);
    binary("squared_difference", 99, 76, I8, 0, 0);
    binary("div", 42, 29, F, 0, 0);
    binary("floor_div", 90, 65, F, 0, 0);
    binary("floor_mod", 95, 72, F, 0, 0);
    static const struct {
        const char *name;
        uint32_t code, options;
    } compare[] = {{"equal", 71, 53},      {"not_equal", 72, 54}, {"less", 58, 41},
                   {"less_equal", 63, 46}, {"greater", 61, 44},   {"greater_equal", 62, 45}};
    for (size_t i = 0; i < sizeof compare / sizeof *compare; i++)
        for (kind k = F; k <= I8; k++) {
            start();
            const int32_t inputs[2] = {in(k, 0.05f, SHAPE(2, 5)), in(k, 0.05f, SHAPE(2, 5))};
            int32_t y = lite_tensor_of(&m, "y", LITE_BOOL, SHAPE(2, 5));
            operator_(compare[i].code, compare[i].options);
            links(2, inputs, 1, &y);
            finish(compare[i].name, k);
        }
    /* (a < b and not a > 0) ? a : b */
    start();
    int32_t a = in(F, 0, SHAPE(2, 5)), b = in(F, 0, SHAPE(2, 5));
    int32_t less = lite_tensor_of(&m, "l", LITE_BOOL, SHAPE(2, 5)),
            more = lite_tensor_of(&m, "g", LITE_BOOL, SHAPE(2, 5));
    int32_t no = lite_tensor_of(&m, "n", LITE_BOOL, SHAPE(2, 5)),
            both = lite_tensor_of(&m, "&", LITE_BOOL, SHAPE(2, 5));
    int32_t zero = weights(F, 0, SHAPE(1)), y = made(F, 0, 0, SHAPE(2, 5));
    operator_(58, 41);
    links(2, (int32_t[]){a, b}, 1, &less);
    operator_(61, 44);
    links(2, (int32_t[]){a, zero}, 1, &more);
    operator_(87, 63);
    links(1, &more, 1, &no);
    operator_(86, 62);
    links(2, (int32_t[]){less, no}, 1, &both);
    operator_(123, 98);
    links(3, (int32_t[]){both, a, b}, 1, &y);
    finish("select", F);
    /* Squares by POW, and a sum of three. */
    start();
    a = in(F, 0, SHAPE(2, 5));
    b = made(F, 0, 0, SHAPE(2, 5));
    y = made(F, 0, 0, SHAPE(2, 5));
    pools[m.tensor_count].f[0] = 2;
    int32_t two = lite_constant(&m, "p", LITE_FLOAT, &pools[m.tensor_count], 4, 0, NULL);
    operator_(78, 56);
    links(2, (int32_t[]){a, two}, 1, &b);
    operator_(106, 82);
    links(3, (int32_t[]){a, b, a}, 1, &y);
    finish("pow_add_n", F);
    for (kind k = F; k <= I8; k++) {
        start();
        int32_t x = in(k, 0.05f, SHAPE(1, 4, 3, 5)), slope = weights(k, -1, SHAPE(1, 1, 5));
        y = made(k, 0.04f, kind_zeros[k], SHAPE(1, 4, 3, 5));
        operator_(54, 0);
        links(2, (int32_t[]){x, slope}, 1, &y);
        finish("prelu", k);
    }
}

typedef struct window {
    int padding, stride_h, stride_w, dilation_h, dilation_w, activation;
} window;

static void conv(const char *name, kind k, window w, int depthwise, const int32_t *x_shape, uint32_t rank,
                 const int32_t *shape, const int32_t *y_shape)
{
    start();
    int32_t x = in(k, 0.05f, 4, x_shape), f = weights(k, depthwise ? 3 : 0, rank, shape);
    int32_t channels = shape[depthwise ? 3 : 0], b = bias(k, f, 0.05f, channels);
    int32_t y = made(k, 0.11f, kind_zeros[k], 4, y_shape);
    operator_(depthwise ? 4 : 3, depthwise ? 2 : 1);
    lite_option(op, 0, 1, w.padding);
    lite_option(op, 1, 4, w.stride_w);
    lite_option(op, 2, 4, w.stride_h);
    if (depthwise)
        lite_option(op, 3, 4, shape[3] / x_shape[3]);
    lite_option(op, depthwise ? 4 : 3, 1, w.activation);
    lite_option(op, depthwise ? 5 : 4, 4, w.dilation_w);
    lite_option(op, depthwise ? 6 : 5, 4, w.dilation_h);
    links(3, (int32_t[]){x, f, b}, 1, &y);
    finish(name, k);
}

#define DIMS(...) ((const int32_t[]){__VA_ARGS__})

static void pool(const char *name, uint32_t code, kind k, int padding)
{
    start();
    int32_t x = in(k, 0.05f, SHAPE(1, 7, 6, 3));
    int32_t y =
        padding ? made(k, 0.05f, kind_zeros[k], SHAPE(1, 3, 2, 3)) : made(k, 0.05f, kind_zeros[k], SHAPE(1, 4, 3, 3));
    operator_(code, 5);
    lite_option(op, 0, 1, padding);
    lite_option(op, 1, 4, 2);
    lite_option(op, 2, 4, 2);
    lite_option(op, 3, 4, 3);
    lite_option(op, 4, 4, 3);
    links(1, &x, 1, &y);
    finish(name, k);
}

static void all_windows(void)
{
    for (kind k = F; k <= U8; k++) {
        conv("conv_same", k, (window){0, 2, 1, 1, 1, 1}, 0, DIMS(1, 7, 6, 3), SHAPE(5, 3, 2, 3), DIMS(1, 4, 6, 5));
        conv("conv_valid", k, (window){1, 1, 2, 1, 1, 3}, 0, DIMS(1, 7, 6, 3), SHAPE(4, 3, 3, 3), DIMS(1, 5, 2, 4));
        conv("conv_dilated", k, (window){0, 1, 1, 2, 3, 0}, 0, DIMS(1, 9, 8, 2), SHAPE(3, 3, 3, 2), DIMS(1, 9, 8, 3));
        conv("depthwise", k, (window){0, 2, 2, 1, 1, 3}, 1, DIMS(1, 7, 6, 4), SHAPE(1, 3, 3, 4), DIMS(1, 4, 3, 4));
        conv("depthwise_multiplier", k, (window){1, 1, 1, 1, 1, 0}, 1, DIMS(1, 5, 6, 2), SHAPE(1, 3, 3, 6),
             DIMS(1, 3, 4, 6));
        conv("depthwise_dilated", k, (window){0, 1, 1, 2, 2, 2}, 1, DIMS(1, 7, 6, 4), SHAPE(1, 3, 3, 4),
             DIMS(1, 7, 6, 4));
        pool("max_pool_same", 17, k, 0);
        pool("max_pool_valid", 17, k, 1);
        pool("average_pool_same", 1, k, 0);
        pool("average_pool_valid", 1, k, 1);
        for (int padding = 0; padding < 2; padding++) {
            start();
            int32_t shape = padding ? integers(4, DIMS(1, 7, 9, 2)) : integers(4, DIMS(1, 6, 8, 2));
            int32_t f = weights(k, 0, SHAPE(2, 3, 3, 3)), x = in(k, 0.05f, SHAPE(1, 3, 4, 3));
            int32_t b = bias(k, f, 0.05f, 2);
            int32_t y = padding ? made(k, 0.11f, kind_zeros[k], SHAPE(1, 7, 9, 2))
                                : made(k, 0.11f, kind_zeros[k], SHAPE(1, 6, 8, 2));
            operator_(67, 49);
            lite_option(op, 0, 1, padding);
            lite_option(op, 1, 4, 2);
            lite_option(op, 2, 4, 2);
            links(4, (int32_t[]){shape, f, x, b}, 1, &y);
            finish(padding ? "transpose_conv_valid" : "transpose_conv_same", k);
        }
        for (int variant = 0; variant < 3; variant++)
            for (int bilinear = 0; bilinear < 2; bilinear++) {
                static const char *const names[2][3] = {
                    {"resize_nearest", "resize_nearest_corners", "resize_nearest_half"},
                    {"resize_bilinear", "resize_bilinear_corners", "resize_bilinear_half"}};
                start();
                int32_t x = in(k, 0.05f, SHAPE(1, 5, 4, 2)), size = integers(2, DIMS(8, 7)),
                        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 8, 7, 2));
                operator_(bilinear ? 23 : 97, bilinear ? 15 : 74);
                lite_option(op, bilinear ? 2 : 0, 1, variant == 1);
                lite_option(op, bilinear ? 3 : 1, 1, variant == 2);
                links(2, (int32_t[]){x, size}, 1, &y);
                finish(names[bilinear][variant], k);
            }
        start();
        int32_t x = in(k, 0.05f, SHAPE(1, 4, 6, 3)), y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 12));
        operator_(26, 19);
        lite_option(op, 0, 4, 2);
        links(1, &x, 1, &y);
        finish("space_to_depth", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 2, 3, 12));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 4, 6, 3));
        operator_(5, 94);
        lite_option(op, 0, 4, 2);
        links(1, &x, 1, &y);
        finish("depth_to_space", k);
        /* A dilated convolution as older converters wrote it, padded and cropped, and the first and last of the three alone. */
        start();
        x = in(k, 0.05f, SHAPE(1, 7, 6, 2));
        int32_t block = integers(2, DIMS(2, 2)), pads = matrix(2, 2, DIMS(2, 3, 2, 2)),
                crops = matrix(2, 2, DIMS(0, 1, 0, 0));
        int32_t apart = made(k, 0.05f, kind_zeros[k], SHAPE(4, 6, 5, 2)), f = weights(k, 0, SHAPE(3, 3, 3, 2)),
                b = bias(k, f, 0.05f, 3);
        int32_t c = made(k, 0.11f, kind_zeros[k], SHAPE(4, 4, 3, 3));
        y = made(k, 0.11f, kind_zeros[k], SHAPE(1, 7, 6, 3));
        operator_(38, 25);
        links(3, (int32_t[]){x, block, pads}, 1, &apart);
        operator_(3, 1);
        lite_option(op, 0, 1, 1);
        lite_option(op, 1, 4, 1);
        lite_option(op, 2, 4, 1);
        links(3, (int32_t[]){apart, f, b}, 1, &c);
        operator_(37, 24);
        links(3, (int32_t[]){c, block, crops}, 1, &y);
        finish("dilated_by_batch", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 4, 6, 2));
        block = integers(2, DIMS(2, 3));
        pads = matrix(2, 2, DIMS(1, 1, 0, 3));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(6, 3, 3, 2));
        operator_(38, 25);
        links(3, (int32_t[]){x, block, pads}, 1, &y);
        finish("space_to_batch", k);
        start();
        x = in(k, 0.05f, SHAPE(6, 3, 3, 2));
        block = integers(2, DIMS(2, 3));
        crops = matrix(2, 2, DIMS(1, 1, 0, 3));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 4, 6, 2));
        operator_(37, 24);
        links(3, (int32_t[]){x, block, crops}, 1, &y);
        finish("batch_to_space", k);
    }
    pool("l2_pool", 12, F, 0);
    start();
    int32_t x = in(F, 0, SHAPE(1, 3, 2, 7)), y = made(F, 0, 0, SHAPE(1, 3, 2, 7));
    operator_(13, 13);
    lite_option(op, 0, 4, 2);
    lite_option_float(op, 1, 1.5f);
    lite_option_float(op, 2, 0.3f);
    lite_option_float(op, 3, 0.75f);
    links(1, &x, 1, &y);
    finish("local_response_normalization", F);
}

static void all_matrices(void)
{
    for (kind k = F; k <= U8; k++) {
        start();
        int32_t x = in(k, 0.05f, SHAPE(2, 11)), f = weights(k, -1, SHAPE(4, 11)), b = bias(k, f, 0.05f, 4);
        int32_t y = made(k, 0.11f, kind_zeros[k], SHAPE(2, 4));
        operator_(9, 8);
        lite_option(op, 0, 1, 1);
        links(3, (int32_t[]){x, f, b}, 1, &y);
        finish("fully_connected", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 3, 6));
        f = weights(k, k == U8 ? -1 : 0, SHAPE(4, 6));
        b = bias(k, f, 0.05f, 4);
        y = made(k, 0.11f, kind_zeros[k], SHAPE(2, 3, 4));
        operator_(9, 8);
        lite_option(op, 2, 1, 1);
        links(3, (int32_t[]){x, f, b}, 1, &y);
        finish("fully_connected_keep", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 2, 3, 2));
        f = weights(k, -1, SHAPE(4, 12));
        y = made(k, 0.11f, kind_zeros[k], SHAPE(1, 4));
        operator_(9, 8);
        links(3, (int32_t[]){x, f, -1}, 1, &y);
        finish("fully_connected_no_bias", k);
    }
    for (kind k = F; k <= I8; k++)
        for (int adjoint = 0; adjoint < 2; adjoint++) {
            start();
            int32_t a = in(k, 0.05f, SHAPE(2, 3, 4)),
                    b = adjoint ? in(k, 0.03f, SHAPE(2, 5, 4)) : in(k, 0.03f, SHAPE(2, 4, 5));
            int32_t y = made(k, 0.06f, kind_zeros[k], SHAPE(2, 3, 5));
            operator_(126, 101);
            lite_option(op, 1, 1, adjoint);
            links(2, (int32_t[]){a, b}, 1, &y);
            finish(adjoint ? "batch_matmul_adjoint" : "batch_matmul", k);
        }
}

static void reduce(const char *name, uint32_t code, kind k, int keep)
{
    start();
    int32_t x = in(k, 0.05f, SHAPE(1, 4, 3, 5)), axes = integers(2, DIMS(1, -2));
    float scale = code == 74 ? 0.2f : 0.05f;
    int32_t y = keep ? made(k, scale, kind_zeros[k], SHAPE(1, 1, 1, 5)) : made(k, scale, kind_zeros[k], SHAPE(1, 5));
    operator_(code, 27);
    lite_option(op, 0, 1, keep);
    links(2, (int32_t[]){x, axes}, 1, &y);
    finish(name, k);
}

static void all_reductions(void)
{
    for (kind k = F; k <= U8; k++) {
        reduce("mean", 40, k, 0);
        reduce("mean_keep", 40, k, 1);
        reduce("reduce_max", 82, k, 0);
        reduce("reduce_min", 89, k, 1);
        start();
        int32_t x = in(k, 0.05f, SHAPE(2, 3, 7)), axis = integer(-1),
                y = lite_tensor_of(&m, "y", LITE_INT32, SHAPE(2, 3));
        operator_(56, 40);
        lite_option(op, 0, 1, LITE_INT32);
        links(2, (int32_t[]){x, axis}, 1, &y);
        finish("arg_max", k);
        m.ops[0].code = 79;
        m.ops[0].options_type = 57;
        finish("arg_min", k);
    }
    reduce("sum", 74, F, 0); /* not int8: TensorFlow Lite's reference kernel overflows */
    reduce("reduce_prod", 81, F, 1);
    start();
    int32_t x = in(F, 0, SHAPE(2, 3, 4)), axis = integer(1), y = made(F, 0, 0, SHAPE(2, 3, 4));
    operator_(128, 102);
    lite_option(op, 0, 1, 1);
    lite_option(op, 1, 1, 1);
    links(2, (int32_t[]){x, axis}, 1, &y);
    finish("cumsum", F);
    start();
    x = in(F, 0, SHAPE(2, 9));
    int32_t count = integer(3),
            best[2] = {made(F, 0, 0, SHAPE(2, 3)), lite_tensor_of(&m, "i", LITE_INT32, SHAPE(2, 3))};
    operator_(48, 34);
    links(2, (int32_t[]){x, count}, 2, best);
    finish("topk", F);
}

static void all_moves(void)
{
    for (kind k = F; k <= U8; k++) {
        start();
        int32_t x = in(k, 0.05f, SHAPE(1, 4, 3, 5)), p = integers(2, DIMS(-1, 10)),
                y = made(k, 0.05f, kind_zeros[k], SHAPE(6, 10));
        operator_(22, 17);
        links(2, (int32_t[]){x, p}, 1, &y);
        finish("reshape", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 4, 3, 5));
        p = integers(4, DIMS(0, 3, 1, 2));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(2, 5, 4, 3));
        operator_(39, 26);
        links(2, (int32_t[]){x, p}, 1, &y);
        finish("transpose", k);
        start();
        const int32_t parts[3] = {in(k, 0.05f, SHAPE(1, 2, 3, 2)), in(k, 0.05f, SHAPE(1, 2, 3, 1)),
                                  in(k, 0.05f, SHAPE(1, 2, 3, 3))};
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 6));
        operator_(2, 10);
        lite_option(op, 0, 4, -1);
        links(3, parts, 1, &y);
        finish("concatenation", k);
        start();
        p = integer(3);
        x = in(k, 0.05f, SHAPE(1, 2, 3, 6));
        const int32_t three[3] = {made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 2)),
                                  made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 2)),
                                  made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 2))};
        operator_(49, 35);
        lite_option(op, 0, 4, 3);
        links(2, (int32_t[]){p, x}, 3, three);
        finish("split", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 6, 2));
        int32_t sizes = integers(3, DIMS(1, -1, 2));
        p = integer(1);
        const int32_t uneven[3] = {made(k, 0.05f, kind_zeros[k], SHAPE(1, 1, 2)),
                                   made(k, 0.05f, kind_zeros[k], SHAPE(1, 3, 2)),
                                   made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 2))};
        operator_(102, 79);
        lite_option(op, 0, 4, 3);
        links(3, (int32_t[]){x, sizes, p}, 3, uneven);
        finish("split_v", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 4, 5, 3));
        int32_t begin = integers(4, DIMS(0, 1, 2, 0)), size = integers(4, DIMS(1, 2, -1, 3));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 3));
        operator_(65, 48);
        links(3, (int32_t[]){x, begin, size}, 1, &y);
        finish("slice", k);
        start();
        x = in(k, 0.05f, SHAPE(4, 5, 6));
        begin = integers(3, DIMS(1, -1, 0));
        int32_t end = integers(3, DIMS(0, 0, 5)), steps = integers(3, DIMS(1, -2, 2));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(2, 3));
        operator_(45, 32);
        lite_option(op, 0, 4, 4);
        lite_option(op, 4, 4, 1);
        links(4, (int32_t[]){x, begin, end, steps}, 1, &y);
        finish("strided_slice_shrink", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 3, 4, 5));
        begin = integers(3, DIMS(0, 0, 1));
        end = integers(3, DIMS(0, 0, 4));
        steps = integers(3, DIMS(1, 1, 2));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3, 4, 2));
        operator_(45, 32);
        lite_option(op, 2, 4, 2);
        lite_option(op, 3, 4, 1);
        links(4, (int32_t[]){x, begin, end, steps}, 1, &y);
        finish("strided_slice_ellipsis", k);
        start();
        x = in(k, 0.05f, SHAPE(1, 3, 4, 2));
        int32_t pads = matrix(4, 2, DIMS(0, 0, 1, 2, 0, 3, 0, 0));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 6, 7, 2));
        operator_(34, 22);
        links(2, (int32_t[]){x, pads}, 1, &y);
        finish("pad", k);
        for (int mode = 0; mode < 2; mode++) {
            start();
            x = in(k, 0.05f, SHAPE(1, 3, 4, 2));
            pads = matrix(4, 2, DIMS(0, 0, 2, 1, 0, 2, 0, 0));
            y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 6, 6, 2));
            operator_(100, 77);
            lite_option(op, 0, 1, mode);
            links(2, (int32_t[]){x, pads}, 1, &y);
            finish(mode ? "mirror_pad_symmetric" : "mirror_pad_reflect", k);
        }
        start();
        x = in(k, 0.05f, SHAPE(5, 4));
        p = integers(3, DIMS(3, 0, 1));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(5, 3));
        operator_(36, 23);
        lite_option(op, 0, 4, 1);
        links(2, (int32_t[]){x, p}, 1, &y);
        finish("gather", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 3));
        p = integers(2, DIMS(2, 3));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(4, 9));
        operator_(69, 51);
        links(2, (int32_t[]){x, p}, 1, &y);
        finish("tile", k);
        start();
        const int32_t two[2] = {in(k, 0.05f, SHAPE(2, 3)), in(k, 0.05f, SHAPE(2, 3))};
        y = made(k, 0.05f, kind_zeros[k], SHAPE(2, 2, 3));
        operator_(83, 59);
        lite_option(op, 0, 4, 2);
        lite_option(op, 1, 4, 1);
        links(2, two, 1, &y);
        finish("pack", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 2, 3));
        const int32_t rows[2] = {made(k, 0.05f, kind_zeros[k], SHAPE(2, 3)),
                                 made(k, 0.05f, kind_zeros[k], SHAPE(2, 3))};
        operator_(88, 64);
        lite_option(op, 0, 4, 2);
        lite_option(op, 1, 4, 1);
        links(1, &x, 2, rows);
        finish("unpack", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 1, 3));
        p = integer(0);
        int32_t wide = made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 1, 3));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(1, 2, 3));
        operator_(70, 52);
        links(2, (int32_t[]){x, p}, 1, &wide);
        operator_(43, 30);
        lite_option_shape(op, 0, 1, DIMS(2));
        links(1, &wide, 1, &y);
        finish("expand_squeeze", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 1, 3));
        p = integers(3, DIMS(2, 4, 3));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(2, 4, 3));
        operator_(130, 104);
        op->version = 2;
        links(2, (int32_t[]){x, p}, 1, &y);
        finish("broadcast_to", k);
        start();
        x = in(k, 0.05f, SHAPE(2, 4, 3));
        p = integers(1, DIMS(1));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(2, 4, 3));
        operator_(105, 81);
        links(2, (int32_t[]){x, p}, 1, &y);
        finish("reverse", k);
        /* The usual way of a shape computed while running: SHAPE, STRIDED_SLICE, PACK, RESHAPE. */
        start();
        x = in(k, 0.05f, SHAPE(2, 4, 3));
        int32_t shape = lite_tensor_of(&m, "s", LITE_INT32, SHAPE(3)),
                first = lite_tensor_of(&m, "f", LITE_INT32, 0, NULL);
        begin = integers(1, DIMS(0));
        end = integers(1, DIMS(1));
        steps = integers(1, DIMS(1));
        int32_t rest = integer(-1), target = lite_tensor_of(&m, "t", LITE_INT32, SHAPE(2));
        y = made(k, 0.05f, kind_zeros[k], SHAPE(2, 12));
        operator_(77, 55);
        lite_option(op, 0, 1, LITE_INT32);
        links(1, &x, 1, &shape);
        operator_(45, 32);
        lite_option(op, 4, 4, 1);
        links(4, (int32_t[]){shape, begin, end, steps}, 1, &first);
        operator_(83, 59);
        lite_option(op, 0, 4, 2);
        links(2, (int32_t[]){first, rest}, 1, &target);
        operator_(22, 17);
        links(2, (int32_t[]){x, target}, 1, &y);
        finish("computed_shape", k);
    }
    start();
    int32_t x = in(F, 0, SHAPE(1, 3, 4, 2)), pads = matrix(4, 2, DIMS(0, 0, 1, 0, 0, 1, 0, 0)),
            value = weights(F, 0, SHAPE(1));
    int32_t y = made(F, 0, 0, SHAPE(1, 4, 5, 2));
    operator_(60, 43);
    links(3, (int32_t[]){x, pads, value}, 1, &y);
    finish("padv2", F);
    start();
    int32_t i = plain_in(LITE_INT32, SHAPE(4)), depth = integer(5), on = weights(F, 0, 0, NULL),
            off = weights(F, 0, 0, NULL);
    y = made(F, 0, 0, SHAPE(4, 5));
    operator_(85, 61);
    lite_option(op, 0, 4, -1);
    links(4, (int32_t[]){i, depth, on, off}, 1, &y);
    finish("one_hot", F);
    start();
    i = plain_in(LITE_INT32, SHAPE(4));
    int32_t table = weights(F, 0, SHAPE(6, 3));
    y = made(F, 0, 0, SHAPE(4, 3));
    operator_(36, 23);
    links(2, (int32_t[]){table, i}, 1, &y);
    finish("gather_table", F);
    start();
    x = in(F, 0, SHAPE(3, 4, 2));
    int32_t where = matrix(2, 2, DIMS(2, 1, 0, 3));
    y = made(F, 0, 0, SHAPE(2, 2));
    operator_(107, 83);
    links(2, (int32_t[]){x, where}, 1, &y);
    finish("gather_nd", F);
    start();
    i = plain_in(LITE_INT32, SHAPE(2, 3));
    y = made(F, 0, 0, SHAPE(2, 3));
    operator_(53, 37);
    lite_option(op, 0, 1, LITE_INT32);
    lite_option(op, 1, 1, LITE_FLOAT);
    links(1, &i, 1, &y);
    finish("cast", F);
    start();
    x = in(F, 0, SHAPE(2, 3));
    int32_t fill = integers(2, DIMS(2, 3)), one = weights(F, 0, 0, NULL), filled = made(F, 0, 0, SHAPE(2, 3));
    y = made(F, 0, 0, SHAPE(2, 3));
    operator_(94, 68);
    links(2, (int32_t[]){fill, one}, 1, &filled);
    operator_(0, 11);
    links(2, (int32_t[]){x, filled}, 1, &y);
    finish("fill", F);
}

/* Float around integers: QUANTIZE, a layer, DEQUANTIZE; and weights of float16. */
static void all_types(void)
{
    for (kind k = I8; k <= U8; k++) {
        start();
        int32_t x = lite_input(&m, "a", LITE_FLOAT, SHAPE(2, 9)), q = made(k, 0.03f, kind_zeros[k], SHAPE(2, 9));
        int32_t f = weights(k, -1, SHAPE(4, 9)), b = bias(k, f, 0.03f, 4),
                z = made(k, 0.07f, kind_zeros[k], SHAPE(2, 4));
        int32_t y = made(F, 0, 0, SHAPE(2, 4));
        operator_(114, 89);
        links(1, &x, 1, &q);
        operator_(9, 8);
        links(3, (int32_t[]){q, f, b}, 1, &z);
        operator_(6, 38);
        links(1, &z, 1, &y);
        finish("around", k);
    }
    static const uint16_t halves[6] = {0x3c00, 0xc000, 0x3555, 0x0001, 0x8000, 0x7bff - 0x3000};
    start();
    int32_t x = in(F, 0, SHAPE(2, 3)), h = lite_constant(&m, "h", LITE_HALF, halves, sizeof halves, SHAPE(2, 3));
    int32_t w = made(F, 0, 0, SHAPE(2, 3)), y = made(F, 0, 0, SHAPE(2, 2));
    operator_(6, 38);
    links(1, &h, 1, &w);
    operator_(9, 8);
    links(3, (int32_t[]){x, w, -1}, 1, &y);
    finish("half_weights", F);
}

/* 3 steps of 4 values, 5 units; with peepholes also a low limit of the cell's state. */
static void lstm(const char *name, int time_major, int peepholes)
{
    start();
    int32_t x = time_major ? in(F, 0, SHAPE(3, 2, 4)) : in(F, 0, SHAPE(2, 3, 4));
    int32_t inputs[24];
    for (int i = 0; i < 24; i++)
        inputs[i] = -1;
    inputs[0] = x;
    for (int i = 1; i < 5; i++)
        inputs[i] = weights(F, 0, SHAPE(5, 4));
    for (int i = 5; i < 9; i++)
        inputs[i] = weights(F, 0, SHAPE(5, 5));
    for (int i = 9; i < 12 && peepholes; i++)
        inputs[i] = weights(F, 0, SHAPE(5));
    for (int i = 12; i < 16; i++)
        inputs[i] = weights(F, 0, SHAPE(5));
    for (int i = 18; i < 20; i++) {
        inputs[i] = lite_tensor_of(&m, "state", LITE_FLOAT, SHAPE(2, 5));
        m.tensors[inputs[i]].variable = 1;
    }
    int32_t y = time_major ? made(F, 0, 0, SHAPE(3, 2, 5)) : made(F, 0, 0, SHAPE(2, 3, 5));
    operator_(44, 71);
    lite_option(op, 0, 1, 4);
    lite_option_float(op, 1, peepholes ? 0.4f : 10);
    lite_option(op, 3, 1, time_major);
    links(24, inputs, 1, &y);
    finish(name, F);
}

int main(int argc, char **argv)
{
    corpus = argc == 3 && strcmp(argv[2], "--corpus") == 0;
    if (argc != 2 + corpus) {
        fprintf(stderr, "usage: make_tflite_models FOLDER [--corpus]\n");
        return 2;
    }
    folder = argv[1];
    all_unary();
    all_binary();
    all_windows();
    all_matrices();
    all_reductions();
    all_moves();
    all_types();
    lstm("lstm", 0, 0);
    lstm("lstm_time_major", 1, 1);
    return 0;
}
