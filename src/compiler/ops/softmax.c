/* Softmax, LogSoftmax and Hardmax along one axis.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include "../real.h"
#include "normalise.h"

bdc_status infer_softmax(const op_infer *i)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    BDC_TRY(infer_type(i, x, TYPES_REAL));
    BDC_TRY(infer_axis(i, i->op->a.axis, x->rank));
    return infer_like(i, 0, x->type, x);
}

/* One line of n elements, step apart. exps: room for n. */
static void softmax_line(net_code code, const float *x, float *y, size_t n, size_t step, double *exps)
{
    size_t largest = 0;
    for (size_t k = 1; k < n; k++)
        largest = x[k * step] > x[largest * step] ? k : largest;
    if (code == NET_HARDMAX) {
        for (size_t k = 0; k < n; k++)
            y[k * step] = k == largest;
        return;
    }
    const double top = x[largest * step];
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        exps[k] = real_exp(x[k * step] - top);
        sum += exps[k];
    }
    const double log_sum = code == NET_LOG_SOFTMAX ? real_log(sum) : 0;
    for (size_t k = 0; k < n; k++)
        y[k * step] = (float)(code == NET_LOG_SOFTMAX ? x[k * step] - top - log_sum : exps[k] / sum);
}

static bdc_status softmax_floats(const op_eval *e)
{
    const net_tensor *x = eval_input(e, 0);
    const size_t n = x->dims[e->op->a.axis];
    size_t step = 1;
    for (uint32_t d = (uint32_t)e->op->a.axis + 1; d < x->rank; d++)
        step *= x->dims[d];
    double *exps = BDC_NEW(e->context, double, n);
    if (!exps)
        return BDC_E_MEMORY;
    for (size_t line = 0; n && line < net_count(x) / n; line++) {
        const size_t begin = line / step * step * n + line % step;
        softmax_line(e->op->code, (const float *)eval_input_data(e, 0) + begin, (float *)eval_output_data(e, 0) + begin,
                     n, step, exps);
    }
    return BDC_OK;
}

bdc_status eval_softmax(const op_eval *e)
{
    return eval_in_float(e, softmax_floats);
}
