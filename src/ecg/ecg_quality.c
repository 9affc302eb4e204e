/* SPDX-License-Identifier: MIT */
#include "ecg_quality.h"

#include "ecg_internal.h"
#include "ecg_math.h"
#include "ecg_resample.h"

#include <stddef.h>

#define STILL (2 * BDS_ECG_RATE)
#define CALM 3 /* units: a lead that moves less does not move */

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

static void raise(bds_ecg_quality *q, uint32_t bit, uint32_t where)
{
    uint32_t k = 0;
    while (bit >> k > 1)
        k++;
    if (!(q->set & bit))
        q->where[k] = 0;
    q->set |= bit;
    q->until[k] = q->count + BDS_ECG_HOLD;
    q->where[k] |= where;
}

static void look_at(bds_ecg_quality *q, uint32_t lead, int32_t x)
{
    bds_ecg_lead_quality *l = &q->lead[lead];
    const uint32_t where = (uint32_t)BDS_ECG_IN_LEAD0 << lead;
    if (x == BDS_ECG_NO_SAMPLE) {
        raise(q, BDS_ECG_MISSING, where);
        return;
    }
    if (ecg_abs(x - l->last) <= CALM) {
        if (++l->still >= STILL)
            raise(q, BDS_ECG_FLAT, where);
    } else {
        l->last = x;
        l->still = 0;
    }
}

void bds_ecg_quality_sample(bds_ecg_quality *q, int32_t lead0, int32_t lead1)
{
    q->count++;
    for (uint32_t k = 0; k < 8; k++)
        if (q->set >> k & 1 && (int32_t)(q->count - q->until[k]) > 0)
            q->set &= ~(1u << k);
    look_at(q, 0, lead0);
    if (q->leads > 1)
        look_at(q, 1, lead1);
    if (q->count - q->last_beat > 3 * BDS_ECG_RATE)
        raise(q, BDS_ECG_FEW, 0);
}

void bds_ecg_quality_beat(bds_ecg_quality *q, uint32_t at)
{
    if (q->beats)
        q->interval[(q->beats - 1) % 8] = at - q->last_beat;
    q->last_beat = at;
    q->beats++;
}

uint32_t bds_ecg_quality_since(const bds_ecg_quality *q, uint32_t since)
{
    uint32_t bits = q->leads > 1 ? 0 : BDS_ECG_ONE_LEAD;
    for (uint32_t k = 0; k < 8; k++)
        if (q->until[k] && (int32_t)(q->until[k] - since) >= 0)
            bits |= 1u << k | q->where[k];
    return bits;
}

uint32_t bds_ecg_quality_now(const bds_ecg_quality *q)
{
    return bds_ecg_quality_since(q, q->count);
}

uint32_t bds_ecg_quality_rate(const bds_ecg_quality *q)
{
    uint32_t sorted[8] = {0}, n = q->beats > 8 ? 8 : q->beats ? q->beats - 1 : 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > q->interval[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = q->interval[i];
    }
    const uint32_t usual = sorted[n / 2];
    return usual ? (60 * BDS_ECG_RATE + usual / 2) / usual : 0;
}
