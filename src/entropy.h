/* Decodes the weights of a blob. Two coders: an adaptive binary range coder (entropy.c, the smallest) and a static one (entropy_static.c,
 * several times faster). Normative text: docs/format.md.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_ENTROPY_H
#define BEDSIDE_ENTROPY_H

#include <stddef.h>

#include "bedside.h"
#include "format.h"

enum {
    BDS_RUN_ROWS = 16, /* rows of a run; the last may have fewer */
    BDS_RUN_BEFORE = 8 /* rows before a run that can still be read: coders look back by 4, packing by 7 */
};

/* Takes the n rows from `first` on, as they lie in memory one after the other; up to BDS_RUN_BEFORE of those before lie before them. */
typedef void bds_take_rows(void *cookie, const void *rows, uint32_t first, uint32_t n);

/* Where decoded weights go. All at once: `to` holds all elements, take is null. In runs: `to` holds BDS_RUN_BEFORE + BDS_RUN_ROWS rows, and
 * each run is taken as soon as it is there. */
typedef struct bds_weight_sink {
    void *to;
    bds_take_rows *take;
    void *cookie;
} bds_weight_sink;

/* Fills to with blob->count int8 or int16 weights from the blob's stored bytes; BDS_E_CORRUPT if they are not exactly a stream for it.
 * Any bytes are safe. Work is bounded by count and stored bytes. Needs about 4 KiB of stack. */
bds_status bds_weights_decode(void *to, const bdf_blob *blob, const uint8_t *stream);
/* The same in runs of rows (of blob->row_length > 0 elements each): nothing is as large as the layer. Interleaved streams cannot be read so
 * and are BDS_E_CORRUPT. */
bds_status bds_weights_decode_runs(const bds_weight_sink *sink, const bdf_blob *blob, const uint8_t *stream);

/* For the two coders: whether rows lie as `blob` says, weight by weight. */
static inline int bds_sink_fits(const bds_weight_sink *sink, const bdf_blob *blob, uint32_t length, size_t step)
{
    return !sink->take || (length == blob->row_length && step == 1);
}

/* The element where row r begins, row_step being that of all at once. */
static inline size_t bds_sink_row(const bds_weight_sink *sink, uint32_t r, size_t row_step)
{
    return (sink->take ? BDS_RUN_BEFORE + r % BDS_RUN_ROWS : r) * row_step;
}

/* After row r of `rows`: hands over a run that is complete, and keeps its end before the next one. */
static inline void bds_sink_row_done(const bds_weight_sink *sink, uint32_t r, uint32_t rows, size_t row_bytes)
{
    const uint32_t n = r % BDS_RUN_ROWS + 1;
    uint8_t *to = sink->to;
    if (!sink->take || (n < BDS_RUN_ROWS && r + 1 < rows))
        return;
    sink->take(sink->cookie, to + BDS_RUN_BEFORE * row_bytes, r + 1 - n, n);
    if (r + 1 < rows)
        __builtin_memcpy(to, to + BDS_RUN_ROWS * row_bytes, BDS_RUN_BEFORE * row_bytes);
}

#endif
