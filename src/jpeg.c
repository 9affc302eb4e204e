/* Reads a JPEG as far as its coefficients to prove it whole, see picture.h. Baseline, extended sequential and progressive with
 * Huffman codes and 8 bits, ITU-T T.81; the same kinds that stb_image decodes.
 * SPDX-License-Identifier: MIT */
#include <string.h>

#include "bits.h"
#include "picture.h"

/* For a block of 8-bit pixels the sum of all |coefficient * quantiser| is at most 8192 before quantisation (Parseval: the
 * coefficients' squares add up to at most 64 * 128^2), and rounding at most doubles each of them. Below this bound stb_image's
 * inverse transform, which works in int, cannot overflow: docs/arithmetic-pictures.md. */
#define BLOCK_LIMIT 16384u
/* Each scan may walk the whole picture for a few bytes of file: bound the product. Encoders write about ten. */
#define MAX_SCANS 128
#define MAX_DC_BITS 11 /* sizes of differences and coefficients that 8-bit pixels can need */
#define MAX_AC_BITS 10

enum {
    SOF0 = 0xc0,
    SOF1 = 0xc1,
    SOF2 = 0xc2,
    DHT = 0xc4,
    RST0 = 0xd0,
    SOI = 0xd8,
    EOI = 0xd9,
    SOS = 0xda,
    DQT = 0xdb,
    DNL = 0xdc,
    DRI = 0xdd,
    APP0 = 0xe0,
    APP1 = 0xe1,
    APP15 = 0xef,
    COM = 0xfe
};

typedef struct huffman {
    uint16_t fast[256]; /* by the next 8 bits: length << 8 | symbol; 0: the code is longer */
    uint32_t limit[17]; /* by length: the first 16-bit window beyond the codes of that length */
    int32_t offset[17]; /* by length: index of the symbol minus its code */
    uint8_t symbols[256];
    uint8_t defined;
} huffman;

typedef struct tables {
    huffman dc[4], ac[4];
    uint16_t quantiser[4][64]; /* zigzag order; 0: not defined */
} tables;

/* The entropy-coded bytes up to the next marker. */
typedef struct bit_stream {
    const uint8_t *at, *end;
    uint64_t bits;  /* the next ones, from the top */
    uint32_t count; /* how many of them are real; zeros follow */
    int failed;     /* an invalid code, or more was read than there is */
} bit_stream;

/* A scan's parameters: which coefficients, in zigzag order, and which of their bits. */
typedef struct scan {
    uint32_t count;
    bds_jpeg_component *component[4];
    uint32_t first, last, high, low;
    uint32_t eob_run; /* blocks that have no further coefficient in this scan */
} scan;

/* ---- Bits --------------------------------------------------------------------------------------------------------- */

/* Leaves at least 32 bits, unless the data end: an FF that no 00 follows begins a marker. */
static void refill(bit_stream *b)
{
    while (b->count <= 56 && b->at != b->end) {
        const uint8_t byte = *b->at;
        if (byte == 0xff) {
            if (b->end - b->at < 2 || b->at[1] != 0)
                return;
            b->at++;
        }
        b->at++;
        b->bits |= (uint64_t)byte << (56 - b->count);
        b->count += 8;
    }
}

/* Inlined even where size counts: every code ends here. */
static inline __attribute__((always_inline)) void drop(bit_stream *b, uint32_t n)
{
    if (n > b->count) {
        b->failed = 1;
        n = b->count;
    }
    b->bits <<= n;
    b->count -= n;
}

/* n in [0, 16]. */
static uint32_t take(bit_stream *b, uint32_t n)
{
    if (b->count < 32)
        refill(b);
    const uint32_t value = n ? (uint32_t)(b->bits >> (64 - n)) : 0;
    drop(b, n);
    return value;
}

/* The next symbol; 0 and failed if there is none. */
static uint32_t take_symbol(bit_stream *b, const huffman *h)
{
    if (b->count < 32)
        refill(b);
    const uint32_t fast = h->fast[b->bits >> 56];
    if (fast) {
        drop(b, fast >> 8);
        return fast & 255;
    }
    const uint32_t window = (uint32_t)(b->bits >> 48);
    for (uint32_t length = 9; length <= 16; length++) {
        if (window < h->limit[length]) {
            drop(b, length);
            return h->symbols[((int32_t)(window >> (16 - length)) + h->offset[length]) & 255];
        }
    }
    b->failed = 1;
    return 0;
}

/* A signed number of n bits as T.81, F.2.2.1 extends it: those that begin with a zero are negative. n in [0, 15]. */
static int32_t take_signed(bit_stream *b, uint32_t n)
{
    const int32_t value = (int32_t)take(b, n);
    return n && value < 1 << (n - 1) ? value - (1 << n) + 1 : value;
}

/* Ends an interval of entropy-coded data. Some cameras pad their last one with zeros; anything else that is left over means that
 * the codes were misread. */
static int finish(bit_stream *b, int zeros_allowed)
{
    drop(b, b->count % 8);
    for (;;) {
        refill(b);
        if (!b->count)
            return !b->failed;
        if (b->bits || !zeros_allowed)
            return 0;
        b->count = 0;
    }
}

/* ---- Tables ------------------------------------------------------------------------------------------------------- */

/* counts: codes of each length 1..16. At most 255 symbols: stb_image misreads a 256th. */
static int build(huffman *h, const uint8_t counts[16])
{
    uint32_t code = 0, index = 0;
    memset(h->fast, 0, sizeof h->fast);
    for (uint32_t length = 1; length <= 16; length++) {
        const uint32_t n = counts[length - 1];
        if (code + n > 1u << length)
            return 0;
        h->offset[length] = (int32_t)index - (int32_t)code;
        if (length <= 8)
            for (uint32_t i = 0; i < n; i++)
                for (uint32_t j = 0; j < 1u << (8 - length); j++)
                    h->fast[((code + i) << (8 - length)) + j] = (uint16_t)(length << 8 | h->symbols[index + i]);
        code += n;
        index += n;
        h->limit[length] = code << (16 - length);
        code <<= 1;
    }
    return h->defined = 1;
}

/* t null: only the lengths are checked. */
static int read_huffman(bds_reader *r, tables *t)
{
    while (bds_reader_left(r)) {
        huffman skipped, *h = &skipped;
        uint8_t counts[16];
        uint32_t total = 0;
        const uint32_t where = bds_read_u8(r);
        if (where >> 4 > 1 || (where & 15) > 3)
            return 0;
        for (uint32_t i = 0; i < 16; i++)
            total += counts[i] = bds_read_u8(r);
        if (total > 255 || total > bds_reader_left(r))
            return 0;
        if (t)
            h = where >> 4 ? &t->ac[where & 15] : &t->dc[where & 15];
        memset(h->symbols, 0, sizeof h->symbols);
        memcpy(h->symbols, r->at, total);
        r->at += total;
        if (!build(h, counts))
            return 0;
    }
    return !r->overrun;
}

static uint32_t read_u16(bds_reader *r)
{
    const uint32_t high = bds_read_u8(r);
    return high << 8 | bds_read_u8(r);
}

static int read_quantisers(bds_reader *r, tables *t)
{
    while (bds_reader_left(r)) {
        const uint32_t where = bds_read_u8(r);
        if (where >> 4 > 1 || (where & 15) > 3)
            return 0;
        for (uint32_t i = 0; i < 64; i++) {
            const uint32_t step = where >> 4 ? read_u16(r) : bds_read_u8(r);
            if (!step)
                return 0;
            if (t)
                t->quantiser[where & 15][i] = (uint16_t)step;
        }
    }
    return !r->overrun;
}

/* ---- EXIF --------------------------------------------------------------------------------------------------------- */

static uint32_t exif_number(const uint8_t *p, uint32_t bytes, int little)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < bytes; i++)
        value = value << 8 | p[little ? bytes - 1 - i : i];
    return value;
}

/* The orientation in an APP1 segment, 0 when it has none that makes sense: TIFF's first directory, tag 0x0112, one short. */
static uint32_t exif_orientation(const uint8_t *p, size_t n)
{
    if (n < 14 || memcmp(p, "Exif\0\0", 6) != 0)
        return 0;
    p += 6;
    n -= 6;
    const int little = memcmp(p, "II*\0", 4) == 0;
    if (!little && memcmp(p, "MM\0*", 4) != 0)
        return 0;
    size_t at = exif_number(p + 4, 4, little);
    if (at > n - 2) /* n >= 8 here */
        return 0;
    const uint32_t entries = exif_number(p + at, 2, little);
    at += 2;
    for (uint32_t i = 0; i < entries && n - at >= 12; i++, at += 12) {
        const uint8_t *e = p + at;
        if (exif_number(e, 2, little) == 0x0112 && exif_number(e + 2, 2, little) == 3 &&
            exif_number(e + 4, 4, little) == 1) {
            const uint32_t orientation = exif_number(e + 8, 2, little);
            return orientation <= 8 ? orientation : 0;
        }
    }
    return 0;
}

/* ---- Frame and scans ---------------------------------------------------------------------------------------------- */

static int read_frame(bds_reader *r, bds_jpeg *j)
{
    if (bds_read_u8(r) != 8) /* bits per sample */
        return 0;
    j->height = read_u16(r);
    j->width = read_u16(r);
    j->count = bds_read_u8(r);
    if (!j->width || !j->height || (j->count != 1 && j->count != 3 && j->count != 4) ||
        bds_reader_left(r) != 3 * (size_t)j->count)
        return 0;
    uint32_t h = 1, v = 1;
    for (uint32_t i = 0; i < j->count; i++) {
        bds_jpeg_component *c = &j->component[i];
        c->id = bds_read_u8(r);
        const uint32_t factors = bds_read_u8(r);
        c->h = (uint8_t)(factors >> 4);
        c->v = factors & 15;
        c->quantiser = bds_read_u8(r);
        if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 || c->quantiser > 3)
            return 0;
        for (uint32_t k = 0; k < i; k++)
            if (j->component[k].id == c->id)
                return 0;
        h = c->h > h ? c->h : h;
        v = c->v > v ? c->v : v;
        memset(c->precision, -1, sizeof c->precision);
    }
    j->columns = (j->width + 8 * h - 1) / (8 * h);
    j->rows = (j->height + 8 * v - 1) / (8 * v);
    for (uint32_t i = 0; i < j->count; i++) {
        bds_jpeg_component *c = &j->component[i];
        if (h % c->h || v % c->v) /* stb_image has no resampling for these */
            return 0;
        c->columns = ((j->width * c->h + h - 1) / h + 7) / 8;
        c->rows = ((j->height * c->v + v - 1) / v + 7) / 8;
        c->all_columns = j->columns * c->h;
        c->all_rows = j->rows * c->v;
    }
    return 1;
}

/* T.81, B.2.3 and G.1.1.1: a scan must bring something that was not known, and in order. */
static int read_scan(bds_reader *r, bds_jpeg *j, const tables *t, scan *s)
{
    memset(s, 0, sizeof *s);
    s->count = bds_read_u8(r);
    if (s->count < 1 || s->count > j->count || bds_reader_left(r) != 2 * s->count + 3)
        return 0;
    uint32_t blocks = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        const uint32_t id = bds_read_u8(r), which = bds_read_u8(r);
        bds_jpeg_component *c = NULL;
        for (uint32_t k = 0; k < j->count; k++)
            if (j->component[k].id == id)
                c = &j->component[k];
        for (uint32_t k = 0; k < i; k++)
            if (s->component[k] == c)
                return 0;
        if (!c || which >> 4 > 3 || (which & 15) > 3 || !t->quantiser[c->quantiser][0])
            return 0;
        c->dc_table = (uint8_t)(which >> 4);
        c->ac_table = which & 15;
        s->component[i] = c;
        blocks += (uint32_t)c->h * c->v;
    }
    if (s->count > 1 && blocks > 10)
        return 0;
    s->first = bds_read_u8(r);
    s->last = bds_read_u8(r);
    const uint32_t bits = bds_read_u8(r);
    s->high = bits >> 4;
    s->low = bits & 15;
    if (!j->progressive) {
        s->last = 63; /* some encoders write 0 */
        if (s->first || bits)
            return 0;
    } else if (s->first > s->last || s->last > 63 || s->low > 13 || (!s->first && s->last) ||
               (s->first && s->count > 1) || (s->high && s->high != s->low + 1)) {
        return 0;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        bds_jpeg_component *c = s->component[i];
        const int needs_dc = !s->first && !s->high, needs_ac = s->last > 0;
        if ((needs_dc && !t->dc[c->dc_table].defined) || (needs_ac && !t->ac[c->ac_table].defined))
            return 0;
        if (!j->progressive && c->seen)
            return 0;
        c->seen = 1;
        if (s->first && c->precision[0] < 0)
            return 0;
        for (uint32_t k = s->first; j->progressive && k <= s->last; k++) {
            if (c->precision[k] != (s->high ? (int)s->high : -1))
                return 0;
            c->precision[k] = (int8_t)s->low;
        }
    }
    return 1;
}

static uint32_t magnitude(int32_t x)
{
    return (uint32_t)(x < 0 ? -x : x);
}

static int next_dc(bit_stream *b, const tables *t, bds_jpeg_component *c)
{
    const uint32_t size = take_symbol(b, &t->dc[c->dc_table]);
    if (size > MAX_DC_BITS)
        return 0;
    c->dc += take_signed(b, size);
    return magnitude(c->dc) < BLOCK_LIMIT; /* so it never overflows either */
}

static int sequential_block(bit_stream *b, const tables *t, bds_jpeg_component *c)
{
    const uint16_t *quantiser = t->quantiser[c->quantiser];
    const huffman *ac = &t->ac[c->ac_table];
    if (!next_dc(b, t, c))
        return 0;
    uint32_t sum = magnitude(c->dc) * quantiser[0]; /* < 2^30 */
    for (uint32_t k = 1; k < 64 && sum <= BLOCK_LIMIT; k++) {
        const uint32_t symbol = take_symbol(b, ac), run = symbol >> 4, size = symbol & 15;
        if (!size) {
            if (run != 15)
                break; /* end of block */
            k += 15;
            if (k > 63)
                return 0;
            continue;
        }
        k += run;
        if (k > 63 || size > MAX_AC_BITS)
            return 0;
        sum += magnitude(take_signed(b, size)) * quantiser[k]; /* <= 2^14 + 2^26 */
    }
    return sum <= BLOCK_LIMIT && !b->failed;
}

/* Stores value * 2^low if that is in range. Later refinements add less than that again, so an int16 holds the sum. */
static int store(int16_t *to, int32_t value, uint32_t low)
{
    const int32_t scaled = value * (1 << low); /* |value| < 2^14, low <= 13 */
    *to = (int16_t)scaled;
    return magnitude(scaled) <= BLOCK_LIMIT;
}

static int progressive_dc(bit_stream *b, const tables *t, const scan *s, bds_jpeg_component *c, int16_t *block)
{
    if (s->high) {
        if (take(b, 1))
            block[0] = (int16_t)(block[0] + (1 << s->low));
        return !b->failed;
    }
    return next_dc(b, t, c) && store(&block[0], c->dc, s->low) && !b->failed;
}

static int first_ac(bit_stream *b, const huffman *ac, scan *s, int16_t *block)
{
    if (s->eob_run) {
        s->eob_run--;
        return 1;
    }
    for (uint32_t k = s->first; k <= s->last; k++) {
        const uint32_t symbol = take_symbol(b, ac), run = symbol >> 4, size = symbol & 15;
        if (!size) {
            if (run != 15) {
                s->eob_run = (1u << run) + take(b, run) - 1; /* this block is one of them */
                break;
            }
            k += 15;
            if (k > s->last)
                return 0;
            continue;
        }
        k += run;
        if (k > s->last || size > MAX_AC_BITS || !store(&block[k], take_signed(b, size), s->low))
            return 0;
    }
    return !b->failed;
}

/* One more bit of a coefficient that is known not to be zero. */
static void refine(bit_stream *b, int16_t *value, int32_t bit)
{
    if (take(b, 1) && !(*value & bit))
        *value = (int16_t)(*value + (*value > 0 ? bit : -bit));
}

static int refine_ac(bit_stream *b, const huffman *ac, scan *s, int16_t *block)
{
    const int32_t bit = 1 << s->low;
    uint32_t k = s->first;
    for (; !s->eob_run && k <= s->last; k++) {
        const uint32_t symbol = take_symbol(b, ac), size = symbol & 15;
        uint32_t zeros = symbol >> 4;
        int32_t value = 0;
        if (size > 1)
            return 0;
        if (size) {
            value = take(b, 1) ? bit : -bit;
        } else if (zeros != 15) {
            s->eob_run = (1u << zeros) + take(b, zeros);
            break;
        }
        for (; k <= s->last; k++) {
            if (block[k])
                refine(b, &block[k], bit);
            else if (!zeros--)
                break;
        }
        if (k > s->last) {
            if (value)
                return 0;
            break;
        }
        if (value)
            block[k] = (int16_t)value;
    }
    if (s->eob_run) {
        for (; k <= s->last; k++)
            if (block[k])
                refine(b, &block[k], bit);
        s->eob_run--;
    }
    return !b->failed;
}

static int check_block(bit_stream *b, const bds_jpeg *j, const tables *t, scan *s, bds_jpeg_component *c, uint32_t x,
                       uint32_t y)
{
    if (!j->progressive)
        return sequential_block(b, t, c);
    int16_t *block = c->coefficients + 64 * ((size_t)y * c->all_columns + x);
    if (!s->first)
        return progressive_dc(b, t, s, c, block);
    return s->high ? refine_ac(b, &t->ac[c->ac_table], s, block) : first_ac(b, &t->ac[c->ac_table], s, block);
}

/* Entropy-coded data from r on: single blocks when the scan has one component, else MCUs of all of them. Leaves r at the marker
 * that ends the scan. */
static int check_scan(bds_reader *r, const bds_jpeg *j, const tables *t, scan *s)
{
    const int interleaved = s->count > 1;
    const uint32_t columns = interleaved ? j->columns : s->component[0]->columns;
    const uint32_t units = columns * (interleaved ? j->rows : s->component[0]->rows); /* <= 2^26 */
    bit_stream b = {r->at, r->end, 0, 0, 0};
    uint32_t restarts = 0;
    for (uint32_t i = 0; i < s->count; i++)
        s->component[i]->dc = 0;
    for (uint32_t unit = 0, x = 0, y = 0; unit < units; unit++) {
        if (unit && j->restart && unit % j->restart == 0) {
            if (s->eob_run || !finish(&b, 0) || b.end - b.at < 2 || b.at[1] != RST0 + (restarts++ & 7))
                return 0;
            b.at += 2;
            for (uint32_t i = 0; i < s->count; i++)
                s->component[i]->dc = 0;
        }
        for (uint32_t i = 0; i < s->count; i++) {
            bds_jpeg_component *c = s->component[i];
            if (!interleaved) {
                if (!check_block(&b, j, t, s, c, x, y))
                    return 0;
                continue;
            }
            for (uint32_t k = 0; k < (uint32_t)c->h * c->v; k++)
                if (!check_block(&b, j, t, s, c, x * c->h + k % c->h, y * c->v + k / c->h))
                    return 0;
        }
        if (++x == columns) {
            x = 0;
            y++;
        }
    }
    if (s->eob_run || !finish(&b, 1))
        return 0;
    r->at = b.at;
    return 1;
}

/* Progressive: the sums can only be taken once all bits are there. */
static int check_coefficients(const bds_jpeg *j, const tables *t)
{
    for (uint32_t i = 0; i < j->count; i++) {
        const bds_jpeg_component *c = &j->component[i];
        for (uint32_t y = 0; y < c->rows; y++) {
            for (uint32_t x = 0; x < c->columns; x++) {
                const int16_t *block = c->coefficients + 64 * ((size_t)y * c->all_columns + x);
                uint64_t sum = 0;
                for (uint32_t k = 0; k < 64; k++)
                    sum += (uint64_t)magnitude(block[k]) * t->quantiser[c->quantiser][k];
                if (sum > BLOCK_LIMIT)
                    return 0;
            }
        }
    }
    return 1;
}

/* ---- Segments ----------------------------------------------------------------------------------------------------- */

/* The next marker's code; 0 if there is none. Before the frame some files have padding between segments. */
static uint32_t next_marker(bds_reader *r, int padding_allowed)
{
    uint32_t byte = bds_read_u8(r);
    while (padding_allowed && byte != 0xff && !r->overrun)
        byte = bds_read_u8(r);
    if (byte != 0xff)
        return 0;
    while (byte == 0xff && !r->overrun)
        byte = bds_read_u8(r);
    return r->overrun ? 0 : byte;
}

/* Walks the segments: to the first scan when t is null, else to the end of the image. coefficients: see bds_jpeg_component. */
static int walk(bds_reader *r, bds_jpeg *j, tables *t, int16_t *coefficients)
{
    uint32_t scans = 0;
    memset(j, 0, sizeof *j);
    j->orientation = 1;
    if (next_marker(r, 0) != SOI)
        return 0;
    for (;;) {
        const uint32_t marker = next_marker(r, !j->count);
        if (marker == EOI && t) {
            for (uint32_t i = 0; i < j->count; i++)
                if (!j->component[i].seen || (j->progressive && j->component[i].precision[0] != 0))
                    return 0; /* a component is missing, or its mean brightness incomplete */
            return j->count && (!j->progressive || check_coefficients(j, t));
        }
        const uint32_t length = read_u16(r);
        if (length < 2 || length - 2 > bds_reader_left(r))
            return 0;
        bds_reader segment = bds_reader_make(r->at, length - 2);
        r->at += length - 2;
        int ok = 0;
        if (marker == DHT) {
            ok = read_huffman(&segment, t);
        } else if (marker == DQT) {
            ok = read_quantisers(&segment, t);
        } else if (marker == DRI) {
            ok = length == 4;
            j->restart = read_u16(&segment);
        } else if ((marker >= APP0 && marker <= APP15) || marker == COM) {
            ok = 1;
            if (marker == APP1 && !j->exif_seen) {
                const uint32_t orientation = exif_orientation(segment.at, bds_reader_left(&segment));
                j->exif_seen = orientation != 0;
                j->orientation = orientation ? orientation : 1;
            }
        } else if (marker == DNL) {
            ok = length == 4 && scans && read_u16(&segment) == j->height;
        } else if (marker >= SOF0 && marker <= SOF2) {
            j->progressive = marker == SOF2;
            ok = !j->count && read_frame(&segment, j);
            for (uint32_t i = 0; ok && coefficients && j->progressive && i < j->count; i++) {
                bds_jpeg_component *c = &j->component[i];
                c->coefficients = coefficients;
                coefficients += (size_t)c->all_columns * c->all_rows * 64;
            }
        } else if (marker == SOS) {
            scan s;
            if (!j->count)
                return 0;
            if (!t)
                return 1;
            ok = scans++ < MAX_SCANS && read_scan(&segment, j, t, &s) && check_scan(r, j, t, &s);
        }
        if (!ok)
            return 0;
    }
}

bds_status bds_jpeg_header(const void *bytes, size_t n, bds_jpeg *jpeg)
{
    bds_reader r = bds_reader_make(bytes, n);
    return walk(&r, jpeg, NULL, NULL) ? BDS_OK : BDS_E_IMAGE_CORRUPT;
}

uint64_t bds_jpeg_check_bytes(const bds_jpeg *jpeg)
{
    uint64_t blocks = 0;
    for (uint32_t i = 0; jpeg->progressive && i < jpeg->count; i++)
        blocks += (uint64_t)jpeg->component[i].all_columns * jpeg->component[i].all_rows;
    return (sizeof(tables) + 15) / 16 * 16 + blocks * 64 * sizeof(int16_t);
}

bds_status bds_jpeg_check(const void *bytes, size_t n, void *work)
{
    bds_reader r = bds_reader_make(bytes, n);
    bds_jpeg j;
    if (!walk(&r, &j, NULL, NULL))
        return BDS_E_IMAGE_CORRUPT;
    memset(work, 0, (size_t)bds_jpeg_check_bytes(&j));
    r = bds_reader_make(bytes, n);
    return walk(&r, &j, work, (int16_t *)(void *)((uint8_t *)work + (sizeof(tables) + 15) / 16 * 16))
               ? BDS_OK
               : BDS_E_IMAGE_CORRUPT;
}
