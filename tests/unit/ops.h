/* Runs one operator of the network through net_infer and net_eval, for the tests of their rails.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_OPS_H
#define BEDSIDE_TESTS_OPS_H

#include <math.h>
#include <string.h>

#include "check.h"
#include "compiler/net.h"

enum { OPS_TENSORS = 16 };

static bdc_context *ops_context;
static bdc_error ops_error;
static net_graph ops_graph;
static void *ops_data[OPS_TENSORS];
static net_op *ops_op;

/* Begins a new operator with all attributes zero. */
static inline net_op *ops_begin(net_code code, uint32_t inputs, uint32_t outputs)
{
    bdc_destroy(ops_context);
    CHECK(bdc_create(&ops_context, NULL, &ops_error) == BDC_OK);
    memset(&ops_graph, 0, sizeof ops_graph);
    memset(ops_data, 0, sizeof ops_data);
    CHECK(net_add_op(ops_context, &ops_graph, code, NULL, "test", inputs, outputs, &ops_op) == BDC_OK);
    return ops_op;
}

static inline uint32_t ops_add(net_type type, uint32_t rank, const uint32_t *dims, const void *data)
{
    net_tensor t = {.name = "t", .type = type, .rank = rank};
    for (uint32_t d = 0; d < rank; d++)
        t.dims[d] = dims[d];
    uint32_t index = 0;
    if (data) { /* a copy of exactly its size, so that a sanitizer sees every step beyond */
        size_t bytes = net_count(&t) * net_type_bytes(type);
        void *copy = bdc_alloc(ops_context, bytes, 1);
        if (bytes)
            memcpy(copy, data, bytes);
        t.data = copy;
    }
    CHECK(net_add_tensor(ops_context, &ops_graph, &t, &index) == BDC_OK);
    ops_data[index] = (void *)(uintptr_t)t.data;
    return index;
}

#define OPS_DIMS(...)                                                                                                  \
    (const uint32_t[])                                                                                                 \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

static inline void ops_input(uint32_t k, net_type type, uint32_t rank, const uint32_t *dims, const void *data)
{
    ops_op->inputs[k] = ops_add(type, rank, dims, data);
}

/* An output whose shape the operator finds itself. */
static inline void ops_output(uint32_t k)
{
    ops_op->outputs[k] = ops_add(NET_FLOAT, 0, NULL, NULL);
}

/* One whose shape the importer sets. */
static inline void ops_output_dims(uint32_t k, uint32_t rank, const uint32_t *dims)
{
    ops_op->outputs[k] = ops_add(NET_FLOAT, rank, dims, NULL);
}

static inline bdc_status ops_infer(void)
{
    return net_infer(ops_context, &ops_graph, ops_op);
}

static inline bdc_status ops_run(void)
{
    bdc_status status = ops_infer();
    if (status != BDC_OK)
        return status;
    for (uint32_t k = 0; k < ops_op->output_count; k++)
        if (ops_op->outputs[k] != NET_NONE) {
            const net_tensor *t = &ops_graph.tensors[ops_op->outputs[k]];
            ops_data[ops_op->outputs[k]] = bdc_alloc(ops_context, net_count(t), net_type_bytes(t->type));
        }
    return net_eval(ops_context, &ops_graph, ops_op, ops_data);
}

static inline const net_tensor *ops_result(uint32_t k)
{
    return &ops_graph.tensors[ops_op->outputs[k]];
}

static inline const void *ops_values(uint32_t k)
{
    return ops_data[ops_op->outputs[k]];
}

/* Type, count and bytes of a result. */
static inline int ops_is(uint32_t k, net_type type, size_t count, const void *expected)
{
    const net_tensor *t = ops_result(k);
    int ok = t->type == type && net_count(t) == count;
    return ok && (!count || !memcmp(ops_values(k), expected, count * net_type_bytes(type)));
}

static inline int ops_has_dims(uint32_t k, uint32_t rank, const uint32_t *dims)
{
    const net_tensor *t = ops_result(k);
    int ok = t->rank == rank;
    for (uint32_t d = 0; ok && d < rank; d++)
        ok = t->dims[d] == dims[d];
    return ok;
}

static inline int ops_says(bdc_status status, const char *part)
{
    int ok = ops_error.status == status && strstr(ops_error.text, part) && strstr(ops_error.text, "test");
    if (!ok)
        fprintf(stderr, "  the error is: %s\n", ops_error.text);
    return ok;
}

static inline int ops_done(void)
{
    bdc_destroy(ops_context);
    return check_done();
}

#endif
