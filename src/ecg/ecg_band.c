/* The detector's filters, at 120 steps per second: sums of three samples; two sums of three steps (no 40 Hz, a fifteenth of 50 and 60 Hz, -3 dB
 * at 13 Hz); less the mean of 125 ms about it; the slope over 33 ms. Both leads' slopes, each counted by how far its beats stand out, in two
 * moving sums.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"

#define CALM 640 /* the least median, Q4: what a few units of noise have */

/* The place to be written in a ring of n, and the next. */
static uint32_t turn(uint32_t *slot, uint32_t n)
{
    const uint32_t at = *slot;
    *slot = at + 1 == n ? 0 : at + 1;
    return at;
}

/* As if it had always been so. */
static void fill(bds_ecg_band *b, int32_t x)
{
    for (uint32_t i = 0; i < BDS_ECG_LOW; i++) {
        b->raw[i] = x;
        b->low1[i] = (int32_t)BDS_ECG_LOW * x;
    }
    b->sum1 = (int32_t)BDS_ECG_LOW * x;
    b->sum2 = (int32_t)(BDS_ECG_LOW * BDS_ECG_LOW) * x;
    for (uint32_t i = 0; i < BDS_ECG_HIGH; i++)
        b->low2[i] = b->sum2;
    b->mean = (int32_t)BDS_ECG_HIGH * b->sum2;
}

/* |sum3| <= 21000, |sum2| <= 189000, |mean| <= 2835000: the slope is below 2^20. */
static int32_t slope_of(bds_ecg_band *b, uint32_t low, uint32_t high, uint32_t band)
{
    const int32_t x = b->sum3;
    b->sum3 = 0;
    b->sum1 += x - b->raw[low];
    b->raw[low] = x;
    b->sum2 += b->sum1 - b->low1[low];
    b->low1[low] = b->sum1;
    b->mean += b->sum2 - b->low2[high];
    b->low2[high] = b->sum2;
    const uint32_t middle = (high + BDS_ECG_HIGH - BDS_ECG_HIGH / 2) % BDS_ECG_HIGH;
    const int32_t passed = b->low2[middle] - b->mean / (int32_t)BDS_ECG_HIGH, slope = passed - b->band[band];
    b->band[band] = passed;
    return slope;
}

/* How far the lead's beats stand out: its greatest slope of the last second or so beside its median one, Q8. The median is followed by
 * steps in its direction (H. Robbins, S. Monro, "A stochastic approximation method", Ann. Math. Stat. 22(3), 400-407 (1951)). */
static int32_t stands_out(bds_ecg_band *b, int32_t slope)
{
    const int32_t pace = b->median / 16 + 4; /* Q4 */
    b->median += slope * 16 > b->median ? pace : -pace;
    b->median = b->median < CALM ? CALM : b->median;
    b->peak -= b->peak / 128;
    b->peak = slope > b->peak ? slope : b->peak;
    const int64_t crest = (int64_t)b->peak * 4096 / b->median;
    const int32_t weight = crest < 65535 ? (int32_t)crest : 65535;
    b->crest = weight > b->crest ? weight : b->crest;
    return weight;
}

int32_t ecg_slopes(bds_ecg_detector *d, int32_t *brief)
{
    const uint32_t low = turn(&d->slot[0], BDS_ECG_LOW), high = turn(&d->slot[1], BDS_ECG_HIGH),
                   band = turn(&d->slot[2], BDS_ECG_SLOPE), i = turn(&d->slot[3], BDS_ECG_INTEGRAL),
                   k = turn(&d->slot[4], BDS_ECG_BRIEF);
    int64_t sum = 0;
    int32_t weights = 1;
    for (uint32_t lead = 0; lead < BDS_ECG_LEADS; lead++) {
        if (!d->started)
            fill(&d->lead[lead], d->lead[lead].sum3);
        const int32_t slope = ecg_abs(slope_of(&d->lead[lead], low, high, band));
        const int32_t weight = stands_out(&d->lead[lead], slope);
        sum += (int64_t)slope * weight;
        weights += weight;
    }
    const int32_t both = (int32_t)(sum * BDS_ECG_LEADS / weights); /* < 2^22 */
    d->started = 1;
    d->integral += both - d->slope[i];
    d->slope[i] = both;
    d->brief_sum += both - d->brief[k];
    d->brief[k] = both;
    *brief = d->brief_sum;
    return d->integral;
}
