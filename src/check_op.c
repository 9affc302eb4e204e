/* Checks an operator before anything is computed with it: shapes agree, data are there, and no accumulator can leave the range that
 * docs/arithmetic.md proves exact.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#include "numbers.h"

static const bdf_tensor *input(const bds_model *m, const bdf_op *op, uint32_t i)
{
    return bds_op_input(m, op, i);
}

static int same_shape(const bdf_tensor *a, const bdf_tensor *b)
{
    return a->dims[1] == b->dims[1] && a->dims[2] == b->dims[2] && a->dims[3] == b->dims[3];
}

static int same_quantisation(const bdf_tensor *a, const bdf_tensor *b)
{
    return a->type == b->type && a->zero_point == b->zero_point;
}

static bds_status valid(int condition)
{
    return condition ? BDS_OK : BDS_E_INVALID;
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
    return valid(window_outputs(x->dims[1], op->pad_top, op->pad_bottom, op->kernel_h, op->dilation_h, op->stride_h) ==
                     y->dims[1] &&
                 window_outputs(x->dims[2], op->pad_left, op->pad_right, op->kernel_w, op->dilation_w, op->stride_w) ==
                     y->dims[2]);
}

static int clamp_fits(const bdf_op *op, const bdf_tensor *y)
{
    int32_t limit = y->type == BDS_INT8 ? 128 : 32768;
    return op->lo <= op->hi && op->lo >= -limit && op->hi < limit;
}

static bds_status check_requant(const bdf_op *op, const bdf_tensor *y)
{
    return valid(op->left <= BDS_LEFT_MAX && op->shift >= BDS_SHIFT_MIN && op->shift <= BDS_SHIFT_MAX &&
                 clamp_fits(op, y));
}

/* Of the sums and conversions that have a shift alone and may be negative. */
static int is_factor(int32_t m)
{
    return m >= -BDS_MULTIPLIER_MAX && m <= BDS_MULTIPLIER_MAX;
}

/* Weights are there, each int16 one in [-255, 255]. */
static int has_weights(const bds_model *m, const bdf_op *op, uint64_t count)
{
    if (bds_has_blob(m, op->weights, BDS_INT8, count, BDS_OR_CODED_WEIGHTS))
        return 1;
    if (!bds_has_blob(m, op->weights, BDS_INT16, count, BDS_OR_CODED_WEIGHTS))
        return 0;
    if (bds_is_coded(&m->blobs[op->weights]))
        return 1; /* the coders know no larger ones */
    const int16_t *w = bds_blob_data(m, op->weights);
    for (uint64_t i = 0; i < count; i++)
        if (w[i] < -BDS_WIDE_WEIGHT_MAX || w[i] > BDS_WIDE_WEIGHT_MAX)
            return 0;
    return 1;
}

/* A blob of count numbers is there, coded or not, all in [low, high]; else outside. */
static bds_status check_numbers(const bds_model *m, uint32_t blob, uint32_t type, uint32_t count, int64_t low,
                                int64_t high, bds_status outside)
{
    if (!bds_has_blob(m, blob, type, count, BDS_OR_CODED_NUMBERS))
        return BDS_E_INVALID;
    const bdf_blob *b = &m->blobs[blob];
    const void *raw = bds_blob_data(m, blob);
    const int coded = bds_is_coded_numbers(b);
    bds_number_reader r;
    if (coded && !bds_number_blob_begin(&r, b, raw))
        return BDS_E_CORRUPT;
    for (uint32_t i = 0; i < count; i++) {
        const int32_t v = coded               ? bds_number_blob_next(&r)
                          : type == BDS_INT32 ? ((const int32_t *)raw)[i]
                                              : ((const int16_t *)raw)[i];
        if (v < low || v > high)
            return outside;
    }
    return !coded || bds_numbers_end(&r) ? BDS_OK : BDS_E_CORRUPT;
}

/* Bias, multipliers and the proof. int8 x: (depth * 128 * |w| + |bias|) * 2^left < 2^30 for every channel, |w| at its largest. Sums of
 * int16 x have 64 bits, and stay under 2^40 by the limit of the depth. */
static bds_status check_accumulators(const bds_model *m, const bdf_op *op, uint64_t depth, uint32_t channels,
                                     const bdf_tensor *x, const bdf_tensor *y)
{
    bds_status st;
    if ((st = check_requant(op, y)) < 0)
        return st;
    if (!has_weights(m, op, depth * channels))
        return BDS_E_INVALID;
    const int64_t largest = m->blobs[op->weights].type == BDS_INT8 ? 128 : BDS_WIDE_WEIGHT_MAX;
    if (depth > (1u << 16)) /* 2^16 * 2^14 alone would reach the limit */
        return BDS_E_LIMIT;
    const int64_t room =
        x->type == BDS_INT8 ? ((BDS_ACCUMULATOR_LIMIT - 1) >> op->left) - (int64_t)depth * 128 * largest : INT32_MAX;
    if (room < 0)
        return BDS_E_LIMIT;
    if ((st = check_numbers(m, op->multipliers, BDS_INT16, channels, 1, BDS_MULTIPLIER_MAX, BDS_E_INVALID)) < 0)
        return st;
    return check_numbers(m, op->bias, BDS_INT32, channels, -room - (x->type != BDS_INT8), room, BDS_E_LIMIT);
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
    return check_accumulators(m, op, depth, out, x, y);
}

static bds_status check_depthwise(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    bds_status st = check_window(op, x, y);
    if (st < 0)
        return st;
    uint64_t taps = (uint64_t)op->kernel_h * op->kernel_w;
    return x->dims[3] == y->dims[3] ? check_accumulators(m, op, taps, y->dims[3], x, y) : BDS_E_INVALID;
}

static bds_status check_fully_connected(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    if (y->dims[1] != 1 || y->dims[2] != 1)
        return BDS_E_INVALID;
    return check_accumulators(m, op, bds_tensor_count(x), y->dims[3], x, y);
}

/* a and b to y value by value; b may be one pixel for all. */
static bds_status check_pair(const bds_model *m, const bdf_op *op, const bdf_tensor *a, const bdf_tensor *y)
{
    const bdf_tensor *b = input(m, op, 1);
    int pixel = b->dims[1] == 1 && b->dims[2] == 1 && b->dims[3] == a->dims[3];
    if (!same_shape(a, y) || (!same_shape(b, a) && !pixel) || !clamp_fits(op, y))
        return BDS_E_INVALID;
    switch (op->code) {
    case BDF_MUL:
        return op->m_a < 1 || op->m_a > BDS_MULTIPLIER_MAX ? BDS_E_INVALID : check_requant(op, y);
    case BDF_ADD:
        return valid(is_factor(op->m_a) && is_factor(op->m_b) && op->shift >= 1 && op->shift <= 30);
    default:
        return valid(same_quantisation(a, y) && same_quantisation(b, y));
    }
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
        return valid(same_quantisation(x, y));
    uint32_t taps = (uint32_t)op->kernel_h * op->kernel_w;
    if ((st = check_requant(op, y)) < 0)
        return st;
    if (!bds_has_blob(m, op->multipliers, BDS_INT16, taps, BDS_ONLY_RAW))
        return BDS_E_INVALID;
    const int16_t *multiplier = bds_blob_data(m, op->multipliers);
    for (uint32_t i = 0; i < taps; i++)
        if (multiplier[i] < 1)
            return BDS_E_INVALID;
    const int64_t largest = x->type == BDS_INT8 ? 255 : 65535;
    return (taps * largest) << op->left >= BDS_ACCUMULATOR_LIMIT ? BDS_E_LIMIT : BDS_OK;
}

static bds_status check_concat(const bds_model *m, const bdf_op *op, const bdf_tensor *y)
{
    uint64_t channels = 0;
    for (uint32_t i = 0; i < op->input_count; i++) {
        const bdf_tensor *x = input(m, op, i);
        if (x->dims[1] != y->dims[1] || x->dims[2] != y->dims[2] || !same_quantisation(x, y))
            return BDS_E_INVALID;
        channels += x->dims[3];
    }
    return valid(channels == y->dims[3]);
}

static bds_status check_pad(const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    const int32_t limit = y->type == BDS_INT8 ? 128 : 32768;
    return valid(x->dims[3] == y->dims[3] && x->dims[1] + op->pad_top + op->pad_bottom == y->dims[1] &&
                 x->dims[2] + op->pad_left + op->pad_right == y->dims[2] && op->m_a >= -limit && op->m_a < limit &&
                 same_quantisation(x, y));
}

static bds_status check_table(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    const uint32_t rows = op->code == BDF_TABLE ? 1 : y->dims[3], length = x->type == BDS_INT8 ? 256 : 257;
    const uint32_t type = x->type == BDS_INT8 && y->type == BDS_INT8 ? BDS_INT8 : BDS_INT16;
    return valid(same_shape(x, y) && bds_has_blob(m, op->table, type, (uint64_t)rows * length, BDS_ONLY_RAW));
}

static bds_status check_softmax(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    if (!same_shape(x, y) || op->shift > 16 || !bds_has_blob(m, op->table, BDS_UINT16, 257, BDS_ONLY_RAW) ||
        y->zero_point != (y->type == BDS_INT8 ? -128 : 0))
        return BDS_E_INVALID;
    const uint16_t *curve = bds_blob_data(m, op->table);
    return valid(curve[0] != 0 && x->dims[3] <= 4096); /* the sum is neither 0 nor over 2^28 */
}

static bds_status check_reshape(const bdf_tensor *x, const bdf_tensor *y)
{
    return valid(bds_tensor_count(x) == bds_tensor_count(y) && same_quantisation(x, y));
}

static bds_status check_convert(const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    return valid(same_shape(x, y) && clamp_fits(op, y) && is_factor(op->m_a) && op->shift >= 1 && op->shift <= 30);
}

/* Lines of one direction of a resizing. */
static int lines_within(const uint16_t *lines, uint32_t count, uint32_t side)
{
    for (uint32_t i = 0; i < count; i++, lines += 3)
        if (lines[0] >= side || lines[1] >= side || lines[2] > 1024)
            return 0;
    return 1;
}

static bds_status check_resize(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    const uint32_t rows = y->dims[1], columns = y->dims[2];
    if (x->dims[3] != y->dims[3] || !same_quantisation(x, y) ||
        !bds_has_blob(m, op->table, BDS_UINT16, 3 * (uint64_t)(rows + columns), BDS_ONLY_RAW))
        return BDS_E_INVALID;
    const uint16_t *lines = bds_blob_data(m, op->table);
    return valid(lines_within(lines, rows, x->dims[1]) && lines_within(lines + (size_t)3 * rows, columns, x->dims[2]));
}

/* ---- Of networks that look at sequences --------------------------------------------------------------------------- */

#ifndef BDS_NO_SEQUENCES

/* Every index lies in x. */
static bds_status check_view(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    if (!same_quantisation(x, y) || !bds_has_blob(m, op->table, BDS_INT32, 13, BDS_ONLY_RAW))
        return BDS_E_INVALID;
    const int32_t *count = bds_blob_data(m, op->table), *stride = count + 6;
    const int64_t values = bds_tensor_count(y);
    int64_t product = 1, least = stride[6], most = stride[6];
    for (int d = 0; d < 6; d++) {
        if (count[d] < 1 || (product *= count[d]) > values)
            return BDS_E_INVALID;
        const int64_t reach = (int64_t)(count[d] - 1) * stride[d]; /* under 2^59, so that all six fit */
        least += reach < 0 ? reach : 0;
        most += reach > 0 ? reach : 0;
    }
    return valid(product == values && least >= 0 && most < (int64_t)bds_tensor_count(x));
}

static bds_status check_matmul(const bds_model *m, const bdf_op *op, const bdf_tensor *a, const bdf_tensor *y)
{
    const bdf_tensor *b = input(m, op, 1);
    const uint32_t depth = a->dims[3], transposed = op->m_b == 1;
    bds_status st = check_requant(op, y);
    if (st < 0)
        return st;
    if ((op->m_b != 0 && op->m_b != 1) || op->m_a < 1 || op->m_a > BDS_MULTIPLIER_MAX || a->dims[1] != y->dims[1] ||
        b->dims[1] != y->dims[1] || a->dims[2] != y->dims[2] || b->dims[3 - transposed] != y->dims[3] ||
        b->dims[2 + transposed] != depth)
        return BDS_E_INVALID;
    if ((a->type == BDS_INT16 && a->zero_point) || (b->type == BDS_INT16 && (b->zero_point || a->type == BDS_INT8)))
        return BDS_E_UNSUPPORTED;
    /* a itself and its zero point are each within 128, b' within 255. Of int16, a and b are within 2^15 and the sum has 64 bits. */
    const uint64_t sum = a->type == BDS_INT8 ? (uint64_t)depth * (2 * 128 * 255) : (uint64_t)depth << 14;
    return sum << op->left >= BDS_ACCUMULATOR_LIMIT ? BDS_E_LIMIT : BDS_OK;
}

static bds_status check_normalise(const bds_model *m, const bdf_op *op, const bdf_tensor *x, const bdf_tensor *y)
{
    const uint32_t channels = y->dims[3];
    if (!same_shape(x, y) || !clamp_fits(op, y) || op->shift < 1 || op->shift > 19 || op->m_a < 0 ||
        !bds_has_blob(m, op->multipliers, BDS_INT16, channels, BDS_ONLY_RAW) ||
        !bds_has_blob(m, op->bias, BDS_INT32, channels, BDS_ONLY_RAW))
        return BDS_E_INVALID;
    if (op->code == BDF_INSTANCE_NORM && (op->groups == 0 || channels % op->groups))
        return BDS_E_INVALID;
    const int32_t *bias = bds_blob_data(m, op->bias);
    for (uint32_t c = 0; c < channels; c++)
        if (bias[c] < -(1 << 18) || bias[c] > 1 << 18)
            return BDS_E_LIMIT;
    return BDS_OK;
}

static bds_status check_arg_max(const bdf_tensor *x, const bdf_tensor *y)
{
    return valid(y->type == BDS_INT16 && y->zero_point == 0 && y->dims[3] == 1 && y->dims[1] == x->dims[1] &&
                 y->dims[2] == x->dims[2] && x->dims[3] <= 32768);
}

#endif

bds_status bds_check_op(const bds_model *m, const bdf_op *op)
{
    const bdf_tensor *x = input(m, op, 0), *y = &m->tensors[op->output];
    const uint32_t code = op->code;
    const int two = code == BDF_ADD || code == BDF_MUL || code == BDF_MIN || code == BDF_MAX || code == BDF_MATMUL;
    if (code >= BDF_CONV && code <= BDF_CONVERT && code != BDF_CONCAT && op->input_count != 1u + (unsigned)two)
        return BDS_E_INVALID;
    switch (code) {
    case BDF_CONV:
        return check_conv(m, op, x, y);
    case BDF_DEPTHWISE:
        return check_depthwise(m, op, x, y);
    case BDF_FULLY_CONNECTED:
        return check_fully_connected(m, op, x, y);
    case BDF_ADD:
    case BDF_MUL:
    case BDF_MIN:
    case BDF_MAX:
        return check_pair(m, op, x, y);
    case BDF_MAX_POOL:
    case BDF_AVG_POOL:
        return check_pool(m, op, x, y);
    case BDF_CONCAT:
        return check_concat(m, op, y);
    case BDF_PAD:
        return check_pad(op, x, y);
    case BDF_TABLE:
    case BDF_CHANNEL_TABLE:
        return check_table(m, op, x, y);
    case BDF_SOFTMAX:
        return check_softmax(m, op, x, y);
    case BDF_RESHAPE:
        return check_reshape(x, y);
    case BDF_RESIZE:
        return check_resize(m, op, x, y);
    case BDF_CONVERT:
        return check_convert(op, x, y);
#ifndef BDS_NO_SEQUENCES
    case BDF_VIEW:
        return check_view(m, op, x, y);
    case BDF_MATMUL:
        return check_matmul(m, op, x, y);
    case BDF_LAYER_NORM:
    case BDF_INSTANCE_NORM:
        return check_normalise(m, op, x, y);
    case BDF_ARG_MAX:
        return check_arg_max(x, y);
#endif
    default:
        return BDS_E_UNSUPPORTED;
    }
}
