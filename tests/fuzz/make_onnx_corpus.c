/* Writes seeds of the ONNX importer's fuzzer: small networks of operators that make_onnx_corpus.py's do not have.
 *     make_onnx_corpus tests/fuzz/corpus/onnx
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "unit/test_compiler_onnx.h"

enum { FLOATS = 1, UINT8 = 2, INT8 = 3, INT32 = 6, INT64 = 7, BOOLS = 9 };

static const char *folder;
static int failures;

/* Writes the model with output y and frees it; its own first byte chooses the fuzzer's options. */
static void save(const char *name, onnx *m)
{
    char path[1024];
    onnx_output(m, "y");
    proto model = onnx_finish(m);
    snprintf(path, sizeof path, "%s/%s.onnx", folder, name);
    FILE *to = fopen(path, "wb");
    failures += !to || fwrite(model.data, 1, model.n, to) != model.n;
    failures += !to || fclose(to) != 0;
    free(model.data);
}

static onnx begin(const char *dims, int64_t opset)
{
    onnx m = {.opset = opset};
    onnx_typed_input(&m, "x", FLOATS, dims);
    return m;
}

static void number(onnx *m, const char *name, float value)
{
    onnx_raw(m, name, FLOATS, &value, sizeof value, 0);
}

static void recurrent(const char *name, const char *type, int gates)
{
    onnx m = begin("3 2 4", 14);
    onnx_constant(&m, "w", NULL, 3, 2, gates * 3, 4);
    onnx_constant(&m, "r", NULL, 3, 2, gates * 3, 3);
    onnx_op(&m, type, "x w r > y h");
    onnx_int(&m, "hidden_size", 3);
    onnx_text(&m, "direction", "bidirectional");
    onnx_float(&m, "clip", 2);
    save(name, &m);
}

static void moves(void)
{
    onnx m = begin("1 4 6", 18);
    onnx_shape(&m, "starts", 2, 1, -1);
    onnx_shape(&m, "ends", 2, 3, -100);
    onnx_shape(&m, "axes", 2, 1, 2);
    onnx_shape(&m, "steps", 2, 1, -2);
    onnx_shape(&m, "pads", 2, 1, 2);
    onnx_shape(&m, "last", 1, 2);
    onnx_shape(&m, "wide", 3, 2, 2, 6);
    onnx_shape(&m, "repeats", 3, 1, 2, 1);
    onnx_shape(&m, "sizes", 2, 1, 5);
    onnx_op(&m, "Slice", "x starts ends axes steps > a");
    onnx_op(&m, "Pad", "a pads - last > b");
    onnx_text(&m, "mode", "reflect");
    onnx_op(&m, "Expand", "b wide > c");
    onnx_op(&m, "Tile", "c repeats > d");
    onnx_op(&m, "Split", "d sizes > e f");
    onnx_int(&m, "axis", 2);
    onnx_op(&m, "Transpose", "f > g");
    onnx_ints(&m, "perm", 3, 2, 0, 1);
    onnx_op(&m, "Concat", "g g > y");
    onnx_int(&m, "axis", -1);
    save("moves", &m);
}

static void gathers(void)
{
    onnx m = begin("3 4", 16);
    const int64_t rows[2] = {2, -1}, each[4] = {0, 1, 2, 0}, pairs[4] = {0, 1, 2, 3};
    onnx_raw(&m, "rows", INT64, rows, sizeof rows, 1, 2);
    onnx_raw(&m, "each", INT64, each, sizeof each, 2, 1, 4);
    onnx_raw(&m, "pairs", INT64, pairs, sizeof pairs, 2, 2, 2);
    onnx_shape(&m, "k", 1, 2);
    onnx_op(&m, "Gather", "x rows > a");
    onnx_op(&m, "GatherElements", "x each > b");
    onnx_op(&m, "GatherND", "x pairs > c");
    onnx_op(&m, "ScatterND", "x pairs c > d");
    onnx_text(&m, "reduction", "add");
    onnx_op(&m, "ScatterElements", "d each b > e");
    onnx_op(&m, "TopK", "e k > f i");
    onnx_op(&m, "Trilu", "x > t");
    onnx_op(&m, "Cast", "i > j");
    onnx_int(&m, "to", FLOATS);
    onnx_op(&m, "Concat", "f t j > y");
    onnx_int(&m, "axis", 1);
    save("gathers", &m);
}

static void quantised(void)
{
    onnx m = begin("1 2 4 4", 13);
    const int8_t w[12] = {1, -2, 3, 4, -5, 6, 7, 8, -9, 10, 11, 12}, none[3] = {0};
    const float scales[3] = {0.02f, 0.01f, 0.5f};
    const int32_t bias[3] = {10, -20, 30};
    const uint8_t zero = 128;
    number(&m, "s", 0.05f);
    onnx_raw(&m, "z", UINT8, &zero, 1, 0);
    onnx_raw(&m, "w", INT8, w, 6, 4, 3, 2, 1, 1);
    onnx_raw(&m, "ws", FLOATS, scales, sizeof scales, 1, 3);
    onnx_raw(&m, "wz", INT8, none, sizeof none, 1, 3);
    onnx_raw(&m, "b", INT32, bias, sizeof bias, 1, 3);
    onnx_op(&m, "QuantizeLinear", "x s z > q");
    onnx_op(&m, "QLinearConv", "q s z w ws wz s z b > c");
    onnx_op(&m, "QLinearAdd", "c s z c s z s z > a");
    proto_text(&m.node, 7, "com.microsoft");
    onnx_op(&m, "DequantizeLinear", "a s z > y");
    save("quantised", &m);
}

static void resizes(void)
{
    onnx m = begin("1 1 4 4", 13);
    const float scales[4] = {1, 1, 2, 1.5f};
    onnx_raw(&m, "scales", FLOATS, scales, sizeof scales, 1, 4);
    onnx_shape(&m, "sizes", 4, 1, 1, 5, 3);
    onnx_op(&m, "Resize", "x - scales > a");
    onnx_text(&m, "mode", "cubic");
    onnx_op(&m, "Resize", "a - - sizes > y");
    onnx_text(&m, "mode", "linear");
    onnx_text(&m, "coordinate_transformation_mode", "align_corners");
    save("resizes", &m);
}

static void normalisations(void)
{
    onnx m = begin("1 4 3 3", 18);
    onnx_constant(&m, "g", NULL, 1, 4);
    onnx_constant(&m, "h", NULL, 1, 2);
    onnx_constant(&m, "l", NULL, 1, 3);
    onnx_op(&m, "InstanceNormalization", "x g g > a");
    onnx_op(&m, "GroupNormalization", "a h h > b");
    onnx_int(&m, "num_groups", 2);
    onnx_op(&m, "LayerNormalization", "b l l > c");
    onnx_op(&m, "LRN", "c > d");
    onnx_int(&m, "size", 3);
    onnx_op(&m, "MeanVarianceNormalization", "d > e");
    onnx_op(&m, "LogSoftmax", "e > y");
    onnx_int(&m, "axis", 1);
    save("normalisations", &m);
}

static void matrices(void)
{
    onnx m = begin("2 3 4", 13);
    onnx_constant(&m, "w", NULL, 3, 1, 4, 5);
    onnx_shape(&m, "axes", 1, 1);
    onnx_op(&m, "MatMul", "x w > a");
    onnx_op(&m, "Einsum", "x a > b");
    onnx_text(&m, "equation", "bij,bik->bjk");
    onnx_op(&m, "ReduceLogSumExp", "b > c");
    onnx_ints(&m, "axes", 1, 2);
    onnx_op(&m, "ReduceSum", "c axes > d");
    onnx_op(&m, "ArgMax", "b > e");
    onnx_op(&m, "Cast", "e > f");
    onnx_int(&m, "to", FLOATS);
    onnx_op(&m, "Add", "d f > y");
    save("matrices", &m);
}

static void windows(void)
{
    onnx m = begin("1 2 5 5", 12);
    onnx_constant(&m, "w", NULL, 4, 2, 2, 3, 3);
    onnx_op(&m, "ConvTranspose", "x w > a");
    onnx_ints(&m, "strides", 2, 2, 2);
    onnx_ints(&m, "output_padding", 2, 1, 1);
    onnx_op(&m, "MaxPool", "a > b i");
    onnx_ints(&m, "kernel_shape", 2, 3, 2);
    onnx_ints(&m, "dilations", 2, 2, 1);
    onnx_int(&m, "ceil_mode", 1);
    onnx_op(&m, "LpPool", "b > c");
    onnx_ints(&m, "kernel_shape", 2, 2, 2);
    onnx_op(&m, "DepthToSpace", "x > d");
    onnx_int(&m, "blocksize", 1);
    onnx_op(&m, "GlobalMaxPool", "d > e");
    onnx_op(&m, "Add", "c e > y");
    save("windows", &m);
}

static void elements(void)
{
    onnx m = begin("2 3", 18);
    number(&m, "k", 0.3f);
    onnx_op(&m, "Gelu", "x > a");
    onnx_op(&m, "PRelu", "a k > b");
    onnx_op(&m, "Erf", "b > c");
    onnx_op(&m, "Pow", "c k > d");
    onnx_op(&m, "Less", "x k > e");
    onnx_op(&m, "Where", "e x d > f");
    onnx_op(&m, "Mod", "f k > g");
    onnx_int(&m, "fmod", 1);
    onnx_op(&m, "Max", "f g x > h");
    onnx_op(&m, "Selu", "h > i");
    onnx_op(&m, "Sin", "i > y");
    save("elements", &m);
}

/* A shape that follows from x's own, and a loss. */
static void folding(void)
{
    onnx m = begin("batch 3 4", 13);
    const int64_t zero[1] = {0};
    onnx_raw(&m, "zero", INT64, zero, sizeof zero, 1, 1);
    onnx_op(&m, "Shape", "x > s");
    onnx_op(&m, "Gather", "s zero > n");
    onnx_op(&m, "Constant", "> open");
    onnx_ints(&m, "value_ints", 1, -1);
    onnx_op(&m, "Concat", "n open > t");
    onnx_int(&m, "axis", 0);
    onnx_op(&m, "Reshape", "x t > r");
    onnx_op(&m, "ConstantOfShape", "n > labels");
    onnx_op(&m, "Cast", "labels > classes");
    onnx_int(&m, "to", INT64);
    onnx_op(&m, "SoftmaxCrossEntropyLoss", "r classes > y p");
    onnx_text(&m, "reduction", "sum");
    save("folding", &m);
}

static void old(void)
{
    onnx m = begin("1 2 3 3", 6);
    onnx_constant(&m, "b", NULL, 1, 2);
    onnx_op(&m, "Mul", "x b > a");
    onnx_int(&m, "broadcast", 1);
    onnx_int(&m, "axis", 1);
    onnx_op(&m, "Softmax", "a > c");
    onnx_op(&m, "Slice", "c > d");
    onnx_ints(&m, "starts", 1, 1);
    onnx_ints(&m, "ends", 1, 9);
    onnx_ints(&m, "axes", 1, 3);
    onnx_op(&m, "Clip", "d > y");
    onnx_float(&m, "max", 0.5f);
    save("old", &m);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_onnx_corpus FOLDER\n");
        return 1;
    }
    folder = argv[1];
    recurrent("lstm", "LSTM", 4);
    recurrent("gru", "GRU", 3);
    recurrent("rnn", "RNN", 1);
    moves();
    gathers();
    quantised();
    resizes();
    normalisations();
    matrices();
    windows();
    elements();
    folding();
    old();
    return failures != 0;
}
