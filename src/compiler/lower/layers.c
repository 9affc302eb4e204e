/* Products of matrices: with constants they are layers, else products of two tensors.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "layer_weights.h"

/* The input as it lies, if it is one vector that is the whole tensor in any order: then the weights take that order. */
static bdc_status whole_vector(lowering *l, const lower_value *x, uint32_t depth, const lower_layer *layer, int *done,
                               lower_value *y)
{
    bdc_context *c = l->context;
    const uint32_t axis = x->rank - 1, rows = layer->channels;
    uint32_t count = 1;
    for (uint32_t d = x->first[axis]; d < x->first[axis + 1]; d++)
        count *= x->stride[d] ? x->count[d] : 0;
    *done = 0;
    if (count != depth || x->offset || ir_count(&l->ir->tensors[x->tensor]) != depth)
        return BDC_OK;
    for (uint32_t d = x->first[axis]; d < x->first[axis + 1]; d++)
        if (x->stride[d] < 0)
            return BDC_OK;
    /* Weight k of a row belongs to element at[k] of the tensor. */
    uint32_t *at = BDC_NEW(c, uint32_t, depth);
    float *weights = BDC_NEW(c, float, (size_t)rows *depth);
    if (!at || !weights)
        return BDC_E_MEMORY;
    int moved = 0;
    for (uint32_t k = 0; k < depth; k++) {
        for (uint32_t d = x->first[axis + 1], rest = k; d-- > x->first[axis]; rest /= x->count[d])
            at[k] += rest % x->count[d] * (uint32_t)x->stride[d];
        moved |= at[k] != k;
    }
    lower_layer turned = *layer;
    if (moved) {
        for (uint32_t r = 0; r < rows; r++)
            for (uint32_t k = 0; k < depth; k++)
                weights[(size_t)r * depth + at[k]] = layer->weights[(size_t)r * depth + k];
        turned.weights = weights;
        if (layer->integers) {
            int16_t *stored = BDC_NEW(c, int16_t, (size_t)rows *depth);
            ir_integers *integers = BDC_NEW(c, ir_integers, 1);
            if (!stored || !integers)
                return BDC_E_MEMORY;
            *integers = *layer->integers;
            for (uint32_t r = 0; r < rows; r++)
                for (uint32_t k = 0; k < depth; k++)
                    stored[(size_t)r * depth + at[k]] = layer->integers->weights[(size_t)r * depth + k];
            integers->weights = stored;
            turned.integers = integers;
        }
    }
    *done = 1;
    return lower_vector_layer(l, x->tensor, x, &turned, y);
}

bdc_status lower_vector_layer(lowering *l, uint32_t tensor, const lower_value *x, const lower_layer *layer,
                              lower_value *y)
{
    uint32_t dims[NET_MAX_RANK];
    ir_op *op;
    lower_dims(x, dims);
    dims[x->rank - 1] = layer->channels;
    lower_order o = {.count = x->rank, .w_end = x->rank - 1};
    for (uint32_t i = 0; i < x->rank; i++)
        o.dims[i] = i;
    BDC_TRY(lower_give(l, x->rank, dims, &o, y));
    BDC_TRY(lower_op1(l, IR_GEMM, tensor, y->tensor, &op));
    op->weights = layer->weights;
    op->bias = layer->bias;
    op->integers = layer->integers;
    return BDC_OK;
}

bdc_status lower_dense_layer(lowering *l, const lower_value *x, const lower_layer *layer, lower_value *y)
{
    const uint32_t axis = x->rank - 1, depth = lower_dim(x, axis);
    uint32_t dims[NET_MAX_RANK], tensor, pixels = 1;
    lower_order o;
    ir_op *op;
    lower_dims(x, dims);
    for (uint32_t i = 0; i < axis; i++)
        pixels *= dims[i];
    if (pixels == 1) {
        int done;
        BDC_TRY(whole_vector(l, x, depth, layer, &done, y));
        if (done)
            return BDC_OK;
    }
    if (!lower_is_inside(x, &o, 1u << axis)) {
        o = lower_memory_order(x);
        lower_move_inside(&o, 1u << axis);
    }
    BDC_TRY(lower_take(l, x, &o, &tensor));
    if (pixels == 1)
        return lower_vector_layer(l, tensor, x, layer, y);
    dims[axis] = layer->channels;
    const ir_tensor in = l->ir->tensors[tensor];
    BDC_TRY(lower_give(l, x->rank, dims, &o, y));
    l->ir->tensors[y->tensor].h = in.h;
    l->ir->tensors[y->tensor].w = in.w;
    BDC_TRY(lower_op1(l, IR_CONV, tensor, y->tensor, &op));
    op->weights = layer->weights;
    op->bias = layer->bias;
    op->integers = layer->integers;
    return BDC_OK;
}

/* ---- MatMul ----------------------------------------------------------------------------------------------------------- */

static uint32_t batches(const lower_value *v)
{
    uint32_t n = 1;
    for (uint32_t i = 0; i + 2 < v->rank; i++)
        n *= lower_dim(v, i);
    return n;
}

/* The last two dimensions exchanged. */
static void swap_last(lower_value *v)
{
    uint32_t axes[NET_MAX_RANK];
    for (uint32_t i = 0; i < v->rank; i++)
        axes[i] = i + 2 == v->rank ? i + 1 : i + 1 == v->rank ? i - 1 : i;
    lower_transpose(v, axes);
}

/* A constant [.., K, N] whose leading dimensions are 1 as the weights of a layer. */
static bdc_status matrix_layer(lowering *l, const lower_value *b, const lower_value *x, lower_layer *layer)
{
    lower_value w = *b;
    swap_last(&w);
    return lower_layer_of(l, &w, lower_dim(&w, w.rank - 2), NULL, x, layer);
}

static bdc_status dynamic_product(lowering *l, lower_value a, lower_value b, lower_value *y)
{
    const uint32_t rank = a.rank > b.rank ? a.rank : b.rank;
    uint32_t dims[NET_MAX_RANK], own[NET_MAX_RANK], ta, tb;
    if (b.array)
        BDC_TRY(lower_materialise(l, &b));
    if (a.array)
        BDC_TRY(lower_materialise(l, &a));
    for (uint32_t i = 0; i < rank; i++) {
        uint32_t p = i + a.rank < rank ? 1 : lower_dim(&a, i + a.rank - rank);
        uint32_t q = i + b.rank < rank ? 1 : lower_dim(&b, i + b.rank - rank);
        dims[i] = p > q ? p : q;
    }
    const uint32_t m = lower_dim(&a, a.rank - 2), k = lower_dim(&a, a.rank - 1), n = lower_dim(&b, b.rank - 1);
    for (int side = 0; side < 2; side++) {
        for (uint32_t i = 0; i < rank; i++)
            own[i] = dims[i];
        own[rank - 2] = side ? k : m;
        own[rank - 1] = side ? n : k;
        BDC_TRY(lower_broadcast(l, side ? &b : &a, rank, own));
    }
    lower_order o = {.count = rank, .h_end = rank - 2, .w_end = rank - 1}, turned = o;
    for (uint32_t i = 0; i < rank; i++)
        o.dims[i] = turned.dims[i] = i;
    turned.dims[rank - 2] = rank - 1;
    turned.dims[rank - 1] = rank - 2;
    /* b as it lies: [K][N], or [N][K]. */
    const lower_order lies = lower_memory_order(&b);
    int transposed = 0;
    for (uint32_t i = 0; i < rank; i++)
        if (lies.dims[i] == rank - 1 || lies.dims[i] == rank - 2)
            transposed = lies.dims[i] == rank - 2; /* the last of both to come */
    transposed = transposed && k > 1 && n > 1;
    const uint32_t h = batches(&a);
    BDC_TRY(lower_take_as(l, &a, &o, (uint32_t[3]){h, m, k}, &ta));
    BDC_TRY(
        lower_take_as(l, &b, transposed ? &turned : &o, (uint32_t[3]){h, transposed ? n : k, transposed ? k : n}, &tb));
    dims[rank - 2] = m;
    dims[rank - 1] = n;
    BDC_TRY(lower_give(l, rank, dims, &o, y));
    ir_op *op;
    BDC_TRY(lower_op(l, IR_MATMUL, 2, y->tensor, &op));
    op->inputs[0] = ta;
    op->inputs[1] = tb;
    op->transpose_b = transposed;
    return BDC_OK;
}

bdc_status lower_product_of(lowering *l, const lower_value *first, const lower_value *second, lower_value *y)
{
    lower_value a = *first, b = *second;
    const int a_vector = a.rank == 1, b_vector = b.rank == 1;
    uint32_t dims[NET_MAX_RANK] = {1, 1}, rank;
    lower_layer layer;
    if (a_vector) { /* one row */
        const uint32_t row[2] = {1, lower_dim(&a, 0)};
        BDC_TRY(lower_broadcast(l, &a, 2, row));
    }
    if (b_vector) { /* one column */
        const uint32_t column[2] = {lower_dim(&b, 0), 1};
        BDC_TRY(lower_reshape(l, &b, 2, column));
    }
    if (b.array && batches(&b) == 1) {
        if (b.rank > a.rank) {
            for (uint32_t i = 0; i < b.rank; i++)
                dims[i] = i + a.rank < b.rank ? 1 : lower_dim(&a, i + a.rank - b.rank);
            BDC_TRY(lower_broadcast(l, &a, b.rank, dims));
        }
        BDC_TRY(matrix_layer(l, &b, &a, &layer));
        BDC_TRY(lower_dense_layer(l, &a, &layer, y));
    } else if (a.array && batches(&a) == 1 && a.rank <= b.rank) {
        swap_last(&b); /* y' = b' a' */
        BDC_TRY(lower_layer_of(l, &a, lower_dim(&a, a.rank - 2), NULL, &b, &layer));
        BDC_TRY(lower_dense_layer(l, &b, &layer, y));
        swap_last(y);
    } else {
        BDC_TRY(dynamic_product(l, a, b, y));
    }
    if (!a_vector && !b_vector)
        return BDC_OK;
    rank = 0;
    for (uint32_t i = 0; i < y->rank; i++)
        if (!(a_vector && i + 2 == y->rank) && !(b_vector && i + 1 == y->rank))
            dims[rank++] = lower_dim(y, i);
    return lower_reshape(l, y, rank, dims);
}

bdc_status lower_op_matmul(lowering *l)
{
    lower_value a, b, y;
    BDC_TRY(lower_input(l, 0, &a));
    BDC_TRY(lower_input(l, 1, &b));
    BDC_TRY(lower_product_of(l, &a, &b, &y));
    lower_set(l, 0, &y);
    return BDC_OK;
}

/* ---- Gemm -------------------------------------------------------------------------------------------------------------- */

/* Input 2 as one bias per column, times beta; *bias stays null if it is something else. */
static bdc_status column_bias(lowering *l, uint32_t columns, lower_value *bias, int *fits)
{
    BDC_TRY(lower_input(l, 2, bias));
    *fits = 0;
    if (!bias->array || l->op->a.beta < 1 || l->op->a.beta > 1)
        return BDC_OK;
    for (uint32_t i = 0; i + 1 < bias->rank; i++)
        if (lower_dim(bias, i) != 1)
            return BDC_OK;
    const uint32_t row[1] = {bias->rank ? lower_dim(bias, bias->rank - 1) : 1};
    BDC_TRY(lower_reshape(l, bias, 1, row));
    BDC_TRY(lower_broadcast(l, bias, 1, &columns));
    *fits = 1;
    return BDC_OK;
}

bdc_status lower_op_gemm(lowering *l)
{
    const net_attributes *p = &l->op->a;
    lower_value a, b, c, y;
    int bias = 0;
    BDC_TRY(lower_input(l, 0, &a));
    BDC_TRY(lower_input(l, 1, &b));
    if (p->transpose & 1u)
        swap_last(&a);
    if (p->transpose & 2u)
        swap_last(&b);
    const int plain = !(p->alpha < 1) && !(p->alpha > 1);
    const int has_bias = lower_has_input(l, 2);
    if (b.array && has_bias && plain)
        BDC_TRY(column_bias(l, lower_dim(&b, 1), &c, &bias));
    if (bias) {
        lower_layer layer;
        lower_value w = b;
        swap_last(&w);
        BDC_TRY(lower_layer_of(l, &w, lower_dim(&w, 0), &c, &a, &layer));
        BDC_TRY(lower_dense_layer(l, &a, &layer, &y));
    } else {
        BDC_TRY(lower_product_of(l, &a, &b, &y));
        if (!plain)
            BDC_TRY(lower_linear(l, &y, p->alpha, 0, &y));
        if (has_bias) {
            BDC_TRY(lower_input(l, 2, &c));
            if (p->beta < 1 || p->beta > 1)
                BDC_TRY(lower_linear(l, &c, p->beta, 0, &c));
            BDC_TRY(lower_binary(l, IR_ADD, &y, &c, &y));
        }
    }
    lower_set(l, 0, &y);
    return BDC_OK;
}
