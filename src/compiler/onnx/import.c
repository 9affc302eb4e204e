/* From the bytes of an ONNX file to the net: inputs, constants, node by node, outputs.
 * SPDX-License-Identifier: MIT */
#include "../ir.h"
#include "convert.h"

enum { MAX_PORTS = 64 }; /* inputs or outputs of the network */

/* ---- Constants ------------------------------------------------------------------------------------------------- */

/* Reads an initialiser when it is first needed. */
static bdc_status need_value(onnx_importer *m, uint32_t value)
{
    onnx_value *v = &m->values[value];
    net_tensor t;
    if (v->tensor != NET_NONE || v->constant == NET_NONE)
        return BDC_OK;
    BDC_TRY(onnx_load_tensor(m->context, m->parts.constants[v->constant], onnx_printable(m->context, v->name), &t));
    return net_add_tensor(m->context, m->graph, &t, &v->tensor);
}

/* ---- Inputs ---------------------------------------------------------------------------------------------------- */

static const bdc_value *given_constant(const onnx_importer *m, wire_slice name)
{
    for (uint32_t i = 0; i < m->options->constant_count; i++)
        if (wire_equal(name, m->options->constants[i].name))
            return &m->options->constants[i];
    return NULL;
}

/* The size that the options give to a symbol or to "name:axis"; 0 if they do not. */
static uint32_t given_size(const onnx_importer *m, wire_slice symbol, wire_slice name, uint32_t axis)
{
    for (uint32_t i = 0; i < m->options->dimension_count; i++) {
        const bdc_dimension *d = &m->options->dimensions[i];
        const size_t length = strlen(d->name);
        if (symbol.n && wire_equal(symbol, d->name))
            return d->size;
        if (length == name.n + 2 && memcmp(d->name, name.at, name.n) == 0 && d->name[name.n] == ':' &&
            d->name[name.n + 1] == (char)('0' + axis))
            return d->size;
    }
    return 0;
}

static bdc_status size_of_dimension(const onnx_importer *m, const onnx_info *info, wire_slice name, uint32_t axis,
                                    uint32_t *size)
{
    bdc_context *c = m->context;
    int64_t dim = info->dims[axis];
    if (axis == 0 && dim == 0 && m->options->batch) /* how some writers state an open batch; else the input is empty */
        dim = -1;
    if (dim < 0) {
        *size = given_size(m, info->symbols[axis], name, axis);
        if (!*size && axis == 0)
            *size = m->options->batch ? m->options->batch : 1;
        if (!*size)
            return bdc_fail(c, BDC_E_UNSUPPORTED, "Dimension %u ('%s') of input '%s' is not fixed: state its size.",
                            axis, onnx_printable(c, info->symbols[axis]), onnx_printable(c, name));
        return BDC_OK;
    }
    if (dim > NET_MAX_ELEMENTS)
        return bdc_fail(c, BDC_E_LIMIT, "Dimension %u of input '%s' is over %u.", axis, onnx_printable(c, name),
                        (unsigned)NET_MAX_ELEMENTS);
    *size = (uint32_t)dim;
    return BDC_OK;
}

/* An input that the options turned into a constant. */
static bdc_status fix_input(onnx_importer *m, const bdc_value *given, net_tensor *t)
{
    const size_t bytes = bdc_type_bytes(given->type);
    int fits = (unsigned)given->type == (unsigned)t->type && given->rank == t->rank && given->data;
    for (uint32_t i = 0; fits && i < t->rank; i++)
        fits = given->dims[i] == t->dims[i];
    if (!fits)
        return bdc_fail(m->context, BDC_E_ARGUMENT, "The constant given for input '%s' has another type or shape.",
                        t->name);
    void *data = bdc_alloc(m->context, net_count(t), bytes);
    if (!data)
        return BDC_E_MEMORY;
    if (net_count(t))
        memcpy(data, given->data, net_count(t) * bytes);
    t->data = data;
    return BDC_OK;
}

static bdc_status add_input(onnx_importer *m, wire_slice message, onnx_value *v)
{
    bdc_context *c = m->context;
    const char *name = onnx_printable(c, v->name);
    onnx_info info;
    BDC_TRY(onnx_read_info(c, message, name, &info));
    net_tensor t = {.name = name, .type = (net_type)(info.type > 100 ? 100 : info.type), .rank = info.rank};
    if (!net_type_bytes(t.type))
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' has type %s, which is not supported.", name,
                        onnx_type_name(info.type));
    if (!info.has_shape)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' has no shape.", name);
    for (uint32_t i = 0; i < info.rank; i++)
        BDC_TRY(size_of_dimension(m, &info, v->name, i, &t.dims[i]));
    const bdc_value *given = given_constant(m, v->name);
    /* The limits of the shape come first: given's elements are counted with it. */
    uint64_t count = 1;
    for (uint32_t i = 0; i < t.rank; i++) {
        count *= t.dims[i];
        if (count > NET_MAX_ELEMENTS)
            return bdc_fail(c, BDC_E_LIMIT, "Input '%s' has more than %u elements.", name, (unsigned)NET_MAX_ELEMENTS);
    }
    if (given)
        BDC_TRY(fix_input(m, given, &t));
    BDC_TRY(net_add_tensor(c, m->graph, &t, &v->tensor));
    if (given)
        return BDC_OK;
    if (m->graph->input_count == MAX_PORTS)
        return bdc_fail(c, BDC_E_LIMIT, "The network has more than %d inputs.", MAX_PORTS);
    m->graph->inputs[m->graph->input_count++] = v->tensor;
    return BDC_OK;
}

/* ---- Outputs --------------------------------------------------------------------------------------------------- */

/* The net's output i has its own name in the file. A tensor that has another job already gets a copy with that name. */
static bdc_status add_output(onnx_importer *m, wire_slice message)
{
    bdc_context *c = m->context;
    net_graph *g = m->graph;
    const wire_slice name = onnx_field(message, 1);
    const char *text = onnx_printable(c, name);
    const uint32_t value = onnx_find_value(m, name);
    if (value != NET_NONE)
        BDC_TRY(need_value(m, value));
    uint32_t tensor = value == NET_NONE ? NET_NONE : m->values[value].tensor, copy;
    if (tensor == NET_NONE)
        return bdc_fail(c, BDC_E_INVALID, "The output '%s' is not computed by the graph.", text);
    int taken = 0;
    for (uint32_t i = 0; i < g->input_count; i++)
        taken |= g->inputs[i] == tensor;
    for (uint32_t i = 0; i < g->output_count; i++)
        taken |= g->outputs[i] == tensor;
    if (g->tensors[tensor].data) {
        const net_tensor t = g->tensors[tensor];
        BDC_TRY(net_add_tensor(c, g, &t, &copy));
        tensor = copy;
    } else if (taken) {
        net_op *op;
        const net_tensor t = {.name = text};
        BDC_TRY(net_add_tensor(c, g, &t, &copy));
        BDC_TRY(net_add_op(c, g, NET_IDENTITY, "Identity", text, 1, 1, &op));
        op->inputs[0] = tensor;
        op->outputs[0] = copy;
        BDC_TRY(net_infer(c, g, op));
        tensor = copy;
    }
    g->tensors[tensor].name = text;
    g->outputs[g->output_count++] = tensor;
    return BDC_OK;
}

/* ---- Nodes ----------------------------------------------------------------------------------------------------- */

/* Marks what the outputs depend on; the order is known. */
static void mark_live(onnx_importer *m)
{
    for (uint32_t i = 0; i < m->parts.output_count; i++) {
        const uint32_t value = onnx_find_value(m, onnx_field(m->parts.outputs[i], 1));
        if (value != NET_NONE && m->values[value].maker != NET_NONE)
            m->nodes[m->values[value].maker].live = 1;
    }
    for (uint32_t i = m->node_count; i-- > 0;) {
        const onnx_node *n = &m->nodes[m->order[i]];
        for (uint32_t k = 0; n->live && k < n->input_count; k++)
            if (n->inputs[k] != NET_NONE && m->values[n->inputs[k]].maker != NET_NONE)
                m->nodes[m->values[n->inputs[k]].maker].live = 1;
    }
}

static bdc_status convert_nodes(onnx_importer *m)
{
    for (uint32_t i = 0; i < m->node_count; i++) {
        const onnx_node *n = &m->nodes[m->order[i]];
        if (i % 16 == 0)
            BDC_TRY(bdc_report_progress(m->context, "import", i, m->node_count));
        if (!n->live)
            continue;
        for (uint32_t k = 0; k < n->input_count; k++) {
            if (n->inputs[k] == NET_NONE)
                continue;
            BDC_TRY(need_value(m, n->inputs[k]));
            if (m->values[n->inputs[k]].tensor == NET_NONE)
                return bdc_fail(m->context, BDC_E_UNSUPPORTED, "%s '%s' reads '%s', an output that is not supported.",
                                n->type, n->name, onnx_printable(m->context, m->values[n->inputs[k]].name));
        }
        BDC_TRY(onnx_convert_node(m, n));
    }
    return bdc_report_progress(m->context, "import", m->node_count, m->node_count);
}

/* ---- What folding left over ------------------------------------------------------------------------------------ */

/* Drops operators that no output depends on, then tensors that nobody names, and closes the gaps. */
static bdc_status sweep(bdc_context *c, net_graph *g)
{
    uint32_t *place = BDC_NEW(c, uint32_t, g->tensor_count);
    uint8_t *live = BDC_NEW(c, uint8_t, g->op_count);
    if (!place || !live)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < g->output_count; i++)
        place[g->outputs[i]] = 1;
    for (uint32_t i = g->op_count; i-- > 0;) {
        const net_op *op = &g->ops[i];
        for (uint32_t k = 0; k < op->output_count; k++)
            live[i] |= op->outputs[k] != NET_NONE && place[op->outputs[k]];
        for (uint32_t k = 0; live[i] && k < op->input_count; k++)
            if (op->inputs[k] != NET_NONE)
                place[op->inputs[k]] = 1;
        for (uint32_t k = 0; live[i] && k < op->output_count; k++)
            if (op->outputs[k] != NET_NONE)
                place[op->outputs[k]] = 1;
    }
    for (uint32_t i = 0; i < g->input_count; i++)
        place[g->inputs[i]] = 1;
    uint32_t kept = 0, ops = 0;
    for (uint32_t i = 0; i < g->tensor_count; i++)
        if (place[i]) {
            g->tensors[kept] = g->tensors[i];
            place[i] = kept++;
        }
    g->tensor_count = kept;
    for (uint32_t i = 0; i < g->op_count; i++) {
        if (!live[i])
            continue;
        g->ops[ops] = g->ops[i];
        for (uint32_t k = 0; k < g->ops[ops].input_count + g->ops[ops].output_count; k++) {
            uint32_t *link = k < g->ops[ops].input_count ? &g->ops[ops].inputs[k]
                                                         : &g->ops[ops].outputs[k - g->ops[ops].input_count];
            *link = *link == NET_NONE ? NET_NONE : place[*link];
        }
        ops++;
    }
    g->op_count = ops;
    for (uint32_t i = 0; i < g->input_count; i++)
        g->inputs[i] = place[g->inputs[i]];
    for (uint32_t i = 0; i < g->output_count; i++)
        g->outputs[i] = place[g->outputs[i]];
    return BDC_OK;
}

/* ---- Entry ----------------------------------------------------------------------------------------------------- */

static bdc_status import(onnx_importer *m, wire_slice graph)
{
    bdc_context *c = m->context;
    net_graph *g = m->graph;
    BDC_TRY(onnx_read_parts(c, graph, &m->parts));
    if (!m->parts.output_count)
        return bdc_fail(c, BDC_E_INVALID, "The graph has no output.");
    if (m->parts.output_count > MAX_PORTS)
        return bdc_fail(c, BDC_E_LIMIT, "The network has more than %d outputs.", MAX_PORTS);
    BDC_TRY(onnx_read_nodes(m));
    BDC_TRY(onnx_resolve_names(m));
    BDC_TRY(onnx_order_nodes(m));
    mark_live(m);
    g->inputs = BDC_NEW(c, uint32_t, MAX_PORTS);
    g->outputs = BDC_NEW(c, uint32_t, m->parts.output_count);
    if (!g->inputs || !g->outputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < m->parts.input_count; i++) {
        onnx_value *v = &m->values[onnx_find_value(m, onnx_field(m->parts.inputs[i], 1))];
        if (v->constant == NET_NONE)
            BDC_TRY(add_input(m, m->parts.inputs[i], v));
    }
    BDC_TRY(convert_nodes(m));
    for (uint32_t i = 0; i < m->parts.output_count; i++)
        BDC_TRY(add_output(m, m->parts.outputs[i]));
    return sweep(c, g);
}

static bdc_status check_options(bdc_context *c, const bdc_import_options *o)
{
    int missing = (o->dimension_count && !o->dimensions) || (o->constant_count && !o->constants);
    for (uint32_t i = 0; !missing && i < o->dimension_count; i++)
        missing = !o->dimensions[i].name || !o->dimensions[i].size;
    for (uint32_t i = 0; !missing && i < o->constant_count; i++)
        missing = !o->constants[i].name;
    return missing ? bdc_fail(c, BDC_E_ARGUMENT, "A dimension or constant of the import's options has no name or size.")
                   : BDC_OK;
}

bdc_status bdc_import_onnx_with(bdc_context *c, const void *bytes, size_t n, const bdc_import_options *options,
                                bdc_graph **graph)
{
    static const bdc_import_options standard = {0};
    if (!c)
        return BDC_E_ARGUMENT;
    if (!bytes || !graph)
        return bdc_fail(c, BDC_E_ARGUMENT, "No model was given.");
    *graph = NULL;
    options = options ? options : &standard;
    BDC_TRY(check_options(c, options));
    bdc_graph *g = BDC_NEW(c, bdc_graph, 1);
    net_graph *net = BDC_NEW(c, net_graph, 1);
    if (!g || !net)
        return BDC_E_MEMORY;
    g->context = c;
    g->net = net;
    onnx_importer m = {.context = c, .options = options, .graph = net};
    wire_slice body = {bytes, 0};
    BDC_TRY(onnx_read_model(c, (wire_slice){bytes, n}, &m.opset, &body));
    BDC_TRY(import(&m, body));
    *graph = g;
    return BDC_OK;
}

bdc_status bdc_import_onnx(bdc_context *c, const void *bytes, size_t n, bdc_graph **graph)
{
    return bdc_import_onnx_with(c, bytes, n, NULL, graph);
}
