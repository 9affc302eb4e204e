/* The example wearable on a bare board.
 * SPDX-License-Identifier: MIT */
#include "board.h"

#include "made_up.h"
#include "wearable.h"

int main(void)
{
    int st = wearable_begin(MADE_UP_RATE, 2, 1);
    for (uint32_t t = 0; st == 0 && t < MADE_UP_SECONDS * MADE_UP_RATE; t++) {
        int32_t lead0, lead1;
        made_up_sample(t, &lead0, &lead1);
        st = wearable_sample(lead0, lead1, board_puts);
    }
    return st == 0 && wearable_finish(board_puts) == 0 ? 0 : 1;
}
