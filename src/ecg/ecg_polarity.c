/* Is a lead upside down: against its own past, and lead II against what hearts do.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"
#include "ecg_quality.h"

#define MIRROR (-922)  /* correlation of -0.9 with the past, Q10: one such beat is enough */
#define AGAINST (-819) /* -0.8: two in a row */
#define WITH 512       /* 0.5: two in a row, and it is the right way up again */
#define ANOTHER (-614) /* -0.6: the usual beat itself turned over; the past stays what it was */

#define DOUBT_ENOUGH 6u /* of lead II: three usual beats in a row, or more of them than of others */
#define DOUBT_MOST 32u

/* Zones of a window, in steps from its begin. */
enum { P_FIRST = 6, P_LAST = 26, LEVEL = 24, QRS_FIRST = 28, QRS_END = 58, T_FIRST = 62 };

/* A window's value is the root of 8 slopes, with its sign. */
static int32_t slope_of(int8_t x)
{
    return (int32_t)x * ecg_abs(x);
}

int32_t ecg_alike(const int8_t *a, const int8_t *b, uint32_t stride)
{
    int64_t dot = 0, aa = 0, bb = 0; /* < 88 * 2^28 */
    for (uint32_t i = 0; i < BDS_ECG_WINDOW; i++) {
        const int64_t x = slope_of(a[i * BDS_ECG_CHANNELS]), y = slope_of(b[i * stride]);
        dot += x * y;
        aa += x * x;
        bb += y * y;
    }
    const int64_t norm = (int64_t)ecg_sqrt((uint64_t)aa) * ecg_sqrt((uint64_t)bb);
    return norm ? (int32_t)(dot * 1024 / norm) : 0;
}

/* 1: up, -1: down, 0: neither: which of two heights is a good deal (tenths) greater, and at least a share (Q8) of the QRS. */
static int direction(int32_t up, int32_t down, int32_t tenths, int32_t least)
{
    if ((int64_t)up * 10 > (int64_t)down * tenths && up > least)
        return 1;
    return (int64_t)down * 10 > (int64_t)up * tenths && down > least ? -1 : 0;
}

typedef struct heights {
    int32_t up, down;
} heights;

/* Above and below a line from `from` at `first` to `to` at `last`. */
static heights heights_of(const int32_t *y, int32_t first, int32_t last, int32_t from, int32_t to)
{
    heights h = {0, 0};
    for (int32_t i = first; i <= last; i++) {
        const int32_t v = y[i] - from - (to - from) * (i - first) / (last - first);
        h.up = v > h.up ? v : h.up;
        h.down = -v > h.down ? -v : h.down;
    }
    return h;
}

/* Lead II of the usual beat: a QRS complex that points down, with P and T waves that do not both speak against it. */
static int is_upside_down(const bds_ecg_beat *beat)
{
    int32_t y[BDS_ECG_WINDOW], sum = 0; /* slopes < 2^14: sums < 2^21 */
    for (uint32_t i = 0; i < BDS_ECG_WINDOW; i++)
        y[i] = sum += slope_of(beat->window[i][BDS_ECG_LEADS]);
    const int32_t level = (y[LEVEL] + y[LEVEL + 1] + y[LEVEL + 2] + y[LEVEL + 3]) / 4;
    const heights qrs = heights_of(y, QRS_FIRST, QRS_END - 1, level, level),
                  t = heights_of(y, T_FIRST, BDS_ECG_WINDOW - 1, level, level),
                  p = heights_of(y, P_FIRST, P_LAST, y[P_FIRST], y[P_LAST]);
    const int32_t size = qrs.up > qrs.down ? qrs.up : qrs.down;
    const int p_way = direction(p.up, p.down, 15, size / 50), t_way = direction(t.up, t.down, 13, size / 20);
    if (direction(qrs.up, qrs.down, 13, 0) >= 0)
        return 0;
    return t_way > 0 ? direction(p.up, p.down, 15, size / 16) < 0 : p_way + t_way < 0;
}

static void look_back(bds_ecg_lead_quality *l, const bds_ecg_beat *beat, uint32_t lead)
{
    const int8_t *usual = &beat->window[0][BDS_ECG_LEADS + lead];
    const int32_t c = l->learned ? ecg_alike(&beat->window[0][lead], l->usual, 1) : 0;
    const int changes = l->upside ? c >= WITH : c <= AGAINST;
    l->back = changes ? l->back + 1 : 0;
    if (l->back >= 2 || (!l->upside && c <= MIRROR)) {
        l->upside = !l->upside;
        l->back = 0;
    }
    if (l->learned && ecg_alike(usual, l->usual, 1) <= ANOTHER)
        return;
    l->learned = 1;
    for (uint32_t i = 0; i < BDS_ECG_WINDOW; i++)
        l->usual[i] = usual[i * BDS_ECG_CHANNELS];
}

void bds_ecg_quality_look(bds_ecg_quality *q, const bds_ecg_beat *beat)
{
    if (beat->index < 4) /* the usual beat is hardly known */
        return;
    for (uint32_t lead = 0; lead < q->leads; lead++) {
        look_back(&q->lead[lead], beat, lead);
        if (q->lead[lead].upside)
            ecg_raise_in(q, BDS_ECG_REVERSED, lead);
    }
    ecg_look_for_noise(q, beat);
    if (!q->lead_ii)
        return;
    q->doubt = is_upside_down(beat) ? (q->doubt < DOUBT_MOST ? q->doubt + 2 : q->doubt) : q->doubt ? q->doubt - 1 : 0;
    q->doubted = q->doubted ? q->doubt > 0 : q->doubt >= DOUBT_ENOUGH;
    if (q->doubted)
        ecg_raise(q, BDS_ECG_REVERSED, BDS_ECG_IN_LEAD0);
}
