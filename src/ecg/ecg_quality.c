/* SPDX-License-Identifier: MIT */
#include "ecg_quality.h"

#include "ecg_internal.h"
#include "ecg_math.h"

#include <stddef.h>

#define SILENCE (4u * BDS_ECG_RATE)
#define SHORTEST 90u   /* samples: 240 beats per minute */
#define NOISY_QUIET 68 /* of 256: noise alone has 72 and more, runs of wide beats in DS1 at most 58 */
#define COMPLEX 36u    /* samples (0.1 s) about a beat in which every lead that is on moves: */
#define LEAST_MOVED 27 /* filtered, 30 microvolts, at least ... */
#define SHARE_MOVED 3  /* ... and a third of the least that it did at the last beats, ... */
#define WAYS 4         /* ... or four times its height up and down at most: a QRS complex has two or three, noise six */
#define RECENTLY (20u * BDS_ECG_RATE)

void bds_ecg_quality_begin(bds_ecg_quality *q, uint32_t rate, uint32_t leads, uint32_t lead_ii, int32_t low,
                           int32_t high)
{
    unsigned char *p = (unsigned char *)q;
    for (size_t i = 0; i < sizeof *q; i++)
        p[i] = 0;
    ecg_line_begin(q, rate);
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

void ecg_raise_in(bds_ecg_quality *q, uint32_t bit, uint32_t lead)
{
    ecg_raise(q, bit, (uint32_t)BDS_ECG_IN_LEAD0 << lead);
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

void bds_ecg_quality_sample(bds_ecg_quality *q)
{
    q->count++;
    let_go(q);
    for (uint32_t lead = 0; lead < q->leads; lead++)
        if (q->lead[lead].upside || (q->doubted && lead == 0))
            ecg_raise_in(q, BDS_ECG_REVERSED, lead);
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

/* What a lead does in 0.2 s about a beat, filtered, 4.5 of a unit: from its least to its greatest value, and all ways up and down. */
typedef struct movement {
    int32_t range, way;
} movement;

static movement movement_at(const bds_ecg *e, uint32_t lead, uint32_t at)
{
    int32_t last = ecg_filtered(e, lead, at - COMPLEX), least = last, most = last, way = 0;
    for (uint32_t i = 1; i <= 2 * COMPLEX; i++) {
        const int32_t x = ecg_filtered(e, lead, at - COMPLEX + i);
        way += ecg_abs(x - last);
        last = x;
        least = x < least ? x : least;
        most = x > most ? x : most;
    }
    return (movement){.range = most - least, .way = way};
}

/* A lead is off if it shows nothing of a beat that the other one has: hardly moves, or little beside the last beats and up and down all the
 * time as noise does. (A beat from the ventricles may be small in one lead, but goes its way.) After eight of them it counts as a lead with
 * small beats, and ecg_noise.c says whether they are beats. */
static void look_for_movement(bds_ecg_quality *q, uint32_t lead, uint32_t at, const bds_ecg *e)
{
    bds_ecg_lead_quality *l = &q->lead[lead];
    const movement m = movement_at(e, lead, at);
    int32_t least = INT32_MAX;
    for (uint32_t i = 0; i < l->moves && i < BDS_ECG_RECENT; i++)
        least = l->moved[i] < least ? l->moved[i] : least;
    const int off = m.range < LEAST_MOVED || (l->moves && m.range < least / SHARE_MOVED && m.way > WAYS * m.range);
    if (off)
        ecg_raise_in(q, BDS_ECG_FLAT, lead);
    l->off = off ? l->off + 1 : 0;
    if (off && l->off % BDS_ECG_RECENT)
        return;
    if (off)
        l->moves = 0;
    l->moved[l->moves++ % BDS_ECG_RECENT] = m.range;
}

void bds_ecg_quality_beat(bds_ecg_quality *q, uint32_t at, const bds_ecg *e, const bds_ecg_detector *d)
{
    for (uint32_t lead = 0; lead < q->leads; lead++)
        look_for_movement(q, lead, at, e);
    if (q->beats)
        q->interval[(q->beats - 1) % BDS_ECG_RECENT] = at - q->last_beat;
    q->last_beat = at;
    q->beats++;
    if (q->beats == BDS_ECG_RECENT) /* no hold: from the next beat on all is known */
        q->until[7] = q->count;
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
