/* Lists the messages of an ONNX file: model, graph, nodes, attributes, descriptions of inputs.
 * SPDX-License-Identifier: MIT */
#include "onnx.h"

enum { PRINTABLE = 100, HEAD = 40 };

static bdc_status malformed(bdc_context *c, const char *what)
{
    return bdc_fail(c, BDC_E_FORMAT, "Not an ONNX model: %s is malformed or cut off.", what);
}

const char *onnx_printable(bdc_context *c, wire_slice s)
{
    const int cut = s.n > PRINTABLE;
    const size_t n = cut ? PRINTABLE : s.n;
    char *text = BDC_NEW(c, char, n + 1);
    if (!text)
        return "?";
    for (size_t i = 0; i < n; i++) {
        const uint8_t byte = s.at[cut && i >= HEAD ? s.n - n + i : i];
        text[i] = (char)(byte < 32 || byte > 126 ? '?' : byte);
    }
    if (cut)
        memcpy(text + HEAD, "...", 3);
    return text;
}

const char *onnx_type_name(uint64_t type)
{
    static const char *const names[] = {
        "undefined", "float",  "uint8",   "int8",   "uint16", "int16",  "int32",     "int64",
        "string",    "bool",   "float16", "double", "uint32", "uint64", "complex64", "complex128",
        "bfloat16",  "float8", "float8",  "float8", "float8", "uint4",  "int4",
    };
    return type < sizeof names / sizeof *names ? names[type] : "unknown";
}

wire_slice onnx_field(wire_slice message, uint32_t number)
{
    wire_reader r = wire_open(message);
    wire_field f;
    wire_slice found = {message.at, 0};
    while (wire_next(&r, &f))
        if (f.number == number && f.type == WIRE_BYTES)
            found = f.bytes;
    return found;
}

bdc_status onnx_read_model(bdc_context *c, wire_slice model, int64_t *opset, wire_slice *graph)
{
    wire_reader r = wire_open(model);
    wire_field f;
    wire_slice other = {model.at, 0};
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
            else
                other = domain;
        }
    }
    if (r.bad || graphs != 1)
        return malformed(c, "the file");
    if (!*opset && other.n)
        return bdc_fail(c, BDC_E_UNSUPPORTED,
                        "The model uses only operators of the domain '%s', which is not supported.",
                        onnx_printable(c, other));
    if (*opset < ONNX_OLDEST_OPSET || *opset > ONNX_NEWEST_OPSET)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "The model uses ONNX opset %d; supported are %d to %d.", (int)*opset,
                        ONNX_OLDEST_OPSET, ONNX_NEWEST_OPSET);
    return BDC_OK;
}

/* ---- The graph ------------------------------------------------------------------------------------------------- */

/* One sweep over the graph: counts the messages, and with fill lists them. */
static bdc_status sweep_parts(bdc_context *c, wire_slice graph, onnx_parts *p, int fill)
{
    wire_reader r = wire_open(graph);
    wire_field f;
    p->node_count = p->constant_count = p->input_count = p->output_count = 0;
    while (wire_next(&r, &f)) {
        wire_slice **list = NULL;
        uint32_t *count = NULL;
        if (f.number == 1)
            list = &p->nodes, count = &p->node_count;
        else if (f.number == 5)
            list = &p->constants, count = &p->constant_count;
        else if (f.number == 11)
            list = &p->inputs, count = &p->input_count;
        else if (f.number == 12)
            list = &p->outputs, count = &p->output_count;
        else if (f.number == 15)
            return bdc_fail(c, BDC_E_UNSUPPORTED, "Sparse initialisers are not supported.");
        else
            continue;
        if (f.type != WIRE_BYTES)
            return malformed(c, "the graph");
        if (fill)
            (*list)[*count] = f.bytes;
        if (++*count > ONNX_MAX_MESSAGES)
            return bdc_fail(c, BDC_E_LIMIT, "The graph has more than %d nodes, constants or inputs.",
                            ONNX_MAX_MESSAGES);
    }
    return r.bad ? malformed(c, "the graph") : BDC_OK;
}

bdc_status onnx_read_parts(bdc_context *c, wire_slice graph, onnx_parts *p)
{
    BDC_TRY(sweep_parts(c, graph, p, 0));
    p->nodes = BDC_NEW(c, wire_slice, p->node_count);
    p->constants = BDC_NEW(c, wire_slice, p->constant_count);
    p->inputs = BDC_NEW(c, wire_slice, p->input_count);
    p->outputs = BDC_NEW(c, wire_slice, p->output_count);
    if (!p->nodes || !p->constants || !p->inputs || !p->outputs)
        return BDC_E_MEMORY;
    return sweep_parts(c, graph, p, 1);
}

/* ---- Nodes ----------------------------------------------------------------------------------------------------- */

static bdc_status read_attribute(bdc_context *c, wire_slice message, onnx_attribute *a)
{
    static const onnx_kind kind_of_field[] = {0,           0,          ONNX_FLOAT,  ONNX_INT,  ONNX_STRING,
                                              ONNX_TENSOR, ONNX_GRAPH, ONNX_FLOATS, ONNX_INTS, ONNX_STRINGS};
    wire_reader r = wire_open(message);
    wire_field f;
    onnx_kind seen = ONNX_UNDEFINED;
    uint64_t stated = 0;
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
        else if (f.number == 20 && f.type == WIRE_VARINT)
            stated = f.value;
        if (f.number > 1 && f.number < sizeof kind_of_field / sizeof *kind_of_field)
            seen = kind_of_field[f.number];
    }
    /* Files older than the field "type" do not state it; an empty list states nothing else. */
    a->kind = stated ? (onnx_kind)(stated > 100 ? 100 : stated) : seen;
    if (!stated && seen == ONNX_UNDEFINED)
        a->kind = ONNX_INT; /* zero, left out by a writer of proto3 */
    return r.bad ? malformed(c, "an attribute") : BDC_OK;
}

/* One sweep over a node: counts, and with fill lists. */
static bdc_status sweep_node(bdc_context *c, wire_slice message, onnx_node *n, wire_slice *name, int fill)
{
    wire_reader r = wire_open(message);
    wire_field f;
    n->input_count = n->output_count = n->attribute_count = 0;
    while (wire_next(&r, &f)) {
        if (f.number < 1 || f.number > 7 || f.number == 6)
            continue;
        if (f.type != WIRE_BYTES)
            return malformed(c, "a node");
        if (f.number == 1) {
            if (fill)
                n->input_names[n->input_count] = f.bytes;
            n->input_count++;
        } else if (f.number == 2) {
            if (fill)
                n->output_names[n->output_count] = f.bytes;
            n->output_count++;
        } else if (f.number == 3) {
            *name = f.bytes;
        } else if (f.number == 4) {
            n->op_type = f.bytes;
        } else if (f.number == 5) {
            if (fill)
                BDC_TRY(read_attribute(c, f.bytes, &n->attributes[n->attribute_count]));
            n->attribute_count++;
        } else {
            n->domain = f.bytes;
        }
    }
    return r.bad ? malformed(c, "a node") : BDC_OK;
}

static bdc_status read_node(bdc_context *c, wire_slice message, onnx_node *n, uint32_t *all_links)
{
    wire_slice name = {message.at, 0};
    n->op_type = n->domain = name;
    BDC_TRY(sweep_node(c, message, n, &name, 0));
    if (n->input_count > NET_MAX_LINKS || n->output_count > NET_MAX_LINKS || n->attribute_count > ONNX_MAX_ATTRIBUTES)
        return bdc_fail(c, BDC_E_LIMIT, "%s '%s' has too many inputs, outputs or attributes.",
                        onnx_printable(c, n->op_type), onnx_printable(c, name));
    const uint32_t links = n->input_count + n->output_count;
    *all_links += links;
    if (*all_links > ONNX_MAX_ALL_LINKS)
        return bdc_fail(c, BDC_E_LIMIT, "The nodes have more than %d inputs and outputs.", ONNX_MAX_ALL_LINKS);
    n->input_names = BDC_NEW(c, wire_slice, links);
    n->inputs = BDC_NEW(c, uint32_t, links);
    n->attributes = BDC_NEW(c, onnx_attribute, n->attribute_count);
    if (!n->input_names || !n->inputs || !n->attributes)
        return BDC_E_MEMORY;
    n->output_names = n->input_names + n->input_count;
    n->outputs = n->inputs + n->input_count;
    BDC_TRY(sweep_node(c, message, n, &name, 1));
    n->type = onnx_printable(c, n->op_type);
    n->name = onnx_printable(c, name.n || !n->output_count ? name : n->output_names[0]);
    for (uint32_t i = 0; i < n->attribute_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (n->attributes[i].name.n == n->attributes[k].name.n && n->attributes[i].name.n &&
                memcmp(n->attributes[i].name.at, n->attributes[k].name.at, n->attributes[i].name.n) == 0)
                return bdc_fail(c, BDC_E_INVALID, "%s '%s' has the attribute '%s' twice.", n->type, n->name,
                                onnx_printable(c, n->attributes[i].name));
    return BDC_OK;
}

bdc_status onnx_read_nodes(onnx_importer *m)
{
    uint32_t all_links = 0;
    m->node_count = m->parts.node_count;
    m->nodes = BDC_NEW(m->context, onnx_node, m->node_count);
    if (!m->nodes)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < m->node_count; i++)
        BDC_TRY(read_node(m->context, m->parts.nodes[i], &m->nodes[i], &all_links));
    return BDC_OK;
}

/* ---- Descriptions of inputs ------------------------------------------------------------------------------------ */

static bdc_status read_dimension(bdc_context *c, wire_slice message, int64_t *dim, wire_slice *symbol)
{
    wire_reader r = wire_open(message);
    wire_field f;
    *dim = -1;
    *symbol = (wire_slice){message.at, 0};
    while (wire_next(&r, &f)) {
        if (f.number == 1 && f.type == WIRE_VARINT)
            *dim = (int64_t)f.value < 0 ? -1 : (int64_t)f.value;
        else if (f.number == 2 && f.type == WIRE_BYTES)
            *symbol = f.bytes;
    }
    return r.bad ? malformed(c, "an input") : BDC_OK;
}

bdc_status onnx_read_info(bdc_context *c, wire_slice message, const char *name, onnx_info *info)
{
    static const char *const containers[] = {
        [4] = "a sequence", [5] = "a map", [8] = "a sparse tensor", [9] = "optional"};
    wire_slice tensor = {message.at, 0}, shape = tensor;
    wire_reader t = wire_open(onnx_field(message, 2));
    wire_field f;
    const char *other = "of no type";
    int found = 0;
    *info = (onnx_info){0};
    while (wire_next(&t, &f)) {
        if (f.number == 1 && f.type == WIRE_BYTES) {
            tensor = f.bytes;
            found = 1;
        } else if (f.number < sizeof containers / sizeof *containers && containers[f.number]) {
            other = containers[f.number];
        }
    }
    if (t.bad)
        return malformed(c, "an input");
    if (!found)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Input '%s' is %s, not a tensor.", name, other);
    wire_reader r = wire_open(tensor);
    while (wire_next(&r, &f)) {
        if (f.number == 1 && f.type == WIRE_VARINT) {
            info->type = f.value;
        } else if (f.number == 2 && f.type == WIRE_BYTES) {
            shape = f.bytes;
            info->has_shape = 1;
        }
    }
    wire_reader s = wire_open(shape);
    while (wire_next(&s, &f)) {
        if (f.number != 1 || f.type != WIRE_BYTES)
            continue;
        if (info->rank == NET_MAX_RANK)
            return bdc_fail(c, BDC_E_LIMIT, "Input '%s' has more than %d dimensions.", name, NET_MAX_RANK);
        BDC_TRY(read_dimension(c, f.bytes, &info->dims[info->rank], &info->symbols[info->rank]));
        info->rank++;
    }
    return r.bad || s.bad ? malformed(c, "an input") : BDC_OK;
}
