/* SPDX-License-Identifier: MIT */
#include <zephyr/sys/printk.h>

#include "heartbeat.h"

static void print(const char *line)
{
    printk("%s\n", line);
}

int main(void)
{
    return heartbeat(print);
}
