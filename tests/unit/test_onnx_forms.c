/* Forms of ONNX's operators that its own tests do not have: options of the import, old opsets, quantised operators, constants of all
 * kinds, networks in any order.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "check.h"
#include "test_compiler_onnx.h"

enum { FLOATS = 1, UINT8 = 2, INT8 = 3, INT32 = 6, INT64 = 7, MOST = 256 };

typedef struct session {
    bdc_context *context;
    bdc_graph *graph;
    bdc_error error;
    bdc_status status;
    bdc_value input, output;
    float in[MOST];
} session;

/* Imports a model and frees it. */
static void open_model(session *s, onnx *m, const bdc_import_options *options)
{
    proto model = onnx_finish(m);
    *s = (session){0};
    s->status = bdc_create(&s->context, NULL, &s->error);
    if (s->status == BDC_OK)
        s->status = bdc_import_onnx_with(s->context, model.data, model.n, options, &s->graph);
    free(model.data);
}

static size_t count_of(const bdc_value *v)
{
    size_t count = 1;
    for (uint32_t i = 0; i < v->rank; i++)
        count *= v->dims[i];
    return count;
}

/* Runs a model of at most one input, of floats; data of the output lives until the session is closed. */
static void run_model(session *s, const float *in)
{
    CHECK(s->status == BDC_OK);
    if (s->status != BDC_OK) {
        fprintf(stderr, "  %s\n", s->error.text);
        return;
    }
    if (bdc_input_count(s->graph)) {
        CHECK(bdc_input_info(s->graph, 0, &s->input) == BDC_OK && count_of(&s->input) <= MOST);
        memcpy(s->in, in, count_of(&s->input) * sizeof *in);
        s->input.data = s->in;
    }
    s->output.data = NULL;
    s->status = bdc_run(s->graph, &s->input, &s->output);
    CHECK(s->status == BDC_OK && s->output.data);
}

static void close_model(session *s)
{
    bdc_destroy(s->context);
    s->context = NULL;
}

static int has_dims(const bdc_value *v, uint32_t rank, uint32_t a, uint32_t b, uint32_t c)
{
    const uint32_t dims[3] = {a, b, c};
    int same = v->rank == rank;
    for (uint32_t i = 0; same && i < rank; i++)
        same = v->dims[i] == dims[i];
    return same;
}

static void check_floats(const session *s, const float *expected, size_t count)
{
    if (!CHECK(s->status == BDC_OK && s->output.data && s->output.type == BDC_FLOAT && count_of(&s->output) == count))
        return;
    for (size_t i = 0; i < count; i++)
        CHECK(fabsf(((const float *)s->output.data)[i] - expected[i]) <= 1e-5f * (1 + fabsf(expected[i])));
}

/* ---- Options ---------------------------------------------------------------------------------------------------- */

static onnx open_shapes(void)
{
    onnx m = {0};
    onnx_typed_input(&m, "x", FLOATS, "batch height 3");
    onnx_op(&m, "Relu", "x > y");
    onnx_output(&m, "y");
    return m;
}

static void test_dimensions(void)
{
    const bdc_dimension by_name = {"height", 5}, by_axis = {"x:1", 4}, batch = {"batch", 2}, zero = {"height", 0};
    bdc_value info;
    onnx m = open_shapes();
    session s;
    open_model(&s, &m, NULL);
    CHECK(s.status == BDC_E_UNSUPPORTED && strstr(s.error.text, "height") && strstr(s.error.text, "'x'"));
    close_model(&s);
    m = open_shapes();
    open_model(&s, &m, &(bdc_import_options){.dimensions = &by_name, .dimension_count = 1});
    CHECK(s.status == BDC_OK && bdc_input_info(s.graph, 0, &info) == BDC_OK && has_dims(&info, 3, 1, 5, 3));
    CHECK(bdc_output_info(s.graph, 0, &info) == BDC_OK && has_dims(&info, 3, 1, 5, 3) && !strcmp(info.name, "y"));
    close_model(&s);
    m = open_shapes();
    open_model(&s, &m, &(bdc_import_options){.batch = 7, .dimensions = &by_axis, .dimension_count = 1});
    CHECK(s.status == BDC_OK && bdc_input_info(s.graph, 0, &info) == BDC_OK && has_dims(&info, 3, 7, 4, 3));
    close_model(&s);
    m = open_shapes();
    const bdc_dimension both[2] = {batch, by_name};
    open_model(&s, &m, &(bdc_import_options){.batch = 7, .dimensions = both, .dimension_count = 2});
    CHECK(s.status == BDC_OK && bdc_input_info(s.graph, 0, &info) == BDC_OK && has_dims(&info, 3, 2, 5, 3));
    close_model(&s);
    m = open_shapes();
    open_model(&s, &m, &(bdc_import_options){.dimensions = &zero, .dimension_count = 1});
    CHECK(s.status == BDC_E_ARGUMENT);
    close_model(&s);
}

static onnx open_reshape(void)
{
    onnx m = {0};
    onnx_typed_input(&m, "x", FLOATS, "2 6");
    onnx_typed_input(&m, "target", INT64, "2");
    onnx_op(&m, "Reshape", "x target > y");
    onnx_output(&m, "y");
    return m;
}

static void test_constants_of_options(void)
{
    int64_t target[2] = {3, -1};
    bdc_value given = {"target", BDC_INT64, 1, {2}, target};
    const bdc_import_options options = {.constants = &given, .constant_count = 1};
    float x[12];
    random_floats(x, 12, 1);
    onnx m = open_reshape();
    session s;
    open_model(&s, &m, NULL);
    CHECK(s.status == BDC_E_UNSUPPORTED && strstr(s.error.text, "input 'target' must be a constant"));
    close_model(&s);
    m = open_reshape();
    open_model(&s, &m, &options);
    CHECK(s.status == BDC_OK && bdc_input_count(s.graph) == 1);
    run_model(&s, x);
    CHECK(has_dims(&s.output, 2, 3, 4, 0));
    check_floats(&s, x, 12);
    close_model(&s);
    given.dims[0] = 3;
    m = open_reshape();
    open_model(&s, &m, &options);
    CHECK(s.status == BDC_E_ARGUMENT && strstr(s.error.text, "target"));
    close_model(&s);
}

/* ---- Runs ------------------------------------------------------------------------------------------------------- */

/* Wrong inputs are noticed; the caller's memory or the graph's takes the result; every output has its own name. */
static void test_run(void)
{
    onnx m = {0};
    float x[6] = {-1, 2, -3, 4, -5, 6}, mine[6];
    onnx_typed_input(&m, "x", FLOATS, "2 3");
    onnx_op(&m, "Relu", "x > a");
    onnx_op(&m, "Identity", "a > b");
    onnx_op(&m, "Identity", "x > c");
    onnx_output(&m, "b");
    onnx_output(&m, "a");
    onnx_output(&m, "c");
    session s;
    open_model(&s, &m, NULL);
    bdc_value in = {"x", BDC_FLOAT, 2, {2, 3}, x}, out[3] = {{.data = mine}, {0}, {0}}, info;
    CHECK(s.status == BDC_OK && bdc_run(s.graph, &in, out) == BDC_OK);
    CHECK(!strcmp(out[0].name, "b") && !strcmp(out[1].name, "a") && !strcmp(out[2].name, "c"));
    CHECK(out[0].data == mine && mine[0] == 0 && mine[5] == 6 && out[1].data && ((float *)out[1].data)[3] == 4);
    CHECK(out[2].data && ((float *)out[2].data)[0] == -1);
    in.type = BDC_INT32;
    CHECK(bdc_run(s.graph, &in, out) == BDC_E_ARGUMENT);
    in.type = BDC_FLOAT;
    in.dims[1] = 4;
    CHECK(bdc_run(s.graph, &in, out) == BDC_E_ARGUMENT && strstr(s.error.text, "'x'"));
    in.dims[1] = 3;
    in.data = NULL;
    CHECK(bdc_run(s.graph, &in, out) == BDC_E_ARGUMENT && bdc_run(s.graph, NULL, out) == BDC_E_ARGUMENT);
    CHECK(bdc_run(NULL, &in, out) == BDC_E_ARGUMENT && bdc_run(s.graph, &in, NULL) == BDC_E_ARGUMENT);
    CHECK(bdc_input_info(s.graph, 1, &info) == BDC_E_ARGUMENT && bdc_output_info(s.graph, 3, &info) == BDC_E_ARGUMENT);
    close_model(&s);
}

/* Buffers are used again, but never while somebody still reads them: a ladder of sums against a plain loop. */
static void test_buffers(void)
{
    enum { STEPS = 40, N = 16 };
    onnx m = {0};
    float x[N], rows[STEPS + 2][N];
    random_floats(x, N, 9);
    onnx_typed_input(&m, "t0", FLOATS, "16");
    onnx_op(&m, "Neg", "t0 > t1");
    for (int i = 0; i < N; i++) {
        rows[0][i] = x[i];
        rows[1][i] = -x[i];
    }
    for (int k = 0; k < STEPS; k++) { /* t[k + 2] = t[k + 1] + t[k / 2] */
        char names[64];
        snprintf(names, sizeof names, "t%d t%d > t%d", k + 1, k / 2, k + 2);
        onnx_op(&m, "Add", names);
        for (int i = 0; i < N; i++)
            rows[k + 2][i] = rows[k + 1][i] + rows[k / 2][i];
    }
    onnx_output(&m, "t41");
    session s;
    open_model(&s, &m, NULL);
    for (int repeat = 0; repeat < 2; repeat++) {
        run_model(&s, x);
        check_floats(&s, rows[STEPS + 1], N);
    }
    close_model(&s);
}

/* ---- Order, constants ------------------------------------------------------------------------------------------- */

/* Nodes stand in any order; what nobody needs is not looked at, whatever it is. */
static void test_order(void)
{
    onnx m = {0};
    const float x[3] = {1, -2, 3}, expected[3] = {0, 2, 0};
    onnx_typed_input(&m, "x", FLOATS, "3");
    onnx_op(&m, "Relu", "b > y");
    onnx_op(&m, "NoSuchOperator", "x > unused");
    onnx_op(&m, "Neg", "x > b");
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    check_floats(&s, expected, 3);
    close_model(&s);
}

/* A shape that is computed from x's own: [1, 2, 6] -> [2, 6] by Shape, Gather, Concat. */
static void test_folding(void)
{
    onnx m = {0};
    float x[12];
    const int64_t one = 1, last[1] = {-1};
    random_floats(x, 12, 4);
    onnx_typed_input(&m, "x", FLOATS, "batch 2 6");
    onnx_raw(&m, "one", INT64, &one, sizeof one, 0);
    onnx_raw(&m, "last", INT64, last, sizeof last, 1, 1);
    onnx_op(&m, "Shape", "x > s");
    onnx_op(&m, "Gather", "s one > d");
    onnx_op(&m, "Constant", "> zero");
    onnx_ints(&m, "value_ints", 1, 0);
    onnx_op(&m, "Unsqueeze", "d zero > v");
    onnx_op(&m, "Concat", "v last > t");
    onnx_int(&m, "axis", 0);
    onnx_op(&m, "Reshape", "x t > y");
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    CHECK(s.status == BDC_OK && bdc_work(s.graph) <= 12); /* nothing but the reshape is left */
    run_model(&s, x);
    CHECK(has_dims(&s.output, 2, 2, 6, 0));
    check_floats(&s, x, 12);
    close_model(&s);
}

/* Whatever is constant may be an output, and a graph needs no input. */
static void test_constant_output(void)
{
    onnx m = {0};
    const float expected[2] = {3, 3};
    const int64_t two[1] = {2};
    onnx_raw(&m, "shape", INT64, two, sizeof two, 1, 1);
    onnx_op(&m, "Constant", "> three");
    onnx_float(&m, "value_float", 3);
    onnx_op(&m, "Expand", "three shape > y");
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    CHECK(s.status == BDC_OK && bdc_input_count(s.graph) == 0);
    run_model(&s, NULL);
    check_floats(&s, expected, 2);
    close_model(&s);
}

/* Each type by its own field instead of raw bytes, one number at a time: cast to float they are 1, 2 and 3. */
static void test_typed_fields(void)
{
    static const struct {
        int type;
        uint32_t field, wire;
    } kinds[] = {{1, 4, 5}, {2, 5, 0},  {3, 5, 0},   {4, 5, 0},   {5, 5, 0},  {6, 5, 0},
                 {7, 7, 0}, {10, 5, 0}, {11, 10, 1}, {12, 11, 0}, {13, 11, 0}};
    static const float expected[3] = {1, 2, 3};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        onnx m = {0};
        proto t = {0};
        proto_int(&t, 1, 3);
        proto_int(&t, 2, kinds[k].type);
        proto_text(&t, 8, "k");
        for (int i = 1; i <= 3; i++) {
            static const uint16_t half[4] = {0, 0x3c00, 0x4000, 0x4200};
            const float f = (float)i;
            const double d = i;
            proto_varint(&t, kinds[k].field << 3 | kinds[k].wire);
            if (kinds[k].wire == 5)
                proto_bytes(&t, &f, sizeof f);
            else if (kinds[k].wire == 1)
                proto_bytes(&t, &d, sizeof d);
            else
                proto_varint(&t, kinds[k].type == 10 ? half[i] : (uint64_t)i);
        }
        proto_message(&m.graph, 5, &t);
        onnx_op(&m, "Cast", "k > y");
        onnx_int(&m, "to", FLOATS);
        onnx_output(&m, "y");
        session s;
        open_model(&s, &m, NULL);
        run_model(&s, NULL);
        check_floats(&s, expected, 3);
        close_model(&s);
    }
}

/* ---- Old forms -------------------------------------------------------------------------------------------------- */

/* Opset 6: b lies along axis 1 of a, and is repeated only where it is said. */
static void test_old_broadcast(void)
{
    float x[12], expected[12];
    const float b[2] = {10, 20};
    random_floats(x, 12, 2);
    for (int i = 0; i < 12; i++)
        expected[i] = x[i] + b[i / 3 % 2];
    onnx m = {.opset = 6};
    onnx_typed_input(&m, "x", FLOATS, "2 2 3");
    onnx_constant(&m, "b", b, 1, 2);
    onnx_op(&m, "Add", "x b > y");
    onnx_int(&m, "broadcast", 1);
    onnx_int(&m, "axis", 1);
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    check_floats(&s, expected, 12);
    close_model(&s);
}

/* Before opset 13, a softmax over axis 1 went over all dimensions from there on. */
static void test_old_softmax(void)
{
    float x[12], expected[12];
    random_floats(x, 12, 3);
    for (int n = 0; n < 2; n++) {
        double sum = 0;
        for (int i = 0; i < 6; i++)
            sum += exp((double)x[n * 6 + i]);
        for (int i = 0; i < 6; i++)
            expected[n * 6 + i] = (float)(exp((double)x[n * 6 + i]) / sum);
    }
    onnx m = {.opset = 11};
    onnx_typed_input(&m, "x", FLOATS, "2 2 3");
    onnx_op(&m, "Softmax", "x > y");
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    CHECK(has_dims(&s.output, 3, 2, 2, 3));
    check_floats(&s, expected, 12);
    close_model(&s);
}

/* Attributes of old opsets and inputs of new ones say the same: Slice, Clip, ReduceSum, Squeeze, Pad in one chain each. */
static onnx old_chain(void)
{
    onnx m = {.opset = 9};
    onnx_typed_input(&m, "x", FLOATS, "1 4 6");
    onnx_op(&m, "Slice", "x > a");
    onnx_ints(&m, "axes", 1, 2);
    onnx_ints(&m, "starts", 1, 1);
    onnx_ints(&m, "ends", 1, -1);
    onnx_op(&m, "Clip", "a > b");
    onnx_float(&m, "min", -0.5f);
    onnx_float(&m, "max", 0.25f);
    onnx_op(&m, "Pad", "b > c");
    onnx_ints(&m, "pads", 6, 0, 1, 0, 0, 0, 2);
    onnx_float(&m, "value", 2);
    onnx_op(&m, "ReduceSum", "c > d");
    onnx_ints(&m, "axes", 1, 1);
    onnx_op(&m, "Squeeze", "d > y");
    onnx_ints(&m, "axes", 2, 0, 1);
    onnx_output(&m, "y");
    return m;
}

static onnx new_chain(void)
{
    onnx m = {.opset = 18};
    const float low = -0.5f, high = 0.25f, two = 2;
    onnx_typed_input(&m, "x", FLOATS, "1 4 6");
    onnx_shape(&m, "axes", 1, -1);
    onnx_shape(&m, "starts", 1, 1);
    onnx_shape(&m, "ends", 1, 5);
    onnx_raw(&m, "low", FLOATS, &low, 4, 0);
    onnx_raw(&m, "high", FLOATS, &high, 4, 0);
    onnx_raw(&m, "two", FLOATS, &two, 4, 0);
    onnx_shape(&m, "pads", 4, 1, 0, 0, 2);
    onnx_shape(&m, "padded", 2, 1, 2);
    onnx_shape(&m, "middle", 1, 1);
    onnx_shape(&m, "both", 2, 0, 1);
    onnx_op(&m, "Slice", "x starts ends axes > a");
    onnx_op(&m, "Clip", "a low high > b");
    onnx_op(&m, "Pad", "b pads two padded > c");
    onnx_op(&m, "ReduceSum", "c middle > d");
    onnx_op(&m, "Squeeze", "d both > y");
    onnx_output(&m, "y");
    return m;
}

static void test_old_and_new(void)
{
    float x[24], expected[6];
    random_floats(x, 24, 11);
    for (int i = 0; i < 6; i++) {
        expected[i] = 2; /* the row of padding; the last two columns are padding, too */
        for (int k = 0; k < 4; k++)
            expected[i] += i >= 4 ? 2 : fminf(fmaxf(x[k * 6 + i + 1], -0.5f), 0.25f);
    }
    for (int now = 0; now < 2; now++) {
        onnx m = now ? new_chain() : old_chain();
        session s;
        open_model(&s, &m, NULL);
        run_model(&s, x);
        check_floats(&s, expected, 6);
        close_model(&s);
    }
}

/* ---- Quantised -------------------------------------------------------------------------------------------------- */

/* QLinearConv, and DequantizeLinear -> Conv -> QuantizeLinear, give the integers of a plain loop. */
static void quantised_conv(int fused)
{
    enum { C = 2, H = 4, OUT = 3 };
    onnx m = {0};
    float x[C * H * H];
    int8_t w[OUT * C];
    const int32_t bias[OUT] = {100, -50, 7};
    const float x_scale = 0.05f, w_scale[OUT] = {0.02f, 0.01f, 0.03f}, y_scale = 0.04f;
    const uint8_t x_zero = 120, y_zero = 130;
    const int8_t w_zero[OUT] = {0, 0, 0};
    random_floats(x, C * H * H, 21);
    for (int i = 0; i < OUT * C; i++)
        w[i] = (int8_t)(i * 37 % 100 - 50);
    onnx_typed_input(&m, "x", FLOATS, "1 2 4 4");
    onnx_raw(&m, "xs", FLOATS, &x_scale, 4, 0);
    onnx_raw(&m, "xz", UINT8, &x_zero, 1, 0);
    onnx_raw(&m, "w", INT8, w, sizeof w, 4, OUT, C, 1, 1);
    onnx_raw(&m, "ws", FLOATS, w_scale, sizeof w_scale, 1, OUT);
    onnx_raw(&m, "wz", INT8, w_zero, sizeof w_zero, 1, OUT);
    onnx_raw(&m, "ys", FLOATS, &y_scale, 4, 0);
    onnx_raw(&m, "yz", UINT8, &y_zero, 1, 0);
    onnx_raw(&m, "b", INT32, bias, sizeof bias, 1, OUT);
    onnx_op(&m, "QuantizeLinear", "x xs xz > q");
    if (fused) {
        onnx_op(&m, "QLinearConv", "q xs xz w ws wz ys yz b > y");
    } else {
        const float scales[OUT] = {x_scale * w_scale[0], x_scale * w_scale[1], x_scale * w_scale[2]};
        onnx_raw(&m, "bs", FLOATS, scales, sizeof scales, 1, OUT);
        onnx_op(&m, "DequantizeLinear", "q xs xz > f");
        onnx_op(&m, "DequantizeLinear", "w ws wz > g");
        onnx_int(&m, "axis", 0);
        onnx_op(&m, "DequantizeLinear", "b bs > h");
        onnx_int(&m, "axis", 0);
        onnx_op(&m, "Conv", "f g h > c");
        onnx_op(&m, "QuantizeLinear", "c ys yz > y");
    }
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    if (s.status == BDC_OK && CHECK(s.output.type == BDC_UINT8 && count_of(&s.output) == OUT * H * H))
        for (int i = 0; i < OUT * H * H; i++) {
            const int o = i / (H * H), at = i % (H * H);
            double sum = bias[o];
            for (int c = 0; c < C; c++) {
                const double q = fmin(fmax(nearbyint((double)x[c * H * H + at] / (double)x_scale) + x_zero, 0), 255);
                sum += (q - x_zero) * w[o * C + c];
            }
            const double real = sum * (double)x_scale * (double)w_scale[o] / (double)y_scale + y_zero;
            const double got = ((const uint8_t *)s.output.data)[i];
            CHECK(fabs(got - fmin(fmax(real, 0), 255)) <= 0.5001);
        }
    close_model(&s);
}

/* Operators of onnxruntime's own domain, with a zero point left out. */
static void test_microsoft(void)
{
    onnx m = {0};
    const float x[4] = {0.5f, -1, 2, 3}, scale = 0.1f, wide = 0.2f;
    const float expected[4] = {1, -2, 4, 6};
    const int8_t zero = 0;
    onnx_typed_input(&m, "x", FLOATS, "4");
    onnx_raw(&m, "s", FLOATS, &scale, 4, 0);
    onnx_raw(&m, "t", FLOATS, &wide, 4, 0);
    onnx_raw(&m, "z", INT8, &zero, 1, 0);
    onnx_op(&m, "QuantizeLinear", "x s z > q");
    onnx_op(&m, "QLinearAdd", "q s - q s z t z > r");
    proto_text(&m.node, 7, "com.microsoft");
    onnx_op(&m, "DequantizeLinear", "r t z > y");
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    check_floats(&s, expected, 4);
    close_model(&s);
}

/* Opset 18: scale and bias are per group. */
static void test_group_norm(void)
{
    onnx m = {.opset = 18};
    float x[24], expected[24];
    const float scale[2] = {2, -1}, bias[2] = {0.5f, 3};
    random_floats(x, 24, 31);
    for (int g = 0; g < 2; g++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < 12; i++) {
            sum += (double)x[g * 12 + i];
            squares += (double)x[g * 12 + i] * (double)x[g * 12 + i];
        }
        const double mean = sum / 12, deviation = sqrt(squares / 12 - mean * mean + 1e-5);
        for (int i = 0; i < 12; i++)
            expected[g * 12 + i] =
                (float)(((double)x[g * 12 + i] - mean) / deviation * (double)scale[g] + (double)bias[g]);
    }
    onnx_typed_input(&m, "x", FLOATS, "1 4 6");
    onnx_constant(&m, "s", scale, 1, 2);
    onnx_constant(&m, "b", bias, 1, 2);
    onnx_op(&m, "GroupNormalization", "x s b > y");
    onnx_int(&m, "num_groups", 2);
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    check_floats(&s, expected, 24);
    close_model(&s);
}

/* A target that is ignored does not count, neither in the sum nor in the mean's weight. */
static void test_loss(void)
{
    onnx m = {0};
    float x[6];
    const int64_t targets[3] = {1, 7, 0};
    random_floats(x, 6, 5);
    const float expected[1] = {-(x[1] + x[4]) / 2};
    onnx_typed_input(&m, "x", FLOATS, "3 2");
    onnx_raw(&m, "t", INT64, targets, sizeof targets, 1, 3);
    onnx_op(&m, "NegativeLogLikelihoodLoss", "x t > y");
    onnx_int(&m, "ignore_index", 7);
    onnx_output(&m, "y");
    session s;
    open_model(&s, &m, NULL);
    run_model(&s, x);
    check_floats(&s, expected, 1);
    close_model(&s);
}

int main(void)
{
    test_dimensions();
    test_constants_of_options();
    test_run();
    test_buffers();
    test_order();
    test_folding();
    test_constant_output();
    test_typed_fields();
    test_old_broadcast();
    test_old_softmax();
    test_old_and_new();
    quantised_conv(0);
    quantised_conv(1);
    test_microsoft();
    test_group_norm();
    test_loss();
    return check_done();
}
