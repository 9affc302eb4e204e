/* Import of TensorFlow Lite files: float and quantised networks of one subgraph, schema version 3.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "../ir.h"
#include "tflite.h"

/* "x:2": the dimension of an input that the file leaves open. */
static int names_dimension(const char *name, const char *input, uint32_t axis)
{
    size_t n = strlen(input);
    return strncmp(name, input, n) == 0 && name[n] == ':' && name[n + 1] == (char)('0' + axis) && name[n + 2] == 0;
}

/* What the caller wants the open dimension k of an input to be; what the file has if he wants nothing. */
static bdc_status open_side(tfl_importer *m, const tfl_tensor *t, uint32_t k, uint32_t *side)
{
    const bdc_import_options *o = m->import;
    uint32_t wanted = *side ? *side : 1;
    if (k == 0)
        wanted = o && o->batch ? o->batch : 1;
    for (uint32_t i = 0; o && i < o->dimension_count; i++)
        if (o->dimensions[i].name && names_dimension(o->dimensions[i].name, t->name, k))
            wanted = o->dimensions[i].size;
    if (!wanted || wanted > NET_MAX_ELEMENTS)
        return bdc_fail(m->context, BDC_E_ARGUMENT, "Dimension %u of the input '%s' cannot be %u.", k, t->name, wanted);
    m->resized |= wanted != *side;
    *side = wanted;
    return BDC_OK;
}

static const bdc_value *given(const tfl_importer *m, const char *name)
{
    const bdc_import_options *o = m->import;
    for (uint32_t i = 0; o && i < o->constant_count; i++)
        if (o->constants[i].name && strcmp(o->constants[i].name, name) == 0)
            return &o->constants[i];
    return NULL;
}

/* An input that the caller makes a constant. */
static bdc_status give(tfl_importer *m, net_tensor *n, const bdc_value *value)
{
    int same = (int)value->type == (int)n->type && value->rank == n->rank && value->data;
    for (uint32_t k = 0; same && k < n->rank; k++)
        same = value->dims[k] == n->dims[k];
    if (!same)
        return bdc_fail(m->context, BDC_E_ARGUMENT, "The constant given for input '%s' has another type or shape.",
                        n->name);
    size_t bytes = net_count(n) * net_type_bytes(n->type);
    void *data = bdc_alloc(m->context, bytes, 1);
    if (!data)
        return BDC_E_MEMORY;
    if (bytes)
        memcpy(data, value->data, bytes);
    n->data = data;
    return BDC_OK;
}

static bdc_status add_input(tfl_importer *m, tfl_tensor *t)
{
    net_graph *g = m->net;
    if (t->net != NET_NONE || t->data.at || t->is_variable || t->type == TFL_INT4)
        return bdc_fail(m->context, BDC_E_INVALID, "The network's input '%s' is %s.", t->name,
                        t->net != NET_NONE ? "named twice" : "a constant, a variable or packed");
    if (t->scale_count > 1)
        return bdc_fail(m->context, BDC_E_UNSUPPORTED, "The network's input '%s' has a scale per channel.", t->name);
    net_tensor n = {.name = t->name, .type = tfl_net_type(t->type), .rank = t->rank};
    for (uint32_t k = 0; k < t->rank; k++) {
        if (t->open >> k & 1)
            BDC_TRY(open_side(m, t, k, &t->dims[k]));
        n.dims[k] = t->dims[k];
    }
    const bdc_value *value = given(m, t->name);
    if (value)
        BDC_TRY(give(m, &n, value));
    BDC_TRY(net_add_tensor(m->context, g, &n, &t->net));
    if (!value)
        g->inputs[g->input_count++] = t->net;
    return BDC_OK;
}

static bdc_status import(tfl_importer *m)
{
    net_graph *g = m->net;
    BDC_TRY(tfl_read(m));
    g->inputs = BDC_NEW(m->context, uint32_t, m->ports.input_count);
    g->outputs = BDC_NEW(m->context, uint32_t, m->ports.output_count);
    if (!g->inputs || !g->outputs)
        return BDC_E_MEMORY;
    for (uint32_t i = 0; i < m->ports.input_count; i++)
        BDC_TRY(add_input(m, &m->tensors[m->ports.inputs[i]]));
    BDC_TRY(tfl_convert_all(m));
    for (uint32_t i = 0; i < m->ports.output_count; i++) {
        const tfl_tensor *t = &m->tensors[m->ports.outputs[i]];
        if (t->net == NET_NONE)
            return bdc_fail(m->context, BDC_E_INVALID, "Nothing makes the network's output '%s'.", t->name);
        g->outputs[g->output_count++] = t->net;
    }
    return BDC_OK;
}

bdc_status bdc_import_tflite(bdc_context *c, const void *bytes, size_t n, const bdc_import_options *options,
                             bdc_graph **graph)
{
    if (!c)
        return BDC_E_ARGUMENT;
    if (!bytes || !graph)
        return bdc_fail(c, BDC_E_ARGUMENT, "No model was given.");
    *graph = NULL;
    bdc_graph *g = BDC_NEW(c, bdc_graph, 1);
    net_graph *net = BDC_NEW(c, net_graph, 1);
    if (!g || !net)
        return BDC_E_MEMORY;
    g->context = c;
    g->net = net;
    tfl_importer m = {.context = c, .net = net, .import = options, .file = {bytes, n, 0}};
    BDC_TRY(import(&m));
    *graph = g;
    return BDC_OK;
}
