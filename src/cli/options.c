/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <string.h>

#include "cli.h"

static cli_option *find(cli_option *options, int count, const char *text, size_t n)
{
    for (int i = 0; i < count; i++)
        if (strlen(options[i].name) == n && memcmp(options[i].name, text, n) == 0)
            return &options[i];
    return 0;
}

int options_parse(const char *command, int argc, char **argv, cli_option *options, int option_count, int *operands)
{
    int only_operands = 0;
    *operands = 0;
    for (int i = 0; i < argc; i++) {
        char *text = argv[i];
        if (only_operands || text[0] != '-' || !text[1]) {
            argv[(*operands)++] = text;
            continue;
        }
        if (strcmp(text, "--") == 0) {
            only_operands = 1;
            continue;
        }
        const char *equals = strchr(text, '=');
        size_t n = equals ? (size_t)(equals - text) : strlen(text);
        cli_option *option = find(options, option_count, text, n);
        if (!option)
            return cli_usage(command, "there is no option %.*s", (int)n, text);
        if (option->value)
            return cli_usage(command, "%s is given twice", option->name);
        if (!option->takes_value) {
            if (equals)
                return cli_usage(command, "%s takes no value", option->name);
            option->value = option->name;
        } else if (equals) {
            option->value = equals + 1;
        } else if (i + 1 < argc) {
            option->value = argv[++i];
        } else {
            return cli_usage(command, "%s needs a value", option->name);
        }
    }
    return 0;
}

int option_number(const char *command, const cli_option *option, uint32_t lo, uint32_t hi, uint32_t *value)
{
    uint64_t sum = 0;
    const char *p = option->value;
    if (!*p)
        return cli_usage(command, "%s needs a number", option->name);
    for (; *p; p++) {
        if (*p < '0' || *p > '9' || sum > UINT32_MAX)
            return cli_usage(command, "%s needs a whole number, not '%s'", option->name, option->value);
        sum = sum * 10 + (uint64_t)(*p - '0');
    }
    if (sum < lo || sum > hi)
        return cli_usage(command, "%s must be from %u to %u", option->name, lo, hi);
    *value = (uint32_t)sum;
    return 0;
}
