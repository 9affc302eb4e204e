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

uint32_t bds_model_crc(const uint8_t *data, size_t n)
{
    const uint32_t zero = 0;
    const size_t at = offsetof(bdf_header, crc32c), rest = at + sizeof zero;
    const uint32_t crc = bds_crc32c(bds_crc32c(0, data, at), &zero, sizeof zero);
    return bds_crc32c(crc, data + rest, n - rest);
}

static bds_status check_version(const bdf_header *h)
{
    return h->major != BDF_MAJOR || h->minor > BDF_MINOR ? BDS_E_VERSION : BDS_OK;
}

/* whole: n is all there is. */
static bds_status check_header(const uint8_t *data, size_t n, int whole, int verified)
{
    const bdf_header *h = (const bdf_header *)data;
    if (!same_bytes(data, BDF_MAGIC, n < 8 ? n : 8))
        return BDS_E_FORMAT;
    if (n < sizeof *h || (whole && h->file_bytes > n))
        return BDS_E_TRUNCATED;
    if (h->file_bytes < n)
        return BDS_E_CORRUPT; /* bytes after the end */
    /* The header's other fields are looked at one by one. */
    if (verified ? h->reserved[0] || h->reserved[1] : h->file_bytes == n && bds_model_crc(data, n) != h->crc32c)
        return BDS_E_CORRUPT;
    return check_version(h);
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

static size_t table_end(const bdf_header *h)
{
    return sizeof *h + h->section_count * sizeof(bdf_section);
}

/* After read_sections: where the last section but the blobs' bytes ends. */
static size_t sections_end(const bds_model *m)
{
    const bdf_header *h = (const bdf_header *)m->data;
    const bdf_section *s = (const bdf_section *)(m->data + sizeof *h);
    size_t end = table_end(h);
    for (uint32_t i = 0; i < h->section_count; i++)
        if (s[i].kind != BDF_DATA && s[i].offset + s[i].bytes > end)
            end = s[i].offset + s[i].bytes;
    return end;
}

static int is_coded_weights(const bdf_blob *b)
{
    return b->coding == BDF_RANGE || b->coding == BDF_STATIC;
}

/* After bds_check_blobs: where the head ends. What follows are coded weights, in the order of their records; where the file has them in
 * another order, or overlapping, it is all head. */
static size_t head_end(const bds_model *m)
{
    size_t head = sections_end(m);
    for (uint32_t i = 0; i < m->blob_count; i++)
        if (!is_coded_weights(&m->blobs[i]) && bds_blob_end(m, i) > head)
            head = (size_t)bds_blob_end(m, i);
    uint64_t at = head;
    for (uint32_t i = 0; i < m->blob_count; i++) {
        const uint64_t end = bds_blob_end(m, i);
        if (end <= head)
            continue;
        if (end - m->blobs[i].stored_bytes < at)
            return m->size;
        at = end;
    }
    return head;
}

static bds_status read_sections(bds_model *m)
{
    const bdf_header *h = (const bdf_header *)m->data;
    const bdf_section *s = (const bdf_section *)(m->data + sizeof *h);
    uint32_t seen = 0;
    if (h->section_count > BDF_RESULT || table_end(h) > m->size)
        return BDS_E_INVALID;
    if (table_end(h) > m->here)
        return BDS_E_TRUNCATED;
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

/* Cuts what is there to the head if not all is; all that the other checks look at lies in it. */
static bds_status check_head(bds_model *m)
{
    if (m->here == m->size)
        return BDS_OK;
    const size_t head = head_end(m);
    if (m->here < head)
        return BDS_E_TRUNCATED;
    m->here = (uint32_t)head;
    return BDS_OK;
}

static bds_status open_checked(bds_model *m, size_t n, int whole)
{
    bds_status st;
    if ((st = check_header(m->data, n, whole, (int)m->verified)) < 0)
        return st;
    m->size = ((const bdf_header *)m->data)->file_bytes;
    m->here = (uint32_t)n;
    if ((st = read_sections(m)) < 0)
        return st;
    if (sections_end(m) > m->here)
        return BDS_E_TRUNCATED;
    if ((st = check_meta(m)) < 0 || (st = check_counts(m)) < 0)
        return st;
    if ((st = bds_check_tensors(m)) < 0 || (st = bds_check_blobs(m)) < 0 || (st = check_head(m)) < 0 ||
        (st = check_ops(m)) < 0)
        return st;
    if ((st = bds_check_inputs(m)) < 0 || (m->result && (st = bds_check_result(m)) < 0))
        return st;
    return bds_check_memory(m);
}

static bds_status open_model(bds_model *model, const void *data, size_t n, int whole, int verified)
{
    if (!model || !data || n == 0)
        return BDS_E_ARGUMENT;
    if ((uintptr_t)data % BDF_BLOB_ALIGN)
        return BDS_E_ALIGN;
    const bds_model empty = {0};
    bds_model m = empty;
    m.data = data;
    m.verified = verified != 0;
    bds_status st = open_checked(&m, n, whole);
    *model = st < 0 ? empty : m;
    return st;
}

bds_status bds_model_open(bds_model *model, const void *data, size_t n)
{
    return open_model(model, data, n, 1, 0);
}

bds_status bds_model_open_verified(bds_model *model, const void *data, size_t n)
{
    return open_model(model, data, n, 1, 1);
}

bds_status bds_model_open_head(bds_model *model, const void *data, size_t n, int verified)
{
    return open_model(model, data, n, 0, verified);
}

bds_status bds_model_head(const void *data, size_t n, size_t *bytes)
{
    if (!data || n == 0 || !bytes)
        return BDS_E_ARGUMENT;
    if ((uintptr_t)data % BDF_BLOB_ALIGN)
        return BDS_E_ALIGN;
    const bdf_header *h = data;
    bds_model m = {.data = data, .here = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n};
    bds_status st;
    *bytes = sizeof *h;
    if (!same_bytes(data, BDF_MAGIC, n < 8 ? n : 8))
        return BDS_E_FORMAT;
    if (n < *bytes)
        return BDS_MORE;
    if ((st = check_version(h)) < 0)
        return st;
    m.size = h->file_bytes;
    *bytes = table_end(h);
    if (h->section_count <= BDF_RESULT && n < *bytes)
        return BDS_MORE;
    if ((st = read_sections(&m)) < 0)
        return st;
    *bytes = sections_end(&m);
    if (n < *bytes)
        return BDS_MORE;
    if (m.blob_count > BDF_MAX_BLOBS)
        return BDS_E_LIMIT;
    if ((st = bds_check_blobs(&m)) < 0)
        return st;
    *bytes = head_end(&m);
    return BDS_OK;
}

bds_status bds_model_verify(const bds_model *model)
{
    if (!model || !model->data)
        return BDS_E_ARGUMENT;
    if (model->here < model->size)
        return BDS_E_STATE;
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
    if (model->result && model->result->kind == BDF_RESULT_SEGMENT) {
        i.mask_height = model->tensors[model->result->tensor].dims[1];
        i.mask_width = model->tensors[model->result->tensor].dims[2];
    } else if (model->result && model->result->set_from) {
        i.set_coverage = model->result->set_coverage;
    }
    *info = i;
    return BDS_OK;
}
