/* Elements chosen by index, repeated or made from shapes.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

bdc_status tfl_gather(tfl_importer *m, net_code code)
{
    uint32_t inputs[2], axis, y;
    BDC_TRY(tfl_real(m, 0, &inputs[0]));
    inputs[1] = tfl_stored(m, 1);
    if (tfl_option(m, 1, 4, 0) != 0)
        return tfl_refuse(m, BDC_E_UNSUPPORTED, "has batch dimensions, which are not supported");
    BDC_TRY(tfl_axis(m, tfl_option(m, 0, 4, 0), tfl_net_tensor(m, inputs[0])->rank, &axis));
    const net_attributes a = {.axis = axis};
    BDC_TRY(tfl_emit(m, code, inputs, 2, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_gather_nd(tfl_importer *m, net_code code)
{
    uint32_t inputs[2], y;
    BDC_TRY(tfl_real(m, 0, &inputs[0]));
    BDC_TRY(tfl_cast(m, tfl_stored(m, 1), NET_INT64, &inputs[1]));
    BDC_TRY(tfl_emit(m, code, inputs, 2, NULL, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_embedding_lookup(tfl_importer *m, net_code code)
{
    uint32_t inputs[2], y;
    BDC_TRY(tfl_real(m, 1, &inputs[0]));
    inputs[1] = tfl_stored(m, 0);
    BDC_TRY(tfl_emit(m, code, inputs, 2, NULL, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* The shape that constant input i holds. */
static bdc_status shape_input(tfl_importer *m, uint32_t i, net_tensor *shape)
{
    const int64_t *values;
    BDC_TRY(tfl_integers(m, i, &values, &shape->rank));
    if (shape->rank > NET_MAX_RANK)
        return tfl_refuse(m, BDC_E_LIMIT, "makes too many dimensions");
    for (uint32_t k = 0; k < shape->rank; k++)
        BDC_TRY(tfl_side(m, values[k], &shape->dims[k]));
    return BDC_OK;
}

bdc_status tfl_tile(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    net_tensor times = {0};
    BDC_TRY(tfl_real(m, 0, &x));
    BDC_TRY(shape_input(m, 1, &times));
    net_tensor shape = *tfl_net_tensor(m, x);
    if (times.rank != shape.rank)
        return tfl_refuse(m, BDC_E_INVALID, "has not one number of repeats for each dimension");
    for (uint32_t i = 0; i < shape.rank; i++)
        BDC_TRY(tfl_side(m, (int64_t)shape.dims[i] * times.dims[i], &shape.dims[i]));
    BDC_TRY(tfl_emit(m, code, &x, 1, NULL, &shape, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_broadcast_to(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    BDC_TRY(tfl_real(m, 0, &x));
    net_tensor shape = {.type = tfl_net_tensor(m, x)->type};
    BDC_TRY(shape_input(m, 1, &shape));
    BDC_TRY(tfl_emit(m, code, &x, 1, NULL, &shape, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_fill(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    BDC_TRY(tfl_real(m, 1, &x));
    net_tensor shape = {.type = tfl_net_tensor(m, x)->type};
    BDC_TRY(shape_input(m, 0, &shape));
    BDC_TRY(tfl_emit(m, code, &x, 1, NULL, &shape, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* A constant of integers, in the type of the operator's output. */
static bdc_status integers(tfl_importer *m, const int64_t *values, uint32_t count, uint32_t rank, uint32_t *y)
{
    BDC_TRY(tfl_constant(m, NET_INT64, rank, &count, values, y));
    return tfl_cast(m, *y, tfl_net_type(tfl_output(m, 0)->type), y);
}

bdc_status tfl_shape(tfl_importer *m, net_code code)
{
    (void)code;
    int64_t dims[NET_MAX_RANK] = {0};
    const net_tensor *t = tfl_net_tensor(m, tfl_stored(m, 0));
    uint32_t y, rank = t->rank;
    for (uint32_t i = 0; i < rank; i++)
        dims[i] = t->dims[i];
    BDC_TRY(integers(m, dims, rank, 1, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_rank(tfl_importer *m, net_code code)
{
    (void)code;
    uint32_t y;
    int64_t rank = tfl_net_tensor(m, tfl_stored(m, 0))->rank;
    BDC_TRY(integers(m, &rank, 1, 0, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_range(tfl_importer *m, net_code code)
{
    (void)code;
    int64_t first, limit, step;
    uint32_t y;
    BDC_TRY(tfl_integer(m, 0, &first));
    BDC_TRY(tfl_integer(m, 1, &limit));
    BDC_TRY(tfl_integer(m, 2, &step));
    const int64_t bound = (int64_t)1 << 40;
    if (step == 0 || first < -bound || first > bound || limit < -bound || limit > bound || step < -bound ||
        step > bound)
        return tfl_refuse(m, BDC_E_INVALID, "has a step of 0 or absurd limits");
    int64_t count = step > 0 ? (limit - first + step - 1) / step : (first - limit - step - 1) / -step;
    if (count < 0)
        count = 0;
    if (count > NET_FOLD_ELEMENTS)
        return tfl_refuse(m, BDC_E_LIMIT, "makes too many elements");
    int64_t *values = BDC_NEW(m->context, int64_t, (size_t)count);
    if (!values)
        return BDC_E_MEMORY;
    for (int64_t i = 0; i < count; i++)
        values[i] = first + i * step;
    BDC_TRY(integers(m, values, (uint32_t)count, 1, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_zeros_like(tfl_importer *m, net_code code)
{
    uint32_t x, y;
    const uint64_t zero = 0;
    net_tensor shape = *tfl_net_tensor(m, tfl_stored(m, 0));
    shape.type = tfl_input(m, 0)->scale_count ? NET_FLOAT : shape.type;
    BDC_TRY(tfl_constant(m, shape.type, 0, NULL, &zero, &x));
    BDC_TRY(tfl_emit(m, code, &x, 1, NULL, &shape, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

bdc_status tfl_one_hot(tfl_importer *m, net_code code)
{
    static const uint32_t one = 1;
    uint32_t inputs[3], values[2], axis, y;
    inputs[0] = tfl_stored(m, 0);
    inputs[1] = tfl_stored(m, 1);
    for (uint32_t i = 0; i < 2; i++) {
        BDC_TRY(tfl_real_parameter(m, 3 - i, &values[i])); /* off comes before on */
        if (net_count(tfl_net_tensor(m, values[i])) != 1)
            return tfl_refuse(m, BDC_E_INVALID, "has values of more than one element");
        BDC_TRY(tfl_reshape(m, values[i], 1, &one, &values[i]));
    }
    const net_attributes join = {.axis = 0};
    BDC_TRY(tfl_emit(m, NET_CONCAT, values, 2, &join, NULL, &inputs[2]));
    BDC_TRY(tfl_axis(m, tfl_option(m, 0, 4, 0), tfl_net_tensor(m, inputs[0])->rank + 1, &axis));
    const net_attributes a = {.axis = axis};
    BDC_TRY(tfl_emit(m, code, inputs, 3, &a, NULL, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}
