/* Lays out a .bds file as format.h describes it. Bytes are written as this machine has them: little-endian.
 * SPDX-License-Identifier: MIT */
#include "write_bds.h"

#include <string.h>

#include "../bedside.h"
#include "../crc32c.h"
#include "encode_numbers.h"
#include "encode_weights.h"

static uint32_t type_bytes(uint32_t type)
{
    return type == BDS_INT8 || type == BDS_UINT8 ? 1 : type == BDS_INT32 ? 4 : 2;
}

static bdc_status append_blob(bdc_file *f, const bdf_blob *blob, const void *bytes, uint32_t align, uint32_t *index)
{
    bdc_context *c = f->context;
    size_t at = (f->data_bytes + align - 1) / align * align;
    if (f->blob_count >= BDF_MAX_BLOBS || at + blob->stored_bytes > (1u << 30) || blob->count > BDF_MAX_BLOB_COUNT)
        return bdc_fail(c, BDC_E_LIMIT, "The network has too many weights for one file.");
    bdf_blob *blobs = bdc_grow(c, f->blobs, &f->blob_capacity, (size_t)f->blob_count + 1, sizeof *blobs);
    uint8_t *data = bdc_grow(c, f->data, &f->data_capacity, at + blob->stored_bytes, 1);
    if (!blobs || !data)
        return BDC_E_MEMORY;
    f->blobs = blobs;
    f->data = data;
    memset(data + f->data_bytes, 0, at - f->data_bytes);
    memcpy(data + at, bytes, blob->stored_bytes);
    f->data_bytes = at + blob->stored_bytes;
    blobs[f->blob_count] = *blob;
    blobs[f->blob_count].offset = (uint32_t)at;
    *index = f->blob_count++;
    return BDC_OK;
}

/* The blob, or the one that holds the same already. */
static bdc_status find_or_append(bdc_file *f, const bdf_blob *blob, const void *bytes, uint32_t *index)
{
    for (uint32_t i = 0; i < f->blob_count; i++) {
        const bdf_blob *b = &f->blobs[i];
        if (b->coding == blob->coding && b->type == blob->type && b->count == blob->count &&
            b->row_length == blob->row_length && b->stored_bytes == blob->stored_bytes &&
            !memcmp(f->data + b->offset, bytes, b->stored_bytes)) {
            *index = i;
            return BDC_OK;
        }
    }
    return append_blob(f, blob, bytes, blob->coding == BDF_RAW ? BDF_BLOB_ALIGN : 1, index);
}

bdc_status bdc_file_blob(bdc_file *f, uint32_t type, const void *elements, size_t count, uint32_t *blob)
{
    if (count > BDF_MAX_BLOB_COUNT)
        return bdc_fail(f->context, BDC_E_LIMIT, "The network has too many weights for one file.");
    const bdf_blob b = {.stored_bytes = (uint32_t)(count * type_bytes(type)),
                        .count = (uint32_t)count,
                        .type = (uint16_t)type,
                        .coding = BDF_RAW};
    return find_or_append(f, &b, elements, blob);
}

bdc_status bdc_file_numbers(bdc_file *f, uint32_t type, const void *elements, size_t count, uint32_t *blob)
{
    const size_t raw = count * type_bytes(type), room = raw + 16;
    /* Who asks for a coder that decodes fast does not want to wait for a few per cent of the file. */
    if (f->coder != BDC_CODER_ADAPTIVE || count > BDF_MAX_BLOB_COUNT)
        return bdc_file_blob(f, type, elements, count, blob);
    bdc_mark mark = bdc_mark_set(f->context);
    uint8_t *stream = BDC_NEW(f->context, uint8_t, room);
    if (!stream)
        return BDC_E_MEMORY;
    const size_t n = encode_number_blob(type, elements, count, stream, room);
    bdf_blob b = {.stored_bytes = (uint32_t)n, .count = (uint32_t)count, .type = (uint16_t)type, .coding = BDF_NUMBERS};
    if (n && n < raw && count / BDF_MAX_PER_BYTE <= n)
        return find_or_append(f, &b, stream, blob);
    bdc_mark_release(f->context, mark);
    return bdc_file_blob(f, type, elements, count, blob);
}

bdc_status bdc_file_weights(bdc_file *f, const weight_array *w, uint32_t *blob)
{
    const size_t raw = (size_t)w->count * type_bytes(w->type);
    if (f->coder == BDC_CODER_RAW || w->count > BDF_MAX_BLOB_COUNT)
        return bdc_file_blob(f, w->type, w->elements, w->count, blob);
    bdc_mark mark = bdc_mark_set(f->context);
    uint8_t *stream = BDC_NEW(f->context, uint8_t, raw);
    size_t n = 0;
    if (!stream)
        return BDC_E_MEMORY;
    uint16_t coding;
    BDC_TRY(encode_weights(f->context, w, f->coder == BDC_CODER_STATIC, stream, raw, &n, &coding));
    bdf_blob b = {.stored_bytes = (uint32_t)n,
                  .count = w->count,
                  .type = (uint16_t)w->type,
                  .coding = coding,
                  .row_length = w->row};
    if (n && n < raw && w->count / BDF_MAX_PER_BYTE <= n)
        return find_or_append(f, &b, stream, blob);
    bdc_mark_release(f->context, mark);
    return bdc_file_blob(f, w->type, w->elements, w->count, blob);
}

bdc_status bdc_file_link(bdc_file *f, uint32_t tensor)
{
    uint32_t *links = bdc_grow(f->context, f->links, &f->link_capacity, (size_t)f->link_count + 1, sizeof *links);
    if (!links)
        return BDC_E_MEMORY;
    f->links = links;
    links[f->link_count++] = tensor;
    return BDC_OK;
}

bdc_status bdc_file_op(bdc_file *f, const bdf_op *op, const uint32_t *inputs, uint32_t input_count)
{
    if (f->op_count >= BDF_MAX_OPS)
        return bdc_fail(f->context, BDC_E_LIMIT, "The network has more than %u operators.", BDF_MAX_OPS);
    bdf_op *ops = bdc_grow(f->context, f->ops, &f->op_capacity, (size_t)f->op_count + 1, sizeof *ops);
    if (!ops)
        return BDC_E_MEMORY;
    f->ops = ops;
    ops[f->op_count] = *op;
    ops[f->op_count].input_first = f->link_count;
    ops[f->op_count].input_count = input_count;
    f->op_count++;
    for (uint32_t i = 0; i < input_count; i++)
        BDC_TRY(bdc_file_link(f, inputs[i]));
    return BDC_OK;
}

/* The section of texts: records, then keys and texts one after the other. */
static bdc_status make_meta(const bdc_file *f, uint8_t **bytes, size_t *count)
{
    size_t n = f->meta_count * sizeof(bdf_meta);
    for (uint32_t i = 0; i < f->meta_count; i++)
        n += strlen(f->meta[i].key) + strlen(f->meta[i].text);
    if (n > (1u << 28))
        return bdc_fail(f->context, BDC_E_LIMIT, "The metadata are too long.");
    uint8_t *out = BDC_NEW(f->context, uint8_t, n);
    if (!out)
        return BDC_E_MEMORY;
    uint32_t at = f->meta_count * (uint32_t)sizeof(bdf_meta);
    for (uint32_t i = 0; i < f->meta_count; i++) {
        bdf_meta m = {at, (uint32_t)strlen(f->meta[i].key), 0, (uint32_t)strlen(f->meta[i].text)};
        memcpy(out + at, f->meta[i].key, m.key_bytes);
        at += m.key_bytes;
        m.text_offset = at;
        memcpy(out + at, f->meta[i].text, m.text_bytes);
        at += m.text_bytes;
        memcpy(out + i * sizeof m, &m, sizeof m);
    }
    *bytes = out;
    *count = n;
    return BDC_OK;
}

typedef struct part {
    uint32_t kind, count;
    const void *bytes;
    size_t n;
} part;

static size_t align_section(size_t n)
{
    return (n + BDF_SECTION_ALIGN - 1) / BDF_SECTION_ALIGN * BDF_SECTION_ALIGN;
}

static void seal(uint8_t *file, size_t n)
{
    bdf_header *h = (bdf_header *)(void *)file;
    bds_sha256(h->sha256, file + sizeof *h, n - sizeof *h);
    h->crc32c = bds_crc32c(0, file, n);
}

static int is_coded_weights(const bdf_blob *b)
{
    return b->coding == BDF_RANGE || b->coding == BDF_STATIC;
}

/* Coded weights go to the end: a reader that gets the file piece by piece needs all else first, and them only once. */
static bdc_status order_data(bdc_file *f)
{
    uint8_t *data = BDC_NEW(f->context, uint8_t, f->data_bytes + (size_t)f->blob_count * BDF_BLOB_ALIGN + 1);
    size_t at = 0;
    if (!data)
        return BDC_E_MEMORY;
    for (int coded = 0; coded < 2; coded++)
        for (uint32_t i = 0; i < f->blob_count; i++) {
            bdf_blob *b = &f->blobs[i];
            const size_t begin =
                b->coding == BDF_RAW ? (at + BDF_BLOB_ALIGN - 1) / BDF_BLOB_ALIGN * BDF_BLOB_ALIGN : at;
            if (is_coded_weights(b) != coded)
                continue;
            memset(data + at, 0, begin - at);
            memcpy(data + begin, f->data + b->offset, b->stored_bytes);
            b->offset = (uint32_t)begin;
            at = begin + b->stored_bytes;
        }
    f->data = data;
    f->data_bytes = at;
    f->data_capacity = 0;
    return BDC_OK;
}

bdc_status bdc_file_finish(bdc_file *f, const uint8_t **bytes, size_t *count)
{
    uint8_t *meta = NULL;
    size_t meta_bytes = 0;
    BDC_TRY(order_data(f));
    BDC_TRY(make_meta(f, &meta, &meta_bytes));
    const part parts[] = {
        {BDF_META, f->meta_count, meta, meta_bytes},
        {BDF_INPUTS, f->input_count, f->inputs, f->input_count * sizeof *f->inputs},
        {BDF_TENSORS, f->tensor_count, f->tensors, f->tensor_count * sizeof *f->tensors},
        {BDF_OPS, f->op_count, f->ops, f->op_count * sizeof *f->ops},
        {BDF_LINKS, f->link_count, f->links, f->link_count * sizeof *f->links},
        {BDF_BLOBS, f->blob_count, f->blobs, f->blob_count * sizeof *f->blobs},
        {BDF_RESULT, 1, &f->result, f->has_result ? sizeof f->result : 0},
        {BDF_DATA, 0, f->data, f->data_bytes},
    };
    enum { PARTS = sizeof parts / sizeof *parts };
    uint32_t sections = 0;
    size_t n = 0;
    for (int i = 0; i < PARTS; i++)
        sections += parts[i].n != 0;
    n = sizeof(bdf_header) + sections * sizeof(bdf_section);
    for (int i = 0; i < PARTS; i++)
        if (parts[i].n)
            n = align_section(n) + parts[i].n;
    if (n > UINT32_MAX / 2)
        return bdc_fail(f->context, BDC_E_LIMIT, "The file would be over 2 GiB.");
    uint8_t *file = BDC_NEW(f->context, uint8_t, n);
    if (!file)
        return BDC_E_MEMORY;
    bdf_header *h = (bdf_header *)(void *)file;
    bdf_section *s = (bdf_section *)(void *)(file + sizeof *h);
    memcpy(h->magic, BDF_MAGIC, sizeof h->magic);
    h->major = BDF_MAJOR;
    h->minor = BDF_MINOR;
    h->file_bytes = (uint32_t)n;
    h->section_count = sections;
    size_t at = sizeof *h + sections * sizeof *s;
    for (int i = 0; i < PARTS; i++) {
        if (!parts[i].n)
            continue;
        at = align_section(at);
        *s++ = (bdf_section){parts[i].kind, (uint32_t)at, (uint32_t)parts[i].n, parts[i].count};
        memcpy(file + at, parts[i].bytes, parts[i].n);
        at += parts[i].n;
    }
    seal(file, n);
    *bytes = file;
    *count = n;
    return BDC_OK;
}
