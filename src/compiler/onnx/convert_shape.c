/* Operators that move elements as they are: other shapes, orders, pieces, copies.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

static bdc_status convert_identity(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
}

/* In inference it does nothing; its mask, where wanted, is all true. */
static bdc_status convert_dropout(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const int64_t *training;
    const double *ratio;
    uint32_t count, ratio_count;
    int64_t is_test, seed;
    float share;
    BDC_TRY(onnx_int(m, n, "is_test", m->opset < 7 ? 0 : 1, &is_test));
    BDC_TRY(onnx_int(m, n, "seed", 0, &seed));
    BDC_TRY(onnx_float(m, n, "ratio", 0.5f, &share));
    BDC_TRY(onnx_input_ints(m, n, 2, &training, &count));
    if (count && training[0]) {
        BDC_TRY(onnx_input_numbers(m, n, 1, &ratio, &ratio_count));
        if (!ratio_count || ratio[0] != 0)
            return onnx_unsupported(m, n, "input 'training_mode' is true: the model was exported for training");
    }
    if (m->opset < 7 && !is_test)
        return onnx_unsupported(m, n, "attribute 'is_test' is 0: the model was exported for training");
    if (onnx_wants_output(n, 1)) {
        const net_tensor x = onnx_input_tensor(m, n, 0);
        const onnx_shape shape = onnx_shape_of(m, onnx_input(m, n, 0));
        void *room;
        uint32_t mask;
        BDC_TRY(onnx_constant(m, n, NET_BOOL, &shape, &room, &mask));
        memset(room, 1, net_count(&x));
        BDC_TRY(onnx_set_output(m, n, 1, mask));
    }
    return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
}

/* ---- Other shapes ---------------------------------------------------------------------------------------------- */

static bdc_status set_reshaped(onnx_importer *m, const onnx_node *n, const onnx_shape *shape)
{
    uint32_t y;
    BDC_TRY(onnx_reshape(m, n, onnx_input(m, n, 0), shape, &y));
    return onnx_set_output(m, n, 0, y);
}

/* 0: as in x; -1: what is left. */
static bdc_status convert_reshape(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const int64_t *target;
    uint32_t count, open = NET_NONE;
    int allow_zero;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    onnx_shape shape = {0};
    uint64_t known = 1;
    BDC_TRY(onnx_flag(m, n, "allowzero", 0, &allow_zero));
    BDC_TRY(onnx_ints_either(m, n, "shape", 1, &target, &count));
    if (!target)
        return onnx_invalid(m, n, "the new shape is missing");
    if (count > NET_MAX_RANK)
        return bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': the new shape has more than %d dimensions.", n->type,
                        n->name, NET_MAX_RANK);
    shape.rank = count;
    for (uint32_t i = 0; i < count; i++) {
        int64_t dim = target[i];
        if (dim == 0 && !allow_zero) {
            if (i >= x.rank)
                return onnx_invalid(m, n, "the new shape copies a dimension that is not there");
            dim = x.dims[i];
        }
        if (dim == -1 && open == NET_NONE) {
            open = i;
            continue;
        }
        if (dim < 0 || dim > NET_MAX_ELEMENTS)
            return onnx_invalid(m, n, "a dimension of the new shape is out of range");
        shape.dims[i] = (uint32_t)dim;
        known *= (uint64_t)dim;
        if (known > NET_MAX_ELEMENTS)
            return onnx_invalid(m, n, "the new shape has another number of elements");
    }
    if (open != NET_NONE) {
        if (!known || net_count(&x) % known)
            return onnx_invalid(m, n, "the open dimension of the new shape does not come out even");
        shape.dims[open] = (uint32_t)(net_count(&x) / known);
    }
    return set_reshaped(m, n, &shape);
}

static bdc_status convert_flatten(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    int64_t axis;
    onnx_shape shape = {.rank = 2, .dims = {1, 1}};
    BDC_TRY(onnx_int(m, n, "axis", 1, &axis));
    if (axis != (int64_t)x.rank) /* one past the last is fine, too */
        BDC_TRY(onnx_normal_axis(m, n, axis, x.rank, &axis));
    for (uint32_t i = 0; i < x.rank; i++)
        shape.dims[i < axis ? 0 : 1] *= x.dims[i];
    return set_reshaped(m, n, &shape);
}

static bdc_status convert_squeeze(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *list;
    uint32_t count, axes[NET_MAX_RANK], gone = 0;
    onnx_shape shape = {0};
    BDC_TRY(onnx_ints_either(m, n, "axes", 1, &list, &count));
    BDC_TRY(onnx_normal_axes(m, n, list, count, x.rank, axes));
    for (uint32_t i = 0; i < count; i++)
        gone |= 1u << axes[i];
    for (uint32_t i = 0; i < x.rank; i++) {
        const int goes = list ? (gone >> i & 1) != 0 : x.dims[i] == 1;
        if (goes && x.dims[i] != 1)
            return onnx_invalid(m, n, "a dimension that is not 1 cannot be squeezed");
        if (!goes)
            shape.dims[shape.rank++] = x.dims[i];
    }
    return set_reshaped(m, n, &shape);
}

static bdc_status convert_unsqueeze(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *list;
    uint32_t count, axes[NET_MAX_RANK], added = 0, from = 0;
    onnx_shape shape = {0};
    BDC_TRY(onnx_ints_either(m, n, "axes", 1, &list, &count));
    if (!list)
        return onnx_invalid(m, n, "the axes are missing");
    if (count > NET_MAX_RANK || x.rank + count > NET_MAX_RANK)
        return bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': the result has more than %d dimensions.", n->type, n->name,
                        NET_MAX_RANK);
    shape.rank = x.rank + count;
    BDC_TRY(onnx_normal_axes(m, n, list, count, shape.rank, axes));
    for (uint32_t i = 0; i < count; i++)
        added |= 1u << axes[i];
    for (uint32_t i = 0; i < shape.rank; i++)
        shape.dims[i] = added >> i & 1 ? 1 : x.dims[from++];
    return set_reshaped(m, n, &shape);
}

/* ---- Other orders ---------------------------------------------------------------------------------------------- */

static bdc_status convert_transpose(onnx_importer *m, const onnx_node *n, net_code code)
{
    (void)code;
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *list;
    uint32_t count, permutation[NET_MAX_RANK], y = onnx_input(m, n, 0);
    int moves = 0;
    BDC_TRY(onnx_ints(m, n, "perm", &list, &count));
    if (list && count != x.rank)
        return onnx_invalid(m, n, "attribute 'perm' has another number of dimensions than the input");
    for (uint32_t i = 0; !list && i < x.rank; i++)
        permutation[i] = x.rank - 1 - i;
    if (list)
        BDC_TRY(onnx_normal_axes(m, n, list, count, x.rank, permutation));
    for (uint32_t i = 0; i < x.rank; i++)
        moves |= permutation[i] != i;
    if (moves)
        BDC_TRY(onnx_transpose(m, n, y, permutation, &y));
    return onnx_set_output(m, n, 0, y);
}

static bdc_status convert_depth_to_space(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    int64_t block;
    BDC_TRY(onnx_int(m, n, "blocksize", 0, &block));
    if (block < 1 || block > UINT16_MAX)
        return onnx_invalid(m, n, "attribute 'blocksize' is out of range");
    a.block = (uint32_t)block;
    if (code == NET_DEPTH_TO_SPACE)
        BDC_TRY(onnx_word(m, n, "mode", "DCR CRD", &a.mode));
    return onnx_emit_node(m, n, code, 1, &a, NULL);
}

/* ---- Pieces ---------------------------------------------------------------------------------------------------- */

static bdc_status convert_concat(onnx_importer *m, const onnx_node *n, net_code code)
{
    net_attributes a = {0};
    if (m->opset >= 4 && !onnx_has_attribute(n, "axis"))
        return onnx_invalid(m, n, "attribute 'axis' is missing");
    BDC_TRY(onnx_axis(m, n, "axis", 1, onnx_input_tensor(m, n, 0).rank, &a.axis));
    for (uint32_t i = 0; i < n->input_count; i++)
        if (!onnx_has_input(n, i))
            return onnx_invalid(m, n, "an input is missing");
    if (n->input_count == 1)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return onnx_emit_node(m, n, code, n->input_count, &a, NULL);
}

/* Sizes are stated by an attribute (to opset 12), by input 1, or follow from the number of outputs. */
static bdc_status convert_split(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *sizes;
    uint32_t count;
    int64_t stated;
    net_attributes a = {0};
    BDC_TRY(onnx_axis(m, n, "axis", 0, x.rank, &a.axis));
    BDC_TRY(onnx_ints_either(m, n, "split", 1, &sizes, &count));
    BDC_TRY(onnx_int(m, n, "num_outputs", n->output_count, &stated));
    const uint32_t outputs = n->output_count, whole = x.dims[a.axis];
    if (!outputs || stated != outputs || (sizes && count != outputs))
        return onnx_invalid(m, n, "the number of sizes is not that of the outputs");
    onnx_shape *shapes = BDC_NEW(m->context, onnx_shape, outputs);
    uint32_t *ys = BDC_NEW(m->context, uint32_t, outputs);
    uint8_t *wanted = BDC_NEW(m->context, uint8_t, outputs);
    if (!shapes || !ys || !wanted)
        return BDC_E_MEMORY;
    const uint32_t chunk = (whole + outputs - 1) / outputs; /* the last may be smaller */
    if (!sizes && whole % outputs && m->opset < 18)
        return onnx_invalid(m, n, "the axis does not split into equal parts");
    uint32_t left = whole;
    for (uint32_t i = 0; i < outputs; i++) {
        const int64_t size = sizes ? sizes[i] : chunk < left ? chunk : left;
        if (size < 0 || size > left)
            return onnx_invalid(m, n, "the sizes do not add up to the axis");
        shapes[i] = onnx_shape_of(m, onnx_input(m, n, 0));
        shapes[i].dims[a.axis] = (uint32_t)size;
        left -= (uint32_t)size;
        wanted[i] = 1; /* all of them: what is not wanted says where the next one begins */
    }
    if (left)
        return onnx_invalid(m, n, "the sizes do not add up to the axis");
    const uint32_t input = onnx_input(m, n, 0);
    BDC_TRY(onnx_emit_many(m, n, code, &input, 1, &a, shapes, outputs, ys, wanted));
    for (uint32_t i = 0; i < outputs; i++)
        BDC_TRY(onnx_set_output(m, n, i, ys[i]));
    return BDC_OK;
}

/* ---- Copies ---------------------------------------------------------------------------------------------------- */

/* x repeated to a shape that is broadcast with its own. */
static bdc_status convert_expand(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *target;
    uint32_t count;
    onnx_shape shape = {0};
    BDC_TRY(onnx_input_ints(m, n, 1, &target, &count));
    if (count > NET_MAX_RANK)
        return bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': the new shape has more than %d dimensions.", n->type,
                        n->name, NET_MAX_RANK);
    shape.rank = count > x.rank ? count : x.rank;
    int same = shape.rank == x.rank;
    for (uint32_t i = 0; i < shape.rank; i++) {
        const uint32_t own = i + x.rank < shape.rank ? 1 : x.dims[i + x.rank - shape.rank];
        const int64_t asked = i + count < shape.rank ? 1 : target[i + count - shape.rank];
        if (asked < 0 || asked > NET_MAX_ELEMENTS || (own != 1 && asked != 1 && asked != own))
            return onnx_invalid(m, n, "the shape does not go with the input's");
        shape.dims[i] = own == 1 ? (uint32_t)asked : own;
        same = same && shape.dims[i] == own;
    }
    if (same)
        return onnx_set_output(m, n, 0, onnx_input(m, n, 0));
    return onnx_emit_node(m, n, code, 1, NULL, &shape);
}

static bdc_status convert_tile(onnx_importer *m, const onnx_node *n, net_code code)
{
    const net_tensor x = onnx_input_tensor(m, n, 0);
    const int64_t *repeats;
    int64_t several[NET_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    uint32_t count;
    onnx_shape shape = onnx_shape_of(m, onnx_input(m, n, 0));
    BDC_TRY(onnx_input_ints(m, n, 1, &repeats, &count));
    if (m->opset < 6) { /* tiles along one axis */
        const int64_t *axis;
        uint32_t one;
        BDC_TRY(onnx_input_ints(m, n, 2, &axis, &one));
        if (count != 1 || one != 1 || axis[0] < 0 || axis[0] >= x.rank)
            return onnx_invalid(m, n, "tiles and axis must be one number each");
        several[axis[0]] = repeats[0];
        repeats = several;
    } else if (count != x.rank) {
        return onnx_invalid(m, n, "the repeats have another number of dimensions than the input");
    }
    for (uint32_t i = 0; i < x.rank; i++) {
        if (repeats[i] < 0 || repeats[i] > NET_MAX_ELEMENTS)
            return onnx_invalid(m, n, "a number of repeats is out of range");
        const uint64_t dim = (uint64_t)x.dims[i] * (uint64_t)repeats[i];
        if (dim > NET_MAX_ELEMENTS)
            return bdc_fail(m->context, BDC_E_LIMIT, "%s '%s': the result is too large.", n->type, n->name);
        shape.dims[i] = (uint32_t)dim;
    }
    return onnx_emit_node(m, n, code, 1, NULL, &shape);
}

const onnx_row onnx_shape_rows[] = {
    {"Concat", NET_CONCAT, convert_concat, 1, NET_MAX_LINKS, 1},
    {"DepthToSpace", NET_DEPTH_TO_SPACE, convert_depth_to_space, 1, 1, 1},
    {"Dropout", NET_NOTHING, convert_dropout, 1, 3, 2},
    {"Expand", NET_EXPAND, convert_expand, 2, 2, 1},
    {"Flatten", NET_RESHAPE, convert_flatten, 1, 1, 1},
    {"Identity", NET_NOTHING, convert_identity, 1, 1, 1},
    {"Reshape", NET_RESHAPE, convert_reshape, 1, 2, 1},
    {"SpaceToDepth", NET_SPACE_TO_DEPTH, convert_depth_to_space, 1, 1, 1},
    {"Split", NET_SPLIT, convert_split, 1, 2, NET_MAX_LINKS},
    {"Squeeze", NET_RESHAPE, convert_squeeze, 1, 2, 1},
    {"Tile", NET_TILE, convert_tile, 2, 3, 1},
    {"Transpose", NET_TRANSPOSE, convert_transpose, 1, 1, 1},
    {"Unsqueeze", NET_RESHAPE, convert_unsqueeze, 1, 2, 1},
    {0},
};
