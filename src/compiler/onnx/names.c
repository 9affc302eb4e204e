/* Names become indices, and nodes get an order in which each stands behind those that it needs. Both in about linear time, whatever
 * the file does.
 * SPDX-License-Identifier: MIT */
#include "onnx.h"

static int compare_names(wire_slice a, wire_slice b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : a.n < b.n ? -1 : a.n > b.n;
}

/* Merges runs of doubling length: stable, n log n. Returns the array that holds the result. */
static onnx_value *sort_values(onnx_value *from, onnx_value *to, size_t n)
{
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * run) {
            const size_t middle = begin + run < n ? begin + run : n, end = middle + run < n ? middle + run : n;
            size_t a = begin, b = middle;
            for (size_t i = begin; i < end; i++) {
                const int first = b == end || (a < middle && compare_names(from[a].name, from[b].name) <= 0);
                to[i] = from[first ? a++ : b++];
            }
        }
        onnx_value *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

uint32_t onnx_find_value(const onnx_importer *m, wire_slice name)
{
    uint32_t low = 0, high = name.n ? m->value_count : 0;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = compare_names(name, m->values[middle].name);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NET_NONE;
}

static onnx_value unmade(wire_slice name)
{
    return (onnx_value){.name = name, .tensor = NET_NONE, .constant = NET_NONE, .maker = NET_NONE, .input = NET_NONE};
}

/* Everything that makes a name: constants, inputs, outputs of nodes. */
static size_t list_values(const onnx_importer *m, onnx_value *values)
{
    const onnx_parts *p = &m->parts;
    size_t n = 0;
    for (uint32_t i = 0; i < p->constant_count; i++) {
        values[n] = unmade(onnx_field(p->constants[i], 8));
        values[n++].constant = i;
    }
    for (uint32_t i = 0; i < p->input_count; i++) {
        values[n] = unmade(onnx_field(p->inputs[i], 1));
        values[n++].input = i;
    }
    for (uint32_t i = 0; i < m->node_count; i++)
        for (uint32_t k = 0; k < m->nodes[i].output_count; k++)
            if (m->nodes[i].output_names[k].n) {
                values[n] = unmade(m->nodes[i].output_names[k]);
                values[n++].maker = i;
            }
    return n;
}

/* Makes one value of several with one name. Old files list constants as inputs, too. */
static int merge(onnx_value *kept, const onnx_value *more)
{
    const int one_constant_one_input = (kept->constant != NET_NONE && more->input != NET_NONE) ||
                                       (kept->input != NET_NONE && more->constant != NET_NONE);
    if (!one_constant_one_input || (kept->constant != NET_NONE && kept->input != NET_NONE))
        return 0;
    if (more->constant != NET_NONE)
        kept->constant = more->constant;
    else
        kept->input = more->input;
    return 1;
}

bdc_status onnx_resolve_names(onnx_importer *m)
{
    bdc_context *c = m->context;
    size_t room = (size_t)m->parts.constant_count + m->parts.input_count;
    for (uint32_t i = 0; i < m->node_count; i++)
        room += m->nodes[i].output_count;
    onnx_value *values = BDC_NEW(c, onnx_value, room), *other = BDC_NEW(c, onnx_value, room);
    if (!values || !other)
        return BDC_E_MEMORY;
    const size_t n = list_values(m, values);
    m->values = sort_values(values, other, n);
    uint32_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!m->values[i].name.n)
            return bdc_fail(c, BDC_E_INVALID, "An input or a constant has no name.");
        if (!kept || compare_names(m->values[kept - 1].name, m->values[i].name))
            m->values[kept++] = m->values[i];
        else if (!merge(&m->values[kept - 1], &m->values[i]))
            return bdc_fail(c, BDC_E_INVALID, "Tensor '%s' is made more than once.",
                            onnx_printable(c, m->values[i].name));
    }
    m->value_count = kept;
    for (uint32_t i = 0; i < m->node_count; i++) {
        onnx_node *node = &m->nodes[i];
        for (uint32_t k = 0; k < node->input_count; k++) {
            node->inputs[k] = onnx_find_value(m, node->input_names[k]);
            if (node->inputs[k] == NET_NONE && node->input_names[k].n)
                return bdc_fail(c, BDC_E_INVALID, "%s '%s' reads the tensor '%s', which nothing makes.", node->type,
                                node->name, onnx_printable(c, node->input_names[k]));
        }
        for (uint32_t k = 0; k < node->output_count; k++)
            node->outputs[k] = onnx_find_value(m, node->output_names[k]);
    }
    return BDC_OK;
}

/* A node on the way down, and which of its inputs comes next. */
typedef struct visit {
    uint32_t node, next;
} visit;

bdc_status onnx_order_nodes(onnx_importer *m)
{
    enum { UNSEEN = 0, OPEN, DONE };
    bdc_context *c = m->context;
    m->order = BDC_NEW(c, uint32_t, m->node_count);
    uint8_t *state = BDC_NEW(c, uint8_t, m->node_count);
    visit *stack = BDC_NEW(c, visit, m->node_count);
    if (!m->order || !state || !stack)
        return BDC_E_MEMORY;
    uint32_t placed = 0;
    for (uint32_t root = 0; root < m->node_count; root++) { /* depth first: a file in order keeps it */
        uint32_t depth = 0;
        if (state[root] == UNSEEN)
            stack[depth++] = (visit){root, 0};
        while (depth) {
            visit *v = &stack[depth - 1];
            const onnx_node *n = &m->nodes[v->node];
            state[v->node] = OPEN;
            uint32_t needed = NET_NONE;
            while (v->next < n->input_count && needed == NET_NONE) {
                const uint32_t value = n->inputs[v->next++];
                if (value != NET_NONE)
                    needed = m->values[value].maker;
                if (needed != NET_NONE && state[needed] == DONE)
                    needed = NET_NONE;
            }
            if (needed == NET_NONE) {
                state[v->node] = DONE;
                m->order[placed++] = v->node;
                depth--;
            } else if (state[needed] == OPEN) {
                return bdc_fail(c, BDC_E_INVALID, "%s '%s' waits for its own result: the graph has a cycle.", n->type,
                                n->name);
            } else {
                stack[depth++] = (visit){needed, 0};
            }
        }
    }
    return BDC_OK;
}
