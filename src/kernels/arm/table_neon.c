/* Tables with NEON: one of 256 bytes lies in sixteen registers, and an instruction looks sixteen values up in four of them.
 * SPDX-License-Identifier: MIT */
#include "../ref/ref.h"
#include "neon.h"

enum {
    LANES = 16,
    WORTH = 64 /* values, for which the table is loaded */
};

/* An index outside a quarter gives 0 (tbl) or leaves what is there (tbx). */
static inline int8x16_t look_up(const int8x16x4_t quarter[4], int8x16_t x)
{
    const uint8x16_t i = veorq_u8(vreinterpretq_u8_s8(x), vdupq_n_u8(0x80)), step = vdupq_n_u8(64);
    const uint8x16_t j = vsubq_u8(i, step), k = vsubq_u8(j, step), l = vsubq_u8(k, step);

    return vqtbx4q_s8(vqtbx4q_s8(vqtbx4q_s8(vqtbl4q_s8(quarter[0], i), quarter[1], j), quarter[2], k), quarter[3], l);
}

void bds_table_neon(const bds_table *t)
{
    const uint32_t whole = t->count / LANES * LANES;
    const int8_t *x = t->x, *table = t->table;
    int8x16x4_t quarter[4];
    bds_table rest = *t;

    if (t->x_wide || t->out_wide || t->rows != 1 || t->count < WORTH) {
        bds_table_ref(t);
        return;
    }
    for (int i = 0; i < 4; i++)
        quarter[i] = vld1q_s8_x4(table + 64 * i);
    for (uint32_t i = 0; i < whole; i += LANES)
        vst1q_s8((int8_t *)t->out + i, look_up(quarter, vld1q_s8(x + i)));
    rest.x = x + whole;
    rest.out = (int8_t *)t->out + whole;
    rest.count -= whole;
    bds_table_ref(&rest);
}
