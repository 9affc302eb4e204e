/* SPDX-License-Identifier: MIT */
#include "model_check.h"

#include <string.h>

#include "bits.h"
#include "text.h"

enum { MAX_FINDINGS = 64 };

typedef struct record {
    uint8_t chain[32], input[32], output[32], findings[32];
} record;

static void put_u32(uint8_t **to, uint32_t x)
{
    for (int i = 0; i < 32; i += 8)
        *(*to)++ = (uint8_t)(x >> i);
}

static void hash_tensor(uint8_t digest[32], const bds_tensor *t)
{
    size_t width = t->type == BDS_INT8 || t->type == BDS_UINT8 ? 1 : t->type == BDS_INT32 ? 4 : 2;

    bds_sha256(digest, t->data, width * t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3]);
}

static bds_status hash_findings(uint8_t digest[32], const bds_plan *plan)
{
    bds_finding findings[MAX_FINDINGS];
    uint8_t bytes[MAX_FINDINGS * 20 + 12], *end = bytes;
    size_t n = MAX_FINDINGS;
    bds_verdict verdict;
    bds_status status = bds_result(plan, findings, &n, &verdict);

    if (status < 0)
        return status;
    for (size_t i = 0; i < n; i++) {
        put_u32(&end, findings[i].label);
        put_u32(&end, findings[i].probability);
        put_u32(&end, findings[i].low);
        put_u32(&end, findings[i].high);
        put_u32(&end, (uint32_t)findings[i].logit);
    }
    put_u32(&end, verdict.top);
    put_u32(&end, verdict.doubts);
    put_u32(&end, verdict.distance);
    bds_sha256(digest, bytes, (size_t)(end - bytes));
    return BDS_OK;
}

/* One picture through prepare, run and result. */
static bds_status run_one(record *r, bds_plan *plan, const bds_image *image)
{
    bds_tensor input, output;
    bds_status status = bds_input(plan, 0, &input); /* before preparing: it begins a raw input, which has no doubts */

    if (status >= 0)
        status = bds_prepare_image(plan, 0, image);
    if (status < 0)
        return status;
    hash_tensor(r->input, &input);
    status = bds_run(plan);
    if (status >= 0)
        status = bds_output(plan, 0, &output);
    if (status < 0)
        return status;
    hash_tensor(r->output, &output);
    return hash_findings(r->findings, plan);
}

/* Why label 1? Pictures that are explained are pixels in the pack, so that work is free. */
static bds_status explain_one(uint8_t chain[32], bds_plan *plan, const bds_image *image, uint8_t *work,
                              size_t work_bytes)
{
    static uint8_t map[MODEL_CHECK_MAP * MODEL_CHECK_MAP];
    const bds_question question = {BDS_EXPLAIN_CAM, 1, MODEL_CHECK_MAP, MODEL_CHECK_MAP};
    uint8_t both[64];
    bds_explanation explanation;
    bds_status status = bds_prepare_image(plan, 0, image);

    if (status >= 0)
        status = bds_explain(plan, &question, map, work, work_bytes, &explanation);
    if (status < 0)
        return status;
    memcpy(both, chain, 32);
    bds_sha256(both + 32, map, sizeof map);
    bds_sha256(chain, both, sizeof both);
    return BDS_OK;
}

/* The next picture of the pack; BDS_MORE: one that this build cannot read, so the rest is left out. */
static bds_status next_image(bds_image *image, bds_reader *pack, uint8_t *work, size_t work_bytes)
{
    uint32_t kind = bds_read_u32le(pack), width = bds_read_u32le(pack), height = bds_read_u32le(pack);
    uint32_t channels = bds_read_u32le(pack), bytes = bds_read_u32le(pack);
    const uint8_t *data = pack->at;
    size_t padded = ((size_t)bytes + 3) & ~(size_t)3;

    if (pack->overrun || padded > bds_reader_left(pack))
        return BDS_E_TRUNCATED;
    pack->at += padded;
    if (kind == 0) {
        bds_image raw = {data, width, height, channels, (size_t)width * channels};

        *image = raw;
        return raw.stride * height == bytes ? BDS_OK : BDS_E_INVALID;
    }
#ifdef BDS_HAVE_DECODE
    return bds_image_decode(data, bytes, 0, work, work_bytes, image);
#else
    (void)work;
    (void)work_bytes;
    return BDS_MORE;
#endif
}

static bds_status run_pack(model_report *report, bds_plan *plan, bds_reader *pack, uint8_t *work, size_t work_bytes)
{
    record r = {{0}, {0}, {0}, {0}};
    uint8_t magic[8];
    uint32_t count;

    for (size_t i = 0; i < sizeof magic; i++)
        magic[i] = bds_read_u8(pack);
    if (memcmp(magic, "BDSPACK1", sizeof magic) != 0)
        return BDS_E_FORMAT;
    count = bds_read_u32le(pack);
    for (; report->images < count; report->images++) {
        bds_image image;
        bds_status status = next_image(&image, pack, work, work_bytes);

        if (status == BDS_MORE)
            break;
        if (status >= 0)
            status = run_one(&r, plan, &image);
        if (status < 0)
            return status;
        bds_sha256(r.chain, &r, sizeof r);
        if (report->images < MODEL_CHECK_EXPLAINED)
            status = explain_one(report->explained, plan, &image, work, work_bytes);
        if (status < 0)
            return status;
        if (report->images + 1 == MODEL_CHECK_PREFIX)
            memcpy(report->prefix, r.chain, sizeof r.chain);
    }
    memcpy(report->digest, r.chain, sizeof r.chain);
    return report->images >= MODEL_CHECK_PREFIX ? BDS_OK : BDS_E_TRUNCATED;
}

void model_check(model_report *report, const void *model, size_t model_bytes, const uint8_t *pack, size_t pack_bytes,
                 uint32_t cpu, uint8_t *area, size_t area_bytes)
{
    bds_config config = {.size = sizeof config, .cpu = cpu};
    bds_reader reader = bds_reader_make(pack, pack_bytes);
    bds_model opened;
    bds_plan *plan;
    size_t need = 0;

    memset(report, 0, sizeof *report);
    report->status = bds_model_open(&opened, model, model_bytes);
    if (report->status >= 0)
        report->status = bds_model_verify(&opened);
    if (report->status >= 0)
        report->status = bds_plan_size(&opened, &config, &need);
    if (report->status >= 0)
        report->status = need > area_bytes ? BDS_E_ARENA : bds_plan_create(&plan, &opened, &config, area, need);
    if (report->status >= 0)
        report->status = run_pack(report, plan, &reader, area + need, area_bytes - need);
}

int model_report_print(const model_report *report, void (*put_line)(const char *line))
{
    char line[128], hex[65];

    if (report->status < 0) {
        append(append_number(append(append(append(line, "error: "), bds_status_name(report->status)), " at picture "),
                             report->images),
               "");
        put_line(line);
        return 1;
    }
    hexadecimal(hex, report->prefix, sizeof report->prefix);
    append(append(line, "model16 "), hex);
    put_line(line);
    hexadecimal(hex, report->explained, sizeof report->explained);
    append(append(line, "explained "), hex);
    put_line(line);
    hexadecimal(hex, report->digest, sizeof report->digest);
    append_number(append(append(append(line, "model "), hex), " "), report->images);
    put_line(line);
    return 0;
}
