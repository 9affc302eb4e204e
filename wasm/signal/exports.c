/* The ECG chain, a module of its own: only a page that reads heartbeats fetches it. As ../exports.c otherwise: no imports, no state
 * between calls, the caller owns the memory from __heap_base on.
 * SPDX-License-Identifier: MIT */
#include "ecg/ecg.h"

#define EXPORT(name) __attribute__((export_name(#name), visibility("default")))

/* Version of this interface; the shim refuses any other. */
EXPORT(bds_ecg_abi) uint32_t wasm_ecg_abi(void)
{
    return 1;
}

/* out: bytes of a chain, bytes of a beat, where in it window and scalars lie, steps of a window, channels, scalars, samples per second. */
EXPORT(bds_ecg_layout) void wasm_ecg_layout(uint32_t out[8])
{
    out[0] = (uint32_t)sizeof(bds_ecg);
    out[1] = (uint32_t)sizeof(bds_ecg_beat);
    out[2] = (uint32_t)__builtin_offsetof(bds_ecg_beat, window);
    out[3] = (uint32_t)__builtin_offsetof(bds_ecg_beat, scalar);
    out[4] = BDS_ECG_WINDOW;
    out[5] = BDS_ECG_CHANNELS;
    out[6] = BDS_ECG_SCALARS;
    out[7] = BDS_ECG_RATE;
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
