#!/usr/bin/env python3
"""Writes the small synthetic pictures of tests/data/pictures. tests/unit/test_image.c knows the same formulas, so no decoded
picture is stored. PNGs come from the writer below (every depth, filter and interlacing); JPEGs from Pillow.

SPDX-License-Identifier: MIT"""
import io
import pathlib
import struct
import zlib

from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent / "pictures"
W, H = 37, 23


def colour(x, y):
    """A gradient without any symmetry, so that every turn and flip shows."""
    r, g = 255 * x // (W - 1), 255 * y // (H - 1)
    return r, g, 255 - (r + g) // 2


def grey(x, y):
    return (5 * x + 3 * y) & 255


def alpha(x, y):
    return (11 * x + 7 * y) & 255


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(rows, bpp):
    """Row y gets filter y % 5."""
    out, above = bytearray(), None
    for y, row in enumerate(rows):
        above = above or bytes(len(row))
        kind = y % 5
        out.append(kind)
        for i, v in enumerate(row):
            a, b = (row[i - bpp] if i >= bpp else 0), above[i]
            c = above[i - bpp] if i >= bpp else 0
            out.append((v - (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]) & 255)
        above = row
    return bytes(out)


def packed(samples, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", v) for v in samples)
    bits = "".join(format(v, f"0{depth}b") for v in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def png(name, depth, kind, pixel, interlaced=False, extra=(), idat=0, w=W, h=H, excess=0):
    """pixel(x, y) -> samples. idat: bytes per IDAT chunk, 0: one chunk. excess: bytes that no pixel needs."""
    samples = len(pixel(0, 0))
    bpp = max(1, samples * depth // 8)
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x0, y0, dx, dy in passes:
        rows = [packed([v for x in range(x0, w, dx) for v in pixel(x, y)], depth) for y in range(y0, h, dy)]
        if rows and rows[0]:
            raw += filtered(rows, bpp)
    data = zlib.compress(raw + bytes(excess), 9)
    step = idat or len(data)
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced)))
    out += b"".join(chunk(k, d) for k, d in extra)
    out += b"".join(chunk(b"IDAT", data[i : i + step]) for i in range(0, len(data), step)) + chunk(b"IEND", b"")
    (HERE / f"{name}.png").write_bytes(out)


def jpeg(name, image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    (HERE / f"{name}.jpg").write_bytes(buffer.getvalue())
    return buffer


def main():
    HERE.mkdir(exist_ok=True)
    wide = lambda v: [s << 8 | (s * 3 & 255) for s in v]  # the high byte is the 8-bit value
    png("grey8", 8, 0, lambda x, y: [grey(x, y)])
    png("rgb8", 8, 2, colour, idat=50)
    png("greyalpha8", 8, 4, lambda x, y: [grey(x, y), alpha(x, y)])
    png("rgba8", 8, 6, lambda x, y: [*colour(x, y), alpha(x, y)])
    png("grey16", 16, 0, lambda x, y: wide([grey(x, y)]))
    png("rgb16", 16, 2, lambda x, y: wide(colour(x, y)))
    png("rgba16", 16, 6, lambda x, y: wide([*colour(x, y), alpha(x, y)]))
    for depth in (1, 2, 4):
        png(f"grey{depth}", depth, 0, lambda x, y: [grey(x, y) >> (8 - depth)])
    palette = bytes(v for i in range(16) for v in (17 * i, 255 - 17 * i, (40 * i) & 255))
    png("palette4", 4, 3, lambda x, y: [(x + 2 * y) & 15], extra=[(b"PLTE", palette)])
    png("palette_alpha", 8, 3, lambda x, y: [(x + 2 * y) & 15], extra=[(b"PLTE", palette), (b"tRNS", bytes(range(0, 160, 20)))])
    png("palette_short", 8, 3, lambda x, y: [(x + 2 * y) & 31], extra=[(b"PLTE", palette)])
    png("rgb_key", 8, 2, colour, extra=[(b"tRNS", struct.pack(">HHH", *colour(3, 4)))])
    png("rgb8_interlaced", 8, 2, colour, interlaced=True)
    png("grey1_interlaced", 1, 0, lambda x, y: [grey(x, y) >> 7], interlaced=True)
    png("rgb16_interlaced", 16, 2, lambda x, y: wide(colour(x, y)), interlaced=True)
    png("one", 8, 0, lambda x, y: [200], w=1, h=1)
    png("excess", 8, 0, lambda x, y: [grey(x, y)], excess=100)
    png("excess_endless", 8, 0, lambda x, y: [grey(x, y)], excess=1000000)
    png("blank", 8, 2, lambda x, y: [90 + (x & 1), 40, 210])

    image = Image.new("RGB", (W, H))
    image.putdata([colour(x, y) for y in range(H) for x in range(W)])
    jpeg("rgb420", image, quality=95, subsampling=2)
    jpeg("rgb422", image, quality=95, subsampling=1)
    jpeg("rgb444", image, quality=95, subsampling=0)
    jpeg("grey", image.convert("L"), quality=95)
    jpeg("cmyk", image.convert("CMYK"), quality=95)
    jpeg("progressive", image, quality=95, progressive=True, subsampling=2)
    jpeg("progressive_grey", image.convert("L"), quality=95, progressive=True)
    jpeg("restart", image, quality=95, restart_marker_blocks=2, subsampling=0)
    jpeg("progressive_restart", image, quality=95, progressive=True, restart_marker_rows=1)
    stored_as = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90", 7: "TRANSVERSE", 8: "ROTATE_270"}
    for orientation in range(1, 9):
        stored = image.transpose(Image.Transpose[stored_as[orientation]]) if orientation > 1 else image
        exif = Image.Exif()
        exif[0x0112] = orientation
        written = jpeg(f"exif{orientation}", stored, quality=95, subsampling=0, exif=exif.tobytes())
        upright = ImageOps.exif_transpose(Image.open(written))
        assert max(abs(a - b) for a, b in zip(upright.tobytes(), image.tobytes())) < 12, orientation


if __name__ == "__main__":
    main()
