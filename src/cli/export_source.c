/* NAME.c: the network's tables, which refer to the runtime's functions that they need.
 * SPDX-License-Identifier: MIT */
#include "export_source.h"

#include "kernels/mcu/scratch.h"

#include <stdlib.h>
#include <string.h>

const char *const export_family_names[BDS_FAMILIES] = {
    "BDS_FAMILY_REF64", "BDS_FAMILY_REF32", "BDS_FAMILY_V7M", "BDS_FAMILY_DSP", "BDS_FAMILY_MVE",
};

/* ---- Data: weights and other blobs --------------------------------------------------------------------------------- */

static const char *c_type(uint32_t type)
{
    return type == BDS_INT8     ? "int8_t"
           : type == BDS_INT16  ? "int16_t"
           : type == BDS_INT32  ? "int32_t"
           : type == BDS_UINT16 ? "uint16_t"
                                : "uint8_t";
}

static int32_t value_at(const void *data, uint32_t type, uint32_t i)
{
    return type == BDS_INT8     ? ((const int8_t *)data)[i]
           : type == BDS_INT16  ? ((const int16_t *)data)[i]
           : type == BDS_INT32  ? ((const int32_t *)data)[i]
           : type == BDS_UINT16 ? ((const uint16_t *)data)[i]
                                : ((const uint8_t *)data)[i];
}

/* Lines of at most 120 letters. */
static void values(FILE *to, const void *data, uint32_t type, uint32_t count)
{
    int column = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (column == 0)
            column = fprintf(to, "    ");
        column += fprintf(to, "%d,", (int)value_at(data, type, i));
        if (column > 112 || i + 1 == count) {
            fputc('\n', to);
            column = 0;
        }
    }
}

/* Which blobs are written: each once, whoever uses it. */
typedef struct blob_list {
    const void **data; /* [blobs]; null: not used */
} blob_list;

static void note(const bds_model *m, blob_list *l, uint32_t blob, const void *data)
{
    if (blob < m->blob_count && data)
        l->data[blob] = data;
}

static void note_raw(const bds_model *m, blob_list *l, uint32_t blob)
{
    if (blob < m->blob_count)
        note(m, l, blob, bds_blob_data(m, blob));
}

static void note_all(const export_network *e, blob_list *l)
{
    const bds_model *m = e->model;
    for (uint32_t i = 0; i < e->count; i++) {
        const bds_node *n = &e->nodes[i];
        note(m, l, n->op->weights, n->weights);
        note(m, l, n->op->bias, n->bias);
        note(m, l, n->op->multipliers, n->multipliers);
        note(m, l, n->op->table, n->table);
    }
    for (uint32_t i = 0; i < m->input_count; i++)
        if (m->inputs[i].is_image)
            note_raw(m, l, m->inputs[i].table);
    if (!m->result)
        return;
    note_raw(m, l, m->result->curve);
    note_raw(m, l, m->result->interval);
    if (m->result->gate_tensor != BDF_NONE) {
        note_raw(m, l, m->result->gate_mean);
        note_raw(m, l, m->result->gate_weight);
    }
}

/* One structure, so that the offsets of what is found by number (bds_blob_data) are constants. */
static void write_data(FILE *to, const bds_model *m, const blob_list *l)
{
    fputs("static const struct data {\n", to);
    for (uint32_t i = 0; i < m->blob_count; i++)
        if (l->data[i])
            fprintf(to, "    ALIGNED %s b%u[%u];\n", c_type(m->blobs[i].type), (unsigned)i,
                    (unsigned)m->blobs[i].count);
    fputs("} data = {\n", to);
    for (uint32_t i = 0; i < m->blob_count; i++) {
        if (!l->data[i])
            continue;
        fputs("    {\n", to);
        values(to, l->data[i], m->blobs[i].type, m->blobs[i].count);
        fputs("    },\n", to);
    }
    fputs("};\n\n", to);
}

/* The blobs that the result and the pictures' tables are found by; the operators' are in the nodes. */
static int write_blobs(FILE *to, const bds_model *m, const blob_list *l)
{
    int any = m->result != NULL;
    for (uint32_t i = 0; i < m->input_count; i++)
        any |= m->inputs[i].is_image;
    if (!any)
        return 0;
    fputs("static const bdf_blob blobs[] = {\n", to);
    for (uint32_t i = 0; i < m->blob_count; i++)
        if (l->data[i])
            fprintf(to, "    [%u] = {.offset = offsetof(struct data, b%u)},\n", (unsigned)i, (unsigned)i);
    fputs("};\n\n", to);
    return 1;
}

/* ---- Places -------------------------------------------------------------------------------------------------------- */

static void write_layout(FILE *to, const export_network *e, int family)
{
    const export_layout *l = &e->layout[family];
    fprintf(to, "#%s BDS_FAMILY == %s\nenum {\n    BYTES = %u,\n    PICTURE = %u,\n", family ? "elif" : "if",
            export_family_names[family], (unsigned)l->bytes, (unsigned)l->picture);
    for (uint32_t i = 0; i < e->model->tensor_count; i++)
        fprintf(to, "%sT%u = %u,%s", i % 8 ? " " : "    ", (unsigned)i, (unsigned)l->tensor[i],
                i % 8 == 7 || i + 1 == e->model->tensor_count ? "\n" : "");
    for (uint32_t i = 0; i < e->count; i++)
        fprintf(to, "%sS%u = %u, R%u = %u,%s", i % 4 ? " " : "    ", (unsigned)i, (unsigned)l->scratch[i], (unsigned)i,
                (unsigned)l->strip[i], i % 4 == 3 || i + 1 == e->count ? "\n" : "");
    fputs("};\n", to);
}

static void write_tensors(FILE *to, const bds_model *m)
{
    fputs("static const bdf_tensor tensors[] = {\n", to);
    for (uint32_t i = 0; i < m->tensor_count; i++) {
        const bdf_tensor *t = &m->tensors[i];
        fprintf(to, "    {{1, %u, %u, %u}, %s, 0, %d, %.9ef, T%u},\n", (unsigned)t->dims[1], (unsigned)t->dims[2],
                (unsigned)t->dims[3], t->type == BDS_INT16 ? "BDS_INT16" : "BDS_INT8", (int)t->zero_point,
                (double)t->scale, (unsigned)i);
    }
    fputs("};\n\n", to);
}

/* ---- Operators ----------------------------------------------------------------------------------------------------- */

static void write_ops(FILE *to, const export_network *e)
{
    fputs("static const uint32_t links[] = {", to);
    for (uint32_t i = 0; i < e->model->link_count; i++)
        fprintf(to, "%s%u,", i % 24 ? " " : "\n    ", (unsigned)e->model->links[i]);
    fputs("\n};\n\nstatic const bdf_op ops[] = {\n", to);
    for (uint32_t i = 0; i < e->count; i++) {
        const bdf_op *op = e->nodes[i].op;
        fprintf(
            to,
            "    {.code = %u, .groups = %u, .input_first = %u, .input_count = %u, .output = %u, /* %s */\n"
            "     .kernel_h = %u, .kernel_w = %u, .stride_h = %u, .stride_w = %u, .dilation_h = %u, .dilation_w = %u,\n"
            "     .pad_top = %u, .pad_left = %u, .pad_bottom = %u, .pad_right = %u,\n"
            "     .left = %u, .shift = %u, .lo = %d, .hi = %d, .m_a = %d, .m_b = %d},\n",
            op->code, op->groups, (unsigned)op->input_first, (unsigned)op->input_count, (unsigned)op->output,
            bds_operator_name(op->code), op->kernel_h, op->kernel_w, op->stride_h, op->stride_w, op->dilation_h,
            op->dilation_w, op->pad_top, op->pad_left, op->pad_bottom, op->pad_right, op->left, op->shift, op->lo,
            op->hi, (int)op->m_a, (int)op->m_b);
    }
    fputs("};\n\n", to);
}

/* Where operator i stands among the nodes: those that are steps come first. */
static uint32_t place_of(const export_network *e, uint32_t i)
{
    uint32_t before = 0, steps = 0;
    for (uint32_t k = 0; k < e->count; k++) {
        steps += !e->fused[k];
        before += k < i && e->fused[k] == e->fused[i];
    }
    return e->fused[i] ? steps + before : before;
}

static const char *run_of(const export_network *e, uint32_t i)
{
    static const char *const runs[] = {
        [BDF_CONV] = "bds_run_conv",
        [BDF_DEPTHWISE] = "bds_run_depthwise",
        [BDF_FULLY_CONNECTED] = "bds_run_conv",
        [BDF_ADD] = "bds_run_add",
        [BDF_MUL] = "bds_run_mul",
        [BDF_MAX_POOL] = "bds_run_pool",
        [BDF_AVG_POOL] = "bds_run_pool",
        [BDF_CONCAT] = "bds_run_concat",
        [BDF_PAD] = "bds_run_pad",
        [BDF_TABLE] = "bds_run_table",
        [BDF_SOFTMAX] = "bds_run_softmax",
        [BDF_RESHAPE] = "bds_run_reshape",
        [BDF_VIEW] = "bds_run_view",
        [BDF_MATMUL] = "bds_run_matmul",
        [BDF_MIN] = "bds_run_extreme",
        [BDF_MAX] = "bds_run_extreme",
        [BDF_CHANNEL_TABLE] = "bds_run_table",
        [BDF_RESIZE] = "bds_run_resize",
        [BDF_LAYER_NORM] = "bds_run_normalise",
        [BDF_INSTANCE_NORM] = "bds_run_normalise",
        [BDF_ARG_MAX] = "bds_run_arg_max",
        [BDF_CONVERT] = "bds_run_convert",
    };
    return e->fused[i] ? "0" : e->flows[i].block ? "bds_run_flow" : runs[e->nodes[i].op->code];
}

/* (left, shift) nearest to a left of 0, which costs a microcontroller nothing. */
static uint32_t spare_left(const bds_node *n)
{
    const uint32_t most = n->shift > BDS_SHIFT_MIN ? n->shift - (uint32_t)BDS_SHIFT_MIN : 0;
    return !bds_op_has_weights(n->op) ? 0 : most < n->left ? most : n->left;
}

static void pointer(FILE *to, const char *field, const bds_model *m, uint32_t blob, const void *data)
{
    if (blob < m->blob_count && data)
        fprintf(to, " .%s = data.b%u,", field, (unsigned)blob);
}

static void write_node(FILE *to, const export_network *e, uint32_t i)
{
    const bds_node *n = &e->nodes[i];
    const uint32_t spare = spare_left(n);
    fprintf(to, "    [%u] = {.op = &ops[%u], .run = %s, .flow = &flows[%u],", (unsigned)place_of(e, i), (unsigned)i,
            run_of(e, i), (unsigned)i);
    pointer(to, "weights", e->model, n->op->weights, n->weights);
    pointer(to, "bias", e->model, n->op->bias, n->bias);
    pointer(to, "multipliers", e->model, n->op->multipliers, n->multipliers);
    pointer(to, "table", e->model, n->op->table, n->table);
    fprintf(to, " .left = %u, .shift = %u, .weights_wide = %u},\n", n->left - spare, n->shift - spare, n->weights_wide);
}

static uint32_t write_nodes(FILE *to, const export_network *e)
{
    uint32_t steps = 0;
    fprintf(to, "static const bds_node nodes[%u];\n\nstatic const bds_flow flows[] = {\n", (unsigned)e->count);
    for (uint32_t i = 0; i < e->count; i++) {
        fprintf(to, "    {.scratch = S%u, .strip = R%u, .block = %u, .source = ", (unsigned)i, (unsigned)i,
                e->flows[i].block);
        if (e->flows[i].source)
            fprintf(to, "&nodes[%u]},\n", (unsigned)place_of(e, i - 1));
        else
            fputs("0},\n", to);
        steps += !e->fused[i];
    }
    fprintf(to, "};\n\nstatic const bds_node nodes[%u] = {\n", (unsigned)e->count);
    for (uint32_t i = 0; i < e->count; i++)
        write_node(to, e, i);
    fputs("};\n\n", to);
    return steps;
}

/* Whether all that an operator computes with is int8, and its windows are not too small. */
static int is_int8(const export_network *e, uint32_t i)
{
    const bds_node *n = &e->nodes[i];
    const bds_window w = bds_layer_window(e->model, n->op);
    return e->model->tensors[n->op->output].type == BDS_INT8 &&
           !bds_conv_is_ref_mcu(&w, n->weights_wide, n->op->code == BDF_MATMUL);
}

/* The kernel of all convolutions: the smallest that does. */
static const char *conv_of(const export_network *e)
{
    int dense = 1;
    for (uint32_t i = 0; i < e->count; i++) {
        const bdf_op *op = e->nodes[i].op;
        if (op->code != BDF_CONV && op->code != BDF_FULLY_CONNECTED && op->code != BDF_MATMUL)
            continue;
        if (!is_int8(e, i))
            return "BDS_BEST_CONV";
        const bds_window w = bds_layer_window(e->model, op);
        dense = dense && w.rows * w.out_width == 1 && bds_mcu_in_place(&w);
    }
    return dense ? "BDS_BEST_DENSE_S8" : "BDS_BEST_CONV_S8";
}

static const char *depthwise_of(const export_network *e)
{
    for (uint32_t i = 0; i < e->count; i++) {
        const bds_node *n = &e->nodes[i];
        if (n->op->code == BDF_DEPTHWISE && (bds_op_input(e->model, n->op, 0)->type != BDS_INT8 || n->weights_wide ||
                                             e->model->tensors[n->op->output].type != BDS_INT8))
            return "BDS_BEST_DEPTHWISE";
    }
    return "BDS_BEST_DEPTHWISE_S8";
}

/* The table holds what these operators call, and nothing else is linked in. */
static void write_kernels(FILE *to, const export_network *e)
{
    static const struct {
        uint32_t operators;
        const char *text;
    } entries[] = {
        {1u << BDF_CONV | 1u << BDF_FULLY_CONNECTED | 1u << BDF_MATMUL,
         ".conv_packed_bytes = bds_conv_packed_bytes_ref"},
        {1u << BDF_MATMUL, ".conv_scratch_bytes = BDS_BEST_CONV_SCRATCH"},
        {1u << BDF_ADD | 1u << BDF_CONVERT, ".add = BDS_BEST_ADD"},
        {1u << BDF_MUL, ".mul = bds_mul_ref"},
        {1u << BDF_MIN | 1u << BDF_MAX, ".extreme = bds_extreme_ref"},
        {1u << BDF_MAX_POOL, ".max_pool = bds_max_pool_ref"},
        {1u << BDF_AVG_POOL,
         ".sum_pool = BDS_BEST_SUM_POOL, .requantise = BDS_BEST_REQUANTISE, .requantise_wide = bds_requantise_s16_ref"},
        {1u << BDF_TABLE | 1u << BDF_CHANNEL_TABLE, ".table = bds_table_ref"},
        {1u << BDF_SOFTMAX, ".softmax = bds_softmax_ref"},
        {1u << BDF_VIEW, ".view = bds_view_ref"},
        {1u << BDF_RESIZE, ".resize = bds_resize_ref"},
        {1u << BDF_LAYER_NORM | 1u << BDF_INSTANCE_NORM, ".normalise = bds_normalise_ref"},
        {1u << BDF_ARG_MAX, ".arg_max = bds_arg_max_ref"},
    };
    uint32_t used = 0;
    for (uint32_t i = 0; i < e->count; i++)
        used |= 1u << e->nodes[i].op->code;
    fputs("static const bds_kernels kernels = {\n", to);
    if (used & (1u << BDF_CONV | 1u << BDF_FULLY_CONNECTED | 1u << BDF_MATMUL))
        fprintf(to, "    .conv = %s,\n", conv_of(e));
    if (used & 1u << BDF_DEPTHWISE)
        fprintf(to, "    .depthwise = %s,\n", depthwise_of(e));
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (entries[i].operators & used)
            fprintf(to, "    %s,\n", entries[i].text);
    fputs("};\n\n", to);
}

/* ---- The model ----------------------------------------------------------------------------------------------------- */

static void write_result(FILE *to, const bdf_result *r)
{
    fprintf(to,
            "static const bdf_result result = {%uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, %uu, "
            "%uu, 0};\n\n",
            (unsigned)r->kind, (unsigned)r->tensor, (unsigned)r->label_count, (unsigned)r->curve,
            (unsigned)r->curve_shift, (unsigned)r->interval, (unsigned)r->abstain_below, (unsigned)r->gate_tensor,
            (unsigned)r->gate_groups, (unsigned)r->gate_mean, (unsigned)r->gate_weight, (unsigned)r->gate_limit,
            (unsigned)r->mark_from, (unsigned)r->set_from, (unsigned)r->set_coverage);
}

static void write_labels(FILE *to, const session *s, const char *name)
{
    size_t length;
    const char *text = session_text(s, "labels", &length), *end = text + length;
    if (length == 0)
        return;
    fprintf(to, "const char *const %s_labels[] = {\n", name);
    for (const char *line = text; line <= end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        if (stop > line) {
            fputs("    \"", to);
            for (const char *c = line; c < stop; c++) {
                if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
                    fprintf(to, "\\%03o", (unsigned)(unsigned char)*c);
                else
                    fprintf(to, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
            }
            fputs("\",\n", to);
        }
        line = stop + 1;
    }
    fputs("};\n\n", to);
}

static void write_model(FILE *to, const export_network *e, const char *name, int blobs, uint32_t steps)
{
    const bds_model *m = e->model;
    fputs("static const bdf_input inputs[] = {\n", to);
    for (uint32_t i = 0; i < m->input_count; i++)
        fprintf(to, "    {%u, %u, %u, %uu, %uu},\n", (unsigned)m->inputs[i].tensor, m->inputs[i].is_image,
                m->inputs[i].crop, (unsigned)m->inputs[i].table, (unsigned)m->inputs[i].max_chroma);
    fputs("};\n\nstatic const bds_model model = {\n"
          "    .tensors = tensors, .ops = ops, .inputs = inputs, .links = links,\n",
          to);
    if (blobs)
        fputs("    .blobs = blobs, .blob_data = (const uint8_t *)&data,\n", to);
    if (m->result)
        fputs("    .result = &result,\n", to);
    fprintf(to,
            "    .tensor_count = %u, .op_count = %u, .input_count = %u, .link_count = %u, .output_first = %u, "
            ".output_count = %u,\n};\n\n",
            (unsigned)m->tensor_count, (unsigned)m->op_count, (unsigned)m->input_count, (unsigned)m->link_count,
            (unsigned)m->output_first, (unsigned)m->output_count);
    fprintf(to,
            "const bds_network %s = {\n    .model = &model, .kernels = &kernels, .nodes = nodes, .node_count = %u,\n"
            "    .arena_bytes = BDS_NETWORK_PLAN_BYTES + BYTES, .picture_offset = PICTURE, .picture_bytes = %u,\n};\n",
            name, (unsigned)steps, (unsigned)e->layout[0].picture_bytes);
}

void export_source(FILE *to, const export_network *e, const session *s, const export_names *names)
{
    const bds_model *m = e->model;
    blob_list l = {calloc(m->blob_count + 1, sizeof *l.data)};
    if (!l.data)
        return;
    note_all(e, &l);
    fprintf(to,
            "/* %s for firmware: made by `bedside export-c` from %s, not to be edited. Not a medical device. */\n"
            "#include \"%s.h\"\n\n#include \"bedside_network.h\"\n\n"
            "#define ALIGNED __attribute__((__aligned__(4)))\n\n",
            names->name, names->file, names->name);
    write_data(to, m, &l);
    fputs("/* Where tensors (T), scratch (S) and strips (R) lie. */\n", to);
    for (int family = 0; family < BDS_FAMILIES; family++)
        write_layout(to, e, family);
    fputs("#endif\n\n", to);
    write_tensors(to, m);
    write_ops(to, e);
    const uint32_t steps = write_nodes(to, e);
    write_kernels(to, e);
    const int blobs = write_blobs(to, m, &l);
    if (m->result)
        write_result(to, m->result);
    write_labels(to, s, names->name);
    write_model(to, e, names->name, blobs, steps);
    free(l.data);
}
