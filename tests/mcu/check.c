/* Is the board itself sound? Initialised data, zeroed data, the C library's memory functions, a line of text, an exit code. */
#include "board.h"

#include <stdint.h>
#include <string.h>

static volatile uint32_t initialised[3] = {1, 2, 0x80000000u};
static volatile uint32_t zeroed[1000];

int main(void)
{
    uint8_t from[64], to[64];

    for (unsigned i = 0; i < 1000; i++)
        if (zeroed[i] != 0)
            return 2;
    if (initialised[0] != 1 || initialised[1] != 2 || initialised[2] != 0x80000000u)
        return 3;
    memset(from, (int)initialised[1], sizeof from);
    memcpy(to, from, sizeof to);
    if (memcmp(from, to, sizeof to) != 0 || to[63] != 2)
        return 4;
    board_puts("board: ready");
#ifdef EXPECT_FAILURE
    return 7;
#else
    return 0;
#endif
}
