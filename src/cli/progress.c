/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 30u

void progress_show(const char *stage, uint32_t done, uint32_t total)
{
    if (!isatty(STDERR_FILENO) || total == 0)
        return;
    if (done > total)
        done = total;
    uint32_t percent = (uint32_t)((uint64_t)done * 100 / total);
    uint32_t before = done ? (uint32_t)((uint64_t)(done - 1) * 100 / total) : 101;
    if (percent == before && done != total)
        return;
    uint32_t cells = percent * WIDTH / 100;
    fprintf(stderr, "\r%-12.12s [", stage);
    for (uint32_t i = 0; i < WIDTH; i++)
        fputc(i < cells ? '#' : '.', stderr);
    fprintf(stderr, "] %3u %%", percent);
    if (done == total)
        fputc('\n', stderr);
    fflush(stderr);
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}
