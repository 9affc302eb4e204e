/* Does each lead know of the beats? One that is noise or hum beside a good one would be shown to a network as if it were a heart's. The
 * numbers stand between what MIT-BIH's DS1 has and what white, brown and muscle-like noise and mains hum have in its place.
 * SPDX-License-Identifier: MIT */
#include "ecg_internal.h"
#include "ecg_math.h"
#include "ecg_quality.h"

#define CREST_HUM 832  /* 3.25, Q8: steady hum has at most 3, DS1's leads have more in 99 % of their beats */
#define CREST_LOW 2112 /* 8.25: noise has at most 7.5; leads of DS1 with small beats have that, too, ... */
#define ALIKE 280 /* ... but then three of their last eight beats are alike, Q10; of noise none in a thousand are */
#define ALIKE_OTHER 850 /* nor is it a beat what stands out, if in the other lead three of eight are so much alike */
#define THIRD 2u        /* place of the third largest */

static int32_t third_largest(const int32_t *values)
{
    int32_t most[THIRD + 1] = {-1024, -1024, -1024};
    for (uint32_t i = 0; i < BDS_ECG_RECENT; i++)
        for (uint32_t k = 0; k <= THIRD; k++)
            if (values[i] > most[k]) {
                for (uint32_t j = THIRD; j > k; j--)
                    most[j] = most[j - 1];
                most[k] = values[i];
                break;
            }
    return most[THIRD];
}

void ecg_look_for_hum(bds_ecg_quality *q, const bds_ecg_detector *d)
{
    for (uint32_t lead = 0; lead < q->leads; lead++) {
        q->lead[lead].crest = ecg_median(d->lead[lead].crests, BDS_ECG_RECENT);
        if (q->lead[lead].crest < CREST_HUM)
            ecg_raise_in(q, BDS_ECG_NOISE, lead);
    }
}

void ecg_look_for_noise(bds_ecg_quality *q, const bds_ecg_beat *beat)
{
    int32_t third[BDS_ECG_LEADS] = {0};
    for (uint32_t lead = 0; lead < q->leads; lead++) {
        bds_ecg_lead_quality *l = &q->lead[lead];
        const int8_t *now = &beat->window[0][lead];
        const int32_t usual = ecg_alike(now, now + BDS_ECG_LEADS, BDS_ECG_CHANNELS),
                      before = ecg_alike(now, l->before,
                                         1); /* another rhythm, or the heart has turned: alike, but not as usual */
        l->alike[l->looked++ % BDS_ECG_RECENT] = usual > before ? usual : before;
        for (uint32_t i = 0; i < BDS_ECG_WINDOW; i++)
            l->before[i] = now[i * BDS_ECG_CHANNELS];
        third[lead] = third_largest(l->alike);
    }
    for (uint32_t lead = 0; lead < q->leads; lead++) {
        const bds_ecg_lead_quality *l = &q->lead[lead];
        const int small = l->crest <= CREST_LOW;
        if (l->looked < BDS_ECG_RECENT) { /* small beats or none: nobody can say yet */
            if (small)
                ecg_raise_in(q, BDS_ECG_LEARNING, lead);
        } else if (third[lead] < ALIKE && (small || third[BDS_ECG_LEADS - 1 - lead] >= ALIKE_OTHER)) {
            ecg_raise_in(q, BDS_ECG_NOISE, lead);
        }
    }
}
