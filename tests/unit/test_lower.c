/* Every operator in several layouts and random sizes: the layers that lowering makes compute what the network as imported does.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "check.h"
#include "onnx_text.h"

enum { MOST = 1 << 16 };

static float in[2][MOST], before[4][MOST], after[4][MOST];

static size_t count_of(const bdc_value *v)
{
    size_t n = 1;
    for (uint32_t i = 0; i < v->rank; i++)
        n *= v->dims[i];
    return n;
}

/* Imports, runs, optimises, runs again. relative: to the largest result. */
static void compare(const char *text, const int *sizes, uint32_t seed, double relative, double absolute)
{
    onnx m = {.opset = 17};
    onnx_text_model(&m, text, sizes, seed);
    proto model = onnx_finish(&m);
    bdc_error error = {0};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    const float *inputs[2] = {in[0], in[1]};
    float *first[4] = {before[0], before[1], before[2], before[3]},
          *second[4] = {after[0], after[1], after[2], after[3]};
    size_t counts[4] = {0};
    bdc_status status = bdc_create(&c, NULL, &error);
    bdc_check_passes(c, 1);
    if (status == BDC_OK)
        status = bdc_import_onnx_with(c, model.data, model.n, NULL, &g);
    for (uint32_t i = 0; status == BDC_OK && i < bdc_input_count(g); i++) {
        bdc_value v;
        bdc_input_info(g, i, &v);
        if (count_of(&v) > MOST)
            abort();
        random_floats(in[i], count_of(&v), seed + i);
    }
    for (uint32_t i = 0; status == BDC_OK && i < bdc_output_count(g); i++) {
        bdc_value v;
        bdc_output_info(g, i, &v);
        counts[i] = count_of(&v);
        if (counts[i] > MOST)
            abort();
    }
    if (status == BDC_OK)
        status = bdc_run_float(g, inputs, first);
    if (status == BDC_OK)
        status = bdc_optimise(g, 1);
    if (status == BDC_OK)
        status = bdc_run_float(g, inputs, second);
    if (!CHECK(status == BDC_OK))
        fprintf(stderr, "  %s: %s\n", text, error.text);
    for (uint32_t i = 0; status == BDC_OK && i < bdc_output_count(g); i++) {
        double largest = 1e-6, worst = 0;
        for (size_t k = 0; k < counts[i]; k++) {
            largest = fmax(largest, fabs((double)before[i][k]));
            worst = fmax(worst, fabs((double)before[i][k] - (double)after[i][k]));
            if (before[i][k] != before[i][k] || after[i][k] != after[i][k])
                worst = INFINITY;
        }
        if (!CHECK(worst <= relative * largest + absolute))
            fprintf(stderr, "  %s: output %u, %g of %g, seed %u\n", text, i, worst, largest, seed);
    }
    bdc_destroy(c);
    free(model.data);
}

static const char *const models[] = {
    /* convolutions */
    "in x 1 c h w; const k 7 c 3 3; const b 7; Conv x k b > y pads=[1,1,1,1]; out y",
    "in x 1 c h w; const k 5 c 3 2; Conv x k > y pads=[0,1,2,0] strides=[2,1] dilations=[1,2]; out y",
    "in x 1 2*c h w; const k 2*c 1 3 3; Conv x k > y pads=[1,1,1,1] group=8; Relu y > z; out z",
    "in x 1 c l; const k 6 c 3; const b 6; Conv x k b > y pads=[1,1]; Relu y > z; out z",
    "in x n c l; const k 6 c 3; Conv x k > y strides=[2]; out y",
    "in x 1 c h w; const k c 5 3 3; const b 5; ConvTranspose x k b > y strides=[2,2] pads=[1,1,1,1] "
    "output_padding=[1,1]; out y",
    "in x 1 c h w; const k c 5 2 2; ConvTranspose x k > y strides=[2,2]; out y",
    "in x 1 c h w; const k c 3 3 4; ConvTranspose x k > y strides=[3,1] pads=[2,1,0,0] dilations=[1,2]; out y",
    "in x 1 2*c h w; const k 8 3 3 3; const b 6; ConvTranspose x k b > y group=2 strides=[2,2] pads=[1,0,1,0]; out y",
    "in x 1 c l; const k c 5 4; ConvTranspose x k > y strides=[2] pads=[1,1]; out y",
    "in x 1 c h w; const k c 5 2 2; ConvTranspose x k > y; Relu y > z; out z",
    /* matrices */
    "in x 1 d; const k d 9; MatMul x k > y; out y",
    "in x 1 s d; const k d 9; MatMul x k > y; const b 9; Add y b > z; out z",
    "in x 3 d; const k 9 d; const b 9; Gemm x k b > y transB=1; out y",
    "in x 3 d; const k d 9; const b 3 9; Gemm x k b > y alpha=0.5 beta=2.0; out y",
    "in x d 3; const k d 9; Gemm x k > y transA=1; out y",
    "in x 1 c h w; Flatten x > f; const k 420 6; Gemm f k > y; out y",
    "in x 1 c h w; const q 7 c 1 1; Conv x q > t; Flatten t > f; const k 735 6; MatMul f k > y; out y",
    "in a 2 3 s d; in b 2 3 d 4; MatMul a b > y; out y",
    "in a 1 3 s d; in b 3 s d; Transpose b > t perm=[0,2,1]; MatMul a t > y; out y",
    "in x 1 s d; const k 6 s; MatMul k x > y; out y",
    "in x 1 s d; const k 1 6 s; MatMul k x > y; out y",
    "in x d; const k d 4; MatMul x k > y; out y",
    "in x s d; const k d; MatMul x k > y; out y",
    "in a 2 3 s d; in b 2 3 4 d; Einsum a b > y equation='bhid,bhjd->bhij'; out y",
    "in a 2 s 3 d; in b 2 4 3 d; Einsum a b > y equation='bihd,bjhd->bhij'; out y",
    "in a 1 s d; const k d 3 4; Einsum a k > y equation='bsd,dhe->bhse'; out y",
    "in a s d; in b d; Einsum a b > y equation='ij,j->ij'; Einsum a > z equation='ij->j'; out y; out z",
    "in a s d; in b d 4; Einsum a b > y equation='ij,jk'; out y",
    /* arithmetic */
    "in x 1 c h w; const k c 1 1; Add x k > y; Mul y k > z; Sub z k > u; out u",
    "in x 1 c h w; const k 1 w; Mul x k > y; out y",
    "in x 1 c h w; const k h w; Add x k > y; out y",
    "in x 1 c h w; const k c h w; Add x k > y; const q 5 c 1 1; Conv y q > z; out z",
    "in x 1 c h w; scalar k 0.5; Sub k x > y; Div y k > z; Max z k > u; out u",
    "in x 1 c h w; const q 1 1 c h w; Mul x q > y; out y",
    "in a 1 c h w; in b 1 c h w; Sub a b > y; Mul y a > z; Min z b > u; Max u a > v; out v",
    "in a 1 c h w; in b 1 c 1 1; Sub b a > y; Mul y b > z; out z",
    "in a 1 c h w; in b 1 1 h w; Mul a b > y; out y",
    "in a 1 c h w; in b w; Sub a b > y; Sub b y > z; out z",
    "in a 1 c 1 w; in b 1 c h 1; Add a b > y; out y",
    "in a 1 s d; in b 1 s 1; Sub a b > y; out y",
    "in a 1 c h w; in b 1 c h w; Exp b > e; Div a e > y; out y",
    "in a 1 s d; pos k 1 s 1; Div a k > y; Div k y > z; Clip z lo hi > u; scalar lo -3.0; scalar hi 3.0; out u",
    "in x 1 c h w; scalar k 2.0; Pow x k > y; Sqrt y > z; out z",
    "in x 1 c h w; scalar k 2.0; Pow k x > y; out y",
    "in a 1 c h w; in b 1 c h w; Sum a b a > y; Mean y b > z; out z",
    "in x 1 c h w; const k c 1 1; PRelu x k > y; scalar s 0.2; PRelu y s > z; out z",
    "in a 1 c h w; in b 1 c 1 1; PRelu a b > z; out z",
    "in x 1 c h w; const k c 1 1; Min x k > y; out y",
    /* functions */
    "in x 1 c h w; LeakyRelu x > a; Elu a > b; Sigmoid b > e; Tanh e > f; HardSigmoid f > y; out y",
    "in x 1 c h w; HardSwish x > a; Neg a > b; Abs b > e; Exp e > f; Log f > y; out y",
    "in x 1 c h w; Erf x > a; Softplus a > b; Softsign b > e; Selu e > f; Celu f > y; out y",
    "in x 1 c h w; Sigmoid x > s; Mul x s > y; out y",
    "in x 1 c h w; scalar r 0.7071; Mul x r > a; Erf a > b; scalar one 1.0; Add b one > e; Mul x e > f; scalar half "
    "0.5; Mul f half > y; out y",
    "in x 1 c h w; Sin x > a; Cos a > b; Tan b > e; Floor e > f; Ceil f > g; Round g > i; Sign i > y; out y",
    /* pools and reductions */
    "in x 1 c h w; MaxPool x > y kernel_shape=[3,2] strides=[2,1] pads=[1,0,1,1]; out y",
    "in x 1 c h w; AveragePool x > y kernel_shape=[3,3] pads=[1,1,1,1] count_include_pad=1; out y",
    "in x 1 c h w; AveragePool x > y kernel_shape=[2,3] strides=[2,2] ceil_mode=1; out y",
    "in x 1 c l; MaxPool x > y kernel_shape=[3] strides=[2]; out y",
    "in x 1 c h w; GlobalAveragePool x > y; GlobalMaxPool x > z; Add y z > u; out u",
    "in x 1 c h w; ReduceMean x > y axes=[2,3] keepdims=0; out y",
    "in x 1 c h w; ReduceMean x > y axes=[1]; ReduceMax x > z axes=[3] keepdims=0; out y; out z",
    "in x 1 c h w; ReduceMax x > y axes=[1,3] keepdims=0; ReduceMin x > z axes=[2]; out y; out z",
    "in x 1 c h w; ints k 1 2; ReduceSum x k > y; ReduceL2 x > z axes=[1]; ReduceL1 x > u axes=[2,3]; out y; out z; "
    "out u",
    "in x 1 s d; ReduceMean x > y axes=[1] keepdims=0; ReduceLogSumExp x > z axes=[2]; ReduceSumSquare x > u; out y; "
    "out z; out u",
    "in x 1 c h w; const q 5 c 1 1; Conv x q > t; ReduceMean t > y axes=[1]; ReduceMean t > z axes=[2]; ReduceMean t > "
    "u axes=[3]; out y; out z; out u",
    /* normalisations */
    "in x 1 c h w; pos s c; const b c; const m c; pos v c; BatchNormalization x s b m v > y; out y",
    "in x 1 c h w; pos s c; const b c; InstanceNormalization x s b > y; out y",
    "in x 1 2*c h w; pos s 2; const b 2; ints p 0 2 -1; Reshape x p > r; InstanceNormalization r s b > i; Shape x > q; "
    "Reshape i q > y; out y",
    "in x 1 2*c h w; const k 8 2*c 1 1; Conv x k > t; pos s 4; const b 4; ints p 0 4 -1; Reshape t p > r; "
    "InstanceNormalization r s b > i; Shape t > q; Reshape i q > y; Conv y e > z; const e 3 8 1 1; out z",
    "in x 1 s d; pos g d; const b d; LayerNormalization x g b > y; out y",
    "in x 1 c h w; pos g c h w; LayerNormalization x g > y axis=1; out y",
    "in x 1 c h w; LRN x > y size=3; LRN x > z size=4 alpha=0.01 beta=0.5 bias=2.0; out y; out z",
    "in x 1 c h w; Softmax x > y axis=1; Softmax x > z axis=3; LogSoftmax x > u axis=2; out y; out z; out u",
    "in x 1 d; Softmax x > y; out y",
    "in x 1 c h w; LpNormalization x > y axis=1 p=2; LpNormalization x > z axis=2 p=1; out y; out z",
    "in x 1 c h w; MeanVarianceNormalization x > y; out y",
    "in x 1 s d; ReduceMean x > m axes=[-1]; Sub x m > e; scalar two 2.0; Pow e two > q; ReduceMean q > v axes=[-1]; "
    "scalar eps 0.00001; Add v eps > a; Sqrt a > r; Div e r > n; pos g d; const b d; Mul n g > p; Add p b > y; out y",
    "in x 1 s d; ReduceMean x > m axes=[-1]; Sub x m > e; Mul e e > q; ReduceMean q > v axes=[-1]; scalar eps 0.00001; "
    "Add v eps > a; Sqrt a > r; Div e r > y; out y",
    "in x 1 c h w; ReduceMean x > m axes=[1]; Sub x m > e; scalar two 2.0; Pow e two > q; ReduceMean q > v axes=[1]; "
    "scalar eps 0.00001; Add v eps > a; Sqrt a > r; Div e r > n; pos g c 1 1; const b 1 c 1 1; Mul g n > p; Add p b > "
    "y; const k 3 c 1 1; Conv y k > z; out z",
    /* moves */
    "in x 1 c h w; Transpose x > y perm=[0,2,3,1]; out y",
    "in x 1 c h w; Transpose x > a perm=[0,2,3,1]; Relu a > b; Transpose b > e perm=[0,3,1,2]; const k 4 c 1 1; Conv e "
    "k > y; out y",
    "in x 1 c h w; Transpose x > y perm=[3,1,0,2]; out y",
    "in x 1 2*c h w; ints p 1 2 4 h w; Reshape x p > a; Transpose a > b perm=[0,2,1,3,4]; ints q 1 8 h w; Reshape b q "
    "> e; const k 5 8 1 1; Conv e k > y; out y",
    "in x 1 c h w; ints p 1 -1 w; Reshape x p > y; Relu y > z; out z",
    "in a 1 c h w; in b 1 3 h w; Concat a b a > y axis=1; out y",
    "in a 1 c h w; in b 1 c 3 w; const k 4 c 1 1; Conv a k > p; Conv b k > q; Concat p q > y axis=2; out y",
    "in a 1 s d; in b 1 s d; Concat a b > y axis=1; Concat a b > z axis=2; Concat a b > u axis=0; out y; out z; out u",
    "in x 1 s d; const t 1 1 d; Concat t x > y axis=1; out y",
    "in x 1 2*c h w; Split x > a b axis=1; Sigmoid a > e; Mul e b > y; out y",
    "in x 1 c h w; ints p 1 2; ints q 100 -1; ints a 2 3; ints s 2 1; Slice x p q a s > y; out y",
    "in x 1 c h w; ints p -1; ints q -100; ints a 3; ints s -1; Slice x p q a s > y; Relu y > z; out z",
    "in x 1 c h w; ints p 0 0 1 2 0 0 0 1; Pad x p > y; out y",
    "in x 1 c h w; ints p 0 2 0 0 0 1 0 3; scalar v 0.5; Pad x p v > y; out y",
    "in x 1 c h w; ints p 0 0 1 2 0 0 2 1; Pad x p > y mode='reflect'; Pad x p > z mode='edge'; out y; out z",
    "in x 1 c h w; ints p 0 0 -1 0 0 0 0 -1; Pad x p > y; out y",
    "in x 1 c 1 1; ints p 1 c h w; Expand x p > y; Relu y > z; out z",
    "in x 1 c h w; ints p 1 2 1 3; Tile x p > y; out y",
    "in x 2 c h w; ints p 3 2 2 2; Tile x p > y; out y",
    "in x 1 c h w; ints p 1 2 2 1 h w; Reshape x p > a; Transpose a > b perm=[5,2,4,0,3,1]; Relu b > y; out y",
    "in x 1 c h w; ints k 0 2 1 1; Gather x k > y axis=2; out y",
    "in x 1 c h w; scalar k 0.0; Cast k > i to=7; Gather x i > y axis=1; out y",
    "in x 1 s d; ints p 1 s 2 -1; Reshape x p > r; Transpose r > t perm=[0,2,1,3]; Transpose r > u perm=[0,2,3,1]; "
    "MatMul t u > a; scalar k 0.3; Mul a k > q; Softmax q > w axis=-1; MatMul w t > v; Transpose v > o perm=[0,2,1,3]; "
    "ints z 1 s d; Reshape o z > y; out y",
    /* resizing */
    "in x 1 c h w; scalar n 0.0; const e 0; ints p 1 c 2*h 3*w; Resize x - - p > y mode='nearest' "
    "coordinate_transformation_mode='asymmetric' nearest_mode='floor'; const k 4 c 1 1; Conv y k > z; out z",
    "in x 1 c h w; ints p 1 c 2*h 2*w; Resize x - - p > y mode='linear'; out y",
    "in x 1 c h w; ints p 1 c 7 13; Resize x - - p > y mode='linear' coordinate_transformation_mode='align_corners'; "
    "out y",
    "in x 1 c h w; ints p 1 c 7 13; Resize x - - p > y mode='nearest'; out y",
    "in x 1 c h w; ints p 1 c 3 2; Resize x - - p > y mode='linear' "
    "coordinate_transformation_mode='pytorch_half_pixel'; out y",
    "in x 1 c l; ints p 1 c 17; Resize x - - p > y mode='linear'; out y",
    "in x 1 2*c h w; DepthToSpace x > y blocksize=2; DepthToSpace x > z blocksize=2 mode='CRD'; out y; out z",
    "in x 1 c 2*h 2*w; SpaceToDepth x > y blocksize=2; const k 4 16 1 1; Conv y k > z; out z",
    /* over time */
    "in x s 1 d; const w 1 20 d; const r 1 20 5; const b 1 40; LSTM x w r b > y h e hidden_size=5; out y; out h; out e",
    "in x s 2 d; const w 2 20 d; const r 2 20 5; const b 2 40; LSTM x w r b > y h e hidden_size=5 "
    "direction='bidirectional'; out y; out h; out e",
    "in x s 1 d; const w 1 15 d; const r 1 15 5; const b 1 30; GRU x w r b > y h hidden_size=5; out y; out h",
    "in x s 1 d; const w 1 15 d; const r 1 15 5; const b 1 30; GRU x w r b > y h hidden_size=5 linear_before_reset=1 "
    "direction='reverse'; out y; out h",
    "in x s 1 d; const w 1 5 d; const r 1 5 5; RNN x w r > y h hidden_size=5; out y; out h",
    /* outputs that are inputs, constants, or the same twice */
    "in x 1 c h w; Relu x > y; Identity y > z; out y; out z",
    "in x 1 c h w; Identity x > y; out y",
};

/* Networks that the file quantised: a result may be one step (of 0.1 at most) off where a sum lies in the middle of two. */
static const char *const quantised[] = {
    "in x 1 c h w; scalar sx 0.01; i8 zx 3; QuantizeLinear x sx zx > q; DequantizeLinear q sx zx > d; bytes k 6 c 3 3; "
    "pos sk 6; "
    "scalar f 0.01; Mul sk f > sw; DequantizeLinear k sw > w axis=0; Conv d w > y pads=[1,1,1,1]; Relu y > r; scalar "
    "sy 0.1; i8 zy -128; "
    "QuantizeLinear r sy zy > t; DequantizeLinear t sy zy > u; out u",
    "in x 1 c h w; scalar sx 0.01; u8 zx 130; QuantizeLinear x sx zx > q; DequantizeLinear q sx zx > d; ubytes k 6 c 1 "
    "1; u8 zk 120; "
    "scalar sk 0.01; DequantizeLinear k sk zk > w; Conv d w > y; scalar sy 0.1; u8 zy 100; QuantizeLinear y sy zy > t; "
    "DequantizeLinear t sy zy > u; MaxPool u > v kernel_shape=[2,2]; QuantizeLinear v sy zy > o; DequantizeLinear o sy "
    "zy > p; out p",
    "in x 1 s d; scalar sx 0.01; i8 zx 0; QuantizeLinear x sx zx > q; Transpose q > t perm=[0,2,1]; DequantizeLinear t "
    "sx zx > d; "
    "scalar sy 0.02; QuantizeLinear d sy zx > u; DequantizeLinear u sy zx > y; out y",
    "in x 1 8; scalar sx 0.01; i8 zx 0; QuantizeLinear x sx zx > q; DequantizeLinear q sx zx > d; bytes k 5 8; scalar "
    "sk 0.02; i8 z 0; "
    "DequantizeLinear k sk z > w; Transpose w > wt perm=[1,0]; words b 5; scalar sb 0.0002; DequantizeLinear b sb > "
    "bb; Gemm d wt bb > y; "
    "scalar sy 0.1; QuantizeLinear y sy zx > t; DequantizeLinear t sy zx > u; out u",
    "in x 1 c h w; scalar sx 0.01; i8 zx 0; QuantizeLinear x sx zx > q; DequantizeLinear q sx zx > d; Sigmoid d > y; "
    "Mul y d > z; "
    "scalar sy 0.1; QuantizeLinear z sy zx > t; DequantizeLinear t sy zx > u; out u",
};

/* How many layers are left, which says that what belongs together was recognised. */
static const struct {
    const char *text;
    uint32_t layers;
} compact[] = {
    {"in x 1 c h w; scalar r 1.41421356; Div x r > a; Erf a > b; scalar one 1.0; Add b one > e; Mul x e > f; scalar "
     "half 0.5; Mul f half > y; out y",
     1},
    {"in x 1 c h w; scalar three 3.0; Pow x three > p; scalar k 0.044715; Mul p k > q; Add x q > r; scalar s "
     "0.79788456; Mul r s > t; Tanh t > u; scalar one 1.0; Add u one > v; scalar half 0.5; Mul x half > w1; Mul w1 v > "
     "y; out y",
     1},
    {"in x 1 c h w; scalar three 3.0; Add x three > a; scalar lo 0.0; scalar hi 6.0; Clip a lo hi > b; Mul x b > d; "
     "scalar six 6.0; Div d six > y; out y",
     1},
    {"in x 1 c h w; scalar three 3.0; Mul x three > a; Sigmoid a > b; Mul a b > y; out y", 1},
    {"in a 1 3 s d; Transpose a > b perm=[0,1,3,2]; scalar k 0.5; Mul a k > e; Mul b k > f; MatMul e f > g; Mul g k > "
     "y; out y",
     1},
    {"in x 1 c h w; Softplus x > a; Tanh a > b; Mul x b > y; out y", 1},
    {"in x 1 c h w; Sigmoid x > a; Sub x a > y; out y", 1},
    {"in x 1 c h w; const k 5 c 3 3; Conv x k > a; pos s 5; const b 5; const m 5; pos v 5; BatchNormalization a s b m "
     "v > e; Relu e > y; out y",
     1},
    {"in x 1 c h w; scalar f 0.5; Mul x f > a; const k 5 c 3 3; Conv a k > b pads=[1,1,1,1]; const q 5 1 1; Add b q > "
     "e; scalar lo 0.0; scalar hi 6.0; Clip e lo hi > y; out y",
     1},
    {"in x 1 s d; ReduceMean x > m axes=[-1]; Sub x m > e; scalar two 2.0; Pow e two > q; ReduceMean q > v axes=[-1]; "
     "scalar eps 0.00001; Add v eps > a; Sqrt a > r; Div e r > n; pos g d; const b d; Mul n g > p; Add p b > y; out y",
     1},
    {"in x 1 h w c; Transpose x > a perm=[0,3,1,2]; const k 5 4 3 3; Conv a k > b; Relu b > e; Transpose e > y "
     "perm=[0,2,3,1]; out y",
     1},
    {"in x 1 c h w; const k 5 c 3 3; Conv x k > a; Transpose a > b perm=[0,2,3,1]; scalar f 2.0; Mul b f > e; "
     "Transpose e > g perm=[0,3,1,2]; const q 3 5 1 1; Conv g q > y; out y",
     2},
    {"in x 1 c h w; ints p 0 0 1 1 0 0 1 1; Pad x p > a; const k 5 c 3 3; Conv a k > y; out y", 1},
    {"in x 1 c h w; GlobalAveragePool x > a; Flatten a > b; const k c 3; MatMul b k > e; const q 3; Add e q > f; "
     "Softmax f > y; out y",
     3},
    {"in x 1 c 7 15; const q 7 c 1 1; Conv x q > t; Relu t > r; Flatten r > f; const k 735 6; MatMul f k > y; out y",
     2},
};

static int sample(void *cookie, uint32_t i, float *const *inputs)
{
    bdc_shape s;
    bdc_input_shape(cookie, 0, &s);
    random_floats(inputs[0], (size_t)s.channels * s.height * s.width, i + 1);
    return 0;
}

static void check_compact(const char *text, const int *sizes, uint32_t layers)
{
    onnx m = {.opset = 17};
    onnx_text_model(&m, text, sizes, 1);
    proto model = onnx_finish(&m);
    bdc_error error = {0};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    bdc_compiled compiled = {0};
    bdc_options options = {.sample = sample, .sample_count = 2, .keep_final = 1};
    bdc_status status = bdc_create(&c, NULL, &error);
    if (status == BDC_OK)
        status = bdc_import_onnx(c, model.data, model.n, &g);
    options.sample_cookie = g;
    if (status == BDC_OK)
        status = bdc_compile(g, &options, NULL, &compiled);
    if (!CHECK(status == BDC_OK) || !CHECK(compiled.layer_count == layers))
        fprintf(stderr, "  %s: %u layers, %s\n", text, compiled.layer_count, error.text);
    bdc_destroy(c);
    free(model.data);
}

int main(int argc, char **argv)
{
    uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    const size_t only = argc > 2 ? strtoul(argv[2], NULL, 10) : SIZE_MAX;
    for (size_t k = 0; k < sizeof models / sizeof *models; k++)
        for (uint32_t round = 0; round < 3; round++) {
            int sizes[26] = {0};
            uint32_t state = seed + round * 977 + (uint32_t)k * 131;
            sizes['c' - 'a'] = 4;
            sizes['h' - 'a'] = 5 + (int)(onnx_text_random(&state) % 4);
            sizes['w' - 'a'] = 5 + (int)(onnx_text_random(&state) % 5);
            sizes['l' - 'a'] = 5 + (int)(onnx_text_random(&state) % 9);
            sizes['s' - 'a'] = 3 + (int)(onnx_text_random(&state) % 4);
            sizes['d' - 'a'] = 2 * (1 + (int)(onnx_text_random(&state) % 5));
            sizes['n' - 'a'] = 1 + (int)(onnx_text_random(&state) % 3);
            if (strstr(models[k], "420") || strstr(models[k], "735")) {
                sizes['h' - 'a'] = 7;
                sizes['w' - 'a'] = 15;
            }
            if (only == SIZE_MAX || only == k)
                compare(models[k], sizes, state, 1e-4, 0);
        }
    for (size_t k = 0; k < sizeof quantised / sizeof *quantised; k++) {
        int sizes[26] = {0};
        sizes['c' - 'a'] = 3;
        sizes['h' - 'a'] = sizes['w' - 'a'] = 6;
        sizes['s' - 'a'] = sizes['d' - 'a'] = 4;
        if (only == SIZE_MAX || only == 1000 + k)
            compare(quantised[k], sizes, seed + (uint32_t)k, 0, 0.1001);
    }
    for (size_t k = 0; k < sizeof compact / sizeof *compact; k++) {
        int sizes[26] = {0};
        sizes['c' - 'a'] = 4;
        sizes['h' - 'a'] = sizes['w' - 'a'] = 6;
        sizes['s' - 'a'] = 3;
        sizes['d' - 'a'] = 8;
        if (only == SIZE_MAX || only == 2000 + k)
            check_compact(compact[k].text, sizes, compact[k].layers);
    }
    return check_done();
}
