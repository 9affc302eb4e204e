/* TensorFlow Lite files that are damaged, contradictory or absurd: always a status and a sentence that names the operator or the
 * tensor, never a crash. Run under sanitizers.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "check.h"
#include "compiler/bedside_compiler.h"
#include "support/tflite_builder.h"

enum { CONV_2D = 3, RESHAPE = 22, FULLY_CONNECTED = 9, SOFTMAX = 25, ADD = 0 };

typedef struct heap {
    long allowed; /* allocations until they fail; negative: never */
    long live, served;
} heap;

static void *allocate(void *cookie, size_t bytes)
{
    heap *h = cookie;
    if (h->allowed == 0)
        return NULL;
    if (h->allowed > 0)
        h->allowed--;
    h->live++;
    h->served++;
    return malloc(bytes);
}

static void release(void *cookie, void *memory)
{
    ((heap *)cookie)->live--;
    free(memory);
}

/* Imports a copy without a byte to spare and, if it is bearable, runs it on zeros. */
static bdc_status attempt(const uint8_t *bytes, size_t n, heap *h, const bdc_import_options *options, bdc_error *error)
{
    const bdc_allocator allocator = {allocate, release, h, 256u << 20};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    uint8_t *exact = malloc(n + !n);
    if (!exact)
        abort();
    if (n)
        memcpy(exact, bytes, n);
    memset(error, 0, sizeof *error);
    bdc_status st = bdc_create(&c, &allocator, error);
    if (st == BDC_OK)
        st = bdc_import_tflite(c, exact, n, options, &g);
    free(exact); /* nothing may point into it */
    if (st == BDC_OK && bdc_work(g) < 20000000 && bdc_input_count(g) == 1) {
        bdc_value input, outputs[LITE_LINKS];
        memset(outputs, 0, sizeof outputs);
        CHECK(bdc_input_info(g, 0, &input) == BDC_OK);
        size_t count = bdc_type_bytes(input.type);
        for (uint32_t i = 0; i < input.rank; i++)
            count *= input.dims[i];
        void *data = malloc(count + !count);
        if (!data)
            abort();
        memset(data, 0, count);
        input.data = data;
        if (bdc_output_count(g) <= LITE_LINKS)
            st = bdc_run(g, &input, outputs);
        free(data);
    }
    if (st != BDC_OK)
        CHECK(error->status == st && error->text[0] && error->text[strlen(error->text) - 1] == '.');
    bdc_destroy(c);
    CHECK(h->live == 0);
    return st;
}

/* ---- A good model: quantised convolution, reshape, fully connected layer, softmax ------------------------------------ */

static lite m;
static int8_t weights[4 * 3 * 3 * 2], dense[3 * 64];
static int32_t bias[4], target[2] = {1, -1};
static int32_t x, w, b, c, p, r, f, l, y;

static void good(void)
{
    memset(&m, 0, sizeof m);
    for (size_t i = 0; i < sizeof weights; i++)
        weights[i] = (int8_t)(i * 37 % 255 - 127);
    x = lite_quantised(&m, lite_input(&m, "picture", LITE_INT8, LITE_SHAPE(1, 4, 4, 2)), 0.5f, -128);
    w = lite_quantised(&m, lite_constant(&m, "kernel", LITE_INT8, weights, sizeof weights, LITE_SHAPE(4, 3, 3, 2)),
                       0.01f, 0);
    b = lite_quantised(&m, lite_constant(&m, "bias", LITE_INT32, bias, sizeof bias, LITE_SHAPE(4)), 0.005f, 0);
    c = lite_quantised(&m, lite_tensor_of(&m, "features", LITE_INT8, LITE_SHAPE(1, 4, 4, 4)), 0.1f, -128);
    p = lite_constant(&m, "target", LITE_INT32, target, sizeof target, LITE_SHAPE(2));
    r = lite_quantised(&m, lite_tensor_of(&m, "flat", LITE_INT8, LITE_SHAPE(1, 64)), 0.1f, -128);
    f = lite_quantised(&m, lite_constant(&m, "dense", LITE_INT8, dense, sizeof dense, LITE_SHAPE(3, 64)), 0.02f, 0);
    l = lite_quantised(&m, lite_tensor_of(&m, "logits", LITE_INT8, LITE_SHAPE(1, 3)), 0.2f, 5);
    y = lite_quantised(&m, lite_tensor_of(&m, "answer", LITE_INT8, LITE_SHAPE(1, 3)), 1 / 256.f, -128);
    lite_op *op = lite_op_of(&m, CONV_2D, 1);
    lite_in(op, x);
    lite_in(op, w);
    lite_in(op, b);
    lite_out(op, c);
    lite_option(op, 0, 1, 0);
    lite_option(op, 1, 4, 1);
    lite_option(op, 2, 4, 1);
    lite_option(op, 3, 1, 1);
    op = lite_op_of(&m, RESHAPE, 17);
    lite_in(op, c);
    lite_in(op, p);
    lite_out(op, r);
    op = lite_op_of(&m, FULLY_CONNECTED, 8);
    lite_in(op, r);
    lite_in(op, f);
    lite_in(op, -1);
    lite_out(op, l);
    op = lite_op_of(&m, SOFTMAX, 9);
    lite_in(op, l);
    lite_out(op, y);
    lite_option_float(op, 0, 1);
    lite_result(&m, y);
}

/* Writes the model as it is now and expects this status, with all of the words in its sentence. */
static void expect_with(const bdc_import_options *options, bdc_status status, const char *word, const char *other,
                        int line)
{
    size_t n;
    bdc_error error;
    heap h = {.allowed = -1};
    uint8_t *file = lite_finish(&m, &n);
    bdc_status st = attempt(file, n, &h, options, &error);
    int as_told = st == status && (st == BDC_OK || (strstr(error.text, word) && strstr(error.text, other)));
    if (!CHECK(as_told))
        fprintf(stderr, "line %d: %s: %s\n", line, bdc_status_name(st), error.text);
    free(file);
    good();
}

#define EXPECT(status, word, other) expect_with(NULL, status, word, other, __LINE__)
#define TENSOR(t) (&m.tensors[t])

static void test_header(void)
{
    EXPECT(BDC_OK, "", "");
    m.version = 2;
    EXPECT(BDC_E_UNSUPPORTED, "version 2", "schema");
    m.subgraphs = 2;
    EXPECT(BDC_E_UNSUPPORTED, "2 subgraphs", "");
    m.output_count = 0;
    EXPECT(BDC_E_LIMIT, "0 outputs", "");
    m.outputs[0] = 999;
    EXPECT(BDC_E_INVALID, "tensor 999", "network");
    m.inputs[0] = -1;
    EXPECT(BDC_E_INVALID, "tensor -1", "network");
    m.outputs[0] = w; /* a constant that nothing reads as an activation is made by nothing */
    m.ops[0].inputs[1] = x;
    EXPECT(BDC_E_INVALID, "features", "");
}

static void test_shapes(void)
{
    TENSOR(x)->shape[1] = 1 << 20;
    TENSOR(x)->shape[2] = 1 << 20;
    EXPECT(BDC_E_LIMIT, "picture", "elements");
    TENSOR(x)->shape[1] = INT32_MAX;
    EXPECT(BDC_E_LIMIT, "picture", "dimension");
    TENSOR(x)->shape[1] = -7;
    EXPECT(BDC_E_LIMIT, "picture", "-7");
    TENSOR(x)->rank = 9;
    EXPECT(BDC_E_LIMIT, "picture", "9 dimensions");
    TENSOR(x)->shape[1] = 0;
    EXPECT(BDC_E_UNSUPPORTED, "features", "four dimensions");
    TENSOR(c)->shape[2] = 5;
    EXPECT(BDC_E_INVALID, "features", "dimension 2");
    TENSOR(c)->rank = 3;
    EXPECT(BDC_E_INVALID, "features", "4 dimensions");
    TENSOR(r)->shape[1] = 63;
    EXPECT(BDC_E_INVALID, "flat", "64");
    TENSOR(x)->type = LITE_INT32;
    EXPECT(BDC_E_INVALID, "zero point", "picture");
    TENSOR(x)->type = 5;
    EXPECT(BDC_E_UNSUPPORTED, "picture", "STRING");
    TENSOR(x)->type = 77;
    EXPECT(BDC_E_UNSUPPORTED, "picture", "unknown");
    TENSOR(l)->type = LITE_FLOAT;
    TENSOR(l)->scale_count = 0;
    EXPECT(BDC_OK, "", ""); /* quantised in, real out: the softmax quantises */
    TENSOR(l)->type = LITE_INT64;
    EXPECT(BDC_E_INVALID, "logits", "zero point");
    /* An open batch is 1, or as asked. */
    TENSOR(x)->has_signature = 1;
    memcpy(TENSOR(x)->signature, (int32_t[]){-1, 4, 4, 2}, 16);
    EXPECT(BDC_OK, "", "");
    TENSOR(x)->shape[0] = -1;
    EXPECT(BDC_OK, "", "");
    for (uint32_t batch = 3;; batch = 1u << 29) {
        TENSOR(x)->has_signature = 1;
        memcpy(TENSOR(x)->signature, (int32_t[]){-1, 4, 4, 2}, 16);
        const bdc_import_options options = {.batch = batch};
        static const int32_t any[2] = {-1, 64};
        TENSOR(p)->data = any;
        expect_with(&options, batch == 3 ? BDC_OK : BDC_E_ARGUMENT, "picture", "", __LINE__);
        if (batch != 3)
            break;
    }
}

/* CVE-2022-23558 and its like: sizes that the data do not have. */
static void test_constants(void)
{
    TENSOR(w)->bytes--;
    EXPECT(BDC_E_INVALID, "kernel", "71 bytes");
    TENSOR(w)->bytes = 0;
    EXPECT(BDC_E_INVALID, "kernel", "nothing made");
    TENSOR(w)->shape[0] = 1 << 20;
    EXPECT(BDC_E_INVALID, "kernel", "72 bytes");
    TENSOR(w)->buffer = 1000;
    EXPECT(BDC_E_INVALID, "kernel", "buffer 1000");
    TENSOR(w)->buffer = UINT32_MAX;
    EXPECT(BDC_E_INVALID, "kernel", "buffer");
    TENSOR(w)->sparse = 1;
    EXPECT(BDC_E_UNSUPPORTED, "kernel", "sparse");
    TENSOR(c)->variable = 1;
    EXPECT(BDC_E_INVALID, "features", "");
    TENSOR(w)->variable = 1;
    EXPECT(BDC_E_UNSUPPORTED, "kernel", "variable");
    TENSOR(x)->variable = 1;
    EXPECT(BDC_E_INVALID, "picture", "variable");
    const float not_a_number[4] = {0, NAN, 0, 0};
    TENSOR(b)->type = LITE_FLOAT;
    TENSOR(b)->data = not_a_number;
    EXPECT(BDC_E_INVALID, "bias", "not a number");
    TENSOR(c)->data = bias;
    TENSOR(c)->bytes = 4;
    EXPECT(BDC_E_INVALID, "features", "constant");
}

static void test_quantisation(void)
{
    static const float scales[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        TENSOR(c)->scales[0] = scales[i];
        EXPECT(BDC_E_INVALID, "features", "scale");
        TENSOR(w)->scales[0] = scales[i];
        EXPECT(BDC_E_INVALID, "kernel", "scale");
    }
    TENSOR(x)->zeros[0] = 128;
    EXPECT(BDC_E_INVALID, "picture", "zero point");
    TENSOR(x)->zeros[0] = INT64_MIN;
    EXPECT(BDC_E_INVALID, "picture", "zero point");
    TENSOR(b)->zeros[0] = 1;
    EXPECT(BDC_E_INVALID, "bias", "zero point");
    TENSOR(x)->zero_count = 2;
    EXPECT(BDC_E_INVALID, "picture", "2 zero points");
    TENSOR(x)->details = 1;
    EXPECT(BDC_E_UNSUPPORTED, "picture", "details");
    for (int32_t axis = -1; axis < 6; axis++) { /* three scales: no dimension of the weights has three but 1 and 2 */
        TENSOR(w)->scale_count = TENSOR(w)->zero_count = 3;
        TENSOR(w)->scales[1] = TENSOR(w)->scales[2] = 1;
        TENSOR(w)->axis = axis;
        if (axis != 1 && axis != 2)
            EXPECT(BDC_E_INVALID, "kernel", "3 scales");
    }
    good();
    TENSOR(c)->scale_count = TENSOR(c)->zero_count = 4;
    for (int i = 0; i < 4; i++)
        TENSOR(c)->scales[i] = 1;
    TENSOR(c)->axis = 3;
    EXPECT(BDC_E_UNSUPPORTED, "features", "per channel");
}

static void test_graph(void)
{
    m.ops[0].inputs[0] = y;
    EXPECT(BDC_E_INVALID, "answer", "nothing made");
    m.ops[0].inputs[0] = c;
    EXPECT(BDC_E_INVALID, "features", "nothing made");
    m.ops[1].outputs[0] = c;
    EXPECT(BDC_E_INVALID, "features", "already");
    m.ops[1].outputs[0] = x;
    EXPECT(BDC_E_INVALID, "picture", "already");
    m.ops[1].outputs[0] = w;
    EXPECT(BDC_E_INVALID, "kernel", "");
    m.ops[0].inputs[0] = 99;
    EXPECT(BDC_E_INVALID, "tensor 99", "features");
    m.ops[0].inputs[1] = INT32_MIN;
    EXPECT(BDC_E_INVALID, "tensor -", "features");
    m.ops[0].inputs[0] = -1;
    EXPECT(BDC_E_INVALID, "CONV_2D", "input 0");
    m.ops[0].input_count = 0;
    EXPECT(BDC_E_INVALID, "CONV_2D", "0 inputs");
    m.ops[0].output_count = 0;
    EXPECT(BDC_E_INVALID, "CONV_2D", "0 outputs");
    m.inputs[m.input_count++] = x;
    EXPECT(BDC_E_INVALID, "picture", "twice");
    m.repeat_ops = 1000000;
    EXPECT(BDC_E_LIMIT, "1000000 operators", "");
    m.repeat_ops = 60000;
    EXPECT(BDC_E_INVALID, "answer", "already");
    m.operator_codes_cut = 2;
    EXPECT(BDC_E_INVALID, "operator code 2", "");
    m.ops[0].code = 119;
    EXPECT(BDC_E_UNSUPPORTED, "WHILE", "");
    m.ops[0].code = 5000;
    EXPECT(BDC_E_UNSUPPORTED, "unknown", "");
    m.ops[0].code = 32;
    m.ops[0].custom = "TFLite_Detection_PostProcess";
    EXPECT(BDC_E_UNSUPPORTED, "TFLite_Detection_PostProcess", "custom");
    m.ops[0].options_type = 2;
    EXPECT(BDC_E_INVALID, "CONV_2D", "options of another");
}

/* CVE-2022-21741 and its like: what is divided by. */
static void test_options(void)
{
    static const int64_t sides[] = {0, -1, INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        lite_option(&m.ops[0], 1, 4, sides[i]);
        EXPECT(BDC_E_INVALID, "features", "stride");
        lite_option(&m.ops[0], 2, 4, sides[i]);
        EXPECT(BDC_E_INVALID, "features", "stride");
        lite_option(&m.ops[0], 4, 4, sides[i]);
        EXPECT(BDC_E_INVALID, "features", "dilation");
        lite_option(&m.ops[0], 5, 4, sides[i]);
        EXPECT(BDC_E_INVALID, "features", "dilation");
        /* a pool, depth to space and space to depth in place of the convolution */
        static const uint32_t codes[] = {1, 17, 12, 5, 26}, types[] = {5, 5, 5, 94, 19};
        for (int k = 0; k < 5; k++) {
            lite_op *op = &m.ops[0];
            memset(op->options, 0, sizeof op->options);
            op->code = codes[k];
            op->options_type = types[k];
            op->input_count = 1;
            for (uint32_t field = k < 3 ? 1 : 0; field < (k < 3 ? 5u : 1u); field++)
                lite_option(op, field, 4, field == 1 + (uint32_t)i || k > 2 ? sides[i] : 1);
            EXPECT(BDC_E_INVALID, "features", k < 3 ? i < 2 ? "stride" : "window" : "block");
        }
    }
    m.ops[0].options_type = 0; /* no options at all: strides of 0 */
    EXPECT(BDC_E_INVALID, "features", "stride");
    lite_option(&m.ops[0], 0, 1, 2);
    EXPECT(BDC_E_INVALID, "features", "SAME");
    lite_option(&m.ops[0], 3, 1, 6);
    EXPECT(BDC_E_INVALID, "features", "activation");
    lite_option(&m.ops[0], 3, 1, 5);
    EXPECT(BDC_E_UNSUPPORTED, "features", "activation");
    lite_option(&m.ops[0], 0, 1, 1);
    TENSOR(x)->shape[1] = 2;
    EXPECT(BDC_E_INVALID, "features", "larger than its input");
    TENSOR(w)->shape[3] = 1;
    TENSOR(w)->shape[0] = 8;
    EXPECT(BDC_E_INVALID, "features", "");
    lite_option_float(&m.ops[3], 0, NAN);
    EXPECT(BDC_E_INVALID, "answer", "beta");
    lite_option(&m.ops[2], 1, 1, 1);
    EXPECT(BDC_E_UNSUPPORTED, "logits", "shuffled");
}

/* Operators with constant parameters: in place of the reshape. */
static void test_parameters(void)
{
    static const struct {
        uint32_t code, options;
        int32_t values[4];
        bdc_status status;
        const char *word;
    } rows[] = {
        {RESHAPE, 17, {-1, -1}, BDC_E_INVALID, "-1"},
        {RESHAPE, 17, {1, 63}, BDC_E_INVALID, "63"},
        {RESHAPE, 17, {-2, 64}, BDC_E_INVALID, "-2"},
        {RESHAPE, 17, {INT32_MAX, INT32_MAX}, BDC_E_INVALID, "side"},
        {RESHAPE, 17, {1 << 27, 1 << 27}, BDC_E_LIMIT, "elements"},
        {RESHAPE, 17, {0, 0}, BDC_E_INVALID, "0 elements"},
        {40, 27, {4, 0}, BDC_E_INVALID, "axis 4"},
        {40, 27, {INT32_MIN, 0}, BDC_E_INVALID, "axis"},
        {39, 26, {1, 0}, BDC_E_INVALID, "permutation"},
        {69, 51, {1, 1}, BDC_E_INVALID, "repeats"},
        {130, 104, {1 << 28, 2}, BDC_E_LIMIT, "elements"},
        {130, 104, {-1, 2}, BDC_E_INVALID, "side"},
        {36, 23, {-5, 99}, BDC_E_INVALID, "flat"},
        {23, 15, {0, 5}, BDC_E_INVALID, "size"},
        {97, 74, {INT32_MAX, INT32_MAX}, BDC_E_INVALID, "size"},
        {34, 22, {1, 1}, BDC_E_INVALID, "two amounts"},
        {70, 52, {1, 1}, BDC_E_INVALID, "several"},
        {56, 40, {1, 1}, BDC_E_INVALID, "several"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        m.ops[1].code = rows[i].code;
        m.ops[1].options_type = rows[i].options;
        TENSOR(p)->data = rows[i].values;
        size_t n;
        bdc_error error;
        heap h = {.allowed = -1};
        uint8_t *file = lite_finish(&m, &n);
        bdc_status st = attempt(file, n, &h, NULL, &error);
        if (!CHECK(st == rows[i].status && strstr(error.text, rows[i].word)))
            fprintf(stderr, "row %u: %s: %s\n", (unsigned)i, bdc_status_name(st), error.text);
        free(file);
        good();
    }
    m.ops[1].inputs[1] = x; /* a parameter that is no constant, and no integer */
    TENSOR(r)->has_signature = 1;
    memcpy(TENSOR(r)->signature, (int32_t[]){-1, -1}, 8);
    EXPECT(BDC_E_UNSUPPORTED, "flat", "computed");
    m.ops[1].code = 34;
    m.ops[1].options_type = 22;
    static const int32_t amounts[8] = {0, 0, -1, 0, 0, 0, 0, 0}, vast[8] = {0, 0, 1 << 27, 1 << 27, 1 << 27, 0, 0, 0};
    TENSOR(p)->rank = 2;
    memcpy(TENSOR(p)->shape, (int32_t[]){4, 2}, 8);
    TENSOR(p)->data = amounts;
    TENSOR(p)->bytes = sizeof amounts;
    EXPECT(BDC_E_INVALID, "flat", "negative");
    m.ops[1].code = 34;
    m.ops[1].options_type = 22;
    TENSOR(p)->rank = 2;
    memcpy(TENSOR(p)->shape, (int32_t[]){4, 2}, 8);
    TENSOR(p)->data = vast;
    TENSOR(p)->bytes = sizeof vast;
    EXPECT(BDC_E_LIMIT, "flat", "elements");
}

/* STRIDED_SLICE and SPACE_TO_BATCH_ND have three parameters. */
static void test_three_parameters(void)
{
    static const int32_t begin[4] = {0, 0, 0, 0}, end[4] = {1, 4, 4, 4}, zero[4] = {1, 0, 1, 1}, one[4] = {1, 1, 1, 1},
                         beyond[4] = {0, 9, 0, 0};
    for (int variant = 0; variant < 3; variant++) {
        lite_op *op = &m.ops[1];
        op->code = 45;
        op->options_type = 32;
        op->input_count = 1;
        const int32_t *values[3] = {variant == 1 ? beyond : begin, end, variant == 0 ? zero : one};
        for (int i = 0; i < 3; i++)
            lite_in(op, lite_constant(&m, "part", LITE_INT32, values[i], 16, LITE_SHAPE(4)));
        lite_option(op, 4, 4, variant == 1 ? 2 : 0);
        lite_option(op, 2, 4, variant == 2 ? 15 : 0);
        if (variant == 0)
            EXPECT(BDC_E_INVALID, "flat", "stride");
        else
            EXPECT(BDC_E_INVALID, "flat", variant == 1 ? "outside" : "");
    }
    static const int32_t blocks[][2] = {{0, 1}, {-1, 1}, {INT32_MAX, INT32_MAX}, {3, 1}};
    static const int32_t none[4] = {0, 0, 0, 0};
    for (int code = 37; code <= 38; code++)
        for (int i = 0; i < 4; i++) {
            lite_op *op = &m.ops[1];
            op->code = (uint32_t)code;
            op->options_type = code == 37 ? 24 : 25;
            op->input_count = 1;
            lite_in(op, lite_constant(&m, "block", LITE_INT32, blocks[i], 8, LITE_SHAPE(2)));
            lite_in(op, lite_constant(&m, "pads", LITE_INT32, none, 16, LITE_SHAPE(2, 2)));
            EXPECT(BDC_E_INVALID, "flat", "block");
        }
}

static void test_truncation(const uint8_t *bytes, size_t n, size_t step)
{
    heap h = {.allowed = -1};
    bdc_error error;
    for (size_t k = 0; k < n; k += step)
        (void)attempt(bytes, k, &h, NULL, &error);
    CHECK(attempt(bytes, n / 2, &h, NULL, &error) < 0);
}

static void test_flips(const uint8_t *bytes, size_t n, uint32_t rounds)
{
    heap h = {.allowed = -1};
    bdc_error error;
    uint8_t *copy = malloc(n);
    if (!copy)
        abort();
    uint32_t state = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        memcpy(copy, bytes, n);
        for (uint32_t k = 0; k < 1 + i % 3; k++) {
            state = state * 1664525u + 1013904223u;
            size_t at = (size_t)(((uint64_t)state * n) >> 32);
            state = state * 1664525u + 1013904223u;
            copy[at] = i & 8 ? (uint8_t)(state >> 24) : (uint8_t)(copy[at] ^ (1u << (state >> 29)));
        }
        (void)attempt(copy, n, &h, NULL, &error);
    }
    free(copy);
}

/* Every single allocation fails once. */
static void test_memory(const uint8_t *bytes, size_t n)
{
    bdc_error error;
    heap h = {.allowed = -1};
    CHECK(attempt(bytes, n, &h, NULL, &error) == BDC_OK);
    for (long k = 0, served = h.served; k < served; k++) {
        heap poor = {.allowed = k};
        CHECK(attempt(bytes, n, &poor, NULL, &error) == BDC_E_MEMORY);
    }
}

static void test_arguments(void)
{
    bdc_error error;
    bdc_context *context = NULL;
    bdc_graph *g = NULL;
    CHECK(bdc_create(&context, NULL, &error) == BDC_OK);
    CHECK(bdc_import_tflite(NULL, "", 0, NULL, &g) == BDC_E_ARGUMENT);
    CHECK(bdc_import_tflite(context, NULL, 0, NULL, &g) == BDC_E_ARGUMENT);
    CHECK(bdc_import_tflite(context, "", 0, NULL, NULL) == BDC_E_ARGUMENT);
    CHECK(bdc_import_tflite(context, "", 0, NULL, &g) == BDC_E_FORMAT && !g);
    CHECK(bdc_import_tflite(context, "\x08\0\0\0TFL3", 8, NULL, &g) == BDC_E_FORMAT && !g);
    bdc_destroy(context);
}

int main(void)
{
    good();
    test_arguments();
    test_header();
    test_shapes();
    test_constants();
    test_quantisation();
    test_graph();
    test_options();
    test_parameters();
    test_three_parameters();
    size_t n;
    uint8_t *file = lite_finish(&m, &n);
    test_truncation(file, n, 1);
    test_flips(file, n, 20000);
    test_memory(file, n);
    free(file);
    return check_done();
}
