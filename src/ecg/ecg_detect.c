/* Peaks of the moving sum of slopes become beats, or not. ecg_band.c has the filters.
 * SPDX-License-Identifier: MIT */
#include "ecg_detect.h"

#include "ecg_internal.h"
#include "ecg_math.h"

#include <stddef.h>

#ifndef P_REFR
#define P_REFR 24 /* steps: 200 ms, in which a greater peak replaces a lesser */
#endif
#ifndef P_T
#define P_T 43 /* 360 ms */
#endif
#ifndef P_TSLOPE
#define P_TSLOPE 128 /* of 256 */
#endif
#ifndef P_TH
#define P_TH 70 /* of 256 */
#endif
#ifndef P_BACK
#define P_BACK 384 /* 1.5 of 256 */
#endif
#ifndef P_BACKTH
#define P_BACKTH 128
#endif
#ifndef P_LEARN
#define P_LEARN 150 /* steps */
#endif
#ifndef P_DELAY
#define P_DELAY 51 /* samples */
#endif

void bds_ecg_detect_begin(bds_ecg_detector *d)
{
    unsigned char *p = (unsigned char *)d;
    for (size_t i = 0; i < sizeof *d; i++)
        p[i] = 0;
}

static int32_t middle_value(const int32_t *values, uint32_t n)
{
    int32_t sorted[BDS_ECG_RECENT] = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > values[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = values[i];
    }
    return n ? sorted[n / 2] : 0;
}

static uint32_t known(uint32_t n)
{
    return n < BDS_ECG_RECENT ? n : BDS_ECG_RECENT;
}

static int32_t threshold(const bds_ecg_detector *d, int32_t part)
{
    const int32_t more = d->level > d->noise ? d->level - d->noise : 0;
    return d->noise + (int32_t)((int64_t)more * part / 256);
}

static void noise(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    d->noise_level[d->noises++ % BDS_ECG_RECENT] = p->height;
    d->noise = middle_value(d->noise_level, known(d->noises));
    if (p->height > d->best.height)
        d->best = *p;
}

static void beat(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    if (d->has_beat)
        d->interval[d->intervals++ % BDS_ECG_RECENT] = p->at - d->last.at;
    d->beat_level[d->beats++ % BDS_ECG_RECENT] = p->height;
    d->level = middle_value(d->beat_level, known(d->beats));
    d->last = *p;
    d->has_beat = 1;
    d->best.height = 0;
    if (d->found_count == BDS_ECG_FOUND) {
        for (uint32_t i = 1; i < BDS_ECG_FOUND; i++)
            d->found[i - 1] = d->found[i];
        d->found_count--;
    }
    d->found[d->found_count++] = p->at;
}

static void decide(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    const uint32_t since = p->at - d->last.at;
    if (d->has_beat && (int32_t)since < 72)
        return;
    if (d->has_beat && since < P_T * 3 && (int64_t)p->slope * 256 < (int64_t)d->last.slope * P_TSLOPE) {
        noise(d, p);
        d->best.height = 0;
        return;
    }
    if (p->height > threshold(d, P_TH))
        beat(d, p);
    else
        noise(d, p);
}

static uint32_t usual_interval(const bds_ecg_detector *d)
{
    uint32_t sum = 0, n = known(d->intervals);
    for (uint32_t i = 0; i < n; i++)
        sum += d->interval[i];
    return n ? sum / n : 360;
}

static void look_back(bds_ecg_detector *d)
{
    if (!d->has_beat || !d->best.height)
        return;
    const uint32_t now = d->count, since = now - d->last.at;
    if (since * 256 > usual_interval(d) * P_BACK || now - d->best.at > 480) {
        if (d->best.height > threshold(d, P_TH) * P_BACKTH / 256 && d->best.at - d->last.at > 108) {
            const bds_ecg_peak p = d->best;
            if (since * 256 > usual_interval(d) * P_BACK)
                beat(d, &p);
        }
        d->best.height = 0;
    }
}

/* The first level: three quarters of the greatest peak. */
static void learn(bds_ecg_detector *d)
{
    int32_t most = 0;
    for (uint32_t i = 0; i < d->first_count; i++)
        most = d->first[i].height > most ? d->first[i].height : most;
    d->level = most;
    d->noise = most / 8;
    for (uint32_t i = 0; i < d->first_count; i++)
        decide(d, &d->first[i]);
}

static void candidate(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    if (d->steps < P_LEARN) {
        if (d->first_count < BDS_ECG_FIRST)
            d->first[d->first_count++] = *p;
    } else {
        decide(d, p);
    }
}

static void peak(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    if (d->has_waiting && p->height <= d->waiting.height)
        return;
    d->waiting = *p;
    d->has_waiting = 1;
    d->waited = 0;
}

static void step(bds_ecg_detector *d)
{
    int32_t slope;
    const int32_t e = ecg_slope(d, &slope);
    bds_ecg_peak *r = &d->rising;
    if (slope > r->slope) {
        r->slope = slope;
        r->at = d->count - 1 - P_DELAY;
    }
    if (e > r->height) {
        r->height = e;
    } else if (r->height && e < r->height / 2) {
        peak(d, r);
        *r = (bds_ecg_peak){0};
    }
    d->steps++;
    if (d->steps == P_LEARN)
        learn(d);
    if (d->has_waiting && ++d->waited >= P_REFR) {
        d->has_waiting = 0;
        const bds_ecg_peak p = d->waiting;
        candidate(d, &p);
    }
    if (d->steps >= P_LEARN)
        look_back(d);
}

void bds_ecg_detect_sample(bds_ecg_detector *d, int32_t lead0, int32_t lead1)
{
    d->lead[0].sum3 += ecg_clamp(lead0, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT);
    d->lead[1].sum3 += ecg_clamp(lead1, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT);
    if (++d->count % 3 == 0)
        step(d);
}

int bds_ecg_detect_next(bds_ecg_detector *d, uint32_t *at)
{
    if (!d->found_count)
        return 0;
    *at = d->found[0];
    for (uint32_t i = 1; i < d->found_count; i++)
        d->found[i - 1] = d->found[i];
    d->found_count--;
    return 1;
}

void bds_ecg_detect_finish(bds_ecg_detector *d)
{
    if (d->finished)
        return;
    d->finished = 1;
    if (d->rising.height)
        peak(d, &d->rising);
    if (d->steps < P_LEARN) {
        d->steps = P_LEARN;
        learn(d);
    }
    if (d->has_waiting)
        decide(d, &d->waiting);
    d->has_waiting = 0;
}
