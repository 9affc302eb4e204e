/* SPDX-License-Identifier: MIT */
#include "dataset.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beat_set.h"
#include "cli.h"
#include "file.h"

#define MAX_PICTURES (1u << 22)

static int open_images(dataset *set, const char *path, const char *split)
{
    char name[40];
    snprintf(name, sizeof name, "%s_images", split);
    int failed = npz_load_bytes(&set->images, path, name);
    if (failed)
        return failed;
    const npy_array *a = &set->images;
    if (a->rank < 3 || a->dims[3] < 1 || a->dims[3] > 4 || a->dims[0] == 0 || a->dims[0] > MAX_PICTURES)
        return cli_fail(BDS_E_INVALID, "%s: %s must be [N, H, W] or [N, H, W, 1 to 4]", path, name);
    set->count = a->dims[0];
    return 0;
}

static int open_archive(dataset *set, const char *path, const char *split, uint32_t label_count)
{
    char name[40];
    npy_array labels;
    int failed = open_images(set, path, split);
    if (failed)
        return failed;
    snprintf(name, sizeof name, "%s_labels", split);
    failed = npz_load_bytes(&labels, path, name);
    if (failed)
        return failed;
    if (labels.count != set->count) {
        failed =
            cli_fail(BDS_E_INVALID, "%s: %s must hold one label for each of the %u pictures", path, name, set->count);
    } else if (!(set->labels = malloc(set->count * sizeof *set->labels))) {
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    } else {
        for (uint32_t i = 0; i < set->count && !failed; i++) {
            set->labels[i] = labels.data[i];
            if (set->labels[i] >= label_count)
                failed = cli_fail(BDS_E_INVALID, "%s: picture %u has label %u, but the model knows %u labels", path, i,
                                  set->labels[i], label_count);
        }
    }
    npy_free(&labels);
    return failed;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int is_picture(const char *name)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"};
    size_t n = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t m = strlen(endings[i]);
        if (n > m && strcmp(name + n - m, endings[i]) == 0)
            return 1;
    }
    return 0;
}

static char *join(const char *folder, const char *name)
{
    size_t n = strlen(folder), m = strlen(name);
    char *path = malloc(n + m + 2);
    if (path) {
        memcpy(path, folder, n);
        path[n] = '/';
        memcpy(path + n + 1, name, m + 1);
    }
    return path;
}

/* Takes over the path; 0 when memory is out. */
static int add_picture(dataset *set, uint32_t *capacity, char *path)
{
    if (path && set->count == *capacity) {
        uint32_t room = *capacity ? *capacity * 2 : 256;
        char **more = realloc(set->paths, room * sizeof *more);
        if (more) {
            set->paths = more;
            *capacity = room;
        }
    }
    if (!path || set->count == *capacity || set->count == MAX_PICTURES) {
        free(path);
        return 0;
    }
    set->paths[set->count++] = path;
    return 1;
}

/* The pictures of one label, sorted by name: the order in which a folder lists them is not the same everywhere. */
static int add_class(dataset *set, uint32_t *capacity, const char *folder)
{
    uint32_t first = set->count;
    DIR *dir = opendir(folder);
    int good = 1;
    if (!dir)
        return cli_fail(BDS_E_ARGUMENT, "there is no folder %s", folder);
    for (struct dirent *e; good && (e = readdir(dir));)
        if (is_picture(e->d_name))
            good = add_picture(set, capacity, join(folder, e->d_name));
    closedir(dir);
    if (!good)
        return cli_fail(BDS_E_ARENA, "%s holds more pictures than fit into memory", folder);
    if (set->count > first)
        qsort(set->paths + first, set->count - first, sizeof *set->paths, by_name);
    return 0;
}

static int open_folder(dataset *set, const char *path, const char *split, const char *const *names,
                       uint32_t label_count)
{
    char *root = join(path, split);
    uint32_t capacity = 0, *ends = calloc(label_count, sizeof *ends);
    int failed = root && ends ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    set->root = root ? strlen(root) + 1 : 0;
    for (uint32_t c = 0; c < label_count && !failed; c++) {
        char *folder = join(root, names[c]);
        failed = folder ? add_class(set, &capacity, folder) : cli_fail(BDS_E_ARENA, "out of memory");
        free(folder);
        ends[c] = set->count;
    }
    if (!failed && !set->count)
        failed = cli_fail(BDS_E_INVALID, "there is no PNG or JPEG file in %s", root);
    if (!failed && !(set->labels = malloc(set->count * sizeof *set->labels)))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0, c = 0; i < set->count && !failed; i++) {
        while (i >= ends[c])
            c++;
        set->labels[i] = c;
    }
    free(root);
    free(ends);
    return failed;
}

int dataset_open(dataset *set, const char *path, const char *split, const char *const *names, uint32_t label_count)
{
    memset(set, 0, sizeof *set);
    int failed = file_is_folder(path) ? open_folder(set, path, split, names, label_count)
                                      : open_archive(set, path, split, label_count);
    if (failed)
        dataset_close(set);
    return failed;
}

int dataset_open_unlabelled(dataset *set, const char *path, const char *split)
{
    uint32_t capacity = 0;
    memset(set, 0, sizeof *set);
    set->root = strlen(path) + 1;
    int folder = file_is_folder(path),
        failed = folder ? add_class(set, &capacity, path) : open_images(set, path, split);
    if (!failed && !set->count)
        failed = cli_fail(BDS_E_INVALID, "there is no PNG or JPEG file in %s", path);
    if (failed)
        dataset_close(set);
    return failed;
}

int dataset_open_masks(dataset *set, const char *path, const char *split)
{
    char *root = join(path, split), *images = root ? join(root, "images") : NULL;
    int failed = images ? 0 : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed && !file_is_folder(images))
        failed = cli_fail(BDS_E_ARGUMENT, "there is no folder %s", images);
    if (!failed)
        failed = dataset_open_unlabelled(set, images, split);
    if (!failed) {
        set->masks = join(root, "masks");
        set->labels = calloc(set->count, sizeof *set->labels);
        if (!set->masks || !set->labels)
            failed = cli_fail(BDS_E_ARENA, "out of memory");
        if (failed)
            dataset_close(set);
    }
    free(images);
    free(root);
    return failed;
}

int dataset_mask(dataset *set, uint32_t i, bds_image *mask)
{
    bds_image shown;
    const char *name = set->paths[i] + set->root, *dot = strrchr(name, '.');
    char *path = malloc(strlen(set->masks) + strlen(name) + sizeof "/.png");
    int failed = path ? dataset_get(set, i, &shown) : cli_fail(BDS_E_ARENA, "out of memory");
    if (!failed) {
        sprintf(path, "%s/%.*s.png", set->masks, (int)(dot - name), name);
        failed = picture_load(&set->drawn, path);
    }
    *mask = set->drawn.image;
    if (!failed && (mask->width != shown.width || mask->height != shown.height))
        failed = cli_fail(BDS_E_INVALID, "%s has %u x %u pixels, but its picture %u x %u", path, mask->width,
                          mask->height, shown.width, shown.height);
    free(path);
    return failed;
}

int dataset_open_beats(dataset *set, const char *folder, const json *recipe, const char *split, int labelled_only)
{
    memset(set, 0, sizeof *set);
    set->beats = calloc(1, sizeof *set->beats);
    if (!set->beats)
        return cli_fail(BDS_E_ARENA, "out of memory");
    int failed = beat_set_open(set->beats, folder, recipe, split, labelled_only);
    set->count = set->beats->count;
    if (!failed && !(set->labels = malloc(set->count * sizeof *set->labels)))
        failed = cli_fail(BDS_E_ARENA, "out of memory");
    for (uint32_t i = 0; i < set->count && !failed; i++)
        set->labels[i] = set->beats->aami[i];
    if (failed)
        dataset_close(set);
    return failed;
}

int dataset_prepare(dataset *set, uint32_t i, bds_plan *plan)
{
    bds_image image;
    bds_status status;
    if (set->beats) {
        status = beat_set_fill(set->beats, i, plan);
        if (status == BDS_E_INVALID)
            return cli_fail(status,
                            "the network does not take what the ECG chain gives: other inputs, or another scale");
    } else {
        int failed = dataset_get(set, i, &image);
        if (failed)
            return failed;
        status = bds_prepare_image(plan, 0, &image);
    }
    return status == BDS_OK ? 0 : cli_fail(status, "picture %u of the data: %s", i, bds_status_text(status));
}

int dataset_get(dataset *set, uint32_t i, bds_image *image)
{
    if (set->paths) {
        int failed = picture_load(&set->current, set->paths[i]);
        *image = set->current.image;
        return failed;
    }
    const npy_array *a = &set->images;
    size_t row = (size_t)a->dims[2] * a->dims[3];
    *image = (bds_image){a->data + i * row * a->dims[1], a->dims[2], a->dims[1], a->dims[3], row};
    return 0;
}

const char *dataset_id(const dataset *set, uint32_t i, char buffer[DATASET_ID])
{
    if (set->paths)
        return set->paths[i] + set->root;
    if (set->beats) {
        beat_set_id(set->beats, i, buffer);
        return buffer;
    }
    snprintf(buffer, DATASET_ID, "%u", i);
    return buffer;
}

void dataset_close(dataset *set)
{
    if (set->paths)
        for (uint32_t i = 0; i < set->count; i++)
            free(set->paths[i]);
    free(set->paths);
    free(set->labels);
    if (set->beats)
        beat_set_close(set->beats);
    free(set->beats);
    npy_free(&set->images);
    free(set->masks);
    picture_free(&set->current);
    picture_free(&set->drawn);
    memset(set, 0, sizeof *set);
}
