/* The whole way: ONNX to .bds to the runtime. The integer network must stay near the float one, for networks of every operator.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "bedside.h"
#include "check.h"
#include "format.h"
#include "test_compiler_onnx.h"

enum { MOST = 1 << 14, SAMPLES = 32 };

/* Samples follow from their number and the input's size; a third of the values lie near 0. */
static void make_sample(float *out, size_t n, uint32_t i)
{
    random_floats(out, n, 1000 + i);
    for (size_t k = 0; k < n; k += 3)
        out[k] *= 0.1f;
}

static int sample(void *cookie, uint32_t i, float *const *inputs)
{
    const bdc_graph *g = cookie;
    bdc_shape s;
    bdc_input_shape(g, 0, &s);
    make_sample(inputs[0], (size_t)s.channels * s.height * s.width, i);
    return 0;
}

static void *aligned_copy(const void *bytes, size_t n)
{
    void *copy = aligned_alloc(64, (n + 63) / 64 * 64);
    if (!copy)
        abort();
    memcpy(copy, bytes, n);
    return copy;
}

/* Runs a .bds file on CHW floats and gives CHW floats. */
static int run_file(const uint8_t *bytes, size_t n, const float *in, float *out)
{
    void *file = aligned_copy(bytes, n), *arena = NULL;
    bds_model model;
    bds_plan *plan;
    bds_tensor x, y;
    size_t arena_bytes;
    int ok = bds_model_open(&model, file, n) == BDS_OK && bds_model_verify(&model) == BDS_OK &&
             bds_plan_size(&model, NULL, &arena_bytes) == BDS_OK && (arena = malloc(arena_bytes)) &&
             bds_plan_create(&plan, &model, NULL, arena, arena_bytes) == BDS_OK && bds_input(plan, 0, &x) == BDS_OK;
    if (ok) {
        size_t plane = (size_t)x.dims[1] * x.dims[2], c = x.dims[3];
        for (size_t i = 0; i < plane * c; i++) {
            float q = floorf(in[i % c * plane + i / c] / x.scale + 0.5f) + (float)x.zero_point;
            ((int8_t *)x.data)[i] = (int8_t)fminf(fmaxf(q, -128), 127);
        }
        ok = bds_run(plan) == BDS_OK && bds_output(plan, 0, &y) == BDS_OK;
    }
    if (ok) {
        size_t plane = (size_t)y.dims[1] * y.dims[2], c = y.dims[3];
        for (size_t i = 0; i < plane * c; i++) {
            int32_t q = y.type == BDS_INT16 ? ((int16_t *)y.data)[i] : ((int8_t *)y.data)[i];
            out[i % c * plane + i / c] = y.scale * (float)(q - y.zero_point);
        }
    }
    free(arena);
    free(file);
    return ok;
}

/* Compiles a model and compares it with its float original: the root mean square error over the spread of the outputs. */
static double quantisation_error(onnx *m, bdc_options options)
{
    static float in[MOST], reference[MOST], out[MOST];
    proto model = onnx_finish(m);
    bdc_error error = {0};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    bdc_compiled compiled = {0}, raw = {0};
    double noise = 0, signal = 0;
    CHECK(bdc_create(&c, NULL, &error) == BDC_OK);
    bdc_status st = bdc_import_onnx(c, model.data, model.n, &g);
    if (st == BDC_OK) {
        options.sample = sample;
        options.sample_cookie = g;
        options.sample_count = SAMPLES;
        st = bdc_compile(g, &options, NULL, &compiled);
    }
    if (st == BDC_OK) {
        options.coder = options.coder ? BDC_CODER_ADAPTIVE : BDC_CODER_RAW;
        st = bdc_compile(g, &options, NULL, &raw);
    }
    if (!CHECK(st == BDC_OK)) {
        fprintf(stderr, "  %s\n", error.text);
    } else {
        bdc_shape x, y;
        bdc_input_shape(g, 0, &x);
        bdc_output_shape(g, 0, &y);
        const size_t n = (size_t)x.channels * x.height * x.width, k = (size_t)y.channels * y.height * y.width;
        for (uint32_t i = 0; i < 8 && n <= MOST && k <= MOST; i++) {
            static float again[MOST];
            const float *inputs[1] = {in};
            float *outputs[1] = {reference};
            make_sample(in, n, 500 + i);
            CHECK(bdc_run_float(g, inputs, outputs) == BDC_OK);
            if (!CHECK(run_file(compiled.bytes, compiled.byte_count, in, out)) ||
                !CHECK(run_file(raw.bytes, raw.byte_count, in, again)) || !CHECK(!memcmp(out, again, k * sizeof *out)))
                break;
            for (size_t j = 0; j < k; j++) {
                noise += pow((double)out[j] - (double)reference[j], 2);
                signal += pow((double)reference[j], 2);
            }
        }
    }
    bdc_destroy(c);
    free(model.data);
    return signal > 0 ? sqrt(noise / signal) : 1;
}

static void input_and_stem(onnx *m, int c, int h, int w)
{
    onnx_input(m, "x", 4, 0, c, h, w);
    onnx_constant(m, "stem.w", NULL, 4, 8, c, 3, 3);
    onnx_constant(m, "stem.b", NULL, 1, 8);
    onnx_op(m, "Conv", "x stem.w stem.b > stem");
    onnx_ints(m, "pads", 4, 1, 1, 1, 1);
    onnx_op(m, "Relu", "stem > s");
}

static void test_operators(void)
{
    static const char *const names[] = {"conv",           "depthwise", "groups",    "add",          "mul",
                                        "squeeze-excite", "max pool",  "avg pool",  "concat",       "pad",
                                        "swish",          "leaky",     "batchnorm", "flatten",      "softmax",
                                        "relu6",          "sigmoid",   "reshape",   "concat input", "avg include"};
    for (int k = 0; k < (int)(sizeof names / sizeof *names); k++) {
        onnx m = {0};
        input_and_stem(&m, 3, 10, 9);
        onnx_constant(&m, "w", NULL, 4, 8, 8, 1, 1);
        onnx_constant(&m, "dw", NULL, 4, 8, 1, 3, 3);
        onnx_constant(&m, "gw", NULL, 4, 12, 2, 3, 3);
        onnx_constant(&m, "fc", NULL, 2, 720, 5);
        onnx_constant(&m, "v", NULL, 1, 8);
        const float one[8] = {1, 2, 1, 3, 1, 2, 1, 1}, six = 6, zero = 0, half = 0.5f;
        onnx_constant(&m, "var", one, 1, 8);
        onnx_constant(&m, "six", &six, 0);
        onnx_constant(&m, "zero", &zero, 0);
        onnx_constant(&m, "half", &half, 0);
        onnx_shape(&m, "pads", 8, 0, 0, 1, 0, 0, 0, 2, 1);
        onnx_shape(&m, "shape", 4, 1, 8, 90, 1);
        onnx_op(&m, "Conv", "s w > t");
        switch (k) {
        case 0:
            onnx_op(&m, "Identity", "t > y");
            break;
        case 1:
            onnx_op(&m, "Conv", "s dw v > y");
            onnx_int(&m, "group", 8);
            onnx_ints(&m, "strides", 2, 2, 1);
            onnx_ints(&m, "pads", 4, 1, 1, 0, 1);
            break;
        case 2:
            onnx_op(&m, "Conv", "s gw > y");
            onnx_int(&m, "group", 4);
            break;
        case 3:
            onnx_op(&m, "Add", "s t > y");
            break;
        case 4:
            onnx_op(&m, "Mul", "s t > y");
            break;
        case 5:
            onnx_op(&m, "GlobalAveragePool", "s > g");
            onnx_op(&m, "Conv", "g w > h");
            onnx_op(&m, "HardSigmoid", "h > i");
            onnx_op(&m, "Mul", "i s > y");
            break;
        case 6:
            onnx_op(&m, "MaxPool", "s > y");
            onnx_ints(&m, "kernel_shape", 2, 3, 3);
            onnx_ints(&m, "strides", 2, 2, 2);
            onnx_ints(&m, "pads", 4, 1, 1, 1, 1);
            break;
        case 7:
        case 19:
            onnx_op(&m, "AveragePool", "t > y");
            onnx_ints(&m, "kernel_shape", 2, 3, 3);
            onnx_ints(&m, "strides", 2, 2, 2);
            onnx_ints(&m, "pads", 4, 1, 1, 1, 1);
            onnx_int(&m, "count_include_pad", k == 19);
            break;
        case 8:
            onnx_op(&m, "Concat", "s t > y");
            onnx_int(&m, "axis", 1);
            break;
        case 9:
            onnx_op(&m, "Pad", "t pads half > y");
            break;
        case 10:
            onnx_op(&m, "Sigmoid", "t > g");
            onnx_op(&m, "Mul", "t g > y");
            break;
        case 11:
            onnx_op(&m, "LeakyRelu", "t > y");
            onnx_float(&m, "alpha", 0.2f);
            break;
        case 12:
            onnx_op(&m, "MaxPool", "s > p");
            onnx_ints(&m, "kernel_shape", 2, 2, 2);
            onnx_op(&m, "BatchNormalization", "p v v v var > y");
            break;
        case 13:
            onnx_op(&m, "Flatten", "t > f");
            onnx_op(&m, "Relu", "f > r");
            onnx_op(&m, "Gemm", "r fc > y");
            break;
        case 14:
            onnx_op(&m, "GlobalMaxPool", "t > g");
            onnx_op(&m, "Softmax", "g > y");
            onnx_int(&m, "axis", 1);
            break;
        case 15:
            onnx_op(&m, "Add", "s t > a");
            onnx_op(&m, "Clip", "a zero six > y");
            break;
        case 16:
            onnx_op(&m, "Sigmoid", "t > y");
            break;
        case 17:
            onnx_op(&m, "Reshape", "t shape > r");
            onnx_op(&m, "Relu", "r > y");
            break;
        default:
            onnx_op(&m, "Concat", "x s > y");
            onnx_int(&m, "axis", 1);
            break;
        }
        onnx_output(&m, "y");
        double e = quantisation_error(&m, (bdc_options){.method = (bdc_method)(k % 3), .keep_final = k == 14});
        /* A product has long tails, and a softmax makes of its input's steps factors. */
        double limit = k == 4 ? 0.1 : k == 14 ? 0.25 : 0.03;
        if (!CHECK(e < limit))
            fprintf(stderr, "  %s: error %g\n", names[k], e);
    }
}

/* A chain of residual blocks ending in logits, with the options of a picture. */
static void residual_network(onnx *m)
{
    input_and_stem(m, 1, 12, 12);
    onnx_constant(m, "a", NULL, 4, 8, 8, 3, 3);
    onnx_constant(m, "bb", NULL, 4, 8, 8, 3, 3);
    onnx_constant(m, "fc", NULL, 2, 8, 3);
    onnx_constant(m, "fcb", NULL, 1, 3);
    onnx_op(m, "Conv", "s a > c1");
    onnx_ints(m, "pads", 4, 1, 1, 1, 1);
    onnx_op(m, "Relu", "c1 > r1");
    onnx_op(m, "Conv", "r1 bb > c2");
    onnx_ints(m, "pads", 4, 1, 1, 1, 1);
    onnx_op(m, "Add", "c2 s > sum");
    onnx_op(m, "Relu", "sum > r2");
    onnx_op(m, "GlobalAveragePool", "r2 > g");
    onnx_op(m, "Flatten", "g > f");
    onnx_op(m, "Gemm", "f fc fcb > logits");
    onnx_op(m, "Softmax", "logits > p");
    onnx_int(m, "axis", 1);
    onnx_output(m, "p");
}

static void test_result(void)
{
    onnx m = {0};
    residual_network(&m);
    proto model = onnx_finish(&m);
    bdc_error error = {0};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    bdc_compiled first, second, with_result;
    const bdc_text meta[] = {{"name", "test"}, {"labels", "a\nb\nc\n"}};
    const bdc_text wrong[] = {{"labels", "a\nb"}};
    bdc_image_input image = {BDF_CROP_CENTRE_SQUARE, {0.5}, {0.25}, 1000};
    bdc_options options = {.sample = sample, .sample_count = SAMPLES, .image = &image, .meta = meta, .meta_count = 2};
    static int8_t means[2 * 8];
    static uint16_t weights[8], interval[3 * 33 * 2];
    bdc_result_spec spec = {.kind = BDF_RESULT_SOFTMAX,
                            .temperature = 1.5,
                            .interval = interval,
                            .abstain_below = 40000,
                            .gate_groups = 2,
                            .gate_mean = means,
                            .gate_weight = weights,
                            .gate_limit = 77};
    CHECK(bdc_create(&c, NULL, &error) == BDC_OK && bdc_import_onnx(c, model.data, model.n, &g) == BDC_OK);
    options.sample_cookie = g;
    CHECK(bdc_compile(g, &options, NULL, &first) == BDC_OK && bdc_compile(g, &options, NULL, &second) == BDC_OK);
    CHECK(first.byte_count == second.byte_count && !memcmp(first.bytes, second.bytes, first.byte_count));
    CHECK(bdc_final_activation(g) == BDC_FINAL_SOFTMAX && first.labels == 3 && first.gate_channels == 8);
    CHECK(first.gate_step < first.layer_count && !strcmp(first.layers[first.gate_step].kind, "average pool"));
    CHECK(bdc_compile(g, &options, &spec, &with_result) == BDC_OK);
    void *file = aligned_copy(with_result.bytes, with_result.byte_count);
    bds_model opened;
    if (CHECK(bds_model_open(&opened, file, with_result.byte_count) == BDS_OK)) {
        const bdf_result *r = opened.result;
        CHECK(r && r->label_count == 3 && r->abstain_below == 40000 && r->gate_groups == 2 && r->gate_limit == 77);
        CHECK(opened.tensors[r->tensor].type == BDS_INT16 && opened.tensors[r->tensor].zero_point == 0);
        CHECK(opened.tensors[r->gate_tensor].dims[3] == 8 && opened.op_count == first.layer_count);
        CHECK(opened.activation_bytes == first.activation_bytes && opened.inputs[0].is_image &&
              opened.inputs[0].max_chroma == 1000);
        /* Every pixel value keeps its own step. */
        const int8_t *table = (const int8_t *)opened.blob_data + opened.blobs[opened.inputs[0].table].offset;
        for (int p = 0; p < 256; p++)
            CHECK(table[p] == p - 128);
        /* The curve is exp(-x * scale / temperature). */
        const uint16_t *curve = (const uint16_t *)(const void *)(opened.blob_data + opened.blobs[r->curve].offset);
        double unit = (double)opened.tensors[r->tensor].scale / 1.5;
        for (int i = 0; i < 257; i++)
            CHECK(fabs(curve[i] - 65535 * exp(-i * ldexp(unit, (int)r->curve_shift))) <= 1);
        CHECK(curve[256] <= 1);
        const char *text;
        size_t length;
        CHECK(bds_model_text(&opened, "labels", &text, &length) == BDS_OK && length == 6 &&
              !memcmp(text, "a\nb\nc\n", 6));
    }
    free(file);
    options.meta = wrong;
    options.meta_count = 1;
    CHECK(bdc_compile(g, &options, &spec, &with_result) == BDC_E_INVALID &&
          strstr(error.text, "2 labels for 3 outputs"));
    options.sample_count = 0;
    CHECK(bdc_calibrate(g, &options) == BDC_E_STATE && error.status == BDC_E_STATE);
    bdc_destroy(c);
    free(model.data);

    onnx again = {0};
    residual_network(&again);
    double e = quantisation_error(&again, (bdc_options){0});
    if (!CHECK(e < 0.03))
        fprintf(stderr, "  residual network: error %g\n", e);
}

typedef struct vectors {
    int8_t of[64][16];
} vectors;

static void keep_vector(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    vectors *v = cookie;
    (void)steps;
    (void)name;
    if (step < 64 && out->type == BDS_INT8 && out->dims[1] * out->dims[2] == 1 && out->dims[3] <= 16)
        memcpy(v->of[step], out->data, out->dims[3]);
}

/* The layer that the gate looks at does what the floats say, and the result section measures distances in it. */
static void check_projected(const bdc_compiled *first, const bdc_compiled *with, const bdc_graph *g,
                            const bdc_result_spec *spec)
{
    static float in[MOST];
    static vectors seen;
    bdc_shape shape;
    bds_model model;
    bds_plan *plan = NULL;
    bds_tensor x;
    bds_finding findings[3];
    bds_verdict verdict;
    size_t arena_bytes, labels = 3;
    void *file = aligned_copy(with->bytes, with->byte_count), *arena = NULL;
    CHECK(with->layer_count == first->layer_count + 1 && with->gate_channels == 5 &&
          with->gate_step == with->layer_count - 1);
    int ok = bdc_input_shape(g, 0, &shape) == BDC_OK && bds_model_open(&model, file, with->byte_count) == BDS_OK &&
             bds_plan_size(&model, NULL, &arena_bytes) == BDS_OK && (arena = malloc(arena_bytes)) &&
             bds_plan_create(&plan, &model, NULL, arena, arena_bytes) == BDS_OK;
    for (uint32_t i = 0; CHECK(ok) && i < 20; i++) {
        const bdc_layer *f = &with->layers[first->gate_step];
        const size_t n = (size_t)shape.channels * shape.height * shape.width;
        make_sample(in, n, i);
        bds_observe(plan, keep_vector, &seen);
        ok = bds_input(plan, 0, &x) == BDS_OK;
        for (size_t k = 0; ok && k < n; k++)
            ((int8_t *)x.data)[k] =
                (int8_t)fminf(fmaxf(floorf(in[k] / x.scale + 0.5f) + (float)x.zero_point, -128), 127);
        ok = ok && bds_run(plan) == BDS_OK && bds_result(plan, findings, &labels, &verdict) == BDS_OK;
        uint32_t distance = 0;
        for (int r = 0; CHECK(ok) && r < 5; r++) {
            /* A weight is off by half a step of the row's largest / 127. */
            double z = (double)spec->gate_offset[r], most = 0, sum = 0;
            for (int k = 0; k < 8; k++) {
                double w = (double)spec->gate_projection[r * 8 + k];
                double x_k = f->scale * (seen.of[first->gate_step][k] - f->zero_point);
                z += w * x_k;
                sum += fabs(x_k);
                most = fmax(most, fabs(w));
            }
            int8_t q = seen.of[with->gate_step][r];
            CHECK(fabs(fmin(fmax(z, -128), 127) - q) < 1 + sum * most / 254);
            distance += (uint32_t)(q * q);
        }
        CHECK(verdict.distance == distance / 5 && verdict.distance_limit == 77);
    }
    free(arena);
    free(file);
}

static void test_projection(void)
{
    onnx m = {0};
    residual_network(&m);
    proto model = onnx_finish(&m);
    bdc_error error = {0};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    bdc_compiled first, with;
    static const int8_t means[5];
    static const uint16_t weights[5] = {1, 1, 1, 1, 1};
    float projection[5 * 8], offset[5];
    random_floats(projection, 5 * 8, 77);
    random_floats(offset, 5, 78);
    for (int i = 0; i < 5 * 8; i++)
        projection[i] *= i < 8 ? 3000 : 8; /* the first row saturates */
    memset(projection + 2 * 8, 0, 8 * sizeof *projection);
    bdc_result_spec spec = {.kind = BDF_RESULT_SOFTMAX,
                            .gate_groups = 1,
                            .gate_mean = means,
                            .gate_weight = weights,
                            .gate_limit = 77,
                            .gate_projected = 5,
                            .gate_features = 8,
                            .gate_projection = projection,
                            .gate_offset = offset};
    CHECK(bdc_create(&c, NULL, &error) == BDC_OK && bdc_import_onnx(c, model.data, model.n, &g) == BDC_OK);
    const bdc_text labels = {"labels", "a\nb\nc"};
    bdc_options options = {
        .sample = sample, .sample_cookie = g, .sample_count = SAMPLES, .meta = &labels, .meta_count = 1};
    CHECK(bdc_compile(g, &options, NULL, &first) == BDC_OK && first.gate_channels == 8);
    if (CHECK(bdc_compile(g, &options, &spec, &with) == BDC_OK))
        check_projected(&first, &with, g, &spec);
    spec.gate_features = 7; /* made for other features */
    CHECK(bdc_compile(g, &options, &spec, &with) == BDC_E_ARGUMENT);
    spec.gate_features = 8;
    spec.gate_offset = NULL;
    CHECK(bdc_compile(g, &options, &spec, &with) == BDC_E_ARGUMENT);
    spec.gate_offset = offset;
    projection[39] = NAN;
    CHECK(bdc_compile(g, &options, &spec, &with) == BDC_E_ARGUMENT && strstr(error.text, "not finite"));
    bdc_destroy(c);
    free(model.data);
}

/* Channels that are dead, tiny, or driven by their bias alone must not spoil the others, nor break the proof of range. */
static void test_extreme_channels(void)
{
    for (int k = 0; k < 6; k++) {
        static const float factor[6] = {0, 1e-12f, 1e-4f, 1e3f, 1, 1}, offset[6] = {5, 1e6f, -1e6f, 0, 1e8f, -0.5f};
        float w[8 * 27], b[8];
        random_floats(w, 8 * 27, 5);
        random_floats(b, 8, 6);
        for (int i = 0; i < 27; i++)
            w[2 * 27 + i] *= factor[k];
        b[2] = offset[k];
        const float zero = 0, six = 6;
        onnx m = {0};
        onnx_input(&m, "x", 4, 0, 3, 8, 8);
        onnx_constant(&m, "w", w, 4, 8, 3, 3, 3);
        onnx_constant(&m, "b", b, 1, 8);
        onnx_constant(&m, "zero", &zero, 0);
        onnx_constant(&m, "six", &six, 0);
        onnx_op(&m, "Conv", "x w b > c");
        onnx_op(&m, "Clip", "c zero six > y");
        onnx_output(&m, "y");
        double e = quantisation_error(&m, (bdc_options){.method = BDC_METHOD_MINMAX});
        if (!CHECK(e < 0.03))
            fprintf(stderr, "  case %d: error %g\n", k, e);
    }
}

int main(void)
{
    test_operators();
    test_result();
    test_projection();
    test_extreme_channels();
    return check_done();
}
