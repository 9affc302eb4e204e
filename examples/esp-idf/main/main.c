/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "heartbeat.h"

static void print(const char *line)
{
    printf("%s\n", line);
}

void app_main(void)
{
    heartbeat(print);
}
