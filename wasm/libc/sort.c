/* qsort as a heap sort: no recursion, no memory. Its callers' orders are total, so every implementation gives the same result. */
#include <stdlib.h>

static void swap(unsigned char *a, unsigned char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* Lets element `at` sink until neither child is larger. */
static void sink(unsigned char *base, size_t at, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0)
            child++;
        if (compare(base + at * size, base + child * size) >= 0)
            return;
        swap(base + at * size, base + child * size, size);
        at = child;
    }
}

void qsort(void *elements, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    unsigned char *base = elements;
    for (size_t i = count / 2; i-- > 0;)
        sink(base, i, count, size, compare);
    for (size_t i = count; i-- > 1;) {
        swap(base, base + i * size, size);
        sink(base, 0, i, size, compare);
    }
}
