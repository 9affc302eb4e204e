/* Lines of text without a C library: boards have none that prints.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_TESTS_TEXT_H
#define BEDSIDE_TESTS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Both write a terminating zero and return its place, so that calls nest. */
static inline char *append(char *to, const char *text)
{
    while (*text)
        *to++ = *text++;
    *to = 0;
    return to;
}

static inline char *append_number(char *to, uint32_t x)
{
    char digits[12], *d = digits + sizeof digits;

    *--d = 0;
    do
        *--d = (char)('0' + x % 10);
    while (x /= 10);
    return append(to, d);
}

/* 2 * n lower-case digits and a zero. */
static inline void hexadecimal(char *text, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *text++ = "0123456789abcdef"[bytes[i] >> 4];
        *text++ = "0123456789abcdef"[bytes[i] & 15];
    }
    *text = 0;
}

#endif
