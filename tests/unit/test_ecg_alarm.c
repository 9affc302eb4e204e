/* Alarms: each is raised by what it is for and not by one beat, stays until that is over by a margin, and is cleared by no lost signal.
 * SPDX-License-Identifier: MIT */
#include "ecg/ecg_alarm.h"
#include "ecg/ecg_quality.h"
#include "support/heart.h"
#include "unit/check.h"

#include <stddef.h>
#include <string.h>

enum { OTHER = BDS_ECG_BEAT_OTHER, V = BDS_ECG_BEAT_VENTRICULAR, MAYBE = BDS_ECG_BEAT_MAYBE };
enum { UNKNOWN = BDS_ECG_BEAT_UNKNOWN, WITHHELD = BDS_ECG_BEAT_WITHHELD };
enum { FOUND = 180 }; /* samples after which a beat is found */

static bds_ecg_alarm a;

static uint32_t silence; /* samples since the last beat */

static void samples(uint32_t n, uint32_t quality)
{
    while (n--)
        bds_ecg_alarm_samples(&a, 1, quality, ++silence);
}

/* Beats at a rate, each with the samples that lie between. Returns the alarms that are on. */
static uint32_t beats(uint32_t n, uint32_t rate, uint32_t kind)
{
    while (n--) {
        samples(360 * 60 / (rate ? rate : 70), 0);
        silence = 0;
        bds_ecg_alarm_beat(&a, kind, rate);
    }
    return bds_ecg_alarms(&a);
}

static void begin(void)
{
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    CHECK(beats(20, 70, OTHER) == 0);
}

static void test_rate(void)
{
    begin();
    CHECK(beats(2, 121, OTHER) == 0 && beats(1, 118, OTHER) == 0); /* two are not enough, and the count begins again */
    CHECK(beats(2, 121, OTHER) == 0 && beats(1, 121, OTHER) == BDS_ECG_ALARM_HIGH);
    CHECK(beats(50, 118, OTHER) == BDS_ECG_ALARM_HIGH); /* within the limit, but not by the margin */
    CHECK(beats(4, 115, OTHER) == BDS_ECG_ALARM_HIGH && beats(1, 140, OTHER) == BDS_ECG_ALARM_HIGH);
    CHECK(beats(4, 115, OTHER) == BDS_ECG_ALARM_HIGH && beats(1, 115, OTHER) == 0);
    begin();
    CHECK(beats(2, 44, OTHER) == 0 && beats(1, 44, OTHER) == BDS_ECG_ALARM_LOW);
    CHECK(beats(50, 47, OTHER) == BDS_ECG_ALARM_LOW);
    CHECK(beats(4, 50, OTHER) == BDS_ECG_ALARM_LOW && beats(1, 50, OTHER) == 0);
}

static void test_rate_unknown(void)
{
    begin();
    beats(3, 140, OTHER);
    CHECK(beats(7, 0, WITHHELD) == BDS_ECG_ALARM_HIGH); /* a rate that is not known is not a good one */
    CHECK(beats(4, 70, OTHER) == BDS_ECG_ALARM_HIGH &&
          beats(1, 0, OTHER) == BDS_ECG_ALARM_HIGH); /* nor a break in it */
    CHECK(beats(4, 70, OTHER) == BDS_ECG_ALARM_HIGH && beats(1, 70, OTHER) == 0);
    beats(2, 140, OTHER);
    CHECK(beats(5, 0, UNKNOWN) == 0 && beats(1, 140, OTHER) == BDS_ECG_ALARM_HIGH);
}

static void test_too_many(void)
{
    begin();
    samples(100, BDS_ECG_MANY | BDS_ECG_LEARNING);
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH);
    CHECK(beats(4, 70, OTHER) == BDS_ECG_ALARM_HIGH && beats(1, 70, OTHER) == 0);
}

static void test_run(void)
{
    begin();
    CHECK(beats(2, 80, V) == 0 && beats(1, 80, OTHER) == 0 && beats(2, 80, V) == 0);
    CHECK(beats(1, 80, V) == BDS_ECG_ALARM_RUN);
    CHECK(beats(4, 80, OTHER) == BDS_ECG_ALARM_RUN && beats(1, 80, V) == BDS_ECG_ALARM_RUN);
    CHECK(beats(4, 80, OTHER) == BDS_ECG_ALARM_RUN && beats(1, 80, OTHER) == 0);
}

static void test_run_unsure(void)
{
    begin(); /* what cannot be named neither breaks a run nor makes one */
    CHECK(beats(1, 80, V) == 0 && beats(1, 80, UNKNOWN) == 0 && beats(1, 80, V) == 0 && beats(1, 80, WITHHELD) == 0);
    CHECK(beats(1, 80, V) == BDS_ECG_ALARM_RUN);
    CHECK(beats(4, 80, OTHER) == BDS_ECG_ALARM_RUN && beats(1, 80, UNKNOWN) == BDS_ECG_ALARM_RUN);
    CHECK(beats(4, 80, OTHER) == BDS_ECG_ALARM_RUN && beats(1, 80, 99) == BDS_ECG_ALARM_RUN);
    CHECK(beats(7, 80, WITHHELD) == BDS_ECG_ALARM_RUN && beats(5, 80, OTHER) == 0);
    begin();
    CHECK(beats(1, 80, V) == 0 && beats(20, 80, UNKNOWN) == 0);
    begin(); /* what is most like a ventricular beat counts beside one that surely is, but not alone */
    CHECK(beats(20, 80, MAYBE) == 0 && beats(1, 80, V) == BDS_ECG_ALARM_RUN);
    begin();
    CHECK(beats(1, 80, V) == 0 && beats(1, 80, MAYBE) == 0 && beats(1, 80, MAYBE) == BDS_ECG_ALARM_RUN);
    begin();
    CHECK(beats(1, 80, V) == 0 && beats(1, 80, OTHER) == 0 && beats(3, 80, MAYBE) == 0); /* nor beside one of before */
    begin(); /* nor right after a bad signal */
    CHECK(beats(1, 80, WITHHELD) == 0 && beats(8, 80, MAYBE) == 0 && beats(1, 80, V) == 0);
    CHECK(beats(1, 80, MAYBE) == 0);
    CHECK(beats(1, 80, MAYBE) == BDS_ECG_ALARM_RUN);
}

static void test_pause(void)
{
    begin();
    samples(3 * 360 + FOUND - 1, 0);
    CHECK(bds_ecg_alarms(&a) == 0);
    samples(1, BDS_ECG_FEW);
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
    samples(3600, BDS_ECG_FEW);
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
    CHECK(beats(4, 60, OTHER) == BDS_ECG_ALARM_PAUSE && beats(1, 60, WITHHELD) == BDS_ECG_ALARM_PAUSE);
    CHECK(beats(4, 60, OTHER) == BDS_ECG_ALARM_PAUSE && beats(1, 60, OTHER) == 0);
}

/* It needs a signal in which no beat can hide, all the while; a flat line is none that hides any, nor is one that is upside down. */
static void test_pause_hidden(void)
{
    static const uint32_t hides[] = {BDS_ECG_NOISE, BDS_ECG_RAIL, BDS_ECG_MISSING};
    static const uint32_t shows[] = {BDS_ECG_FLAT, BDS_ECG_REVERSED, BDS_ECG_FEW, BDS_ECG_LEARNING};
    for (unsigned i = 0; i < sizeof hides / sizeof *hides; i++) {
        begin();
        samples(100, hides[i] | BDS_ECG_FLAT);
        samples(3 * 360 + FOUND - 1, 0);
        CHECK(bds_ecg_alarms(&a) == 0);
        samples(1, 0);
        CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
    }
    for (unsigned i = 0; i < sizeof shows / sizeof *shows; i++) {
        begin();
        samples(2 * 360, 0);
        samples(360 + FOUND - 1, shows[i]);
        CHECK(bds_ecg_alarms(&a) == 0);
        samples(1, shows[i]);
        CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
    }
}

static void test_lost(void)
{
    static const uint32_t lost[] = {BDS_ECG_RAIL, BDS_ECG_MISSING, BDS_ECG_NOISE, BDS_ECG_FLAT, BDS_ECG_REVERSED};
    for (unsigned i = 0; i < sizeof lost / sizeof *lost; i++) {
        begin();
        beats(3, 140, OTHER);
        const uint32_t on = BDS_ECG_ALARM_HIGH | (i < 3 ? 0 : BDS_ECG_ALARM_PAUSE);
        samples(5 * 360 - 1, lost[i]);
        CHECK(bds_ecg_alarms(&a) == on); /* not cleared by silence, and no pause where beats can hide: nobody knows */
        samples(1, lost[i]);
        CHECK(bds_ecg_alarms(&a) == (on | BDS_ECG_ALARM_SIGNAL));
        samples(5 * 360 - 1, BDS_ECG_ONE_LEAD);
        CHECK(bds_ecg_alarms(&a) & BDS_ECG_ALARM_SIGNAL);
        samples(1, 0);
        CHECK(!(bds_ecg_alarms(&a) & BDS_ECG_ALARM_SIGNAL));
    }
    begin();
    for (int i = 0; i < 100; i++) { /* flickers, but never for long */
        samples(1000, BDS_ECG_NOISE);
        samples(10, 0);
    }
    CHECK(bds_ecg_alarms(&a) == 0);
    samples(1, BDS_ECG_MISSING);
    bds_ecg_alarm_samples(&a, UINT32_MAX, BDS_ECG_MISSING, 0); /* for months */
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_SIGNAL);
}

/* Disturbed again and again, never for long, but so that no beat can be judged. */
static void test_withheld(void)
{
    begin();
    CHECK(beats(7, 70, WITHHELD) == 0 && beats(1, 70, UNKNOWN) == 0); /* one that is judged makes up for three */
    CHECK(beats(3, 70, WITHHELD) == 0 && beats(1, 70, WITHHELD) == BDS_ECG_ALARM_SIGNAL);
    samples(5 * 360, BDS_ECG_FEW); /* there is nothing wrong with the signal any more, but no beat that can be judged */
    CHECK(beats(3, 70, WITHHELD) == (BDS_ECG_ALARM_SIGNAL | BDS_ECG_ALARM_PAUSE));
    CHECK(beats(3, 70, OTHER) & BDS_ECG_ALARM_SIGNAL); /* eleven are remembered */
    CHECK(!(beats(1, 70, OTHER) & BDS_ECG_ALARM_SIGNAL));
    begin(); /* four of five are withheld: nobody could rely on the fifth */
    for (int i = 0; i < 12; i++)
        beats(4, 70, WITHHELD), beats(1, 70, OTHER);
    CHECK(bds_ecg_alarms(&a) & BDS_ECG_ALARM_SIGNAL);
    begin(); /* three of four are at the limit: no */
    for (int i = 0; i < 50; i++)
        CHECK(beats(3, 70, WITHHELD) == 0 && beats(1, 70, OTHER) == 0);
    begin(); /* beats are judged, but the signal has not been undisturbed for so long */
    CHECK(beats(8, 70, WITHHELD) == BDS_ECG_ALARM_SIGNAL);
    samples(1, BDS_ECG_NOISE);
    CHECK(beats(5, 70, OTHER) == BDS_ECG_ALARM_SIGNAL && beats(1, 70, OTHER) == 0);
    begin(); /* the same after any loss */
    samples(5 * 360, BDS_ECG_NOISE);
    CHECK(beats(7, 70, WITHHELD) == BDS_ECG_ALARM_SIGNAL && beats(2, 70, UNKNOWN) == BDS_ECG_ALARM_SIGNAL);
    CHECK(beats(1, 70, UNKNOWN) == 0);
    begin(); /* of a fast heart more than eight are withheld for one lost sample: that must have gone on as long as any loss */
    const uint32_t between = 360 * 60 / 180;
    CHECK(!(beats(1 + 5 * 360 / between - 1, 180, WITHHELD) & BDS_ECG_ALARM_SIGNAL));
    CHECK(beats(1, 180, WITHHELD) & BDS_ECG_ALARM_SIGNAL);
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE); /* learning is no alarm, unless it comes to no end */
    CHECK(beats(29, 70, WITHHELD) == 0);
    CHECK(beats(1, 70, OTHER) == 0 && beats(7, 70, WITHHELD) == 0 && beats(1, 70, WITHHELD) == BDS_ECG_ALARM_SIGNAL);
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    CHECK(beats(29, 70, WITHHELD) == 0 && beats(1, 70, WITHHELD) == BDS_ECG_ALARM_SIGNAL);
}

static void test_belt(void)
{
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    static const uint32_t rates[] = {70, 130, 130, 0, 130};
    for (unsigned i = 0; i < sizeof rates / sizeof *rates; i++) {
        CHECK(bds_ecg_alarms(&a) == 0);
        bds_ecg_alarm_rate(&a, rates[i]);
        bds_ecg_alarm_interval(&a, 3 * 360 - 1);
    }
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH);
    bds_ecg_alarm_interval(&a, 3 * 360);
    CHECK(bds_ecg_alarms(&a) == (BDS_ECG_ALARM_HIGH | BDS_ECG_ALARM_PAUSE));
    for (int i = 0; i < 5; i++) {
        CHECK(bds_ecg_alarms(&a) & BDS_ECG_ALARM_PAUSE);
        bds_ecg_alarm_interval(&a, 300);
    }
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH);
}

/* With a monitor: time goes on by its own counting, also if it begins anew. */
static void test_listen(void)
{
    static bds_ecg_monitor m;
    const bds_ecg_setup setup = {.rate = 125, .leads = 1};
    uint32_t before = 0;
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    for (int seconds = 1; seconds < 9; seconds += 7, before = m.chain.count) {
        CHECK(bds_ecg_monitor_begin(&m, &setup) == BDS_ECG_NONE);
        if (!before)
            bds_ecg_alarm_listen(&a, &m);
        for (int i = 0; i < 125 * seconds; i++) {
            bds_ecg_monitor_sample(&m, BDS_ECG_NO_SAMPLE, 0);
            bds_ecg_alarm_listen(&a, &m);
            CHECK((bds_ecg_alarms(&a) == BDS_ECG_ALARM_SIGNAL) == (before + m.chain.count >= 5 * 360));
        }
    }
    CHECK(before > 7 * 360);
}

/* An alarm of a monitor that has been running: nothing of the past is counted. */
static void test_listen_late(void)
{
    static bds_ecg_monitor m;
    const bds_ecg_setup setup = {.rate = 360, .leads = 1};
    CHECK(bds_ecg_monitor_begin(&m, &setup) == BDS_ECG_NONE);
    bds_ecg_monitor_gap(&m, 3600);
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    bds_ecg_alarm_listen(&a, &m);
    for (uint32_t i = 1; i <= 5 * 360; i++) {
        CHECK(bds_ecg_alarms(&a) == 0);
        bds_ecg_monitor_sample(&m, BDS_ECG_NO_SAMPLE, 0);
        bds_ecg_alarm_listen(&a, &m);
    }
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_SIGNAL);
}

static bds_ecg_status with(size_t offset, uint32_t value)
{
    bds_ecg_alarm_limits l = bds_ecg_alarm_usual;
    memcpy((unsigned char *)&l + offset, &value, sizeof value);
    return bds_ecg_alarm_limit(&a, &l);
}

#define AT(field) offsetof(bds_ecg_alarm_limits, field)

static void test_limits(void)
{
    static const struct {
        size_t at;
        uint32_t good, bad;
    } edges[] = {{AT(high), 56, 55},   {AT(high), 240, 241},
                 {AT(low), 109, 110},  {AT(low), 0, 241},
                 {AT(margin), 37, 38}, {AT(margin), 0, UINT32_MAX},
                 {AT(confirm), 1, 0},  {AT(release), 1, 0},
                 {AT(pause), 1, 0},    {AT(pause), UINT32_MAX / 2, UINT32_MAX},
                 {AT(signal), 1, 0},   {AT(run), 2, 1}};
    begin();
    for (unsigned i = 0; i < sizeof edges / sizeof *edges; i++) {
        CHECK(with(edges[i].at, edges[i].good) == BDS_ECG_NONE);
        const bds_ecg_alarm_limits before = a.limits;
        CHECK(with(edges[i].at, edges[i].bad) == BDS_ECG_E_SETUP);
        CHECK(memcmp(&a.limits, &before, sizeof before) == 0);
    }
    begin(); /* new ones hold from now on, and what is on stays on until it ends by them */
    beats(3, 130, OTHER);
    CHECK(with(AT(high), 140) == BDS_ECG_NONE && bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH);
    CHECK(beats(5, 130, OTHER) == 0);
    bds_ecg_alarm_limits wrong = bds_ecg_alarm_usual;
    wrong.run = 1;
    CHECK(bds_ecg_alarm_begin(&a, &wrong) == BDS_ECG_E_SETUP);
    CHECK(beats(2, 130, OTHER) == 0 && beats(1, 130, OTHER) == BDS_ECG_ALARM_HIGH);
}

/* ---- With a monitor: two leads, 360 samples per second -------------------------------------------------------------------------- */

static bds_ecg_monitor monitor;
static int32_t loud;           /* noise of +- so many units */
static uint32_t heard, judged; /* samples; beats in a row */

static void watch_begin(int32_t noise)
{
    const bds_ecg_setup setup = {.rate = 360, .leads = 2, .lead_ii = 1};
    CHECK(bds_ecg_monitor_begin(&monitor, &setup) == BDS_ECG_NONE);
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    bds_ecg_alarm_listen(&a, &monitor);
    loud = noise;
    heard = judged = 0;
}

/* One more sample, or none. Returns the alarms that are on. */
static uint32_t watch(const int32_t x[2])
{
    bds_ecg_told told;
    bds_ecg_status got;
    bds_ecg_monitor_sample(&monitor, x ? x[0] : BDS_ECG_NO_SAMPLE, x ? x[1] : BDS_ECG_NO_SAMPLE);
    bds_ecg_alarm_listen(&a, &monitor);
    while ((got = bds_ecg_monitor_next(&monitor, &told)) != BDS_ECG_NONE) {
        bds_ecg_alarm_beat(&a, got == BDS_ECG_READY ? OTHER : WITHHELD, told.rate);
        judged = got == BDS_ECG_READY ? judged + 1 : 0;
    }
    heard++;
    return bds_ecg_alarms(&a);
}

/* A heart that beats 70 times a minute, t seconds after the first beat, but not from the 31st beat on for `pause` seconds. */
static uint32_t watch_heart(double t, double pause)
{
    const double interval = 60.0 / 70, last = 30 * interval;
    int32_t x[2];
    for (int lead = 0; lead < 2; lead++) {
        double v = 0;
        for (int k = 0; k < 120; k++) {
            const double at = k * interval;
            v += heart_wave(lead, t - (at > last ? at - interval + pause : at), 0);
        }
        const uint32_t hash = (heard + (uint32_t)lead * 977u) * 2654435761u;
        v += (double)((hash >> 16) % (uint32_t)(2 * loud + 1)) - loud;
        x[lead] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
    }
    return watch(x);
}

/* Is a pause of so many seconds noticed, when, and when is it over? */
static void check_pause(double pause)
{
    const double last = 30 * 60.0 / 70;
    uint32_t now = 0, raised = 0;
    int ended = 0;
    while (heard < (uint32_t)((last + pause + 12) * 360)) {
        const double t = heard / 360.0 - 0.4;
        const uint32_t before = now & BDS_ECG_ALARM_PAUSE;
        now = watch_heart(t, pause);
        CHECK(!(now & ~(uint32_t)(BDS_ECG_ALARM_PAUSE | BDS_ECG_ALARM_SIGNAL)) && (t > last || !now));
        if (!before && now & BDS_ECG_ALARM_PAUSE) {
            CHECK(!raised && t > last + 3.45 && t < last + 3.55);
            raised = 1;
            judged = 0;
        } else if (before && !(now & BDS_ECG_ALARM_PAUSE)) {
            CHECK(judged == bds_ecg_alarm_usual.release);
            ended = t < last + pause + 9;
        }
    }
    CHECK(now == 0 && raised == (pause > 3) && ended == (pause > 3));
}

/* However quiet the line is meanwhile: after 2 s of calm it is flat, says the monitor. */
static void test_pause_watched(void)
{
    static const double pauses[] = {2.8, 3.2, 3.6, 4, 5, 7};
    for (int32_t noise = 0; noise < 3; noise++)
        for (unsigned i = 0; i < sizeof pauses / sizeof *pauses; i++) {
            watch_begin(noise);
            check_pause(pauses[i]);
        }
}

/* All electrodes come off: no beat, and no signal. */
static void test_off_watched(void)
{
    static const int32_t off[2] = {17, -40};
    uint32_t now = 0;
    watch_begin(2);
    while (heard < 20 * 360)
        now |= watch_heart(heard / 360.0, 60.0 / 70);
    CHECK(now == 0);
    while (heard < 30 * 360)
        now = watch(off);
    CHECK(now == (BDS_ECG_ALARM_PAUSE | BDS_ECG_ALARM_SIGNAL));
}

/* One sample is lost each 4.1 s: no bit lasts, and yet no beat can be judged. */
static void test_lost_again_and_again(void)
{
    const uint32_t from = 20 * 360, until = 90 * 360;
    watch_begin(2);
    while (heard < 100 * 360) {
        const int lost = heard >= from && heard < until && (heard - from) % 1476 == 0;
        const uint32_t now = lost ? watch(NULL) : watch_heart(heard / 360.0, 60.0 / 70);
        if (heard < from + 5 * 360)
            CHECK(now == 0);
        else if (heard > from + 15 * 360 && heard < until)
            CHECK(now == BDS_ECG_ALARM_SIGNAL);
    }
    CHECK(bds_ecg_alarms(&a) == 0);
}

/* A monitor that begins anew learns anew: that is no alarm, and no beat of before counts. */
static void test_learns_anew(void)
{
    watch_begin(2);
    while (heard < 20 * 360)
        watch_heart(heard / 360.0, 60.0 / 70);
    CHECK(judged > 0 && bds_ecg_monitor_begin(&monitor, &monitor.setup) == BDS_ECG_NONE);
    for (uint32_t most = 0; heard<40 * 360; most = judged> most ? judged : most)
        CHECK(watch_heart(heard / 360.0, 60.0 / 70) == 0 && (heard < 39 * 360 || most > 8));
}

int main(void)
{
    test_rate();
    test_rate_unknown();
    test_too_many();
    test_run();
    test_run_unsure();
    test_pause();
    test_pause_hidden();
    test_lost();
    test_withheld();
    test_belt();
    test_listen();
    test_listen_late();
    test_pause_watched();
    test_off_watched();
    test_lost_again_and_again();
    test_learns_anew();
    test_limits();
    return check_done();
}
