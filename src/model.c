/* Opens a .bds file in place: nothing is copied, everything is checked before it is used.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#include "crc32c.h"

static_assert(BDS_INT8 == 1 && BDS_INT16 == 2, "types on disk are bds_type");

static int same_bytes(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return 0;
    return 1;
}

/* Of the whole file, with its own field as zero. */
static uint32_t crc_of(const uint8_t *data, size_t n)
{
    const uint32_t zero = 0;
    const size_t at = offsetof(bdf_header, crc32c), rest = at + sizeof zero;
    const uint32_t crc = bds_crc32c(bds_crc32c(0, data, at), &zero, sizeof zero);
    return bds_crc32c(crc, data + rest, n - rest);
}

static bds_status check_header(const uint8_t *data, size_t n, int verified)
{
    const bdf_header *h = (const bdf_header *)data;
    if (!same_bytes(data, BDF_MAGIC, n < 8 ? n : 8))
        return BDS_E_FORMAT;
    if (n < sizeof *h || h->file_bytes > n)
        return BDS_E_TRUNCATED;
    if (h->file_bytes < n)
        return BDS_E_CORRUPT; /* bytes after the end */
    /* The header's other fields are looked at one by one. */
    if (verified ? h->reserved[0] || h->reserved[1] : crc_of(data, n) != h->crc32c)
        return BDS_E_CORRUPT;
    if (h->major != BDF_MAJOR || h->minor > BDF_MINOR)
        return BDS_E_VERSION;
    return BDS_OK;
}

/* Bytes of a record of the section, 0 for sections that are not arrays of records. */
static uint32_t record_bytes(uint32_t kind)
{
    switch (kind) {
    case BDF_INPUTS:
        return sizeof(bdf_input);
    case BDF_TENSORS:
        return sizeof(bdf_tensor);
    case BDF_OPS:
        return sizeof(bdf_op);
    case BDF_LINKS:
        return sizeof(uint32_t);
    case BDF_BLOBS:
        return sizeof(bdf_blob);
    case BDF_RESULT:
        return sizeof(bdf_result);
    default:
        return 0;
    }
}

static void take_section(bds_model *m, const bdf_section *s)
{
    const void *at = m->data + s->offset;
    switch (s->kind) {
    case BDF_META:
        m->meta = at;
        m->meta_bytes = s->bytes;
        m->meta_count = s->count;
        break;
    case BDF_INPUTS:
        m->inputs = at;
        m->input_count = s->count;
        break;
    case BDF_TENSORS:
        m->tensors = at;
        m->tensor_count = s->count;
        break;
    case BDF_OPS:
        m->ops = at;
        m->op_count = s->count;
        break;
    case BDF_LINKS:
        m->links = at;
        m->link_count = s->count;
        break;
    case BDF_BLOBS:
        m->blobs = at;
        m->blob_count = s->count;
        break;
    case BDF_DATA:
        m->blob_data = at;
        m->blob_data_bytes = s->bytes;
        break;
    default:
        m->result = at;
        break;
    }
}

static bds_status read_sections(bds_model *m)
{
    const bdf_header *h = (const bdf_header *)m->data;
    const bdf_section *s = (const bdf_section *)(m->data + sizeof *h);
    uint32_t seen = 0;
    if (h->section_count > BDF_RESULT || sizeof *h + h->section_count * sizeof *s > m->size)
        return BDS_E_INVALID;
    for (uint32_t i = 0; i < h->section_count; i++, s++) {
        if (s->kind < BDF_META || s->kind > BDF_RESULT || seen >> s->kind & 1u)
            return BDS_E_INVALID;
        seen |= 1u << s->kind;
        if (s->offset % BDF_SECTION_ALIGN || s->offset < sizeof *h || (uint64_t)s->offset + s->bytes > m->size)
            return BDS_E_INVALID;
        uint32_t record = record_bytes(s->kind);
        if (record && (uint64_t)s->count * record != s->bytes)
            return BDS_E_INVALID;
        if (s->kind == BDF_RESULT && s->count != 1)
            return BDS_E_INVALID;
        take_section(m, s);
    }
    const uint32_t needed = 1u << BDF_INPUTS | 1u << BDF_TENSORS | 1u << BDF_OPS | 1u << BDF_LINKS;
    return (seen & needed) == needed ? BDS_OK : BDS_E_INVALID;
}

static bds_status check_meta(const bds_model *m)
{
    if ((uint64_t)m->meta_count * sizeof(bdf_meta) > m->meta_bytes)
        return BDS_E_INVALID;
    const bdf_meta *e = (const bdf_meta *)m->meta;
    for (uint32_t i = 0; i < m->meta_count; i++)
        if ((uint64_t)e[i].key_offset + e[i].key_bytes > m->meta_bytes ||
            (uint64_t)e[i].text_offset + e[i].text_bytes > m->meta_bytes)
            return BDS_E_INVALID;
    return BDS_OK;
}

static bds_status check_counts(const bds_model *m)
{
    if (m->tensor_count == 0 || m->op_count == 0 || m->input_count == 0)
        return BDS_E_INVALID;
    if (m->tensor_count > BDF_MAX_TENSORS || m->op_count > BDF_MAX_OPS || m->blob_count > BDF_MAX_BLOBS ||
        m->input_count > BDF_MAX_INPUTS)
        return BDS_E_LIMIT;
    return BDS_OK;
}

/* Operators and their links; finds where the graph's outputs begin. */
static bds_status check_ops(bds_model *m)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < m->link_count; i++)
        if (m->links[i] >= m->tensor_count)
            return BDS_E_INVALID;
    for (uint32_t i = 0; i < m->op_count; i++) {
        const bdf_op *op = &m->ops[i];
        uint64_t op_end = (uint64_t)op->input_first + op->input_count;
        if (op_end > m->link_count || op->input_count == 0 || op->output >= m->tensor_count)
            return BDS_E_INVALID;
        if (op_end > end)
            end = (uint32_t)op_end;
        bds_status st = bds_check_op(m, op);
        if (st < 0)
            return st;
    }
    m->output_first = end;
    m->output_count = m->link_count - end;
    return m->output_count == 0 ? BDS_E_INVALID : BDS_OK;
}

static bds_status open_checked(bds_model *m, int verified)
{
    bds_status st;
    if ((st = check_header(m->data, m->size, verified)) < 0 || (st = read_sections(m)) < 0 ||
        (st = check_meta(m)) < 0 || (st = check_counts(m)) < 0)
        return st;
    if ((st = bds_check_tensors(m)) < 0 || (st = bds_check_blobs(m)) < 0 || (st = check_ops(m)) < 0)
        return st;
    if ((st = bds_check_inputs(m)) < 0 || (m->result && (st = bds_check_result(m)) < 0))
        return st;
    return bds_check_memory(m);
}

static bds_status open_model(bds_model *model, const void *data, size_t n, int verified)
{
    if (!model || !data || n == 0)
        return BDS_E_ARGUMENT;
    if ((uintptr_t)data % BDF_BLOB_ALIGN)
        return BDS_E_ALIGN;
    const bds_model empty = {0};
    bds_model m = empty;
    m.data = data;
    m.size = n;
    bds_status st = open_checked(&m, verified);
    *model = st < 0 ? empty : m;
    return st;
}

bds_status bds_model_open(bds_model *model, const void *data, size_t n)
{
    return open_model(model, data, n, 0);
}

bds_status bds_model_open_verified(bds_model *model, const void *data, size_t n)
{
    return open_model(model, data, n, 1);
}

bds_status bds_model_verify(const bds_model *model)
{
    if (!model || !model->data)
        return BDS_E_ARGUMENT;
    const bdf_header *h = (const bdf_header *)model->data;
    uint8_t digest[32];
    bds_sha256(digest, model->data + sizeof *h, model->size - sizeof *h);
    return same_bytes(digest, h->sha256, sizeof digest) ? BDS_OK : BDS_E_HASH;
}

bds_status bds_model_text(const bds_model *model, const char *key, const char **text, size_t *length)
{
    if (!model || !model->data || !key || !text || !length)
        return BDS_E_ARGUMENT;
    size_t n = 0;
    while (key[n])
        n++;
    const bdf_meta *e = (const bdf_meta *)model->meta;
    for (uint32_t i = 0; i < model->meta_count; i++)
        if (e[i].key_bytes == n && same_bytes(model->meta + e[i].key_offset, key, n)) {
            *text = (const char *)model->meta + e[i].text_offset;
            *length = e[i].text_bytes;
            return BDS_OK;
        }
    return BDS_E_ARGUMENT;
}

/* Multiply-accumulates of an operator that sums products: outputs x factors of one output. */
static uint64_t op_macs(const bds_model *m, const bdf_op *op)
{
    const bdf_tensor *y = &m->tensors[op->output];
    uint64_t pixels = (uint64_t)y->dims[1] * y->dims[2];
    if (op->code == BDF_MATMUL)
        return pixels * y->dims[3] * bds_op_input(m, op, 0)->dims[3];
    if (!bds_op_has_weights(op))
        return 0;
    return op->code == BDF_FULLY_CONNECTED ? m->blobs[op->weights].count : pixels * m->blobs[op->weights].count;
}

bds_status bds_model_info(const bds_model *model, bds_info *info)
{
    if (!model || !model->data || !info)
        return BDS_E_ARGUMENT;
    const bdf_header *h = (const bdf_header *)model->data;
    const bdf_tensor *in = &model->tensors[model->inputs[0].tensor];
    bds_info i = {0};
    i.inputs = model->input_count;
    i.outputs = model->output_count;
    i.operators = model->op_count;
    i.tensors = model->tensor_count;
    i.labels = model->result ? model->result->label_count : 0;
    i.input_height = in->dims[1];
    i.input_width = in->dims[2];
    i.input_channels = in->dims[3];
    i.file_bytes = (uint32_t)model->size;
    i.activation_bytes = model->activation_bytes;
    for (uint32_t k = 0; k < model->op_count; k++) {
        i.macs += op_macs(model, &model->ops[k]);
        if (bds_op_has_weights(&model->ops[k]))
            i.weight_count += model->blobs[model->ops[k].weights].count;
    }
    for (int k = 0; k < 32; k++)
        i.sha256[k] = h->sha256[k];
    *info = i;
    return BDS_OK;
}
