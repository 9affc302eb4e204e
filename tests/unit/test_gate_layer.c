/* The layer that the gate looks at: where it may be, what it is when channels go, and networks that the file quantised.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "bedside.h"
#include "check.h"
#include "format.h"
#include "onnx_text.h"

static const char plain[] =
    "in x 1 3 9 9; const k 8 3 3 3; const b 8; Conv x k b > a pads=[1,1,1,1]; Relu a > e; "
    "GlobalAveragePool e > p; Flatten p > f axis=1; const v 6 8; const u 6; "
    "Gemm f v u > g transB=1; Relu g > h; const l 3 6; const m 3; Gemm h l m > y transB=1; out y";
/* The same up to the pooling, on the file's own scales; the last layer reads the pooled features. */
static const char fixed[] =
    "in x 1 3 9 9; scalar sx 0.0213; scalar sw 0.0107; scalar sb 0.00022791; i8 zx 3; i8 zy -20; "
    "QuantizeLinear x sx zx > q0; DequantizeLinear q0 sx zx > t0; "
    "bytes k 8 3 3 3; DequantizeLinear k sw > w; words b 8; DequantizeLinear b sb > f; "
    "Conv t0 w f > a pads=[1,1,1,1]; Relu a > r; QuantizeLinear r sx zy > q1; DequantizeLinear q1 sx zy > e; "
    "GlobalAveragePool e > p; QuantizeLinear p sx zy > q2; DequantizeLinear q2 sx zy > s; "
    "bytes l 5 8 1 1; DequantizeLinear l sw > c; words d 5; DequantizeLinear d sb > g; "
    "Conv s c g > o; QuantizeLinear o sx zy > q3; DequantizeLinear q3 sx zy > y; out y";

static float projection[8 * 8], offset[8];
static const int8_t means[8];
static const uint16_t ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};

static int sample(void *cookie, uint32_t i, float *const *inputs)
{
    uint32_t state = i + 1;
    (void)cookie;
    for (int k = 0; k < 3 * 9 * 9; k++)
        inputs[0][k] = (float)(onnx_text_random(&state) % 2001) / 1000 - 1;
    return 0;
}

/* A square projection of that many features. */
static bdc_result_spec looks(uint32_t features)
{
    return (bdc_result_spec){.kind = BDF_RESULT_SOFTMAX,
                             .gate_groups = 1,
                             .gate_mean = means,
                             .gate_weight = ones,
                             .gate_limit = 99,
                             .gate_projected = features,
                             .gate_features = features,
                             .gate_projection = projection,
                             .gate_offset = offset};
}

typedef struct network {
    proto model;
    bdc_error error;
    bdc_context *context;
    bdc_graph *graph;
    bdc_options options;
    bdc_text labels;
} network;

static void network_open(network *n, const char *text)
{
    const int sizes[26] = {0};
    onnx m = {.opset = 13};
    *n = (network){.labels = {"labels", text == plain ? "a\nb\nc" : "a\nb\nc\nd\ne"}};
    onnx_text_model(&m, text, sizes, 7);
    n->model = onnx_finish(&m);
    CHECK(bdc_create(&n->context, NULL, &n->error) == BDC_OK);
    CHECK(bdc_import_onnx(n->context, n->model.data, n->model.n, &n->graph) == BDC_OK);
    n->options = (bdc_options){.sample = text == plain ? sample : NULL,
                               .sample_count = text == plain ? 16 : 0,
                               .meta = &n->labels,
                               .meta_count = 1};
}

static void network_close(network *n)
{
    bdc_destroy(n->context);
    free(n->model.data);
}

/* 1 if the runtime takes the file and its gate has so many values. */
static int opens_with_gate(const bdc_compiled *compiled, uint32_t channels)
{
    uint8_t *file = aligned_alloc(64, (compiled->byte_count + 63) / 64 * 64);
    bds_model model;
    if (!file)
        abort();
    memcpy(file, compiled->bytes, compiled->byte_count);
    const int ok = bds_model_open(&model, file, compiled->byte_count) == BDS_OK;
    free(file);
    return ok && compiled->gate_channels == channels;
}

static void test_places(void)
{
    network n;
    bdc_compiled usual, named, none;
    network_open(&n, plain);
    CHECK(bdc_compile(n.graph, &n.options, NULL, &usual) == BDC_OK && usual.gate_channels == 6);
    CHECK(usual.gate_step == usual.layer_count - 2); /* what the last layer reads */
    n.options.gate_layer = "e";
    CHECK(bdc_compile(n.graph, &n.options, NULL, &named) == BDC_OK && named.gate_channels == 8);
    CHECK(named.layer_count == usual.layer_count + 1 && named.gate_step == named.layer_count - 1);
    bdc_result_spec spec = looks(8);
    CHECK(bdc_compile(n.graph, &n.options, &spec, &named) == BDC_OK && opens_with_gate(&named, 8));
    n.options.gate_layer = "h"; /* one pixel: as it is */
    CHECK(bdc_compile(n.graph, &n.options, NULL, &named) == BDC_OK && named.gate_step == usual.gate_step);
    n.options.no_gate = 1;
    CHECK(bdc_compile(n.graph, &n.options, NULL, &none) == BDC_OK && none.gate_step == BDF_NONE);
    CHECK(none.layer_count == usual.layer_count);
    n.options.gate_layer = NULL;
    CHECK(bdc_compile(n.graph, &n.options, NULL, &none) == BDC_OK && none.gate_step == BDF_NONE);
    n.options.no_gate = 0;
    n.options.gate_layer = "y";
    CHECK(bdc_compile(n.graph, &n.options, NULL, &none) == BDC_E_ARGUMENT && strstr(n.error.text, "no layer 'y'"));
    network_close(&n);
}

static void test_sixteen_bits(void)
{
    network n;
    bdc_compiled compiled;
    const bdc_choice wide = {.name = "h", .wide = 1};
    network_open(&n, plain);
    n.options.choices = &wide;
    n.options.choice_count = 1;
    CHECK(bdc_compile(n.graph, &n.options, NULL, &compiled) == BDC_OK && compiled.gate_step == BDF_NONE);
    n.options.gate_layer = "h";
    CHECK(bdc_compile(n.graph, &n.options, NULL, &compiled) == BDC_E_ARGUMENT && strstr(n.error.text, "16 bits"));
    network_close(&n);
}

/* What is fitted to the channels that are left must find the same ones again. */
static void test_pruned(void)
{
    for (int fits = 0; fits < 2; fits++) {
        network n;
        bdc_compiled first, with;
        const bdc_choice fewer = {.name = "e", .pruning = BDC_PRUNE_CHANNELS, .sparsity = 0.5};
        network_open(&n, plain);
        n.options.choices = &fewer;
        n.options.choice_count = 1;
        n.options.gate_layer = "e";
        n.options.reconstruct = fits;
        CHECK(bdc_compile(n.graph, &n.options, NULL, &first) == BDC_OK && first.gate_channels == 4);
        bdc_result_spec spec = looks(4);
        CHECK(bdc_compile(n.graph, &n.options, &spec, &with) == BDC_OK && opens_with_gate(&with, 4));
        for (uint32_t i = 0; i < first.layer_count && i < with.layer_count; i++)
            CHECK(first.layers[i].output[2] == with.layers[i].output[2]);
        spec = looks(8);
        CHECK(bdc_compile(n.graph, &n.options, &spec, &with) == BDC_E_ARGUMENT);
        network_close(&n);
    }
}

static void test_fixed(void)
{
    network n;
    bdc_compiled first, named;
    network_open(&n, fixed);
    if (!CHECK(bdc_compile(n.graph, &n.options, NULL, &first) == BDC_OK && first.gate_channels == 8))
        fprintf(stderr, "  %s\n", n.error.text);
    bdc_result_spec spec = looks(8);
    CHECK(bdc_compile(n.graph, &n.options, &spec, &named) == BDC_OK && opens_with_gate(&named, 8));
    n.options.gate_layer = first.layers[0].name;
    if (!CHECK(bdc_compile(n.graph, &n.options, &spec, &named) == BDC_OK && opens_with_gate(&named, 8)))
        fprintf(stderr, "  %s\n", n.error.text);
    CHECK(named.layer_count == first.layer_count + 2);
    network_close(&n);
}

int main(void)
{
    for (int i = 0; i < 8; i++)
        projection[9 * i] = 8;
    for (int i = 0; i < 8; i++)
        offset[i] = (float)i;
    test_places();
    test_sixteen_bits();
    test_pruned();
    test_fixed();
    return check_done();
}
