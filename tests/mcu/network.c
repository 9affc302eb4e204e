/* One network over the inputs of network_inputs.h, on any target. Prints
 *
 *     arena <bytes>      of the plan, scratch included
 *     stack <bytes>      the deepest below the caller of bds_run; boards only
 *     digest <SHA-256>   a chain: 32 zero bytes, then after each run for each output SHA-256(digest, SHA-256(output's bytes))
 *
 * The network is NETWORK of header NETWORK_HEADER, as `bedside export-c` wrote them, in an arena of NETWORK_ARENA bytes; or, with
 * NETWORK_FILE, a .bds file built in as it is, whose plan lies in an area of NETWORK_AREA bytes.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "board.h"

#include "bedside.h"
#include "count.h"
#include "network_inputs.h"
#include "stack.h"
#include "text.h"

#ifdef NETWORK_FILE
__asm__(".section .rodata.network,\"a\"\n.balign 16\nnetwork_file: .incbin \"" NETWORK_FILE "\"\nnetwork_file_end:\n"
        ".globl network_file, network_file_end\n.text");
extern const uint8_t network_file[], network_file_end[];
static uint8_t area[NETWORK_AREA] __attribute__((aligned(16)));

static bds_status make_plan(bds_plan **plan, size_t *bytes)
{
    static bds_model model;
    bds_status st = bds_model_open(&model, network_file, (size_t)(network_file_end - network_file));

    if (st >= 0)
        st = bds_plan_size(&model, NULL, bytes);
    return st < 0 ? st : bds_plan_create(plan, &model, NULL, area, sizeof area);
}
#else
#include NETWORK_HEADER
BDS_NETWORK_ARENA(static, area, NETWORK_ARENA);

static bds_status make_plan(bds_plan **plan, size_t *bytes)
{
    *bytes = NETWORK_ARENA;
    return bds_network_plan(plan, &NETWORK, area, sizeof area);
}
#endif

static __attribute__((noinline)) bds_status run(bds_plan *plan, uint32_t *stack)
{
    stack_paint();
    count_begin();
    bds_status st = bds_run(plan);
    count_end();
    const uint32_t used = stack_used();

    *stack = used > *stack ? used : *stack;
    return st;
}

static bds_status run_set(bds_plan *plan, uint32_t set, uint8_t digest[32], uint32_t *stack)
{
    bds_tensor t;
    bds_status st;

    for (uint32_t i = 0; (st = bds_input(plan, i, &t)) == BDS_OK; i++)
        fill_input(&t, set, i);
    if (st != BDS_E_ARGUMENT) /* there are no more */
        return st;
    if ((st = run(plan, stack)) < 0)
        return st;
    for (uint32_t i = 0; (st = bds_output(plan, i, &t)) == BDS_OK; i++) {
        uint8_t both[64];
        memcpy(both, digest, 32);
        bds_sha256(both + 32, t.data, (size_t)tensor_values(&t) << is_wide(&t));
        bds_sha256(digest, both, sizeof both);
    }
    return st == BDS_E_ARGUMENT ? BDS_OK : st;
}

static void put_number(const char *name, uint32_t value)
{
    char line[32];

    append_number(append(line, name), value);
    board_puts(line);
}

int main(void)
{
    bds_plan *plan;
    size_t arena = 0;
    uint8_t digest[32] = {0};
    uint32_t stack = 0;
    char line[80];
    bds_status st = make_plan(&plan, &arena);

    for (uint32_t set = 0; st >= 0 && set < INPUT_SETS; set++)
        st = run_set(plan, set, digest, &stack);
    if (st < 0) {
        put_number("error -", (uint32_t)-st);
        return 1;
    }
    put_number("arena ", (uint32_t)arena);
    put_number("stack ", stack);
    hexadecimal(append(line, "digest "), digest, sizeof digest);
    board_puts(line);
    return 0;
}
