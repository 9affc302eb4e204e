/* Why that answer? Two maps of a picture, in integers and by the network's own kernels, so that they are equal everywhere.
 *
 * Class-activation map (after Zhou et al., CVPR 2016): the network runs up to its first average over the whole picture. Then, for each
 * place of the feature map there, everything that is alive is made to show everywhere what it shows at this place, and the rest of the
 * network says what it would answer. Behind an average and a dense layer that is the textbook's map, weights times features; with gates
 * and tables between them it is still what the network itself says.
 *
 * Occlusion (after Zeiler and Fergus, ECCV 2014): each place of the picture is covered with the picture's mean, and the network runs
 * again: how much weaker is the answer without it?
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#include "image.h"

#define GRID 7u        /* places of an occlusion across and down, at most */
#define CLEAR_PLACE 4u /* units of log-odds (55 to 1) at which a place by itself is drawn in full */
#define MAX_SIDE 1024u /* of the map that is asked for */

/* What bds_explain works with, in the caller's memory. */
typedef struct search {
    bds_plan *plan;
    uint8_t *given;   /* the activations with the inputs in them */
    uint8_t *halfway; /* CAM: the activations at the cut */
    int32_t *grid;    /* evidence of each place, rows from the top */
    uint8_t *scratch; /* for the resize */
    uint8_t *on_way;  /* by tensor: whether the logits depend on it */
    uint32_t method, label, rows, columns;
    uint32_t cut; /* CAM: the node before which the picture is still a picture */
} search;

/* ---- The way from the input to the logits ------------------------------------------------------------------------ */

/* Every operator has one result, and they are in order. */
static void mark_way(const search *s)
{
    const bds_model *m = s->plan->model;
    __builtin_memset(s->on_way, 0, m->tensor_count);
    s->on_way[m->result->tensor] = 1;
    for (uint32_t i = s->plan->node_count; i-- > 0;) {
        const bdf_op *op = s->plan->nodes[i].op;
        for (uint32_t k = 0; s->on_way[op->output] && k < op->input_count; k++)
            s->on_way[m->links[op->input_first + k]] = 1;
    }
}

/* Runs the nodes that the logits depend on. */
static void run_way(const search *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        if (s->on_way[s->plan->nodes[i].op->output])
            s->plan->nodes[i].run(s->plan, &s->plan->nodes[i]);
}

static void restore(const search *s, const uint8_t *activations)
{
    __builtin_memcpy(s->plan->activations, activations, s->plan->model->activation_bytes);
}

/* By how much the label leads: its logit, where labels exclude each other over that of the best other one. */
static int32_t lead(const search *s)
{
    const bdf_result *r = s->plan->model->result;
    int32_t best = INT32_MIN;
    for (uint32_t i = 0; r->kind == BDF_RESULT_SOFTMAX && i < r->label_count; i++)
        if (i != s->label && bds_label_logit(s->plan, i) > best)
            best = bds_label_logit(s->plan, i);
    return bds_label_logit(s->plan, s->label) - (best == INT32_MIN ? 0 : best);
}

/* ---- Class-activation map ---------------------------------------------------------------------------------------- */

static int is_whole_average(const bds_plan *p, const bdf_op *op)
{
    const bdf_tensor *x = bds_op_input(p->model, op, 0), *y = &p->model->tensors[op->output];
    return op->code == BDF_AVG_POOL && bds_tensor_count(y) == y->dims[3] && x->dims[1] * x->dims[2] > 1;
}

/* Whether a tensor is there at the cut and the rest of the way needs it. */
static int is_alive(const search *s, uint32_t tensor)
{
    const bds_model *m = s->plan->model;
    int needed = 0;
    for (uint32_t i = s->cut; i < s->plan->node_count; i++) {
        const bdf_op *op = s->plan->nodes[i].op;
        if (op->output == tensor)
            return 0;
        for (uint32_t k = 0; s->on_way[op->output] && k < op->input_count; k++)
            needed |= m->links[op->input_first + k] == tensor;
    }
    return needed;
}

/* Finds the cut and its grid. What is alive there must be so many times larger, across and down, as whole numbers say. */
static bds_status find_cut(search *s)
{
    const bds_plan *p = s->plan;
    for (s->cut = 0; s->cut < p->node_count; s->cut++) {
        const bdf_op *op = p->nodes[s->cut].op;
        if (s->on_way[op->output] && is_whole_average(p, op))
            break;
    }
    if (s->cut == p->node_count)
        return BDS_E_UNSUPPORTED;
    const bdf_tensor *x = bds_op_input(p->model, p->nodes[s->cut].op, 0);
    s->rows = x->dims[1];
    s->columns = x->dims[2];
    for (uint32_t t = 0; t < p->model->tensor_count; t++) {
        const uint32_t *dims = p->model->tensors[t].dims;
        if (dims[1] * dims[2] > 1 && (dims[1] % s->rows || dims[2] % s->columns) && is_alive(s, t))
            return BDS_E_UNSUPPORTED;
    }
    return BDS_OK;
}

/* The tensor shows everywhere what it shows at place (row, column): a block, if it is finer than the grid. */
static void spread(const search *s, const bdf_tensor *t, uint32_t row, uint32_t column)
{
    const uint32_t pixel = t->dims[3] * bds_type_bytes(t->type), line = t->dims[2] * pixel;
    const uint32_t high = t->dims[1] / s->rows, across = t->dims[2] / s->columns * pixel;
    const uint8_t *from = s->halfway + t->arena_offset + row * high * line + column * across;
    uint8_t *to = s->plan->activations + t->arena_offset;
    for (uint32_t y = 0; y < t->dims[1]; y++)
        for (uint32_t x = 0; x < line; x += across)
            __builtin_memcpy(to + y * line + x, from + y % high * line, across);
}

/* The evidence of a place: by how much the label would lead if all the picture were as it is there. */
static void activation_map(const search *s)
{
    const bds_model *m = s->plan->model;
    restore(s, s->given);
    run_way(s, 0, s->cut);
    __builtin_memcpy(s->halfway, s->plan->activations, m->activation_bytes);
    for (uint32_t i = 0; i < s->rows * s->columns; i++) {
        restore(s, s->halfway);
        for (uint32_t t = 0; t < m->tensor_count; t++)
            if (m->tensors[t].dims[1] * m->tensors[t].dims[2] > 1 && is_alive(s, t))
                spread(s, &m->tensors[t], i / s->columns, i % s->columns);
        run_way(s, s->cut, s->plan->node_count);
        s->grid[i] = lead(s);
    }
}

/* ---- Occlusion --------------------------------------------------------------------------------------------------- */

/* Where a place begins, less half a place: places overlap by halves. */
static uint32_t begin_of(uint32_t place, uint32_t places, uint32_t length)
{
    return place ? (2 * place - 1) * length / (2 * places) : 0;
}

/* Where it ends, and half a place. */
static uint32_t end_of(uint32_t place, uint32_t places, uint32_t length)
{
    return place + 1 < places ? (2 * place + 3) * length / (2 * places) : length;
}

/* Covers a place of input 0 with the mean of all its pixels, rounded towards zero, channel by channel. */
static void cover(const search *s, uint32_t row, uint32_t column)
{
    const bds_model *m = s->plan->model;
    const bdf_tensor *t = &m->tensors[m->inputs[0].tensor];
    const uint32_t pixels = t->dims[1] * t->dims[2], c = t->dims[3];
    const uint32_t y1 = end_of(row, s->rows, t->dims[1]), x1 = end_of(column, s->columns, t->dims[2]);
    for (uint32_t k = 0; k < c; k++) {
        int8_t *plane = (int8_t *)bds_plan_data(s->plan, m->inputs[0].tensor) + k;
        int64_t sum = 0;
        for (uint32_t i = 0; i < pixels; i++)
            sum += plane[i * c];
        const int8_t mean = (int8_t)(sum / pixels);
        for (uint32_t y = begin_of(row, s->rows, t->dims[1]); y < y1; y++)
            for (uint32_t x = begin_of(column, s->columns, t->dims[2]); x < x1; x++)
                plane[(y * t->dims[2] + x) * c] = mean;
    }
}

/* The evidence of a place: by how much the label leads less without it. */
static void occlusion(const search *s, int32_t whole)
{
    for (uint32_t i = 0; i < s->rows * s->columns; i++) {
        restore(s, s->given);
        cover(s, i / s->columns, i % s->columns);
        run_way(s, 0, s->plan->node_count);
        s->grid[i] = whole - lead(s);
    }
}

/* ---- The map ------------------------------------------------------------------------------------------------------ */

/* How many steps of a logit are one unit of the calibrated log-odds: the odds change by e. The curve is exp(-d / T) or the logistic, so
 * it is where the one has fallen to 1 / e and the other risen from 1/2 to e / (1 + e). */
static uint32_t unit_of(const bds_model *m)
{
    const bdf_result *r = m->result;
    const uint16_t *curve = bds_blob_data(m, r->curve);
    const int is_softmax = r->kind == BDF_RESULT_SOFTMAX;
    const uint32_t zero = is_softmax ? 0 : 32768;
    const uint32_t at_unit = is_softmax ? (uint32_t)curve[0] * 24109u >> 16 : 47910; /* 65536 / e; 65535 e / (1 + e) */
    uint32_t d = 1;
    while (d < 32767 && (is_softmax ? bds_curve(curve, d, r->curve_shift) > at_unit
                                    : bds_curve(curve, zero + d, r->curve_shift) < at_unit))
        d++;
    return d;
}

/* Evidence for the label alone, 255 at `full`; resized as any picture is. */
static void draw(const search *s, uint8_t *map, const bds_question *q, uint32_t full)
{
    uint8_t *places = s->halfway; /* over in any case */
    for (uint32_t i = 0; i < s->rows * s->columns; i++)
        places[i] = s->grid[i] > 0 ? (uint8_t)bds_round_div((uint64_t)s->grid[i] * 255, full) : 0;
    int8_t same[256];
    for (int i = 0; i < 256; i++)
        same[i] = (int8_t)i;
    const bds_image image = {places, s->columns, s->rows, 1, s->columns};
    /* A flat map is a blank picture, and drawn all the same. */
    (void)bds_image_prepare((int8_t *)map, q->width, q->height, 1, &image, BDF_CROP_NONE, same, NULL, s->scratch,
                            bds_image_prepare_scratch(MAX_SIDE, 1));
}

/* ---- The call ----------------------------------------------------------------------------------------------------- */

static size_t grid_bytes(const bds_model *m)
{
    size_t most = GRID * GRID;
    for (uint32_t t = 0; t < m->tensor_count; t++) {
        const size_t n = (size_t)m->tensors[t].dims[1] * m->tensors[t].dims[2];
        most = n > most ? n : most;
    }
    return bds_align_up(most * sizeof(int32_t));
}

bds_status bds_explain_size(const bds_plan *plan, size_t *bytes)
{
    if (!plan || !bytes)
        return BDS_E_ARGUMENT;
    const bds_model *m = plan->model;
    *bytes = BDS_ARENA_ALIGN + 2 * bds_align_up(m->activation_bytes) + grid_bytes(m) +
             bds_image_prepare_scratch(MAX_SIDE, 1) + m->tensor_count;
    return BDS_OK;
}

/* Whether the plan is one that can be run in pieces and answers with findings. */
static bds_status check_plan(const bds_plan *p)
{
    if (p->state != BDS_PLAN_READY)
        return BDS_E_STATE;
    if (!p->model->result || p->model->result->kind == BDF_RESULT_SEGMENT)
        return BDS_E_UNSUPPORTED;
    for (uint32_t i = 0; i < p->node_count; i++)
        if (p->nodes[i].flow)
            return BDS_E_UNSUPPORTED;
    return BDS_OK;
}

static search lay_out(bds_plan *plan, uint8_t *work)
{
    const bds_model *m = plan->model;
    search s = {.plan = plan};
    s.given = work + (0u - (uintptr_t)work) % BDS_ARENA_ALIGN;
    s.halfway = s.given + bds_align_up(m->activation_bytes);
    s.grid = (int32_t *)(void *)(s.halfway + bds_align_up(m->activation_bytes));
    s.scratch = (uint8_t *)s.grid + grid_bytes(m);
    s.on_way = s.scratch + bds_image_prepare_scratch(MAX_SIDE, 1);
    return s;
}

/* The plan is as it was, inputs given; then it runs once more, for its findings and its outputs. */
static bds_status run_again(const search *s)
{
    bds_observer *observer = s->plan->observer;
    restore(s, s->given);
    s->plan->observer = NULL; /* it saw the run that counts, or will not miss this one */
    bds_status st = bds_run(s->plan);
    s->plan->observer = observer;
    return st;
}

static uint32_t leading(const bds_plan *p)
{
    uint32_t top = 0;
    for (uint32_t i = 1; i < p->model->result->label_count; i++)
        if (bds_label_logit(p, i) > bds_label_logit(p, top))
            top = i;
    return top;
}

bds_status bds_explain(bds_plan *plan, const bds_question *question, uint8_t *map, void *work, size_t n,
                       bds_explanation *out)
{
    size_t need = 0;
    if (!plan || !question || !map || !work || !out)
        return BDS_E_ARGUMENT;
    bds_status st = check_plan(plan);
    if (st < 0)
        return st;
    const bds_question q = *question;
    const bds_model *m = plan->model;
    if (q.method > BDS_EXPLAIN_OCCLUSION || !q.width || !q.height || q.width > MAX_SIDE || q.height > MAX_SIDE ||
        (q.label >= m->result->label_count && q.label != BDS_LABEL_LEADING))
        return BDS_E_ARGUMENT;
    (void)bds_explain_size(plan, &need);
    if (n < need)
        return BDS_E_ARENA;

    search s = lay_out(plan, work);
    mark_way(&s);
    st = q.method == BDS_EXPLAIN_OCCLUSION ? BDS_E_UNSUPPORTED : find_cut(&s);
    if (st < 0 && q.method == BDS_EXPLAIN_CAM)
        return st;
    s.method = st < 0 ? BDS_EXPLAIN_OCCLUSION : BDS_EXPLAIN_CAM;
    if (s.method == BDS_EXPLAIN_OCCLUSION) {
        const bdf_tensor *x = &m->tensors[m->inputs[0].tensor];
        if (x->type != BDS_INT8)
            return BDS_E_UNSUPPORTED;
        s.rows = x->dims[1] < GRID ? x->dims[1] : GRID;
        s.columns = x->dims[2] < GRID ? x->dims[2] : GRID;
    }
    __builtin_memcpy(s.given, plan->activations, m->activation_bytes);
    run_way(&s, 0, plan->node_count);
    s.label = q.label == BDS_LABEL_LEADING ? leading(plan) : q.label;
    if (s.method == BDS_EXPLAIN_CAM)
        activation_map(&s);
    else
        occlusion(&s, lead(&s));

    int32_t peak = s.grid[0];
    for (uint32_t i = 1; i < s.rows * s.columns; i++)
        peak = s.grid[i] > peak ? s.grid[i] : peak;
    *out = (bds_explanation){s.method, s.label, s.columns, s.rows, peak, unit_of(m)};
    const uint32_t least = s.method == BDS_EXPLAIN_CAM ? CLEAR_PLACE * out->unit : out->unit;
    draw(&s, map, &q, peak > (int32_t)least ? (uint32_t)peak : least);
    return run_again(&s);
}
