/* Which operators there are, and what is the same for all of them: the numbers of inputs and outputs, attributes that nobody knows.
 * SPDX-License-Identifier: MIT */
#include "convert.h"

static const onnx_row *const families[] = {
    onnx_element_rows, onnx_shape_rows,    onnx_constant_rows,  onnx_index_rows,
    onnx_window_rows,  onnx_resize_rows,   onnx_normalise_rows, onnx_reduce_rows,
    onnx_matrix_rows,  onnx_quantise_rows, onnx_recurrent_rows, onnx_loss_rows,
};

static const onnx_row *find_row(wire_slice type)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        for (const onnx_row *r = families[i]; r->type; r++)
            if (wire_equal(type, r->type))
                return r;
    return NULL;
}

/* Operators that onnxruntime's quantiser writes have a domain of their own; their rows are named with it. */
static const onnx_row *find_node(onnx_importer *m, const onnx_node *n)
{
    static const char microsoft[] = "com.microsoft";
    if (!n->domain.n || wire_equal(n->domain, "ai.onnx"))
        return find_row(n->op_type);
    if (!wire_equal(n->domain, microsoft) || n->op_type.n > 64)
        return NULL;
    const size_t head = sizeof microsoft; /* with the dot in place of the zero */
    char *full = BDC_NEW(m->context, char, head + n->op_type.n + 1);
    if (!full)
        return NULL;
    memcpy(full, microsoft, head);
    full[head - 1] = '.';
    memcpy(full + head, n->op_type.at, n->op_type.n);
    return find_row((wire_slice){(const uint8_t *)full, head + n->op_type.n});
}

bdc_status onnx_convert_node(onnx_importer *m, const onnx_node *n)
{
    bdc_context *c = m->context;
    const onnx_row *r = find_node(m, n);
    if (!r && n->domain.n)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Operator '%s' of the domain '%s' (node '%s') is not supported.", n->type,
                        onnx_printable(c, n->domain), n->name);
    if (!r)
        return bdc_fail(c, BDC_E_UNSUPPORTED, "Operator '%s' (node '%s') is not supported.", n->type, n->name);
    if (n->input_count < r->least_inputs || n->input_count > r->most_inputs)
        return bdc_fail(c, BDC_E_INVALID, "%s '%s' has %u inputs, which is not a number that it takes.", n->type,
                        n->name, n->input_count);
    for (uint32_t i = 0; i < r->least_inputs; i++)
        if (!onnx_has_input(n, i))
            return bdc_fail(c, BDC_E_INVALID, "%s '%s': input %u is missing.", n->type, n->name, i);
    for (uint32_t i = r->most_outputs; i < n->output_count; i++)
        if (onnx_wants_output(n, i))
            return bdc_fail(c, BDC_E_UNSUPPORTED, "%s '%s': output %u is not supported.", n->type, n->name, i);
    for (uint32_t i = 0; i < n->attribute_count; i++) /* a promise about memory in opsets before 6 */
        if (wire_equal(n->attributes[i].name, "consumed_inputs") && m->opset < 6)
            n->attributes[i].read = 1;
    BDC_TRY(r->convert(m, n, r->code));
    for (uint32_t i = 0; i < n->attribute_count; i++)
        if (!n->attributes[i].read)
            return bdc_fail(c, BDC_E_UNSUPPORTED, "%s '%s': attribute '%s' is not known.", n->type, n->name,
                            onnx_printable(c, n->attributes[i].name));
    return BDC_OK;
}
