/* Runs a plan: takes an input, executes the operators in order, shows the outputs. A result exists only after a finished run on an
 * input that was accepted: every failure on the way empties the plan.
 * SPDX-License-Identifier: MIT */
#include "internal.h"

#include "image.h"

static void fill_tensor(const bds_plan *p, uint32_t index, bds_tensor *out)
{
    const bdf_tensor *t = &p->model->tensors[index];
    out->data = bds_plan_data(p, index);
    for (int d = 0; d < 4; d++)
        out->dims[d] = t->dims[d];
    out->type = t->type == BDS_INT8 ? BDS_INT8 : BDS_INT16;
    out->zero_point = t->zero_point;
    out->scale = t->scale;
}

/* Forgets inputs and result: what comes next begins afresh. */
static void empty(bds_plan *plan)
{
    plan->state = BDS_PLAN_EMPTY;
    plan->given = 0;
    plan->doubts = 0;
}

/* Before input i is filled: a former result is over, and an input given twice begins a new set. */
static void begin_input(bds_plan *plan, uint32_t i)
{
    if (plan->given == 0 || plan->given >> i & 1u)
        empty(plan);
    plan->state = BDS_PLAN_EMPTY;
}

/* Input i was handed over; the plan is ready once all were. */
static void give(bds_plan *plan, uint32_t i)
{
    const uint32_t count = plan->model->input_count;
    plan->given |= 1u << i;
    if (plan->given == (count == BDF_MAX_INPUTS ? UINT32_MAX : (1u << count) - 1u))
        plan->state = BDS_PLAN_READY;
    plan->cursor = 0;
}

bds_status bds_input(bds_plan *plan, uint32_t i, bds_tensor *tensor)
{
    if (!plan || !tensor || i >= plan->model->input_count)
        return BDS_E_ARGUMENT;
    if (plan->state == BDS_PLAN_LOADING)
        return BDS_E_STATE;
    begin_input(plan, i);
    fill_tensor(plan, plan->model->inputs[i].tensor, tensor);
    give(plan, i);
    return BDS_OK;
}

bds_status bds_output(const bds_plan *plan, uint32_t i, bds_tensor *tensor)
{
    if (!plan || !tensor || i >= plan->model->output_count)
        return BDS_E_ARGUMENT;
    fill_tensor(plan, plan->model->links[plan->model->output_first + i], tensor);
    return plan->state == BDS_PLAN_DONE ? BDS_OK : BDS_E_STATE;
}

/* Whether what is left of the picture after the crop has fewer pixels across or down than the input. */
static int is_small(const bds_image *image, uint32_t crop, const bdf_tensor *t)
{
    uint32_t width = image->width, height = image->height;
    if (crop == BDF_CROP_CENTRE_SQUARE)
        width = height = width < height ? width : height;
    return width < t->dims[2] || height < t->dims[1];
}

bds_status bds_prepare_image(bds_plan *plan, uint32_t i, const bds_image *image)
{
    if (!plan)
        return BDS_E_ARGUMENT;
    if (plan->state == BDS_PLAN_LOADING)
        return BDS_E_STATE;
    if (!image || i >= plan->model->input_count) {
        empty(plan); /* a refused picture must not leave the former one's result behind */
        return BDS_E_ARGUMENT;
    }
    begin_input(plan, i);
    const bdf_input *in = &plan->model->inputs[i];
    if (!in->is_image)
        return BDS_E_UNSUPPORTED;
    const bdf_tensor *t = &plan->model->tensors[in->tensor];
    uint32_t chroma = 0;
    bds_status st =
        bds_image_prepare(bds_plan_data(plan, in->tensor), t->dims[2], t->dims[1], t->dims[3], image, in->crop,
                          bds_blob_data(plan->model, in->table), &chroma, plan->picture, plan->picture_bytes);
    if (st < 0) {
        empty(plan);
        return st;
    }
    if (chroma > in->max_chroma)
        plan->doubts |= BDS_DOUBT_COLOUR;
    if (is_small(image, in->crop, t))
        plan->doubts |= BDS_DOUBT_SMALL;
    give(plan, i);
    return BDS_OK;
}

#ifndef BDS_NO_OBSERVER
bds_status bds_observe(bds_plan *plan, bds_observer *observer, void *cookie)
{
    if (!plan)
        return BDS_E_ARGUMENT;
    plan->observer = observer;
    plan->observer_cookie = cookie;
    return BDS_OK;
}

/* Shows the result of the operator that is done. */
static void observe(const bds_plan *plan, const bds_node *node)
{
    if (!plan->observer)
        return;
    bds_tensor out;
    fill_tensor(plan, node->op->output, &out);
    plan->observer(plan->observer_cookie, plan->cursor, plan->node_count, bds_operator_name(node->op->code), &out);
}
#endif

/* The current operator is done. */
static bds_status advance(bds_plan *plan)
{
    plan->state = BDS_PLAN_RUNNING;
    plan->given = 0; /* the run may overwrite its inputs */
#ifndef BDS_NO_OBSERVER
    observe(plan, &plan->nodes[plan->cursor]);
#endif
    if (++plan->cursor < plan->node_count)
        return BDS_MORE;
    plan->state = BDS_PLAN_DONE;
    return BDS_OK;
}

bds_status bds_step(bds_plan *plan)
{
    if (!plan)
        return BDS_E_ARGUMENT;
    if (!bds_plan_runs(plan))
        return BDS_E_STATE;
    const bds_node *node = &plan->nodes[plan->cursor];
    node->run(plan, node);
    return advance(plan);
}

bds_status bds_advance(bds_plan *plan)
{
    if (!plan)
        return BDS_E_ARGUMENT;
    return bds_plan_runs(plan) ? advance(plan) : BDS_E_STATE;
}

bds_status bds_run(bds_plan *plan)
{
    bds_status st;
    do
        st = bds_step(plan);
    while (st == BDS_MORE);
    return st;
}
