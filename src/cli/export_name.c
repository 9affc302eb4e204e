/* SPDX-License-Identifier: MIT */
#include "export_name.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "export_source.h"

/* C11, C++20, and what GCC takes for a word of its own without -std=c11. */
static const char *const keywords[] = {
    "alignas",     "alignof",      "and",       "and_eq",   "asm",       "auto",         "bitand",   "bitor",
    "bool",        "break",        "case",      "catch",    "char",      "char16_t",     "char32_t", "char8_t",
    "class",       "co_await",     "co_return", "co_yield", "compl",     "concept",      "const",    "const_cast",
    "consteval",   "constexpr",    "constinit", "continue", "decltype",  "default",      "delete",   "do",
    "double",      "dynamic_cast", "else",      "enum",     "explicit",  "export",       "extern",   "false",
    "float",       "for",          "friend",    "goto",     "if",        "inline",       "int",      "linux",
    "long",        "mutable",      "namespace", "new",      "noexcept",  "not",          "not_eq",   "nullptr",
    "operator",    "or",           "or_eq",     "private",  "protected", "public",       "register", "reinterpret_cast",
    "requires",    "restrict",     "return",    "short",    "signed",    "sizeof",       "static",   "static_assert",
    "static_cast", "struct",       "switch",    "template", "this",      "thread_local", "throw",    "true",
    "try",         "typedef",      "typeid",    "typename", "typeof",    "union",        "unix",     "unsigned",
    "using",       "virtual",      "void",      "volatile", "wchar_t",   "while",        "xor",      "xor_eq",
};
/* Of the source itself and of what it includes; what every program has, and what the runtime calls. */
static const char *const used[] = {
    "ALIGNED", "BYTES",       "NULL",     "PICTURE", "assert", "blobs",  "data",    "flows",
    "inputs",  "kernels",     "links",    "main",    "memcmp", "memcpy", "memmove", "memset",
    "model",   "mcu_requant", "offsetof", "nodes",   "ops",    "result", "strlen",  "tensors",
};
/* NAME.h would be found in place of these. */
static const char *const headers[] = {
    "assert",   "bedside",   "bedside_network", "complex", "ctype",  "errno",  "fenv",   "float",
    "inttypes", "iso646",    "limits",          "locale",  "math",   "setjmp", "signal", "stdalign",
    "stdarg",   "stdatomic", "stdbool",         "stddef",  "stdint", "stdio",  "stdlib", "stdnoreturn",
    "string",   "tgmath",    "threads",         "time",    "uchar",  "wchar",  "wctype",
};

static int is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return 1;
    return 0;
}

/* There are file systems where capitals do not count. */
static int is_header(const char *name)
{
    char lower[EXPORT_NAME];
    size_t n = 0;
    for (; name[n] && n + 1 < EXPORT_NAME; n++)
        lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = 0;
    return is_among(lower, headers, sizeof headers / sizeof *headers);
}

static int begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* T0, S12: where tensors, scratch and strips lie. */
static int is_place(const char *name)
{
    return strchr("TSR", name[0]) && name[1] && strspn(name + 1, "0123456789") == strlen(name + 1);
}

const char *export_name_wrong(const char *name)
{
    const size_t n = strlen(name);
    if (is_among(name, keywords, sizeof keywords / sizeof *keywords))
        return "it is a word of C or C++";
    if (name[0] == '_')
        return "names that begin with _ are the compiler's";
    if (n > 2 && strcmp(name + n - 2, "_t") == 0)
        return "names that end in _t are types";
    if (begins(name, "bds_") || begins(name, "BDS_") || begins(name, "bdf_") || begins(name, "BDF_"))
        return "such names are Bedside's own";
    if (is_header(name))
        return "its header would stand in the place of another";
    if (is_among(name, used, sizeof used / sizeof *used) || is_place(name))
        return "the source or the runtime uses it";
    return NULL;
}
