/*
 * What a test needs from the place it runs in, so that one source runs on a bare board, in WebAssembly and on a host.
 * A test includes this header, defines `int main(void)` and prints through board_puts; its return value becomes the exit code.
 */
#ifndef BEDSIDE_TESTS_BOARD_H
#define BEDSIDE_TESTS_BOARD_H

/* The real entry belongs to the board. */
#define main board_main
int board_main(void);

/* Prints one line of any length and ends it. */
void board_puts(const char *line);

/* Ends the test; code in [0, 125]. */
_Noreturn void board_exit(int code);

#endif
