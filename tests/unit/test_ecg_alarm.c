/* Alarms: each is raised by what it is for and not by one beat, stays until that is over by a margin, and is cleared by no lost signal.
 * SPDX-License-Identifier: MIT */
#include "ecg/ecg_alarm.h"
#include "ecg/ecg_quality.h"
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
    CHECK(beats(20, 0, WITHHELD) == BDS_ECG_ALARM_HIGH); /* a rate that is not known is not a good one */
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
    CHECK(beats(20, 80, WITHHELD) == BDS_ECG_ALARM_RUN && beats(5, 80, OTHER) == 0);
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
    begin(); /* it needs a signal that could be read all the while */
    samples(100, BDS_ECG_NOISE);
    samples(3 * 360 + FOUND - 1, 0);
    CHECK(bds_ecg_alarms(&a) == 0);
    samples(1, 0);
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
}

static void test_lost(void)
{
    static const uint32_t lost[] = {BDS_ECG_FLAT, BDS_ECG_RAIL, BDS_ECG_MISSING, BDS_ECG_NOISE, BDS_ECG_REVERSED};
    for (unsigned i = 0; i < sizeof lost / sizeof *lost; i++) {
        begin();
        beats(3, 140, OTHER);
        samples(5 * 360 - 1, lost[i]);
        CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH); /* not cleared by silence, and no pause: nobody knows */
        samples(1, lost[i]);
        CHECK(bds_ecg_alarms(&a) == (BDS_ECG_ALARM_HIGH | BDS_ECG_ALARM_SIGNAL));
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
        for (int i = 0; i < 125 * seconds; i++) {
            bds_ecg_monitor_sample(&m, BDS_ECG_NO_SAMPLE, 0);
            bds_ecg_alarm_listen(&a, &m);
            CHECK((bds_ecg_alarms(&a) == BDS_ECG_ALARM_SIGNAL) == (before + m.chain.count >= 5 * 360));
        }
    }
    CHECK(before > 7 * 360);
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

int main(void)
{
    test_rate();
    test_rate_unknown();
    test_too_many();
    test_run();
    test_run_unsure();
    test_pause();
    test_lost();
    test_belt();
    test_listen();
    test_limits();
    return check_done();
}
