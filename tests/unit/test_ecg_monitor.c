/* The ECG monitor: beats where they are at any rate; a disturbed signal is never told as a beat to be judged, says why, and says so for
 * seconds longer; lost samples shift nothing; ten hours change neither results nor delays; counters wrap.
 * SPDX-License-Identifier: MIT */
#include "ecg/ecg_monitor.h"

#include <stdlib.h>
#include <string.h>

#include "support/heart.h"
#include "unit/check.h"
#include "unit/random.h"

enum { SEED = 20261126, MOST = 4096 };
#define EVERYWHERE (BDS_ECG_IN_LEAD0 | BDS_ECG_IN_LEAD1)

typedef struct told {
    uint32_t at, quality, heard; /* heard: the sample at which it was told */
    int ready;
} told;

static told list[MOST];
static uint32_t listed, worst; /* worst: samples from a beat until it was told */
static bds_ecg_monitor m;

static void begin(uint32_t rate, uint32_t leads, uint32_t lead_ii)
{
    const bds_ecg_setup setup = {.rate = rate, .leads = leads, .lead_ii = lead_ii};
    CHECK(bds_ecg_monitor_begin(&m, &setup) == BDS_ECG_NONE);
    listed = worst = 0;
}

static void listen(uint32_t now)
{
    bds_ecg_told t;
    bds_ecg_status got;
    while ((got = bds_ecg_monitor_next(&m, &t)) != BDS_ECG_NONE && listed < MOST) {
        CHECK(got == BDS_ECG_READY || got == BDS_ECG_WITHHELD);
        CHECK((got == BDS_ECG_WITHHELD) == ((t.quality & BDS_ECG_DISTURBED) != 0));
        if (got == BDS_ECG_WITHHELD) { /* nothing to be judged by mistake */
            int32_t sum = 0;
            for (size_t i = 0; i < sizeof t.beat.window; i++)
                sum |= (&t.beat.window[0][0])[i];
            for (size_t i = 0; i < sizeof t.beat.scalar; i++)
                sum |= t.beat.scalar[i];
            CHECK(sum == 0);
        }
        list[listed++] = (told){t.at, t.quality, now, got == BDS_ECG_READY};
        worst = now - t.at > worst ? now - t.at : worst;
    }
}

/* What becomes of the samples of both leads, counted at the monitor's rate. */
typedef void spoil(uint32_t sample, int32_t x[2]);

static uint32_t from, until; /* the disturbance, samples */

/* Plays the rhythm; returns the bits that were set at some time from `from` on. */
static uint32_t play(uint32_t rate, uint32_t seconds, spoil *change)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < seconds * rate; i++) {
        int32_t x[2] = {heart_value(0, (double)i / rate, i, HEART_SECONDS * rate),
                        heart_value(1, (double)i / rate, i, HEART_SECONDS * rate)};
        if (change && i >= from && i < until)
            change(i, x);
        bds_ecg_monitor_sample(&m, x[0], x[1]);
        if (change && i >= from)
            bits |= bds_ecg_monitor_quality(&m);
        listen(i);
    }
    bds_ecg_monitor_finish(&m);
    listen(seconds * rate);
    return bits;
}

/* Each beat of the rhythm between two times was told once, within 20 ms of where it is (a wide one: 60 ms), and nothing else. */
static int all_found(uint32_t rate, double first, double last)
{
    uint32_t beats = 0, hits = 0, others = 0;
    for (int k = 0; heart_at(k) < last; k++)
        beats += heart_at(k) >= first;
    for (uint32_t i = 0; i < listed; i++) {
        const double t = (double)list[i].at / rate;
        int hit = 0;
        if (t < first - 0.1 || t > last - 0.02)
            continue;
        for (int k = 0; heart_at(k) < last; k++)
            hit |= heart_at(k) >= first && t - heart_at(k) < (heart_is_wide(k) ? 0.06 : 0.02) && heart_at(k) - t < 0.02;
        hits += (uint32_t)hit;
        others += !hit;
    }
    return hits == beats && !others;
}

static void test_rates(void)
{
    static const uint32_t rates[] = {100, 125, 128, 130, 200, 250, 256, 300, 359, 360, 361, 500, 512, 720, 1000, 2000};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        begin(rates[k], 2, 1);
        play(rates[k], 40, NULL);
        if (!CHECK(all_found(rates[k], 0.3, 39.9)))
            fprintf(stderr, "at %u samples per second\n", rates[k]);
        for (uint32_t i = 0; i < listed; i++)
            CHECK(list[i].ready == (i >= 8) || list[i].ready == (i >= 9) || list[i].ready == (i >= 10));
        CHECK(bds_ecg_monitor_rate(&m) == 70);
    }
}

/* A converter of 50 microvolts per step, a quiet heart: nothing is withheld for that. */
static void test_coarse(void)
{
    static const uint32_t rates[] = {100, 125, 250, 360, 500, 1000};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        const uint32_t rate = rates[k];
        uint32_t ready = 0, beats = 0;
        begin(rate, 2, 1);
        for (uint32_t i = 0; i < 60 * rate; i++) {
            int32_t x[2]; /* 1: rounded to the nearest */
            for (int lead = 0; lead < 2; lead++)
                x[lead] =
                    (heart_value(lead, (double)i / rate, i, HEART_SECONDS * rate) + 10000 + 5 * lead) / 10 * 10 - 10000;
            bds_ecg_monitor_sample(&m, x[0], x[1]);
            listen(i);
        }
        for (uint32_t i = 0; i < listed; i++)
            if (list[i].at > 12 * rate) {
                beats++;
                ready += (uint32_t)list[i].ready;
            }
        if (!CHECK(beats >= 53 && ready == beats))
            fprintf(stderr, "at %u samples per second: %u of %u\n", rate, ready, beats);
    }
}

static void test_setup(void)
{
    const bds_ecg_setup wrong[] = {{99, 2, 0, 0, 0},  {2001, 2, 0, 0, 0}, {360, 0, 0, 0, 0}, {360, 3, 0, 0, 0},
                                   {360, 2, 2, 0, 0}, {360, 2, 0, 5, -5}, {360, 2, 0, 7, 7}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bds_ecg_told t;
        CHECK(bds_ecg_monitor_begin(&m, &wrong[i]) == BDS_ECG_E_SETUP);
        for (uint32_t k = 0; k < 2000; k++) /* nobody has looked at the status: nothing happens */
            bds_ecg_monitor_sample(&m, heart_value(0, k / 360.0, k, 21600), 0);
        bds_ecg_monitor_finish(&m);
        CHECK(bds_ecg_monitor_next(&m, &t) == BDS_ECG_NONE);
    }
}

static void flat(uint32_t i, int32_t x[2])
{
    (void)i;
    x[0] = 17;
    x[1] = -40;
}
static void flat_second(uint32_t i, int32_t x[2])
{
    x[1] = (int32_t)(i / 90 % 2);
}
static void missing(uint32_t i, int32_t x[2])
{
    (void)i;
    x[0] = x[1] = BDS_ECG_NO_SAMPLE;
}
static void missing_now_and_then(uint32_t i, int32_t x[2])
{
    if (i % 300 == 7)
        x[1] = BDS_ECG_NO_SAMPLE;
}
static void cut(uint32_t i, int32_t x[2])
{
    (void)i;
    for (int lead = 0; lead < 2; lead++)
        x[lead] = x[lead] > 110 ? 110 : x[lead] < -110 ? -110 : x[lead];
}
static void hardly_moving(uint32_t i, int32_t x[2])
{
    x[0] = (int32_t)(i % 7 / 6);
    x[1] = 40 - (int32_t)(i % 11 / 9);
}
static void driven_away(uint32_t i, int32_t x[2])
{
    x[0] += (int32_t)(i - from) * 200;
}
static void noise(uint32_t i, int32_t x[2])
{
    (void)i;
    x[0] = (int32_t)random_below(400) - 200;
    x[1] = (int32_t)random_below(400) - 200;
}
static void upside_down(uint32_t i, int32_t x[2])
{
    (void)i;
    x[0] = -x[0];
    x[1] = -x[1];
}
static void second_upside_down(uint32_t i, int32_t x[2])
{
    (void)i;
    x[1] = -x[1];
}
static void nothing_but_hum(uint32_t i, int32_t x[2])
{
    (void)x;
    x[0] = x[1] = (int32_t)(i % 6) * 4;
}

static void noise_first(uint32_t i, int32_t x[2])
{
    (void)i;
    x[0] = (int32_t)random_below(200) - 100;
}
static void noise_second(uint32_t i, int32_t x[2])
{
    (void)i;
    x[1] = (int32_t)random_below(400) - 200;
}
static void hum_first(uint32_t i, int32_t x[2])
{
    x[0] = (int32_t)(i % 36 * 5 % 36) * 24; /* 50 Hz */
}
static void hum_second(uint32_t i, int32_t x[2])
{
    x[1] = (int32_t)(i % 6) * 30; /* 60 Hz */
}
static void frozen_second(uint32_t i, int32_t x[2])
{
    (void)i;
    x[1] = 31;
}
/* From 0.1 s to 0.6 s after each beat, as if packets had been lost and nobody had said so. */
static void frozen_between(uint32_t i, int32_t x[2])
{
    static int32_t held;
    const double t = i / 360.0;
    for (int k = 0; heart_at(k) < t; k++)
        if (t > heart_at(k) + 0.1 && t < heart_at(k) + 0.6 && !heart_is_wide(k + 1)) {
            x[1] = held;
            return;
        }
    held = x[1];
}
/* Off, but not silent: +-50 microvolts of noise. */
static void off_with_noise(uint32_t i, int32_t x[2])
{
    (void)i;
    x[1] = (int32_t)random_below(21) - 10;
}
/* What a loose electrode does: pops of half a millivolt that die away, three a second. */
static void pops_second(uint32_t i, int32_t x[2])
{
    static int32_t pop;
    (void)i;
    if (random_below(120) == 0)
        pop = random_below(2) ? 100 : -100;
    x[1] = pop + (int32_t)random_below(7) - 3;
    pop = pop * 5 / 6;
}
/* Muscles, in bursts. */
static void bursts_second(uint32_t i, int32_t x[2])
{
    const int32_t phase = (int32_t)(i % 330), size = phase < 100 ? 150 : 3;
    x[1] = (int32_t)random_below((uint32_t)(2 * size + 1)) - size;
}
static void cut_second(uint32_t i, int32_t x[2])
{
    (void)i;
    x[1] = x[1] < -67 ? -200 : 3 * x[1];
}

typedef struct disturbance {
    const char *name;
    spoil *change;
    uint32_t bit, where;
    double after;     /* seconds after its begin from which no beat may be told as one to be judged */
    uint32_t seconds; /* that it lasts */
    int shifts;       /* polarity: the past is the right one, so it is seen while it lasts, and its end, too */
} disturbance;

static const disturbance disturbances[] = {
    {"both leads off", flat, BDS_ECG_FLAT, EVERYWHERE, 0.1, 20, 0},
    {"second lead off", flat_second, BDS_ECG_FLAT, BDS_ECG_IN_LEAD1, 0, 20, 0},
    {"second lead off for a moment", flat_second, BDS_ECG_FLAT, BDS_ECG_IN_LEAD1, 0, 1, 0},
    {"second lead frozen", frozen_second, BDS_ECG_FLAT, BDS_ECG_IN_LEAD1, 0, 20, 0},
    {"second lead frozen between beats", frozen_between, BDS_ECG_FLAT, BDS_ECG_IN_LEAD1, 0, 3, 0},
    {"second lead off, with noise", off_with_noise, BDS_ECG_FLAT, BDS_ECG_IN_LEAD1, 0, 20, 0},
    {"pops in the second lead", pops_second, BDS_ECG_NOISE, BDS_ECG_IN_LEAD1, 5, 20, 0},
    {"bursts in the second lead", bursts_second, BDS_ECG_NOISE, BDS_ECG_IN_LEAD1, 5, 20, 0},
    {"second lead cut", cut_second, BDS_ECG_RAIL, BDS_ECG_IN_LEAD1, 0, 20, 0},
    {"noise in the first lead", noise_first, BDS_ECG_NOISE, BDS_ECG_IN_LEAD0, 7, 20, 0},
    {"noise in the second lead", noise_second, BDS_ECG_NOISE, BDS_ECG_IN_LEAD1, 7, 20, 0},
    {"hum in the first lead", hum_first, BDS_ECG_NOISE, BDS_ECG_IN_LEAD0, 5, 20, 0},
    {"hum in the second lead", hum_second, BDS_ECG_NOISE, BDS_ECG_IN_LEAD1, 5, 20, 0},
    {"samples lost", missing, BDS_ECG_MISSING, EVERYWHERE, 0, 5, 0},
    {"samples lost now and then", missing_now_and_then, BDS_ECG_MISSING, BDS_ECG_IN_LEAD1, 1, 20, 0},
    {"cut at rails that are not given", cut, BDS_ECG_RAIL, 0, 0.5, 20, 0},
    {"driven beyond 35 mV", driven_away, BDS_ECG_RAIL, BDS_ECG_IN_LEAD0, 0.2, 20, 0},
    {"both leads hardly move", hardly_moving, BDS_ECG_FLAT, EVERYWHERE, 0.1, 20, 0},
    {"noise", noise, BDS_ECG_NOISE, 0, 3, 20, 0},
    {"upside down", upside_down, BDS_ECG_REVERSED, EVERYWHERE, 1.5, 20, 1},
    {"second lead upside down", second_upside_down, BDS_ECG_REVERSED, BDS_ECG_IN_LEAD1, 1.5, 20, 1},
    {"no heart at all", nothing_but_hum, BDS_ECG_FEW, 0, 0.1, 20, 0},
};

static void test_disturbances(void)
{
    for (size_t k = 0; k < sizeof disturbances / sizeof *disturbances; k++) {
        const disturbance *d = &disturbances[k];
        const int failures = check_failures;
        random_seed(SEED);
        begin(360, 2, 1);
        from = 30 * 360;
        until = from + d->seconds * 360;
        const uint32_t bits = play(360, 80, d->change);
        CHECK(bits & d->bit);
        CHECK((bits & d->where) == d->where);
        uint32_t before = 0, after = 0;
        for (uint32_t i = 0; i < listed; i++) {
            const int held =
                list[i].at >= from + (uint32_t)(d->after * 360) && list[i].at < until + (d->shifts ? 0 : 900);
            if (held && !CHECK(!list[i].ready)) /* not while it lasts, and for 2.5 s longer at least */
                fprintf(stderr, "the beat at %.2f s of it\n", (list[i].at - from) / 360.0);
            before += list[i].ready && list[i].at < from;
            after += list[i].ready && list[i].at > until + 8 * 360;
        }
        CHECK(before >= 22); /* of 34, the first eight or so are withheld */
        CHECK(after >= 20);  /* all is well again after eight seconds */
        CHECK(all_found(360, 0.3, 29.5) &&
              all_found(360, (double)until / 360 + 8, 79.5)); /* and time was not shifted */
        CHECK(worst <= BDS_ECG_TOLD_WITHIN);
        if (check_failures > failures)
            fprintf(stderr, "%s (seed %d): bits %x, ready before %u, after %u\n", d->name, SEED, bits, before, after);
    }
}

/* Amplifiers saturate at any rate. From the second beat on nothing of it may be judged; at 100 and 128 samples per second, where a top is
 * three of them, from the fifth on. */
static void test_cut_at_rates(void)
{
    static const struct {
        uint32_t rate, cut, late;
    } cases[] = {{100, 110, 5}, {128, 110, 5}, {200, 110, 2}, {250, 110, 2},  {250, 150, 2},  {250, 190, 2},
                 {360, 190, 2}, {500, 110, 2}, {500, 190, 2}, {1000, 110, 2}, {1000, 190, 2}, {2000, 150, 2}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const uint32_t rate = cases[k].rate;
        const int32_t cut = (int32_t)cases[k].cut;
        begin(rate, 2, 1);
        for (uint32_t i = 0; i < 90 * rate; i++) {
            int32_t x[2];
            for (int lead = 0; lead < 2; lead++) {
                x[lead] = heart_value(lead, (double)i / rate, i, HEART_SECONDS * rate);
                if (i >= 30 * rate && i < 60 * rate)
                    x[lead] = x[lead] > cut ? cut : x[lead] < -cut ? -cut : x[lead];
            }
            bds_ecg_monitor_sample(&m, x[0], x[1]);
            listen(i);
        }
        uint32_t during = 0, judged = 0, after = 0;
        for (uint32_t i = 0; i < listed; i++) {
            if (list[i].at >= 30 * rate && list[i].at < 60 * rate) {
                during++;
                judged += during > cases[k].late && list[i].ready;
            }
            after += list[i].at > 68 * rate && list[i].ready;
        }
        if (!CHECK(during >= 33 && judged == 0 && after >= 18))
            fprintf(stderr, "cut at %d, %u samples per second: %u of %u judged, %u after it\n", (int)cut, rate, judged,
                    during, after);
    }
}

/* A patient simulator: no noise at all, slow and fast, at several rates; nothing is withheld for that. */
static void test_simulator(void)
{
    static const uint32_t rates[] = {100, 250, 360, 1000}, paces[] = {30, 40, 60, 120, 180, 220};
    for (size_t k = 0; k < sizeof rates / sizeof *rates * (sizeof paces / sizeof *paces); k++) {
        const uint32_t rate = rates[k % 4], pace = paces[k / 4], period = rate * 60 / pace;
        uint32_t beats = 0, ready = 0;
        begin(rate, 2, 1);
        for (uint32_t i = 0; i < 60 * rate; i++) {
            const double t = (double)(i % period) / rate - 0.3 * 60 / pace, next = t - 60.0 / pace,
                         last = t + 60.0 / pace;
            bds_ecg_monitor_sample(&m, (int32_t)(heart_wave(0, t, 0) + heart_wave(0, next, 0) + heart_wave(0, last, 0)),
                                   (int32_t)(heart_wave(1, t, 0) + heart_wave(1, next, 0) + heart_wave(1, last, 0)));
            listen(i);
        }
        for (uint32_t i = 0; i < listed; i++)
            if (list[i].at > 25 * rate) {
                beats++;
                ready += (uint32_t)list[i].ready;
            }
        if (!CHECK(beats >= pace / 2 && ready == beats))
            fprintf(stderr, "%u per minute at %u samples per second: %u of %u\n", pace, rate, ready, beats);
    }
}

typedef double wave(int lead, double t, int beat, double size);

/* Plays beats of a made-up kind, one each 0.8 s (every `early`-th after 0.5 s), with +-2 units of noise; returns how many after the 20th
 * were withheld. */
static uint32_t withheld_of(uint32_t rate, wave *form, double size, int early)
{
    double at[400] = {0.4};
    uint32_t withheld = 0, beats = 0;
    int near = 0;
    for (int k = 1; k < 400; k++)
        at[k] = at[k - 1] + (early && k % early == 0 ? 0.5 : 0.8);
    random_seed(SEED);
    begin(rate, 2, 0);
    for (uint32_t i = 0; i < 90 * rate; i++) {
        const double t = (double)i / rate;
        int32_t x[2];
        while (near < 397 && at[near + 1] < t)
            near++;
        for (int lead = 0; lead < 2; lead++) {
            double v = (double)random_below(5) - 2;
            for (int k = near > 0 ? near - 1 : 0; k <= near + 2; k++)
                v += form(lead, t - at[k], k, size);
            x[lead] = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);
        }
        bds_ecg_monitor_sample(&m, x[0], x[1]);
        listen(i);
    }
    for (uint32_t i = 20; i < listed; i++, beats++)
        withheld += !list[i].ready;
    CHECK(beats > 80);
    return withheld;
}

/* Every sixth is wide, and small in lead 1. */
static double small_wide(int lead, double t, int beat, double size)
{
    const int wide = beat % 6 == 0;
    return heart_wave(lead, t, wide) * (wide && lead ? size : 1);
}
/* From the 50th on the heart has turned: lead 1 has another shape. */
static double turned(int lead, double t, int beat, double size)
{
    if (!lead || beat < 50)
        return heart_wave(lead, t, 0);
    return size * (heart_bump(t, -0.02, 0.02, 70) + heart_bump(t, 0.02, 0.03, -200) + heart_bump(t, 0.27, 0.11, 40));
}
/* V2 of a healthy heart: T waves as tall as the QRS complex. */
static double tall_t(int lead, double t, int beat, double size)
{
    (void)beat;
    return (lead ? 0.8 : 1) * (heart_bump(t, -0.16, 0.05, 15) + heart_bump(t, -0.01, 0.02, 60) +
                               heart_bump(t, 0.02, 0.03, -200) + heart_bump(t, 0.27, 0.11, size));
}

/* Hearts that are unusual, or change, but can be seen well: hardly a beat is withheld. */
static void test_unusual_hearts(void)
{
    static const uint32_t rates[] = {100, 125, 128, 180, 200, 250, 360, 500};
    CHECK(withheld_of(360, small_wide, 0.1, 6) == 0);
    CHECK(withheld_of(360, small_wide, 0.2, 6) == 0);
    CHECK(withheld_of(250, small_wide, 0.15, 6) == 0);
    CHECK(withheld_of(360, turned, 1, 0) <= 12);
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++)
        for (int size = 140; size <= 260; size += 60) {
            const uint32_t withheld = withheld_of(rates[k], tall_t, size, 0);
            if (!CHECK(withheld == 0))
                fprintf(stderr, "T of %d at %u: %u withheld\n", size, rates[k], withheld);
        }
}

static void test_given_rails(void)
{
    begin(500, 2, 0); /* none given: beyond 35 mV one sample is enough */
    bds_ecg_monitor_sample(&m, 0, 6999);
    bds_ecg_monitor_sample(&m, 1, 6998);
    CHECK(!(bds_ecg_monitor_quality(&m) & BDS_ECG_RAIL));
    bds_ecg_monitor_sample(&m, 2, -8000);
    bds_ecg_monitor_sample(&m, 0, 0);
    CHECK((bds_ecg_monitor_quality(&m) & (BDS_ECG_RAIL | EVERYWHERE)) == (BDS_ECG_RAIL | BDS_ECG_IN_LEAD1));

    const bds_ecg_setup setup = {.rate = 360, .leads = 2, .low = -300, .high = 220};
    CHECK(bds_ecg_monitor_begin(&m, &setup) == BDS_ECG_NONE);
    listed = 0;
    from = until = 0;
    play(360, 30, NULL); /* the R waves reach 220: one sample each is enough */
    CHECK(listed > 30);
    for (uint32_t i = 0; i < listed; i++)
        CHECK(!list[i].ready && list[i].quality & BDS_ECG_RAIL && list[i].quality & BDS_ECG_IN_LEAD0);
}

static void test_reversed_from_the_begin(void)
{
    from = 0;
    until = UINT32_MAX;
    begin(360, 2, 1);
    CHECK(play(360, 60, upside_down) & BDS_ECG_REVERSED);
    for (uint32_t i = 0; i < listed; i++)
        CHECK(!list[i].ready);
    CHECK(listed > 60 && bds_ecg_monitor_rate(&m) == 0);
    begin(360, 2, 0); /* it is not lead II: nobody can say */
    CHECK(!(play(360, 60, upside_down) & BDS_ECG_REVERSED));
}

static void test_one_lead(void)
{
    from = until = 0;
    begin(250, 1, 1);
    for (uint32_t i = 0; i < 60 * 250; i++) {
        bds_ecg_monitor_sample(&m, heart_value(0, i / 250.0, i, 60 * 250), BDS_ECG_NO_SAMPLE);
        CHECK(bds_ecg_monitor_quality(&m) & BDS_ECG_ONE_LEAD);
        listen(i);
    }
    bds_ecg_monitor_finish(&m);
    listen(60 * 250);
    CHECK(all_found(250, 0.3, 59.5));
    for (uint32_t i = 10; i < listed; i++)
        CHECK(list[i].ready && list[i].quality == BDS_ECG_ONE_LEAD);
    /* Hum and a slow tremor alone: no beat of those may be judged. */
    for (int slow = 0; slow < 2; slow++) {
        begin(360, 1, 1);
        for (uint32_t i = 0; i < 60 * 360; i++) {
            const int32_t at = (int32_t)(slow ? i % 72 : i % 36 * 5 % 36 * 2), side = at < 36 ? at : 72 - at;
            bds_ecg_monitor_sample(&m, 400 * side * (54 - side) / 729, BDS_ECG_NO_SAMPLE);
            listen(i);
        }
        for (uint32_t i = 0; i < listed; i++)
            CHECK(!list[i].ready);
    }
}

/* A gap of 2.5 s, told as such: the beats behind it lie where they are. */
static void test_gap(void)
{
    begin(128, 2, 1);
    for (uint32_t i = 0; i < 60 * 128; i++) {
        if (i == 30 * 128) {
            bds_ecg_monitor_gap(&m, 320);
            i += 319;
            CHECK(bds_ecg_monitor_quality(&m) & BDS_ECG_MISSING);
        } else {
            bds_ecg_monitor_sample(&m, heart_value(0, i / 128.0, i, 60 * 128), heart_value(1, i / 128.0, i, 60 * 128));
        }
        listen(i);
    }
    bds_ecg_monitor_finish(&m);
    listen(60 * 128);
    CHECK(all_found(128, 0.3, 29.5) && all_found(128, 33.5, 59.5));
}

static void test_too_many(void)
{
    uint32_t bits = 0;
    begin(360, 2, 0);
    for (uint32_t i = 0; i < 20 * 360; i++) { /* 257 per minute */
        const double t = (double)(i % 84) / 360;
        bds_ecg_monitor_sample(&m, (int32_t)heart_bump(t, 0.1, 0.027, 220), (int32_t)heart_bump(t, 0.1, 0.027, -100));
        bits |= bds_ecg_monitor_quality(&m);
        listen(i);
    }
    CHECK(bits & BDS_ECG_MANY);
    for (uint32_t i = 12; i < listed; i++)
        CHECK(!list[i].ready);
}

static uint32_t digest_of(const bds_ecg_told *t, uint32_t digest)
{
    for (size_t i = 0; i < sizeof t->beat.window; i++)
        digest = (digest ^ (uint8_t)(&t->beat.window[0][0])[i]) * 16777619u;
    for (size_t i = 0; i < sizeof t->beat.scalar; i++)
        digest = (digest ^ (uint8_t)t->beat.scalar[i]) * 16777619u;
    return (digest ^ t->quality) * 16777619u;
}

/* Ten hours of the same minute: what is said of it is the same in every one of them, and no later; no byte around the monitor changes. */
static void test_ten_hours(void)
{
    static int32_t minute[2][60 * 360];
    struct {
        uint32_t before[16];
        bds_ecg_monitor monitor;
        uint32_t behind[16];
    } *room = malloc(sizeof *room);
    if (!CHECK(room != NULL))
        return;
    memset(room, 0xa5, sizeof *room);
    const bds_ecg_setup setup = {.rate = 360, .leads = 2, .lead_ii = 1};
    bds_ecg_monitor_begin(&room->monitor, &setup);
    for (int lead = 0; lead < 2; lead++) /* of the second minute: the beat before the first is there */
        for (uint32_t i = 0; i < 60 * 360; i++)
            minute[lead][i] = heart_value(lead, 60 + i / 360.0, i, 60 * 360);
    uint32_t digest = 0, first = 0, beats = 0, latest = 0, at = 0;
    for (uint32_t loop = 0; loop < 600; loop++) {
        bds_ecg_told t;
        digest = 2166136261u;
        beats = 0;
        for (uint32_t i = 0; i < 60 * 360; i++) {
            bds_ecg_monitor_sample(&room->monitor, minute[0][i], minute[1][i]);
            while (bds_ecg_monitor_next(&room->monitor, &t) == BDS_ECG_READY) {
                digest = digest_of(&t, digest);
                beats++;
                CHECK(t.beat.at > at);
                at = t.beat.at;
                const uint32_t late = loop * 60 * 360 + i - at;
                latest = late > latest ? late : latest;
            }
        }
        if (loop == 59)
            first = digest;
        if (loop >= 59 && !CHECK(digest == first && beats == HEART_BEATS)) {
            fprintf(stderr, "minute %u: %u beats\n", loop, beats);
            break;
        }
    }
    CHECK(latest < 2 * 360); /* the longest interval here, and 0.9 s */
    for (int i = 0; i < 16; i++)
        CHECK(room->before[i] == 0xa5a5a5a5u && room->behind[i] == 0xa5a5a5a5u);
    free(room);
}

/* After 138 days the counters begin anew: the same beats. */
static void test_wrap(void)
{
    static bds_ecg_told first[200];
    from = until = 0;
    begin(360, 2, 1);
    uint32_t n = 0;
    for (int turned = 0; turned < 2; turned++) {
        const uint32_t begun = turned ? 0u - 40 * 360 : 0;
        begin(360, 2, 1);
        m.chain.count = m.detector.samples = m.quality.count = m.quality.last_beat = begun;
        uint32_t k = 0;
        bds_ecg_told t;
        for (uint32_t i = 0; i < 80 * 360; i++) {
            bds_ecg_monitor_sample(&m, heart_value(0, i / 360.0, i, 60 * 360), heart_value(1, i / 360.0, i, 60 * 360));
            while (bds_ecg_monitor_next(&m, &t) != BDS_ECG_NONE) {
                if (!turned) {
                    first[n++] = t;
                    continue;
                }
                t.beat.at -= begun;
                t.at -= begun;
                CHECK(k < n && memcmp(&t, &first[k], sizeof t) == 0);
                k++;
            }
        }
        CHECK(n > 80 && (!turned || k == n));
    }
}

static void test_resampler(void)
{
    bds_ecg_resampler r;
    int32_t y;
    CHECK(bds_ecg_resample_begin(&r, 99) < 0 && bds_ecg_resample_begin(&r, 2001) < 0);
    /* 360: as they are, at once, missing ones too */
    CHECK(bds_ecg_resample_begin(&r, 360) == 0);
    for (int32_t i = 0; i < 100; i++) {
        const int32_t x = i == 50 ? BDS_ECG_NO_SAMPLE : i * i;
        bds_ecg_resample_put(&r, x);
        CHECK(bds_ecg_resample_next(&r, &y) == 1 && (y == x || (x > 7000 && y == 7000)));
        CHECK(bds_ecg_resample_next(&r, &y) == 0);
    }
    static const uint32_t rates[] = {100, 125, 130, 250, 361, 500, 719, 720, 1000, 2000};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        const uint32_t rate = rates[k];
        uint32_t n = 0, missing_outputs = 0;
        CHECK(bds_ecg_resample_begin(&r, rate) == 0);
        for (uint32_t i = 0; i < 20 * rate; i++) {
            const double t = (double)i / rate;
            const int lost = i >= 10 * rate && i < 10 * rate + rate / 10;
            bds_ecg_resample_put(&r, lost ? BDS_ECG_NO_SAMPLE : (int32_t)(heart_bump(t, 5, 5, 4000) + 0.5));
            while (bds_ecg_resample_next(&r, &y)) {
                const double at = n / 360.0 + (rate / 360 > 1 ? (rate / 360 - 1) / 2.0 / rate : 0);
                if (y == BDS_ECG_NO_SAMPLE) {
                    missing_outputs++;
                    CHECK(at > 9.95 && at < 10.15);
                } else {
                    const double want = heart_bump(at, 5, 5, 4000);
                    CHECK(y - want < 1.5 && want - y < 1.5); /* units of 5 microvolts */
                }
                const double input = (double)bds_ecg_resample_time(&r, n) / rate;
                CHECK(input - at < 1.0 / rate + 1e-9 && at - input < 1.0 / rate + 1e-9);
                n++;
            }
        }
        CHECK(n > 20 * 360 - 12 && n <= 20 * 360); /* no drift */
        CHECK(missing_outputs >= 30 && missing_outputs < 60);
    }
}

/* Whatever comes in, nothing runs over; anything told is in order. */
static void test_anything(void)
{
    random_seed(SEED);
    for (int round = 0; round < 12; round++) {
        const uint32_t rate = 100 + random_below(1901), leads = 1 + random_below(2);
        begin(rate, leads, random_below(2));
        uint32_t at = 0;
        for (uint32_t i = 0; i < 20000; i++) {
            const uint32_t kind = random_below(50);
            const int32_t x = kind == 0   ? INT32_MIN
                              : kind == 1 ? INT32_MAX
                              : kind < 9  ? (int32_t)random_below(UINT32_MAX)
                                          : (int32_t)random_below(3000) - 1500;
            bds_ecg_monitor_sample(&m, x, kind & 1 ? -x / 3 : x / 2);
            bds_ecg_told t;
            while (bds_ecg_monitor_next(&m, &t) != BDS_ECG_NONE) {
                CHECK(t.beat.at > at || at == 0);
                at = t.beat.at;
            }
        }
    }
}

static void step_4_mv(uint32_t sample, int32_t x[2])
{
    (void)sample;
    x[0] += 800;
    x[1] += 800;
}

/* Twice a second for a few milliseconds. */
static void pulses_10_mv(uint32_t sample, int32_t x[2])
{
    if (sample % 180 < 8)
        x[0] = x[1] = 2000;
}

/* Artefacts that the detector took for beats, or for what is usual, blind it for seconds and not for good. */
static void test_artefacts_pass(void)
{
    static const struct {
        spoil *change;
        uint32_t from, until;
    } artefacts[] = {{step_4_mv, 0, 150}, {pulses_10_mv, 20 * 360, 28 * 360}};
    for (unsigned k = 0; k < sizeof artefacts / sizeof *artefacts; k++) {
        uint32_t ready = 0;
        from = artefacts[k].from;
        until = artefacts[k].until;
        begin(360, 2, 0);
        play(360, 90, artefacts[k].change);
        for (uint32_t i = 0; i < listed; i++)
            ready += list[i].at > until + 30 * 360 && list[i].ready;
        if (!CHECK(ready >= 20))
            fprintf(stderr, "artefact %u: %u beats after it\n", k, (unsigned)ready);
    }
}

int main(void)
{
    test_artefacts_pass();
    test_setup();
    test_coarse();
    test_simulator();
    test_cut_at_rates();
    test_unusual_hearts();
    test_resampler();
    test_rates();
    test_disturbances();
    test_given_rails();
    test_reversed_from_the_begin();
    test_one_lead();
    test_gap();
    test_too_many();
    test_anything();
    test_wrap();
    test_ten_hours();
    return check_done();
}
