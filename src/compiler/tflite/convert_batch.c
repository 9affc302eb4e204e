/* SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND. Older converters write a dilated convolution as the three: space to batch, convolution
 * without padding, batch to space; that becomes one convolution again. What stands alone is built from reshapes and a transpose.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

enum { SIDE_LIMIT = 1 << 20 };

/* Block sizes of the spatial dimensions 1.., and for each two amounts: padding or crops. */
typedef struct blocks {
    uint32_t spatial;
    int64_t size[NET_MAX_RANK], amounts[2 * NET_MAX_RANK];
} blocks;

static bdc_status read_blocks(tfl_importer *m, uint32_t rank, blocks *b)
{
    const int64_t *sizes, *amounts;
    uint32_t count;
    BDC_TRY(tfl_integers(m, 1, &sizes, &b->spatial));
    BDC_TRY(tfl_integers(m, 2, &amounts, &count));
    if (b->spatial < 1 || b->spatial + 1 > rank || count != 2 * b->spatial)
        return tfl_refuse(m, BDC_E_INVALID, "has blocks that do not match its input's dimensions");
    for (uint32_t i = 0; i < b->spatial; i++) {
        if (sizes[i] < 1 || sizes[i] > SIDE_LIMIT)
            return bdc_fail(m->context, BDC_E_INVALID, "Operator %s '%s' has a block of %d.", m->op->type, m->op->name,
                            (int)sizes[i]);
        b->size[i] = sizes[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        if (amounts[i] < 0 || amounts[i] > SIDE_LIMIT)
            return tfl_refuse(m, BDC_E_INVALID, "has an amount that is negative or absurd");
        b->amounts[i] = amounts[i];
    }
    return BDC_OK;
}

/* The only operator that reads tensor t, as its first input, if it is no output of the network; else null. */
static tfl_op *only_reader(const tfl_importer *m, uint32_t t)
{
    const tfl_tensor *tensor = &m->tensors[t];
    tfl_op *reader = tensor->reads == 1 && tensor->reader != NET_NONE ? &m->ops[tensor->reader] : NULL;
    return reader && reader->input_count && reader->inputs[0] == t ? reader : NULL;
}

/* Is this a plain convolution: VALID, strides and dilations of 1? */
static int is_plain_convolution(const tfl_op *op)
{
    int depthwise = op->code == TFL_DEPTHWISE_CONV_2D;
    const fb_table *o = &op->options;
    if (!depthwise && op->code != TFL_CONV_2D)
        return 0;
    uint32_t dilation = depthwise ? 5 : 4;
    return fb_unsigned(o, 0, 1, TFL_SAME) == TFL_VALID && fb_signed(o, 1, 4, 0) == 1 && fb_signed(o, 2, 4, 0) == 1 &&
           fb_signed(o, dilation, 4, 1) == 1 && fb_signed(o, dilation + 1, 4, 1) == 1;
}

static int same_quantization(const tfl_tensor *a, const tfl_tensor *b)
{
    if (a->scale_count != b->scale_count || a->scale_count > 1 || a->zero_points.count != b->zero_points.count)
        return 0;
    return a->scale_count == 0 ||
           (fb_number(a->scales.at, 4) == fb_number(b->scales.at, 4) &&
            (!a->zero_points.count || fb_number(a->zero_points.at, 8) == fb_number(b->zero_points.at, 8)));
}

/* Notes at the convolution and at the last of the three that they belong together. The convolution's own turn comes later; its first
 * input is then this operator's. */
static int merge(tfl_importer *m, const blocks *b)
{
    const tfl_op *first = m->op;
    tfl_op *convolution = only_reader(m, first->outputs[0]);
    if (b->spatial != 2 || !convolution || convolution <= first || !is_plain_convolution(convolution) ||
        convolution->output_count != 1 || !same_quantization(tfl_input(m, 0), tfl_output(m, 0)))
        return 0;
    tfl_op *last = only_reader(m, convolution->outputs[0]);
    if (!last || last <= convolution || last->code != TFL_BATCH_TO_SPACE_ND || last->input_count != 3 ||
        last->output_count != 1)
        return 0;
    tfl_dilation *d = BDC_NEW(m->context, tfl_dilation, 1);
    if (!d)
        return 0;
    for (uint32_t k = 0; k < 2; k++) {
        d->size[k] = (uint32_t)b->size[k];
        d->pads[2 * k] = (uint32_t)b->amounts[2 * k];
        d->pads[2 * k + 1] = (uint32_t)b->amounts[2 * k + 1];
    }
    convolution->dilation = d;
    convolution->name = m->tensors[last->outputs[0]].name; /* what it makes is not what the file calls its own output */
    last->dilation = d;
    return 1;
}

bdc_status tfl_space_to_batch(tfl_importer *m, net_code code)
{
    (void)code;
    blocks b;
    uint32_t x, y;
    const net_tensor in = *tfl_net_tensor(m, tfl_stored(m, 0));
    BDC_TRY(read_blocks(m, in.rank, &b));
    if (in.rank == 4 && merge(m, &b)) {
        /* Read by the convolution alone, which knows. */
        tfl_tensor *out = &m->tensors[m->op->outputs[0]];
        if (out->net != NET_NONE)
            return tfl_refuse(m, BDC_E_INVALID, "writes to a tensor that is made already");
        out->net = tfl_input(m, 0)->net;
        out->real = tfl_input(m, 0)->real;
        return BDC_OK;
    }
    BDC_TRY(tfl_real(m, 0, &x));
    net_attributes pad = {0};
    for (uint32_t i = 0; i < b.spatial; i++) {
        pad.pads[1 + i] = b.amounts[2 * i];
        pad.pads[in.rank + 1 + i] = b.amounts[2 * i + 1];
    }
    BDC_TRY(tfl_emit(m, NET_PAD, &x, 1, &pad, NULL, &x));
    /* N, H / b, b, W / b, b, C -> b, b, N, H / b, W / b, C */
    net_tensor t = *tfl_net_tensor(m, x);
    uint32_t apart[2 * NET_MAX_RANK], axes[2 * NET_MAX_RANK], together[NET_MAX_RANK], rank = 0, to = 0;
    apart[rank++] = t.dims[0];
    for (uint32_t i = 0; i < b.spatial; i++) {
        if (t.dims[1 + i] % (uint64_t)b.size[i])
            return tfl_refuse(m, BDC_E_INVALID, "has a block that does not divide its padded input");
        apart[rank++] = t.dims[1 + i] / (uint32_t)b.size[i];
        apart[rank++] = (uint32_t)b.size[i];
    }
    for (uint32_t i = 1 + b.spatial; i < t.rank; i++)
        apart[rank++] = t.dims[i];
    if (rank > NET_MAX_RANK)
        return tfl_refuse(m, BDC_E_LIMIT, "has too many dimensions");
    uint64_t batch = t.dims[0];
    for (uint32_t i = 0; i < b.spatial; i++) {
        axes[to++] = 2 + 2 * i;
        batch *= (uint64_t)b.size[i];
        together[1 + i] = apart[1 + 2 * i];
        if (batch > NET_MAX_ELEMENTS)
            return tfl_refuse(m, BDC_E_LIMIT, "makes too many elements");
    }
    axes[to++] = 0;
    for (uint32_t i = 0; i < b.spatial; i++)
        axes[to++] = 1 + 2 * i;
    for (uint32_t i = 1 + 2 * b.spatial; i < rank; i++)
        axes[to++] = i;
    together[0] = (uint32_t)batch;
    for (uint32_t i = 1 + b.spatial; i < t.rank; i++)
        together[i] = t.dims[i];
    BDC_TRY(tfl_reshape(m, x, rank, apart, &y));
    BDC_TRY(tfl_transpose(m, y, axes, &y));
    BDC_TRY(tfl_reshape(m, y, t.rank, together, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}

/* Cuts the crops off. */
static bdc_status crop(tfl_importer *m, const blocks *b, uint32_t x, uint32_t *y)
{
    int64_t starts[NET_MAX_RANK] = {0}, steps[NET_MAX_RANK];
    net_tensor t = *tfl_net_tensor(m, x);
    uint64_t all = 0;
    for (uint32_t i = 0; i < t.rank; i++)
        steps[i] = 1;
    for (uint32_t i = 0; i < b->spatial; i++) {
        int64_t left = (int64_t)t.dims[1 + i] - b->amounts[2 * i] - b->amounts[2 * i + 1];
        if (left < 0)
            return tfl_refuse(m, BDC_E_INVALID, "crops more than there is");
        starts[1 + i] = left ? b->amounts[2 * i] : 0;
        t.dims[1 + i] = (uint32_t)left;
        all += (uint64_t)(b->amounts[2 * i] + b->amounts[2 * i + 1]);
    }
    *y = x;
    return all ? tfl_slice_of(m, x, starts, steps, t.dims, y) : BDC_OK;
}

bdc_status tfl_batch_to_space(tfl_importer *m, net_code code)
{
    (void)code;
    blocks b;
    uint32_t x, y;
    const net_tensor t = *tfl_net_tensor(m, tfl_stored(m, 0));
    BDC_TRY(read_blocks(m, t.rank, &b));
    BDC_TRY(tfl_real(m, 0, &x));
    if (m->op->dilation) { /* the convolution did it; only the crops are left */
        for (uint32_t k = 0; k < 2; k++)
            if (b.spatial != 2 || (uint32_t)b.size[k] != m->op->dilation->size[k])
                return tfl_refuse(m, BDC_E_INVALID, "has not the blocks of the SPACE_TO_BATCH_ND before it");
        BDC_TRY(crop(m, &b, x, &y));
        if (y == x)
            BDC_TRY(tfl_unary(m, NET_IDENTITY, x, &y));
        return tfl_finish(m, 0, y, TFL_ACT_NONE);
    }
    /* b, b, N, H, W, C -> N, H, b, W, b, C */
    uint64_t all = 1;
    uint32_t apart[2 * NET_MAX_RANK], axes[2 * NET_MAX_RANK], together[NET_MAX_RANK], rank = 0, to = 0;
    for (uint32_t i = 0; i < b.spatial; i++) {
        apart[rank++] = (uint32_t)b.size[i];
        all *= (uint64_t)b.size[i];
        if (all > NET_MAX_ELEMENTS)
            return tfl_refuse(m, BDC_E_LIMIT, "has absurd blocks");
    }
    if (t.dims[0] % all)
        return tfl_refuse(m, BDC_E_INVALID, "has blocks that do not divide the batch");
    apart[rank++] = together[0] = (uint32_t)(t.dims[0] / all);
    for (uint32_t i = 1; i < t.rank && rank < 2 * NET_MAX_RANK; i++)
        apart[rank++] = together[i] = t.dims[i];
    if (rank > NET_MAX_RANK)
        return tfl_refuse(m, BDC_E_LIMIT, "has too many dimensions");
    axes[to++] = b.spatial;
    for (uint32_t i = 0; i < b.spatial; i++) {
        axes[to++] = b.spatial + 1 + i;
        axes[to++] = i;
        uint64_t side = (uint64_t)t.dims[1 + i] * (uint64_t)b.size[i];
        if (side > NET_MAX_ELEMENTS)
            return tfl_refuse(m, BDC_E_LIMIT, "makes too many elements");
        together[1 + i] = (uint32_t)side;
    }
    for (uint32_t i = 2 * b.spatial + 1; i < rank; i++)
        axes[to++] = i;
    BDC_TRY(tfl_reshape(m, x, rank, apart, &y));
    BDC_TRY(tfl_transpose(m, y, axes, &y));
    BDC_TRY(tfl_reshape(m, y, t.rank, together, &y));
    BDC_TRY(crop(m, &b, y, &y));
    return tfl_finish(m, 0, y, TFL_ACT_NONE);
}
