/* Packing of fours: see fours.h.
 * SPDX-License-Identifier: MIT */
#include "fours.h"

/* What is to be packed. */
typedef struct source {
    const void *weights;
    int wide;
    uint32_t channels;
    bds_segments segments;
    int32_t least;
} source;

/* Weight j of channel n's segment; 0 where there is none. */
static int32_t weight(const source *s, uint32_t n, uint32_t segment, uint32_t j)
{
    const size_t values = s->segments.values;

    if (n >= s->channels || j >= values)
        return 0;
    return bds_load(s->weights, (n * s->segments.count + segment) * values + j, s->wide);
}

static int needs_halves(const source *s, uint32_t n, uint32_t width)
{
    for (uint32_t i = n; i < n + width; i++)
        for (uint32_t segment = 0; segment < s->segments.count; segment++)
            for (uint32_t j = 0; j < s->segments.values; j++)
                if (weight(s, i, segment, j) > 254)
                    return 1;
    return 0;
}

/* The panel from channel n on, value by value: some are beyond their type. */
static void pack_with_rest(const source *s, int8_t *to, bds_rest *rest, uint32_t n, uint32_t width)
{
    const uint32_t groups = s->segments.groups;
    uint32_t *place = (uint32_t *)(void *)(rest + 1);
    int8_t *more = (int8_t *)(void *)(rest + 1) + bds_rest_places_bytes(s->segments.count * groups);

    rest->doubled = s->wide && needs_halves(s, n, width);
    for (uint32_t segment = 0; segment < s->segments.count; segment++)
        for (uint32_t group = 0; group < groups; group++) {
            int any = 0;

            for (uint32_t i = 0; i < 4 * width; i++) {
                const int32_t w = weight(s, n + i / 4, segment, 4 * group + i % 4);
                const int32_t part = rest->doubled ? w / 2 : bds_clamp(w, s->least, 127);

                *to++ = (int8_t)part;
                more[i] = (int8_t)(w - (rest->doubled ? 2 * part : part));
                any |= more[i];
            }
            if (any) {
                place[rest->count++] = segment << 16 | group;
                more += 4 * width;
            }
        }
}

/* Fours of one channel's segment, each `step` bytes behind the one before. Other than 0: some do not fit. */
static uint32_t place_fours(int8_t *to, size_t step, const int8_t *from, uint32_t values, int32_t least)
{
    const uint32_t each = 0x01010101, sign = 0x80808080;
    uint32_t beyond = 0, four = 0;

    for (; values >= 4; values -= 4, from += 4, to += step) {
        __builtin_memcpy(&four, from, 4);
        __builtin_memcpy(to, &four, 4);
        beyond |= ((four ^ sign) - each) & ~(four ^ sign) & sign; /* a byte of -128 */
    }
    four = 0;
    __builtin_memcpy(&four, from, values);
    if (values)
        __builtin_memcpy(to, &four, 4);
    for (uint32_t i = 0; i < values; i++)
        beyond |= from[i] == -128;
    return least == -128 ? 0 : beyond;
}

/* The same of wide weights. */
static uint32_t place_wide(int8_t *to, size_t step, const int16_t *from, uint32_t values, int32_t least)
{
    uint32_t beyond = 0;

    for (uint32_t k = 0; k < values; k += 4, to += step)
        for (uint32_t j = 0; j < 4; j++) {
            const int32_t w = k + j < values ? from[k + j] : 0;

            to[j] = (int8_t)w;
            beyond |= w < least || w > 127;
        }
    return beyond;
}

/* The panel from channel n on. */
static void pack_panel(const source *s, int8_t *to, uint32_t n, uint32_t width)
{
    const uint32_t values = s->segments.values, groups = s->segments.groups;
    const size_t segment_bytes = (size_t)groups * width * 4;
    bds_rest *rest = (bds_rest *)(void *)(to + s->segments.count * segment_bytes);
    uint32_t beyond = 0;

    *rest = (bds_rest){0};
    if (n + width > s->channels)
        __builtin_memset(to, 0, s->segments.count * segment_bytes);
    for (uint32_t segment = 0; segment < s->segments.count; segment++)
        for (uint32_t i = 0; i < width && n + i < s->channels; i++) {
            const size_t from = ((size_t)(n + i) * s->segments.count + segment) * values;
            int8_t *first = to + segment * segment_bytes + 4 * i;

            beyond |= s->wide ? place_wide(first, 4 * width, (const int16_t *)s->weights + from, values, s->least)
                              : place_fours(first, 4 * width, (const int8_t *)s->weights + from, values, s->least);
        }
    if (beyond)
        pack_with_rest(s, to, rest, n, width);
}

void bds_fours_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels, int32_t least)
{
    const source s = {weights, wide, channels, bds_segments_of(w, &bds_fours), least};

    int8_t *to = packed;

    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next) {
        const bds_panel_place at = bds_panel_at(n, channels);

        pack_panel(&s, to, at.first, at.width);
        to += bds_panel_bytes(&s.segments, at.width, wide, &bds_fours);
    }
}

size_t bds_fours_bytes(const bds_window *w, uint32_t channels, int wide)
{
    return bds_panels_bytes(w, channels, wide, &bds_fours);
}

size_t bds_fours_scratch_bytes(const bds_window *w)
{
    return bds_panels_scratch_bytes(w, &bds_fours);
}
