/* What the module with threads exports besides. Its memory is shared: every thread has an instance of the module on it, and a stack of
 * its own there. The thread that the model belongs to publishes an operator's parts; whoever is free takes the next one, itself not least:
 * so nobody waits for a thread that has not come. Plain wasm atomics, all sequentially consistent.
 * SPDX-License-Identifier: MIT */
#include "../session.h"

/* bds_team_step: some thread still has a part in hand; call again. */
#define WAITING 2

/* Looks at a word: a fraction of a millisecond, after which a worker goes to sleep and the model's thread asks its host. */
#define SPINS (1 << 18)

/* How a model's threads find each other. Words that different threads write to are on different cache lines. The host and the
 * tests read some: web/bedside.threads.js and tests/node/threads.test.mjs have their places. */
typedef struct team {
    _Alignas(64) uint32_t work; /* of the current operator: parts << 8 | the next one to take; 0: none */
    _Alignas(64) uint32_t done; /* how many are computed */
    uint32_t helped;            /* parts that workers computed, of all runs: for the tests, as the bits do not tell */
    _Alignas(64) uint32_t wake; /* counts the calls for help; who has nothing to do sleeps here */
    uint32_t busy;              /* an operator is under way: no time to sleep */
    uint32_t fault;             /* set by a worker's host: its part will never be done */
    uint32_t steps;             /* operators that are done, of all runs */
    const bds_plan *plan;       /* written before work */
} team;

EXPORT(bds_team_bytes) uint32_t wasm_team_bytes(void)
{
    return (uint32_t)sizeof(team);
}

static uint32_t load(const uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void store(uint32_t *word, uint32_t value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* The sizes are for `threads` threads, else as bds_plan_size and bds_plan_create. */
EXPORT(bds_team_plan_size)
int32_t wasm_team_plan_size(const session *s, uint32_t cpu, uint32_t threads, uint32_t out[1])
{
    bds_config config = {.size = sizeof config, .cpu = cpu, .threads = threads};
    size_t n = 0;
    bds_status st = bds_plan_size(&s->model, &config, &n);
    out[0] = (uint32_t)n;
    return st;
}

EXPORT(bds_team_plan_create)
int32_t wasm_team_plan_create(session *s, uint32_t cpu, uint32_t threads, void *arena, uint32_t n)
{
    bds_config config = {.size = sizeof config, .cpu = cpu, .threads = threads};
    s->plan = NULL;
    return bds_plan_create(&s->plan, &s->model, &config, arena, n);
}

/* Takes and computes a part of the current operator. Returns 0 if there is none. */
static int help(team *t, uint32_t thread)
{
    uint32_t work = load(&t->work);
    do
        if ((work & 255) >= work >> 8)
            return 0;
    while (!__atomic_compare_exchange_n(&t->work, &work, work + 1, 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    /* Taken: until it is counted as done the operator, and so the plan, stay what they are. */
    (void)bds_part(t->plan, thread, work & 255, work >> 8);
    if (thread)
        (void)__atomic_fetch_add(&t->helped, 1, __ATOMIC_SEQ_CST);
    (void)__atomic_fetch_add(&t->done, 1, __ATOMIC_SEQ_CST);
    return 1;
}

/* The life of a worker: ends with its host. */
EXPORT(bds_team_join) void wasm_team_join(team *t, uint32_t thread)
{
    for (;;) {
        for (int spins = 0; spins < SPINS; spins++)
            if (help(t, thread))
                spins = 0;
        const uint32_t wake = load(&t->wake);
        if (!load(&t->busy))
            (void)__builtin_wasm_memory_atomic_wait32((int *)&t->wake, (int)wake, -1);
    }
}

/* Calls the workers: a run begins. */
EXPORT(bds_team_call) void wasm_team_call(team *t)
{
    store(&t->busy, 1);
    (void)__atomic_fetch_add(&t->wake, 1, __ATOMIC_SEQ_CST);
    (void)__builtin_wasm_memory_atomic_notify((int *)&t->wake, BDS_MAX_THREADS);
}

EXPORT(bds_team_rest) void wasm_team_rest(team *t)
{
    store(&t->busy, 0);
}

/* bds_step on all threads. WAITING: again, until it returns anything else; the host looks after the workers meanwhile. */
EXPORT(bds_team_step) int32_t wasm_team_step(session *s, team *t)
{
    bds_plan *plan = s->plan;
    uint32_t parts = load(&t->work) >> 8;
    if (!parts) {
        parts = bds_parts(plan);
        if (parts == 1)
            return bds_step(plan);
        t->plan = plan;
        store(&t->done, 0);
        store(&t->work, parts << 8);
    }
    while (help(t, 0))
        ;
    for (int spins = 0; load(&t->done) < parts; spins++)
        if (spins == SPINS || load(&t->fault))
            return WAITING;
    store(&t->work, 0);
    store(&t->steps, t->steps + 1);
    return bds_advance(plan);
}

/* bds_run, likewise. */
EXPORT(bds_team_run) int32_t wasm_team_run(session *s, team *t)
{
    int32_t st;
    do
        st = wasm_team_step(s, t);
    while (st == BDS_MORE);
    return st;
}
