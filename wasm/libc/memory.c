/*
 * Memory functions for a WebAssembly module that is linked without a C library. Short runs go eight bytes at a time, which needs
 * no alignment here; long ones are an instruction of their own where the target has it. Built with -fno-builtin, or the compiler
 * would turn each loop into a call of the function that it stands in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* From here on the engine's own routine is faster than its call costs. */
enum { LONG_RUN = 256 };

static uint64_t load8(const unsigned char *from)
{
    uint64_t word;

    __builtin_memcpy(&word, from, 8);
    return word;
}

static void store8(unsigned char *to, uint64_t word)
{
    __builtin_memcpy(to, &word, 8);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    return memmove(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
    unsigned char *t = to;
    const unsigned char *f = from;

#if defined(__wasm_bulk_memory__)
    if (n >= LONG_RUN)
        return __builtin_memmove(to, from, n);
#endif
    if ((uintptr_t)t - (uintptr_t)f >= n) { /* the end of `from` is not under the start of `to` */
        for (; n >= 8; n -= 8, t += 8, f += 8)
            store8(t, load8(f));
        while (n--)
            *t++ = *f++;
    } else {
        for (; n >= 8; n -= 8)
            store8(t + n - 8, load8(f + n - 8));
        while (n--)
            t[n] = f[n];
    }
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    unsigned char *t = to;
    const uint64_t word = (unsigned char)byte * UINT64_C(0x0101010101010101);

#if defined(__wasm_bulk_memory__)
    if (n >= LONG_RUN)
        return __builtin_memset(to, byte, n);
#endif
    for (; n >= 8; n -= 8, t += 8)
        store8(t, word);
    while (n--)
        *t++ = (unsigned char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

size_t strlen(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return (size_t)(end - text);
}

int abs(int value)
{
    return value < 0 ? -value : value;
}
