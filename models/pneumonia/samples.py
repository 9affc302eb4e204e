#!/usr/bin/env python3
"""Draw chest-X-ray-like pictures, and one landscape: geometry and noise only, no patient.

    samples.py [--out ../../demo/samples]

No pixel or mean picture of a data set enters and no network draws: neck, trunk and arms before dark air, an air-filled
rib cage with diaphragm, heart and mediastinum laid over it, ribs, clavicles, vessels, grain, and, in some, soft blobs
of raised density where a consolidation could lie.

Outline and densities were set by hand: by the framing of frontal chest X-rays of small children, by mean brightness
and contrast of the training pictures in a few broad regions (edges, lungs, middle, bottom), and by a random search of
some hundred tries over the numbers of FILM, the seed and the opacities' strength with this very model, until the demo
shows one of each outcome: clear, opacity, not sure, and a picture that is none of its kind. When the check for unlike
pictures became stricter it turned away the dense opacity of then, and that one was searched again. The clear chests and the
dense opacities share one film, so there the density alone turns the answer; but another film turned it too, without
any opacity, and the unsure picture owes its answer to its flat film as much as to its faint density. So the pictures
show the software at work and are no evidence of its quality. Each carries the words "SYNTHETIC - not a patient".

Deterministic for given numpy and pillow versions.
"""
import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = 512
LABEL = "SYNTHETIC - not a patient"

# Opacities: (x, y, rx, ry, strength); coordinates in [0, 1], strength 1 hides the lung altogether. film: see FILM.
SAMPLES = [
    {"file": "clear-1.png", "kind": "clear", "title": "Clear lungs (drawn)", "seed": 11,
     "words": "dark lung fields without added density"},
    {"file": "clear-2.jpg", "kind": "clear", "title": "Clear lungs, other build (drawn)", "seed": 23,
     "film": {"width": 0.91}, "words": "dark lung fields without added density, a wider chest"},
    {"file": "opacity-1.png", "kind": "opacity", "title": "Dense opacity, mainly in one lung (drawn)", "seed": 26,
     "opacities": [(0.30, 0.57, 0.21, 0.24, 0.89), (0.33, 0.40, 0.16, 0.20, 0.76), (0.69, 0.51, 0.13, 0.24, 0.49)],
     "words": "soft densities laid over the lung fields, mainly the one on the left of the picture"},
    {"file": "opacity-2.jpg", "kind": "opacity", "title": "Hazy opacities in both lungs (drawn)", "seed": 53, "rgb": True,
     "film": {"width": 0.91},
     "opacities": [(0.26, 0.56, 0.20, 0.27, 0.75), (0.75, 0.58, 0.17, 0.26, 0.75), (0.37, 0.36, 0.13, 0.15, 0.6),
                   (0.66, 0.36, 0.12, 0.15, 0.55)],
     "words": "soft densities laid over both lung fields"},
    {"file": "unsure-1.png", "kind": "unsure", "title": "Faint opacity, borderline (drawn)", "seed": 82,
     "film": {"air": 0.14, "flesh": 0.46, "lung": 0.36, "rim": 0.10, "width": 0.98, "lift": 0.015, "gain": 0.78},
     "opacities": [(0.29, 0.49, 0.20, 0.18, 0.22)],
     "words": "a flat exposure and a faint density in one lung field; the model is not sure, nor is it without the density"},
    {"file": "photo-1.jpg", "kind": "other", "title": "Landscape, not an X-ray (drawn)", "seed": 7, "rgb": True,
     "words": "a colourful landscape, to show how a picture that is no X-ray is met"},
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


def beside(line, step):
    """A polyline moved down by step."""
    return line + np.array([0, step])


# What a picture is made of, in density: 0 is air (dark), 1 is bright. A sample may override each of these.
FILM = {
    "air": 0.06, "flesh": 0.55, "wall": 0.62, "lung": 0.28, "middle": 0.72, "heart": 0.62, "belly": 0.77,
    "spine": 0.08, "rib": 0.055, "rim": 0.09, "vessel": 0.05, "width": 0.87, "lift": 0.03, "gain": 0.95, "blur": 1.2,
}


def draw(seed, opacities=(), **film):
    """Gray uint8 [SIZE, SIZE] of a chest; film overrides FILM."""
    f = argparse.Namespace(**{**FILM, **film})
    rng = np.random.default_rng(seed)
    j = lambda s=0.006: rng.uniform(-s, s)
    v, u = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    at = lambda x: 0.5 + (x - 0.5) * f.width
    wide = lambda pts: [(at(x) + j(), y + f.lift + j()) for x, y in pts]

    # Neck and trunk in front of dark air; arms hang down at both sides.
    body = polygon(wide([(0.02, 1.5), (0.02, 1.1), (0.01, 0.75), (-0.02, 0.5), (-0.12, 0.35), (-0.1, 0.18), (0.08, 0.10),
                         (0.31, 0.055), (0.36, -0.1), (0.64, -0.1), (0.69, 0.055), (0.92, 0.10), (1.1, 0.18), (1.12, 0.35),
                         (1.02, 0.5), (0.99, 0.75), (0.98, 1.1), (0.98, 1.5)]), 7)
    img = f.air + body * (f.flesh - f.air + 0.03 * cloud(rng, 120))

    # Chest wall, and inside it the cage, air-filled throughout until diaphragm, heart and mediastinum are laid over it.
    ring = [(0.44, 0.115), (0.36, 0.115), (0.26, 0.175), (0.165, 0.31), (0.10, 0.48), (0.07, 0.65), (0.06, 0.80),
            (0.07, 0.93), (0.5, 1.0), (0.93, 0.93), (0.94, 0.80), (0.93, 0.65), (0.90, 0.48), (0.835, 0.31), (0.74, 0.175),
            (0.64, 0.115), (0.56, 0.115)]
    ring = wide(ring)
    cage = polygon(ring, 4)
    wall = polygon([(0.5 + (x - 0.5) * 1.06, y - 0.02) for x, y in ring], 7)
    img = over(img, wall * body, f.wall)
    img = over(img, cage, f.lung + 0.07 * (0.45 - v) * (v < 0.45) + 0.02 * cloud(rng, 60))

    # Diaphragm: two domes, the one on the left of the picture (the liver's) higher; below them belly, a stomach bubble.
    x = np.linspace(-0.05, 1.05, 45)
    dome = np.where(x < 0.5, 0.735 + 0.85 * np.abs(x - 0.31) ** 1.75, 0.755 + 0.95 * np.abs(x - 0.70) ** 1.75) + f.lift
    below = polygon([(at(a), b + j(0.002)) for a, b in zip(x, dome)] + [(1.1, 1.2), (-0.1, 1.2)], 4)
    side = np.clip(1 - (np.abs(u - 0.5) / (0.53 * f.width)) ** 4, 0, 1)
    belly = f.belly + 0.03 * cloud(rng, 110)
    belly = belly - 0.10 * np.exp(-((u - at(0.76)) / 0.06) ** 2 - ((v - 0.86 - f.lift) / 0.035) ** 2)
    img = over(img, below * body, f.flesh + (belly - f.flesh) * side)
    lungs = cage * (1 - below)

    # Mediastinum with the hila, and the heart, two thirds of it on the right of the picture.
    middle = polygon(wide([(0.40, -0.1), (0.415, 0.10), (0.43, 0.20), (0.425, 0.32), (0.43, 0.45), (0.44, 0.9), (0.56, 0.9),
                           (0.575, 0.45), (0.575, 0.32), (0.585, 0.24), (0.57, 0.18), (0.585, 0.10), (0.60, -0.1)]), 7)
    img = over(img, middle * body, f.middle)
    heart = polygon(wide([(0.44, 0.36), (0.405, 0.48), (0.39, 0.60), (0.41, 0.72), (0.48, 0.79), (0.62, 0.80), (0.725, 0.76),
                          (0.735, 0.68), (0.70, 0.58), (0.64, 0.47), (0.59, 0.38), (0.53, 0.33)]), 6)
    img = over(img, 0.92 * heart, np.maximum(f.heart, img))
    lungs = lungs * (1 - middle) * (1 - heart)
    hilum = np.exp(-((np.abs(u - 0.5) - 0.10 * f.width) / 0.05) ** 2 - ((v - 0.42 - f.lift) / 0.10) ** 2)
    img = img + 0.11 * hilum * lungs
    bones = 1 + 0.25 * np.sin(v * 2 * np.pi * 15)
    img = img + f.spine * np.exp(-((u - 0.5) / 0.05) ** 4) * bones * body
    img = img - 0.09 * strokes([[(0.5, -0.1), (0.498, 0.27 + f.lift)]], 24, 5)
    for side in (-1, 1):
        img = img - 0.05 * strokes([[(0.5, 0.27 + f.lift), (0.5 + side * 0.055, 0.35 + f.lift)]], 15, 5)

    # Vessels fan out from the hila, fork and fade.
    fans = []
    for side, n in ((-1, 10), (1, 8)):
        for a in np.linspace(-1.25, 1.3, n) + rng.uniform(-0.1, 0.1, n):
            r, bend = np.linspace(0, rng.uniform(0.16, 0.26), 12), rng.uniform(-1.5, 1.5)
            for fork in (-1.2, 1.2):
                b = a + bend * r + fork * (r - 0.08).clip(0) * 2
                fans.append(np.stack([0.5 + side * (0.09 * f.width + r * np.cos(b)), 0.42 + f.lift + r * np.sin(b) * 1.15], 1))
    fade = np.exp(-((np.abs(u - 0.5) - 0.09) / 0.20) ** 2 - ((v - 0.45 - f.lift) / 0.25) ** 2)
    img = img + f.vessel * strokes(fans, 4, 2) * lungs * fade

    # Consolidation: soft, ragged density inside the lungs, which also hides the borders of heart and diaphragm.
    ragged, air = cloud(rng, 44), cloud(rng, 16)
    for cx, cy, rx, ry, strength in opacities:
        d = ((u - at(cx)) / rx) ** 2 + ((v - cy - f.lift) / ry) ** 2
        m = strength * np.exp(-(d * (1 + 0.3 * ragged).clip(0.4)) ** 1.3) * (1 + 0.06 * air) * smooth(lungs, 5)
        img = over(img, m.clip(0, 1), f.heart - 0.02 + 0.04 * v)

    # Ribs, each with brighter edges: back halves almost level, front halves steep and fading; clavicles, shoulder blades.
    back, front, collar, blade = [], [], [], []
    t = np.linspace(0, 1, 24)
    reach = np.interp(np.linspace(0, 1, 9), [0, 0.12, 0.3, 0.55, 0.8, 1], [0.15, 0.25, 0.345, 0.405, 0.43, 0.44]) * f.width
    for side in (-1, 1):
        for k in range(9):
            y0, r = 0.10 + f.lift + 0.078 * k, reach[k]
            back.append(np.stack([0.5 + side * (0.03 + (r - 0.03) * np.sin(t * np.pi / 2)),
                                  y0 - 0.025 * np.sin(t * np.pi * 0.9) + (0.03 + 0.07 * min(k, 4) / 4) * t ** 2.4], 1))
            if 0 < k < 7:
                end = back[-1][-1]
                front.append(np.stack([end[0] - side * r * 0.62 * t ** 1.3, end[1] + 0.13 * t ** 0.8], 1))
        collar.append(np.stack([0.5 + side * (0.05 + 0.38 * f.width * t), 0.20 + f.lift - 0.085 * t - 0.02 * np.sin(t * 6)], 1))
        blade.append(np.stack([0.5 + side * f.width * (0.47 - 0.09 * np.sin(t * 2.6)), 0.13 + f.lift + 0.27 * t], 1))
    edges = lambda lines, w: strokes([beside(n, s * w / 2 / SIZE) for n in lines for s in (-1, 1)], 2, 1.3)
    near = smooth(cage, 5)
    show = near * (0.25 + 0.75 * smooth(lungs, 6))
    img = img + f.rib * (strokes(back, 15, 2) + 0.7 * edges(back, 15)) * show
    show = show * np.clip((np.abs(u - 0.5) - 0.13) * 5, 0, 1)
    img = img + 0.6 * f.rib * (strokes(front, 15, 3) + 0.5 * edges(front, 15)) * show
    img = img + (0.075 * strokes(collar, 13, 2) + 0.04 * edges(collar, 13) + 0.05 * strokes(blade, 9, 4)) * body
    rim = strokes([ring[1:9], ring[9:16]], 9, 4) * (1 - 0.7 * smooth(below, 6))
    img = img + f.rim * rim * body

    # The tube's beam is weaker towards the corners; scatter, exposure, grain.
    img = img * (1 - 0.10 * ((2 * u - 1) ** 2 + (2 * v - 1) ** 2) / 2)
    img = 0.5 + (smooth(img, f.blur) - 0.5) * f.gain
    img = img + 0.004 * rng.standard_normal((SIZE, SIZE)) + 0.005 * cloud(rng, 3)
    gray = Image.fromarray(np.uint8(np.clip(img, 0, 1) * 255 + 0.5))
    label(gray, 24)
    return np.asarray(gray)


def label(im, fill):
    pen, font = ImageDraw.Draw(im), ImageFont.load_default(18)
    pen.text(((im.width - pen.textlength(LABEL, font=font)) / 2, im.height - 26), LABEL, fill=fill, font=font)


def landscape(seed):
    """RGB uint8 [480, 640, 3]: hills, a lake, a house and flowers; nothing that a chest X-ray has."""
    rng = np.random.default_rng(seed)
    w, h, k = 640, 480, 2                                                             # drawn k times as large
    up = np.linspace(0, 1, h * k)[:, None, None]
    sky = np.array([70, 140, 220]) * (1 - up / 0.6) + np.array([255, 214, 160]) * (up / 0.6)
    im = Image.fromarray(np.uint8(np.broadcast_to(sky.clip(0, 255), (h * k, w * k, 3))))
    pen = ImageDraw.Draw(im)
    fill = lambda points, colour: pen.polygon([(x * w * k, y * h * k) for x, y in points], fill=colour)
    disc = lambda x, y, r, colour, flat=1.0: pen.ellipse([x * w * k - r * k, y * h * k - r * k * flat, x * w * k + r * k,
                                                          y * h * k + r * k * flat], fill=colour)
    disc(0.80, 0.16, 36, (255, 238, 140))
    for x, y, s in ((0.17, 0.13, 1.0), (0.47, 0.22, 0.7)):
        for dx, dy, r in ((-0.07, 0.012, 18), (-0.03, -0.012, 26), (0.025, -0.02, 30), (0.075, 0.01, 19), (0.0, 0.02, 24)):
            disc(x + dx * s, y + dy * s, r * s, (250, 246, 242), 0.7)
    x = np.linspace(0, 1, 161)
    for base, height, colour in ((0.47, 0.13, (120, 130, 185)), (0.52, 0.09, (88, 120, 150)), (0.57, 0.05, (66, 122, 84))):
        y = base - height * sum(np.sin(2 * np.pi * f * x + rng.uniform(0, 6.3)) / f ** 1.3 for f in (1, 2, 3, 5, 9)) / 1.8
        fill([*zip(x, y), (1, 1), (0, 1)], colour)
    fill([(0, 0.62), (1, 0.60), (1, 1), (0, 1)], (104, 168, 62))
    lake = [(0.5 + 0.36 * np.cos(t), 0.685 + 0.05 * np.sin(t) + 0.012 * np.sin(3 * t)) for t in np.linspace(0, 2 * np.pi, 80)]
    fill(lake, (64, 140, 200))
    for _ in range(26):
        a, b = rng.uniform(0.24, 0.72), rng.uniform(0.655, 0.715)
        pen.line([a * w * k, b * h * k, (a + rng.uniform(0.02, 0.06)) * w * k, b * h * k], fill=(150, 200, 232), width=k)
    for x0, s in ((0.07, 1.1), (0.16, 0.8), (0.93, 1.25)):
        fill([(x0 - 0.008, 0.66), (x0 + 0.008, 0.66), (x0 + 0.008, 0.55), (x0 - 0.008, 0.55)], (96, 66, 42))
        for i in range(3):
            y0, r = 0.62 - 0.075 * i * s, (0.062 - 0.014 * i) * s
            fill([(x0 - r, y0), (x0 + r, y0), (x0, y0 - 0.13 * s)], (24 + 10 * i, 92 + 12 * i, 52 + 4 * i))
    fill([(0.70, 0.64), (0.84, 0.64), (0.84, 0.53), (0.70, 0.53)], (240, 226, 196))
    fill([(0.685, 0.535), (0.855, 0.535), (0.77, 0.43)], (190, 56, 44))
    fill([(0.755, 0.64), (0.785, 0.64), (0.785, 0.57), (0.755, 0.57)], (112, 68, 40))
    for x0 in (0.715, 0.80):
        fill([(x0, 0.595), (x0 + 0.028, 0.595), (x0 + 0.028, 0.56), (x0, 0.56)], (96, 160, 210))
    for y0 in np.sort(rng.uniform(0.74, 0.90, 380)):                                   # near flowers over far ones
        x0, near = rng.uniform(0, 1), (y0 - 0.66) / 0.26
        colour = ((226, 48, 60), (250, 200, 40), (250, 250, 250), (150, 80, 200))[rng.integers(4)]
        tip = x0 + rng.uniform(-0.006, 0.006)
        fill([(x0 - 0.002, y0 + 0.03), (x0 + 0.002, y0 + 0.03), (tip, y0 - 0.02 * near)], (52, 116, 40))
        if rng.uniform() < 0.45:
            for t in np.arange(5) * 2 * np.pi / 5:
                disc(x0 + 0.007 * near * np.cos(t), y0 - 0.02 * near + 0.0093 * near * np.sin(t), 3.6 * near, colour)
            disc(x0, y0 - 0.02 * near, 2.4 * near, (240, 170, 30))
    im = im.resize((w, h), Image.LANCZOS)
    label(im, (16, 24, 16))
    return np.asarray(im)


def picture(s):
    """The uint8 array of a sample: [h, w] or, for the landscape, [h, w, 3]."""
    return landscape(s["seed"]) if s["kind"] == "other" else draw(s["seed"], s.get("opacities", ()), **s.get("film", {}))


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
        if s["kind"] != "other":
            yield s["file"].rsplit(".")[0], shrink(picture(s))
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
        im = Image.fromarray(picture(s))
        if s.get("rgb"):
            im = im.convert("RGB")
        path = out / s["file"]
        if path.suffix == ".png":
            im.save(path, optimize=True)
        else:
            im.save(path, quality=88, optimize=True)
        colour = {"L": "gray", "RGB": "colour"}[im.mode]
        index.append({"file": s["file"], "kind": s["kind"], "title": s["title"],
                      "description": f"Synthetic picture drawn by models/pneumonia/samples.py, not a patient: {s['words']}. "
                                     + f"{im.width}x{im.height}, {colour} {path.suffix[1:].replace('jpg', 'jpeg').upper()}."})
        print(path, path.stat().st_size)
    (out / "samples.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
