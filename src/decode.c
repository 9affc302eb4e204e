/* JPEG and PNG to 8-bit pixels, by stb_image, within the caller's work area.
 *
 * Every file is first proved whole by jpeg.c or png.c; stb_image then decodes only what these let through. Its SIMD code is left
 * out: one decode everywhere. What it allocates is zeroed, so that not even its reads of memory that it forgot to write could differ
 * from machine to machine.
 *
 * The one exception to "no globals": stb_image's allocator hooks take no context, so a pointer to the work area's bookkeeping is
 * kept in a file-local variable during a call. It is thread-local where there are threads, and null outside a call.
 * SPDX-License-Identifier: MIT */
#include <limits.h>
#include <string.h>

#include "picture.h"

#if (defined(__unix__) || defined(__APPLE__) || defined(_WIN32)) && !defined(__wasm__)
#define PER_THREAD _Thread_local
#else
#define PER_THREAD
#endif

#define DEFAULT_PIXELS (64u << 20)
#define MOST_PIXELS (128u << 20) /* beyond it stb_image's sizes, ints, would not suffice for every kind of file */
#define ALIGNMENT 16u

/* ---- The allocator: blocks in order of their addresses; what lies between them is free ------------------------------- */

typedef struct block {
    struct block *next;
    size_t bytes; /* behind the head, multiple of ALIGNMENT */
} block;

#define HEAD ((sizeof(block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

typedef struct pool {
    uint8_t *begin, *end; /* multiples of ALIGNMENT */
    block *first;
    size_t grow_limit; /* to which a block may be enlarged: stops an endless stream of compressed zeros */
    int exhausted;     /* a request did not fit */
} pool;

static PER_THREAD pool *current;

static uint8_t *after(const block *b)
{
    return (uint8_t *)b + HEAD + b->bytes;
}

static void *take(size_t bytes)
{
    pool *p = current;
    uint8_t *at = p->begin;
    if (bytes > (size_t)(p->end - p->begin)) {
        p->exhausted = 1;
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    for (block **link = &p->first;; link = &(*link)->next) {
        uint8_t *limit = *link ? (uint8_t *)*link : p->end;
        if ((size_t)(limit - at) >= HEAD + bytes) {
            block *b = (block *)(void *)at;
            b->next = *link;
            b->bytes = bytes;
            *link = b;
            return memset(at + HEAD, 0, bytes);
        }
        if (!*link) {
            p->exhausted = 1;
            return NULL;
        }
        at = after(*link);
    }
}

/* The link that leads to the block of what take() returned. */
static block **find(const void *memory)
{
    block **link = &current->first;
    while ((uint8_t *)*link + HEAD != memory)
        link = &(*link)->next;
    return link;
}

static void give(void *memory)
{
    if (memory) {
        block **link = find(memory);
        *link = (*link)->next;
    }
}

static void *resize(void *memory, size_t bytes)
{
    if (!memory)
        return take(bytes);
    if (bytes > current->grow_limit)
        return NULL;
    block *b = *find(memory);
    const size_t before = b->bytes;
    const uint8_t *limit = b->next ? (uint8_t *)b->next : current->end;
    if (bytes <= (size_t)(limit - (uint8_t *)memory)) { /* limit is aligned: the rounded size fits, too */
        b->bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (b->bytes > before)
            memset((uint8_t *)memory + before, 0, b->bytes - before);
        return memory;
    }
    void *larger = take(bytes);
    if (larger) {
        memcpy(larger, memory, before);
        give(memory);
    }
    return larger;
}

/* ---- stb_image ------------------------------------------------------------------------------------------------------- */

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_HDR
#define STBI_NO_LINEAR
#define STBI_NO_SIMD
#define STBI_NO_THREAD_LOCALS
#define STBI_NO_FAILURE_STRINGS
#define STBI_ASSERT(x) ((void)0)
#define STBI_MALLOC(n) take(n)
#define STBI_REALLOC(p, n) resize(p, n)
#define STBI_FREE(p) give(p)
#define STBI_MAX_DIMENSIONS BDS_PICTURE_MAX_SIDE

#if defined(__GNUC__) /* to the end of the file: that is where gcc looks for unused functions */
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#if defined(__has_include) && __has_include(<stb_image.h>)
#include <stb_image.h>
#else
#include <stb/stb_image.h>
#endif

/* ---- The file, seen from outside --------------------------------------------------------------------------------------- */

typedef struct picture {
    int is_png;
    uint32_t width, height; /* as stored */
    uint32_t channels, orientation;
    bds_jpeg jpeg;
    bds_png png;
} picture;

static bds_status read_header(const void *bytes, size_t n, picture *p)
{
    if (!bytes)
        return BDS_E_ARGUMENT;
    p->is_png = n >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
    if (!p->is_png && (n < 3 || memcmp(bytes, "\xff\xd8\xff", 3) != 0))
        return BDS_E_IMAGE_FORMAT;
    if (n > INT_MAX) /* stb_image counts in ints */
        return BDS_E_IMAGE_SIZE;
    const bds_status status = p->is_png ? bds_png_header(bytes, n, &p->png) : bds_jpeg_header(bytes, n, &p->jpeg);
    if (status != BDS_OK)
        return status;
    p->width = p->is_png ? p->png.width : p->jpeg.width;
    p->height = p->is_png ? p->png.height : p->jpeg.height;
    p->channels = p->is_png ? p->png.channels : p->jpeg.count == 1 ? 1 : 3;
    p->orientation = p->is_png ? 1 : p->jpeg.orientation;
    return BDS_OK;
}

static int too_large(const picture *p, uint32_t max_pixels)
{
    if (!max_pixels)
        max_pixels = DEFAULT_PIXELS;
    return p->width > BDS_PICTURE_MAX_SIDE || p->height > BDS_PICTURE_MAX_SIDE ||
           (uint64_t)p->width * p->height > (max_pixels < MOST_PIXELS ? max_pixels : MOST_PIXELS);
}

/* What stb_image's inflater is first given for the filtered rows: it counts bytes per line and sample. */
static uint64_t filtered_bytes(const bds_png *png)
{
    const uint64_t samples = png->colour == 3 ? 1 : png->channels - (png->transparency != NULL);
    return ((uint64_t)png->width * png->depth + 7) / 8 * png->height * samples + png->height;
}

/* The sum of what is alive at the same time, not counting on any hole to be filled again. Sides are at most 65535. */
static uint64_t work_bytes_for(const picture *p, size_t n)
{
    const uint64_t pixels = (uint64_t)p->width * p->height;
    uint64_t most;
    if (p->is_png) {
        const bds_png *png = &p->png;
        const uint64_t wide = png->depth == 16 ? 2 : 1, first = pixels * wide * (png->colour == 3 ? 1 : p->channels);
        most = (n > 4096 ? n : 4096) + filtered_bytes(png) + first;
        if (png->interlaced) /* more filter bytes: the rows' block is doubled; each pass has pixels of its own */
            most += filtered_bytes(png) + first;
        if (png->colour == 3 || wide == 2) /* converted to the final form */
            most += pixels * p->channels;
    } else {
        const bds_jpeg *j = &p->jpeg;
        const uint64_t result = pixels * p->channels + 1;
        most = sizeof(stbi__jpeg) + j->count * ((uint64_t)p->width + 3) + result;
        for (uint32_t i = 0; i < j->count; i++) /* samples, and for progressive files coefficients of two bytes */
            most += (uint64_t)j->component[i].all_columns * j->component[i].all_rows * (j->progressive ? 192 : 64) + 30;
        if (most < bds_jpeg_check_bytes(j))
            most = bds_jpeg_check_bytes(j);
        if (p->orientation >= 5 && most < 2 * result)
            most = 2 * result;
    }
    return most + 16 * (HEAD + ALIGNMENT); /* never more than 16 blocks */
}

bds_status bds_image_probe(const void *bytes, size_t n, bds_image_info *info)
{
    picture p;
    if (!info)
        return BDS_E_ARGUMENT;
    memset(info, 0, sizeof *info);
    const bds_status status = read_header(bytes, n, &p);
    if (status != BDS_OK)
        return status;
    info->width = p.orientation >= 5 ? p.height : p.width;
    info->height = p.orientation >= 5 ? p.width : p.height;
    info->channels = p.channels;
    if (too_large(&p, MOST_PIXELS))
        return BDS_E_IMAGE_SIZE;
    const uint64_t need = work_bytes_for(&p, n);
    if (need > SIZE_MAX / 2)
        return BDS_E_IMAGE_SIZE;
    info->decode_bytes = (size_t)need;
    return too_large(&p, 0) ? BDS_E_IMAGE_SIZE : BDS_OK;
}

/* ---- Decoding --------------------------------------------------------------------------------------------------------- */

/* A PNG as stb_image is shown it: header, a palette of 256 colours whatever the file's length, transparency, all data in one chunk.
 * So it copies the data once into a block of the right size, and finds every palette entry defined (black). */
typedef struct feed {
    uint8_t head[8 + 25 + (12 + 768) + (12 + 256) + 8];
    size_t head_bytes, head_at;
    const uint8_t *chunk; /* the current IDAT, at its length field */
    uint32_t chunk_at;
    uint64_t data_left;
} feed;

static uint8_t *put_u32(uint8_t *to, uint32_t x)
{
    for (int i = 3; i >= 0; i--, x >>= 8)
        to[i] = (uint8_t)x;
    return to + 4;
}

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* bytes: of the chunk; content may be shorter, the rest is zeros. The CRC is left zero: stb_image does not look. */
static uint8_t *put_chunk(uint8_t *to, const char type[5], const uint8_t *content, size_t n, uint32_t bytes)
{
    to = put_u32(to, bytes);
    memcpy(to, type, 4);
    memcpy(to + 4, content, n);
    return to + 4 + bytes + 4;
}

static void feed_start(feed *f, const bds_png *png)
{
    memset(f, 0, sizeof *f);
    memcpy(f->head, "\x89PNG\r\n\x1a\n", 8);
    uint8_t *to = put_chunk(f->head + 8, "IHDR", png->header, 13, 13);
    if (png->colour == 3)
        to = put_chunk(to, "PLTE", png->palette, png->palette_bytes, 768);
    if (png->transparency)
        to = put_chunk(to, "tRNS", png->transparency, png->transparency_bytes, png->transparency_bytes);
    to = put_u32(to, (uint32_t)png->data_bytes);
    memcpy(to, "IDAT", 4);
    f->head_bytes = (size_t)(to + 4 - f->head);
    f->chunk = png->data;
    f->data_left = png->data_bytes;
}

static int feed_read(void *user, char *to, int size)
{
    static const uint8_t tail[16] = {0,   0,   0,   0,   0, 0, 0, 0,
                                     'I', 'E', 'N', 'D', 0, 0, 0, 0}; /* begins with the data's CRC */
    feed *f = user;
    size_t done = 0;
    for (const size_t n = (size_t)size; done < n;) {
        const uint8_t *from;
        size_t most;
        if (f->head_at < f->head_bytes) {
            from = f->head + f->head_at;
            most = f->head_bytes - f->head_at;
        } else if (f->data_left) {
            from = f->chunk + 8 + f->chunk_at;
            most = get_u32(f->chunk) - f->chunk_at;
        } else {
            from = tail + (f->head_at - f->head_bytes);
            most = sizeof tail - (f->head_at - f->head_bytes);
            if (!most)
                break;
        }
        if (most > n - done)
            most = n - done;
        memcpy(to + done, from, most);
        done += most;
        if (f->head_at >= f->head_bytes && f->data_left) {
            f->chunk_at += (uint32_t)most;
            f->data_left -= most;
            if (f->data_left && f->chunk_at == get_u32(f->chunk)) { /* on to the next IDAT: they follow each other */
                f->chunk += 12 + (size_t)get_u32(f->chunk);
                f->chunk_at = 0;
            }
        } else {
            f->head_at += most; /* counts on through the tail */
        }
    }
    return (int)done;
}

static void feed_skip(void *user, int n)
{
    char dropped[64];
    while (n > 0)
        n -= feed_read(user, dropped, n < (int)sizeof dropped ? n : (int)sizeof dropped);
}

static int feed_end(void *user)
{
    const feed *f = user;
    return f->head_at == f->head_bytes + 16;
}

static uint8_t *decode_png(const bds_png *png, int *w, int *h, int *channels)
{
    static const stbi_io_callbacks callbacks = {feed_read, feed_skip, feed_end};
    feed f;
    feed_start(&f, png);
    current->grow_limit = (size_t)(2 * filtered_bytes(png)); /* interlaced rows never need more */
    return stbi_load_from_callbacks(&callbacks, &f, w, h, channels, 0);
}

/* ---- Turning ------------------------------------------------------------------------------------------------------------- */

static void swap_pixels(uint8_t *a, uint8_t *b, uint32_t channels)
{
    for (uint32_t c = 0; c < channels; c++) {
        const uint8_t t = a[c];
        a[c] = b[c];
        b[c] = t;
    }
}

/* Orientations 2 to 4, in place: mirrored, upside down, both. */
static void flip(uint8_t *pixels, uint32_t w, uint32_t h, uint32_t channels, uint32_t orientation)
{
    const size_t row = (size_t)w * channels;
    if (orientation == 2) {
        for (uint32_t y = 0; y < h; y++)
            for (uint32_t x = 0; x < w / 2; x++)
                swap_pixels(pixels + y * row + (size_t)x * channels, pixels + y * row + (size_t)(w - 1 - x) * channels,
                            channels);
        return;
    }
    /* 3: the k-th pixel from the front changes places with the k-th from the end; 4: so do the rows. */
    const size_t unit = orientation == 3 ? channels : row, count = orientation == 3 ? (size_t)w * h : h;
    for (size_t k = 0; k < count / 2; k++)
        swap_pixels(pixels + k * unit, pixels + (count - 1 - k) * unit, (uint32_t)unit);
}

/* Orientations 5 to 8: rows become columns. The stored first row is the upright picture's left (5, 8) or right (6, 7) side; in 7
 * and 8 the stored columns run upwards. */
static void transpose(uint8_t *to, const uint8_t *from, uint32_t w, uint32_t h, uint32_t channels, uint32_t orientation)
{
    const int right = orientation == 6 || orientation == 7, upwards = orientation >= 7;
    for (uint32_t y = 0; y < w; y++) {
        const uint32_t column = upwards ? w - 1 - y : y;
        for (uint32_t x = 0; x < h; x++, to += channels)
            memcpy(to, from + ((size_t)(right ? h - 1 - x : x) * w + column) * channels, channels);
    }
}

/* *pixels is the pool's only block. */
static bds_status turn(uint8_t **pixels, const picture *p)
{
    const size_t bytes = (size_t)p->width * p->height * p->channels;
    if (p->orientation >= 5) {
        /* To the front first: stb_image leaves the result behind the holes of its intermediate ones. */
        give(*pixels);
        memmove(current->begin + HEAD, *pixels, bytes);
        block *b = (block *)(void *)current->begin;
        b->next = NULL;
        b->bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        current->first = b;
        uint8_t *upright = take(bytes);
        if (!upright)
            return BDS_E_ARENA;
        transpose(upright, current->begin + HEAD, p->width, p->height, p->channels, p->orientation);
        *pixels = upright;
    } else if (p->orientation >= 2) {
        flip(*pixels, p->width, p->height, p->channels, p->orientation);
    }
    return BDS_OK;
}

/* With `current` set. */
static bds_status decode(const void *bytes, size_t n, picture *p, uint8_t **pixels)
{
    int w = 0, h = 0, channels = 0;
    bds_status status;
    if (p->is_png) {
        status = bds_png_check(bytes, n, &p->png);
        if (status != BDS_OK)
            return status;
        *pixels = decode_png(&p->png, &w, &h, &channels);
    } else {
        const uint64_t need = bds_jpeg_check_bytes(&p->jpeg);
        void *work = need > SIZE_MAX / 2 ? NULL : take((size_t)need);
        if (!work)
            return BDS_E_ARENA;
        status = bds_jpeg_check(bytes, n, work);
        if (status != BDS_OK)
            return status;
        give(work);
        *pixels = stbi_load_from_memory(bytes, (int)n, &w, &h, &channels, 0);
    }
    if (!*pixels)
        return current->exhausted ? BDS_E_ARENA : BDS_E_IMAGE_CORRUPT;
    if ((uint32_t)w != p->width || (uint32_t)h != p->height || (uint32_t)channels != p->channels)
        return BDS_E_IMAGE_CORRUPT;
    return turn(pixels, p);
}

bds_status bds_image_decode(const void *bytes, size_t n, uint32_t max_pixels, void *work, size_t work_bytes,
                            bds_image *image)
{
    picture p;
    uint8_t *pixels = NULL;
    if (!image || !work)
        return BDS_E_ARGUMENT;
    memset(image, 0, sizeof *image);
    bds_status status = read_header(bytes, n, &p);
    if (status != BDS_OK)
        return status;
    if (too_large(&p, max_pixels))
        return BDS_E_IMAGE_SIZE;
    const size_t lead = (0u - (uintptr_t)work) % ALIGNMENT;
    if (work_bytes < lead + HEAD)
        return BDS_E_ARENA;
    uint8_t *begin = (uint8_t *)work + lead;
    pool area = {begin, begin + (work_bytes - lead) / ALIGNMENT * ALIGNMENT, NULL, SIZE_MAX, 0};
    current = &area;
    status = decode(bytes, n, &p, &pixels);
    current = NULL;
    if (status != BDS_OK)
        return status;
    const int turned = p.orientation >= 5;
    image->pixels = pixels;
    image->width = turned ? p.height : p.width;
    image->height = turned ? p.width : p.height;
    image->channels = p.channels;
    image->stride = (size_t)image->width * p.channels;
    return BDS_OK;
}
