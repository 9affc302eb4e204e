/* Labelled pictures of one split, from one of two places:
 *   data.npz   <split>_images uint8 [N, H, W] or [N, H, W, C], <split>_labels uint8 [N] or [N, 1] (the layout of MedMNIST)
 *   folder/    <split>/<label>/picture.png or .jpg; decoded when asked for. Labels are matched by folder name.
 * Or pictures with a mask each: folder/<split>/images/picture.png or .jpg and folder/<split>/masks/picture.png, white where something is.
 * SPDX-License-Identifier: MIT */
#ifndef BEDSIDE_CLI_DATASET_H
#define BEDSIDE_CLI_DATASET_H

#include "bedside.h"
#include "json.h"
#include "npz.h"
#include "picture.h"

typedef struct dataset {
    uint32_t count;
    uint32_t *labels;       /* null without */
    npy_array images;       /* from an archive */
    char **paths;           /* from a folder */
    struct beat_set *beats; /* from WFDB records; no pictures then */
    size_t root;            /* characters of each path before what is the picture's own */
    char *masks;            /* their folder, or null */
    picture current, drawn;
} dataset;

/* names: the labels in order, label_count of them. */
int dataset_open(dataset *set, const char *path, const char *split, const char *const *names, uint32_t label_count);
/* Pictures of no known label: those of a folder itself, or an archive's <split>_images. */
int dataset_open_unlabelled(dataset *set, const char *path, const char *split);
/* Pictures with masks; every label is 0. */
int dataset_open_masks(dataset *set, const char *path, const char *split);
/* The mask of picture i, of the same size; valid until the next call. */
int dataset_mask(dataset *set, uint32_t i, bds_image *mask);
/* Beats of WFDB records, in place of pictures; see beat_set.h. */
int dataset_open_beats(dataset *set, const char *folder, const json *recipe, const char *split, int labelled_only);
/* Prepares sample i for the plan: all of its inputs. */
int dataset_prepare(dataset *set, uint32_t i, bds_plan *plan);
/* Picture i; valid until the next call. */
int dataset_get(dataset *set, uint32_t i, bds_image *image);
/* What it is called: "label/picture.png" below the split's folder, or its index in an archive. buffer: for the latter. */
#define DATASET_ID 80
const char *dataset_id(const dataset *set, uint32_t i, char buffer[DATASET_ID]);
void dataset_close(dataset *set);

#endif
