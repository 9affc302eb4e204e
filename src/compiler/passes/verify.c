/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "../../format.h"
#include "passes.h"

static bdc_status bad(bdc_context *c, const ir_graph *g, const ir_op *op, const char *what)
{
    return bdc_fail(c, BDC_E_INVALID, "The %s that makes '%s' is not valid: %s.", ir_name(op->code),
                    g->tensors[op->output].name, what);
}

static bdc_status check_finite(bdc_context *c, const ir_graph *g, const ir_op *op, const float *values, size_t n)
{
    for (size_t i = 0; values && i < n; i++)
        if (!(fabsf(values[i]) <= 1e30f))
            return bdc_fail(c, BDC_E_INVALID,
                            "The weights of the %s that makes '%s' hold a value that is not finite, or beyond 1e30.",
                            ir_name(op->code), g->tensors[op->output].name);
    return BDC_OK;
}

static bdc_status verify_weights(bdc_context *c, const ir_graph *g, const ir_op *op)
{
    const ir_tensor *y = &g->tensors[op->output];
    const int needs = op->code == IR_CONV || op->code == IR_GEMM || op->code == IR_AFFINE || op->code == IR_PRELU ||
                      op->code == IR_LAYER_NORM || op->code == IR_INSTANCE_NORM;
    if (needs && !op->weights)
        return bad(c, g, op, "it has no weights");
    BDC_TRY(check_finite(c, g, op, op->weights, ir_weight_row(g, op) * y->c));
    return check_finite(c, g, op, op->bias, y->c);
}

/* ---- Shapes ------------------------------------------------------------------------------------------------------------ */

static int has_shape(const ir_tensor *t, uint32_t h, uint32_t w, uint32_t c)
{
    return t->h == h && t->w == w && t->c == c;
}

static int window_fits(const ir_op *op, const ir_tensor *x, const ir_tensor *y)
{
    const ir_window *w = &op->window;
    return w->kernel_h && w->kernel_w && w->stride_h && w->stride_w && w->dilation_h && w->dilation_w &&
           y->h == ir_window_out(x->h, w->kernel_h, w->stride_h, w->dilation_h, w->pad_top, w->pad_bottom) &&
           y->w == ir_window_out(x->w, w->kernel_w, w->stride_w, w->dilation_w, w->pad_left, w->pad_right);
}

static int view_fits(const ir_view *v, const ir_tensor *x, const ir_tensor *y)
{
    int64_t least, most;
    uint64_t n = 1;
    if (!v)
        return 0;
    least = most = v->offset;
    for (int i = 0; i < 6; i++) {
        if (!v->count[i] || v->count[i] > BDF_MAX_TENSOR_BYTES || n > BDF_MAX_TENSOR_BYTES)
            return 0;
        n *= v->count[i];
        const int64_t reach = (int64_t)(v->count[i] - 1) * v->stride[i];
        least += reach < 0 ? reach : 0;
        most += reach > 0 ? reach : 0;
    }
    return n == ir_count(y) && least >= 0 && most < (int64_t)ir_count(x);
}

static int resize_fits(const ir_resize *r, const ir_tensor *x, const ir_tensor *y)
{
    if (!r || x->c != y->c)
        return 0;
    for (uint32_t i = 0; i < y->h; i++)
        if (r->row_first[i] >= x->h || r->row_second[i] >= x->h)
            return 0;
    for (uint32_t i = 0; i < y->w; i++)
        if (r->column_first[i] >= x->w || r->column_second[i] >= x->w)
            return 0;
    return 1;
}

static int concat_fits(const ir_graph *g, const ir_op *op)
{
    const ir_tensor *y = &g->tensors[op->output];
    uint32_t channels = 0;
    for (uint32_t k = 0; k < op->input_count; k++) {
        const ir_tensor *x = &g->tensors[op->inputs[k]];
        if (x->h != y->h || x->w != y->w)
            return 0;
        channels += x->c;
    }
    return channels == y->c;
}

static int shapes_fit(const ir_graph *g, const ir_op *op)
{
    const ir_tensor *x = &g->tensors[op->inputs[0]], *y = &g->tensors[op->output];
    const ir_tensor *b = op->input_count > 1 ? &g->tensors[op->inputs[1]] : NULL;
    const ir_window *w = &op->window;
    switch (op->code) {
    case IR_CONV:
        return op->groups && x->c % op->groups == 0 && y->c % op->groups == 0 && window_fits(op, x, y);
    case IR_GEMM:
        return y->h == 1 && y->w == 1;
    case IR_MAX_POOL:
    case IR_AVG_POOL:
        return x->c == y->c && window_fits(op, x, y);
    case IR_PAD:
        return has_shape(y, x->h + w->pad_top + w->pad_bottom, x->w + w->pad_left + w->pad_right, x->c);
    case IR_ADD:
    case IR_SUB:
    case IR_MUL:
    case IR_MIN:
    case IR_MAX:
        return b && ir_same_shape(x, y) && (ir_same_shape(b, y) || has_shape(b, 1, 1, y->c));
    case IR_MATMUL:
        return b && has_shape(y, x->h, x->w, op->transpose_b ? b->w : b->c) && b->h == x->h &&
               x->c == (op->transpose_b ? b->c : b->w);
    case IR_CONCAT:
        return concat_fits(g, op);
    case IR_RESHAPE:
        return ir_count(x) == ir_count(y);
    case IR_VIEW:
        return view_fits(op->view, x, y);
    case IR_RESIZE:
        return resize_fits(op->resize, x, y);
    case IR_ARG_MAX:
        return has_shape(y, x->h, x->w, 1);
    case IR_INSTANCE_NORM:
        return ir_same_shape(x, y) && op->groups && x->c % op->groups == 0;
    default:
        return ir_same_shape(x, y);
    }
}

bdc_status pass_verify(bdc_context *c, const ir_graph *g)
{
    uint8_t *known = BDC_NEW(c, uint8_t, g->tensor_count);
    if (!known)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->input_count; i++)
        known[g->inputs[i]] = 1;
    for (uint32_t i = 0; i < g->op_count; i++) {
        const ir_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->input_count; k++)
            if (!known[op->inputs[k]])
                return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is read before it is made.",
                                g->tensors[op->inputs[k]].name);
        if (known[op->output])
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is made twice.", g->tensors[op->output].name);
        known[op->output] = 1;
        if (!shapes_fit(g, op))
            return bad(c, g, op, "its shapes do not go together");
        BDC_TRY(verify_weights(c, g, op));
        if (op->code == IR_PAD && !(fabsf(op->alpha) <= 1e30f))
            return bad(c, g, op, "its value is not finite, or beyond 1e30");
    }
    for (uint32_t i = 0; i < g->output_count; i++)
        if (!known[g->outputs[i]])
            return bdc_fail(c, BDC_E_INVALID, "Output '%s' is never made.", g->tensors[g->outputs[i]].name);
    return BDC_OK;
}
