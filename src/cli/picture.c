/* SPDX-License-Identifier: MIT */
#include "picture.h"

#include <stdlib.h>

#include "cli.h"
#include "file.h"

#define FILE_LIMIT ((size_t)256 << 20)
#define WORK_LIMIT ((size_t)2 << 30)

#ifdef BDS_HAVE_DECODE
static bds_status decode(picture *p, const uint8_t *bytes, size_t n)
{
    bds_image_info info;
    bds_status status = bds_image_probe(bytes, n, &info);
    size_t need = info.decode_bytes;
    while (status == BDS_OK) {
        if (need > WORK_LIMIT)
            return BDS_E_IMAGE_SIZE;
        if (p->work_bytes < need) {
            free(p->work);
            p->work = malloc(need);
            p->work_bytes = p->work ? need : 0;
            if (!p->work)
                return BDS_E_ARENA;
        }
        status = bds_image_decode(bytes, n, 0, p->work, p->work_bytes, &p->image);
        if (status != BDS_E_ARENA)
            return status;
        need = p->work_bytes * 2; /* an unusual file */
        status = BDS_OK;
    }
    return status;
}
#endif

int picture_load(picture *p, const char *path)
{
    uint8_t *bytes;
    size_t n;
    int failed = file_read(path, FILE_LIMIT, &bytes, &n);
    if (failed)
        return failed;
#ifdef BDS_HAVE_DECODE
    bds_status status = decode(p, bytes, n);
    if (status != BDS_OK)
        failed = cli_fail(status, "%s: %s", path, bds_status_text(status));
#else
    failed = cli_fail(BDS_E_UNSUPPORTED, "this build cannot decode pictures (configured with BEDSIDE_DECODE=OFF)");
#endif
    free(bytes);
    return failed;
}

void picture_free(picture *p)
{
    free(p->work);
    *p = (picture){0};
}
