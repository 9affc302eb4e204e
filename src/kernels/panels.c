/* Weights in the order in which the SIMD forms read them: see panels.h.
 * SPDX-License-Identifier: MIT */
#include "panels.h"

size_t bds_panels_bytes(uint32_t channels, uint32_t depth)
{
    if (depth > BDS_PANEL_DEPTH)
        return 0;
    return ((size_t)channels + BDS_PANEL - 1) / BDS_PANEL * ((depth + 1) / 2) * (BDS_PANEL * 2 * sizeof(int16_t));
}

void bds_panels_pack(void *packed, const void *weights, int wide, uint32_t channels, uint32_t depth)
{
    int16_t *to = packed;

    if (depth > BDS_PANEL_DEPTH)
        return;
    for (uint32_t n = 0; n < channels; n += BDS_PANEL)
        for (uint32_t k = 0; k < depth; k += 2)
            for (uint32_t i = n; i < n + BDS_PANEL; i++)
                for (uint32_t j = k; j < k + 2; j++)
                    *to++ = i < channels && j < depth ? (int16_t)bds_load(weights, (size_t)i * depth + j, wide) : 0;
}

size_t bds_panels_scratch_bytes(uint32_t depth)
{
    if (depth > BDS_PANEL_DEPTH)
        return 0;
    return bds_block_rows(depth) * (((size_t)depth + 1) / 2) * (2 * sizeof(int16_t));
}

size_t bds_depthwise_blocks_bytes(uint32_t taps, uint32_t channels)
{
    if (channels < BDS_DEPTHWISE_BLOCK)
        return 0;
    return ((size_t)channels + BDS_DEPTHWISE_BLOCK - 1) / BDS_DEPTHWISE_BLOCK * ((taps + 1) / 2) *
           (BDS_DEPTHWISE_BLOCK * 2 * sizeof(int16_t));
}

void bds_depthwise_blocks_pack(void *packed, const void *weights, int wide, uint32_t taps, uint32_t channels)
{
    int16_t *to = packed;

    if (channels < BDS_DEPTHWISE_BLOCK)
        return;
    for (uint32_t c = 0; c < channels; c += BDS_DEPTHWISE_BLOCK) {
        uint32_t first = bds_depthwise_block_first(c, channels);

        for (uint32_t t = 0; t < taps; t += 2)
            for (uint32_t i = first; i < first + BDS_DEPTHWISE_BLOCK; i++)
                for (uint32_t j = t; j < t + 2; j++)
                    *to++ = j < taps ? (int16_t)bds_load(weights, (size_t)j * channels + i, wide) : 0;
    }
}
