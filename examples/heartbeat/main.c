/* Where there is a printf. SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "heartbeat.h"

static void print(const char *line)
{
    puts(line);
}

int main(void)
{
    return heartbeat(print) == 0 ? 0 : 1;
}
