/* Checks every tensor, blob, input and the result section of a file before anything is computed with it. Operators: check_op.c.
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
        if (size == 0 || b->coding > BDF_NUMBERS)
            return BDS_E_UNSUPPORTED;
#ifdef BDS_NO_ENTROPY
        if (b->coding != BDF_RAW)
            return BDS_E_UNSUPPORTED;
#endif
        if (b->count == 0 || (uint64_t)b->offset + b->stored_bytes > m->blob_data_bytes)
            return BDS_E_INVALID;
        if (b->count > BDF_MAX_BLOB_COUNT)
            return BDS_E_LIMIT;
        if (b->coding == BDF_RAW && (b->offset % BDF_BLOB_ALIGN || (uint64_t)b->count * size != b->stored_bytes))
            return BDS_E_INVALID;
        if (!bds_is_coded(b))
            continue;
        /* A short stream cannot stand for endless weights. */
        const uint32_t other = b->coding == BDF_NUMBERS ? BDS_INT32 : BDS_INT8;
        if ((b->type != other && b->type != BDS_INT16) || b->row_length > b->count ||
            b->count / BDF_MAX_PER_BYTE > b->stored_bytes)
            return BDS_E_INVALID;
    }
    return BDS_OK;
}

int bds_has_blob(const bds_model *m, uint32_t blob, uint32_t type, uint64_t count, bds_decoding decoding)
{
    if (blob >= m->blob_count)
        return 0;
    const bdf_blob *b = &m->blobs[blob];
    const int numbers = b->coding == BDF_NUMBERS;
    return b->type == type && b->count == count &&
           (b->coding == BDF_RAW || (decoding == BDS_OR_CODED_NUMBERS && numbers) ||
            (decoding == BDS_OR_CODED_WEIGHTS && !numbers));
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
        if (!bds_has_blob(m, in->table, BDS_INT8, (uint64_t)t->dims[3] * 256, BDS_ONLY_RAW))
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
    if (t->type != BDS_INT8 || !bds_has_blob(m, r->gate_mean, BDS_INT8, r->gate_groups * channels, BDS_ONLY_RAW) ||
        !bds_has_blob(m, r->gate_weight, BDS_UINT16, channels, BDS_ONLY_RAW))
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

/* One label, one logit per pixel, and for each of its 256 values a probability. */
static bds_status check_segment(const bds_model *m, const bdf_result *r)
{
    const bdf_tensor *t = &m->tensors[r->tensor];
    if (t->type != BDS_INT8 || t->dims[3] != 1)
        return BDS_E_UNSUPPORTED;
    if (r->label_count != 1 || r->curve_shift || r->interval != BDF_NONE || r->set_from || r->mark_from == 0 ||
        r->mark_from > 65536 || !bds_has_blob(m, r->curve, BDS_UINT16, 256, BDS_ONLY_RAW))
        return BDS_E_INVALID;
    return BDS_OK;
}

static bds_status check_findings(const bds_model *m, const bdf_result *r)
{
    if (bds_tensor_count(&m->tensors[r->tensor]) != r->label_count || r->curve_shift > 16 || r->mark_from)
        return BDS_E_INVALID;
    if (r->set_from > 65536 || r->set_coverage > 65536 || (r->kind != BDF_RESULT_SOFTMAX && r->set_from))
        return BDS_E_INVALID;
    if (!bds_has_blob(m, r->curve, BDS_UINT16, 257, BDS_ONLY_RAW))
        return BDS_E_INVALID;
    const uint16_t *curve = bds_blob_data(m, r->curve);
    if (r->kind == BDF_RESULT_SOFTMAX && curve[0] == 0)
        return BDS_E_INVALID;
    if (r->interval != BDF_NONE &&
        !bds_has_blob(m, r->interval, BDS_UINT16, (uint64_t)r->label_count * 33 * 2, BDS_ONLY_RAW))
        return BDS_E_INVALID;
    return BDS_OK;
}

bds_status bds_check_result(const bds_model *m)
{
    const bdf_result *r = m->result;
    if (r->kind < BDF_RESULT_SOFTMAX || r->kind > BDF_RESULT_SEGMENT)
        return BDS_E_UNSUPPORTED;
    if (r->tensor >= m->tensor_count || r->label_count == 0 || r->label_count > BDF_MAX_LABELS ||
        r->abstain_below > 65536)
        return BDS_E_INVALID;
    bds_status st = r->kind == BDF_RESULT_SEGMENT ? check_segment(m, r) : check_findings(m, r);
    if (st == BDS_OK)
        st = check_labels(m, r->label_count);
    return st < 0 ? st : check_gate(m, r);
}
