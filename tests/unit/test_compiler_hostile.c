/* Damaged models and failing memory: always a status and a sentence, never a crash. Run under sanitizers.
 * SPDX-License-Identifier: MIT */
#include "check.h"
#include "test_compiler_onnx.h"

enum { SAMPLES = 2 };

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

static int sample(void *cookie, uint32_t i, float *const *inputs)
{
    bdc_shape s;
    bdc_input_shape(cookie, 0, &s);
    random_floats(inputs[0], (size_t)s.channels * s.height * s.width, i);
    return 0;
}

/* Imports and, if asked for and the work is bearable, compiles. */
static bdc_status attempt(const uint8_t *bytes, size_t n, heap *h, int compile, bdc_error *error)
{
    const bdc_allocator allocator = {allocate, release, h, 256u << 20};
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    bdc_compiled compiled;
    uint8_t *exact = malloc(n + !n); /* a copy without a byte to spare, so that a sanitizer sees reads past the end */
    if (!exact)
        abort();
    if (n)
        memcpy(exact, bytes, n);
    memset(error, 0, sizeof *error);
    bdc_status st = bdc_create(&c, &allocator, error);
    if (st == BDC_OK)
        st = bdc_import_onnx(c, exact, n, &g);
    if (st == BDC_OK && compile && bdc_work(g) < 20000000) {
        bdc_options options = {.sample = sample, .sample_cookie = g, .sample_count = SAMPLES};
        st = bdc_compile(g, &options, NULL, &compiled);
    }
    if (st != BDC_OK)
        CHECK(error->status == st && error->text[0] && error->text[strlen(error->text) - 1] == '.');
    bdc_destroy(c);
    free(exact);
    CHECK(h->live == 0);
    return st;
}

static proto small_model(void)
{
    onnx m = {0};
    onnx_input(&m, "x", 4, 0, 2, 6, 6);
    onnx_constant(&m, "w", NULL, 4, 4, 2, 3, 3);
    onnx_constant(&m, "b", NULL, 1, 4);
    const float variance[4] = {1, 1, 2, 2};
    onnx_constant(&m, "v", variance, 1, 4);
    onnx_constant(&m, "fc", NULL, 2, 36, 3);
    onnx_shape(&m, "p", 8, 0, 0, 1, 1, 0, 0, 1, 1);
    onnx_op(&m, "Pad", "x p > padded");
    onnx_op(&m, "Conv", "padded w b > c");
    onnx_ints(&m, "strides", 2, 2, 2);
    onnx_op(&m, "BatchNormalization", "c b b b v > n");
    onnx_op(&m, "Relu", "n > r");
    onnx_op(&m, "MaxPool", "c > q");
    onnx_ints(&m, "kernel_shape", 2, 1, 1);
    onnx_op(&m, "Sigmoid", "q > s");
    onnx_op(&m, "Add", "r s > a");
    onnx_op(&m, "Flatten", "a > f");
    onnx_op(&m, "Gemm", "f fc > l");
    onnx_op(&m, "Softmax", "l > y");
    onnx_output(&m, "y");
    return onnx_finish(&m);
}

static void test_truncation(const uint8_t *bytes, size_t n, size_t step)
{
    heap h = {.allowed = -1};
    bdc_error error;
    for (size_t k = 0; k < n; k += step)
        CHECK(attempt(bytes, k, &h, 0, &error) < 0);
}

static void test_flips(const uint8_t *bytes, size_t n, uint32_t rounds, int compile)
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
        (void)attempt(copy, n, &h, compile, &error);
    }
    free(copy);
}

/* Every single allocation fails once. */
static void test_memory(const uint8_t *bytes, size_t n)
{
    bdc_error error;
    heap h = {.allowed = -1};
    CHECK(attempt(bytes, n, &h, 1, &error) == BDC_OK);
    for (long k = 0, served = h.served; k < served; k++) {
        heap poor = {.allowed = k};
        CHECK(attempt(bytes, n, &poor, 1, &error) == BDC_E_MEMORY);
    }
}

static void test_arguments(void)
{
    bdc_error error;
    bdc_context *c = NULL;
    bdc_graph *g = NULL;
    CHECK(bdc_create(NULL, NULL, NULL) == BDC_E_ARGUMENT);
    CHECK(bdc_create(&c, NULL, &error) == BDC_OK);
    CHECK(bdc_import_onnx(c, NULL, 0, &g) == BDC_E_ARGUMENT && bdc_import_onnx(NULL, "", 0, &g) == BDC_E_ARGUMENT);
    CHECK(bdc_import_onnx(c, "", 0, &g) == BDC_E_FORMAT && !g);
    CHECK(bdc_input_count(NULL) == 0 && bdc_output_count(NULL) == 0 && bdc_work(NULL) == 0);
    CHECK(bdc_input_shape(NULL, 0, NULL) == BDC_E_ARGUMENT && bdc_run_float(NULL, NULL, NULL) == BDC_E_ARGUMENT);
    CHECK(bdc_compile(NULL, NULL, NULL, NULL) == BDC_E_ARGUMENT && bdc_calibrate(NULL, NULL) == BDC_E_ARGUMENT);
    bdc_destroy(c);
    bdc_destroy(NULL);
    for (int i = 1; i > -12; i--)
        CHECK(bdc_status_name((bdc_status)i)[0] == 'B');
}

static int stop(void *cookie, const char *stage, uint32_t done, uint32_t total)
{
    (void)stage;
    CHECK(done <= total);
    return --*(int *)cookie < 0;
}

static void test_cancel(const uint8_t *bytes, size_t n)
{
    for (int after = 0; after < 1000; after++) {
        bdc_error error;
        bdc_context *c = NULL;
        bdc_graph *g = NULL;
        bdc_compiled compiled;
        int left = after;
        CHECK(bdc_create(&c, NULL, &error) == BDC_OK);
        bdc_on_progress(c, stop, &left);
        bdc_status st = bdc_import_onnx(c, bytes, n, &g);
        bdc_options options = {.sample = sample, .sample_cookie = g, .sample_count = SAMPLES};
        if (st == BDC_OK)
            st = bdc_compile(g, &options, NULL, &compiled);
        bdc_destroy(c);
        if (st == BDC_OK)
            return;
        CHECK(st == BDC_E_CANCELLED);
    }
    int ended = 0;
    CHECK(ended);
}

static uint8_t *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    static uint8_t bytes[4 << 20];
    *n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return bytes;
}

int main(void)
{
    const char *path = "models/pneumonia/pneumonia.onnx";
    proto model = small_model();
    size_t n = 0;
    test_arguments();
    test_truncation(model.data, model.n, 1);
    test_flips(model.data, model.n, 3000, 1);
    test_memory(model.data, model.n);
    test_cancel(model.data, model.n);
    free(model.data);
    const uint8_t *real = read_file(path, &n);
    if (real) {
        test_truncation(real, n < 20000 ? n : 20000, 1);
        test_truncation(real, n, 97);
        test_flips(real, n, 300, 0);
        test_memory(real, n);
    } else {
        printf("skipped: %s is not there\n", path);
    }
    return check_done();
}
