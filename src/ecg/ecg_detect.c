/* Peaks of the moving sum of slopes become beats, or not; ecg_band.c has the filters. Whatever is a number of ours, not of the two
 * papers named in ecg_detect.h, was chosen on MIT-BIH's DS1.
 * SPDX-License-Identifier: MIT */
#include "ecg_detect.h"

#include "ecg_internal.h"
#include "ecg_math.h"

#include <stddef.h>

#define DELAY 46        /* samples by which the short sum is behind the beat */
#define REPLACED 27u    /* steps (225 ms) in which a greater peak replaces a lesser one: no heart beats twice */
#define FALLEN 30u      /* steps after which a top is one even if the sum has not halved */
#define LEARNING 140u   /* steps (1.17 s) that the first level is made of */
#define REFRACTORY 84u  /* samples (0.23 s) after a beat without another */
#define T_WAVE 138u     /* samples (0.38 s) in which a peak with */
#define T_SLOPE 120     /* less than 120/256 of the beat's slope is its T wave */
#define THRESHOLD 116   /* of 256, from the usual other peak to the usual beat */
#define EARLIER 90      /* more of 256 right after a beat */
#define FAINT 3000      /* what is lower is no beat: some 30 microvolts */
#define OVERDUE 384u    /* a beat is missed after 384/256 of the mean interval: then the best peak since the last one */
#define SECOND_LOOK 156 /* counts as a beat if it reaches 156/256 of the threshold */
#define SECOND_FROM 108u /* and comes 0.3 s after it */
#define RELEARNED 1200u  /* steps (10 s) without a beat */
#define FORGOTTEN 480u   /* samples after which a beat would be noted too late */

void bds_ecg_detect_begin(bds_ecg_detector *d)
{
    unsigned char *p = (unsigned char *)d;
    for (size_t i = 0; i < sizeof *d; i++)
        p[i] = 0;
}

static uint32_t known(uint32_t n, uint32_t room)
{
    return n < room ? n : room;
}

static uint32_t mean_interval(const bds_ecg_detector *d)
{
    const uint32_t n = d->beats ? known(d->beats - 1, BDS_ECG_RECENT) : 0;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += d->interval[i];
    return n ? sum / n : BDS_ECG_RATE;
}

/* A part (of 256) of the way from what is no beat to a beat. */
static int32_t threshold(const bds_ecg_detector *d, int32_t part)
{
    const int32_t more = d->level > d->other ? d->level - d->other : 0; /* heights < 2^27: 35 mV in both leads */
    const int32_t t = d->other + (int32_t)((int64_t)more * part / 256);
    return t > FAINT ? t : FAINT;
}

/* The threshold falls from the last beat to where the next is due. */
static int32_t threshold_at(const bds_ecg_detector *d, uint32_t since)
{
    const uint32_t due = mean_interval(d);
    const int64_t early = since < due ? due - since : 0;
    return threshold(d, THRESHOLD + (int32_t)(early * EARLIER / due));
}

/* What a T wave is steep beside: the last beat, unless that was an artefact. */
static int32_t usual_slope(const bds_ecg_detector *d)
{
    const int64_t most = (int64_t)ecg_median(d->beat_slope, known(d->beats, BDS_ECG_HEIGHTS)) * 5 / 4;
    return d->last.slope < most ? d->last.slope : (int32_t)most;
}

static void count_other(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    d->other_height[d->others++ % BDS_ECG_HEIGHTS] = p->height;
    d->other = ecg_median(d->other_height, known(d->others, BDS_ECG_HEIGHTS));
}

static void count_beat(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    if (d->beats)
        d->interval[(d->beats - 1) % BDS_ECG_RECENT] = p->at - d->last.at;
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        bds_ecg_band *b = &d->lead[lead];
        b->crests[d->beats % BDS_ECG_RECENT] = b->crest;
        b->crest = 0;
    }
    d->quiet_share[d->beats % BDS_ECG_RECENT] = (int32_t)((int64_t)d->quiet * 256 / p->height);
    d->beat_slope[d->beats % BDS_ECG_HEIGHTS] = p->slope;
    d->beat_height[d->beats++ % BDS_ECG_HEIGHTS] = p->height;
    d->level = ecg_median(d->beat_height, known(d->beats, BDS_ECG_HEIGHTS));
    d->last = *p;
    d->alone = 0;
    d->best.height = 0;
    d->quiet = INT32_MAX;
    if (d->found_count == BDS_ECG_FOUND) {
        for (uint32_t i = 1; i < BDS_ECG_FOUND; i++)
            d->found[i - 1] = d->found[i];
        d->found_count--;
    }
    d->found[d->found_count++] = p->at;
}

static void decide(bds_ecg_detector *d, const bds_ecg_peak *p)
{
    const uint32_t since = d->beats ? p->at - d->last.at : UINT32_MAX;
    if ((int32_t)since >= 0 && since < REFRACTORY)
        return;
    if (since < T_WAVE && (int64_t)p->slope * 256 < (int64_t)usual_slope(d) * T_SLOPE) {
        count_other(d, p);
    } else if (p->height > threshold_at(d, since)) {
        count_beat(d, p);
    } else {
        count_other(d, p);
        if (p->height > d->best.height)
            d->best = *p;
    }
}

static void look_back(bds_ecg_detector *d)
{
    if (!d->beats || !d->best.height)
        return;
    const bds_ecg_peak p = d->best;
    if ((uint64_t)(d->samples - d->last.at) * 256 > (uint64_t)mean_interval(d) * OVERDUE) {
        d->best.height = 0;
        if (p.height > (int32_t)((int64_t)threshold(d, THRESHOLD) * SECOND_LOOK / 256) &&
            p.at - d->last.at > SECOND_FROM)
            count_beat(d, &p);
    } else if (d->samples - p.at > FORGOTTEN) {
        d->best.height = 0;
    }
}

/* For so long there was no beat: what is usual was an artefact's, or is over. Learns it anew. */
static void learn_anew(bds_ecg_detector *d)
{
    const bds_ecg_peak none = {0, 0, 0};
    d->alone = d->steps = d->first_count = 0;
    d->beats = d->others = 0;
    d->level = d->other = 0;
    d->quiet = INT32_MAX;
    d->waiting = d->best = none;
}

/* The greatest peak so far is as a beat, an eighth of it as something else. */
static void learn(bds_ecg_detector *d)
{
    for (uint32_t i = 0; i < d->first_count; i++)
        d->level = d->first[i].height > d->level ? d->first[i].height : d->level;
    d->other = d->level / 8;
    for (uint32_t i = 0; i < d->first_count; i++)
        decide(d, &d->first[i]);
}

static void settle(bds_ecg_detector *d)
{
    const bds_ecg_peak p = d->waiting;
    d->waiting.height = 0;
    if (d->steps == LEARNING)
        decide(d, &p);
    else if (d->first_count < BDS_ECG_FIRST)
        d->first[d->first_count++] = p;
}

static void top(bds_ecg_detector *d)
{
    if (d->rising.height > d->waiting.height) {
        d->waiting = d->rising;
        d->waited = 0;
    }
    d->rising = (bds_ecg_peak){0, 0, 0};
}

static void step(bds_ecg_detector *d)
{
    bds_ecg_peak *r = &d->rising;
    int32_t brief;
    const int32_t sum = ecg_slopes(d, &brief);
    if (brief > r->slope) {
        r->slope = brief;
        r->at = d->steps < LEARNING && d->samples <= DELAY ? 0 : d->samples - 1 - DELAY;
    }
    d->falling++;
    if (sum > r->height) {
        r->height = sum;
        d->falling = 0;
    } else if (r->height && (sum < r->height / 2 || d->falling == FALLEN)) {
        top(d);
    }
    d->quiet = sum < d->quiet ? sum : d->quiet;
    if (d->steps < LEARNING) {
        d->steps++;
        if (d->steps == LEARNING)
            learn(d);
    }
    if (d->waiting.height && ++d->waited >= REPLACED)
        settle(d);
    if (d->steps == LEARNING)
        look_back(d);
    if (++d->alone == RELEARNED)
        learn_anew(d);
}

void bds_ecg_detect_sample(bds_ecg_detector *d, int32_t lead0, int32_t lead1)
{
    d->lead[0].sum3 += ecg_clamp(lead0, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT);
    d->lead[1].sum3 += ecg_clamp(lead1, -ECG_INPUT_LIMIT, ECG_INPUT_LIMIT);
    d->samples++;
    if (++d->third == ECG_STEP) {
        d->third = 0;
        step(d);
    }
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
    top(d);
    if (d->steps < LEARNING) {
        d->steps = LEARNING;
        learn(d);
    }
    if (d->waiting.height)
        settle(d);
}
