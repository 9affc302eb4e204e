/* The tables of a TensorFlow Lite file: one subgraph's tensors and operators.
 * SPDX-License-Identifier: MIT */
#include "tflite.h"

static bdc_status malformed(tfl_importer *m, const char *part)
{
    return bdc_fail(m->context, BDC_E_FORMAT, "The file is damaged: its %s are not a well-formed FlatBuffer.", part);
}

/* Indices of tensors; -1 is an optional one left out, where allowed. */
static bdc_status read_indices(tfl_importer *m, fb_vector v, const char *who, const char *name, int optional,
                               const uint32_t **indices)
{
    bdc_context *c = m->context;
    uint32_t *out = BDC_NEW(c, uint32_t, v.count);
    if (!out)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < v.count; i++) {
        int64_t index = fb_signed_number(v.at + 4 * (size_t)i, 4);
        if (index == -1 && optional) {
            out[i] = NET_NONE;
            continue;
        }
        if (index < 0 || index >= (int64_t)m->tensor_count)
            return bdc_fail(c, BDC_E_INVALID, "%s '%s' names tensor %d, but the file has %u.", who, name, (int)index,
                            m->tensor_count);
        out[i] = (uint32_t)index;
    }
    *indices = out;
    return BDC_OK;
}

/* The builtin operator that entry i of the model's table of operator codes stands for. */
static bdc_status read_code(tfl_importer *m, const fb_vector *codes, uint64_t i, uint32_t *code)
{
    if (i >= codes->count)
        return bdc_fail(m->context, BDC_E_INVALID, "An operator names operator code %u, but the file has %u.",
                        (unsigned)i, codes->count);
    fb_table entry = fb_element(&m->file, codes, (uint32_t)i);
    int64_t old = fb_signed(&entry, CODE_DEPRECATED_BUILTIN, 1, 0), builtin = fb_signed(&entry, CODE_BUILTIN, 4, 0);
    if (builtin < old)
        builtin = old;
    if (builtin == TFL_CUSTOM)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED, "The custom operator '%s' is not supported.",
                        tfl_text(m->context, fb_array(&entry, CODE_CUSTOM, 1)));
    *code = builtin < 0 ? UINT32_MAX : (uint32_t)builtin;
    return BDC_OK;
}

static bdc_status read_operator(tfl_importer *m, const fb_vector *codes, const fb_table *table, tfl_op *op)
{
    bdc_context *c = m->context;
    *op = (tfl_op){.options = fb_child(table, OPERATOR_OPTIONS), .name = ""};
    op->options_type = (uint32_t)fb_unsigned(table, OPERATOR_OPTIONS_TYPE, 1, 0);
    BDC_TRY(read_code(m, codes, fb_unsigned(table, OPERATOR_CODE, 4, 0), &op->code));
    op->type = tfl_builtin_name(op->code);
    fb_vector inputs = fb_array(table, OPERATOR_INPUTS, 4), outputs = fb_array(table, OPERATOR_OUTPUTS, 4);
    if (m->file.bad)
        return malformed(m, "operators");
    if (inputs.count > NET_MAX_LINKS || outputs.count > NET_MAX_LINKS)
        return bdc_fail(c, BDC_E_LIMIT, "An operator %s has %u inputs and %u outputs; at most %d are allowed.",
                        op->type, inputs.count, outputs.count, NET_MAX_LINKS);
    BDC_TRY(read_indices(m, outputs, "An output of operator", op->type, 0, &op->outputs));
    if (outputs.count)
        op->name = m->tensors[op->outputs[0]].name;
    BDC_TRY(read_indices(m, inputs, op->type, op->name, 1, &op->inputs));
    op->input_count = inputs.count;
    op->output_count = outputs.count;
    return BDC_OK;
}

static bdc_status read_tensors(tfl_importer *m, const fb_table *model, const fb_table *subgraph)
{
    fb_vector buffers = fb_array(model, MODEL_BUFFERS, 4), tensors = fb_array(subgraph, SUBGRAPH_TENSORS, 4);
    if (m->file.bad)
        return malformed(m, "tensors");
    if (tensors.count > NET_MAX_TENSORS)
        return bdc_fail(m->context, BDC_E_LIMIT, "The file has %u tensors; at most %d are allowed.", tensors.count,
                        NET_MAX_TENSORS);
    m->tensors = BDC_NEW(m->context, tfl_tensor, tensors.count);
    if (!m->tensors)
        return BDC_E_MEMORY;
    for (; m->tensor_count < tensors.count; m->tensor_count++) {
        fb_table table = fb_element(&m->file, &tensors, m->tensor_count);
        bdc_status st = tfl_read_tensor(m, &buffers, &table, &m->tensors[m->tensor_count]);
        if (m->file.bad)
            return malformed(m, "tensors");
        BDC_TRY(st);
    }
    return BDC_OK;
}

static bdc_status read_operators(tfl_importer *m, const fb_table *model, const fb_table *subgraph)
{
    fb_vector codes = fb_array(model, MODEL_OPERATOR_CODES, 4), ops = fb_array(subgraph, SUBGRAPH_OPERATORS, 4);
    if (m->file.bad)
        return malformed(m, "operators");
    if (ops.count > NET_MAX_OPS)
        return bdc_fail(m->context, BDC_E_LIMIT, "The file has %u operators; at most %d are allowed.", ops.count,
                        NET_MAX_OPS);
    m->ops = BDC_NEW(m->context, tfl_op, ops.count);
    if (!m->ops)
        return BDC_E_MEMORY;
    for (; m->op_count < ops.count; m->op_count++) {
        fb_table table = fb_element(&m->file, &ops, m->op_count);
        bdc_status st = read_operator(m, &codes, &table, &m->ops[m->op_count]);
        if (m->file.bad)
            return malformed(m, "operators");
        BDC_TRY(st);
    }
    return BDC_OK;
}

static void count_readers(tfl_importer *m)
{
    for (uint32_t i = 0; i < m->ports.output_count; i++)
        m->tensors[m->ports.outputs[i]].reads++;
    for (uint32_t i = 0; i < m->op_count; i++)
        for (uint32_t k = 0; k < m->ops[i].input_count; k++)
            if (m->ops[i].inputs[k] != NET_NONE) {
                tfl_tensor *t = &m->tensors[m->ops[i].inputs[k]];
                t->reads++;
                t->reader = i;
            }
}

bdc_status tfl_read(tfl_importer *m)
{
    bdc_context *c = m->context;
    fb_table model = fb_root(&m->file, TFL_IDENTIFIER);
    if (!model.at)
        return bdc_fail(c, BDC_E_FORMAT, "This is not a TensorFlow Lite model.");
    uint64_t version = fb_unsigned(&model, MODEL_VERSION, 4, 0);
    if (version != TFL_VERSION)
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "The file has version %u of the TensorFlow Lite schema; only %d is supported.",
                        (unsigned)version, TFL_VERSION);
    fb_vector subgraphs = fb_array(&model, MODEL_SUBGRAPHS, 4);
    if (m->file.bad)
        return malformed(m, "subgraphs");
    if (subgraphs.count != 1)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The file has %u subgraphs; only one is supported.", subgraphs.count);
    fb_table subgraph = fb_element(&m->file, &subgraphs, 0);
    BDC_TRY(read_tensors(m, &model, &subgraph));
    BDC_TRY(read_operators(m, &model, &subgraph));
    fb_vector inputs = fb_array(&subgraph, SUBGRAPH_INPUTS, 4), outputs = fb_array(&subgraph, SUBGRAPH_OUTPUTS, 4);
    if (m->file.bad)
        return malformed(m, "inputs and outputs");
    if (inputs.count > NET_MAX_LINKS || outputs.count > NET_MAX_LINKS || !outputs.count)
        return bdc_fail(c, BDC_E_LIMIT,
                        "The network has %u inputs and %u outputs; at most %d, and one output at least, are allowed.",
                        inputs.count, outputs.count, NET_MAX_LINKS);
    m->ports.input_count = inputs.count;
    m->ports.output_count = outputs.count;
    BDC_TRY(read_indices(m, inputs, "An input of", "the network", 0, &m->ports.inputs));
    BDC_TRY(read_indices(m, outputs, "An output of", "the network", 0, &m->ports.outputs));
    count_readers(m);
    return BDC_OK;
}
