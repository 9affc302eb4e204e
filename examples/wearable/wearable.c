/* SPDX-License-Identifier: MIT */
#include "wearable.h"

#include <string.h>

#include "arrhythmia.h" /* made by `bedside export-c models/arrhythmia/arrhythmia.bds` */
#include "bedside.h"
#include "ecg/ecg_alarm.h"
#include "ecg/ecg_monitor.h"

BDS_NETWORK_ARENA(static, arena, ARRHYTHMIA_ARENA_BYTES);
static bds_plan *plan;
static bds_ecg_monitor monitor;
static bds_ecg_alarm alarm;
static bds_ecg_told told;
static uint32_t samples, input_rate, quality, alarms; /* quality, alarms: as printed last */

/* ---- Lines ------------------------------------------------------------------------------------------------------------ */

static char *put_text(char *to, const char *text)
{
    const size_t n = strlen(text);
    memcpy(to, text, n + 1);
    return to + n;
}

static char *put_number(char *to, uint32_t n)
{
    if (n >= 10)
        to = put_number(to, n / 10);
    *to = (char)('0' + n % 10);
    to[1] = 0;
    return to + 1;
}

/* "12.3 s  " of a sample. */
static char *put_time(char *to, uint32_t sample)
{
    to = put_text(put_number(to, sample / input_rate), ".");
    return put_text(put_number(to, sample % input_rate * 10 / input_rate), " s  ");
}

/* The names of the bits that are set, with commas between them. */
static char *put_bits(char *to, uint32_t bits, const char *const *names, uint32_t count)
{
    const char *between = "";
    for (uint32_t i = 0; i < count; i++)
        if (bits >> i & 1u) {
            to = put_text(put_text(to, between), names[i]);
            between = ", ";
        }
    return to;
}

/* In the order of bds_ecg_quality_bit and bds_ecg_alarm_bit. */
static const char *const quality_names[] = {
    "a lead does not move", "a lead is saturated", "samples are missing",     "noise",
    "a lead is reversed",   "hardly any beats",    "more beats than a heart", "learning"};
static const char *const alarm_names[] = {"the rate is low", "the rate is high", "pause", "ventricular run",
                                          "signal lost"};
enum {
    QUALITY_NAMES = sizeof quality_names / sizeof *quality_names,
    ALARM_NAMES = sizeof alarm_names / sizeof *alarm_names
};

static void print_state(wearable_print *print)
{
    const uint32_t now = bds_ecg_monitor_quality(&monitor) & BDS_ECG_DISTURBED, on = bds_ecg_alarms(&alarm);
    char line[256];
    if (now != quality) {
        char *end = put_text(put_time(line, samples), "signal: ");
        if (now)
            put_bits(end, now, quality_names, QUALITY_NAMES);
        else
            put_text(end, "readable");
        print(line);
    }
    if (on & ~alarms) {
        put_bits(put_text(put_time(line, samples), "ALARM: "), on & ~alarms, alarm_names, ALARM_NAMES);
        print(line);
    }
    if (alarms & ~on) {
        put_bits(put_text(put_time(line, samples), "over: "), alarms & ~on, alarm_names, ALARM_NAMES);
        print(line);
    }
    quality = now;
    alarms = on;
}

/* ---- Beats ------------------------------------------------------------------------------------------------------------ */

static bds_status judge(bds_finding findings[ARRHYTHMIA_LABELS], bds_verdict *verdict)
{
    bds_tensor window, scalars;
    size_t count = ARRHYTHMIA_LABELS;
    bds_status st = bds_input(plan, 0, &window);
    if (st == BDS_OK)
        st = bds_input(plan, 1, &scalars);
    if (st != BDS_OK)
        return st;
    memcpy(window.data, told.beat.window, sizeof told.beat.window);
    memcpy(scalars.data, told.beat.scalar, sizeof told.beat.scalar);
    st = bds_run(plan);
    return st == BDS_OK ? bds_result(plan, findings, &count, verdict) : st;
}

static bds_ecg_beat_kind kind_of(const bds_verdict *verdict)
{
    if (arrhythmia_labels[verdict->top][0] == 'V')
        return verdict->doubts ? BDS_ECG_BEAT_MAYBE : BDS_ECG_BEAT_VENTRICULAR;
    return verdict->doubts ? BDS_ECG_BEAT_UNKNOWN : BDS_ECG_BEAT_OTHER;
}

/* A beat that nothing may be said of is not shown as one of any class, and a doubtful answer not as an answer. */
static int print_beat(bds_ecg_status got, wearable_print *print)
{
    bds_finding findings[ARRHYTHMIA_LABELS];
    bds_verdict verdict;
    char line[256], *end = put_number(put_text(put_time(line, told.at), "beat "), told.beat.index);
    if (got == BDS_ECG_WITHHELD) {
        put_bits(put_text(end, ": not judged: "), told.quality, quality_names, QUALITY_NAMES);
        print(line);
        bds_ecg_alarm_beat(&alarm, BDS_ECG_BEAT_WITHHELD, 0);
        return 0;
    }
    const bds_status st = judge(findings, &verdict);
    if (st != BDS_OK)
        return st;
    if (verdict.doubts)
        end = put_text(end, ": not sure");
    else
        end = put_text(put_text(end, ": "), arrhythmia_labels[verdict.top]);
    if (told.rate)
        put_text(put_number(put_text(end, ", "), told.rate), " a minute");
    print(line);
    bds_ecg_alarm_beat(&alarm, kind_of(&verdict), told.rate);
    return 0;
}

static int print_beats(wearable_print *print)
{
    bds_ecg_status got;
    int st = 0;
    while (st == 0 && (got = bds_ecg_monitor_next(&monitor, &told)) != BDS_ECG_NONE)
        st = got < 0 ? (int)got : print_beat(got, print);
    return st;
}

/* ---- From outside ----------------------------------------------------------------------------------------------------- */

int wearable_begin(uint32_t rate, uint32_t leads, uint32_t lead_ii)
{
    const bds_ecg_setup setup = {.rate = rate, .leads = leads, .lead_ii = lead_ii};
    int st = bds_network_plan(&plan, &arrhythmia, arena, sizeof arena);
    samples = quality = alarms = 0;
    input_rate = rate;
    if (st == 0)
        st = bds_ecg_monitor_begin(&monitor, &setup);
    if (st == 0)
        st = bds_ecg_alarm_begin(&alarm, NULL);
    if (st == 0)
        bds_ecg_alarm_listen(&alarm, &monitor); /* from now on */
    return st;
}

int wearable_sample(int32_t lead0, int32_t lead1, wearable_print *print)
{
    bds_ecg_monitor_sample(&monitor, lead0, lead1);
    samples++;
    bds_ecg_alarm_listen(&alarm, &monitor);
    const int st = print_beats(print);
    print_state(print);
    return st;
}

int wearable_finish(wearable_print *print)
{
    bds_ecg_monitor_finish(&monitor);
    const int st = print_beats(print);
    print_state(print);
    return st;
}
