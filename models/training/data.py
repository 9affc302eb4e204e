"""Labelled pictures and pictures with masks, as uint8 arrays of the network's size.

Sources: a MedMNIST .npz; a folder {train,val,test}/<label>/NAME.jpg; a folder {train,val,test}/images and masks; or an archive of such.
Prepared arrays are kept in build/data/prepared, so that a second run starts at once."""
import csv
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from .pixels import prepare, prepare_mask

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "data"
PICTURES = {".png", ".jpg", ".jpeg"}


def data_folder():
    named = os.environ.get("BEDSIDE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        raise SystemExit("Set BEDSIDE_DATA to the folder that holds the data sets (models/README.md says where they come from).")
    return folder


def _checked(name, data):
    """The file, anywhere in the data folder or one level below, once its checksum is the recipe's."""
    top, name = data_folder(), Path(name).name
    path = next((p for p in [top / name, *sorted(top.glob(f"*/{name}"))] if p.is_file()), None)
    if path is None:
        raise SystemExit(f"{top} holds no {name}. {data['name']}: {data['source']}")
    for kind in ("sha256", "md5"):
        if kind in data:
            with path.open("rb") as f:
                found = hashlib.file_digest(f, kind).hexdigest()
            if found != data[kind]:
                raise SystemExit(f"{path}: {kind} is {found}, not {data[kind]}: another file than the recipe was made with.")
    return path


def source(recipe):
    """The .npz or the folder that the recipe's data lie in; archives are extracted once, into build/data."""
    data = recipe["data"]
    if "path" in data:                                        # a user's own folder
        return Path(data["path"])
    if "archive" not in data:
        return _checked(data["file"], data)
    folder = unpacked(data)
    if "arrange" not in data:
        return folder
    out = WORK / recipe["name"]
    return _arranged(RULES[data["arrange"]](folder), folder, out) / (f"fold{data['fold']}" if data.get("fold") else "")


def unpacked(data):
    """The archive's content, in build/data/<archive>/; extracted once."""
    archive = _checked(data["archive"], data)
    folder = WORK / archive.name.removesuffix(".tar.xz")
    if not (folder / ".complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"unpacking {archive.name}")
        subprocess.run(["tar", "-xJf", str(archive), "-C", str(folder)], check=True)
        (folder / ".complete").write_text(data["sha256"] + "\n")
    return folder / folder.name if (folder / folder.name).is_dir() else folder


# How data sets that come in another order become train/, val/ and test/ (scripts/eval/arrange.mjs has the same rules): {where to: where from}.

def busi_part(group, parts):
    """Part of a group of near duplicates, 0 to parts - 1: from a hash, so that it depends on nothing else."""
    return int(hashlib.sha256(f"busi {group}".encode()).hexdigest(), 16) % parts


def _merge(folder):
    """<part>/<split>/<label>/NAME as <split>/<label>/<part>-NAME (PAD-UFES-20: whole photographs and lesions)."""
    links = {}
    for picture in sorted(p for p in folder.glob("*/*/*/*") if p.suffix.lower() in PICTURES):
        part, split, label = picture.relative_to(folder).parts[:3]
        links[f"{split}/{label}/{part}-{picture.name}"] = str(picture.relative_to(folder))
    return links


def _busi(folder, folds=5):
    """BUSI by dup_group, in folds that are four parts each: fold k is the test part of fold<k>/, the first part of fold k + 1 is val,
    the rest train; the top level is fold 0's."""
    links = {}
    with (folder / "labels.csv").open() as f:
        for row in csv.DictReader(f):
            part = busi_part(row["dup_group"], 4 * folds)
            for fold in range(folds):
                split = "test" if part % folds == fold else "val" if part == (fold + 1) % folds else "train"
                for top in ("", "fold0/") if fold == 0 else (f"fold{fold}/",):
                    links[f"{top}{split}/images/{row['file']}.jpg"] = f"images/{row['file']}.jpg"
                    links[f"{top}{split}/masks/{row['file']}.png"] = f"masks/{row['file']}.png"
    return links


def _chase(folder):
    """CHASE_DB1: 18 of 28 pictures train, 2 (one child) val, the last 8 test; the first expert's masks."""
    links = {}
    for i, image in enumerate(sorted(folder.glob("Image_*.jpg"))):
        split = "test" if i >= 20 else "val" if i >= 18 else "train"
        links[f"{split}/images/{image.name}"] = image.name
        links[f"{split}/masks/{image.stem}.png"] = f"{image.stem}_1stHO.png"
    return links


RULES = {"merge": _merge, "busi": _busi, "chase": _chase}


def _arranged(links, folder, out):
    """The links as hard links under `out`, made anew if it holds others (scripts/eval/archives.mjs does the same)."""
    wanted = hashlib.sha256("".join(f"{to}\t{links[to]}\n" for to in sorted(links)).encode()).hexdigest()
    mark = out / ".complete"
    if not mark.is_file() or mark.read_text() != wanted:
        shutil.rmtree(out, ignore_errors=True)
        for to, origin in links.items():
            target = out / to
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(folder / origin, target)
        mark.write_text(wanted)
    return out


# ------------------------------------------------------------------------------------------------------------- loading

def _files(folder):
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES)


def _picture(path):
    try:
        image = Image.open(path)
        return np.asarray(image if image.mode == "L" else image.convert("RGB"))
    except (OSError, SyntaxError) as e:
        raise SystemExit(f"{path} cannot be read: {e}") from e


def _mask(images, path):
    mask = images.parent / "masks" / f"{path.stem}.png"
    if not mask.is_file():
        raise SystemExit(f"{path} has no mask: {mask} is missing.")
    image = _picture(mask)
    return (image if image.ndim == 2 else image[..., 0]) > 127


def _state(where):
    """Changes when a picture is added, removed or written again."""
    return hashlib.sha256(repr(sorted((str(p), s.st_size, s.st_mtime_ns) for p in where.rglob("*") if p.is_file() for s in [p.stat()])).encode()).hexdigest()


def split_files(folder, split, labels):
    """[(path, label)] of DIR/split/<label>/."""
    found = [(p, k) for k, name in enumerate(labels) for p in _files(folder / split / name)]
    if not found:
        raise SystemExit(f"{folder} has no {split}/<label>/ pictures for the labels {', '.join(labels)}.")
    return found


def load(recipe, split):
    """x uint8 [n, C, H, W]; y int64 [n] (classify) or uint8 [n, H, W] (segment); ids [n]. split: train, val or test."""
    box, where = recipe["input"], source(recipe)
    h, w, c = box["height"], box["width"], box["channels"]
    if where.suffix == ".npz":
        with np.load(where) as z:
            x = np.stack([prepare(p, h, w, c) for p in z[f"{split}_images"]])
            return x.transpose(0, 3, 1, 2).copy(), z[f"{split}_labels"].ravel().astype(np.int64), [str(i) for i in range(len(x))]
    key = hashlib.sha256(f"{where} {split} {h} {w} {c} {recipe['task']} {recipe.get('labels')} {_state(where / split)}".encode()).hexdigest()[:16]
    kept = WORK / "prepared" / f"{where.name}-{split}-{key}.npz"
    if kept.exists():
        with np.load(kept) as z:
            return z["x"], z["y"], list(z["ids"])
    if recipe["task"] == "segment":
        paths = _files(where / split / "images")
        y = np.stack([prepare_mask(_mask(where / split / "images", p), h, w) for p in paths]).astype(np.uint8)
    else:
        found = split_files(where, split, recipe["labels"])
        paths, y = [p for p, _ in found], np.array([k for _, k in found], np.int64)
    x = np.stack([prepare(_picture(p), h, w, c) for p in tqdm(paths, desc=f"{where.name} {split}", unit="picture")])
    x = x.transpose(0, 3, 1, 2).copy()
    ids = [str(p.relative_to(where)) for p in paths]
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(kept, x=x, y=y, ids=np.array(ids))
    return x, y, ids


def load_aux_masks(recipe, ids, side):
    """float32 [n, side, side] share of each cell that the finding covers; masks lie in DIR/masks/<stem>.png. Training only."""
    where = source(recipe)
    masks = [np.asarray(Image.open(where / "masks" / f"{Path(i).stem}.png").convert("L")) > 127 for i in ids]
    return np.stack([resize_share(m, side) for m in masks])


def resize_share(mask, side):
    from .pixels import centre_square, resize
    return resize(centre_square(mask.astype(np.uint8) * 255), side, side).astype(np.float32) / 255
