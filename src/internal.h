/* What the runtime's files share and its users do not see.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_INTERNAL_H
#define BEDSIDE_INTERNAL_H

#include "bedside.h"
#include "format.h"
#include "kernels/kernels.h"

/* Bytes of one element; 0 for an unknown type. */
static inline uint32_t bds_type_bytes(uint32_t type)
{
    return type == BDS_INT8 || type == BDS_UINT8     ? 1
           : type == BDS_INT16 || type == BDS_UINT16 ? 2
           : type == BDS_INT32                       ? 4
                                                     : 0;
}

/* Elements of a checked tensor. */
static inline uint32_t bds_tensor_count(const bdf_tensor *t)
{
    return t->dims[1] * t->dims[2] * t->dims[3];
}

static inline uint32_t bds_tensor_bytes(const bdf_tensor *t)
{
    return bds_tensor_count(t) * bds_type_bytes(t->type);
}

static inline const bdf_tensor *bds_op_input(const bds_model *m, const bdf_op *op, uint32_t i)
{
    return &m->tensors[m->links[op->input_first + i]];
}

/* Results of these may lie exactly over an operand that dies there: each value is read before it is written. */
static inline int bds_op_in_place(const bdf_op *op)
{
    const uint32_t may = 1u << BDF_ADD | 1u << BDF_MUL | 1u << BDF_TABLE | 1u << BDF_RESHAPE | 1u << BDF_MIN |
                         1u << BDF_MAX | 1u << BDF_CHANNEL_TABLE | 1u << BDF_LAYER_NORM | 1u << BDF_INSTANCE_NORM |
                         1u << BDF_CONVERT;
    return (int)(may >> op->code & 1u);
}

static inline int bds_op_has_weights(const bdf_op *op)
{
    return op->code == BDF_CONV || op->code == BDF_DEPTHWISE || op->code == BDF_FULLY_CONNECTED;
}

#define BDS_ARENA_ALIGN 64u

static inline size_t bds_align_up(size_t n)
{
    return (n + (BDS_ARENA_ALIGN - 1)) & ~(size_t)(BDS_ARENA_ALIGN - 1);
}

/* Bytes from the packed weights of one group of a convolution to the next; 0 where raw weights are used in place. */
static inline size_t bds_packed_group_bytes(const bds_kernels *k, const bds_window *w, uint32_t channels, int wide)
{
    return bds_align_up(k->conv_packed_bytes(w, channels, wide));
}

/* Whether a blob must be decoded. A build with BDS_NO_ENTROPY refuses such files when it opens them (check.c); as it never gets here,
 * nothing calls the decoders, and the linker leaves them out. */
static inline int bds_is_coded(const bdf_blob *b)
{
#ifdef BDS_NO_ENTROPY
    (void)b;
    return 0;
#else
    return b->coding != BDF_RAW;
#endif
}

/* Numbers of a layer: biases, multipliers. */
static inline int bds_is_coded_numbers(const bdf_blob *b)
{
    return bds_is_coded(b) && b->coding == BDF_NUMBERS;
}

/* The bytes of a raw blob. */
static inline const void *bds_blob_data(const bds_model *m, uint32_t blob)
{
    return m->blob_data + m->blobs[blob].offset;
}

/* Where a blob ends in the file. A file without DATA has only blobs of no bytes. */
static inline uint64_t bds_blob_end(const bds_model *m, uint32_t blob)
{
    const bdf_blob *b = &m->blobs[blob];
    return m->blob_data ? (uint64_t)(m->blob_data - m->data) + b->offset + b->stored_bytes : 0;
}

/* Whether a blob is still to come. */
static inline int bds_blob_awaited(const bds_model *m, uint32_t blob)
{
    return bds_blob_end(m, blob) > m->here;
}

/* model.c: the CRC of the n bytes, which begin with the file, the CRC's own field being taken for zero. */
uint32_t bds_model_crc(const uint8_t *data, size_t n);

/* check.c */
bds_status bds_check_tensors(const bds_model *m);
bds_status bds_check_blobs(const bds_model *m);
/* Whether there is a blob of that type and count: raw, or coded where the plan decodes. */
typedef enum bds_decoding { BDS_ONLY_RAW, BDS_OR_CODED_WEIGHTS, BDS_OR_CODED_NUMBERS } bds_decoding;
int bds_has_blob(const bds_model *m, uint32_t blob, uint32_t type, uint64_t count, bds_decoding decoding);
/* check_op.c: shapes, blobs and accumulator ranges of an operator. */
bds_status bds_check_op(const bds_model *m, const bdf_op *op);
bds_status bds_check_inputs(const bds_model *m);
bds_status bds_check_result(const bds_model *m);
/* liveness.c: order of definition and use, and that no two living tensors overlap. */
bds_status bds_check_memory(bds_model *m);

typedef struct bds_node bds_node;
typedef void bds_operator(const bds_plan *p, const bds_node *node);

/* How a layer of a network that was turned into C uses its memory: offsets count from the activations. */
typedef struct bds_flow {
    uint32_t scratch; /* of the kernel */
    uint32_t strip;   /* its rows of the operand: see flow.c. Only for bds_run_flow */
    uint16_t block;   /* rows of the result computed at a time; 0: no strip, all at once */
    const bds_node
        *source; /* computes the strip's rows, and is no step of its own; null: they are copied from the operand */
} bds_flow;

/* One operator with its data resolved to pointers. */
struct bds_node {
    const bdf_op *op;
    bds_operator *run;
    const void *weights;  /* packed for the kernel, or raw */
    uint8_t *own_weights; /* the same, if they are in the arena; else null */
    const int32_t *bias;
    const int16_t *multipliers;
    const void *table;
    const bds_flow *flow; /* null: a plan that lays out its memory itself */
    uint8_t left, shift;  /* the operator's, or an equal pair that suits the kernels better */
    uint8_t weights_wide; /* the weights are int16 */
};

/* loading: weights are missing, and nothing else can be done. */
typedef enum bds_plan_state {
    BDS_PLAN_EMPTY,
    BDS_PLAN_READY,
    BDS_PLAN_RUNNING,
    BDS_PLAN_DONE,
    BDS_PLAN_LOADING
} bds_plan_state;

struct bds_plan {
    const bds_model *model;
    const bds_kernels *kernels;
    const bds_node *nodes;
    uint32_t node_count;
    uint8_t *activations;
    uint8_t *scratch;
    uint8_t *picture;      /* scratch of bds_prepare_image, */
    size_t picture_bytes;  /* so much */
    size_t scratch_bytes;  /* of a thread */
    uint32_t threads;      /* each with scratch of its own, one behind the other */
    uint32_t part, parts;  /* which rows of a layer's result are to be computed; parts 0: all */
    uint8_t *stage, *work; /* until the first run: of the blob that is arriving; to unfold weights */
    uint32_t fed;          /* bytes of the file that were seen */
    uint32_t awaited;      /* the blob that comes next; blob_count: none */
    uint32_t crc;          /* of the bytes that were seen */
    bds_status fault;      /* why loading failed */
    bds_observer *observer;
    void *observer_cookie;
    bds_plan_state state;
    uint32_t cursor; /* next operator */
    uint32_t given;  /* one bit per input handed over since the last run */
    uint32_t doubts; /* of the prepared pictures */
};

/* Whether there is an operator to run. */
static inline int bds_plan_runs(const bds_plan *p)
{
    return p->state == BDS_PLAN_READY || p->state == BDS_PLAN_RUNNING;
}

static inline void *bds_plan_data(const bds_plan *p, uint32_t tensor)
{
    return p->activations + p->model->tensors[tensor].arena_offset;
}

/* The stored logit of a label, after a run. */
static inline int32_t bds_label_logit(const bds_plan *p, uint32_t label)
{
    const bdf_result *r = p->model->result;
    const void *data = bds_plan_data(p, r->tensor);
    return p->model->tensors[r->tensor].type == BDS_INT16 ? ((const int16_t *)data)[label]
                                                          : ((const int8_t *)data)[label];
}

/* flow.c: runs a layer, and those that feed its strip, block by block of rows. */
bds_operator bds_run_flow;

/* operators_layer.c: the windows of an operator with weights, or of a product, all but x. */
bds_window bds_layer_window(const bds_model *m, const bdf_op *op);
/* operators.c */
size_t bds_operator_scratch(const bds_model *m, const bds_kernels *k, const bdf_op *op);
bds_operator *bds_operator_of(uint32_t code);
const char *bds_operator_name(uint32_t code);

#endif
