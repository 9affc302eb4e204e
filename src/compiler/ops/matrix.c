/* MatMul, MatMulInteger and Gemm.
 * SPDX-License-Identifier: MIT */
#include "matrix.h"

#include "../float_kernels.h"

/* ---- MatMul: as NumPy's, batches broadcast, vectors as one row or one column --------------------------------------- */

typedef struct product {
    uint32_t m, n, k, batch_rank;
    uint32_t batch[NET_MAX_RANK], dims[NET_MAX_RANK], rank; /* batch dims and dims of the result */
    /* elements from one index of a batch dimension to the next; 0 where it is broadcast */
    size_t a_step[NET_MAX_RANK], b_step[NET_MAX_RANK];
} product;

/* Batch dimension d of t, counted in the result's batch dimensions. */
static uint32_t batch_side(const net_tensor *t, uint32_t batch_rank, uint32_t d)
{
    const uint32_t own = t->rank > 2 ? t->rank - 2 : 0;
    return d + own < batch_rank ? 1 : t->dims[d + own - batch_rank];
}

static void batch_steps(const net_tensor *t, const product *p, size_t matrix, size_t *steps)
{
    size_t step = matrix;
    for (uint32_t d = p->batch_rank; d-- > 0;) {
        const uint32_t side = batch_side(t, p->batch_rank, d);
        steps[d] = side == 1 ? 0 : step;
        step *= side;
    }
}

/* 0 if the shapes do not fit. */
static int plan_product(const net_tensor *a, const net_tensor *b, product *p)
{
    *p = (product){0};
    if (a->rank < 1 || b->rank < 1)
        return 0;
    p->m = a->rank > 1 ? a->dims[a->rank - 2] : 1;
    p->k = a->dims[a->rank - 1];
    p->n = b->rank > 1 ? b->dims[b->rank - 1] : 1;
    if (b->dims[b->rank > 1 ? b->rank - 2 : 0] != p->k)
        return 0;
    const uint32_t most = a->rank > b->rank ? a->rank : b->rank;
    p->batch_rank = most > 2 ? most - 2 : 0;
    for (uint32_t d = 0; d < p->batch_rank; d++) {
        const uint32_t sa = batch_side(a, p->batch_rank, d), sb = batch_side(b, p->batch_rank, d);
        if (sa != sb && sa != 1 && sb != 1)
            return 0;
        p->batch[d] = p->dims[p->rank++] = sa == 1 ? sb : sa;
    }
    if (a->rank > 1)
        p->dims[p->rank++] = p->m;
    if (b->rank > 1)
        p->dims[p->rank++] = p->n;
    batch_steps(a, p, (size_t)p->m * p->k, p->a_step);
    batch_steps(b, p, (size_t)p->k * p->n, p->b_step);
    return 1;
}

static bdc_status infer_product(const op_infer *i, net_type type)
{
    product p;
    if (!plan_product(infer_input(i, 0), infer_input(i, 1), &p))
        return infer_bad_shape(i);
    return infer_set(i, 0, type, p.rank, p.dims);
}

bdc_status infer_matmul(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 2, 1, 1));
    const net_tensor *a = infer_input(i, 0);
    BDC_TRY(infer_type(i, a, TYPES_REAL | TYPES_WHOLE));
    BDC_TRY(infer_same_type(i, a, infer_input(i, 1)));
    return infer_product(i, a->type);
}

static size_t batch_count(const product *p)
{
    size_t count = 1;
    for (uint32_t d = 0; d < p->batch_rank; d++)
        count *= p->batch[d];
    return count;
}

/* Where matrix number `batch` of the result finds its own. */
static size_t batch_offset(const product *p, const size_t *steps, size_t batch)
{
    size_t offset = 0;
    for (uint32_t d = p->batch_rank; d-- > 0; batch /= p->batch[d])
        offset += batch % p->batch[d] * steps[d];
    return offset;
}

static bdc_status matmul_floats(const op_eval *e)
{
    product p;
    plan_product(eval_input(e, 0), eval_input(e, 1), &p);
    const float *a = eval_input_data(e, 0), *b = eval_input_data(e, 1);
    float *y = eval_output_data(e, 0);
    size_t batches = batch_count(&p), m = p.m;
    /* One matrix for all: the batches are more rows. */
    if (eval_input(e, 1)->rank <= 2) {
        m *= batches;
        batches = batches ? 1 : 0;
    }
    float *scratch = BDC_NEW(e->context, float, float_gemm_scratch(m, p.n, p.k));
    if (!scratch)
        return BDC_E_MEMORY;
    for (size_t i = 0; i < net_count(eval_output(e, 0)); i++)
        y[i] = 0;
    for (size_t i = 0; i < batches; i++) {
        const float_matrix left = {a + batch_offset(&p, p.a_step, i), p.k, 1},
                           right = {b + batch_offset(&p, p.b_step, i), p.n, 1};
        float_gemm(m, p.n, p.k, left, right, y + i * m * p.n, p.n, scratch);
    }
    return BDC_OK;
}

/* Element i as 64 bits, of which sums and products wrap. */
static uint64_t whole(const net_tensor *t, const void *data, size_t i)
{
    switch ((int)t->type) {
    case NET_INT32:
        return (uint64_t)(int64_t)((const int32_t *)data)[i];
    case NET_UINT32:
        return ((const uint32_t *)data)[i];
    default:
        return ((const uint64_t *)data)[i];
    }
}

static void matmul_whole(const op_eval *e)
{
    const net_tensor *a = eval_input(e, 0), *b = eval_input(e, 1);
    const int narrow = net_type_bytes(a->type) == 4;
    product p;
    plan_product(a, b, &p);
    for (size_t i = 0; i < net_count(eval_output(e, 0)); i++) {
        const size_t column = i % p.n, row = i / p.n % p.m, batch = i / p.n / p.m,
                     from_a = batch_offset(&p, p.a_step, batch), from_b = batch_offset(&p, p.b_step, batch);
        uint64_t sum = 0;
        for (size_t k = 0; k < p.k; k++)
            sum += whole(a, eval_input_data(e, 0), from_a + row * p.k + k) *
                   whole(b, eval_input_data(e, 1), from_b + k * p.n + column);
        if (narrow)
            ((uint32_t *)eval_output_data(e, 0))[i] = (uint32_t)sum;
        else
            ((uint64_t *)eval_output_data(e, 0))[i] = sum;
    }
}

bdc_status eval_matmul(const op_eval *e)
{
    if (TYPES_REAL >> eval_input(e, 0)->type & 1)
        return eval_in_float(e, matmul_floats);
    matmul_whole(e);
    return BDC_OK;
}

/* ---- MatMulInteger: a, b, [a zero point], [b zero point] -> int32 ------------------------------------------------- */

bdc_status infer_matmul_integer(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 4, 1, 1));
    const net_tensor *a = infer_input(i, 0), *b = infer_input(i, 1), *zero[2] = {infer_input(i, 2), infer_input(i, 3)};
    BDC_TRY(infer_type(i, a, TYPES_BYTE));
    BDC_TRY(infer_type(i, b, TYPES_BYTE));
    BDC_TRY(infer_same_type(i, a, zero[0]));
    BDC_TRY(infer_same_type(i, b, zero[1]));
    BDC_TRY(infer_product(i, NET_INT32));
    if (zero[0] && net_count(zero[0]) != 1)
        BDC_TRY(infer_vector(i, zero[0], a->rank > 1 ? a->dims[a->rank - 2] : 1, "the zero point of a"));
    if (zero[1] && net_count(zero[1]) != 1)
        BDC_TRY(infer_vector(i, zero[1], b->rank > 1 ? b->dims[b->rank - 1] : 1, "the zero point of b"));
    return BDC_OK;
}

static int32_t byte_of(const net_tensor *t, const void *data, size_t i)
{
    return t->type == NET_INT8 ? ((const int8_t *)data)[i] : ((const uint8_t *)data)[i];
}

/* The zero point of row or column `line`. */
static int32_t zero_of(const op_eval *e, uint32_t n, size_t line)
{
    const net_tensor *t = eval_input(e, n);
    return t ? byte_of(t, eval_input_data(e, n), net_count(t) == 1 ? 0 : line) : 0;
}

bdc_status eval_matmul_integer(const op_eval *e)
{
    const net_tensor *a = eval_input(e, 0), *b = eval_input(e, 1);
    const void *from_a = eval_input_data(e, 0), *from_b = eval_input_data(e, 1);
    product p;
    plan_product(a, b, &p);
    const size_t rows = net_count(eval_output(e, 0)) / (p.n ? p.n : 1);
    int32_t *y = eval_output_data(e, 0), *zeros = BDC_NEW(e->context, int32_t, p.n);
    if (!zeros)
        return BDC_E_MEMORY;
    for (size_t j = 0; j < p.n; j++)
        zeros[j] = zero_of(e, 3, j);
    for (size_t i = 0; i < rows; i++, y += p.n) {
        const size_t row = i % p.m, batch = i / p.m, at_a = batch_offset(&p, p.a_step, batch) + row * p.k,
                     at_b = batch_offset(&p, p.b_step, batch);
        const int32_t zero = zero_of(e, 2, row);
        for (size_t j = 0; j < p.n; j++)
            y[j] = 0;
        for (size_t k = 0; k < p.k; k++) {
            const int32_t value = byte_of(a, from_a, at_a + k) - zero;
            for (size_t j = 0; j < p.n; j++) /* sums wrap, as 32 bits do */
                y[j] =
                    (int32_t)((uint32_t)y[j] + (uint32_t)(value * (byte_of(b, from_b, at_b + k * p.n + j) - zeros[j])));
        }
    }
    return BDC_OK;
}

/* ---- Gemm: alpha * a * b + beta * c ------------------------------------------------------------------------------ */

bdc_status infer_gemm(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 2, 3, 1, 1));
    const net_tensor *a = infer_input(i, 0), *b = infer_input(i, 1), *c = infer_input(i, 2);
    BDC_TRY(infer_type(i, a, TYPES_REAL));
    BDC_TRY(infer_same_type(i, a, b));
    BDC_TRY(infer_same_type(i, a, c));
    BDC_TRY(infer_rank(i, a, 2, 2));
    BDC_TRY(infer_rank(i, b, 2, 2));
    BDC_TRY(infer_rank(i, c, 0, 2));
    const uint32_t ta = i->op->a.transpose & 1, tb = i->op->a.transpose >> 1 & 1;
    const uint32_t dims[2] = {a->dims[ta], b->dims[1 - tb]};
    if (a->dims[1 - ta] != b->dims[tb])
        return infer_bad_shape(i);
    for (uint32_t d = 0; c && d < c->rank; d++)
        if (c->dims[d] != 1 && c->dims[d] != dims[2 - c->rank + d])
            return infer_bad_shape(i);
    return infer_set(i, 0, a->type, 2, dims);
}

/* y = factor * c, broadcast; zeros without c. */
static void fill_with_c(const op_eval *e, float factor, float *y)
{
    const net_tensor *c = eval_input(e, 2), *out = eval_output(e, 0);
    const float *from = eval_input_data(e, 2);
    const size_t n = out->dims[1], rows = c && c->rank == 2 ? c->dims[0] : 1,
                 columns = c && c->rank > 0 ? c->dims[c->rank - 1] : 1;
    for (size_t i = 0; i < out->dims[0]; i++)
        for (size_t j = 0; j < n; j++)
            y[i * n + j] = from ? factor * from[(rows == 1 ? 0 : i * columns) + (columns == 1 ? 0 : j)] : 0;
}

static bdc_status gemm_floats(const op_eval *e)
{
    const net_attributes *at = &e->op->a;
    const net_tensor *a = eval_input(e, 0), *b = eval_input(e, 1), *y = eval_output(e, 0);
    const size_t m = y->dims[0], n = y->dims[1], k = a->dims[at->transpose & 1 ? 0 : 1];
    const float_matrix left = {eval_input_data(e, 0), at->transpose & 1 ? 1 : a->dims[1],
                               at->transpose & 1 ? a->dims[1] : 1},
                       right = {eval_input_data(e, 1), at->transpose & 2 ? 1 : b->dims[1],
                                at->transpose & 2 ? b->dims[1] : 1};
    float *scratch = BDC_NEW(e->context, float, float_gemm_scratch(m, n, k)), *out = eval_output_data(e, 0);
    if (!scratch)
        return BDC_E_MEMORY;
    if (at->alpha == 1) { /* the usual case sums as a convolution with a bias does */
        fill_with_c(e, at->beta, out);
        float_gemm(m, n, k, left, right, out, n, scratch);
        return BDC_OK;
    }
    float *products = BDC_NEW(e->context, float, m *n);
    if (!products)
        return BDC_E_MEMORY;
    float_gemm(m, n, k, left, right, products, n, scratch);
    fill_with_c(e, at->beta, out);
    for (size_t i = 0; i < m * n; i++)
        out[i] += at->alpha * products[i];
    return BDC_OK;
}

bdc_status eval_gemm(const op_eval *e)
{
    return eval_in_float(e, gemm_floats);
}

const op_row *ops_matrix_row(net_code code)
{
    static const op_row rows[] = {
        [0] = {"MatMul", infer_matmul, eval_matmul},
        [NET_MATMUL_INTEGER - NET_MATMUL] = {"MatMulInteger", infer_matmul_integer, eval_matmul_integer},
        [NET_GEMM - NET_MATMUL] = {"Gemm", infer_gemm, eval_gemm},
        [NET_EINSUM - NET_MATMUL] = {"Einsum", infer_einsum, eval_einsum},
    };
    return code >= NET_MATMUL && code <= NET_EINSUM ? &rows[code - NET_MATMUL] : 0;
}
