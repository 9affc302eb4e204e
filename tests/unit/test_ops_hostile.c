/* Operators of matrices, windows, normalisations and time whose shapes and attributes were spoiled: each is refused with a sentence
 * that names the operator, or runs within its buffers (which have exactly their size, for a sanitizer to watch).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "ops.h"
#include "random.h"

enum { ROUNDS = 40000, MOST_WORK = 1 << 20 };

static net_resize resize;
static net_recurrent recurrent;
static uint32_t refused, run;

static void add(uint32_t k, net_type type, uint32_t rank, const uint32_t *dims)
{
    ops_input(k, type, rank, dims, NULL);
}

static void set_window(net_op *op, uint32_t spatial)
{
    op->a.window.spatial = spatial;
    for (uint32_t d = 0; d < spatial; d++) {
        op->a.window.kernel[d] = 2;
        op->a.window.stride[d] = 1 + random_below(2);
        op->a.window.dilation[d] = 1;
        op->a.window.pad_begin[d] = random_below(2);
        op->a.window.pad_end[d] = random_below(2);
    }
}

/* A form of the operator that is right, with two pictures of four channels, 5 x 5, or near it. */
static void begin_window(net_code code)
{
    const int transposed = code == NET_CONV_TRANSPOSE, integer = code == NET_CONV_INTEGER,
              weights = code <= NET_CONV_TRANSPOSE;
    net_op *op = ops_begin(code, integer ? 4 : weights ? 3 : 1, code == NET_MAX_POOL ? 2 : 1);
    const net_type type = integer ? NET_UINT8 : NET_FLOAT;
    const uint32_t group = 1 + random_below(2);
    op->a.group = group;
    op->a.axis = 2;
    op->a.block = 2;
    op->a.channels_last = (int)random_below(2);
    set_window(op, 2);
    if (code == NET_SPACE_TO_DEPTH)
        add(0, type, 4, OPS_DIMS(2, 4, 4, 4));
    else if (op->a.channels_last)
        add(0, type, 4, OPS_DIMS(2, 5, 5, 4));
    else
        add(0, type, 4, OPS_DIMS(2, 4, 5, 5));
    if (weights) {
        add(1, type, 4, transposed ? OPS_DIMS(4, 2 / group, 2, 2) : OPS_DIMS(2, 4 / group, 2, 2));
        if (integer) {
            add(2, type, 0, NULL);
            add(3, type, 1, OPS_DIMS(2));
        } else {
            add(2, type, 1, OPS_DIMS(2));
        }
    }
    if (code == NET_RESIZE) {
        resize = (net_resize){.mode = random_below(3), .coordinates = random_below(7), .nearest = random_below(4)};
        resize.antialias = resize.mode != NET_NEAREST && random_below(2);
        for (uint32_t d = 0; d < 4; d++)
            resize.scales[d] = d < 2 ? 1 : 0.6f;
        op->a.resize = &resize;
        ops_output_dims(0, 4, OPS_DIMS(2, ops_graph.tensors[op->inputs[0]].dims[1], 3, 3));
    } else {
        ops_output(0);
    }
    if (code == NET_MAX_POOL)
        ops_output(1);
}

static void begin_matrix(net_code code)
{
    static const char *const equations[] = {"bij,bjk->bik", "...ij,...jk->...ik", "bij,bjk", "bij,bjk->", "bii,bik->k"};
    const int integer = code == NET_MATMUL_INTEGER, gemm = code == NET_GEMM;
    const net_type type = integer ? NET_INT8 : NET_FLOAT;
    net_op *op = ops_begin(code, integer ? 4 : gemm ? 3 : 2, 1);
    op->a.alpha = op->a.beta = random_below(2) ? 1 : 0.5f;
    op->a.transpose = gemm ? random_below(4) : 0;
    op->a.text = equations[random_below(5)];
    if (gemm) {
        add(0, type, 2, OPS_DIMS(3, 3));
        add(1, type, 2, OPS_DIMS(3, 3));
        add(2, type, 1, OPS_DIMS(3));
    } else {
        add(0, type, 3, OPS_DIMS(2, 3, 3));
        add(1, type, 3, OPS_DIMS(2, 3, 4));
    }
    if (integer) {
        add(2, type, 1, OPS_DIMS(3));
        add(3, type, 1, OPS_DIMS(4));
    }
    ops_output(0);
}

static void begin_normalise(net_code code)
{
    const uint32_t inputs = code == NET_BATCH_NORMALIZATION   ? 5
                            : code <= NET_LAYER_NORMALIZATION ? 3
                            : code == NET_RMS_NORMALIZATION   ? 2
                                                              : 1;
    const int along = code == NET_LAYER_NORMALIZATION || code == NET_RMS_NORMALIZATION;
    net_op *op = ops_begin(code, inputs, code == NET_LAYER_NORMALIZATION ? 3 : 1);
    op->a.alpha = op->a.beta = op->a.gamma = 0.1f;
    op->a.group = 2;
    op->a.axis = along ? 3 : 1;
    op->a.mode = 2;
    op->a.axis_count = 2;
    op->a.axes[1] = 2;
    add(0, NET_FLOAT, 4, OPS_DIMS(2, 4, 3, 5));
    for (uint32_t k = 1; k < inputs; k++)
        add(k, NET_FLOAT, 1, OPS_DIMS(along ? 5 : 4));
    for (uint32_t k = 0; k < op->output_count; k++)
        ops_output(k);
}

static void begin_recurrent(net_code code)
{
    const uint32_t gates = code == NET_LSTM ? 4 : code == NET_GRU ? 3 : 1, directions = 1 + random_below(2);
    net_op *op = ops_begin(code, code == NET_LSTM ? 8 : 6, code == NET_LSTM ? 3 : 2);
    recurrent = (net_recurrent){.hidden = 3, .direction = directions == 2 ? NET_BIDIRECTIONAL : random_below(2)};
    recurrent.batch_first = (int)random_below(2);
    recurrent.linear_before_reset = (int)random_below(2);
    op->a.recurrent = &recurrent;
    const uint32_t *states = recurrent.batch_first ? OPS_DIMS(2, directions, 3) : OPS_DIMS(directions, 2, 3);
    add(0, NET_FLOAT, 3, recurrent.batch_first ? OPS_DIMS(2, 4, 5) : OPS_DIMS(4, 2, 5));
    add(1, NET_FLOAT, 3, OPS_DIMS(directions, gates * 3, 5));
    add(2, NET_FLOAT, 3, OPS_DIMS(directions, gates * 3, 3));
    add(3, NET_FLOAT, 2, OPS_DIMS(directions, gates * 6));
    add(4, NET_INT32, 1, OPS_DIMS(2));
    add(5, NET_FLOAT, 3, states);
    if (code == NET_LSTM) {
        add(6, NET_FLOAT, 3, states);
        add(7, NET_FLOAT, 2, OPS_DIMS(directions, 9));
    }
    for (uint32_t k = 0; k < op->output_count; k++)
        ops_output(k);
}

static uint32_t odd_number(void)
{
    static const uint32_t odd[] = {0, 1, 2, 3, 4, 5, 7, 64, 65536, 1u << 20, 1u << 28, 1u << 31, 0xffffffffu};
    return odd[random_below(sizeof odd / sizeof *odd)];
}

/* A tensor keeps the promise of net_add_tensor: at most NET_MAX_ELEMENTS, empty ones too. */
static void spoil_tensor(net_tensor *t)
{
    const net_tensor before = *t;
    uint64_t sides = 1;
    switch (random_below(3)) {
    case 0:
        t->rank = random_below(NET_MAX_RANK + 1);
        for (uint32_t d = before.rank; d < t->rank; d++)
            t->dims[d] = 1 + random_below(2);
        break;
    case 1:
        t->type = (net_type)random_below(14);
        break;
    default:
        t->dims[random_below(NET_MAX_RANK)] = odd_number();
    }
    for (uint32_t d = 0; d < t->rank; d++) {
        sides *= t->dims[d] ? t->dims[d] : 1;
        if (sides > NET_MAX_ELEMENTS) {
            *t = before;
            return;
        }
    }
}

static void spoil_window(net_window *w)
{
    uint32_t *const members[] = {w->kernel, w->stride, w->dilation, w->pad_begin, w->pad_end, w->output_pad};
    if (random_below(8) == 0)
        w->spatial = odd_number();
    else
        members[random_below(6)][random_below(NET_MAX_SPATIAL)] = odd_number();
}

static void spoil(net_op *op)
{
    static const float values[] = {0, -1, 0.01f, 1e30f, -1e30f, INFINITY, NAN, 3};
    const float value = values[random_below(8)];
    switch (random_below(10)) {
    case 0:
        if (op->input_count > 1 && random_below(2))
            op->input_count = 1 + random_below(op->input_count);
        else
            op->inputs[random_below(op->input_count)] = NET_NONE;
        break;
    case 1:
        op->a.axis = (int32_t)odd_number();
        op->a.axis_count = odd_number();
        op->a.axes[random_below(NET_MAX_RANK)] = odd_number();
        break;
    case 2:
        op->a.group = odd_number();
        break;
    case 3:
        op->a.block = odd_number();
        op->a.mode = (int)odd_number();
        break;
    case 4:
        op->a.alpha = value;
        op->a.beta = values[random_below(8)];
        break;
    case 5:
        recurrent.hidden = odd_number();
        recurrent.activations[random_below(6)] = random_below(NET_CODE_COUNT);
        break;
    case 6:
        resize.scales[random_below(4)] = value;
        resize.cubic_a = value;
        resize.roi[random_below(8)] = value;
        break;
    case 7:
        spoil_window(&op->a.window);
        break;
    default:
        spoil_tensor(&ops_graph.tensors[random_below(ops_graph.tensor_count)]);
    }
}

/* Runs it on buffers of its own. */
static void eval(const net_op *op)
{
    void *data[OPS_TENSORS] = {0};
    size_t total = 0;
    for (uint32_t t = 0; t < ops_graph.tensor_count; t++)
        total += net_count(&ops_graph.tensors[t]);
    if (total > MOST_WORK || net_work(&ops_graph, op) > MOST_WORK)
        return;
    for (uint32_t t = 0; t < ops_graph.tensor_count; t++) {
        const net_tensor *tensor = &ops_graph.tensors[t];
        const size_t count = net_count(tensor), bytes = net_type_bytes(tensor->type);
        data[t] = malloc(count * bytes + !count);
        if (!data[t])
            abort();
        for (size_t i = 0; i < count * bytes; i++)
            ((uint8_t *)data[t])[i] = (uint8_t)random_below(256);
        for (size_t i = 0; i < count && tensor->type == NET_FLOAT; i++)
            random_values((float *)data[t] + i, 1);
        for (size_t i = 0; i < count && tensor->type == NET_INT32; i++)
            ((int32_t *)data[t])[i] = (int32_t)random_below(5);
    }
    const bdc_status status = net_eval(ops_context, &ops_graph, op, data);
    CHECK(status == BDC_OK || ops_says(status, net_op_name(op->code)) || ops_says(status, "memory"));
    for (uint32_t t = 0; t < ops_graph.tensor_count; t++)
        free(data[t]);
    run++;
}

static void test_round(uint64_t seed)
{
    random_seed(seed);
    const uint32_t windows = NET_SPACE_TO_DEPTH - NET_CONV + 1, norms = NET_HARDMAX - NET_BATCH_NORMALIZATION + 1;
    switch (random_below(4)) {
    case 0:
        begin_window((net_code)(NET_CONV + random_below(windows)));
        break;
    case 1:
        begin_matrix((net_code)(NET_MATMUL + random_below(4)));
        break;
    case 2:
        begin_normalise((net_code)(NET_BATCH_NORMALIZATION + random_below(norms)));
        break;
    default:
        begin_recurrent((net_code)(NET_LSTM + random_below(3)));
    }
    for (uint32_t k = random_below(4); k > 0; k--)
        spoil(ops_op);
    ops_error.text[0] = 0;
    const bdc_status status = ops_infer();
    const int failures = check_failures;
    if (status == BDC_OK) {
        eval(ops_op);
    } else {
        refused++;
        CHECK(ops_says(status, net_op_name(ops_op->code)));
    }
    if (failures != check_failures)
        fprintf(stderr, "seed %u\n", (unsigned)seed);
}

int main(void)
{
    for (uint64_t seed = 0; seed < ROUNDS; seed++)
        test_round(seed);
    CHECK(run > ROUNDS / 4 && refused > ROUNDS / 4);
    return ops_done();
}
