/* SPDX-License-Identifier: MIT */
#include "ecg_monitor.h"

#include "ecg_internal.h"

bds_ecg_status bds_ecg_monitor_begin(bds_ecg_monitor *m, const bds_ecg_setup *setup)
{
    bds_ecg_begin(&m->chain);
    bds_ecg_detect_begin(&m->detector);
    bds_ecg_quality_begin(&m->quality, setup->rate, setup->leads, setup->lead_ii, setup->low, setup->high);
    m->setup = *setup;
    m->held[0] = m->held[1] = 0;
    const int wrong =
        bds_ecg_resample_begin(&m->lead[0], setup->rate) | bds_ecg_resample_begin(&m->lead[1], setup->rate);
    if (!wrong && setup->leads >= 1 && setup->leads <= BDS_ECG_LEADS && setup->lead_ii <= 1 &&
        (setup->low < setup->high || (!setup->low && !setup->high)))
        return BDS_ECG_NONE;
    m->setup.rate = 0; /* samples are not listened to */
    return BDS_ECG_E_SETUP;
}

/* A sample that is missing: the last one again, so that no step looks like a beat. */
static int32_t hold(bds_ecg_monitor *m, uint32_t lead, int32_t x)
{
    if (x != BDS_ECG_NO_SAMPLE)
        m->held[lead] = x;
    return m->held[lead];
}

static void found(bds_ecg_monitor *m)
{
    uint32_t at;
    while (bds_ecg_detect_next(&m->detector, &at)) {
        if (bds_ecg_note(&m->chain, at) == BDS_ECG_NONE)
            bds_ecg_quality_beat(&m->quality, at, &m->chain, &m->detector);
    }
}

void bds_ecg_monitor_sample(bds_ecg_monitor *m, int32_t lead0, int32_t lead1)
{
    int32_t a, b;
    if (!m->setup.rate)
        return;
    bds_ecg_quality_input(&m->quality, lead0, lead1);
    bds_ecg_resample_put(&m->lead[0], lead0);
    bds_ecg_resample_put(&m->lead[1], m->setup.leads > 1 ? lead1 : lead0);
    while (bds_ecg_resample_next(&m->lead[0], &a) && bds_ecg_resample_next(&m->lead[1], &b)) {
        bds_ecg_quality_sample(&m->quality);
        a = hold(m, 0, a);
        b = hold(m, 1, b);
        bds_ecg_sample(&m->chain, a, b);
        bds_ecg_detect_sample(&m->detector, a, b);
        found(m);
    }
}

void bds_ecg_monitor_gap(bds_ecg_monitor *m, uint32_t samples)
{
    for (uint32_t i = 0; i < samples; i++)
        bds_ecg_monitor_sample(m, BDS_ECG_NO_SAMPLE, BDS_ECG_NO_SAMPLE);
}

void bds_ecg_monitor_finish(bds_ecg_monitor *m)
{
    bds_ecg_detect_finish(&m->detector);
    found(m);
    bds_ecg_finish(&m->chain);
}

bds_ecg_status bds_ecg_monitor_next(bds_ecg_monitor *m, bds_ecg_told *told)
{
    const bds_ecg_status got = bds_ecg_next(&m->chain, &told->beat);
    if (got != BDS_ECG_READY)
        return got;
    told->at = bds_ecg_resample_time(&m->lead[0], told->beat.at);
    bds_ecg_quality_look(&m->quality, &told->beat);
    told->quality = bds_ecg_quality_since(&m->quality, told->beat.at);
    told->rate = bds_ecg_monitor_rate(m);
    if (!(told->quality & BDS_ECG_DISTURBED))
        return BDS_ECG_READY;
    for (uint32_t i = 0; i < BDS_ECG_WINDOW; i++)
        for (uint32_t c = 0; c < BDS_ECG_CHANNELS; c++)
            told->beat.window[i][c] = 0;
    for (uint32_t i = 0; i < BDS_ECG_SCALARS; i++)
        told->beat.scalar[i] = 0;
    return BDS_ECG_WITHHELD;
}

uint32_t bds_ecg_monitor_quality(const bds_ecg_monitor *m)
{
    return bds_ecg_quality_now(&m->quality);
}

uint32_t bds_ecg_monitor_rate(const bds_ecg_monitor *m)
{
    return bds_ecg_monitor_quality(m) & BDS_ECG_DISTURBED ? 0 : bds_ecg_quality_rate(&m->quality);
}

uint32_t bds_ecg_monitor_silence(const bds_ecg_monitor *m)
{
    return m->quality.count - m->quality.last_beat;
}
