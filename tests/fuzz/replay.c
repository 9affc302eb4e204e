/* Stands in for libFuzzer where there is none: runs a fuzz target over files, or all files of folders, and over deterministic
 * mutations of each (--mutate=N, 200 unless told; --only=NAME: of folders, only files of that name). The exit code tells nothing finer
 * than "it survived".
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned files, mutants, mutations = 200;
static const char *only;
static uint32_t state = 0x2545f491;

static uint32_t random_below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return n ? state % n : 0;
}

/* One of the changes that find most: a bit, a byte at its rails, a run copied elsewhere, a cut. Returns the new length. */
static size_t change(uint8_t *bytes, size_t n)
{
    static const uint8_t rails[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    const uint32_t at = random_below((uint32_t)n);
    switch (random_below(8)) {
    case 0:
        return at;
    case 1: {
        const uint32_t to = random_below((uint32_t)n), most = (uint32_t)n - (at > to ? at : to);
        memmove(bytes + to, bytes + at, random_below(most < 64 ? most : 64));
        return n;
    }
    case 2:
    case 3:
    case 4:
        bytes[at] = rails[random_below(sizeof rails)];
        return n;
    default:
        bytes[at] ^= (uint8_t)(1u << random_below(8));
        return n;
    }
}

static void run(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees the end */
    if (!exact)
        exit(1);
    memcpy(exact, bytes, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static int run_file(const char *path)
{
    FILE *from = fopen(path, "rb");
    if (!from) {
        perror(path);
        return 0;
    }
    uint8_t *bytes = NULL, *copy;
    size_t n = 0, got, room = 0;
    do {
        if (n == room) {
            room = 2 * room + 65536;
            uint8_t *larger = realloc(bytes, room);
            if (!larger)
                exit(1);
            bytes = larger;
        }
        got = fread(bytes + n, 1, room - n, from);
        n += got;
    } while (got);
    fclose(from);
    files++;
    run(bytes, n);
    copy = malloc(n + 1);
    if (!copy)
        exit(1);
    for (unsigned i = 0; n && i < mutations; i++, mutants++) {
        size_t length = n;
        memcpy(copy, bytes, n);
        for (uint32_t k = random_below(4) + 1; k && length; k--)
            length = change(copy, length);
        run(copy, length);
    }
    free(copy);
    free(bytes);
    return 1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int run_path(const char *path, int given)
{
    DIR *folder = opendir(path);
    if (!folder) {
        const char *name = strrchr(path, '/');
        return !given && only && name && strcmp(name + 1, only) != 0 ? 1 : run_file(path);
    }
    char *names[4096];
    size_t count = 0;
    int ok = 1;
    for (struct dirent *e; count < 4096 && (e = readdir(folder)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        const size_t n = strlen(path) + strlen(e->d_name) + 2;
        names[count] = malloc(n);
        if (!names[count])
            exit(1);
        snprintf(names[count++], n, "%s/%s", path, e->d_name);
    }
    closedir(folder);
    qsort(names, count, sizeof *names, by_name); /* the mutations follow from the order */
    for (size_t i = 0; i < count; i++) {
        ok &= run_path(names[i], 0);
        free(names[i]);
    }
    return ok;
}

int main(int argc, char **argv)
{
    int ok = 1;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--mutate=", 9) == 0)
            mutations = (unsigned)strtoul(argv[i] + 9, NULL, 10);
        else if (strncmp(argv[i], "--only=", 7) == 0)
            only = argv[i] + 7;
        else
            ok &= run_path(argv[i], 1);
    }
    printf("%u files, %u mutants\n", files, mutants);
    return ok && files ? 0 : 1;
}
