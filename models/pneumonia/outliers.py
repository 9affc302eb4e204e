#!/usr/bin/env python3
"""Prepare pictures that are no chest X-rays, to see how many of them the model turns away.

    outliers.py OUT.DIR --data DATA.DIR          then, for each archive:
    bedside eval pneumonia.bds --outliers OUT.DIR/NAME.npz --split test

Writes NAME.npz with test_images. Drawn ones and altered validation pictures (drawn-*, val-*) served to choose how the gate is built;
the others only to judge it. Of the foreign data sets those are written whose files are in DATA.DIR. Nothing here is ever committed.
"""
import argparse
import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

N = 150


def drawn():
    """(name, uint8 [N, 28, 28]) of noise, clouds, ramps, ellipses and scribbles."""
    rng = np.random.default_rng(5)
    yield "noise", rng.integers(0, 256, (N, 28, 28))
    pictures = []
    for _ in range(N):
        field = rng.normal(size=(rng.integers(3, 9),) * 2)
        field = np.asarray(Image.fromarray(np.float32(field)).resize((28, 28), Image.BICUBIC))
        field = (field - field.mean()) / field.std()
        pictures.append(128 + field * rng.uniform(15, 60) + rng.uniform(-40, 40))
    yield "clouds", pictures
    y, x = np.mgrid[0:28, 0:28] / 27 - 0.5
    pictures = []
    for _ in range(N):
        t = rng.uniform(0, 2 * np.pi)
        ramp = (x * np.cos(t) + y * np.sin(t)) * rng.uniform(60, 250) + rng.uniform(80, 170)
        pictures.append(ramp + rng.normal(size=(28, 28)) * rng.uniform(0, 6))
    yield "ramps", pictures
    ellipses, shapes = [], []
    for _ in range(N):
        im = Image.new("L", (280, 280), int(rng.integers(0, 90)))
        pen = ImageDraw.Draw(im)
        w, h = rng.uniform(60, 130, 2)
        cx, cy = rng.uniform(110, 170, 2)
        pen.ellipse([cx - w, cy - h, cx + w, cy + h], fill=int(rng.integers(110, 240)))
        if rng.random() < 0.7:
            w, h = w * rng.uniform(0.1, 0.5), h * rng.uniform(0.1, 0.5)
            cx += rng.uniform(-40, 40)
            pen.ellipse([cx - w, cy - h, cx + w, cy + h], fill=int(rng.integers(0, 256)))
        ellipses.append(np.asarray(im.resize((28, 28), Image.BOX)) + rng.normal(size=(28, 28)) * rng.uniform(0, 8))
        im = Image.new("L", (280, 280), int(rng.integers(0, 256)))
        pen = ImageDraw.Draw(im)
        for _ in range(rng.integers(2, 9)):
            points = [tuple(p) for p in rng.uniform(0, 280, (rng.integers(3, 6), 2))]
            colour, kind = int(rng.integers(0, 256)), rng.integers(3)
            if kind == 0:
                pen.polygon(points, fill=colour)
            elif kind == 1:
                pen.line(points, fill=colour, width=int(rng.integers(4, 40)))
            else:
                a, b = np.sort(rng.uniform(0, 280, (2, 2)), 0)
                pen.ellipse([*a, *b], fill=colour)
        shapes.append(np.asarray(im.resize((28, 28), Image.BOX)))
    yield "ellipses", ellipses
    yield "shapes", shapes


def square(im, n=64):
    """Gray uint8 [n, n] of the centre square."""
    im = im.convert("L")
    s = min(im.size)
    x, y = (im.width - s) // 2, (im.height - s) // 2
    return np.asarray(im.crop((x, y, x + s, y + s)).resize((n, n), Image.BOX if s >= n else Image.BILINEAR))


def pictures(archive, wanted, most):
    """At most `most` pictures of a .tar.xz, spread evenly over those wanted(name)."""
    with tarfile.open(archive) as tar:
        members = [m for m in tar if m.isfile() and wanted(m.name)]
    chosen = {members[i * len(members) // most].name for i in range(most)} if len(members) > most else {m.name for m in members}
    with tarfile.open(archive) as tar:
        return [square(Image.open(io.BytesIO(tar.extractfile(m).read()))) for m in tar if m.name in chosen]


def is_picture(name):
    return name.lower().endswith((".jpg", ".jpeg", ".png")) and "mask" not in name.lower() and "1st" not in name and "2nd" not in name


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("out", type=Path)
    ap.add_argument("--data", type=Path, required=True)
    args = ap.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)

    def write(name, images):
        images = np.uint8(np.clip(np.asarray(images), 0, 255))
        np.savez(args.out / f"{name}.npz", test_images=np.ascontiguousarray(images))
        print(name, images.shape)

    for name, images in drawn():
        write(f"drawn-{name}", images)
    val = np.load(args.data / "medmnist/pneumoniamnist.npz")["val_images"]
    write("val-inverted", 255 - val)
    write("val-rotated", np.rot90(val, 1, (1, 2)))
    write("val-upside-down", val[:, ::-1])
    write("val-mirrored", val[:, :, ::-1])
    breast = args.data / "medmnist/breastmnist.npz"
    if breast.exists():
        parts = np.load(breast)
        write("breast-ultrasound", np.concatenate([parts[f"{s}_images"] for s in ("train", "val", "test")]))
    for name, path in (("brain-mri", "brain_cheng/brain_cheng_figshare.tar.xz"), ("everyday", "ood_cifar10/ood_cifar10.tar.xz"),
                       ("retina", "chase_db1/chase_db1.tar.xz"), ("blood", "pbc_112/pbc_112.tar.xz"),
                       ("skin", "pad_ufes_20/pad_ufes_20.tar.xz"), ("breast-ultrasound-busi", "busi_256/busi_256.tar.xz")):
        if (args.data / path).exists():
            write(name, pictures(args.data / path, is_picture, 1000))


if __name__ == "__main__":
    main()
