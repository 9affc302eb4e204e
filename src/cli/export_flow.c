/* See export_flow.h. Layers are first all brought to go by blocks where they can, then fused where that saves memory; what turns out
 * to save nothing is taken back, and blocks grow as far as that costs little: each call of a kernel has its price, too.
 * SPDX-License-Identifier: MIT */
#include "export_flow.h"

#include <stdlib.h>
#include <string.h>

#include "export_rows.h"
#include "image.h"

enum { PIXELS = 4, PIXELS_MOST = 64, ROWS_MOST = 16, SLACK = 16 };

/* ---- Buffers ---------------------------------------------------------------------------------------------------------- */

/* The buffers: tensors, then each operator's scratch and strip, then the pictures' scratch. */
typedef struct buffers {
    export_buffer *all;
    uint32_t count, scratch, strip, picture;
} buffers;

/* When operator i runs: with the one whose strip it fills. */
static uint32_t time_of(const export_network *e, uint32_t i)
{
    while (e->fused[i])
        i++;
    return i + 1;
}

static void use(export_buffer *b, uint32_t time)
{
    b->first = time < b->first ? time : b->first;
    b->last = time > b->last ? time : b->last;
}

static void set_lifetimes(const export_network *e, export_buffer *all)
{
    const bds_model *m = e->model;
    const uint32_t end = e->count + 1;
    for (uint32_t i = 0; i < m->input_count; i++)
        use(&all[m->inputs[i].tensor], 0);
    for (uint32_t i = 0; i < e->count; i++) {
        const bdf_op *op = e->nodes[i].op;
        for (uint32_t k = 0; k < op->input_count; k++)
            use(&all[m->links[op->input_first + k]], time_of(e, i));
        use(&all[op->output], time_of(e, i));
        if (e->fused[i])
            all[op->output].bytes = 0; /* never whole */
    }
    for (uint32_t i = 0; i < m->output_count; i++)
        use(&all[m->links[m->output_first + i]], end);
    if (m->result)
        use(&all[m->result->tensor], end);
    if (m->result && m->result->gate_tensor != BDF_NONE)
        use(&all[m->result->gate_tensor], end);
}

/* Where the result of operator i may lie over operands that die. */
static void relate(const export_network *e, export_buffer *all, uint32_t i)
{
    const bds_model *m = e->model;
    const bdf_op *op = e->nodes[i].op;
    export_buffer *y = &all[op->output];
    if (e->fused[i])
        return;
    if (e->flows[i].block) {
        const uint32_t x = m->links[e->nodes[export_root(e, i)].op->input_first];
        if (all[x].last == y->first) {
            y->over[0] = x;
            y->behind = export_behind(e, i);
        }
    } else if (bds_op_in_place(op)) {
        y->exact = 1;
        for (uint32_t k = 0; k < op->input_count && k < 2; k++) {
            const uint32_t x = m->links[op->input_first + k];
            if (all[x].last == y->first && all[x].bytes == y->bytes)
                y->over[k] = x;
        }
    }
}

static uint32_t picture_scratch(const bds_model *m)
{
    size_t most = 0;
    for (uint32_t i = 0; i < m->input_count; i++) {
        const bdf_tensor *t = &m->tensors[m->inputs[i].tensor];
        const size_t n = m->inputs[i].is_image ? bds_image_prepare_scratch(t->dims[2], t->dims[3]) : 0;
        most = n > most ? n : most;
    }
    return (uint32_t)most;
}

static bds_status make_buffers(const export_network *e, int family, buffers *b)
{
    const bds_model *m = e->model;
    b->scratch = m->tensor_count;
    b->strip = b->scratch + e->count;
    b->picture = b->strip + e->count;
    b->count = b->picture + 1;
    b->all = calloc(b->count, sizeof *b->all);
    if (!b->all)
        return BDS_E_ARENA;
    for (uint32_t i = 0; i < b->count; i++)
        b->all[i] = (export_buffer){.first = UINT32_MAX, .over = {EXPORT_NO_BUFFER, EXPORT_NO_BUFFER}};
    for (uint32_t i = 0; i < m->tensor_count; i++)
        b->all[i].bytes = bds_tensor_bytes(&m->tensors[i]);
    set_lifetimes(e, b->all);
    for (uint32_t i = 0; i < m->tensor_count; i++)
        if (b->all[i].first == UINT32_MAX)
            b->all[i] = (export_buffer){.over = {EXPORT_NO_BUFFER, EXPORT_NO_BUFFER}}; /* nobody's */
    for (uint32_t i = 0; i < e->count; i++) {
        export_buffer *scratch = &b->all[b->scratch + i], *strip = &b->all[b->strip + i];
        scratch->bytes = (uint32_t)export_scratch(e, family, i);
        strip->bytes = e->flows[i].block ? export_strip_bytes(e, i) : 0;
        scratch->first = scratch->last = strip->first = strip->last = time_of(e, i);
        relate(e, b->all, i);
    }
    b->all[b->picture].bytes = picture_scratch(m);
    b->all[b->picture].first = b->all[b->picture].last = 0;
    return BDS_OK;
}

/* The bytes of the whole; UINT32_MAX after an error. */
static uint32_t bytes_needed(const export_network *e, int family)
{
    buffers b;
    if (make_buffers(e, family, &b) < 0)
        return UINT32_MAX;
    const uint32_t bytes = export_place(b.all, b.count, 0);
    free(b.all);
    return bytes;
}

/* ---- Choice ----------------------------------------------------------------------------------------------------------- */

/* The choice is the same for all families; it looks at the one with most scratch for its rows. */
static uint32_t cost(const export_network *e)
{
    return bytes_needed(e, BDS_FAMILY_DSP);
}

static uint16_t least_block(const export_network *e, uint32_t i)
{
    const bds_flow copied = {.block = 1};
    const bds_node node = {.op = e->nodes[i].op, .flow = &copied};
    const bds_window w = bds_flow_window(e->model, &node);
    return w.out_width == 1 && bds_flow_is_pointwise(&w) ? PIXELS : 1;
}

/* Whether the result of operator i goes to the next one alone, and so need not exist as a whole. */
static int can_fuse(const export_network *e, uint32_t i)
{
    const bds_model *m = e->model;
    const uint32_t y = e->nodes[i].op->output;
    uint32_t uses = 0;
    if (i + 1 >= e->count || !export_can_flow(e, i) || !export_can_flow(e, i + 1) ||
        m->links[e->nodes[i + 1].op->input_first] != y)
        return 0;
    for (uint32_t k = 0; k < e->count; k++)
        for (uint32_t j = 0; j < e->nodes[k].op->input_count; j++)
            uses += m->links[e->nodes[k].op->input_first + j] == y;
    for (uint32_t k = 0; k < m->output_count; k++)
        uses += m->links[m->output_first + k] == y;
    return uses == 1 && !(m->result && (m->result->tensor == y || m->result->gate_tensor == y));
}

/* Block and source as they follow from who is fused. One that fills a strip reads its operand where it lies, unless that is a strip. */
static void derive(export_network *e, uint32_t i)
{
    const int fed = i > 0 && e->fused[i - 1];
    e->flows[i].source = fed ? &e->nodes[i - 1] : NULL;
    e->flows[i].block = 0;
    if (fed)
        e->flows[i].block = 1;
    else if (!e->fused[i] && export_can_flow(e, i))
        e->flows[i].block = least_block(e, i);
}

static void set_fused(export_network *e, uint32_t i, int fused)
{
    e->fused[i] = (uint8_t)fused;
    derive(e, i);
    derive(e, i + 1);
}

/* Undoes what saves nothing. */
static void take_back(export_network *e, uint32_t best)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if (!e->fused[i])
            continue;
        set_fused(e, i, 0);
        if (cost(e) > best)
            set_fused(e, i, 1);
    }
    for (uint32_t i = 0; i < e->count; i++) {
        const uint16_t block = e->flows[i].block;
        if (!block || e->flows[i].source || e->fused[i])
            continue;
        e->flows[i].block = 0;
        if (cost(e) > best)
            e->flows[i].block = block;
    }
}

/* Within a sixteenth of the least memory. */
static void grow_blocks(export_network *e, uint32_t best)
{
    const uint32_t most_bytes = best + best / SLACK;
    for (uint32_t i = 0; i < e->count; i++) {
        const bds_window w = bds_flow_window(e->model, &e->nodes[i]);
        const uint32_t most = w.width == 1 ? PIXELS_MOST : ROWS_MOST;
        while (e->flows[i].block && e->flows[i].block * 2u <= most && e->flows[i].block < w.rows) {
            e->flows[i].block = (uint16_t)(e->flows[i].block * 2);
            if (cost(e) <= most_bytes)
                continue;
            e->flows[i].block = (uint16_t)(e->flows[i].block / 2);
            break;
        }
    }
}

static void choose(export_network *e)
{
    const uint32_t whole = cost(e);
    for (uint32_t i = 0; i < e->count; i++)
        derive(e, i);
    uint32_t best = cost(e);
    for (uint32_t i = 0; i < e->count; i++) {
        if (!can_fuse(e, i))
            continue;
        set_fused(e, i, 1);
        const uint32_t bytes = cost(e);
        if (bytes > best)
            set_fused(e, i, 0);
        else
            best = bytes;
    }
    take_back(e, best);
    best = cost(e);
    if (best < whole) {
        grow_blocks(e, best);
        return;
    }
    for (uint32_t i = 0; i < e->count; i++) { /* strips alone may take more than they save */
        e->fused[i] = 0;
        e->flows[i].block = 0;
        e->flows[i].source = NULL;
    }
}

/* ---- Layouts ---------------------------------------------------------------------------------------------------------- */

static bds_status lay_out(export_network *e, int family)
{
    export_layout *l = &e->layout[family];
    buffers b;
    l->tensor = calloc(e->model->tensor_count + 1, sizeof *l->tensor);
    l->scratch = calloc(e->count, sizeof *l->scratch);
    l->strip = calloc(e->count, sizeof *l->strip);
    if (!l->tensor || !l->scratch || !l->strip)
        return BDS_E_ARENA;
    if (make_buffers(e, family, &b) < 0)
        return BDS_E_ARENA;
    l->bytes = export_place(b.all, b.count, 1);
    for (uint32_t i = 0; i < e->model->tensor_count; i++)
        l->tensor[i] = b.all[i].offset;
    for (uint32_t i = 0; i < e->count; i++) {
        l->scratch[i] = b.all[b.scratch + i].offset;
        l->strip[i] = b.all[b.strip + i].offset;
    }
    l->picture = b.all[b.picture].offset;
    l->picture_bytes = b.all[b.picture].bytes;
    free(b.all);
    return l->bytes == UINT32_MAX ? BDS_E_LIMIT : BDS_OK;
}

bds_status export_network_open(export_network *e, const bds_plan *plan, int plain)
{
    bds_status st = BDS_OK;
    memset(e, 0, sizeof *e);
    e->model = plan->model;
    e->count = plan->node_count;
    e->nodes = calloc(e->count, sizeof *e->nodes);
    e->flows = calloc(e->count, sizeof *e->flows);
    e->fused = calloc(e->count, 1);
    if (!e->nodes || !e->flows || !e->fused)
        return BDS_E_ARENA;
    for (uint32_t i = 0; i < e->count; i++) {
        e->nodes[i] = plan->nodes[i];
        e->nodes[i].flow = &e->flows[i];
    }
    if (!plain)
        choose(e);
    for (int family = 0; family < BDS_FAMILIES && st == BDS_OK; family++)
        st = lay_out(e, family);
    return st;
}

void export_network_close(export_network *e)
{
    for (int family = 0; family < BDS_FAMILIES; family++) {
        free(e->layout[family].tensor);
        free(e->layout[family].scratch);
        free(e->layout[family].strip);
    }
    free(e->nodes);
    free(e->flows);
    free(e->fused);
}
