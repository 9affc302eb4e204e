/* A plugin for QEMU's translator that counts executed instructions: of each stretch between two marks, and function by function.
 * The counts are exact and the same in every run: they are of the guest's instructions and know no time.
 *
 *     cc -shared -fPIC [-DAPI=2] count.c -o count.so                                    API 2: QEMU 9 or newer
 *     qemu-system-arm ... -plugin count.so,out=FILE
 *
 * A stretch begins with the instruction after count_begin and ends with the one before count_end, two empty functions of the guest
 * (count.h): so it holds what lies between the calls of both, and those calls. FILE then holds lines:
 *
 *     stretch <instructions>                    each, in order
 *     function <instructions> <name>            of the last stretch
 *
 * QEMU's blocks run from their first instruction to their last unless one faults: so a block is counted when it begins.
 * SPDX-License-Identifier: MIT */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is used here of QEMU's interface for plugins, docs/devel/tcg-plugins.rst there: Debian 12 ships no header. */
typedef uint64_t plugin_id;
typedef struct qemu_plugin_tb block;
typedef struct qemu_plugin_insn instruction;
enum { CALLBACK_READS_NO_REGISTERS = 0 };
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*translated)(plugin_id id, block *tb));
extern void qemu_plugin_register_vcpu_tb_exec_cb(block *tb, void (*executed)(unsigned cpu, void *data), int flags,
                                                 void *data);
extern void qemu_plugin_register_atexit_cb(plugin_id id, void (*ended)(plugin_id id, void *data), void *data);
extern size_t qemu_plugin_tb_n_insns(const block *tb);
extern instruction *qemu_plugin_tb_get_insn(const block *tb, size_t index);
extern const char *qemu_plugin_insn_symbol(const instruction *insn);

#ifndef API
#define API 1
#endif
#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = API;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

enum { MAX_FUNCTIONS = 4096, MAX_STRETCHES = 256 };
/* Places in functions[] that are not a function. */
enum { BEGIN, END, NAMELESS, FIRST };

static struct {
    char *name;
    uint64_t count;
} functions[MAX_FUNCTIONS] = {{"count_begin", 0}, {"count_end", 0}, {"?", 0}};
static uint32_t function_count = FIRST;
static uint64_t stretches[MAX_STRETCHES], now;
static uint32_t stretch_count;
static int counting;
static const char *wrong; /* what makes the counts worthless */
static char *path;

static void begin(void)
{
    if (counting)
        wrong = "count_begin twice";
    counting = 1;
    now = 0;
    for (uint32_t i = 0; i < function_count; i++)
        functions[i].count = 0;
}

static void end(void)
{
    if (!counting)
        wrong = "count_end without count_begin";
    else if (stretch_count == MAX_STRETCHES)
        wrong = "too many stretches";
    else
        stretches[stretch_count++] = now;
    counting = 0;
}

/* data: function << 16 | instructions. */
static void executed(unsigned cpu, void *data)
{
    const uintptr_t what = (uintptr_t)data, function = what >> 16, count = what & 0xffff;

    (void)cpu;
    if (function == BEGIN)
        begin();
    else if (function == END)
        end();
    else if (counting) {
        now += count;
        functions[function].count += count;
    }
}

static uint32_t function_of(const char *name)
{
    if (!name || !*name)
        return NAMELESS;
    for (uint32_t i = 0; i < function_count; i++)
        if (!strcmp(functions[i].name, name))
            return i;
    char *copy = function_count < MAX_FUNCTIONS ? strdup(name) : NULL;
    if (!copy)
        return NAMELESS;
    functions[function_count].name = copy;
    return function_count++;
}

static void translated(plugin_id id, block *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    const uintptr_t function = function_of(qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(tb, 0)));

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, CALLBACK_READS_NO_REGISTERS, (void *)(function << 16 | count));
}

static void ended(plugin_id id, void *data)
{
    FILE *file = fopen(path, "w");

    (void)id;
    (void)data;
    if (!file) {
        perror(path);
        return;
    }
    for (uint32_t i = 0; i < stretch_count; i++)
        fprintf(file, "stretch %" PRIu64 "\n", stretches[i]);
    for (uint32_t i = NAMELESS; i < function_count; i++)
        if (functions[i].count > 0)
            fprintf(file, "function %" PRIu64 " %s\n", functions[i].count, functions[i].name);
    if (counting)
        wrong = "the last stretch did not end";
    fprintf(file, "%s\n", wrong ? wrong : "done");
    fclose(file);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++)
        if (!strncmp(argv[i], "out=", 4))
            path = strdup(argv[i] + 4);
    if (!path) {
        fputs("count: out=FILE is missing\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
