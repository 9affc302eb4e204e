/* Where there is a printf: plays the made-up ECG as fast as it can; a device does the same each time its converter has a sample.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "made_up.h"
#include "wearable.h"

static void print(const char *line)
{
    puts(line);
}

int main(void)
{
    int st = wearable_begin(MADE_UP_RATE, 2, 1);
    puts("Bedside is not a medical device. A made-up ECG: N normal, S supraventricular, V ventricular.");
    for (uint32_t t = 0; st == 0 && t < MADE_UP_SECONDS * MADE_UP_RATE; t++) {
        int32_t lead0, lead1;
        made_up_sample(t, &lead0, &lead1);
        st = wearable_sample(lead0, lead1, print);
    }
    if (st == 0)
        st = wearable_finish(print);
    return st == 0 ? 0 : 1;
}
