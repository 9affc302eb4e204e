/* SPDX-License-Identifier: MIT */
#include "ecg_quality.h"

#include "ecg_internal.h"
#include "ecg_math.h"
#include "ecg_resample.h"

#include <stddef.h>

#define BLOCK 180u  /* samples: half a second */
#define CALM 3      /* units that a lead which is off may move in it */
#define STRETCH 90u /* samples (0.25 s) of calm that are remembered */
#define COMPLEX 36u /* samples (0.1 s) about a beat in which every lead that is on moves */
#define FROZEN 144u /* samples (0.4 s) with the very same value ... */
#define STILL 36u   /* ... of a converter so fine that 0.1 s of it are rare: */
#define COARSE 4u   /* that often of late, with 1 less each 4 s, and it is not */
#define COARSE_MOST 8u
#define FAR 100    /* units from the mean: 0.5 mV */
#define PLATEAU 9u /* samples (25 ms) with one value: in DS1 no top of a wave has more than 6 */
#define TOP 4u     /* samples with one value, in */
#define HITS 3u    /* tops in a row that all end there: a rail */
#define SILENCE (4u * BDS_ECG_RATE)
#define SHORTEST 90u   /* samples: 240 beats per minute */
#define NOISY_QUIET 68 /* of 256: noise alone has 72 and more, runs of wide beats in DS1 at most 58 */
#define RECENTLY (20u * BDS_ECG_RATE)

void bds_ecg_quality_begin(bds_ecg_quality *q, uint32_t leads, uint32_t lead_ii, int32_t low, int32_t high)
{
    unsigned char *p = (unsigned char *)q;
    for (size_t i = 0; i < sizeof *q; i++)
        p[i] = 0;
    q->leads = leads;
    q->lead_ii = lead_ii;
    q->low = low;
    q->high = high;
}

void ecg_raise(bds_ecg_quality *q, uint32_t bit, uint32_t where)
{
    uint32_t k = 0;
    while (bit >> k > 1)
        k++;
    if (!(q->set & bit))
        q->where[k] = 0;
    q->set |= bit;
    q->recent |= bit;
    q->until[k] = q->count + BDS_ECG_HOLD;
    q->where[k] |= where;
}

static void let_go(bds_ecg_quality *q)
{
    for (uint32_t k = 0; k < 8; k++) {
        const int32_t over =
            (int32_t)(q->count - q->until[k]); /* what is not recent is not looked at, however long ago */
        if (over > 0)
            q->set &= ~(1u << k);
        if (over > (int32_t)RECENTLY)
            q->recent &= ~(1u << k);
    }
}

/* Has the lead stopped at a value that it does not pass? */
static int is_at_a_rail(const bds_ecg_quality *q, bds_ecg_lead_quality *l, int32_t x)
{
    if (q->low < q->high && (x <= q->low || x >= q->high))
        return 1;
    if (x <= -ECG_INPUT_LIMIT || x >= ECG_INPUT_LIMIT)
        return 1;
    const int32_t away = x - (l->mean >> 9), before = l->plateau - (l->mean >> 9);
    if (l->hits && ((before > 0 && x > l->plateau) || (before < 0 && x < l->plateau)))
        l->hits = 0; /* it passed */
    if (ecg_abs(away) < FAR || l->still < TOP)
        return 0;
    if (l->still == TOP) { /* a top, once */
        l->hits = l->hits && l->plateau == x ? l->hits + 1 : 1;
        l->plateau = x;
    }
    int32_t least = l->least, most = l->most;
    for (uint32_t i = 0; i < BDS_ECG_BLOCKS && i < q->blocks; i++) {
        least = l->low[i] < least ? l->low[i] : least;
        most = l->high[i] > most ? l->high[i] : most;
    }
    return (x == least || x == most) && (l->still >= PLATEAU || l->hits >= HITS);
}

/* The stretch in which the lead is calm, and the last long one before it. */
static void follow_calm(bds_ecg_lead_quality *l, uint32_t at, int32_t x)
{
    l->calm_low = x < l->calm_low ? x : l->calm_low;
    l->calm_high = x > l->calm_high ? x : l->calm_high;
    if (l->calm_high - l->calm_low <= CALM)
        return;
    if (at - l->calm_from >= STRETCH) {
        l->off_from = l->calm_from;
        l->off_until = at;
    }
    l->calm_from = at;
    l->calm_low = l->calm_high = x;
}

/* Did the lead stay calm where another one had a beat? `until`: the sample after the stretch. */
static int is_within(uint32_t from, uint32_t until, uint32_t at)
{
    return until - from >= STRETCH && (int32_t)(at - COMPLEX - from) >= 0 && (int32_t)(until - at - COMPLEX) > 0;
}

static void look_at(bds_ecg_quality *q, uint32_t lead, int32_t x)
{
    bds_ecg_lead_quality *l = &q->lead[lead];
    const uint32_t where = (uint32_t)BDS_ECG_IN_LEAD0 << lead;
    if (x == BDS_ECG_NO_SAMPLE) {
        ecg_raise(q, BDS_ECG_MISSING, where);
        x = l->last;
    }
    x = ecg_clamp(x, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT);
    if (!q->blocks && !q->in_block) {
        l->mean = 512 * x;
        l->calm_from = l->off_from = l->off_until = q->count - 1;
        l->calm_low = l->calm_high = x;
    }
    if (q->in_block == 0)
        l->least = l->most = x;
    l->least = x < l->least ? x : l->least;
    l->most = x > l->most ? x : l->most;
    l->mean += x - (l->mean >> 9);
    l->still = x == l->last ? l->still + 1 : 1;
    l->last = x;
    follow_calm(l, q->count - 1, x);
    if (l->still == STILL && l->stills < COARSE_MOST)
        l->stills++;
    if (l->still >= FROZEN && l->stills < COARSE)
        ecg_raise(q, BDS_ECG_FLAT, where);
    if (is_at_a_rail(q, l, x))
        ecg_raise(q, BDS_ECG_RAIL, where);
    if (q->in_block + 1 < BLOCK)
        return;
    if (q->blocks % 8 == 7 && l->stills)
        l->stills--;
    int calm = q->blocks + 1 >= BDS_ECG_BLOCKS;
    l->low[q->blocks % BDS_ECG_BLOCKS] = l->least;
    l->high[q->blocks % BDS_ECG_BLOCKS] = l->most;
    for (uint32_t i = 0; i < BDS_ECG_BLOCKS; i++)
        calm = calm && l->high[i] - l->low[i] <= CALM;
    if (calm)
        ecg_raise(q, BDS_ECG_FLAT, where);
}

void bds_ecg_quality_sample(bds_ecg_quality *q, int32_t lead0, int32_t lead1)
{
    q->count++;
    let_go(q);
    look_at(q, 0, lead0);
    if (q->leads > 1)
        look_at(q, 1, lead1);
    if (++q->in_block == BLOCK) {
        q->in_block = 0;
        q->blocks++;
    }
    for (uint32_t lead = 0; lead < q->leads; lead++)
        if (q->lead[lead].upside || (q->doubted && lead == 0))
            ecg_raise(q, BDS_ECG_REVERSED, (uint32_t)BDS_ECG_IN_LEAD0 << lead);
    if (q->beats < BDS_ECG_RECENT)
        ecg_raise(q, BDS_ECG_LEARNING, 0);
    if (q->count - q->last_beat > SILENCE)
        ecg_raise(q, BDS_ECG_FEW, 0);
}

static uint32_t usual_interval(const bds_ecg_quality *q)
{
    int32_t values[BDS_ECG_RECENT];
    const uint32_t n = q->beats > BDS_ECG_RECENT ? BDS_ECG_RECENT : q->beats ? q->beats - 1 : 0;
    for (uint32_t i = 0; i < n; i++)
        values[i] = (int32_t)q->interval[i];
    return (uint32_t)ecg_median(values, n);
}

void bds_ecg_quality_beat(bds_ecg_quality *q, uint32_t at, const bds_ecg_detector *d)
{
    if (q->beats)
        q->interval[(q->beats - 1) % BDS_ECG_RECENT] = at - q->last_beat;
    q->last_beat = at;
    q->beats++;
    if (q->beats == BDS_ECG_RECENT) /* no hold: from the next beat on all is known */
        q->until[7] = q->count;
    for (uint32_t lead = 0; lead < q->leads; lead++) {
        const bds_ecg_lead_quality *l = &q->lead[lead];
        if (is_within(l->calm_from, q->count, at) || is_within(l->off_from, l->off_until, at))
            ecg_raise(q, BDS_ECG_FLAT, (uint32_t)BDS_ECG_IN_LEAD0 << lead);
    }
    if (q->beats < BDS_ECG_RECENT)
        return;
    ecg_look_for_hum(q, d);
    if (ecg_median(d->quiet_share, BDS_ECG_RECENT) >= NOISY_QUIET)
        ecg_raise(q, BDS_ECG_NOISE, 0);
    if (usual_interval(q) < SHORTEST)
        ecg_raise(q, BDS_ECG_MANY, 0);
}

uint32_t bds_ecg_quality_since(const bds_ecg_quality *q, uint32_t since)
{
    uint32_t bits = q->leads > 1 ? 0 : BDS_ECG_ONE_LEAD;
    for (uint32_t k = 0; k < 8; k++)
        if (q->recent >> k & 1 && (int32_t)(q->until[k] - since) >= 0)
            bits |= 1u << k | q->where[k];
    return bits;
}

uint32_t bds_ecg_quality_now(const bds_ecg_quality *q)
{
    uint32_t bits = q->leads > 1 ? 0 : BDS_ECG_ONE_LEAD;
    for (uint32_t k = 0; k < 8; k++)
        if (q->set >> k & 1)
            bits |= 1u << k | q->where[k];
    return bits;
}

uint32_t bds_ecg_quality_rate(const bds_ecg_quality *q)
{
    const uint32_t usual = usual_interval(q);
    return usual ? (60 * BDS_ECG_RATE + usual / 2) / usual : 0;
}
