/* Depthwise weights in the order in which the SIMD forms read them, and how they read windows: see planes.h.
 * SPDX-License-Identifier: MIT */
#include "planes.h"

bds_planes bds_planes_of(const bds_window *w)
{
    bds_planes s = {0};
    const uint64_t span = (uint64_t)(w->kernel_h - 1) * w->dilation_h; /* from a window's first to its last row */
    const uint64_t columns =
        (uint64_t)(w->out_width - 1) * w->stride_w + (uint64_t)(w->kernel_w - 1) * w->dilation_w + 1;
    const uint64_t ring = (span + 1) / 2 + 1;
    const uint64_t bytes = ring * columns * (2 * BDS_BLOCK * sizeof(int16_t)); /* of one block */
    const uint32_t planes = w->dilation_h == 1 ? (w->kernel_h + 2) / 2 : w->kernel_h;

    if (w->channels < BDS_BLOCK || planes > BDS_PLANES || columns > BDS_RING_LIMIT || bytes > BDS_RING_LIMIT)
        return s;
    s.planes = planes;
    s.ring = (uint32_t)ring;
    s.columns = (uint32_t)columns;
    s.all_blocks = (w->channels + BDS_BLOCK - 1) / BDS_BLOCK;
    s.blocks = bytes < BDS_RING_BYTES ? BDS_RING_BYTES / (uint32_t)bytes : 1;
    if (s.blocks > s.all_blocks)
        s.blocks = s.all_blocks;
    return s;
}

size_t bds_planes_bytes(const bds_window *w)
{
    const bds_planes s = bds_planes_of(w);

    return (size_t)s.all_blocks * 2 * s.planes * w->kernel_w * (2 * BDS_BLOCK * sizeof(int16_t));
}

/* The kernel's row in slot `slot` of plane j, or kernel_h. */
static uint32_t row_in(const bds_window *w, uint32_t odd, uint32_t j, uint32_t slot)
{
    const uint32_t at = 2 * bds_plane_offset(w, odd, j) + slot;

    return at >= odd && (at - odd) % w->dilation_h == 0 && (at - odd) / w->dilation_h < w->kernel_h
               ? (at - odd) / w->dilation_h
               : w->kernel_h;
}

void bds_planes_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t left)
{
    const bds_planes s = bds_planes_of(w);
    int16_t *to = packed;

    for (uint32_t block = 0; block < s.all_blocks; block++)
        for (uint32_t odd = 0; odd < 2; odd++)
            for (uint32_t j = 0; j < s.planes; j++)
                for (uint32_t kx = 0; kx < w->kernel_w; kx++)
                    for (uint32_t i = 0; i < 2 * BDS_BLOCK; i++) {
                        const uint32_t channel = bds_block_first(block, w->channels) + i / 2,
                                       ky = row_in(w, odd, j, i % 2);
                        const size_t at = ((size_t)ky * w->kernel_w + kx) * w->channels + channel;

                        *to++ = channel < w->channels && ky < w->kernel_h
                                    ? (int16_t)(bds_load(weights, at, wide) * (1 << left))
                                    : 0;
                    }
}

size_t bds_planes_scratch_bytes(const bds_window *w)
{
    const bds_planes s = bds_planes_of(w);
    const size_t least = bds_window_scratch_bytes_ref(w);
    const size_t bytes = (size_t)s.blocks * s.ring * s.columns * (2 * BDS_BLOCK * sizeof(int16_t));

    return bytes > least ? bytes : least;
}
