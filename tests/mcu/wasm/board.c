/* WebAssembly under Node: cmake/run-wasm.mjs supplies the two imports. */
#include "../board.h"

#include <string.h>

#define IMPORT(symbol) __attribute__((import_module("board"), import_name(symbol)))

IMPORT("text") void host_text(const char *from, int length);
IMPORT("exit") _Noreturn void host_exit(int code);

__attribute__((export_name("board_start"))) void board_start(void);

void board_puts(const char *line)
{
    host_text(line, (int)strlen(line));
    host_text("\n", 1);
}

_Noreturn void board_exit(int code)
{
    host_exit(code);
}

void board_start(void)
{
    board_exit(board_main());
}
