/* The detector's filters.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"

#ifndef P_L1
#define P_L1 0
#endif

static uint32_t turn(uint32_t *slot, uint32_t n)
{
    const uint32_t at = *slot;
    *slot = at + 1 == n ? 0 : at + 1;
    return at;
}

/* x[n] - x[n-4] of the band-passed signal. */
static int32_t filter(bds_ecg_band *b, const uint32_t at[3], int first)
{
    const int32_t x = b->sum3;
    if (first) {
        for (uint32_t i = 0; i < BDS_ECG_LOW; i++) {
            b->raw[i] = x;
            b->low1[i] = 4 * x;
        }
        b->sum1 = 4 * x;
        b->sum2 = 16 * x;
        for (uint32_t i = 0; i < BDS_ECG_HIGH; i++)
            b->low2[i] = 16 * x;
        b->mean = (int32_t)BDS_ECG_HIGH * 16 * x;
    }
    b->sum3 = 0;
    b->sum1 += x - b->raw[at[0]];
    b->raw[at[0]] = x;
    b->sum2 += b->sum1 - b->low1[at[0]];
    b->low1[at[0]] = b->sum1;
    b->mean += b->sum2 - b->low2[at[1]];
    b->low2[at[1]] = b->sum2;
    const uint32_t mid =
        (at[1] + BDS_ECG_HIGH - BDS_ECG_HIGH / 2) % BDS_ECG_HIGH; /* the sample in the middle of the mean */
    const int32_t high = b->low2[mid] - b->mean / (int32_t)BDS_ECG_HIGH;
    const int32_t slope = high - b->band[at[2]];
    b->band[at[2]] = high;
    return slope;
}

/* The moving sum of both leads' slopes, and the brief one. */
int32_t ecg_slope(bds_ecg_detector *d, int32_t *brief)
{
    const int first = !d->started;
    d->started = 1;
    const uint32_t at[3] = {turn(&d->slot[0], BDS_ECG_LOW), turn(&d->slot[1], BDS_ECG_HIGH),
                            turn(&d->slot[2], BDS_ECG_SLOPE)};
    const int32_t a = filter(&d->lead[0], at, first), b = filter(&d->lead[1], at, first);
#if P_L1
    const int32_t e = ecg_abs(a) + ecg_abs(b);
#else
    const int32_t e = (int32_t)ecg_sqrt((uint64_t)((int64_t)a * a + (int64_t)b * b));
#endif
    const uint32_t i = turn(&d->slot[3], BDS_ECG_INTEGRAL), k = turn(&d->slot[4], 5);
    d->integral += e - d->slope[i];
    d->slope[i] = e;
    d->short_sum += e - d->brief[k];
    d->brief[k] = e;
    *brief = d->short_sum;
    return d->integral;
}
