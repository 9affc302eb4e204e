/* See ecg_alarm.h.
 * SPDX-License-Identifier: MIT */
#include "ecg_alarm.h"

/* What hides beats, and what else makes a signal unreadable; too few or too many beats are themselves what an alarm is for. */
#define HIDDEN (BDS_ECG_RAIL | BDS_ECG_MISSING | BDS_ECG_NOISE)
#define LOST (HIDDEN | BDS_ECG_FLAT | BDS_ECG_REVERSED)
/* Samples (0.5 s) by which a beat is found after it as a rule (99 % of those of eight MIT-BIH records): until then it may still come. */
#define FOUND 180u
/* Withheld beats that a judged one makes up for. */
#define AMENDS 3u
/* Beats after a bad signal before one that is only maybe ventricular counts: what is usual has to be found again. */
#define STEADY 8u

const bds_ecg_alarm_limits bds_ecg_alarm_usual = {
    .low = 45, .high = 120, .margin = 5, .confirm = 3, .release = 5, .pause = 3 * 360, .signal = 5 * 360, .run = 3};

bds_ecg_status bds_ecg_alarm_begin(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits)
{
    const bds_ecg_alarm fresh = {.limits = bds_ecg_alarm_usual};
    *a = fresh;
    return limits ? bds_ecg_alarm_limit(a, limits) : BDS_ECG_NONE;
}

bds_ecg_status bds_ecg_alarm_limit(bds_ecg_alarm *a, const bds_ecg_alarm_limits *l)
{
    const uint32_t most = BDS_ECG_ALARM_MOST; /* no sum below overflows */
    if (l->low > most || l->high > most || l->margin > most || l->low + 2 * l->margin >= l->high || l->confirm < 1 ||
        l->release < 1 || l->run < 2 || l->pause < 1 || l->pause > UINT32_MAX - FOUND || l->signal < 1)
        return BDS_ECG_E_SETUP;
    a->limits = *l;
    return BDS_ECG_NONE;
}

/* So many more, but not beyond what fits. */
static uint32_t more(uint32_t before, uint32_t n)
{
    return n > UINT32_MAX - before ? UINT32_MAX : before + n;
}

/* One more in a row, or none. */
static uint32_t in_a_row(uint32_t before, int again)
{
    return again ? more(before, 1) : 0;
}

static void set(bds_ecg_alarm *a, uint32_t bit, int raise, int clear)
{
    if (raise)
        a->on |= bit;
    else if (clear)
        a->on &= ~bit;
}

void bds_ecg_alarm_listen(bds_ecg_alarm *a, const bds_ecg_monitor *m)
{
    const uint32_t count = m->chain.count;
    if (!a->listens) {
        a->listens = 1;
        a->heard = count; /* the past is no affair of this alarm */
    }
    if ((int32_t)(count - a->heard) < 0) /* the monitor has begun anew, and learns */
        a->heard = a->judged = 0;
    bds_ecg_alarm_samples(a, count - a->heard, bds_ecg_monitor_quality(m), bds_ecg_monitor_silence(m));
    a->heard = count;
}

/* Bits are held for 3 s: one disturbance every 4 s withholds all beats, and yet none lasts. */
static void set_signal(bds_ecg_alarm *a)
{
    const uint32_t least = a->limits.signal;
    const uint32_t most = a->judged ? BDS_ECG_ALARM_WITHHELD : BDS_ECG_ALARM_UNJUDGED;
    const int withheld = a->withheld >= most && a->withheld_for >= least;
    set(a, BDS_ECG_ALARM_SIGNAL, a->lost >= least || withheld, a->clear >= least && !a->withheld);
}

void bds_ecg_alarm_samples(bds_ecg_alarm *a, uint32_t samples, uint32_t quality, uint32_t silence)
{
    const int lost = (quality & LOST) != 0;
    const uint32_t pause = a->limits.pause + FOUND;
    if (!samples)
        return; /* at other rates than 360 not every sample brings one */
    a->lost = lost ? more(a->lost, samples) : 0;
    a->clear = lost ? 0 : more(a->clear, samples);
    a->open = quality & HIDDEN ? 0 : more(a->open, samples);
    a->withheld_for = a->withheld ? more(a->withheld_for, samples) : 0;
    set_signal(a);
    if (quality & BDS_ECG_MANY) { /* with or without noise: flutter looks like it, and rather one alarm too many */
        a->not_high = 0;
        set(a, BDS_ECG_ALARM_HIGH, 1, 0);
    }
    if (silence < pause || a->open < pause)
        return; /* whether there was a beat while it could hide, nobody knows */
    a->beats = 0;
    set(a, BDS_ECG_ALARM_PAUSE, 1, 0);
}

void bds_ecg_alarm_rate(bds_ecg_alarm *a, uint32_t rate)
{
    const bds_ecg_alarm_limits *l = &a->limits;
    if (rate == 0) {
        a->not_low = a->not_high = 0;
        return;
    }
    a->low = in_a_row(a->low, rate < l->low);
    a->high = in_a_row(a->high, rate > l->high);
    a->not_low = in_a_row(a->not_low, rate >= l->low + l->margin);
    a->not_high = in_a_row(a->not_high, rate <= l->high - l->margin);
    set(a, BDS_ECG_ALARM_LOW, a->low >= l->confirm, a->not_low >= l->release);
    set(a, BDS_ECG_ALARM_HIGH, a->high >= l->confirm, a->not_high >= l->release);
}

void bds_ecg_alarm_interval(bds_ecg_alarm *a, uint32_t samples)
{
    const int pause = samples >= a->limits.pause;
    a->beats = in_a_row(a->beats, !pause);
    set(a, BDS_ECG_ALARM_PAUSE, pause, a->beats >= a->limits.release);
}

/* More than three of four, not only all of them: a judged one makes up for three. */
static void count_withheld(bds_ecg_alarm *a, int judged)
{
    const uint32_t most = a->judged ? BDS_ECG_ALARM_WITHHELD + AMENDS : BDS_ECG_ALARM_UNJUDGED;
    if (!judged)
        a->withheld += a->withheld < most;
    else
        a->withheld = a->judged && a->withheld > AMENDS ? a->withheld - AMENDS : 0;
    a->judged |= (uint32_t)judged;
}

void bds_ecg_alarm_beat(bds_ecg_alarm *a, uint32_t kind, uint32_t rate)
{
    const int judged = kind != BDS_ECG_BEAT_WITHHELD, other = kind == BDS_ECG_BEAT_OTHER;
    const int sure = kind == BDS_ECG_BEAT_VENTRICULAR;
    count_withheld(a, judged);
    a->steady = in_a_row(a->steady, judged);
    a->beats = in_a_row(a->beats, judged);
    a->others = in_a_row(a->others, other);
    if (sure || (kind == BDS_ECG_BEAT_MAYBE && a->steady > STEADY)) {
        a->row = more(a->row, 1);
        a->sure = more(a->sure, sure ? 1 : 0);
    } else if (other) {
        a->row = a->sure = 0;
    }
    set_signal(a);
    set(a, BDS_ECG_ALARM_PAUSE, 0, a->beats >= a->limits.release);
    set(a, BDS_ECG_ALARM_RUN, a->row >= a->limits.run && a->sure > 0, a->others >= a->limits.release);
    bds_ecg_alarm_rate(a, rate);
}

uint32_t bds_ecg_alarms(const bds_ecg_alarm *a)
{
    return a->on;
}
