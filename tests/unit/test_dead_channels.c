/* Channels without weights: a network without them gives the same integers as with them, and is smaller.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "bedside.h"
#include "check.h"
#include "onnx_text.h"

enum { MOST = 1 << 12 };

/* Quantised layers as text: values are 0.0213 apart around a zero point, weights 0.0107: no bias is
 * half a step. */
typedef struct writer {
    char text[8192];
    int next;
} writer;

static void add(writer *w, const char *part)
{
    if (strlen(w->text) + strlen(part) >= sizeof w->text)
        abort();
    memcpy(w->text + strlen(w->text), part, strlen(part) + 1);
}

static void put(writer *w, const char *format, int a, int b, int c)
{
    char part[512];
    snprintf(part, sizeof part, format, a, b, c);
    add(w, part);
}

/* Rounds tensor r<n> to the grid: t<n> is its real value again. */
static int rounded(writer *w, int n)
{
    put(w, "QuantizeLinear r%d sx zy > q%d; DequantizeLinear q%d sx zy > t", n, n, n);
    put(w, "%d; ", n, 0, 0);
    return n;
}

/* in, out: channels; kind: "1 1" or "3 3 group". */
static int conv(writer *w, int x, int in, int out, int depthwise, int size, int relu, const char *attributes)
{
    const int n = ++w->next;
    put(w, "zbytes k%d %d %d ", n, out, depthwise ? 1 : in);
    put(w, "%d %d; DequantizeLinear k%d sw > w", size, size, n);
    put(w, "%d; words b%d %d; ", n, n, out);
    put(w, "DequantizeLinear b%d sb > f%d; Conv t%d ", n, n, x);
    put(w, "w%d f%d > c%d ", n, n, n);
    add(w, attributes);
    if (depthwise)
        put(w, "group=%d", in, 0, 0);
    put(w, relu ? "; Relu c%d > r%d; " : "; Identity c%d > r%d; ", n, n, 0);
    return rounded(w, n);
}

static int binary(writer *w, const char *type, int a, int b, const char *attributes)
{
    const int n = ++w->next;
    add(w, type);
    put(w, " t%d t%d > r%d ", a, b, n);
    add(w, attributes);
    add(w, "; ");
    return rounded(w, n);
}

static int unary(writer *w, const char *type, int a, const char *attributes)
{
    const int n = ++w->next;
    add(w, type);
    put(w, " t%d > r%d ", a, n, 0);
    add(w, attributes);
    add(w, "; ");
    return rounded(w, n);
}

/* A network of a form. */
static void network(writer *w, int form)
{
    static const char *const head =
        "in x 1 c h w; scalar sx 0.0213; scalar sw 0.0107; scalar sb 0.00022791; i8 zx 3; i8 zy -20; "
        "QuantizeLinear x sx zx > q0; DequantizeLinear q0 sx zx > t0; ";
    *w = (writer){.next = 0};
    memcpy(w->text, head, strlen(head) + 1);
    int a = conv(w, 0, 4, 12, 0, 3, 1, "pads=[1,1,1,1] ");
    switch (form) {
    case 0: /* separable, as MobileNet is built */
        a = conv(w, a, 12, 12, 1, 3, 1, "pads=[1,1,1,1] ");
        a = conv(w, a, 12, 10, 0, 1, 1, "");
        a = conv(w, a, 10, 10, 1, 3, 1, "pads=[0,0,0,0] ");
        a = conv(w, a, 10, 6, 0, 1, 0, "");
        break;
    case 1: { /* a residual */
        int b = conv(w, a, 12, 12, 0, 1, 1, "");
        a = binary(w, "Add", a, b, "");
        a = conv(w, a, 12, 6, 0, 3, 0, "pads=[1,1,1,1] ");
        break;
    }
    case 2: { /* joined */
        int b = conv(w, a, 12, 7, 0, 1, 0, ""), c = conv(w, a, 12, 5, 0, 3, 1, "pads=[1,1,1,1] ");
        a = binary(w, "Concat", b, c, "axis=1");
        a = unary(w, "MaxPool", a, "kernel_shape=[2,2]");
        a = conv(w, a, 12, 6, 0, 1, 0, "");
        break;
    }
    case 3: /* functions and pools on the way */
        a = conv(w, a, 12, 12, 0, 1, 0, "");
        a = unary(w, "Sigmoid", a, "");
        a = unary(w, "AveragePool", a, "kernel_shape=[2,2] strides=[2,2]");
        a = conv(w, a, 12, 8, 0, 1, 1, "");
        a = unary(w, "GlobalAveragePool", a, "");
        a = conv(w, a, 8, 5, 0, 1, 0, "");
        break;
    default: /* all channels of a layer are dead, or all but some that the output shows */
        a = conv(w, a, 12, 1, 0, 1, 1, "");
        a = conv(w, a, 1, 9, 0, 1, 1, "");
        break;
    }
    put(w, "Identity t%d > y; out y", a, 0, 0);
}

/* The stored integers of the result. */
static int run_file(const uint8_t *bytes, size_t n, uint32_t seed, int32_t *out, size_t *count)
{
    uint8_t *file = aligned_alloc(64, (n + 63) / 64 * 64), *arena = NULL;
    bds_model model;
    bds_plan *plan;
    bds_tensor x, y;
    size_t arena_bytes;
    if (!file)
        abort();
    memcpy(file, bytes, n);
    int ok = bds_model_open(&model, file, n) == BDS_OK && bds_plan_size(&model, NULL, &arena_bytes) == BDS_OK &&
             (arena = malloc(arena_bytes)) != NULL &&
             bds_plan_create(&plan, &model, NULL, arena, arena_bytes) == BDS_OK && bds_input(plan, 0, &x) == BDS_OK;
    for (size_t i = 0; ok && i < (size_t)x.dims[1] * x.dims[2] * x.dims[3]; i++)
        ((int8_t *)x.data)[i] = (int8_t)((int)(onnx_text_random(&seed) % 256) - 128);
    ok = ok && bds_run(plan) == BDS_OK && bds_output(plan, 0, &y) == BDS_OK;
    *count = ok ? (size_t)y.dims[1] * y.dims[2] * y.dims[3] : 0;
    for (size_t i = 0; i < *count; i++)
        out[i] = y.type == BDS_INT16 ? ((int16_t *)y.data)[i] : ((int8_t *)y.data)[i];
    free(arena);
    free(file);
    return ok;
}

static void check_network(int form, uint32_t seed)
{
    static int32_t results[2][4][MOST];
    size_t counts[2][4] = {{0}};
    uint32_t weights[2] = {0};
    writer w;
    int sizes[26] = {0};
    sizes['c' - 'a'] = 4;
    sizes['h' - 'a'] = 7;
    sizes['w' - 'a'] = 6;
    network(&w, form);
    for (int keep = 0; keep < 2; keep++) {
        onnx m = {.opset = 13};
        onnx_text_model(&m, w.text, sizes, seed);
        proto model = onnx_finish(&m);
        bdc_error error = {0};
        bdc_context *c = NULL;
        bdc_graph *g = NULL;
        bdc_compiled compiled = {0};
        const bdc_options options = {.keep_final = 1, .keep_dead_channels = keep};
        bdc_status status = bdc_create(&c, NULL, &error);
        bdc_check_passes(c, 1);
        if (status == BDC_OK)
            status = bdc_import_onnx(c, model.data, model.n, &g);
        if (status == BDC_OK && seed % 2) /* as the program does it, or all in one */
            status = bdc_optimise(g, BDC_KEEP_FINAL | (keep ? BDC_KEEP_DEAD_CHANNELS : 0));
        if (status == BDC_OK)
            status = bdc_compile(g, &options, NULL, &compiled);
        if (!CHECK(status == BDC_OK))
            fprintf(stderr, "  form %d, seed %u: %s\n  %s\n", form, seed, error.text, w.text);
        weights[keep] = compiled.weight_count;
        for (uint32_t i = 0; status == BDC_OK && i < 4; i++)
            CHECK(run_file(compiled.bytes, compiled.byte_count, seed + i, results[keep][i], &counts[keep][i]));
        bdc_destroy(c);
        free(model.data);
    }
    if (!CHECK(weights[0] < weights[1] || (form == 1 && weights[0] == weights[1]))) /* sums need both to be dead */
        fprintf(stderr, "  form %d: %u weights, without removal %u\n", form, weights[0], weights[1]);
    for (int i = 0; i < 4; i++)
        if (!CHECK(counts[0][i] == counts[1][i] && counts[0][i] &&
                   !memcmp(results[0][i], results[1][i], counts[0][i] * sizeof(int32_t))))
            fprintf(stderr, "  form %d, seed %u: other results\n", form, seed);
}

/* The sum over all weights of layers that a form of float network keeps; what is kept must not depend on zeros. */
static void check_float(void)
{
    static const char *const texts[] = {
        "in x 1 c h w; zrows k 9 c 3 3; const b 9; Conv x k b > a pads=[1,1,1,1]; Relu a > e; zrows q 5 9 1 1; Conv e "
        "q > y; out y",
        "in x 1 c h w; zrows k 8 c 1 1; const b 8; Conv x k b > a; Sigmoid a > e; zrows d 8 1 3 3; const f 8; Conv e d "
        "f > g "
        "group=8; Relu g > i; const q 5 8 3 3; Conv i q > y pads=[1,1,1,1]; out y",
        "in x 1 c h w; zrows k 8 c 1 1; const b 8; Conv x k b > a; zrows l 8 c 1 1; Conv x l > e; Mul a e > f; Sub f a "
        "> g; "
        "const q 5 8 1 1; Conv g q > y; out y",
    };
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        int sizes[26] = {0};
        sizes['c' - 'a'] = 3;
        sizes['h' - 'a'] = sizes['w' - 'a'] = 5;
        onnx m = {.opset = 13};
        onnx_text_model(&m, texts[k], sizes, 3);
        proto model = onnx_finish(&m);
        bdc_error error = {0};
        bdc_context *c = NULL;
        bdc_graph *g = NULL;
        CHECK(bdc_create(&c, NULL, &error) == BDC_OK);
        bdc_check_passes(c, 1); /* compares the results */
        if (!CHECK(bdc_import_onnx(c, model.data, model.n, &g) == BDC_OK && bdc_optimise(g, 1) == BDC_OK))
            fprintf(stderr, "  %s\n", error.text);
        bdc_destroy(c);
        free(model.data);
    }
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    for (int form = 0; form < 5; form++)
        for (uint32_t round = 0; round < 8; round++)
            check_network(form, seed + round * 101 + (uint32_t)form);
    check_float();
    return check_done();
}
