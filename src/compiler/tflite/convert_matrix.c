/* Matrix products.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

/* x as a matrix whose rows have the length of the weights' rows; *rows stays what the result's leading dimensions are. */
static bdc_status as_matrix(tfl_importer *m, uint32_t x, uint32_t depth, uint32_t *y)
{
    const net_tensor *t = tfl_net_tensor(m, x);
    *y = x;
    if (t->rank == 2 && t->dims[1] == depth)
        return BDC_OK;
    size_t count = net_count(t);
    if (count == 0 || count % depth)
        return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has weights for %u values, but its input has %u.",
                        m->op->type, m->op->name, depth, (unsigned)count);
    const uint32_t dims[2] = {(uint32_t)(count / depth), depth};
    return tfl_reshape(m, x, 2, dims, y);
}

bdc_status tfl_fully_connected(tfl_importer *m, net_code code)
{
    (void)code;
    tfl_activation activation;
    uint32_t inputs[3] = {NET_NONE, NET_NONE, NET_NONE}, count = 2, x, y;
    BDC_TRY(tfl_fused(m, 0, &activation));
    if (tfl_option(m, 1, 1, 0) != 0)
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "has shuffled weights, which are not supported");
    const tfl_tensor *weights = tfl_input(m, 1);
    if (weights->rank != 2 || !weights->dims[0] || !weights->dims[1])
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "has weights that are no matrix");
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(as_matrix(m, x, weights->dims[1], &inputs[0]));
    BDC_TRY(tfl_real(m, 1, &inputs[1]));
    if (tfl_has(m, 2))
        BDC_TRY(tfl_bias(m, 2, 1, 0, &inputs[count++]));
    const net_attributes a = {.alpha = 1, .beta = 1, .transpose = 2};
    BDC_TRY(tfl_emit(m, NET_GEMM, inputs, count, &a, NULL, &y));
    const net_tensor *in = tfl_net_tensor(m, x);
    if (tfl_option(m, 2, 1, 0) && in->rank != 2) {
        if (in->rank == 0 || in->dims[in->rank - 1] != weights->dims[1])
            return tfl_refuse(m, BDC_E_INVALID, "keeps the dimensions of an input whose last one is not the weights'");
        BDC_TRY(tfl_activate(m, tfl_output(m, 0), y, activation, &y));
        activation = TFL_ACT_NONE;
        uint32_t dims[NET_MAX_RANK], rank = tfl_net_tensor(m, x)->rank;
        for (uint32_t i = 0; i < rank; i++)
            dims[i] = tfl_net_tensor(m, x)->dims[i];
        dims[rank - 1] = weights->dims[0];
        BDC_TRY(tfl_reshape(m, y, rank, dims, &y));
    }
    return tfl_finish(m, 0, y, activation);
}

/* Input i with its last two axes exchanged where the options say so. */
static bdc_status factor(tfl_importer *m, uint32_t i, int adjoint, uint32_t *net)
{
    uint32_t axes[NET_MAX_RANK];
    if (!adjoint)
        return tfl_real(m, i, net);
    const uint32_t rank = tfl_net_tensor(m, tfl_stored(m, i))->rank;
    if (rank < 2)
        return tfl_refuse(m, BDC_E_INVALID, "multiplies something of less than two dimensions");
    for (uint32_t k = 0; k < rank; k++)
        axes[k] = k;
    axes[rank - 2] = rank - 1;
    axes[rank - 1] = rank - 2;
    if (tfl_net_tensor(m, tfl_stored(m, i))->data)
        return tfl_real_transposed(m, i, axes, net);
    BDC_TRY(tfl_real(m, i, net));
    return tfl_transpose(m, *net, axes, net);
}

bdc_status tfl_batch_matmul(tfl_importer *m, net_code code)
{
    uint32_t a, b, y;
    BDC_TRY(factor(m, 0, tfl_option(m, 0, 1, 0) != 0, &a));
    BDC_TRY(factor(m, 1, tfl_option(m, 1, 1, 0) != 0, &b));
    BDC_TRY(tfl_binary(m, code, a, b, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}
