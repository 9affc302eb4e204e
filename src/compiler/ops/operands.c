/* Checks and conversions that operators share.
 * SPDX-License-Identifier: MIT */
#include "operands.h"

#include <math.h>
#include <string.h>

bdc_status infer_invalid(const op_infer *i, const char *what)
{
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': %s.", i->op->type, i->op->name, what);
}

bdc_status infer_unsupported(const op_infer *i, const char *what)
{
    return bdc_fail(i->context, BDC_E_UNSUPPORTED, "%s '%s': %s.", i->op->type, i->op->name, what);
}

bdc_status infer_vector(const op_infer *i, const net_tensor *t, size_t count, const char *what)
{
    if (!t || (t->rank == 1 && t->dims[0] == count))
        return BDC_OK;
    return bdc_fail(i->context, BDC_E_INVALID, "%s '%s': %s must be a vector of %u elements.", i->op->type, i->op->name,
                    what, (unsigned)count);
}

/* ---- conversion ------------------------------------------------------------------------------------------------ */

static int converts(net_type type)
{
    return type == NET_DOUBLE || type == NET_UINT8 || type == NET_INT8 || type == NET_UINT16 || type == NET_INT16;
}

static void to_float(net_type type, const void *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        switch ((int)type) {
        case NET_DOUBLE:
            to[i] = (float)((const double *)from)[i];
            break;
        case NET_UINT8:
            to[i] = ((const uint8_t *)from)[i];
            break;
        case NET_INT8:
            to[i] = ((const int8_t *)from)[i];
            break;
        case NET_UINT16:
            to[i] = ((const uint16_t *)from)[i];
            break;
        default:
            to[i] = ((const int16_t *)from)[i];
        }
}

/* The whole numbers of a type, where conversion of others is not defined. */
static float limited(float value, float lowest, float highest)
{
    return value >= lowest ? fminf(value, highest) : lowest;
}

static void from_float(net_type type, const float *from, size_t n, void *to)
{
    for (size_t i = 0; i < n; i++)
        switch ((int)type) {
        case NET_DOUBLE:
            ((double *)to)[i] = from[i];
            break;
        case NET_UINT8:
            ((uint8_t *)to)[i] = (uint8_t)limited(from[i], 0, 255);
            break;
        case NET_INT8:
            ((int8_t *)to)[i] = (int8_t)limited(from[i], -128, 127);
            break;
        case NET_UINT16:
            ((uint16_t *)to)[i] = (uint16_t)limited(from[i], 0, 65535);
            break;
        default:
            ((int16_t *)to)[i] = (int16_t)limited(from[i], -32768, 32767);
        }
}

static bdc_status convert_and_eval(const op_eval *e, bdc_status (*eval)(const op_eval *e))
{
    const net_op *op = e->op;
    void **data = BDC_NEW(e->context, void *, e->graph->tensor_count);
    if (!data)
        return BDC_E_MEMORY;
    memcpy(data, e->data, e->graph->tensor_count * sizeof *data);
    for (uint32_t k = 0; k < op->input_count + op->output_count; k++) {
        const uint32_t t = k < op->input_count ? op->inputs[k] : op->outputs[k - op->input_count];
        if (t == NET_NONE || !converts(e->graph->tensors[t].type))
            continue;
        const size_t n = net_count(&e->graph->tensors[t]);
        float *floats = BDC_NEW(e->context, float, n);
        if (!floats)
            return BDC_E_MEMORY;
        if (k < op->input_count)
            to_float(e->graph->tensors[t].type, e->data[t], n, floats);
        data[t] = floats;
    }
    op_eval inner = *e;
    inner.data = data;
    BDC_TRY(eval(&inner));
    for (uint32_t k = 0; k < op->output_count; k++) {
        const uint32_t t = op->outputs[k];
        if (t != NET_NONE && converts(e->graph->tensors[t].type))
            from_float(e->graph->tensors[t].type, data[t], net_count(&e->graph->tensors[t]), e->data[t]);
    }
    return BDC_OK;
}

bdc_status eval_in_float(const op_eval *e, bdc_status (*eval)(const op_eval *e))
{
    const net_op *op = e->op;
    int convert = 0;
    for (uint32_t k = 0; k < op->input_count; k++)
        convert |= op->inputs[k] != NET_NONE && converts(e->graph->tensors[op->inputs[k]].type);
    for (uint32_t k = 0; k < op->output_count; k++)
        convert |= op->outputs[k] != NET_NONE && converts(e->graph->tensors[op->outputs[k]].type);
    return convert ? convert_and_eval(e, eval) : eval(e);
}

/* ---- pictures -------------------------------------------------------------------------------------------------- */

op_picture operand_picture(const net_tensor *t, int channels_last)
{
    const uint32_t spatial = t->rank - 2;
    op_picture p = {t->dims[0], t->dims[channels_last ? t->rank - 1 : 1], {1, 1, 1}, 1};
    for (uint32_t k = 0; k < spatial; k++) {
        p.dims[3 - spatial + k] = t->dims[k + (channels_last ? 1 : 2)];
        p.pixels *= t->dims[k + (channels_last ? 1 : 2)];
    }
    return p;
}

void operand_picture_dims(const op_picture *p, uint32_t spatial, int channels_last, uint32_t *dims)
{
    dims[0] = p->batch;
    dims[channels_last ? spatial + 1 : 1] = p->channels;
    for (uint32_t k = 0; k < spatial; k++)
        dims[k + (channels_last ? 1 : 2)] = p->dims[3 - spatial + k];
}
