/* SPDX-License-Identifier: MIT */
#include "heartbeat.h"

#include <string.h>

#include "arrhythmia.h" /* made by `bedside export-c models/arrhythmia/arrhythmia.bds` */
#include "bedside.h"
#include "ecg/ecg.h"

enum { BEATS = 16, EARLY = 12, USUAL = 290 }; /* beats; which one is an extra one; samples between beats: 74 a minute */

/* No heap and little stack: all memory is here. */
BDS_NETWORK_ARENA(static, arena, ARRHYTHMIA_ARENA_BYTES);
static bds_ecg chain;
static bds_ecg_beat beat;

/* A smooth bump `width` to each side of `centre`, in the chain's units of 5 microvolts. */
static int32_t bump(int32_t t, int32_t centre, int32_t width, int32_t height)
{
    const int32_t d = t - centre, left = width * width - d * d;
    return d < -width || d > width ? 0 : height * left / (width * width) * left / (width * width);
}

/* Lead II at t samples (1/360 s) from the beat. */
static int32_t normal(int32_t t)
{
    return bump(t, -58, 20, 24) + bump(t, 0, 10, 220) + bump(t, 12, 8, -50) + bump(t, 97, 45, 50); /* P, R, S, T */
}

static int32_t ventricular(int32_t t) /* no P wave, and wide */
{
    return bump(t, 0, 30, 320) + bump(t, 32, 36, -140) + bump(t, 108, 55, -80);
}

static uint32_t beat_at(uint32_t i) /* its sample */
{
    return 200 + i * USUAL - (i == EARLY ? 100 : 0);
}

static int32_t sample_at(uint32_t at)
{
    int32_t v = 0;
    for (uint32_t i = 0; i < BEATS; i++)
        v += i == EARLY ? ventricular((int32_t)(at - beat_at(i))) : normal((int32_t)(at - beat_at(i)));
    return v;
}

static char *put_number(char *to, uint32_t n)
{
    if (n >= 10)
        to = put_number(to, n / 10);
    *to = (char)('0' + n % 10);
    return to + 1;
}

static char *put_text(char *to, const char *text)
{
    const size_t n = strlen(text);
    memcpy(to, text, n + 1);
    return to + n;
}

/* One beat through the network. */
static bds_status classify(bds_plan *plan, void (*print)(const char *line))
{
    bds_tensor input;
    bds_finding findings[ARRHYTHMIA_LABELS];
    bds_verdict verdict;
    size_t count = ARRHYTHMIA_LABELS;
    bds_status status = bds_input(plan, 0, &input);
    if (status == BDS_OK) {
        memcpy(input.data, beat.window, sizeof beat.window);
        status = bds_input(plan, 1, &input);
    }
    if (status == BDS_OK) {
        memcpy(input.data, beat.scalar, sizeof beat.scalar);
        status = bds_run(plan);
    }
    if (status == BDS_OK)
        status = bds_result(plan, findings, &count, &verdict);
    if (status != BDS_OK)
        return status;
    char line[64], *end = put_number(put_text(line, "beat "), beat.index);
    if (verdict.doubts) { /* never the finding alone */
        put_text(end, ": not sure");
    } else {
        end = put_text(put_text(end, ": "), arrhythmia_labels[verdict.top]);
        end = put_number(put_text(end, " "), findings[verdict.top].probability * 100 >> 16);
        put_text(end, " %");
    }
    print(line);
    return BDS_OK;
}

int heartbeat(void (*print)(const char *line))
{
    bds_plan *plan;
    int status = bds_network_plan(&plan, &arrhythmia, arena, sizeof arena);
    print("Bedside is not a medical device. A made-up ECG; N normal, S supraventricular, V ventricular:");
    bds_ecg_begin(&chain);
    for (uint32_t at = 0, next = 0; status >= 0 && next < BEATS; at++) {
        bds_ecg_sample(&chain, sample_at(at), -sample_at(at) * 3 / 5); /* two leads */
        if (at == beat_at(next))                                       /* a detector's work */
            status = bds_ecg_note(&chain, beat_at(next++));
        while (status >= 0 && (status = bds_ecg_next(&chain, &beat)) > 0)
            status = classify(plan, print);
    }
    return status < 0 ? status : 0;
}
