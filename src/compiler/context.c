/* Memory, errors and progress of a compilation.
 * SPDX-License-Identifier: MIT */
#include "context.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 18, ALIGN = 16 };

/* The header in front of a chunk's bytes, rounded so that they stay aligned. */
#define HEADER ((sizeof(bdc_chunk) + ALIGN - 1) / ALIGN * ALIGN)

static void *allocate_default(void *cookie, size_t bytes)
{
    (void)cookie;
    return malloc(bytes);
}

static void release_default(void *cookie, void *memory)
{
    (void)cookie;
    free(memory);
}

const char *bdc_status_name(bdc_status status)
{
    switch (status) {
    case BDC_OK:
        return "BDC_OK";
    case BDC_E_ARGUMENT:
        return "BDC_E_ARGUMENT";
    case BDC_E_MEMORY:
        return "BDC_E_MEMORY";
    case BDC_E_FORMAT:
        return "BDC_E_FORMAT";
    case BDC_E_INVALID:
        return "BDC_E_INVALID";
    case BDC_E_UNSUPPORTED:
        return "BDC_E_UNSUPPORTED";
    case BDC_E_LIMIT:
        return "BDC_E_LIMIT";
    case BDC_E_STATE:
        return "BDC_E_STATE";
    case BDC_E_CANCELLED:
        return "BDC_E_CANCELLED";
    }
    return "BDC_E_UNKNOWN";
}

bdc_status bdc_create(bdc_context **context, const bdc_allocator *allocator, bdc_error *error)
{
    static const bdc_allocator standard = {allocate_default, release_default, NULL, (size_t)1 << 31};
    if (!context)
        return BDC_E_ARGUMENT;
    *context = NULL;
    if (!allocator)
        allocator = &standard;
    if (!allocator->allocate || !allocator->release)
        return BDC_E_ARGUMENT;
    bdc_context *c = allocator->allocate(allocator->cookie, sizeof *c);
    if (!c) {
        if (error) {
            error->status = BDC_E_MEMORY;
            memcpy(error->text, "Out of memory.", sizeof "Out of memory.");
        }
        return BDC_E_MEMORY;
    }
    memset(c, 0, sizeof *c);
    c->allocator = *allocator;
    c->error = error;
    if (error)
        memset(error, 0, sizeof *error);
    *context = c;
    return BDC_OK;
}

void bdc_destroy(bdc_context *c)
{
    if (!c)
        return;
    bdc_mark_release(c, (bdc_mark){NULL, 0});
    bdc_allocator allocator = c->allocator;
    allocator.release(allocator.cookie, c);
}

void bdc_check_passes(bdc_context *context, int on)
{
    if (context)
        context->check_passes = on;
}

void bdc_on_progress(bdc_context *c, bdc_progress *progress, void *cookie)
{
    if (!c)
        return;
    c->progress = progress;
    c->progress_cookie = cookie;
}

bdc_status bdc_report_progress(bdc_context *c, const char *stage, uint32_t done, uint32_t total)
{
    if (c->progress && c->progress(c->progress_cookie, stage, done, total))
        return bdc_fail(c, BDC_E_CANCELLED, "Stopped on request during the stage '%s'.", stage);
    return BDC_OK;
}

bdc_mark bdc_mark_set(const bdc_context *c)
{
    return (bdc_mark){c->top, c->top ? c->top->used : 0};
}

void bdc_mark_release(bdc_context *c, bdc_mark mark)
{
    while (c->top != mark.chunk) {
        bdc_chunk *chunk = c->top;
        c->top = chunk->below;
        c->held -= HEADER + chunk->size;
        c->allocator.release(c->allocator.cookie, chunk);
    }
    if (c->top)
        c->top->used = mark.used;
}

void *bdc_alloc(bdc_context *c, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX / 4) / size) {
        bdc_fail(c, BDC_E_LIMIT, "A table of %u elements is too large.",
                 count > UINT32_MAX ? UINT32_MAX : (unsigned)count);
        return NULL;
    }
    size_t bytes = (count * size + ALIGN - 1) / ALIGN * ALIGN;
    if (!c->top || c->top->size - c->top->used < bytes) {
        size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        bdc_chunk *chunk = NULL;
        if (!c->allocator.limit || (c->held <= c->allocator.limit && HEADER + room <= c->allocator.limit - c->held))
            chunk = c->allocator.allocate(c->allocator.cookie, HEADER + room);
        if (!chunk) {
            bdc_fail(c, BDC_E_MEMORY, "Out of memory: %u KiB more were needed.", (unsigned)(bytes >> 10) + 1u);
            return NULL;
        }
        chunk->below = c->top;
        chunk->size = room;
        chunk->used = 0;
        c->top = chunk;
        c->held += HEADER + room;
    }
    void *memory = (uint8_t *)c->top + HEADER + c->top->used;
    c->top->used += bytes;
    memset(memory, 0, bytes);
    return memory;
}

void *bdc_grow(bdc_context *c, void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return array;
    size_t more = *capacity < 16 ? 16 : *capacity * 2;
    if (more < need)
        more = need;
    void *moved = bdc_alloc(c, more, size);
    if (!moved)
        return NULL;
    if (*capacity)
        memcpy(moved, array, *capacity * size);
    *capacity = more;
    return moved;
}

typedef struct sentence {
    char *text;
    size_t length;
} sentence;

static void put(sentence *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n && s->length + 1 < sizeof((bdc_error *)0)->text; i++)
        s->text[s->length++] = text[i];
    s->text[s->length] = 0;
}

static void put_unsigned(sentence *s, unsigned value)
{
    char digits[10];
    size_t n = 0;
    do {
        digits[sizeof digits - ++n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put(s, digits + sizeof digits - n, n);
}

bdc_status bdc_fail(bdc_context *c, bdc_status status, const char *format, ...)
{
    if (!c->error)
        return status;
    c->error->status = status;
    sentence s = {c->error->text, 0};
    s.text[0] = 0;
    va_list arguments;
    va_start(arguments, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            put(&s, f, 1);
            continue;
        }
        f++;
        if (*f == 's') {
            const char *text = va_arg(arguments, const char *);
            put(&s, text, strlen(text));
        } else if (*f == 'u') {
            put_unsigned(&s, va_arg(arguments, unsigned));
        } else if (*f == 'd') {
            int value = va_arg(arguments, int);
            if (value < 0)
                put(&s, "-", 1);
            put_unsigned(&s, value < 0 ? 0u - (unsigned)value : (unsigned)value);
        } else {
            put(&s, f, 1);
        }
    }
    va_end(arguments);
    return status;
}
