/* Convolution in WebAssembly: tiles of 2 pixels x 16 or 8 channels.
 * SPDX-License-Identifier: MIT */
#include "../panels.h"
#include "simd128.h"

static const bds_form form = {
    .group = 2, .value_bytes = 2, .tile = 4, .strip_bytes = 8192, .block_bytes = 96 * 1024, .bytes_from = 96};

/* Eight at a time; the last eight overlap those before, so nothing is read or written beyond n. */
static inline void widen(void *to, const int8_t *from, uint32_t n)
{
    int16_t *wide = to;

    if (n < 8) {
        for (uint32_t i = 0; i < n; i++)
            wide[i] = from[i];
        return;
    }
    for (uint32_t i = 0; i < n - 8; i += 8)
        wasm_v128_store(wide + i, wasm_i16x8_load8x8(from + i));
    wasm_v128_store(wide + n - 8, wasm_i16x8_load8x8(from + n - 8));
}

/* Weights that were kept as bytes, 16 at a time, to v * 2^left. */
static __attribute__((noinline)) void widen_weights(int16_t *to, const int8_t *bytes, const uint8_t *bits,
                                                    size_t values, uint32_t left)
{
    const v128_t low = wasm_i16x8_const(1, 2, 4, 8, 16, 32, 64, 128);
    const v128_t high = wasm_i16x8_const(256, 512, 1024, 2048, 4096, 8192, 16384, -32768);
    const v128_t scale = wasm_i16x8_splat((int16_t)(1 << left));

    for (; values > 0; values -= 16, bytes += 16, to += 16) {
        v128_t first = wasm_i16x8_load8x8(bytes), second = wasm_i16x8_load8x8(bytes + 8);

        if (bits) { /* 2 * byte + bit */
            const v128_t all = wasm_v128_load16_splat(bits);

            first = wasm_i16x8_sub(wasm_i16x8_add(first, first), wasm_i16x8_eq(wasm_v128_and(all, low), low));
            second = wasm_i16x8_sub(wasm_i16x8_add(second, second), wasm_i16x8_eq(wasm_v128_and(all, high), high));
            bits += 2;
        }
        wasm_v128_store(to, wasm_i16x8_mul(first, scale));
        wasm_v128_store(to + 8, wasm_i16x8_mul(second, scale));
    }
}

/* acc[vectors * r + i] += channels 4i .. 4i + 3 of pixel r. A pair of a pixel's values goes to every lane; each dot product takes it
 * with the same pair of four channels. */
static inline void tile(v128_t *acc, int pixels, int vectors, const uint8_t *x0, const uint8_t *x1, const bds_panel *p)
{
    const int16_t *w = p->weights;
    const size_t skip = p->segment_step - 4 * (size_t)p->groups;

    for (uint32_t segment = p->segments; segment > 0; segment--, x0 += skip, x1 += skip) {
#pragma clang loop unroll(disable)
        for (uint32_t k = p->groups; k > 0; k--) {
            v128_t a = wasm_v128_load32_splat(x0), b = pixels == 2 ? wasm_v128_load32_splat(x1) : a;

            for (int i = 0; i < vectors; i++) {
                v128_t four = wasm_v128_load(w + 8 * i);

                acc[i] = wasm_i32x4_add(acc[i], wasm_i32x4_dot_i16x8(a, four));
                if (pixels == 2)
                    acc[vectors + i] = wasm_i32x4_add(acc[vectors + i], wasm_i32x4_dot_i16x8(b, four));
            }
            x0 += 4;
            x1 += 4;
            w += 8 * vectors;
            /* Keeps the compiler from mixing several steps, which would need more registers than there are. */
            __asm__ volatile("" : "+r"(x0), "+r"(x1), "+r"(w) : : "memory");
        }
    }
}

/* Two pixels of `vectors` vectors of channels in acc, then the bytes of both. Whole: 16 or 8 channels. */
static inline __attribute__((always_inline)) void store_pair(const bds_panel *p, int8_t *out, v128_t *acc,
                                                             const v128_t *m, int vectors, int whole,
                                                             const rounder *rounding)
{
    v128_t y[2];

    requantise(y, acc, m, vectors, 2 * vectors, rounding);
    if (!whole) {
        store_some(out, y[0], p->channels);
        store_some(out + p->out_stride, wasm_i64x2_shuffle(y[0], y[0], 1, 1), p->channels);
    } else if (vectors == 4) {
        wasm_v128_store(out, y[0]);
        wasm_v128_store(out + p->out_stride, y[1]);
    } else {
        wasm_v128_store64_lane(out, y[0], 0);
        wasm_v128_store64_lane(out + p->out_stride, y[0], 1);
    }
}

/* vectors: of four channels, 4 or 2. */
static inline __attribute__((always_inline)) void multiply_by(const bds_panel *p, int vectors, int whole)
{
    const rounder rounding = rounder_of(p->rq);
    bds_pixel_walk walk = {p->x, p->row_pixels};
    int8_t *out = p->out;
    v128_t bias[4], m[4], acc[8], y[2];
    uint32_t left = p->pixels;

    for (int i = 0; i < vectors; i++) {
        bias[i] = wasm_i32x4_shl(wasm_v128_load(p->bias + 4 * i), count_here((uint32_t)p->rq->left));
        m[i] = wasm_u32x4_load16x4(p->multiplier + 4 * i);
    }
    for (; left >= 2; left -= 2, out += 2 * p->out_stride) {
        const uint8_t *x0 = bds_next_pixel(&walk, p), *x1 = bds_next_pixel(&walk, p);

        for (int i = 0; i < 2 * vectors; i++)
            acc[i] = bias[i % vectors];
        tile(acc, 2, vectors, x0, x1, p);
        store_pair(p, out, acc, m, vectors, whole, &rounding);
    }
    if (left) {
        for (int i = 0; i < vectors; i++)
            acc[i] = bias[i];
        tile(acc, 1, vectors, walk.at, walk.at, p);
        requantise(y, acc, m, vectors, vectors, &rounding);
        if (whole && vectors == 4)
            wasm_v128_store(out, y[0]);
        else if (whole)
            wasm_v128_store64_lane(out, y[0], 0);
        else
            store_some(out, y[0], p->channels);
    }
}

/* Functions of their own: V8 then keeps what each needs in registers. */
static __attribute__((noinline)) void multiply_16(const bds_panel *p)
{
    multiply_by(p, 4, 1);
}

static __attribute__((noinline)) void multiply_8(const bds_panel *p)
{
    multiply_by(p, 2, 1);
}

static __attribute__((noinline)) void multiply_some(const bds_panel *p)
{
    multiply_by(p, 2, 0);
}

static inline void multiply(const bds_panel *p)
{
    if (p->width == BDS_PANEL)
        multiply_16(p);
    else if (p->channels == BDS_PANEL / 2)
        multiply_8(p);
    else
        multiply_some(p);
}

/* ---- One pixel: fully connected layers ---------------------------------------------------------------------------- */

/* How soon the weights come is what counts there: those that fit stay bytes. */
static int is_one_pixel(const bds_window *w)
{
    return bds_window_is_pixel(w) && w->out_width == 1 && w->height <= w->stride_h;
}

static size_t one_pixel_bytes(uint32_t groups, uint32_t width)
{
    return (size_t)groups * 2 * width;
}

static size_t one_pixel_panels_bytes(const bds_window *w, uint32_t channels)
{
    const bds_segments s = bds_segments_of(w, &form);
    size_t bytes = 0;

    for (uint32_t n = 0; n < channels && s.count > 0; n = bds_panel_at(n, channels).next)
        bytes += one_pixel_bytes(s.groups, bds_panel_at(n, channels).width);
    return bytes;
}

static void pack_bytes(void *packed, const int8_t *weights, const bds_window *w, uint32_t channels)
{
    const uint32_t depth = w->channels, groups = (depth + 1) / 2;
    int8_t *panel = packed;

    __builtin_memset(packed, 0, one_pixel_panels_bytes(w, channels));
    for (uint32_t n = 0; n < channels;) {
        const bds_panel_place at = bds_panel_at(n, channels);

        for (uint32_t i = 0; i < at.width && at.first + i < channels; i++)
            for (uint32_t k = 0; k < depth; k++)
                panel[(k / 2 * at.width + i) * 2 + k % 2] = weights[(size_t)(at.first + i) * depth + k];
        panel += one_pixel_bytes(groups, at.width);
        n = at.next;
    }
}

/* One step of `tile` for one or two panels, `apart` bytes from each other, their weights widened on the way. */
static inline __attribute__((always_inline)) void byte_step(v128_t *acc, int panels, int vectors, const uint8_t *x,
                                                            const int8_t *w, size_t apart)
{
    const v128_t a = wasm_v128_load32_splat(x);

    for (int j = 0; j < panels; j++)
        for (int i = 0; i < vectors; i++) {
            const v128_t four = wasm_i16x8_load8x8(w + (size_t)j * apart + 8 * i);

            acc[vectors * j + i] = wasm_i32x4_add(acc[vectors * j + i], wasm_i32x4_dot_i16x8(a, four));
        }
}

/* `channels` of `panels` panels, from channel n on. */
static inline __attribute__((always_inline)) void multiply_bytes(const bds_conv *c, const int8_t *w, uint32_t groups,
                                                                 uint32_t n, int panels, int vectors, uint32_t channels)
{
    const rounder rounding = rounder_of(&c->rq);
    const size_t apart = one_pixel_bytes(groups, BDS_PANEL);
    const uint8_t *x = c->scratch;
    int8_t *out = (int8_t *)c->out + n;
    v128_t acc[8], m[8], y[2];

    if (channels < 8) { /* of all: nothing behind the last one may be read */
        int32_t bias[8] = {0};
        int16_t multiplier[8] = {0};

        for (uint32_t i = 0; i < channels; i++) {
            bias[i] = c->rq.bias[i];
            multiplier[i] = c->rq.multiplier[i];
        }
        for (int i = 0; i < vectors; i++) {
            acc[i] = wasm_v128_load(bias + 4 * i);
            m[i] = wasm_u32x4_load16x4(multiplier + 4 * i);
        }
    } else {
        for (int i = 0; i < panels * vectors; i++) {
            acc[i] = wasm_v128_load(c->rq.bias + n + 4 * i);
            m[i] = wasm_u32x4_load16x4(c->rq.multiplier + n + 4 * i);
        }
    }
#pragma clang loop unroll(disable)
    for (uint32_t k = groups; k > 0; k--, x += 4, w += 8 * vectors)
        byte_step(acc, panels, vectors, x, w, apart);
    for (int i = 0; i < panels * vectors; i++)
        acc[i] = wasm_i32x4_shl(acc[i], count_here((uint32_t)c->rq.left));
    requantise(y, acc, m, panels * vectors, panels * vectors, &rounding);
    if (vectors == 2) {
        store_some(out, y[0], channels);
        return;
    }
    wasm_v128_store(out, y[0]);
    if (panels == 2)
        wasm_v128_store(out + 16, y[1]);
}

static __attribute__((noinline)) void multiply_bytes_32(const bds_conv *c, const int8_t *w, uint32_t groups, uint32_t n)
{
    multiply_bytes(c, w, groups, n, 2, 4, 32);
}

static __attribute__((noinline)) void multiply_bytes_16(const bds_conv *c, const int8_t *w, uint32_t groups, uint32_t n)
{
    multiply_bytes(c, w, groups, n, 1, 4, 16);
}

static __attribute__((noinline)) void multiply_bytes_8(const bds_conv *c, const int8_t *w, uint32_t groups, uint32_t n)
{
    multiply_bytes(c, w, groups, n, 1, 2, c->channels < 8 ? c->channels : 8);
}

/* All panels of the one pixel, two at a time where there are two whole ones side by side. */
static void conv_one_pixel(const bds_conv *c)
{
    const bds_segments s = bds_segments_of(&c->window, &form);
    const int8_t *w = c->weights;

    bds_gather(c->scratch, &c->window, &s, 0, &form, widen);
    for (uint32_t n = 0; n < c->channels;) {
        const bds_panel_place at = bds_panel_at(n, c->channels);

        if (n + 2 * BDS_PANEL <= c->channels) {
            multiply_bytes_32(c, w, s.groups, n);
            w += 2 * one_pixel_bytes(s.groups, BDS_PANEL);
            n += 2 * BDS_PANEL;
            continue;
        }
        if (at.width == BDS_PANEL)
            multiply_bytes_16(c, w, s.groups, at.first);
        else
            multiply_bytes_8(c, w, s.groups, at.first);
        w += one_pixel_bytes(s.groups, at.width);
        n = at.next;
    }
}

size_t bds_conv_packed_bytes_simd128(const bds_window *w, uint32_t channels, int wide)
{
    return !wide && is_one_pixel(w) ? one_pixel_panels_bytes(w, channels) : bds_panels_bytes(w, channels, wide, &form);
}

void bds_conv_pack_simd128(void *packed, const void *weights, int wide, const bds_window *w, uint32_t channels,
                           uint32_t left)
{
    if (!wide && is_one_pixel(w))
        pack_bytes(packed, weights, w, channels);
    else
        bds_panels_pack(packed, weights, wide, w, channels, &form, left);
}

size_t bds_conv_scratch_bytes_simd128(const bds_window *w)
{
    return bds_panels_scratch_bytes(w, &form);
}

void bds_conv_s8_2x16c2_simd128(const bds_conv *c)
{
    const int packed = bds_segments_of(&c->window, &form).count > 0 && !c->window.wide && !c->out_wide;

    if (packed && !c->weights_wide && is_one_pixel(&c->window))
        conv_one_pixel(c);
    else
        bds_conv_panels(c, &form, widen, multiply, widen_weights);
}
