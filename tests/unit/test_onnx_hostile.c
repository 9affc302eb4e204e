/* ONNX files that mean harm or make no sense: each is refused with a status and a sentence that names what is wrong, and at once,
 * however large the file is.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <time.h>

#include "check.h"
#include "test_compiler_onnx.h"

enum { FLOATS = 1, UINT8 = 2, INT8 = 3, INT64 = 7 };
static const double seconds_limit =
    20; /* for the slowest sanitizer on a busy machine; natively all take parts of a second */

static void *allocate(void *cookie, size_t bytes)
{
    (void)cookie;
    return malloc(bytes);
}

static void release(void *cookie, void *memory)
{
    (void)cookie;
    free(memory);
}

static bdc_status import(onnx *m, bdc_error *error)
{
    const bdc_allocator allocator = {allocate, release, NULL, 300u << 20};
    proto model = onnx_finish(m);
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    const clock_t begin = clock();
    *error = (bdc_error){0};
    bdc_status status = bdc_create(&c, &allocator, error);
    if (status == BDC_OK)
        status = bdc_import_onnx_with(c, model.data, model.n, NULL, &g);
    bdc_destroy(c);
    free(model.data);
    CHECK((double)(clock() - begin) / CLOCKS_PER_SEC < seconds_limit);
    return status;
}

/* The model is refused with this status, and the sentence has both words. */
static void refused(onnx *m, bdc_status wanted, const char *word, const char *other)
{
    bdc_error error;
    const bdc_status status = import(m, &error);
    if (!CHECK(status == wanted && error.status == wanted) ||
        !CHECK(strstr(error.text, word) && strstr(error.text, other)))
        fprintf(stderr, "  %s: %s\n", bdc_status_name(status), error.text);
}

static onnx with_input(const char *dims)
{
    onnx m = {0};
    onnx_typed_input(&m, "x", FLOATS, dims);
    return m;
}

/* One node that reads x and whatever else is named. */
static onnx one_node(const char *dims, const char *type, const char *names)
{
    onnx m = with_input(dims);
    onnx_op(&m, type, names);
    return m;
}

static void finish(onnx *m, bdc_status wanted, const char *word, const char *other)
{
    onnx_output(m, "y");
    refused(m, wanted, word, other);
}

/* ---- Names and order -------------------------------------------------------------------------------------------- */

static void test_graphs(void)
{
    onnx m = one_node("2", "Relu", "x > y");
    refused(&m, BDC_E_INVALID, "output", "");
    m = one_node("2", "Relu", "nothing > y");
    finish(&m, BDC_E_INVALID, "nothing", "Relu");
    m = one_node("2", "Relu", "x > x");
    finish(&m, BDC_E_INVALID, "'x'", "more than once");
    m = one_node("2", "Relu", "x > y");
    onnx_op(&m, "Neg", "x > y");
    finish(&m, BDC_E_INVALID, "'y'", "more than once");
    m = one_node("2", "Relu", "x > z");
    finish(&m, BDC_E_INVALID, "'y'", "not computed");
    m = with_input("2");
    onnx_typed_input(&m, "x", FLOATS, "2");
    onnx_op(&m, "Relu", "x > y");
    finish(&m, BDC_E_INVALID, "'x'", "more than once");
    m = one_node("2", "Add", "x y > y");
    finish(&m, BDC_E_INVALID, "cycle", "Add");
    m = one_node("2", "Add", "x b > a");
    onnx_op(&m, "Neg", "a > b");
    onnx_op(&m, "Neg", "b > y");
    finish(&m, BDC_E_INVALID, "cycle", "");
    m = one_node("2", "Add", "x > y");
    finish(&m, BDC_E_INVALID, "Add", "inputs");
    m = one_node("2", "Add", "x - > y");
    finish(&m, BDC_E_INVALID, "Add", "input 1 is missing");
    m = one_node("2", "MaxPool", "x > y z w");
    finish(&m, BDC_E_UNSUPPORTED, "MaxPool", "output 2");
}

static void test_operators(void)
{
    onnx m = one_node("2", "Loop", "x > y");
    finish(&m, BDC_E_UNSUPPORTED, "Loop", "");
    m = one_node("2", "Mine", "x > y");
    proto_text(&m.node, 7, "my.domain");
    finish(&m, BDC_E_UNSUPPORTED, "Mine", "my.domain");
    m = one_node("2", "Relu", "x > y");
    onnx_int(&m, "surprise", 1);
    finish(&m, BDC_E_UNSUPPORTED, "surprise", "Relu");
    m = one_node("2", "LeakyRelu", "x > y");
    onnx_int(&m, "alpha", 1);
    finish(&m, BDC_E_INVALID, "alpha", "LeakyRelu");
    m = one_node("2", "LeakyRelu", "x > y");
    onnx_float(&m, "alpha", NAN);
    finish(&m, BDC_E_INVALID, "alpha", "finite");
    m = one_node("2", "LeakyRelu", "x > y");
    onnx_float(&m, "alpha", 1);
    onnx_float(&m, "alpha", 2);
    finish(&m, BDC_E_INVALID, "alpha", "twice");
    m = one_node("2 3", "Softmax", "x > y");
    onnx_int(&m, "axis", 2);
    finish(&m, BDC_E_INVALID, "axis", "Softmax");
    m = one_node("1 1 4 4", "MaxPool", "x > y");
    onnx_ints(&m, "kernel_shape", 2, 2, 2);
    onnx_text(&m, "auto_pad", "SOMEHOW");
    finish(&m, BDC_E_UNSUPPORTED, "auto_pad", "SOMEHOW");
    for (int64_t opset = 22; opset < 1000000; opset *= 100) {
        m = one_node("2", "Relu", "x > y");
        m.opset = opset;
        finish(&m, BDC_E_UNSUPPORTED, "opset", "21");
    }
}

/* ---- Shapes ----------------------------------------------------------------------------------------------------- */

static void test_shapes(void)
{
    onnx m = one_node(NULL, "Relu", "x > y");
    finish(&m, BDC_E_UNSUPPORTED, "'x'", "shape");
    m = one_node("1 height", "Relu", "x > y");
    finish(&m, BDC_E_UNSUPPORTED, "'x'", "height");
    m = one_node("1 -5", "Relu", "x > y");
    finish(&m, BDC_E_UNSUPPORTED, "'x'", "not fixed");
    m = one_node("1 4294967296", "Relu", "x > y");
    finish(&m, BDC_E_LIMIT, "'x'", "");
    m = one_node("65536 65536 65536 65536", "Relu", "x > y"); /* the product is 2^64 */
    finish(&m, BDC_E_LIMIT, "'x'", "elements");
    m = one_node("0 65536 65536 65536 65536", "Relu", "x > y");
    finish(&m, BDC_E_LIMIT, "'x'", "elements");
    m = one_node("1 1 1 1 1 1 1 1 1", "Relu", "x > y");
    finish(&m, BDC_E_LIMIT, "'x'", "dimensions");
    m = with_input("4");
    onnx_typed_input(&m, "s", 8, "1");
    onnx_op(&m, "Relu", "x > y");
    finish(&m, BDC_E_UNSUPPORTED, "'s'", "string");
    m = with_input("4");
    onnx_shape(&m, "s", 2, 3, 3);
    onnx_op(&m, "Reshape", "x s > y");
    finish(&m, BDC_E_INVALID, "Reshape", "number of elements");
    m = with_input("4");
    onnx_shape(&m, "s", 3, 1 << 30, 1 << 30, 16);
    onnx_op(&m, "Reshape", "x s > y");
    finish(&m, BDC_E_INVALID, "Reshape", "");
    m = with_input("4");
    onnx_shape(&m, "s", 3, 1 << 20, 1 << 20, 1 << 24);
    onnx_op(&m, "Expand", "x s > y");
    finish(&m, BDC_E_INVALID, "Expand", "");
    m = with_input("4 1");
    onnx_shape(&m, "s", 2, 1 << 20, 1 << 20);
    onnx_op(&m, "Tile", "x s > y");
    finish(&m, BDC_E_LIMIT, "", "elements");
    m = with_input("1 2 4 4");
    onnx_shape(&m, "p", 8, 0, 0, 1 << 27, 1 << 27, 0, 0, 0, 0);
    onnx_op(&m, "Pad", "x p > y");
    finish(&m, BDC_E_LIMIT, "", "elements");
}

/* ---- Constants -------------------------------------------------------------------------------------------------- */

static onnx add_of(onnx m)
{
    onnx_op(&m, "Add", "x k > y");
    return m;
}

static void constant(onnx *m, proto *t)
{
    proto_text(t, 8, "k");
    proto_message(&m->graph, 5, t);
}

static void test_constants(void)
{
    onnx m = with_input("2");
    proto t = {0}, entry = {0};
    onnx_raw(&m, "k", FLOATS, "1234567", 7, 1, 2);
    m = add_of(m);
    finish(&m, BDC_E_INVALID, "'k'", "bytes");
    m = with_input("2");
    proto_int(&t, 1, 2);
    proto_int(&t, 2, FLOATS);
    proto_float(&t, 4, 1);
    constant(&m, &t);
    m = add_of(m);
    finish(&m, BDC_E_INVALID, "'k'", "elements");
    m = with_input("2");
    proto_int(&t, 1, 2);
    proto_int(&t, 2, FLOATS);
    proto_text(&entry, 1, "location");
    proto_text(&entry, 2, "/etc/passwd");
    proto_message(&t, 13, &entry);
    proto_int(&t, 14, 1);
    constant(&m, &t);
    m = add_of(m);
    finish(&m, BDC_E_UNSUPPORTED, "'k'", "external");
    m = with_input("2");
    proto_int(&t, 1, 1);
    proto_int(&t, 2, INT8);
    proto_int(&t, 5, 300);
    constant(&m, &t);
    m = add_of(m);
    finish(&m, BDC_E_INVALID, "'k'", "int8");
    m = with_input("2");
    for (int i = 0; i < 4; i++)
        proto_int(&t, 1, 1 << 30);
    proto_int(&t, 2, FLOATS);
    constant(&m, &t);
    m = add_of(m);
    finish(&m, BDC_E_LIMIT, "'k'", "elements");
    m = with_input("2");
    proto_int(&t, 1, 1);
    proto_int(&t, 2, 16);
    constant(&m, &t);
    m = add_of(m);
    finish(&m, BDC_E_UNSUPPORTED, "'k'", "bfloat16");
    m = with_input("2");
    for (int i = 0; i < 9; i++)
        proto_int(&t, 1, 1);
    proto_int(&t, 2, FLOATS);
    constant(&m, &t);
    m = add_of(m);
    finish(&m, BDC_E_LIMIT, "'k'", "dimensions");
    m = with_input("2");
    onnx_raw(&m, "k", 9, "\1\2", 2, 1, 2);
    onnx_op(&m, "Not", "k > y");
    finish(&m, BDC_E_INVALID, "'k'", "bool");
    m = with_input("2");
    proto_int(&t, 1, 1);
    constant(&m, &t);
    onnx_end_node(&m);
    proto_text(&t, 1, "sparse");
    proto_message(&m.graph, 15, &t);
    m = add_of(m);
    finish(&m, BDC_E_UNSUPPORTED, "Sparse", "");
}

static void test_scales(void)
{
    static const float scales[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        for (int inverse = 0; inverse < 2; inverse++) {
            onnx m = {0};
            onnx_typed_input(&m, "x", inverse ? UINT8 : FLOATS, "2");
            onnx_raw(&m, "s", FLOATS, &scales[i], 4, 0);
            onnx_op(&m, inverse ? "DequantizeLinear" : "QuantizeLinear", "x s > y");
            finish(&m, BDC_E_INVALID, "'s'", "scale");
        }
}

/* ---- Size ------------------------------------------------------------------------------------------------------- */

/* count nodes, the last one first: each needs the next in the file. */
static onnx chain(uint32_t count, const char *type, int cycle)
{
    onnx m = with_input("1");
    for (uint32_t i = count; i-- > 0;) {
        char names[64];
        snprintf(names, sizeof names, i ? "t%u > t%u" : cycle ? "t%u > t%u" : "x > t1", i ? i : count, i + 1);
        onnx_op(&m, type, names);
    }
    char last[16];
    snprintf(last, sizeof last, "t%u", count);
    onnx_output(&m, last);
    return m;
}

static void test_long(void)
{
    bdc_error error;
    onnx m = chain(60000, "Relu", 0);
    CHECK(import(&m, &error) == BDC_OK);
    m = chain(60000, "Relu", 1);
    refused(&m, BDC_E_INVALID, "cycle", "Relu");
    m = chain(1000000, "Relu", 0);
    refused(&m, BDC_E_LIMIT, "65536", "nodes");
    m = with_input("1"); /* a million links */
    onnx_op(&m, "Sum", "x > y");
    for (int i = 0; i < 1000000; i++)
        proto_text(&m.node, 1, "x");
    finish(&m, BDC_E_LIMIT, "Sum", "inputs");
    m = with_input("1");
    onnx_op(&m, "Relu", "x > y");
    for (int i = 0; i < 1000; i++)
        onnx_int(&m, "a", i);
    finish(&m, BDC_E_LIMIT, "Relu", "attributes");
}

/* Constants that grow when they are computed: what is too much stays an operator, or memory ends; never time. */
static void test_folding(void)
{
    bdc_error error;
    onnx m = with_input("1");
    onnx_shape(&m, "s", 1, 1 << 24);
    onnx_op(&m, "ConstantOfShape", "s > t0");
    for (int i = 0; i < 200; i++) {
        char names[64];
        snprintf(names, sizeof names, "t%d t%d > t%d", i, i, i + 1);
        onnx_op(&m, "Add", names);
    }
    onnx_op(&m, "Add", "t200 x > y");
    onnx_output(&m, "y");
    const bdc_status status = import(&m, &error);
    CHECK(status == BDC_OK || status == BDC_E_MEMORY);
    m = with_input("1");
    onnx_shape(&m, "s", 2, 4096, 4096);
    onnx_op(&m, "ConstantOfShape", "s > a");
    onnx_op(&m, "MatMul", "a a > b"); /* 2^36 multiply-adds */
    onnx_op(&m, "Add", "b x > y");
    onnx_output(&m, "y");
    CHECK(import(&m, &error) == BDC_OK);
    m = with_input("1");
    onnx_shape(&m, "s", 1, 1 << 26);
    onnx_op(&m, "ConstantOfShape", "s > a"); /* too large to be made beforehand, so no constant */
    onnx_op(&m, "Reshape", "x a > y");
    onnx_output(&m, "y");
    refused(&m, BDC_E_UNSUPPORTED, "Reshape", "must be a constant");
    const int64_t ends[3] = {0, INT64_MAX, 1};
    m = with_input("1");
    onnx_raw(&m, "a", INT64, &ends[0], 8, 0);
    onnx_raw(&m, "b", INT64, &ends[1], 8, 0);
    onnx_raw(&m, "c", INT64, &ends[2], 8, 0);
    onnx_op(&m, "Range", "a b c > r");
    onnx_op(&m, "Add", "x r > y");
    finish(&m, BDC_E_INVALID, "Range", "");
}

int main(void)
{
    test_graphs();
    test_operators();
    test_shapes();
    test_constants();
    test_scales();
    test_long();
    test_folding();
    return check_done();
}
