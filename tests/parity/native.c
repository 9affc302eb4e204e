/* The parity check as a program:
 *
 *     parity_native [--cpu MASK | --scalar] [MODEL PACK]
 *
 * Every buffer of the kernels' cases is an allocation of its own, so that the sanitizers see each byte outside it.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels_check.h"
#include "model_check.h"

enum { MAX_BLOCKS = 64, AREA_BYTES = 64 << 20 };

typedef struct heap {
    check_memory memory;
    void *blocks[MAX_BLOCKS];
    int count;
} heap;

static void *take_from_heap(check_memory *memory, size_t bytes)
{
    heap *h = (heap *)memory;

    return h->count < MAX_BLOCKS ? h->blocks[h->count++] = malloc(bytes) : NULL;
}

static void release_heap(check_memory *memory)
{
    heap *h = (heap *)memory;

    while (h->count)
        free(h->blocks[--h->count]);
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
    heap h = {.memory = {take_from_heap, release_heap}};
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
