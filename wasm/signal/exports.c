/* The ECG chain, a module of its own: only a page that reads heartbeats fetches it. As ../exports.c otherwise: no imports, no state
 * between calls, the caller owns the memory from __heap_base on.
 * SPDX-License-Identifier: MIT */
#include "ecg/ecg_alarm.h"
#include "ecg/ecg_monitor.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

/* Version of this interface; the shim refuses any other. */
EXPORT(bds_ecg_abi) uint32_t wasm_ecg_abi(void)
{
    return 3;
}

/* out: bytes of a chain, of a beat, where in it window and scalars lie, steps of a window, channels, scalars, samples per second; bytes of a
 * detector, of a monitor, of what it tells of a beat, where in that the sample, the quality and the rate lie; the latest, the hold;
 * bytes of an alarm. */
EXPORT(bds_ecg_layout) void wasm_ecg_layout(uint32_t out[17])
{
    out[0] = (uint32_t)sizeof(bds_ecg);
    out[1] = (uint32_t)sizeof(bds_ecg_beat);
    out[2] = (uint32_t)__builtin_offsetof(bds_ecg_beat, window);
    out[3] = (uint32_t)__builtin_offsetof(bds_ecg_beat, scalar);
    out[4] = BDS_ECG_WINDOW;
    out[5] = BDS_ECG_CHANNELS;
    out[6] = BDS_ECG_SCALARS;
    out[7] = BDS_ECG_RATE;
    out[8] = (uint32_t)sizeof(bds_ecg_detector);
    out[9] = (uint32_t)sizeof(bds_ecg_monitor);
    out[10] = (uint32_t)sizeof(bds_ecg_told);
    out[11] = (uint32_t)__builtin_offsetof(bds_ecg_told, at);
    out[12] = (uint32_t)__builtin_offsetof(bds_ecg_told, quality);
    out[13] = (uint32_t)__builtin_offsetof(bds_ecg_told, rate);
    out[14] = BDS_ECG_LATEST;
    out[15] = BDS_ECG_HOLD;
    out[16] = (uint32_t)sizeof(bds_ecg_alarm);
}

EXPORT(bds_ecg_begin) void wasm_ecg_begin(bds_ecg *e)
{
    bds_ecg_begin(e);
}

EXPORT(bds_ecg_sample) void wasm_ecg_sample(bds_ecg *e, int32_t lead0, int32_t lead1)
{
    bds_ecg_sample(e, lead0, lead1);
}

EXPORT(bds_ecg_note) int32_t wasm_ecg_note(bds_ecg *e, uint32_t at)
{
    return bds_ecg_note(e, at);
}

EXPORT(bds_ecg_finish) void wasm_ecg_finish(bds_ecg *e)
{
    bds_ecg_finish(e);
}

/* The beat begins with its index and its sample, 4 bytes each. */
EXPORT(bds_ecg_next) int32_t wasm_ecg_next(bds_ecg *e, bds_ecg_beat *beat)
{
    return bds_ecg_next(e, beat);
}

EXPORT(bds_ecg_detect_begin) void wasm_ecg_detect_begin(bds_ecg_detector *d)
{
    bds_ecg_detect_begin(d);
}

EXPORT(bds_ecg_detect_sample) void wasm_ecg_detect_sample(bds_ecg_detector *d, int32_t lead0, int32_t lead1)
{
    bds_ecg_detect_sample(d, lead0, lead1);
}

EXPORT(bds_ecg_detect_next) int32_t wasm_ecg_detect_next(bds_ecg_detector *d, uint32_t *at)
{
    return bds_ecg_detect_next(d, at);
}

EXPORT(bds_ecg_detect_finish) void wasm_ecg_detect_finish(bds_ecg_detector *d)
{
    bds_ecg_detect_finish(d);
}

EXPORT(bds_ecg_monitor_begin)
int32_t wasm_ecg_monitor_begin(bds_ecg_monitor *m, uint32_t rate, uint32_t leads, uint32_t lead_ii, int32_t low,
                               int32_t high)
{
    const bds_ecg_setup setup = {rate, leads, lead_ii, low, high};
    return bds_ecg_monitor_begin(m, &setup);
}

EXPORT(bds_ecg_monitor_sample) void wasm_ecg_monitor_sample(bds_ecg_monitor *m, int32_t lead0, int32_t lead1)
{
    bds_ecg_monitor_sample(m, lead0, lead1);
}

EXPORT(bds_ecg_monitor_gap) void wasm_ecg_monitor_gap(bds_ecg_monitor *m, uint32_t samples)
{
    bds_ecg_monitor_gap(m, samples);
}

EXPORT(bds_ecg_monitor_finish) void wasm_ecg_monitor_finish(bds_ecg_monitor *m)
{
    bds_ecg_monitor_finish(m);
}

/* What is told begins with the beat. */
EXPORT(bds_ecg_monitor_next) int32_t wasm_ecg_monitor_next(bds_ecg_monitor *m, bds_ecg_told *told)
{
    return bds_ecg_monitor_next(m, told);
}

EXPORT(bds_ecg_monitor_quality) uint32_t wasm_ecg_monitor_quality(const bds_ecg_monitor *m)
{
    return bds_ecg_monitor_quality(m);
}

EXPORT(bds_ecg_monitor_rate) uint32_t wasm_ecg_monitor_rate(const bds_ecg_monitor *m)
{
    return bds_ecg_monitor_rate(m);
}

/* An alarm begins with its limits, eight numbers in the order of bds_ecg_alarm_limits. */
_Static_assert(__builtin_offsetof(bds_ecg_alarm, limits) == 0 && sizeof(bds_ecg_alarm_limits) == 32,
               "the shim reads them");

EXPORT(bds_ecg_alarm_begin) int32_t wasm_ecg_alarm_begin(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits)
{
    return bds_ecg_alarm_begin(a, limits);
}

EXPORT(bds_ecg_alarm_limit) int32_t wasm_ecg_alarm_limit(bds_ecg_alarm *a, const bds_ecg_alarm_limits *limits)
{
    return bds_ecg_alarm_limit(a, limits);
}

EXPORT(bds_ecg_alarm_listen) void wasm_ecg_alarm_listen(bds_ecg_alarm *a, const bds_ecg_monitor *m)
{
    bds_ecg_alarm_listen(a, m);
}

EXPORT(bds_ecg_alarm_beat) void wasm_ecg_alarm_beat(bds_ecg_alarm *a, uint32_t kind, uint32_t rate)
{
    bds_ecg_alarm_beat(a, kind, rate);
}

EXPORT(bds_ecg_alarm_rate) void wasm_ecg_alarm_rate(bds_ecg_alarm *a, uint32_t rate)
{
    bds_ecg_alarm_rate(a, rate);
}

EXPORT(bds_ecg_alarm_interval) void wasm_ecg_alarm_interval(bds_ecg_alarm *a, uint32_t samples)
{
    bds_ecg_alarm_interval(a, samples);
}

EXPORT(bds_ecg_alarms) uint32_t wasm_ecg_alarms(const bds_ecg_alarm *a)
{
    return bds_ecg_alarms(a);
}
