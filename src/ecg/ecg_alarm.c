/* See ecg_alarm.h.
 * SPDX-License-Identifier: MIT */
#include "ecg_alarm.h"

#include "ecg_quality.h"

/* What makes a signal unreadable; too few or too many beats are themselves what an alarm is for. */
#define LOST (BDS_ECG_FLAT | BDS_ECG_RAIL | BDS_ECG_MISSING | BDS_ECG_NOISE | BDS_ECG_REVERSED)

const bds_ecg_alarm_limits bds_ecg_alarm_usual = {
    .low = 40, .high = 130, .margin = 5, .confirm = 3, .release = 5, .pause = 3 * 360, .signal = 5 * 360, .run = 3};

bds_ecg_status bds_ecg_alarm_begin(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits)
{
    const bds_ecg_alarm_limits *l = limits ? limits : &bds_ecg_alarm_usual;
    const bds_ecg_alarm fresh = {.limits = *l};
    const uint32_t most = 1000; /* beats per minute: no heart, and no sum below overflows */
    *a = fresh;
    if (l->low > most || l->high > most || l->margin > most || l->low + l->margin + l->margin >= l->high ||
        l->confirm < 1 || l->release < 1 || l->run < 2 || l->pause < 1 || l->signal < 1)
        return BDS_ECG_E_SETUP;
    return BDS_ECG_NONE;
}

/* One more in a row, or none; stays where it would overflow. */
static uint32_t in_a_row(uint32_t before, int more)
{
    return !more ? 0 : before < UINT32_MAX ? before + 1 : before;
}

static void set(bds_ecg_alarm *a, uint32_t bit, int raise, int clear)
{
    if (raise)
        a->on |= bit;
    else if (clear)
        a->on &= ~bit;
}

void bds_ecg_alarm_sample(bds_ecg_alarm *a, uint32_t quality, uint32_t silence)
{
    const int lost = (quality & LOST) != 0;
    a->lost = in_a_row(a->lost, lost);
    a->clear = in_a_row(a->clear, !lost);
    set(a, BDS_ECG_ALARM_SIGNAL, a->lost >= a->limits.signal, a->clear >= a->limits.signal);
    /* Whether there was a beat while the signal was lost, nobody knows. */
    const int pause = silence >= a->limits.pause && a->clear >= a->limits.pause;
    if (pause)
        a->beats = 0;
    set(a, BDS_ECG_ALARM_PAUSE, pause, 0);
}

void bds_ecg_alarm_beat(bds_ecg_alarm *a, uint32_t rate, int ventricular)
{
    const bds_ecg_alarm_limits *l = &a->limits;
    a->beats = in_a_row(a->beats, 1);
    set(a, BDS_ECG_ALARM_PAUSE, 0, a->beats >= l->release);
    a->ventricular = in_a_row(a->ventricular, ventricular);
    a->others = in_a_row(a->others, !ventricular);
    set(a, BDS_ECG_ALARM_RUN, a->ventricular >= l->run, a->others >= l->release);
    if (rate == 0)
        return;
    a->low = in_a_row(a->low, rate < l->low);
    a->high = in_a_row(a->high, rate > l->high);
    a->not_low = in_a_row(a->not_low, rate >= l->low + l->margin);
    a->not_high = in_a_row(a->not_high, rate + l->margin <= l->high);
    set(a, BDS_ECG_ALARM_LOW, a->low >= l->confirm, a->not_low >= l->release);
    set(a, BDS_ECG_ALARM_HIGH, a->high >= l->confirm, a->not_high >= l->release);
}

uint32_t bds_ecg_alarms(const bds_ecg_alarm *a)
{
    return a->on;
}
