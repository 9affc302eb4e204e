#!/usr/bin/env python3
"""Draw chest-X-ray-like pictures: geometry and noise only, no patient.

    samples.py [--out ../../demo/samples]

No pixel is copied from a data set and no network draws: a thorax outline, two lung fields, mediastinum and heart, ribs,
clavicles, diaphragm, grain, and, in two of the four, soft blobs of raised density where a consolidation could lie.
Outline, exposure and densities were set by hand, looking at the usual framing of a frontal chest X-ray and at the
answers of this very model, until clear lungs scored low and opacities high. So the pictures show the software at work
and are no evidence of its quality. Each carries the words "SYNTHETIC - not a patient".

Deterministic for given numpy and pillow versions.
"""
import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 512
LABEL = "SYNTHETIC - not a patient"

# Opacities: (x, y, rx, ry, strength); coordinates in [0, 1], strength 1 hides the lung altogether.
SAMPLES = [
    {"file": "clear-1.png", "title": "Clear lungs (drawn)", "seed": 11, "width": 0.97,
     "opacities": []},
    {"file": "clear-2.jpg", "title": "Clear lungs, other build (drawn)", "seed": 23, "width": 0.94, "opacities": []},
    {"file": "opacity-1.png", "title": "Dense opacity, mainly in one lung (drawn)", "seed": 37,
     "opacities": [(0.27, 0.60, 0.23, 0.22, 0.85), (0.34, 0.40, 0.13, 0.16, 0.6), (0.68, 0.40, 0.11, 0.15, 0.45)]},
    {"file": "opacity-2.jpg", "title": "Hazy opacities in both lungs (drawn)", "seed": 53, "rgb": True,
     "opacities": [(0.26, 0.56, 0.20, 0.27, 0.68), (0.73, 0.58, 0.19, 0.26, 0.72),
                   (0.37, 0.36, 0.12, 0.14, 0.5)]},
]


def smooth(a, radius):
    """Gaussian blur of a [SIZE, SIZE] array; edges renormalised."""
    i = np.arange(SIZE)
    g = np.exp(-0.5 * ((i[:, None] - i) / radius) ** 2)
    g /= g.sum(1, keepdims=True)
    return g @ a @ g.T


def polygon(points, blur):
    """Mask of a closed Catmull-Rom curve through points (x, y in [0, 1]), with a soft edge."""
    p, t = np.asarray(points), np.linspace(0, 1, 24, endpoint=False)[:, None]
    a, b, c, d = (np.roll(p, k, 0) for k in (1, 0, -1, -2))
    curve = [0.5 * (2 * b[i] + (c[i] - a[i]) * t + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t * t
                    + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t ** 3) for i in range(len(p))]
    im = Image.new("L", (SIZE, SIZE))
    ImageDraw.Draw(im).polygon([tuple(q) for q in np.concatenate(curve) * SIZE], fill=255)
    return smooth(np.asarray(im) / 255.0, blur)


def strokes(lines, width, blur):
    """Mask of thick polylines with a soft edge."""
    im = Image.new("L", (SIZE, SIZE))
    for line in lines:
        ImageDraw.Draw(im).line([tuple(q) for q in np.asarray(line) * SIZE], fill=255, width=width, joint="curve")
    return smooth(np.asarray(im) / 255.0, blur)


def cloud(rng, size):
    """Smooth random field, mean 0, standard deviation 1, grain of about size pixels."""
    n = max(2, SIZE // size)
    im = Image.fromarray(np.float32(rng.standard_normal((n, n)))).resize((SIZE, SIZE), Image.BICUBIC)
    f = np.asarray(im)
    return (f - f.mean()) / f.std()


def over(base, mask, value):
    return base + (value - base) * mask


def draw(seed, opacities=(), width=1.0):
    """Gray uint8 [SIZE, SIZE]; 1.0 is bright (dense), 0 dark (air)."""
    rng = np.random.default_rng(seed)
    j = lambda s=0.008: rng.uniform(-s, s)
    v, u = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    wide = lambda pts: [(0.5 + (x - 0.5) * width + j(), y + j()) for x, y in pts]

    # Trunk and shoulders in front of dark air; brighter towards the belly.
    trunk = polygon(wide([(0.0, 1.1), (-0.06, 0.55), (-0.08, 0.25), (0.08, 0.13), (0.34, 0.04), (0.38, -0.1),
                          (0.62, -0.1), (0.66, 0.04), (0.92, 0.13), (1.08, 0.25), (1.06, 0.55), (1.0, 1.1)]), 6)
    thick = 1 - 0.15 * np.abs(2 * u - 1) ** 3
    img = 0.08 + trunk * ((0.77 + 0.06 * v) * thick - 0.08 + 0.025 * cloud(rng, 170))

    # Lung fields: right lung on the left of the picture, its diaphragm a little higher.
    right = polygon(wide([(0.375, 0.12), (0.29, 0.15), (0.19, 0.29), (0.12, 0.48), (0.075, 0.68), (0.06, 0.79),
                          (0.17, 0.745), (0.28, 0.72), (0.43, 0.74), (0.43, 0.55), (0.425, 0.30)]), 7)
    left = polygon(wide([(0.625, 0.12), (0.71, 0.15), (0.81, 0.29), (0.88, 0.48), (0.92, 0.69), (0.935, 0.82),
                         (0.85, 0.77), (0.775, 0.75), (0.675, 0.63), (0.605, 0.50), (0.575, 0.30)]), 7)
    lungs = np.maximum(right, left)
    hilum = np.exp(-((np.abs(u - 0.5) - 0.09) / 0.07) ** 2 - ((v - 0.46) / 0.16) ** 2)
    img = over(img, lungs, 0.22 + 0.05 * v + 0.06 * hilum + 0.02 * cloud(rng, 60))

    # Mediastinum, heart, spine.
    spine = np.exp(-((u - 0.5) / 0.055) ** 2) * trunk
    img = img + 0.17 * spine * (1 + 0.18 * np.sin(v * 2 * np.pi * 15))
    heart = polygon(wide([(0.46, 0.36), (0.42, 0.55), (0.43, 0.72), (0.60, 0.76), (0.72, 0.72), (0.69, 0.60),
                          (0.60, 0.46), (0.54, 0.36)]), 10)
    img = over(img, 0.7 * heart, 0.76)
    chin = np.exp(-((u - 0.5) / 0.14) ** 4 - (v / 0.05) ** 2)
    img = over(img, 0.5 * chin, 0.9)
    windpipe = strokes([[(0.5, 0.0), (0.498, 0.20)]], 26, 7)
    img = img - 0.07 * windpipe

    # Vessels fan out from the hila and fade.
    fans = []
    for side, n in ((-1, 11), (1, 9)):
        for a in np.linspace(-1.1, 1.25, n) + rng.uniform(-0.08, 0.08, n):
            r = np.linspace(0, rng.uniform(0.14, 0.22), 8)
            fans.append(np.stack([0.5 + side * (0.10 + r * np.cos(a)), 0.42 + r * np.sin(a) * 1.2], 1))
    img = img + 0.07 * strokes(fans, 4, 2.5) * lungs

    # Consolidation: soft, ragged density inside the lungs, which also hides the lung's own edge.
    ragged = cloud(rng, 40)
    for x, y, rx, ry, strength in opacities:
        x = 0.5 + (x - 0.5) * width
        d = ((u - x) / rx) ** 2 + ((v - y) / ry) ** 2
        m = strength * np.exp(-(d * (1 + 0.22 * ragged).clip(0.4)) ** 1.6) * smooth(lungs, 12)
        img = over(img, m.clip(0, 1), 0.70 + 0.08 * v)

    # Ribs: back halves almost level, front halves steep; clavicles.
    back, front, collar = [], [], []
    t = np.linspace(0, 1, 20)
    for side in (-1, 1):
        for k in range(8):
            y0 = 0.13 + 0.082 * k
            reach = (0.25 + 0.024 * k) * width
            back.append(np.stack([0.5 + side * (0.04 + reach * t), y0 - 0.03 * np.sin(t * np.pi) + 0.05 * t ** 2], 1))
            if k < 6:
                front.append(np.stack([0.5 + side * (0.04 + reach * (1 - 0.7 * t ** 1.5)),
                                       y0 + 0.09 + 0.12 * t], 1))
        collar.append(np.stack([0.5 + side * (0.06 + 0.36 * width * t), 0.165 - 0.05 * t + 0.015 * np.sin(t * 6)], 1))
    ribs = (0.06 * strokes(back, 15, 3) + 0.04 * strokes(front, 13, 4)) * (0.15 + 0.85 * smooth(lungs, 8)) * trunk
    img = img + ribs + 0.06 * strokes(collar, 13, 3) * trunk

    img = smooth(img, 1.2) + 0.005 * rng.standard_normal((SIZE, SIZE)) + 0.006 * cloud(rng, 3)
    gray = Image.fromarray(np.uint8(np.clip(img, 0, 1) * 255 + 0.5))
    pen = ImageDraw.Draw(gray)
    font = ImageFont.load_default(18)
    w = pen.textlength(LABEL, font=font)
    pen.text(((SIZE - w) / 2, SIZE - 26), LABEL, fill=24, font=font)
    return np.asarray(gray)


def shrink(gray, n=28):
    """Exact area resize of a square gray picture to n x n, rounded to bytes (as the runtime prepares its input)."""
    k = np.arange(n + 1) * len(gray) / n
    px = np.arange(len(gray))
    cover = np.clip(np.minimum(k[1:, None], px + 1) - np.maximum(k[:-1, None], px), 0, 1)   # [n, len]: share of each pixel
    return np.uint8(np.floor(cover @ gray.astype(float) @ cover.T / (len(gray) / n) ** 2 + 0.5))


def reference():
    """(name, uint8 28x28) cases for checking an executor: the drawn chests and a few pictures at the rails."""
    rng = np.random.default_rng(1)
    for s in SAMPLES:
        yield s["file"].rsplit(".")[0], shrink(draw(s["seed"], s["opacities"], s.get("width", 1.0)))
    yield "black", np.zeros((28, 28), np.uint8)
    yield "white", np.full((28, 28), 255, np.uint8)
    yield "noise", rng.integers(0, 256, (28, 28), dtype=np.uint8)
    yield "ramp", np.uint8(np.add.outer(np.arange(28) * 5, np.arange(28) * 4))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[2] / "demo" / "samples")
    out = ap.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    index = []
    for s in SAMPLES:
        im = Image.fromarray(draw(s["seed"], s["opacities"], s.get("width", 1.0)))
        path = out / s["file"]
        if path.suffix == ".png":
            im.save(path, optimize=True)
        else:
            (im.convert("RGB") if s.get("rgb") else im).save(path, quality=88, optimize=True)
        kind = {"L": "gray", "RGB": "colour"}["RGB" if s.get("rgb") else "L"]
        index.append({"file": s["file"], "title": s["title"],
                      "description": "Synthetic picture drawn by models/pneumonia/samples.py, not a patient: "
                                     + ("soft densities laid over the lung fields. " if s["opacities"] else
                                        "dark lung fields without added density. ")
                                     + f"{SIZE}x{SIZE}, {kind} {path.suffix[1:].replace('jpg', 'jpeg').upper()}."})
        print(path, path.stat().st_size)
    (out / "samples.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
