/* What a module exports besides that can say where its answers come from. It is one of its own, bedside-explain.wasm, beside bedside-simd.wasm:
 * who only wants answers need not fetch it.
 * SPDX-License-Identifier: MIT */
#include "../session.h"

/* out: bytes of work memory. */
EXPORT(bds_explain_size) int32_t wasm_explain_size(const session *s, uint32_t out[1])
{
    size_t n = 0;
    bds_status st = bds_explain_size(s->plan, &n);
    out[0] = (uint32_t)n;
    return st;
}

/* question: method, label, width, height. out: method, label, columns, rows, peak, unit. */
EXPORT(bds_explain)
int32_t wasm_explain(session *s, const bds_question *question, uint8_t *map, void *work, uint32_t n,
                     bds_explanation *out)
{
    return bds_explain(s->plan, question, map, work, n, out);
}

static void see(void *cookie, uint32_t step, uint32_t steps, const char *name, const bds_tensor *out)
{
    session *s = cookie;
    (void)step, (void)steps;
    s->layer = *out;
    s->layer_name = name;
}

/* From here on bds_layer tells the last operator's result; before the next step it tells nothing. */
EXPORT(bds_watch) int32_t wasm_watch(session *s)
{
    s->layer = (bds_tensor){0};
    s->layer_name = NULL;
    return bds_observe(s->plan, see, s);
}

/* out: as bds_output gives a tensor, then the operator's name, 0: nothing yet. Only after bds_watch. */
EXPORT(bds_layer) int32_t wasm_layer(const session *s, uint32_t out[9])
{
    out[8] = (uint32_t)(uintptr_t)s->layer_name;
    return tensor_words(BDS_OK, &s->layer, out);
}
