/* Reads an ONNX file: model, graph, nodes; names become indices; nodes are put in order. onnx_ops.c knows the operators.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "../format.h"
#include "onnx.h"
#include "passes/passes.h"

static bdc_status malformed(bdc_context *c, const char *what)
{
    return bdc_fail(c, BDC_E_FORMAT, "Not an ONNX model: %s is malformed or cut off.", what);
}

/* ---- Names ------------------------------------------------------------------------------------------------------ */

static int compare_names(wire_slice a, wire_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : a.n < b.n ? -1 : a.n > b.n;
}

static int compare_values(const void *a, const void *b)
{
    return compare_names(((const onnx_value *)a)->name, ((const onnx_value *)b)->name);
}

onnx_value *onnx_find(const onnx_importer *m, wire_slice name)
{
    uint32_t low = 0, high = name.n ? m->value_count : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare_names(name, m->values[middle].name);
        if (order == 0)
            return &m->values[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* ---- Messages --------------------------------------------------------------------------------------------------- */

/* What a GraphProto consists of, counted first, then listed. */
typedef struct parts {
    wire_slice *nodes, *constants, *inputs, *outputs;
    uint32_t node_count, constant_count, input_count, output_count;
} parts;

static bdc_status list_parts(bdc_context *c, wire_slice graph, parts *p)
{
    for (int pass = 0; pass < 2; pass++) {
        p->node_count = p->constant_count = p->input_count = p->output_count = 0;
        wire_reader r = wire_open(graph);
        wire_field f;
        while (wire_next(&r, &f)) {
            wire_slice **list = NULL;
            uint32_t *count = NULL;
            switch (f.number) {
            case 1:
                list = &p->nodes, count = &p->node_count;
                break;
            case 5:
                list = &p->constants, count = &p->constant_count;
                break;
            case 11:
                list = &p->inputs, count = &p->input_count;
                break;
            case 12:
                list = &p->outputs, count = &p->output_count;
                break;
            case 15:
                return bdc_fail(c, BDC_E_UNSUPPORTED, "Sparse initialisers are not supported.");
            default:
                continue;
            }
            if (f.type != WIRE_BYTES)
                return malformed(c, "the graph");
            if (pass)
                (*list)[*count] = f.bytes;
            if (++*count > ONNX_MAX_NODES)
                return bdc_fail(c, BDC_E_LIMIT, "The graph has more than %d nodes, constants or inputs.",
                                ONNX_MAX_NODES);
        }
        if (r.bad)
            return malformed(c, "the graph");
        if (pass)
            break;
        p->nodes = BDC_NEW(c, wire_slice, p->node_count);
        p->constants = BDC_NEW(c, wire_slice, p->constant_count);
        p->inputs = BDC_NEW(c, wire_slice, p->input_count);
        p->outputs = BDC_NEW(c, wire_slice, p->output_count);
        if (!p->nodes || !p->constants || !p->inputs || !p->outputs)
            return BDC_E_MEMORY;
    }
    return BDC_OK;
}

/* The opset of the standard domain and the graph's bytes. */
static bdc_status read_model(bdc_context *c, wire_slice model, int64_t *opset, wire_slice *graph)
{
    wire_reader r = wire_open(model);
    wire_field f;
    int graphs = 0;
    *opset = 0;
    while (wire_next(&r, &f)) {
        if (f.number == 7 && f.type == WIRE_BYTES) {
            *graph = f.bytes;
            graphs++;
        } else if (f.number == 8 && f.type == WIRE_BYTES) {
            wire_reader s = wire_open(f.bytes);
            wire_field g;
            wire_slice domain = {f.bytes.at, 0};
            uint64_t version = 0;
            while (wire_next(&s, &g)) {
                if (g.number == 1 && g.type == WIRE_BYTES)
                    domain = g.bytes;
                else if (g.number == 2 && g.type == WIRE_VARINT)
                    version = g.value;
            }
            if (s.bad)
                return malformed(c, "the opset");
            if (domain.n == 0 || wire_equal(domain, "ai.onnx"))
                *opset = version > 1000 ? 1000 : (int64_t)version;
        }
    }
    if (r.bad || graphs != 1)
        return malformed(c, "the file");
    if (*opset < 7 || *opset > 21)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The model uses ONNX opset %d; supported are 7 to 21.", (int)*opset);
    return BDC_OK;
}

static bdc_status read_attribute(bdc_context *c, wire_slice message, onnx_attribute *a)
{
    wire_reader r = wire_open(message);
    wire_field f;
    *a = (onnx_attribute){.name = {message.at, 0}, .message = message, .s = {message.at, 0}, .t = {message.at, 0}};
    while (wire_next(&r, &f)) {
        if (f.number == 1 && f.type == WIRE_BYTES)
            a->name = f.bytes;
        else if (f.number == 2 && f.type == WIRE_FIXED32)
            a->f = wire_float((uint32_t)f.value);
        else if (f.number == 3 && f.type == WIRE_VARINT)
            a->i = (int64_t)f.value;
        else if (f.number == 4 && f.type == WIRE_BYTES)
            a->s = f.bytes;
        else if (f.number == 5 && f.type == WIRE_BYTES)
            a->t = f.bytes;
    }
    return r.bad ? malformed(c, "an attribute") : BDC_OK;
}

static bdc_status read_node(bdc_context *c, wire_slice message, onnx_node *n, uint32_t *links)
{
    wire_slice name = {message.at, 0};
    n->op_type = n->domain = name;
    for (int pass = 0; pass < 2; pass++) {
        wire_reader r = wire_open(message);
        wire_field f;
        n->input_count = n->output_count = n->attribute_count = 0;
        while (wire_next(&r, &f)) {
            if (f.number < 1 || f.number > 7 || f.number == 6)
                continue;
            if (f.type != WIRE_BYTES)
                return malformed(c, "a node");
            if (f.number == 1) {
                if (pass)
                    n->inputs[n->input_count] = f.bytes;
                n->input_count++;
            } else if (f.number == 2) {
                if (pass)
                    n->outputs[n->output_count] = f.bytes;
                n->output_count++;
            } else if (f.number == 3) {
                name = f.bytes;
            } else if (f.number == 4) {
                n->op_type = f.bytes;
            } else if (f.number == 5) {
                if (pass)
                    BDC_TRY(read_attribute(c, f.bytes, &n->attributes[n->attribute_count]));
                n->attribute_count++;
            } else {
                n->domain = f.bytes;
            }
        }
        if (r.bad)
            return malformed(c, "a node");
        if (pass)
            break;
        *links += n->input_count + n->output_count;
        if (n->input_count > ONNX_MAX_LINKS || n->output_count > ONNX_MAX_LINKS || *links > ONNX_MAX_LINKS ||
            n->attribute_count > 64)
            return bdc_fail(c, BDC_E_LIMIT, "A node has too many inputs, outputs or attributes.");
        n->inputs = BDC_NEW(c, wire_slice, n->input_count);
        n->outputs = BDC_NEW(c, wire_slice, n->output_count);
        n->attributes = BDC_NEW(c, onnx_attribute, n->attribute_count);
        if (!n->inputs || !n->outputs || !n->attributes)
            return BDC_E_MEMORY;
    }
    n->type = onnx_text(c, n->op_type);
    n->name = onnx_text(c, name.n || !n->output_count ? name : n->outputs[0]);
    return BDC_OK;
}

/* ---- Graph inputs ----------------------------------------------------------------------------------------------- */

typedef struct value_info {
    wire_slice name;
    uint64_t type, dims[ONNX_MAX_RANK]; /* a dim of 0 is not fixed */
    uint32_t rank;
    int has_shape;
} value_info;

/* Finds the only sub-message with a number; leaves *out alone if there is none. */
static int sub_message(wire_slice message, uint32_t number, wire_slice *out)
{
    wire_reader r = wire_open(message);
    wire_field f;
    int found = 0;
    while (wire_next(&r, &f)) {
        if (f.number == number && f.type == WIRE_BYTES) {
            *out = f.bytes;
            found = 1;
        }
    }
    return found && !r.bad;
}

static bdc_status read_value_info(bdc_context *c, wire_slice message, value_info *v)
{
    wire_slice type = {message.at, 0}, tensor = type, shape = type;
    *v = (value_info){.name = type};
    sub_message(message, 1, &v->name);
    if (!sub_message(message, 2, &type) || !sub_message(type, 1, &tensor))
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' is not a tensor.", onnx_text(c, v->name));
    wire_reader r = wire_open(tensor);
    wire_field f;
    while (wire_next(&r, &f)) {
        if (f.number == 1 && f.type == WIRE_VARINT) {
            v->type = f.value;
        } else if (f.number == 2 && f.type == WIRE_BYTES) {
            shape = f.bytes;
            v->has_shape = 1;
        }
    }
    wire_reader s = wire_open(shape);
    while (wire_next(&s, &f)) {
        if (f.number != 1 || f.type != WIRE_BYTES)
            continue;
        if (v->rank == ONNX_MAX_RANK)
            return bdc_fail(c, BDC_E_LIMIT, "Input '%s' has too many dimensions.", onnx_text(c, v->name));
        wire_reader d = wire_open(f.bytes);
        wire_field g;
        uint64_t dim = 0;
        while (wire_next(&d, &g))
            if (g.number == 1 && g.type == WIRE_VARINT)
                dim = (int64_t)g.value < 0 ? 0 : g.value;
        if (d.bad)
            return malformed(c, "an input");
        v->dims[v->rank++] = dim;
    }
    return r.bad || s.bad ? malformed(c, "an input") : BDC_OK;
}

static bdc_status add_input(onnx_importer *m, const value_info *v)
{
    bdc_context *c = m->context;
    const char *name = onnx_text(c, v->name);
    if (v->type != ONNX_FLOAT)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' has data type %u; only float is supported.", name,
                        (unsigned)v->type);
    if (!v->has_shape || v->rank < 1 || v->rank > 4)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' has no shape of 1 to 4 dimensions.", name);
    uint32_t dims[4] = {0};
    for (uint32_t i = 0; i < v->rank; i++) {
        uint64_t dim = v->dims[i];
        if (i == 0 && v->rank > 1) {
            if (dim > 1)
                return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' has a batch of %u; export the model with batch 1.",
                                name, dim > UINT32_MAX ? UINT32_MAX : (unsigned)dim);
            continue;
        }
        if (!dim)
            return bdc_fail(c, BDC_E_UNSUPPORTED,
                            "Dimension %u of input '%s' is not fixed; only the batch may be left open.", (unsigned)i,
                            name);
        if (dim > BDF_MAX_DIM)
            return bdc_fail(c, BDC_E_LIMIT, "Dimension %u of input '%s' is over %u.", (unsigned)i, name, BDF_MAX_DIM);
        dims[i] = (uint32_t)dim;
    }
    onnx_value *value = onnx_find(m, v->name);
    if (!value)
        return bdc_fail(c, BDC_E_INVALID, "An input has no name.");
    uint32_t channels = v->rank == 1 ? dims[0] : dims[1];
    uint32_t h = v->rank == 4 ? dims[2] : 1, w = v->rank == 4 ? dims[3] : v->rank == 3 ? dims[2] : 1;
    value->kind = ONNX_ACTIVATION;
    BDC_TRY(ir_add_tensor(c, m->graph, name, channels, h, w, &value->tensor));
    m->graph->tensors[value->tensor].rank = v->rank;
    m->graph->inputs[m->graph->input_count++] = value->tensor;
    return BDC_OK;
}

/* ---- The graph -------------------------------------------------------------------------------------------------- */

/* Lists every name that something makes: constants, inputs, outputs of nodes. */
static bdc_status collect_names(onnx_importer *m, const parts *p)
{
    bdc_context *c = m->context;
    size_t room = (size_t)p->constant_count + p->input_count;
    for (uint32_t i = 0; i < m->node_count; i++)
        room += m->nodes[i].output_count;
    m->values = BDC_NEW(c, onnx_value, room);
    onnx_tensor *constants = BDC_NEW(c, onnx_tensor, p->constant_count);
    if (!m->values || !constants)
        return BDC_E_MEMORY;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->constant_count; i++) {
        wire_slice name = {p->constants[i].at, 0};
        sub_message(p->constants[i], 8, &name);
        BDC_TRY(onnx_tensor_read(c, p->constants[i], &constants[i]));
        m->values[n++] = (onnx_value){.name = name, .kind = ONNX_CONSTANT, .constant = &constants[i], .made = 1};
    }
    for (uint32_t i = 0; i < p->input_count; i++) {
        wire_slice name = {p->inputs[i].at, 0};
        sub_message(p->inputs[i], 1, &name);
        m->values[n++] = (onnx_value){.name = name};
    }
    for (uint32_t i = 0; i < m->node_count; i++)
        for (uint32_t k = 0; k < m->nodes[i].output_count; k++)
            if (m->nodes[i].outputs[k].n)
                m->values[n++] = (onnx_value){.name = m->nodes[i].outputs[k], .made = 1};
    qsort(m->values, n, sizeof *m->values, compare_values);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        onnx_value *last = kept ? &m->values[kept - 1] : NULL;
        if (!last || compare_names(last->name, m->values[i].name)) {
            m->values[kept++] = m->values[i];
            continue;
        }
        last->made += m->values[i].made;
        if (last->made > 1)
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is made more than once.", onnx_text(c, last->name));
        if (m->values[i].kind == ONNX_CONSTANT) { /* old files list constants as inputs, too */
            last->kind = ONNX_CONSTANT;
            last->constant = m->values[i].constant;
        }
    }
    m->value_count = kept;
    return BDC_OK;
}

/* 1 if all inputs of a node are known by now. */
static int is_ready(const onnx_importer *m, const onnx_node *n, bdc_status *status)
{
    for (uint32_t k = 0; k < n->input_count; k++) {
        if (!n->inputs[k].n)
            continue; /* an optional input left out */
        const onnx_value *v = onnx_find(m, n->inputs[k]);
        if (!v) {
            *status = bdc_fail(m->context, BDC_E_INVALID, "%s '%s' reads the tensor '%s', which nothing makes.",
                               n->type, n->name, onnx_text(m->context, n->inputs[k]));
            return 0;
        }
        if (v->kind == ONNX_NOTHING)
            return 0;
    }
    return 1;
}

/* Converts the nodes, each when its inputs are there: files in order take one sweep, others more, cycles none. */
static bdc_status convert_nodes(onnx_importer *m)
{
    bdc_context *c = m->context;
    uint32_t done = 0;
    while (done < m->node_count) {
        uint32_t before = done;
        const onnx_node *stuck = NULL;
        for (uint32_t i = 0; i < m->node_count; i++) {
            onnx_node *n = &m->nodes[i];
            bdc_status status = BDC_OK;
            if (n->done)
                continue;
            if (!is_ready(m, n, &status)) {
                if (status != BDC_OK)
                    return status;
                stuck = stuck ? stuck : n;
                continue;
            }
            BDC_TRY(onnx_convert(m, n));
            n->done = 1;
            done++;
        }
        if (done == before)
            return bdc_fail(c, BDC_E_INVALID,
                            "%s '%s' waits for its own result (a cycle) or for an output that is not supported.",
                            stuck ? stuck->type : "?", stuck ? stuck->name : "?");
        BDC_TRY(bdc_report_progress(c, "import", done, m->node_count));
    }
    return BDC_OK;
}

static bdc_status read_graph(onnx_importer *m, wire_slice graph)
{
    bdc_context *c = m->context;
    parts p = {0};
    BDC_TRY(list_parts(c, graph, &p));
    m->nodes = BDC_NEW(c, onnx_node, p.node_count);
    m->graph->inputs = BDC_NEW(c, uint32_t, p.input_count);
    m->graph->outputs = BDC_NEW(c, uint32_t, p.output_count);
    if (!m->nodes || !m->graph->inputs || !m->graph->outputs)
        return BDC_E_MEMORY;
    uint32_t links = 0;
    m->node_count = p.node_count;
    for (uint32_t i = 0; i < p.node_count; i++)
        BDC_TRY(read_node(c, p.nodes[i], &m->nodes[i], &links));
    BDC_TRY(collect_names(m, &p));
    for (uint32_t i = 0; i < p.input_count; i++) {
        wire_slice name = {p.inputs[i].at, 0};
        sub_message(p.inputs[i], 1, &name);
        const onnx_value *v = onnx_find(m, name);
        if (v && v->kind == ONNX_CONSTANT)
            continue;
        if (v && (v->made || v->kind == ONNX_ACTIVATION))
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is made more than once.", onnx_text(c, name));
        value_info info;
        BDC_TRY(read_value_info(c, p.inputs[i], &info));
        BDC_TRY(add_input(m, &info));
    }
    if (!m->graph->input_count || !p.output_count)
        return bdc_fail(c, BDC_E_INVALID, "The graph has no input or no output.");
    if (m->graph->input_count > 16 || p.output_count > 16)
        return bdc_fail(c, BDC_E_LIMIT, "The graph has more than 16 inputs or outputs.");
    BDC_TRY(convert_nodes(m));
    for (uint32_t i = 0; i < p.output_count; i++) {
        wire_slice name = {p.outputs[i].at, 0};
        sub_message(p.outputs[i], 1, &name);
        const onnx_value *v = onnx_find(m, name);
        if (!v || v->kind != ONNX_ACTIVATION)
            return bdc_fail(c, BDC_E_INVALID, "The output '%s' is not computed by the graph.", onnx_text(c, name));
        m->graph->outputs[m->graph->output_count++] = v->tensor;
    }
    return BDC_OK;
}

static bdc_status make_ports(bdc_context *c, const ir_graph *g, const uint32_t *tensors, uint32_t count,
                             ir_port **ports)
{
    *ports = BDC_NEW(c, ir_port, count);
    for (uint32_t i = 0; *ports && i < count; i++) {
        const ir_tensor *t = &g->tensors[tensors[i]];
        (*ports)[i] = (ir_port){t->rank, {1, t->c, t->rank == 3 ? t->w : t->h, t->w}, 1};
        if (t->rank == 1)
            (*ports)[i].dims[0] = t->c;
    }
    return *ports ? BDC_OK : BDC_E_MEMORY;
}

bdc_status bdc_import_onnx(bdc_context *c, const void *bytes, size_t n, bdc_graph **graph)
{
    if (!c)
        return BDC_E_ARGUMENT;
    if (!bytes || !graph)
        return bdc_fail(c, BDC_E_ARGUMENT, "No model was given.");
    *graph = NULL;
    bdc_graph *g = BDC_NEW(c, bdc_graph, 1);
    if (!g)
        return BDC_E_MEMORY;
    g->context = c;
    onnx_importer m = {.context = c, .graph = &g->ir};
    wire_slice body = {bytes, 0};
    BDC_TRY(read_model(c, (wire_slice){bytes, n}, &m.opset, &body));
    BDC_TRY(read_graph(&m, body));
    BDC_TRY(pass_verify(c, &g->ir));
    BDC_TRY(make_ports(c, &g->ir, g->ir.inputs, g->ir.input_count, &g->input_ports));
    BDC_TRY(make_ports(c, &g->ir, g->ir.outputs, g->ir.output_count, &g->output_ports));
    *graph = g;
    return BDC_OK;
}
