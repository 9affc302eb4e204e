/* The little of the C library that the runtime uses, for compilers that bring none for WebAssembly. */
#ifndef BEDSIDE_WASM_STRING_H
#define BEDSIDE_WASM_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
size_t strcspn(const char *text, const char *stops);
char *strchr(const char *text, int character);
char *strcat(char *to, const char *from);

#endif
