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

/* The panel from channel n on: `width` channels. */
static void pack_panel(const source *s, int8_t *to, uint32_t n, uint32_t width)
{
    const uint32_t groups = s->segments.groups, all_groups = s->segments.count * groups;
    bds_rest *rest = (bds_rest *)(void *)(to + (size_t)all_groups * width * 4);
    uint32_t *place = (uint32_t *)(void *)(rest + 1);
    int8_t *more = (int8_t *)(void *)(rest + 1) + bds_rest_places_bytes(all_groups);

    *rest = (bds_rest){.doubled = s->wide && needs_halves(s, n, width)};
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

void bds_fours_pack(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels, int32_t least)
{
    const source s = {weights, wide, channels, bds_segments_of(w, &bds_fours), least};

    int8_t *to = packed;

    for (uint32_t n = 0; n < channels; n = bds_panel_at(n, channels).next) {
        const bds_panel_place at = bds_panel_at(n, channels);

        pack_panel(&s, to, at.first, at.width);
        to += bds_panel_bytes(s.segments.count * s.segments.groups, at.width, &bds_fours);
    }
}

size_t bds_fours_bytes(const bds_window *w, uint32_t channels)
{
    return bds_panels_bytes(w, channels, &bds_fours);
}

size_t bds_fours_scratch_bytes(const bds_window *w)
{
    return bds_panels_scratch_bytes(w, &bds_fours);
}
