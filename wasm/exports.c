/* What the WebAssembly module exports: the runtime's interface flattened to numbers, so that the JS shim needs no struct layouts.
 *
 * The module imports nothing and keeps no state. The caller owns the linear memory from __heap_base on: it places a session
 * (bds_session_bytes), the model's bytes (16-byte aligned), the arena, and everything else there. Results longer than a status go
 * to a caller's array of uint32_t. All functions that return int32_t return a bds_status.
 * SPDX-License-Identifier: MIT */
#include "abi.h"
#include "session.h"

/* Version of this interface; the shim refuses any other. */
EXPORT(bds_abi) uint32_t wasm_abi(void)
{
    return BDS_WASM_ABI;
}

EXPORT(bds_features) uint32_t wasm_features(void)
{
    return bds_cpu_features();
}

EXPORT(bds_session_bytes) uint32_t wasm_session_bytes(void)
{
    return (uint32_t)sizeof(session);
}

/* Zero-terminated UTF-8. */
EXPORT(bds_status_text) const char *wasm_status_text(int32_t status)
{
    return bds_status_text((bds_status)status);
}

EXPORT(bds_status_name) const char *wasm_status_name(int32_t status)
{
    return bds_status_name((bds_status)status);
}

EXPORT(bds_sha256) void wasm_sha256(uint8_t *digest, const void *data, uint32_t n)
{
    bds_sha256(digest, data, n);
}

EXPORT(bds_self_test) int32_t wasm_self_test(uint32_t cpu, void *scratch, uint32_t n, uint32_t rounds)
{
    return bds_self_test(cpu, scratch, n, rounds);
}

EXPORT(bds_open) int32_t wasm_open(session *s, const void *data, uint32_t n)
{
    s->plan = NULL;
    return bds_model_open(&s->model, data, n);
}

/* out: bytes of the head, or needed to tell. */
EXPORT(bds_head) int32_t wasm_head(const void *data, uint32_t n, uint32_t out[1])
{
    size_t bytes = 0;
    bds_status st = bds_model_head(data, n, &bytes);
    out[0] = (uint32_t)bytes;
    return st;
}

EXPORT(bds_open_head) int32_t wasm_open_head(session *s, const void *data, uint32_t n, int32_t verified)
{
    s->plan = NULL;
    return bds_model_open_head(&s->model, data, n, verified);
}

EXPORT(bds_feed) int32_t wasm_feed(session *s, const void *bytes, uint32_t n)
{
    return bds_plan_feed(s->plan, bytes, n);
}

/* out: pointer, bytes. key is zero-terminated. */
EXPORT(bds_text) int32_t wasm_text(const session *s, const char *key, uint32_t out[2])
{
    const char *text = NULL;
    size_t n = 0;
    bds_status st = bds_model_text(&s->model, key, &text, &n);
    out[0] = (uint32_t)(uintptr_t)text;
    out[1] = (uint32_t)n;
    return st;
}

/* out: inputs, outputs, operators, tensors, labels, width, height, channels, file bytes, weights, activation bytes, MACs low,
 * MACs high, then the content's SHA-256 in 8 words of 4 bytes in order, width and height of the mask, coverage of the sets: 24 in
 * all. */
EXPORT(bds_info) int32_t wasm_info(const session *s, uint32_t out[24])
{
    bds_info i;
    bds_status st = bds_model_info(&s->model, &i);
    if (st < 0)
        return st;
    const uint32_t words[13] = {i.inputs,
                                i.outputs,
                                i.operators,
                                i.tensors,
                                i.labels,
                                i.input_width,
                                i.input_height,
                                i.input_channels,
                                i.file_bytes,
                                i.weight_count,
                                i.activation_bytes,
                                (uint32_t)i.macs,
                                (uint32_t)(i.macs >> 32)};
    __builtin_memcpy(out, words, sizeof words);
    __builtin_memcpy(out + 13, i.sha256, 32);
    out[21] = i.mask_width;
    out[22] = i.mask_height;
    out[23] = i.set_coverage;
    return st;
}

/* out: arena bytes. */
EXPORT(bds_plan_size) int32_t wasm_plan_size(const session *s, uint32_t cpu, uint32_t out[1])
{
    bds_config config = {.size = sizeof config, .cpu = cpu};
    size_t n = 0;
    bds_status st = bds_plan_size(&s->model, &config, &n);
    out[0] = (uint32_t)n;
    return st;
}

EXPORT(bds_plan_create) int32_t wasm_plan_create(session *s, uint32_t cpu, void *arena, uint32_t n)
{
    bds_config config = {.size = sizeof config, .cpu = cpu};
    s->plan = NULL;
    return bds_plan_create(&s->plan, &s->model, &config, arena, n);
}

/* out: pointer, 4 dims, type, zero point, scale (float bits); all of it with BDS_E_STATE of an output, too. */
EXPORT(bds_input) int32_t wasm_input(session *s, uint32_t i, uint32_t out[8])
{
    bds_tensor t = {0};
    return tensor_words(bds_input(s->plan, i, &t), &t, out);
}

EXPORT(bds_output) int32_t wasm_output(const session *s, uint32_t i, uint32_t out[8])
{
    bds_tensor t = {0};
    return tensor_words(bds_output(s->plan, i, &t), &t, out);
}

EXPORT(bds_prepare)
int32_t wasm_prepare(session *s, uint32_t input, const uint8_t *pixels, uint32_t width, uint32_t height,
                     uint32_t channels, uint32_t stride)
{
    bds_image i = {pixels, width, height, channels, stride};
    return bds_prepare_image(s->plan, input, &i);
}

EXPORT(bds_run) int32_t wasm_run(session *s)
{
    return bds_run(s->plan);
}

EXPORT(bds_step) int32_t wasm_step(session *s)
{
    return bds_step(s->plan);
}

/* findings: capacity x {label, probability, low, high, logit, in set}. out: count, top, doubts, distance, distance limit. */
EXPORT(bds_result) int32_t wasm_result(const session *s, bds_finding *findings, uint32_t capacity, uint32_t out[5])
{
    size_t n = capacity;
    bds_verdict v = {0};
    bds_status st = bds_result(s->plan, findings, &n, &v);
    out[0] = (uint32_t)n;
    out[1] = v.top;
    out[2] = v.doubts;
    out[3] = v.distance;
    out[4] = v.distance_limit;
    return st;
}

/* probability and mask: n pixels each. out: marked, certainty, doubts, distance, distance limit. */
EXPORT(bds_mask)
int32_t wasm_mask(const session *s, uint16_t *probability, uint8_t *mask, uint32_t n, bds_marking *out)
{
    return bds_mask(s->plan, probability, mask, n, out);
}
