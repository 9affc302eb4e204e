/* Names and sentences of the statuses.
 * SPDX-License-Identifier: MIT */
#include "bedside.h"

typedef struct status_entry {
    int32_t status;
    const char *name, *text;
} status_entry;

static const status_entry entries[] = {
    {BDS_OK, "BDS_OK", "Done."},
    {BDS_MORE, "BDS_MORE", "There are more steps to run."},
    {BDS_E_ARGUMENT, "BDS_E_ARGUMENT", "A value given to the function is missing or out of its range."},
    {BDS_E_FORMAT, "BDS_E_FORMAT", "This is not a Bedside model file."},
    {BDS_E_VERSION, "BDS_E_VERSION", "The model file was made for another version of Bedside."},
    {BDS_E_TRUNCATED, "BDS_E_TRUNCATED", "The model file is incomplete: its end is missing."},
    {BDS_E_CORRUPT, "BDS_E_CORRUPT", "The model file is damaged: its checksum does not match."},
    {BDS_E_INVALID, "BDS_E_INVALID", "The model file contradicts itself and cannot be used."},
    {BDS_E_UNSUPPORTED, "BDS_E_UNSUPPORTED", "The model needs something that this build of Bedside does not have."},
    {BDS_E_LIMIT, "BDS_E_LIMIT", "The model exceeds a limit within which results are proven exact."},
    {BDS_E_ARENA, "BDS_E_ARENA", "The memory provided is too small."},
    {BDS_E_ALIGN, "BDS_E_ALIGN", "The model's bytes must begin on a 16-byte boundary."},
    {BDS_E_STATE, "BDS_E_STATE", "There is no result: no picture has been examined since the last one."},
    {BDS_E_HASH, "BDS_E_HASH", "The file is not the one expected: its SHA-256 differs."},
    {BDS_E_IMAGE_FORMAT, "BDS_E_IMAGE_FORMAT", "This file is not a JPEG or PNG picture."},
    {BDS_E_IMAGE_CORRUPT, "BDS_E_IMAGE_CORRUPT", "The picture is damaged or incomplete and cannot be read."},
    {BDS_E_IMAGE_SIZE, "BDS_E_IMAGE_SIZE", "The picture has too many pixels, or none."},
    {BDS_E_IMAGE_BLANK, "BDS_E_IMAGE_BLANK", "The picture is blank: there is nothing to examine."},
    {BDS_E_SELF_TEST, "BDS_E_SELF_TEST", "This machine does not compute as it should: a self-test failed."},
};

static const status_entry unknown = {0, "BDS_E_UNKNOWN", "An unknown error occurred."};

static const status_entry *find(bds_status status)
{
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (entries[i].status == (int32_t)status)
            return &entries[i];
    return &unknown;
}

const char *bds_status_text(bds_status status)
{
    return find(status)->text;
}

const char *bds_status_name(bds_status status)
{
    return find(status)->name;
}
