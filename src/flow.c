/* Layers of networks that were turned into C, block by block of rows: the rows of the operand that a block wants are brought to a strip
 * of their own first. So the result may lie over the operand's rows that nobody wants any more, and where the layer before computes
 * the strip's rows (`source`), its result never exists as a whole. The offsets that this needs are worked out by `bedside export-c`
 * (src/cli/export_rows.c), which counts the same rows.
 * SPDX-License-Identifier: MIT */
#include "flow.h"

/* At the strip's beginning: which rows of the operand it holds. */
typedef struct strip_state {
    uint32_t first, count;
} strip_state;
static_assert(sizeof(strip_state) <= BDS_STRIP_HEAD, "the state fits its room");

static strip_state *state_of(const bds_plan *p, const bds_node *node)
{
    return (strip_state *)(void *)(p->activations + node->flow->strip);
}

/* Hands windows to the kernel; out is of window (0, 0). */
static void compute(const bds_plan *p, const bds_node *node, const bds_window *w, uint8_t *out)
{
    const bds_operand y = bds_operand_out(p, node->op);
    const bds_requant rq = bds_requant_of(node, &y);
    if (node->op->code == BDF_DEPTHWISE) {
        const bds_depthwise d = {.window = *w,
                                 .weights = node->weights,
                                 .weights_wide = node->weights_wide,
                                 .out_wide = y.wide,
                                 .rq = rq,
                                 .out = out,
                                 .scratch = bds_scratch(p, node)};
        p->kernels->depthwise(&d);
    } else {
        const bds_conv c = {.window = *w,
                            .channels = y.c,
                            .weights = node->weights,
                            .weights_wide = node->weights_wide,
                            .out_wide = y.wide,
                            .rq = rq,
                            .out = out,
                            .out_stride = y.c,
                            .scratch = bds_scratch(p, node)};
        p->kernels->conv(&c);
    }
}

/* Makes the strip forget what it held, and those of the layers that feed it. */
static void reset(const bds_plan *p, const bds_node *node)
{
    const strip_state none = {0, 0};
    for (; node && node->flow->block; node = node->flow->source)
        *state_of(p, node) = none;
}

static void compute_rows(const bds_plan *p, const bds_node *node, uint32_t begin, uint32_t end, uint8_t *out);

/* Brings the operand's rows [rows.first, rows.end) to the strip, each of `bytes`; returns the first. Rows are asked for in order. */
static const uint8_t *fill_strip(const bds_plan *p, const bds_node *node, bds_rows rows, size_t bytes)
{
    strip_state *s = state_of(p, node);
    uint8_t *strip = p->activations + node->flow->strip + BDS_STRIP_HEAD;
    const uint32_t had = s->first + s->count, next = had > rows.first ? had : rows.first;
    if (had > rows.first)
        __builtin_memmove(strip, strip + (rows.first - s->first) * bytes, (had - rows.first) * bytes);
    if (rows.end > next) {
        uint8_t *to = strip + (next - rows.first) * bytes;
        if (node->flow->source)
            compute_rows(p, node->flow->source, next, rows.end, to);
        else
            __builtin_memcpy(to, bds_operand_in(p, node->op, 0).data + next * bytes, (rows.end - next) * bytes);
    }
    s->first = rows.first;
    s->count = (rows.end > next ? rows.end : next) - rows.first;
    return strip;
}

/* The rows [begin, end) of a layer's result to out. */
static void compute_rows(const bds_plan *p, const bds_node *node, uint32_t begin, uint32_t end, uint8_t *out)
{
    const bds_window whole = bds_flow_window(p->model, node);
    const bds_operand x = bds_operand_in(p, node->op, 0), y = bds_operand_out(p, node->op);
    const size_t x_bytes = (size_t)whole.width * x.c * x.size, y_bytes = (size_t)whole.out_width * y.c * y.size;
    const uint32_t block = node->flow->block ? node->flow->block : end - begin;
    for (uint32_t row = begin; row < end; row += block) {
        const uint32_t count = end - row < block ? end - row : block;
        const bds_rows rows = bds_rows_of(&whole, row, row + count);
        bds_window w = whole;
        w.x = node->flow->block ? fill_strip(p, node, rows, x_bytes) : x.data + rows.first * x_bytes;
        w.height = rows.end - rows.first;
        w.pad_top = rows.above;
        w.rows = w.row_end = count;
        if (bds_flow_is_pointwise(&w)) { /* pixels next to each other are one row */
            w.width = w.out_width = count * w.out_width;
            w.height = w.rows = w.row_end = 1;
        }
        compute(p, node, &w, out);
        out += count * y_bytes;
    }
}

void bds_run_flow(const bds_plan *p, const bds_node *node)
{
    const bds_window w = bds_flow_window(p->model, node);
    reset(p, node);
    compute_rows(p, node, 0, w.rows, bds_operand_out(p, node->op).data);
}
