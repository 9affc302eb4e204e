/*
 * Runs a fuzz target without libFuzzer: every file under the folders given, whole, cut short and mutated. The mutations come from
 * a fixed seed, so a failure repeats; the sanitizers are the judge.
 *
 *     fuzz_NAME [-n MUTATIONS_PER_FILE] PATH...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t state;
static unsigned long files, runs;

static uint32_t random_below(uint32_t bound)
{
    state = state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state * bound) >> 32);
}

/* An allocation of exactly this size, so that the first byte read behind it is reported. */
static void run_exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (copy == NULL)
        exit(2);
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    runs++;
}

static void mutate(uint8_t *data, size_t *size)
{
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    unsigned changes = 1 + random_below(4);

    while (changes-- && *size) {
        uint32_t at = random_below((uint32_t)*size), length = 1 + random_below(8);

        if (length > *size - at)
            length = (uint32_t)*size - at;
        switch (random_below(5)) {
        case 0:
            data[at] ^= (uint8_t)(1u << random_below(8));
            break;
        case 1:
            data[at] = edges[random_below(sizeof edges)];
            break;
        case 2:
            memset(data + at, edges[random_below(sizeof edges)], length);
            break;
        case 3:
            memmove(data + random_below((uint32_t)*size - length + 1), data + at, length);
            break;
        default:
            *size = at;
        }
    }
}

static void replay_file(const char *path, unsigned long mutations)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    uint8_t *original, *work;
    size_t size;

    if (file == NULL || stat(path, &info) != 0 || info.st_size > (1 << 26)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    size = (size_t)info.st_size;
    original = malloc(size + 1);
    work = malloc(size + 1);
    if (original == NULL || work == NULL || fread(original, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    fclose(file);

    files++;
    state = 1;
    run_exact(original, size);
    for (size_t cut = 0; cut < size; cut += 1 + size / 64)
        run_exact(original, cut);
    for (unsigned long i = 0; i < mutations; i++) {
        size_t mutated = size;

        memcpy(work, original, size);
        mutate(work, &mutated);
        run_exact(work, mutated);
    }
    free(original);
    free(work);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void replay(const char *path, unsigned long mutations)
{
    struct stat info;
    struct dirent *entry;
    char **names = NULL;
    size_t count = 0;
    DIR *folder;

    if (stat(path, &info) != 0) {
        fprintf(stderr, "%s: not there\n", path);
        exit(2);
    }
    if (!S_ISDIR(info.st_mode)) {
        replay_file(path, mutations);
        return;
    }
    folder = opendir(path);
    if (folder == NULL)
        exit(2);
    while ((entry = readdir(folder)) != NULL) {
        size_t length = strlen(path) + strlen(entry->d_name) + 2;
        char **more;

        if (entry->d_name[0] == '.')
            continue;
        more = realloc(names, (count + 1) * sizeof *names);
        if (more == NULL)
            exit(2);
        names = more;
        names[count] = malloc(length);
        if (names[count] == NULL)
            exit(2);
        snprintf(names[count++], length, "%s/%s", path, entry->d_name);
    }
    closedir(folder);
    if (names != NULL)
        qsort(names, count, sizeof *names, by_name); /* the order of a folder is the file system's whim */
    for (size_t i = 0; i < count; i++) {
        replay(names[i], mutations);
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    unsigned long mutations = 500;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        mutations = strtoul(argv[2], NULL, 10);
        first = 3;
    }
    if (first >= argc) {
        fprintf(stderr, "usage: %s [-n MUTATIONS_PER_FILE] PATH...\n", argv[0]);
        return 2;
    }
    for (int i = first; i < argc; i++)
        replay(argv[i], mutations);
    printf("%lu files, %lu inputs, none went wrong\n", files, runs);
    if (files == 0) {
        fprintf(stderr, "an empty corpus tests nothing\n");
        return 2;
    }
    return 0;
}
