/* The example heartbeat on a bare board.
 * SPDX-License-Identifier: MIT */
#include "board.h"

#include "heartbeat.h"

int main(void)
{
    return heartbeat(board_puts) == 0 ? 0 : 1;
}
