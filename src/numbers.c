/* Decoder of coded numbers. SPDX-License-Identifier: MIT */
#include "numbers.h"

int bds_numbers_begin(bds_number_reader *r, const uint8_t *stream, const uint8_t *end)
{
    bds_number_model_reset(&r->model);
    r->differences = 0;
    r->before = 0;
    return bds_decoder_start(&r->decoder, stream, end);
}

uint32_t bds_numbers_next(bds_number_reader *r)
{
    bds_decoder *d = &r->decoder;
    bds_number_model *m = &r->model;
    uint32_t k = 0;
    while (k < 32 && bds_decode_logit(d, &m->more[m->group][k], m->rate))
        k++;
    m->group = k / 2;
    uint64_t value = 1;
    for (uint32_t i = 0; i < k; i++)
        value = value << 1 | (i == 0   ? bds_decode_logit(d, &m->below[k][0], m->rate)
                              : i == 1 ? bds_decode_logit(d, &m->below[k][1 + (value & 1u)], m->rate)
                                       : bds_decode_plain(d, 1) & 1u);
    return (uint32_t)(value - 1);
}

int bds_numbers_end(const bds_number_reader *r)
{
    return bds_ends_well(&r->decoder);
}

int bds_number_blob_begin(bds_number_reader *r, const bdf_blob *blob, const uint8_t *stream)
{
    if (blob->stored_bytes == 0 || stream[0] > 1 || !bds_numbers_begin(r, stream + 1, stream + blob->stored_bytes))
        return 0;
    r->differences = stream[0];
    return 1;
}

int32_t bds_number_blob_next(bds_number_reader *r)
{
    const int32_t v = bds_unfold(bds_numbers_next(r));
    r->before = r->differences ? (int32_t)((uint32_t)r->before + (uint32_t)v) : v;
    return r->before;
}

bds_status bds_number_blob_decode(void *to, const bdf_blob *blob, const uint8_t *stream)
{
    bds_number_reader r;
    if (!bds_number_blob_begin(&r, blob, stream))
        return BDS_E_CORRUPT;
    for (uint32_t i = 0; i < blob->count; i++) {
        const int32_t v = bds_number_blob_next(&r);
        if (blob->type == BDS_INT32)
            ((int32_t *)to)[i] = v;
        else if (v >= INT16_MIN && v <= INT16_MAX)
            ((int16_t *)to)[i] = (int16_t)v;
        else
            return BDS_E_CORRUPT;
        if (r.decoder.missing > 8)
            return BDS_E_CORRUPT;
    }
    return bds_numbers_end(&r) ? BDS_OK : BDS_E_CORRUPT;
}
