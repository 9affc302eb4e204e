/* Weights in the order in which WebAssembly's special convolutions read them: dense_simd128.c and winograd_simd128.c say why. Compiled for
 * size.
 * SPDX-License-Identifier: MIT */
#include <assert.h>

#include "simd128.h"

/* ---- Fully connected layers --------------------------------------------------------------------------------------- */

size_t bds_dense_bytes(const bds_window *w, uint32_t channels)
{
    size_t bytes = 0;

    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next)
        bytes += bds_dense_panel_bytes(bds_dense_groups(w), bds_panel_at(n, channels).width);
    return bytes;
}

/* One channel: to is its first byte, from group to group are `step` bytes, from value to value `next`. */
static void place_dense(uint8_t *to, const int8_t *weights, uint32_t depth, size_t step, size_t next, uint8_t offset)
{
    for (; depth > 1; depth -= 2, weights += 2, to += step) {
        to[0] = (uint8_t)((uint8_t)weights[0] + offset);
        to[next] = (uint8_t)((uint8_t)weights[1] + offset);
    }
    if (depth)
        to[0] = (uint8_t)((uint8_t)weights[0] + offset);
}

void bds_dense_pack(void *packed, const int8_t *weights, const bds_window *w, uint32_t channels)
{
    const uint32_t depth = w->channels;
    uint8_t *panel = packed;

    __builtin_memset(packed, 0, bds_dense_bytes(w, channels));
    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next) {
        const bds_panel_place at = bds_panel_at(n, channels);

        for (uint32_t i = 0; i < at.width && at.first + i < channels; i++) {
            const int8_t *from = weights + (size_t)(at.first + i) * depth;

            if (at.width < BDS_PANEL)
                place_dense(panel + 2 * i, from, depth, 16, 1, 0);
            else
                place_dense(panel + i % 8 * 4 + i / 8, from, depth, 32, 2, i < 8 ? 128 : 0);
        }
        panel += bds_dense_panel_bytes(bds_dense_groups(w), at.width);
    }
}

/* ---- Kernels of three columns ------------------------------------------------------------------------------------- */

/* Not for many channels: it takes a third more memory for the weights. */
int bds_is_winograd(const bds_window *w, int weights_wide)
{
    return !weights_wide && w->kernel_w == 3 && w->kernel_h <= 3 && w->stride_w == 1 && w->stride_h <= 3 &&
           w->dilation_w == 1 && w->dilation_h == 1 && w->channels % 8 == 0 && w->channels <= BDS_WINOGRAD_CHANNELS &&
           w->out_width > 1 && w->out_width <= 4096;
}

size_t bds_winograd_bytes(const bds_window *w, uint32_t channels)
{
    size_t panels = 0;

    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next)
        panels++;
    return panels * bds_winograd_panel_bytes(w);
}

static_assert(BDS_LEFT_MAX <= 7, "3 * 128 * 2^(left - 1) < 2^15");

/* u of one channel's row of the kernel, [3][channels], to the places of its values in the first of four terms. */
static void place_winograd(int16_t *to, size_t term, const int8_t *g, uint32_t channels, uint32_t left)
{
    const int32_t scale = left ? 1 << (left - 1) : 1;

    for (uint32_t i = 0; i < channels; i++) {
        const int32_t g0 = g[i], g1 = g[channels + i], g2 = g[2 * channels + i];
        int16_t *at = to + i / 2 * 2 * BDS_PANEL + i % 2;

        at[0] = (int16_t)(2 * g0 * scale);
        at[term] = (int16_t)((g0 + g1 + g2) * scale);
        at[2 * term] = (int16_t)((g0 - g1 + g2) * scale);
        at[3 * term] = (int16_t)(2 * g2 * scale);
    }
}

void bds_winograd_pack(void *packed, const int8_t *weights, const bds_window *w, uint32_t channels, uint32_t left)
{
    const size_t row = (size_t)w->channels * BDS_PANEL, term = w->kernel_h * row;
    uint8_t *panel = packed;

    __builtin_memset(packed, 0, bds_winograd_bytes(w, channels));
    for (uint32_t n = 0; n < channels; panel += bds_winograd_panel_bytes(w)) {
        const bds_panel_place at = bds_panel_at(n, channels);

        for (uint32_t i = 0; i < at.width && at.first + i < channels; i++)
            for (uint32_t ky = 0; ky < w->kernel_h; ky++) {
                const size_t from = ((size_t)(at.first + i) * w->kernel_h + ky) * 3 * w->channels;

                place_winograd((int16_t *)(void *)panel + ky * row + 2 * i, term, weights + from, w->channels, left);
            }
        n = at.next;
    }
}
