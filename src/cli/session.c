/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "file.h"

#define MODEL_LIMIT ((size_t)1 << 30)

static int plan(session *s, const char *name, uint32_t cpu)
{
    bds_config config = {.size = sizeof config, .cpu = cpu};
    bds_status status = bds_plan_size(&s->model, &config, &s->arena_bytes);
    if (status == BDS_OK) {
        s->arena = malloc(s->arena_bytes);
        if (!s->arena)
            return cli_fail(BDS_E_ARENA, "%s needs %zu bytes of memory, which are not there", name, s->arena_bytes);
        status = bds_plan_create(&s->plan, &s->model, &config, s->arena, s->arena_bytes);
    }
    return status == BDS_OK ? 0 : cli_fail(status, "%s: %s", name, bds_status_text(status));
}

static int open_bytes(session *s, const char *name, uint32_t cpu, int flags)
{
    bds_status status = bds_model_open(&s->model, s->bytes, s->size);
    if (status == BDS_OK)
        status = bds_model_info(&s->model, &s->info);
    int failed = status == BDS_OK ? 0 : cli_fail(status, "%s: %s", name, bds_status_text(status));
    if (!failed && !(flags & SESSION_NO_PLAN))
        failed = plan(s, name, cpu);
    if (failed)
        session_close(s);
    return failed;
}

int session_open_file(session *s, const char *path, uint32_t cpu, int flags)
{
    memset(s, 0, sizeof *s);
    int failed = file_read(path, MODEL_LIMIT, &s->bytes, &s->size);
    if (!failed && !s->size) {
        failed = cli_fail(BDS_E_TRUNCATED, "%s is empty", path);
        session_close(s);
    }
    return failed ? failed : open_bytes(s, path, cpu, flags);
}

int session_open_copy(session *s, const char *name, const void *bytes, size_t n, uint32_t cpu)
{
    memset(s, 0, sizeof *s);
    s->bytes = aligned_alloc(64, (n + 63) / 64 * 64);
    if (!s->bytes)
        return cli_fail(BDS_E_ARENA, "out of memory");
    memcpy(s->bytes, bytes, n);
    s->size = n;
    return open_bytes(s, name, cpu, 0);
}

void session_close(session *s)
{
    free(s->arena);
    free(s->bytes);
    memset(s, 0, sizeof *s);
}

const char *session_text(const session *s, const char *key, size_t *length)
{
    const char *text;
    if (bds_model_text(&s->model, key, &text, length) == BDS_OK)
        return text;
    *length = 0;
    return "";
}

const char *session_label(const session *s, uint32_t i, size_t *length)
{
    size_t n;
    const char *text = session_text(s, "labels", &n), *end = text + n;
    for (;; i--) {
        const char *line = text == end ? 0 : memchr(text, '\n', (size_t)(end - text));
        *length = (size_t)((line ? line : end) - text);
        if (i == 0)
            return text;
        text = line ? line + 1 : end;
    }
}

typedef struct cpu_feature {
    const char *name;
    uint32_t bit;
} cpu_feature;

static const cpu_feature features[] = {
    {"avx2", BDS_CPU_AVX2},       {"avx_vnni", BDS_CPU_AVX_VNNI}, {"avx512_vnni", BDS_CPU_AVX512_VNNI},
    {"simd128", BDS_CPU_SIMD128}, {"neon", BDS_CPU_NEON},         {"dotprod", BDS_CPU_DOTPROD},
};
#define FEATURE_COUNT (sizeof features / sizeof *features)

static uint32_t feature_bit(const char *name, size_t n)
{
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (strlen(features[i].name) == n && memcmp(features[i].name, name, n) == 0)
            return features[i].bit;
    return 0;
}

int session_cpu(const char *command, const char *text, uint32_t *cpu)
{
    *cpu = 0;
    if (!text || strcmp(text, "all") == 0) {
        *cpu = BDS_CPU_ALL;
        return 0;
    }
    if (strcmp(text, "scalar") == 0)
        return 0;
    if (*text >= '0' && *text <= '9') {
        char *end;
        *cpu = (uint32_t)strtoul(text, &end, 0);
        return *end ? cli_usage(command, "--cpu takes names or a number, not %s", text) : 0;
    }
    for (const char *name = text;;) {
        const size_t n = strcspn(name, ",");
        const uint32_t bit = feature_bit(name, n);
        if (!bit)
            return cli_usage(command, "--cpu is scalar, all, or names of features, not %.*s", (int)n, name);
        *cpu |= bit;
        if (!name[n])
            return 0;
        name += n + 1;
    }
}

void session_cpu_text(char text[SESSION_CPU_TEXT], uint32_t cpu)
{
    size_t n = 0;
    snprintf(text, SESSION_CPU_TEXT, "scalar");
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (cpu & features[i].bit)
            n += (size_t)snprintf(text + n, SESSION_CPU_TEXT - n, "%s%s", n ? "," : "", features[i].name);
}

void session_hex(char hex[65], const uint8_t digest[32])
{
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[64] = 0;
}
