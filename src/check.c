/* Checks every tensor, blob and operator of a file before anything is computed with it: shapes agree, data are there, and no
 * accumulator can leave the range that docs/arithmetic.md proves exact.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

bds_status bds_check_tensors(const bds_model *m)
{
    for (uint32_t i = 0; i < m->tensor_count; i++) {
        const bdf_tensor *t = &m->tensors[i];
        uint64_t bytes = t->type == BDS_INT8 ? 1 : 2;
        if (t->type != BDS_INT8 && t->type != BDS_INT16)
            return BDS_E_UNSUPPORTED;
        if (t->dims[0] != 1)
            return BDS_E_UNSUPPORTED;
        for (int d = 1; d < 4; d++) {
            if (t->dims[d] == 0)
                return BDS_E_INVALID;
            if (t->dims[d] > BDF_MAX_DIM)
                return BDS_E_LIMIT;
            bytes *= t->dims[d]; /* <= 2 * 2^16 * 2^16 * 2^16 */
        }
        if (bytes > BDF_MAX_TENSOR_BYTES || t->arena_offset > BDF_MAX_TENSOR_BYTES)
            return BDS_E_LIMIT;
        int32_t limit = t->type == BDS_INT8 ? 128 : 32768;
        if (t->arena_offset % BDF_BLOB_ALIGN || t->zero_point < -limit || t->zero_point >= limit)
            return BDS_E_INVALID;
    }
    return BDS_OK;
}

bds_status bds_check_blobs(const bds_model *m)
{
    for (uint32_t i = 0; i < m->blob_count; i++) {
        const bdf_blob *b = &m->blobs[i];
        uint32_t size = bds_type_bytes(b->type);
        if (size == 0 || b->coding > BDF_RANGE)
            return BDS_E_UNSUPPORTED;
        if (b->count == 0 || (uint64_t)b->offset + b->stored_bytes > m->blob_data_bytes)
            return BDS_E_INVALID;
        if (b->count > BDF_MAX_BLOB_COUNT)
            return BDS_E_LIMIT;
        if (b->coding == BDF_RAW && (b->offset % BDF_BLOB_ALIGN || (uint64_t)b->count * size != b->stored_bytes))
            return BDS_E_INVALID;
        /* No bit costs less than 1/1000 of a bit, so a short stream cannot stand for endless weights. */
        if (b->coding == BDF_RANGE &&
            (b->type != BDS_INT8 || b->row_length > b->count || b->count / 8192 > b->stored_bytes))
            return BDS_E_INVALID;
    }
    return BDS_OK;
}

/* A blob of that type and count; coded only where the plan decodes (weights). */
static int has_blob(const bds_model *m, uint32_t blob, uint32_t type, uint64_t count, int may_be_coded)
{
    if (blob >= m->blob_count)
        return 0;
    const bdf_blob *b = &m->blobs[blob];
    return b->type == type && b->count == count && (may_be_coded || b->coding == BDF_RAW);
}

static const bdf_tensor *input(const bds_model *m, const bdf_op *op, uint32_t i)
{
    return bds_op_input(m, op, i);
}

static int same_shape(const bdf_tensor *a, const bdf_tensor *b)
{
    return a->dims[1] == b->dims[1] && a->dims[2] == b->dims[2] && a->dims[3] == b->dims[3];
}

static int is_channel_vector(const bdf_tensor *b, const bdf_tensor *a)
{
    return b->dims[1] == 1 && b->dims[2] == 1 && b->dims[3] == a->dims[3];
}

/* Output side of a window over a padded input side, 0 if the window does not fit. */
static uint32_t window_outputs(uint32_t side, uint32_t before, uint32_t after, uint32_t kernel, uint32_t dilation,
                               uint32_t stride)
{
    uint64_t padded = (uint64_t)side + before + after;
    uint64_t span = (uint64_t)dilation * (kernel - 1u) + 1;
    return padded < span ? 0 : (uint32_t)((padded - span) / stride + 1);
}

static bds_status check_window(const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    if (!op->kernel_h || !op->kernel_w || !op->stride_h || !op->stride_w || !op->dilation_h || !op->dilation_w)
        return BDS_E_INVALID;
    uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
    if (taps > BDF_MAX_TAPS || taps * y->dims[2] > BDF_MAX_ROW_TAPS)
        return BDS_E_LIMIT;
    if (window_outputs(x->dims[1], op->pad_top, op->pad_bottom, op->kernel_h, op->dilation_h, op->stride_h) !=
            y->dims[1] ||
        window_outputs(x->dims[2], op->pad_left, op->pad_right, op->kernel_w, op->dilation_w, op->stride_w) !=
            y->dims[2])
        return BDS_E_INVALID;
    return BDS_OK;
}

static bds_status check_shift(const bdf_op *op)
{
    return op->left > BDS_LEFT_MAX || op->shift < BDS_SHIFT_MIN || op->shift > BDS_SHIFT_MAX ? BDS_E_INVALID : BDS_OK;
}

static bds_status check_clamp(const bdf_op *op, const bdf_tensor *y)
{
    int32_t limit = y->type == BDS_INT8 ? 128 : 32768;
    return op->lo > op->hi || op->lo < -limit || op->hi >= limit ? BDS_E_INVALID : BDS_OK;
}

/* Bias, multipliers and the proof: (depth * 128 * 128 + |bias|) * 2^left < 2^30 for every channel. */
static bds_status check_accumulators(const bds_model *m, const bdf_op *op, uint64_t depth, uint32_t channels,
                                     const bdf_tensor *y)
{
    bds_status st;
    if ((st = check_shift(op)) < 0 || (st = check_clamp(op, y)) < 0)
        return st;
    if (!has_blob(m, op->bias, BDS_INT32, channels, 0) || !has_blob(m, op->multipliers, BDS_INT16, channels, 0))
        return BDS_E_INVALID;
    const int32_t *bias = bds_blob_data(m, op->bias);
    const int16_t *multiplier = bds_blob_data(m, op->multipliers);
    if (depth > (1u << 16)) /* 2^16 * 2^14 alone would reach the limit */
        return BDS_E_LIMIT;
    for (uint32_t c = 0; c < channels; c++) {
        int64_t magnitude = bias[c] < 0 ? -(int64_t)bias[c] : bias[c];
        if (multiplier[c] < 1)
            return BDS_E_INVALID;
        if ((((int64_t)depth * (128 * 128) + magnitude) << op->left) >= BDS_ACCUMULATOR_LIMIT)
            return BDS_E_LIMIT;
    }
    return BDS_OK;
}

static bds_status check_conv(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    bds_status st = check_window(op, x, y);
    if (st < 0)
        return st;
    uint32_t in = x->dims[3], out = y->dims[3], groups = op->groups;
    if (groups == 0 || in % groups || out % groups)
        return BDS_E_INVALID;
    uint64_t depth = (uint64_t)op->kernel_h * op->kernel_w * (in / groups);
    if (!has_blob(m, op->weights, BDS_INT8, depth * out, 1))
        return BDS_E_INVALID;
    return check_accumulators(m, op, depth, out, y);
}

static bds_status check_depthwise(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    bds_status st = check_window(op, x, y);
    if (st < 0)
        return st;
    uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
    if (x->dims[3] != y->dims[3] || !has_blob(m, op->weights, BDS_INT8, taps * y->dims[3], 1))
        return BDS_E_INVALID;
    return check_accumulators(m, op, taps, y->dims[3], y);
}

static bds_status check_fully_connected(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    uint64_t depth = bds_tensor_count(x);
    if (y->dims[1] != 1 || y->dims[2] != 1 || !has_blob(m, op->weights, BDS_INT8, depth * y->dims[3], 1))
        return BDS_E_INVALID;
    return check_accumulators(m, op, depth, y->dims[3], y);
}

static bds_status check_add_mul(const bds_model *m, const bdf_op *op, const bdf_tensor *a, const bdf_tensor *y)
{
    if (op->input_count != 2)
        return BDS_E_INVALID;
    const bdf_tensor *b = input(m, op, 1);
    if (b->type != BDS_INT8 || !same_shape(a, y) || (!same_shape(b, a) && !is_channel_vector(b, a)))
        return BDS_E_INVALID;
    bds_status st = check_clamp(op, y);
    if (st < 0)
        return st;
    if (op->code == BDF_MUL)
        return op->m_a < 1 || op->m_a > BDS_MULTIPLIER_MAX ? BDS_E_INVALID : check_shift(op);
    const int32_t limit = BDS_MULTIPLIER_MAX;
    if (op->m_a < -limit || op->m_a > limit || op->m_b < -limit || op->m_b > limit || op->shift < 1 || op->shift > 30)
        return BDS_E_INVALID;
    return BDS_OK;
}

static bds_status check_pool(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    bds_status st = check_window(op, x, y);
    if (st < 0)
        return st;
    /* With padding narrower than the window every output sees at least one pixel. */
    if (x->dims[3] != y->dims[3] || op->dilation_h != 1 || op->dilation_w != 1 || op->pad_top >= op->kernel_h ||
        op->pad_bottom >= op->kernel_h || op->pad_left >= op->kernel_w || op->pad_right >= op->kernel_w)
        return BDS_E_INVALID;
    if (op->code == BDF_MAX_POOL)
        return x->zero_point == y->zero_point ? BDS_OK : BDS_E_INVALID;
    uint32_t taps = (uint32_t)op->kernel_h * op->kernel_w;
    if ((st = check_shift(op)) < 0 || (st = check_clamp(op, y)) < 0)
        return st;
    if (!has_blob(m, op->multipliers, BDS_INT16, taps, 0))
        return BDS_E_INVALID;
    const int16_t *multiplier = bds_blob_data(m, op->multipliers);
    for (uint32_t i = 0; i < taps; i++)
        if (multiplier[i] < 1)
            return BDS_E_INVALID;
    return ((int64_t)taps * 255) << op->left >= BDS_ACCUMULATOR_LIMIT ? BDS_E_LIMIT : BDS_OK;
}

static bds_status check_concat(const bds_model *m, const bdf_op *op, const bdf_tensor *y)
{
    uint64_t channels = 0;
    for (uint32_t i = 0; i < op->input_count; i++) {
        const bdf_tensor *x = input(m, op, i);
        if (x->type != BDS_INT8 || x->dims[1] != y->dims[1] || x->dims[2] != y->dims[2] ||
            x->zero_point != y->zero_point)
            return BDS_E_INVALID;
        channels += x->dims[3];
    }
    return channels == y->dims[3] ? BDS_OK : BDS_E_INVALID;
}

static bds_status check_pad(const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    if (x->dims[3] != y->dims[3] || x->dims[1] + op->pad_top + op->pad_bottom != y->dims[1] ||
        x->dims[2] + op->pad_left + op->pad_right != y->dims[2])
        return BDS_E_INVALID;
    return op->m_a < -128 || op->m_a > 127 || x->zero_point != y->zero_point ? BDS_E_INVALID : BDS_OK;
}

static bds_status check_softmax(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    if (!same_shape(x, y) || op->shift > 16 || !has_blob(m, op->table, BDS_UINT16, 257, 0))
        return BDS_E_INVALID;
    const uint16_t *curve = bds_blob_data(m, op->table);
    return curve[0] == 0 || x->dims[3] > 4096 ? BDS_E_INVALID : BDS_OK; /* the sum is neither 0 nor over 2^28 */
}

bds_status bds_check_op(const bds_model *m, const bdf_op *op)
{
    const bdf_tensor *x = input(m, op, 0), *y = &m->tensors[op->output];
    int wide = op->code == BDF_CONV || op->code == BDF_FULLY_CONNECTED; /* these may write int16 */
    if (op->code == BDF_RESHAPE)
        return x->type == y->type && bds_tensor_count(x) == bds_tensor_count(y) && x->zero_point == y->zero_point &&
                       op->input_count == 1
                   ? BDS_OK
                   : BDS_E_INVALID;
    if (x->type != BDS_INT8 || (y->type != BDS_INT8 && !wide))
        return BDS_E_UNSUPPORTED;
    if (op->code == BDF_CONCAT)
        return check_concat(m, op, y);
    if (op->code == BDF_ADD || op->code == BDF_MUL)
        return check_add_mul(m, op, x, y);
    if (op->input_count != 1)
        return BDS_E_INVALID;
    switch (op->code) {
    case BDF_CONV:
        return check_conv(m, op, x, y);
    case BDF_DEPTHWISE:
        return check_depthwise(m, op, x, y);
    case BDF_FULLY_CONNECTED:
        return check_fully_connected(m, op, x, y);
    case BDF_MAX_POOL:
    case BDF_AVG_POOL:
        return check_pool(m, op, x, y);
    case BDF_PAD:
        return check_pad(op, x, y);
    case BDF_TABLE:
        return same_shape(x, y) && has_blob(m, op->table, BDS_INT8, 256, 0) ? BDS_OK : BDS_E_INVALID;
    case BDF_SOFTMAX:
        return check_softmax(m, op, x, y);
    default:
        return BDS_E_UNSUPPORTED;
    }
}

bds_status bds_check_inputs(const bds_model *m)
{
    for (uint32_t i = 0; i < m->input_count; i++) {
        const bdf_input *in = &m->inputs[i];
        if (in->tensor >= m->tensor_count)
            return BDS_E_INVALID;
        if (!in->is_image)
            continue;
        const bdf_tensor *t = &m->tensors[in->tensor];
        if (t->type != BDS_INT8 || (t->dims[3] != 1 && t->dims[3] != 3) || in->crop > BDF_CROP_CENTRE_SQUARE)
            return BDS_E_UNSUPPORTED;
        if (!has_blob(m, in->table, BDS_INT8, (uint64_t)t->dims[3] * 256, 0))
            return BDS_E_INVALID;
    }
    return BDS_OK;
}

static bds_status check_gate(const bds_model *m, const bdf_result *r)
{
    if (r->gate_tensor == BDF_NONE)
        return BDS_OK;
    if (r->gate_tensor >= m->tensor_count || r->gate_groups == 0 || r->gate_groups > BDF_MAX_LABELS)
        return BDS_E_INVALID;
    const bdf_tensor *t = &m->tensors[r->gate_tensor];
    uint64_t channels = bds_tensor_count(t);
    /* 255^2 * 65535 * channels must fit 64 bits with room: channels < 2^28 does. */
    if (t->type != BDS_INT8 || !has_blob(m, r->gate_mean, BDS_INT8, r->gate_groups * channels, 0) ||
        !has_blob(m, r->gate_weight, BDS_UINT16, channels, 0))
        return BDS_E_INVALID;
    return BDS_OK;
}

/* A finding without a name is none: the metadata "labels" has as many lines as labels, none empty; the last may end in a line feed. */
static bds_status check_labels(const bds_model *m, uint32_t count)
{
    const char *text;
    size_t n;
    if (bds_model_text(m, "labels", &text, &n) < 0)
        return BDS_E_INVALID;
    uint32_t lines = 0;
    for (size_t i = 0, begin = 0; i <= n; i++) {
        if (i < n && text[i] != '\n')
            continue;
        if (i == n && begin == n && lines > 0)
            break; /* behind a last line feed */
        if (i == begin)
            return BDS_E_INVALID;
        lines++;
        begin = i + 1;
    }
    return lines == count ? BDS_OK : BDS_E_INVALID;
}

bds_status bds_check_result(const bds_model *m)
{
    const bdf_result *r = m->result;
    if (r->kind != BDF_RESULT_SOFTMAX && r->kind != BDF_RESULT_SIGMOID)
        return BDS_E_UNSUPPORTED;
    if (r->tensor >= m->tensor_count || r->label_count == 0 || r->label_count > BDF_MAX_LABELS)
        return BDS_E_INVALID;
    if (bds_tensor_count(&m->tensors[r->tensor]) != r->label_count || r->curve_shift > 16 || r->abstain_below > 65536)
        return BDS_E_INVALID;
    if (!has_blob(m, r->curve, BDS_UINT16, 257, 0))
        return BDS_E_INVALID;
    const uint16_t *curve = bds_blob_data(m, r->curve);
    if (r->kind == BDF_RESULT_SOFTMAX && curve[0] == 0)
        return BDS_E_INVALID;
    if (r->interval != BDF_NONE && !has_blob(m, r->interval, BDS_UINT16, (uint64_t)r->label_count * 33 * 2, 0))
        return BDS_E_INVALID;
    bds_status st = check_labels(m, r->label_count);
    return st < 0 ? st : check_gate(m, r);
}
