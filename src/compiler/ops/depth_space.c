/* Channels to pixels and back, for elements of any type.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "windows.h"

static bdc_status infer_blocks(const op_infer *i, int to_space)
{
    BDC_TRY(infer_counts(i, 1, 1, 1, 1));
    const net_tensor *x = infer_input(i, 0);
    const net_attributes *a = &i->op->a;
    BDC_TRY(infer_type(i, x, TYPES_ANY));
    BDC_TRY(infer_rank(i, x, 4, 4));
    if (a->block < 1 || a->block > 1 << 12)
        return infer_bad_attribute(i, "blocksize");
    op_picture p = operand_picture(x, a->channels_last);
    const uint32_t area = a->block * a->block;
    uint64_t sides[3] = {p.channels, p.dims[1], p.dims[2]};
    if (to_space ? sides[0] % area : sides[1] % a->block || sides[2] % a->block)
        return infer_invalid(i, to_space ? "its channels are not a multiple of the squared block size"
                                         : "height or width is not a multiple of the block size");
    sides[0] = to_space ? sides[0] / area : sides[0] * area;
    for (int d = 1; d < 3; d++)
        sides[d] = to_space ? sides[d] * a->block : sides[d] / a->block;
    for (int d = 0; d < 3; d++)
        if (sides[d] > NET_MAX_ELEMENTS)
            return infer_bad_attribute(i, "blocksize");
    p.channels = (uint32_t)sides[0];
    p.dims[1] = (uint32_t)sides[1];
    p.dims[2] = (uint32_t)sides[2];
    uint32_t dims[NET_MAX_RANK];
    operand_picture_dims(&p, 2, a->channels_last, dims);
    return infer_set(i, 0, x->type, 4, dims);
}

bdc_status infer_depth_to_space(const op_infer *i)
{
    return infer_blocks(i, 1);
}

bdc_status infer_space_to_depth(const op_infer *i)
{
    return infer_blocks(i, 0);
}

static size_t element(const op_picture *p, int channels_last, size_t n, size_t c, size_t row, size_t column)
{
    return channels_last ? ((n * p->dims[1] + row) * p->dims[2] + column) * p->channels + c
                         : ((n * p->channels + c) * p->dims[1] + row) * p->dims[2] + column;
}

/* Moves every element between the deep picture and the wide one. Depth is (block row, block column, channel), or in mode CRD
 * (channel, block row, block column). */
static void move(const op_eval *e, const net_tensor *deep_tensor, const net_tensor *wide_tensor, int to_space)
{
    const net_attributes *a = &e->op->a;
    const int last = a->channels_last, channel_first = to_space && a->mode == 1;
    const op_picture deep = operand_picture(deep_tensor, last), wide = operand_picture(wide_tensor, last);
    const size_t bytes = net_type_bytes(deep_tensor->type), block = a->block;
    const char *x = eval_input_data(e, 0);
    char *y = eval_output_data(e, 0);
    for (size_t n = 0; n < deep.batch; n++)
        for (size_t d = 0; d < deep.channels; d++) {
            const size_t part = channel_first ? d % (block * block) : d / wide.channels,
                         c = channel_first ? d / (block * block) : d % wide.channels;
            for (size_t row = 0; row < deep.dims[1]; row++)
                for (size_t column = 0; column < deep.dims[2]; column++) {
                    const size_t at_deep = element(&deep, last, n, d, row, column),
                                 at_wide = element(&wide, last, n, c, row * block + part / block,
                                                   column * block + part % block);
                    memcpy(y + (to_space ? at_wide : at_deep) * bytes, x + (to_space ? at_deep : at_wide) * bytes,
                           bytes);
                }
        }
}

bdc_status eval_depth_to_space(const op_eval *e)
{
    move(e, eval_input(e, 0), eval_output(e, 0), 1);
    return BDC_OK;
}

bdc_status eval_space_to_depth(const op_eval *e)
{
    move(e, eval_output(e, 0), eval_input(e, 0), 0);
    return BDC_OK;
}
