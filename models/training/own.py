"""`models/recipe train --data DIR`: a model from somebody's own pictures."""
import csv
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

from . import bedside, techniques
from .data import PICTURES, ROOT, source
from .model import Model

# Widths by size of network: about 25, 95 and 300 thousand weights to classify, 40, 150 and 400 to segment.
CLASSIFY = {"tiny": {"stem": [12, 5, 2], "stages": [[16, 1, "full"], [24, 1, "full"], [48, 1, "light"]], "features": 64},
            "small": {"stem": [24, 5, 2], "stages": [[32, 1, "full"], [40, 1, "full"], [80, 2, "light"]], "features": 96},
            "medium": {"stem": [24, 5, 2], "stages": [[40, 2, "full"], [64, 2, "full"], [128, 2, "light"]], "features": 160}}
SEGMENT = {"tiny": {"stem": 5, "widths": [12, 16, 24, 32], "blocks": 1, "deep": 1},
           "small": {"stem": 5, "widths": [16, 32, 48, 64], "blocks": 1, "deep": 1},
           "medium": {"stem": 5, "widths": [24, 48, 64, 96], "blocks": 2, "deep": 2}}
AUGMENT = {"rotate": 20, "scale": 0.2, "shift": 0.1, "mirror": "h", "contrast": 0.4, "brightness": 0.4, "colour": 0.1, "shear": 0.1, "blur": 0.1}
# An early layer of these networks: what the last ones make of pictures of something else looks much like an answer.
GATE = {"classify": "/stages.0/stages.0.1/body/body.0/body.0.2/Clip_output_0", "segment": "/encode.1/encode.1.0/encode.1.0.2/Clip_output_0"}
MEAN, STD = 128 / 255, 64 / 255


def pictures(folder):
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES)


def groups_of(folder, column):
    """{picture's stem: group} from labels.csv; the column of the pictures' names is found by its values."""
    table = folder / "labels.csv"
    if not table.is_file():
        raise SystemExit(f"--group {column} needs {table}: a table with the pictures' names and that column.")
    with table.open() as f:
        rows = list(csv.DictReader(f))
    stems = {p.stem for p in pictures(folder)}
    key = next((k for k in rows[0] if sum(Path(r[k]).stem in stems for r in rows) > len(rows) / 2), None) if rows else None
    if not key or column not in rows[0]:
        raise SystemExit(f"{table} needs a column {column} and one with the pictures' names.")
    return {Path(r[key]).stem: r[column] for r in rows}


def parts(names, group, given):
    """{picture's stem: split}: a fifth of the groups for test and about a seventh for val, where these are not given. By order of a hash, so
    that every run divides alike; no group is in two parts."""
    owner = {n: group.get(n, n) for n in names}
    order = sorted(set(owner.values()), key=lambda g: hashlib.sha256(g.encode()).digest())
    test = 0 if "test" in given else max(1, len(order) // 5)
    val = 0 if "val" in given else max(1, len(order) // 7)
    split = {g: "test" if i < test else "val" if i < test + val else "train" for i, g in enumerate(order)}
    return {n: split[g] for n, g in owner.items()}


def divided(a, out):
    """The folder with train/, val/ and test/: DIR itself, or links under FOLDER/data, made anew each time, where parts are missing."""
    if a.data.is_file():
        return a.data.resolve()
    given = {s for s in ("train", "val", "test") if (a.data / s).is_dir()}
    if {"train", "val", "test"} <= given:
        return a.data.resolve()
    group = groups_of(a.data, a.group) if a.group else {}
    made = out / "data"
    shutil.rmtree(made, ignore_errors=True)                    # an older division must not mix with this one
    for split, root in ({s: a.data / s for s in given} or {"train": a.data}).items():
        found = pictures(root)
        split_of = {}
        if split == "train":                                   # without groups each label is divided by itself, so that none is missing
            kinds = {p.parent for p in found} if a.task == "classify" and not group else {None}
            for kind in kinds:
                split_of |= {(kind, n): s for n, s in parts({p.stem for p in found if kind in (None, p.parent)}, group, given).items()}
        for p in found:
            to = split_of.get((p.parent, p.stem), split_of.get((None, p.stem), split))
            target = made / to / p.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(p, target)
            except OSError:
                shutil.copy(p, target)
    return made.resolve()


def labels_of(where):
    if where.suffix == ".npz":
        with np.load(where) as z:
            return [str(i) for i in range(int(z["train_labels"].max()) + 1)]
    labels = sorted({p.name for s in ("train", "val", "test") for p in (where / s).iterdir() if p.is_dir()})
    for split in ("train", "val", "test"):
        for label in labels:
            if not (where / split / label).is_dir() or not pictures(where / split / label):
                raise SystemExit(f"No picture of '{label}' is left for {split}/: each label needs at least three, of three groups with --group.")
    if len(labels) < 2:
        raise SystemExit(f"{where} has {len(labels)} label: two or more folders of pictures are needed.")
    return labels


def first_picture(where):
    if where.suffix == ".npz":
        with np.load(where) as z:
            return z["train_images"][0].shape
    p = next(q for q in pictures(where / "train") if q.parent.name != "masks")
    image = Image.open(p)
    return (image.height, image.width) if image.mode == "L" else (image.height, image.width, 3)


def options_asked(a, out):
    """The options that make a model what it is, as text; the folder must not have been made with others."""
    asked = {k: str(getattr(a, k)) for k in ("task", "data", "name", "positive", "size", "grey", "arch", "epochs", "weights", "prune", "distil", "group")}
    if (out / "train.json").exists():
        before = json.loads((out / "train.json").read_text()).get("asked", {})
        other = [f"--{k} {v}" for k, v in before.items() if asked.get(k) != v]
        if other:
            raise SystemExit(f"{out} was made with other options ({', '.join(other)}): give another --out, or remove that folder.")
    return asked


def keep_or_write(out, **files):
    """recipe.json and train.json; existing ones are kept, for they may have been edited."""
    for name, value in files.items():
        if not (out / f"{name}.json").exists():
            (out / f"{name}.json").write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def judged(out, name, data):
    """evaluation.json and CARD.md of the compiled file."""
    figures = bedside.evaluate(out / f"{name}.bds", data, "test", out / f"{name}.onnx")
    (out / "evaluation.json").write_text(json.dumps(figures, indent=1) + "\n")
    subprocess.run(["node", str(ROOT / "scripts" / "eval" / "own-card.mjs"), str(out)], check=True)
    print(json.dumps({k: v for k, v in figures.items() if isinstance(v, (int, float))}))
    print(f"{out}: recipe.json, train.json, {name}.onnx, {name}.bds, CARD.md, evaluation.json")


def describe(a, out):
    """recipe.json and train.json of the new model."""
    asked = options_asked(a, out)
    where = divided(a, out)
    shape = first_picture(where)
    channels = 1 if a.grey or len(shape) == 2 else 3
    side = a.size or (28 if min(shape[:2]) < 48 else 64 if a.task == "classify" else 128)
    if a.task == "segment" and side % 16:
        raise SystemExit("--size must be a multiple of 16 to segment.")
    labels = labels_of(where) if a.task == "classify" else ["finding"]
    recipe = {"name": out.name, "task": a.task, "version": "1", "title": f"{out.name}, trained on {a.data.name}", "labels": labels,
              "input": {"tensor": "image", "width": side, "height": side, "channels": channels, "crop": "center-square", "resize": "area",
                        "mean": [MEAN] * channels, "std": [STD] * channels},
              "output": {"tensor": "logits", "activation": "softmax" if a.task == "classify" else "sigmoid"}, "gate": GATE[a.task],
              "data": {"name": a.data.name, "path": str(where), "licence": "that of your data", "source": "your own data"},
              "licence": "that of your data", "citation": ["name the source of your data here"],
              "intended_use": "Research. Not a medical device; not for diagnosis, triage or treatment.",
              "limits": ["Written by a recipe: nobody has looked at its failures yet."]}
    if a.positive and a.positive not in labels:
        raise SystemExit(f"--positive {a.positive} is no label: there are {', '.join(labels)}.")
    if len(labels) == 2:
        recipe["positive"] = labels.index(a.positive) if a.positive else 1
    arch = dict((CLASSIFY if a.task == "classify" else SEGMENT)[a.arch])
    if a.task == "classify" and side < 40:
        arch = {"stem": [16, 3, 1], "stages": arch["stages"][:2], "features": arch["features"]}
    how = {"arch": arch, "epochs": a.epochs or 60, "batch": 32, "lr": 2e-3, "augment": {**AUGMENT, "cutout": 0.25 if a.task == "classify" else 0},
           "techniques": ["float", "int8", "4-bit", "ternary", "power-of-two", "magnitude:0.5", "2:4", "channels:0.25"]}
    if a.distil:
        wide = {**arch, "stages": [[2 * w, n, k] for w, n, k in arch["stages"]], "features": 2 * arch["features"]} if a.task == "classify" \
            else {**arch, "widths": [2 * w for w in arch["widths"]]}
        how["variants"] = {"teacher": {"arch": wide}}
        how["teachers"] = {"wide": {"variant": "teacher", "seeds": [0]}}
    technique = "+".join(x for x in (a.distil and "distilled", a.prune, a.weights) if x) or "float"
    techniques.parsed(technique)
    how["ship"] = [{"file": out.name, "technique": technique}]
    how["asked"] = asked
    keep_or_write(out, recipe=recipe, train=how)


def train(a):
    if not a.task:
        raise SystemExit("--task says what the data are for: classify, segment or beats.")
    if not a.data.exists():
        raise SystemExit(f"{a.data} is not there.")
    if a.data.is_dir() and not pictures(a.data):
        raise SystemExit(f"{a.data} holds no .png or .jpg picture.")
    out = (a.out or ROOT / "build" / "recipes" / (a.name or a.data.resolve().stem)).resolve()
    out.mkdir(parents=True, exist_ok=True)
    describe(a, out)
    model = Model(out)
    for split in ("train", "val", "test"):                     # a broken picture is found before an hour of training
        model.data(split)
    techniques.ship(model, a.seeds[0])
    judged(out, model.name, source(model.recipe))
