/* Element-wise operators, reductions, moves, gathering, scattering and quantisation with random types, shapes, attributes and indices:
 * each is refused with a sentence that names the operator, or runs within its buffers (which have exactly their size, for a sanitizer
 * to watch).
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "ops.h"
#include "random.h"

enum { ROUNDS = 40000, MOST_WORK = 1 << 16 };

static uint32_t refused, run;
static uint32_t runs_of[NET_CODE_COUNT];

static const net_type types[] = {NET_FLOAT, NET_UINT8, NET_INT8,    NET_UINT16, NET_INT16,  NET_INT32,
                                 NET_INT64, NET_BOOL,  NET_FLOAT16, NET_DOUBLE, NET_UINT32, NET_UINT64};

static int64_t odd_number(void)
{
    static const int64_t odd[] = {0, 1, 2, 3, -1, -2, -3, 5, 64, 1 << 20, 1 << 28, UINT32_MAX, INT64_MAX, INT64_MIN};
    return odd[random_below(random_below(3) ? 6 : sizeof odd / sizeof *odd)];
}

static int fits(uint32_t rank, const uint32_t *dims)
{
    uint64_t sides = 1;
    for (uint32_t d = 0; d < rank && sides <= NET_MAX_ELEMENTS; d++)
        sides *= dims[d] ? dims[d] : 1;
    return sides <= NET_MAX_ELEMENTS;
}

/* Shapes are alike most of the time, so that many rounds get past the checks. */
static void random_shape(uint32_t rank, uint32_t dims[NET_MAX_RANK])
{
    do
        for (uint32_t d = 0; d < rank; d++)
            dims[d] = random_below(8) ? 2 + d : random_below(16) ? random_below(5) : 1u << random_below(29);
    while (!fits(rank, dims));
}

static void fill(void *data, net_type type, size_t count)
{
    for (size_t i = 0; i < count * net_type_bytes(type); i++)
        ((uint8_t *)data)[i] = (uint8_t)(type == NET_BOOL ? random_below(2) : random_below(256));
    for (size_t i = 0; i < count; i++) {
        if (type == NET_FLOAT)
            ((float *)data)[i] = random_below(20) ? (float)(int)random_below(9) - 4.0f : (float)odd_number() * 1e20f;
        else if (type == NET_INT64)
            ((int64_t *)data)[i] = random_below(20) ? (int64_t)random_below(4) - 1 : odd_number();
        else if (type == NET_INT32)
            ((int32_t *)data)[i] = random_below(20) ? (int32_t)random_below(4) - 1 : (int32_t)(uint32_t)odd_number();
    }
}

static void random_attributes(net_attributes *a, uint32_t rank)
{
    static uint32_t order[NET_MAX_RANK];
    a->axis = random_below(8) ? random_below(rank + 1) : odd_number();
    a->group = random_below(3);
    a->block = random_below(4) ? 0 : random_below(3);
    a->mode = random_below(8) ? (int)random_below(5) : (int)(uint32_t)odd_number();
    a->keep_dims = (int)random_below(2);
    a->to = random_below(2) ? types[random_below(12)] : (net_type)random_below(15);
    a->alpha = random_below(4) ? 0.5f : (float)odd_number();
    a->beta = (float)odd_number();
    a->axis_count = random_below(8) ? rank : random_below(NET_MAX_RANK + 1);
    for (uint32_t d = 0; d < NET_MAX_RANK; d++)
        order[d] = d;
    for (uint32_t d = rank; d > 1; d--) {
        const uint32_t other = random_below(d), swapped = order[d - 1];
        order[d - 1] = order[other];
        order[other] = swapped;
    }
    for (uint32_t d = 0; d < NET_MAX_RANK; d++) {
        a->axes[d] = random_below(16) ? order[d] : (uint32_t)odd_number();
        a->starts[d] = random_below(16) ? random_below(2) : odd_number();
        a->steps[d] = random_below(16) ? 1 : odd_number();
        a->pads[d] = random_below(16) ? (int64_t)random_below(5) - 2 : odd_number();
        a->pads[d + NET_MAX_RANK] = random_below(16) ? (int64_t)random_below(5) - 2 : odd_number();
    }
}

static net_code random_code(void)
{
    const uint32_t first = NET_DYNAMIC_QUANTIZE_LINEAR - NET_REDUCE_SUM + 1;
    const uint32_t k = random_below(NET_MEAN + first);
    return (net_code)(k < NET_MEAN ? NET_IDENTITY + k : NET_REDUCE_SUM + (k - NET_MEAN));
}

static uint32_t inputs_of(net_code code)
{
    if (code <= NET_CLIP)
        return code == NET_CLIP ? 3 : 1;
    if (code == NET_WHERE || code == NET_SCATTER_ELEMENTS || code == NET_SCATTER_ND || code == NET_ONE_HOT ||
        code == NET_QUANTIZE_LINEAR || code == NET_DEQUANTIZE_LINEAR)
        return 3;
    const int one = code == NET_EYE_LIKE || (code >= NET_REDUCE_SUM && code <= NET_ARG_MIN) ||
                    (code >= NET_RESHAPE && code <= NET_TILE && code != NET_CONCAT && code != NET_PAD);
    return one || code == NET_DYNAMIC_QUANTIZE_LINEAR ? 1 : 2;
}

static net_type type_for(net_code code)
{
    if (code == NET_NOT || (code >= NET_AND && code <= NET_XOR))
        return NET_BOOL;
    if (code == NET_BIT_SHIFT)
        return NET_UINT8;
    if ((code >= NET_BITWISE_AND && code <= NET_BITWISE_XOR) || code == NET_BITWISE_NOT ||
        code == NET_DEQUANTIZE_LINEAR)
        return NET_INT8;
    return NET_FLOAT;
}

/* An operator whose inputs are about right. */
static void begin(void)
{
    const net_code code = random_code();
    const uint32_t rank = random_below(5), inputs = random_below(8) ? inputs_of(code) : random_below(5);
    const int quantised = code >= NET_QUANTIZE_LINEAR;
    const net_type type = random_below(2) ? type_for(code) : types[random_below(12)];
    const uint32_t outputs = code == NET_DYNAMIC_QUANTIZE_LINEAR ? 3 : code == NET_TOP_K || code == NET_SPLIT ? 2 : 1;
    ops_begin(code, inputs, random_below(8) ? outputs : random_below(4));
    random_attributes(&ops_op->a, rank);
    for (uint32_t k = 0; k < inputs; k++) {
        uint32_t dims[NET_MAX_RANK], own = random_below(3) ? rank : random_below(4);
        if (k && random_below(3) == 0)
            own = random_below(2);
        net_type mine = random_below(10) ? type : types[random_below(12)];
        if (k == 1 && code >= NET_TOP_K && code != NET_CONCAT && code != NET_PAD && random_below(8))
            mine = NET_INT64;
        if (quantised && k)
            mine = k == 1 ? NET_FLOAT : code == NET_DEQUANTIZE_LINEAR ? type : types[random_below(8)];
        if (code == NET_WHERE && k == 0)
            mine = NET_BOOL;
        if (quantised && k && random_below(2))
            own = 0;
        if (random_below(50) == 0)
            continue; /* left out */
        random_shape(own, dims);
        if (k && own == 1 && random_below(2))
            dims[0] = 1;
        net_tensor shape = {.rank = own};
        memcpy(shape.dims, dims, sizeof dims);
        if (net_count(&shape) <= 64 && random_below(2)) {
            uint64_t data[64];
            fill(data, mine, net_count(&shape));
            ops_input(k, mine, own, dims, data);
        } else {
            ops_input(k, mine, own, dims, NULL);
        }
    }
    for (uint32_t k = 0; k < ops_op->output_count; k++) {
        uint32_t dims[NET_MAX_RANK];
        random_shape(rank, dims);
        if (random_below(30))
            ops_output_dims(k, rank, dims);
    }
}

static void eval(void)
{
    void *data[OPS_TENSORS] = {0};
    size_t total = 0;
    for (uint32_t t = 0; t < ops_graph.tensor_count; t++)
        total += net_count(&ops_graph.tensors[t]);
    if (total > MOST_WORK || net_work(&ops_graph, ops_op) > MOST_WORK)
        return;
    for (uint32_t t = 0; t < ops_graph.tensor_count; t++) {
        const net_tensor *tensor = &ops_graph.tensors[t];
        const size_t count = net_count(tensor), bytes = count * net_type_bytes(tensor->type);
        data[t] = malloc(bytes + !bytes);
        if (!data[t])
            abort();
        if (tensor->data && bytes)
            memcpy(data[t], tensor->data, bytes);
        else
            fill(data[t], tensor->type, count);
    }
    const bdc_status status = net_eval(ops_context, &ops_graph, ops_op, data);
    CHECK(status == BDC_OK || ops_says(status, net_op_name(ops_op->code)));
    for (uint32_t t = 0; t < ops_graph.tensor_count; t++)
        free(data[t]);
    run++;
    runs_of[ops_op->code] += status == BDC_OK;
}

int main(void)
{
    for (uint32_t seed = 0; seed < ROUNDS; seed++) {
        const int failures = check_failures;
        random_seed(seed);
        begin();
        ops_error.text[0] = 0;
        const bdc_status status = ops_infer();
        if (status == BDC_OK) {
            eval();
        } else {
            refused++;
            CHECK(ops_says(status, net_op_name(ops_op->code)));
        }
        if (failures != check_failures)
            fprintf(stderr, "seed %u\n", seed);
    }
    /* Every operator got through to its end. */
    for (uint32_t code = NET_IDENTITY; code <= NET_DYNAMIC_QUANTIZE_LINEAR; code++)
        if ((code <= NET_MEAN || code >= NET_REDUCE_SUM) && !CHECK(runs_of[code] > 0))
            fprintf(stderr, "  %s never ran\n", net_op_name((net_code)code));
    printf("%u refused, %u run\n", refused, run);
    return ops_done();
}
