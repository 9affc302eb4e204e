/* Windows to scratch: rows of a window that is all inside x are copied in one go, others filled with the zero point first.
 * SPDX-License-Identifier: MIT */
#include "gather_mve.h"

/* Copies pieces; their blocks of 16 bytes are written STEP bytes apart. */
#define COPY_PIECES(STEP)                                                                                              \
    __asm__ volatile("1:\n\t"                                                                                          \
                     "wlstp.8 lr, %[n], 3f\n"                                                                          \
                     "2:\n\t"                                                                                          \
                     "vldrb.u8 q0, [%[from]], #16\n\t"                                                                 \
                     "vstrb.8 q0, [%[to]], #" STEP "\n\t"                                                              \
                     "letp lr, 2b\n"                                                                                   \
                     "3:\n\t"                                                                                          \
                     "add %[from], %[skip]\n\t"                                                                        \
                     "add %[to], %[to_skip]\n\t"                                                                       \
                     "subs %[count], #1\n\t"                                                                           \
                     "bne 1b"                                                                                          \
                     : [from] "+r"(from), [to] "+r"(to), [count] "+r"(count)                                           \
                     : [n] "r"(p->n), [skip] "r"(p->skip), [to_skip] "r"(p->to_skip)                                   \
                     : "q0", "lr", "cc", "memory")

static inline void copy_together(int8_t *to, const int8_t *from, const bds_pieces_mve *p)
{
    uint32_t count = p->count;

    COPY_PIECES("16");
}

static inline void copy_interleaved(int8_t *to, const int8_t *from, const bds_pieces_mve *p)
{
    uint32_t count = p->count;

    COPY_PIECES("32");
}

/* Pieces `from_step` bytes apart, to places `to_step` bytes apart not counting what lies between blocks. */
static bds_pieces_mve pieces_of(uint32_t n, uint32_t count, uint32_t from_step, uint32_t to_step, int together)
{
    const uint32_t bytes = (n + 15) & ~15u;
    const bds_pieces_mve p = {n, count, (int32_t)(from_step - bytes), (int32_t)(to_step - bytes) << (together ? 0 : 1)};

    return p;
}

void bds_gather_begin_mve(bds_gathering_mve *g, const bds_window *w, const bds_conv_cut_mve *cut, int8_t *apart,
                          uint32_t pixel)
{
    const uint32_t row = pixel / w->out_width, line = w->width * w->pixel * w->dilation_h;
    const uint32_t row_bytes = w->kernel_w * w->channels;

    g->w = w;
    g->cut = cut;
    g->apart = cut->apart ? apart : NULL;
    g->column = pixel % w->out_width;
    g->y = (int32_t)(row * w->stride_h) - (int32_t)w->pad_top;
    g->x = (int32_t)(g->column * w->stride_w) - (int32_t)w->pad_left;
    g->at = (const int8_t *)w->x + (g->y * (int32_t)w->width + g->x) * (int32_t)w->pixel;
    g->most_y = (int32_t)w->height - (int32_t)((w->kernel_h - 1) * w->dilation_h) - 1;
    g->most_x = (int32_t)w->width - (int32_t)((w->kernel_w - 1) * w->dilation_w) - 1;
    g->rows = pieces_of(row_bytes, w->kernel_h, line, row_bytes, cut->apart != 0);
    if (w->kernel_w > 1 && (w->dilation_w > 1 || w->pixel != w->channels))
        g->rows.n = 0;
    g->in_line = cut->depth == w->channels && w->pad_top == 0 && w->pad_left == 0 && w->stride_h == 1 &&
                 w->stride_w == 1 && w->out_width == w->width && w->rows <= w->height;
    if (g->in_line) /* every second of them */
        g->rows = pieces_of(row_bytes, 0, 2 * w->pixel, cut->whole, 0);
}

static void fill_blocks(int8_t *to, int32_t value, uint32_t n, uint32_t step)
{
    const int8x16_t all = vdupq_n_s8((int8_t)value);

    for (uint32_t i = 0; i < n; i += 16, to += step)
        vst1q_s8(to, all);
}

/* Which of a window's `kernel` pixels, `dilation` apart from the one at `at`, are among the `size` of x: [first, end). */
typedef struct range {
    uint32_t first, end;
} range;

static range inside(int32_t at, uint32_t kernel, uint32_t dilation, uint32_t size)
{
    const uint32_t first = at < 0 ? ((uint32_t)-at + dilation - 1) / dilation : 0;
    const uint32_t end = at < (int32_t)size ? ((uint32_t)((int32_t)size - at) + dilation - 1) / dilation : 0;
    const range r = {first, end < kernel ? end : kernel};

    return r;
}

/* A window that leaves x, or whose pixels lie apart. */
static __attribute__((noinline)) void gather_pixels(const bds_gathering_mve *g, int8_t *to)
{
    const bds_window *w = g->w;
    const uint32_t channels = w->channels, step = g->apart ? 16 : 32, scale = step / 16;
    const range rows = inside(g->y, w->kernel_h, w->dilation_h, w->height);
    const range columns = inside(g->x, w->kernel_w, w->dilation_w, w->width);
    const bds_pieces_mve pixels =
        pieces_of(channels, columns.end - columns.first, w->dilation_w * w->pixel, channels, g->apart != NULL);
    const bds_pieces_mve row = pieces_of(pixels.count * channels, 1, 0, 0, 1);
    const bds_pieces_mve *const p = g->rows.n ? &row : &pixels;

    fill_blocks(to, w->zero_point, g->cut->depth, step);
    if (columns.end <= columns.first)
        return;
    for (uint32_t i = rows.first; i < rows.end; i++) {
        const int8_t *from = g->at + (i * w->dilation_h * w->width + columns.first * w->dilation_w) * (size_t)w->pixel;
        int8_t *place = to + (i * w->kernel_w + columns.first) * channels * scale;

        if (g->apart)
            copy_together(place, from, p);
        else
            copy_interleaved(place, from, p);
    }
}

/* Single pixels: those of even and those of odd numbers. */
static void gather_in_line(bds_gathering_mve *g, int8_t *to, uint32_t n)
{
    bds_pieces_mve p = g->rows;

    for (uint32_t k = 0; k < 2 && k < n; k++) {
        p.count = (n + 1 - k) / 2;
        copy_interleaved(to + 16 * k, g->at + k * g->w->pixel, &p);
    }
}

void bds_gather_mve(bds_gathering_mve *g, int8_t *to, uint32_t n, uint32_t ahead)
{
    const bds_window *w = g->w;
    const int32_t stride = (int32_t)w->stride_w;
    const uint32_t bytes = w->stride_w * w->pixel;
    const bds_pieces_mve rows = g->rows, all = pieces_of(g->cut->whole, 1, 0, 0, 0);

    if (g->in_line) {
        gather_in_line(g, to, n);
        g->at += ahead * w->pixel;
        return;
    }
    for (uint32_t k = 0; k < n; k++) {
        int8_t *const place = k & 1 ? to + 16 : to, *const start = g->apart ? g->apart : place;

        if (g->x < 0 || g->x > g->most_x || g->y < 0 || g->y > g->most_y || rows.n == 0)
            gather_pixels(g, start);
        else if (g->apart)
            copy_together(start, g->at, &rows);
        else
            copy_interleaved(start, g->at, &rows);
        if (g->apart)
            copy_interleaved(place, start, &all);
        if (k & 1)
            to += 2 * all.n;
        if (k == ahead)
            break;
        g->x += stride;
        g->at += bytes;
        if (++g->column == w->out_width) {
            g->column = 0;
            g->x = -(int32_t)w->pad_left;
            g->y += (int32_t)w->stride_h;
            g->at = (const int8_t *)w->x + (g->y * (int32_t)w->width + g->x) * (int32_t)w->pixel;
        }
    }
}
