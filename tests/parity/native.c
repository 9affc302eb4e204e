/* The parity check as a program:
 *
 *     parity_native [--cpu MASK | --scalar] [MODEL PACK]
 *
 * Every buffer of the kernels' cases is an allocation of its own, so that the sanitizers see each byte outside it. Without them it ends
 * at a page that may not be touched: emulated processors have no sanitizer.
 * SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels_check.h"
#include "model_check.h"

enum { MAX_BLOCKS = 64, AREA_BYTES = 64 << 20 };

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__linux__) && !defined(SANITIZED) && !defined(__SANITIZE_ADDRESS__)
#include <sys/mman.h>

/* bytes rounded up to 16, so that they are aligned, between two pages that may not be touched. */
static void *take_block(size_t bytes, void **mapping, size_t *mapped)
{
    const size_t page = 65536, whole = (bytes + 15) & ~(size_t)15; /* the largest page that there is */
    const size_t inside = (whole + page) / page * page;
    uint8_t *pages = mmap(NULL, inside + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED)
        return NULL;
    *mapping = pages;
    *mapped = inside + 2 * page;
    if (mprotect(pages, page, PROT_NONE) || mprotect(pages + page + inside, page, PROT_NONE))
        return NULL;
    return pages + page + inside - whole;
}

static void release_block(void *mapping, size_t mapped)
{
    munmap(mapping, mapped);
}
#else
static void *take_block(size_t bytes, void **mapping, size_t *mapped)
{
    *mapped = bytes;
    return *mapping = malloc(bytes);
}

static void release_block(void *mapping, size_t mapped)
{
    (void)mapped;
    free(mapping);
}
#endif

typedef struct heap {
    check_memory memory;
    void *blocks[MAX_BLOCKS];
    size_t sizes[MAX_BLOCKS];
    int count;
} heap;

static void *take_from_heap(check_memory *memory, size_t bytes)
{
    heap *h = (heap *)memory;

    if (h->count == MAX_BLOCKS)
        return NULL;
    h->blocks[h->count] = NULL;
    h->sizes[h->count] = 0;
    h->count++;
    return take_block(bytes, &h->blocks[h->count - 1], &h->sizes[h->count - 1]);
}

static void release_heap(check_memory *memory)
{
    heap *h = (heap *)memory;

    while (h->count) {
        h->count--;
        if (h->blocks[h->count])
            release_block(h->blocks[h->count], h->sizes[h->count]);
    }
}

static void put_line(const char *line)
{
    puts(line);
}

static void *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    void *data = NULL;
    long end;

    if (file && fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) > 0) {
        *bytes = (size_t)end;
        rewind(file);
        data = malloc(*bytes); /* 16-byte aligned, as the runtime wants a model */
        if (data && fread(data, 1, *bytes, file) != *bytes) {
            free(data);
            data = NULL;
        }
    }
    if (file)
        fclose(file);
    if (!data)
        fprintf(stderr, "cannot read %s\n", path);
    return data;
}

static int check_model(const char *model_path, const char *pack_path, uint32_t cpu)
{
    size_t model_bytes = 0, pack_bytes = 0;
    void *model = read_file(model_path, &model_bytes), *pack = read_file(pack_path, &pack_bytes),
         *area = malloc(AREA_BYTES);
    model_report report;
    int wrong = 1;

    if (model && pack && area) {
        model_check(&report, model, model_bytes, pack, pack_bytes, cpu, area, AREA_BYTES);
        wrong = model_report_print(&report, put_line);
    }
    free(model);
    free(pack);
    free(area);
    return wrong;
}

int main(int argc, char **argv)
{
    heap h = {.memory = {.take = take_from_heap, .release_all = release_heap}};
    kernels_report report;
    uint32_t cpu = BDS_CPU_ALL;
    int wrong, next = 1;

    if (next < argc && strcmp(argv[next], "--scalar") == 0) {
        cpu = 0;
        next++;
    } else if (next + 1 < argc && strcmp(argv[next], "--cpu") == 0) {
        cpu = (uint32_t)strtoul(argv[next + 1], NULL, 0);
        next += 2;
    }
    if (argc != next && argc != next + 2) {
        fprintf(stderr, "usage: %s [--cpu MASK | --scalar] [MODEL PACK]\n", argv[0]);
        return 2;
    }
    printf("cpu %u\n", (unsigned)(cpu & bds_cpu_features()));
    kernels_check(&report, cpu, &h.memory);
    wrong = kernels_report_print(&report, put_line);
    return argc == next ? wrong : wrong | check_model(argv[next], argv[next + 1], cpu);
}
