/* Alarms: each is raised by what it is for and not by one beat, stays until that is over by a margin, and is cleared by no lost signal.
 * SPDX-License-Identifier: MIT */
#include "ecg/ecg_alarm.h"
#include "ecg/ecg_quality.h"
#include "unit/check.h"

static bds_ecg_alarm a;

static uint32_t silence; /* samples since the last beat */

static void samples(uint32_t n, uint32_t quality)
{
    while (n--)
        bds_ecg_alarm_sample(&a, quality, ++silence);
}

static void beat(uint32_t rate, int ventricular)
{
    silence = 0;
    bds_ecg_alarm_beat(&a, rate, ventricular);
}

/* Beats at a rate, each with the samples that lie between. Returns the alarms that are on. */
static uint32_t beats(uint32_t n, uint32_t rate, int ventricular)
{
    while (n--) {
        samples(360 * 60 / rate, 0);
        beat(rate, ventricular);
    }
    return bds_ecg_alarms(&a);
}

static void begin(void)
{
    CHECK(bds_ecg_alarm_begin(&a, 0) == BDS_ECG_NONE);
    CHECK(beats(20, 70, 0) == 0);
}

static void test_rate(void)
{
    begin();
    CHECK(beats(2, 140, 0) == 0 && beats(1, 128, 0) == 0); /* two are not enough, and the count begins again */
    CHECK(beats(2, 140, 0) == 0 && beats(1, 140, 0) == BDS_ECG_ALARM_HIGH);
    CHECK(beats(50, 128, 0) == BDS_ECG_ALARM_HIGH); /* within the limit, but not by the margin */
    CHECK(beats(4, 125, 0) == BDS_ECG_ALARM_HIGH && beats(1, 125, 0) == 0);
    begin();
    CHECK(beats(2, 39, 0) == 0 && beats(1, 39, 0) == BDS_ECG_ALARM_LOW);
    CHECK(beats(50, 42, 0) == BDS_ECG_ALARM_LOW);
    CHECK(beats(4, 45, 0) == BDS_ECG_ALARM_LOW && beats(1, 45, 0) == 0);
}

static void test_rate_unknown(void)
{
    begin();
    beats(3, 140, 0);
    for (int i = 0; i < 20; i++) {
        samples(200, 0);
        beat(0, 0);
    }
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH); /* a rate that is not known is not a good one */
}

static void test_run(void)
{
    begin();
    CHECK(beats(2, 80, 1) == 0 && beats(1, 80, 0) == 0 && beats(2, 80, 1) == 0);
    CHECK(beats(1, 80, 1) == BDS_ECG_ALARM_RUN);
    CHECK(beats(4, 80, 0) == BDS_ECG_ALARM_RUN && beats(1, 80, 1) == BDS_ECG_ALARM_RUN);
    CHECK(beats(4, 80, 0) == BDS_ECG_ALARM_RUN && beats(1, 80, 0) == 0);
}

static void test_pause(void)
{
    begin();
    samples(3 * 360 - 1, 0);
    CHECK(bds_ecg_alarms(&a) == 0);
    samples(1, BDS_ECG_FEW);
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
    samples(3600, BDS_ECG_FEW);
    CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_PAUSE);
    CHECK(beats(4, 60, 0) == BDS_ECG_ALARM_PAUSE && beats(1, 60, 0) == 0);
}

static void test_lost(void)
{
    static const uint32_t lost[] = {BDS_ECG_FLAT, BDS_ECG_RAIL, BDS_ECG_MISSING, BDS_ECG_NOISE, BDS_ECG_REVERSED};
    for (unsigned i = 0; i < sizeof lost / sizeof *lost; i++) {
        begin();
        beats(3, 140, 0);
        samples(5 * 360 - 1, lost[i]);
        CHECK(bds_ecg_alarms(&a) == BDS_ECG_ALARM_HIGH); /* not cleared by silence, and no pause: nobody knows */
        samples(1, lost[i]);
        CHECK(bds_ecg_alarms(&a) == (BDS_ECG_ALARM_HIGH | BDS_ECG_ALARM_SIGNAL));
        samples(5 * 360 - 1, 0);
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
}

static void test_limits(void)
{
    bds_ecg_alarm_limits l = bds_ecg_alarm_usual;
    CHECK(bds_ecg_alarm_begin(&a, &l) == BDS_ECG_NONE);
    l.high = l.low + 2 * l.margin;
    CHECK(bds_ecg_alarm_begin(&a, &l) == BDS_ECG_E_SETUP);
    l = bds_ecg_alarm_usual;
    l.confirm = 0;
    CHECK(bds_ecg_alarm_begin(&a, &l) == BDS_ECG_E_SETUP);
    l = bds_ecg_alarm_usual;
    l.run = 1;
    CHECK(bds_ecg_alarm_begin(&a, &l) == BDS_ECG_E_SETUP);
    l = bds_ecg_alarm_usual;
    l.margin = UINT32_MAX;
    CHECK(bds_ecg_alarm_begin(&a, &l) == BDS_ECG_E_SETUP);
}

int main(void)
{
    test_rate();
    test_rate_unknown();
    test_run();
    test_pause();
    test_lost();
    test_limits();
    return check_done();
}
