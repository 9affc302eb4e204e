/* Does the self-test notice a faulty kernel? It is given tables whose kernels are the references but for one, whose results are off by a
 * bit in one place.
 * SPDX-License-Identifier: MIT */
#include "kernels/ref/ref.h"

static void select_faulty(bds_kernels *k, uint32_t which);

/* The self-test with this selection in place of the machine's. */
#define bds_kernels_select select_faulty
#include "self_test.c"
#undef bds_kernels_select

#include "unit/check.h"

static void flip(void *out)
{
    *(int8_t *)out = (int8_t)(*(int8_t *)out ^ 1);
}

/* Their results begin at out, but for a convolution or a depthwise layer of some rows. */
static void faulty_conv(const bds_conv *c)
{
    bds_conv_ref(c);
    flip((int8_t *)c->out + c->channels - 1);
}

static void faulty_depthwise(const bds_depthwise *d)
{
    bds_depthwise_ref(d);
    flip(d->out);
}

static void faulty_requantise(int8_t *out, const int32_t *acc, uint32_t count, const bds_requant *rq)
{
    bds_requantise_s8_ref(out, acc, count, rq);
    flip(out + count - 1);
}

static void faulty_add(const bds_add *a)
{
    bds_add_ref(a);
    flip((int8_t *)a->out + a->count - 1);
}

static void faulty_mul(const bds_mul *m)
{
    bds_mul_ref(m);
    flip((int8_t *)m->out + m->count - 1);
}

static void faulty_extreme(const bds_extreme *e)
{
    bds_extreme_ref(e);
    flip((int8_t *)e->out + e->count - 1);
}

static void faulty_max_pool(const bds_pool *p)
{
    bds_max_pool_ref(p);
    flip((int8_t *)p->out + p->channels - 1);
}

static void faulty_sum_pool(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    bds_sum_pool_ref(sum, p, zero_point);
    sum[p->channels - 1]++;
}

static void same_add(const bds_add *a)
{
    bds_add_ref(a);
}

static void same_sum_pool(int32_t *sum, const bds_pool *p, int32_t zero_point)
{
    bds_sum_pool_ref(sum, p, zero_point);
}

enum { NONE, CONV, DEPTHWISE, REQUANTISE, ADD, MUL, EXTREME, MAX_POOL, SUM_POOL, FAULTS };

static void select_faulty(bds_kernels *k, uint32_t which)
{
    bds_kernels_ref(k);
    if (which == CONV)
        k->conv = faulty_conv;
    if (which == DEPTHWISE)
        k->depthwise = faulty_depthwise;
    if (which == REQUANTISE)
        k->requantise = faulty_requantise;
    /* These are tested together, where one of them is not the reference. */
    if (which >= ADD && which <= EXTREME)
        k->add = which == ADD ? faulty_add : same_add;
    if (which == MUL)
        k->mul = faulty_mul;
    if (which == EXTREME)
        k->extreme = faulty_extreme;
    if (which >= MAX_POOL)
        k->sum_pool = which == SUM_POOL ? faulty_sum_pool : same_sum_pool;
    if (which == MAX_POOL)
        k->max_pool = faulty_max_pool;
}

int main(void)
{
    static uint8_t scratch[BDS_SELF_TEST_BYTES];
    CHECK(bds_self_test(NONE, scratch, sizeof scratch, BDS_SELF_TEST_KINDS) == BDS_OK);
    for (uint32_t which = CONV; which < FAULTS; which++)
        CHECK(bds_self_test(which, scratch, sizeof scratch, BDS_SELF_TEST_KINDS) == BDS_E_SELF_TEST);
    return check_done();
}
