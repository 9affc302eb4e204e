/* Pruning, as seen in the weights that are written.
 * SPDX-License-Identifier: MIT */
#include "test_quantise.h"

static bdc_options with(const bdc_choice *choice, int reconstruct)
{
    return (bdc_options){
        .choices = choice, .choice_count = choice ? 1 : 0, .coder = BDC_CODER_RAW, .reconstruct = reconstruct};
}

static uint32_t zeros(const int8_t *w, uint32_t n)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++)
        count += !w[i];
    return count;
}

/* The share is met in every layer, and what is reported is what was written. */
static void test_magnitude(void)
{
    network n;
    network_open(&n, 0);
    for (int way = 0; way < 2; way++) {
        const bdc_choice choice = {.pruning = BDC_PRUNE_MAGNITUDE, .sparsity = 0.6};
        bdc_compiled file;
        uint32_t all = 0, none = 0;
        if (!network_compile(&n, with(&choice, way), &file))
            continue;
        for (uint32_t i = 0; i < file.layer_count; i++) {
            const bdf_blob *blob;
            const int8_t *w = file_weights(&file, i, &blob);
            if (!w)
                continue;
            const uint32_t count = zeros(w, blob->count);
            CHECK(count >= (uint32_t)(0.6 * blob->count) && count < (uint32_t)(0.75 * blob->count) + 2);
            CHECK(count == file.layers[i].zero_count && blob->count == file.layers[i].weight_count);
            all += blob->count;
            none += count;
        }
        CHECK(file.weight_count == all && file.zero_count == none && file.removed_count == 0);
        CHECK(file.sparsity > (double)none / all - 1e-12 && file.sparsity < (double)none / all + 1e-12);
    }
    network_close(&n);
}

/* Weights that training masked stay 0, whatever else is done, and none of the others goes. */
static void test_masks(void)
{
    network n;
    network_open(&n, 0.5f);
    for (int way = 0; way < 2; way++) {
        bdc_compiled file;
        if (!network_compile(&n, with(NULL, way), &file))
            continue;
        for (uint32_t i = 0; i < file.layer_count; i++) {
            const bdf_blob *blob;
            const int8_t *w = file_weights(&file, i, &blob);
            if (!w || strcmp(file.layers[i].name, "r2") != 0)
                continue;
            uint32_t masked = 0;
            for (uint32_t k = 0; k < blob->count; k++)
                if ((float)(k * 7 % 100) < 50) {
                    masked++;
                    CHECK(w[k] == 0);
                }
            CHECK(masked > 0 && zeros(w, blob->count) < masked + 12);
        }
    }
    network_close(&n);
}

/* At most n of m along the inputs: rows of a convolution are taps of channels, those of a depthwise layer lie across. */
static void test_n_m(void)
{
    network n;
    network_open(&n, 0);
    for (int way = 0; way < 2; way++) {
        const bdc_choice choice = {.pruning = BDC_PRUNE_N_M, .n = 2, .m = 4};
        bdc_compiled file;
        if (!network_compile(&n, with(&choice, way), &file))
            continue;
        for (uint32_t i = 0; i < file.layer_count; i++) {
            const bdf_blob *blob;
            const int8_t *w = file_weights(&file, i, &blob);
            if (!w)
                continue;
            const uint32_t rows = file.layers[i].output[2], depth = blob->count / rows;
            const int across = !strcmp(file.layers[i].kind, "depthwise");
            for (uint32_t r = 0; r < rows; r++)
                for (uint32_t first = 0; first < depth; first += 4) {
                    int used = 0;
                    for (uint32_t k = first; k < first + 4 && k < depth; k++)
                        used += w[across ? k * rows + r : r * depth + k] != 0;
                    if (!CHECK(used <= 2))
                        fprintf(stderr, "  layer %s, row %u\n", file.layers[i].name, (unsigned)r);
                }
        }
        CHECK(file.sparsity > 0.45 && file.sparsity < 0.6);
    }
    network_close(&n);
}

/* Tensors shrink, with everything that channels pass through; a sum couples its operands; the network's output stays. */
static void test_channels(void)
{
    network n;
    bdc_compiled whole, file;
    const bdc_choice choice = {.pruning = BDC_PRUNE_CHANNELS, .sparsity = 0.25};
    network_open(&n, 0);
    if (network_compile(&n, with(NULL, 0), &whole) && network_compile(&n, with(&choice, 0), &file)) {
        CHECK(file.layer_count == whole.layer_count && file.labels == OUTPUTS);
        for (uint32_t i = 0; i < file.layer_count; i++) {
            const uint32_t before = whole.layers[i].output[2], after = file.layers[i].output[2];
            CHECK(after == (before == OUTPUTS ? before : before * 3 / 4));
        }
        CHECK(file.removed_count == whole.weight_count - file.weight_count && file.removed_count > 0);
        CHECK(file.sparsity > 0.3 && file.sparsity < 0.6 && file.activation_bytes < whole.activation_bytes);
        CHECK(file.macs < whole.macs * 2 / 3);
    }
    /* The biases of what is left take over the channels' means, and a fit takes over more. */
    const double plain = network_decibels(&n, with(&choice, 0)), fitted = network_decibels(&n, with(&choice, 1));
    printf("a quarter of the channels: %.1f dB, fitted %.1f dB\n", plain, fitted);
    CHECK(plain > 3 && fitted > plain);
    network_close(&n);
}

/* A channel that nobody reads goes first, and nothing is lost with it. */
static void test_unread_channel(void)
{
    static float w1[16 * 27], w2[4 * 16];
    onnx m = {0};
    network n;
    bdc_compiled file;
    random_floats(w1, 16 * 27, 8);
    random_floats(w2, 4 * 16, 9);
    for (int o = 0; o < 4; o++)
        for (int c = 1; c < 16; c += 2)
            w2[o * 16 + c] = 0;
    onnx_input(&m, "x", 4, 0, 3, SIDE, SIDE);
    onnx_constant(&m, "w1", w1, 4, 16, 3, 3, 3);
    onnx_constant(&m, "w2", w2, 4, 4, 16, 1, 1);
    onnx_op(&m, "Conv", "x w1 > a");
    onnx_op(&m, "Relu", "a > b");
    onnx_op(&m, "Conv", "b w2 > y");
    onnx_output(&m, "y");
    network_open_model(&n, onnx_finish(&m));
    const bdc_choice choice = {.name = "b", .pruning = BDC_PRUNE_CHANNELS, .sparsity = 0.5};
    bdc_options o = with(&choice, 0);
    o.keep_dead_channels = 1; /* they would go anyway */
    if (network_compile(&n, o, &file))
        CHECK(file.layers[0].output[2] == 8);
    CHECK(network_decibels(&n, o) > 35);
    network_close(&n);
}

int main(void)
{
    test_magnitude();
    test_masks();
    test_n_m();
    test_channels();
    test_unread_channel();
    return check_done();
}
