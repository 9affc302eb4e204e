/* malloc and free for the compiler's module: blocks in order of address over a memory that only grows; first fit, neighbours that
 * are free become one. The compiler asks for few, large chunks, so the list stays short. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct block {
    struct block *next; /* by address; the last one has none */
    size_t size;        /* bytes behind this header */
    int used;
    uint32_t padding;
} block;
_Static_assert(sizeof(block) == 16, "memory behind a header is 16-byte aligned");

enum { PAGE = 65536 };
extern unsigned char __heap_base;

static block *first, *last;

static unsigned char *end_of(block *b)
{
    return (unsigned char *)(b + 1) + b->size;
}

static void merge_with_next(block *b)
{
    block *next = b->next;
    if (!next || next->used)
        return;
    b->size += sizeof *next + next->size;
    b->next = next->next;
    if (last == next)
        last = b;
}

/* Adds n free bytes and a header at the end of the memory. 0 if there is no more. */
static int grow(size_t n)
{
    if (!first) {
        uintptr_t base = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
        first = last = (block *)base;
        *first = (block){.size = (size_t)__builtin_wasm_memory_size(0) * PAGE - base - sizeof *first};
        if (first->size >= n)
            return 1;
    }
    size_t have = last->used ? 0 : last->size + sizeof *last;
    size_t need = n + sizeof(block) > have ? n + sizeof(block) - have : 0;
    size_t pages = (need + PAGE - 1) / PAGE;
    if (n > SIZE_MAX / 2 || __builtin_wasm_memory_grow(0, pages) == SIZE_MAX)
        return 0;
    block *fresh = (block *)(void *)end_of(last);
    *fresh = (block){.size = pages * PAGE - sizeof *fresh};
    last->next = fresh;
    if (last->used)
        last = fresh;
    else
        merge_with_next(last);
    return 1;
}

void *malloc(size_t n)
{
    if (n > SIZE_MAX / 4)
        return NULL;
    n = (n + 15) & ~(size_t)15;
    for (int attempt = 0; attempt < 2; attempt++) {
        for (block *b = first; b; b = b->next) {
            if (b->used || b->size < n)
                continue;
            if (b->size - n > sizeof *b) { /* the rest stays free */
                block *rest = (block *)(void *)((unsigned char *)(b + 1) + n);
                *rest = (block){.next = b->next, .size = b->size - n - sizeof *rest};
                if (last == b)
                    last = rest;
                b->next = rest;
                b->size = n;
            }
            b->used = 1;
            return b + 1;
        }
        if (!grow(n))
            return NULL;
    }
    return NULL;
}

void free(void *memory)
{
    if (!memory)
        return;
    block *b = (block *)memory - 1;
    b->used = 0;
    merge_with_next(b);
    for (block *before = first; before && before != b; before = before->next)
        if (!before->used && before->next == b) {
            merge_with_next(before);
            break;
        }
}

/* Compilers make it of malloc and memset. */
void *calloc(size_t count, size_t size)
{
    void *memory = size && count > SIZE_MAX / size ? NULL : malloc(count * size);
    if (memory)
        memset(memory, 0, count * size);
    return memory;
}
