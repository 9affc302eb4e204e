"""The survey's four techniques on one model: each variant is trained, exported, compiled, and judged by the native runtime.

Writes techniques.json: one row per variant with its bytes, multiply-accumulates and figures on the test split. A variant's test figure is
computed when its file is new and never again; nothing is chosen by it: the shipped variant is named in train.json beforehand."""
import hashlib
import json
import re
import shutil

import numpy as np

from . import bedside, measure
from .data import source
from .export import export
from .loop import predict
from .nets import layers
from .weights import GRIDS

def parsed(technique):
    """{distilled, teacher, fair, pruning, grid} of "float", or of parts joined by +: "distilled" (from the first of train.json's teachers)
    or "distilled:NAME", "fair", a pruning ("magnitude:0.5", "2:4", "channels:0.25"), a grid. "distilled+magnitude:0.5+ternary" is all
    together; what is pruned or on a grid is fine-tuned so."""
    out = {"distilled": False, "teacher": None, "fair": False, "pruning": None, "grid": None}
    for part in technique.split("+"):
        if part in ("distilled", "fair"):
            out[part] = True
        elif part.startswith("distilled:"):
            out["distilled"], out["teacher"] = True, part.partition(":")[2]
        elif part in GRIDS:
            out["grid"] = part
        elif re.fullmatch(r"2:4|(magnitude|channels):0?\.\d+", part):
            out["pruning"] = part
        elif part != "float":
            raise SystemExit(f"There is no technique {part}: there are distilled, distilled:TEACHER, fair, {', '.join(GRIDS)}, magnitude:SHARE, 2:4 and channels:SHARE.")
    return out


def fine_tuning(how):
    """A quarter of the epochs at a fraction of the step: the network is there already and has only to get used to its new weights."""
    return {"epochs": max(6, round(how["epochs"] * how.get("tune", 0.25))), "lr": how["lr"] * how.get("tune_lr", 0.3), "warm": 0.2, "start": None}


def ready(model, technique, seed):
    """The network of a technique (see parsed), trained where it is not yet."""
    how, t = model.settings(), parsed(technique)
    tag = technique.replace(":", "-")
    teachers = [x.requires_grad_(False) for x in teachers_of(model, t["teacher"])] if t["distilled"] else []
    if not (t["fair"] or t["pruning"] or t["grid"]):
        return model.train(seed, tag=tag, teachers=teachers) if t["distilled"] else model.train(seed)
    student = "distilled" + (f":{t['teacher']}" if t["teacher"] else "")
    first = ready(model, student if t["distilled"] else "float", seed).state_dict()
    return model.train(seed, tag=tag, how=fine_tuning(how), start=first, grid=t["grid"], pruning=t["pruning"], teachers=teachers,
                       groups=model.groups() if t["fair"] else None)


def teachers_of(model, name=None):
    """The networks of a teacher of train.json, "teachers": {NAME: {"variant": V, "seeds": [..]}, ..}; more than one seed answer as an
    ensemble. Trained if they are not yet. name: None is the first."""
    known = model.how.get("teachers") or {"itself": {"variant": None, "seeds": [0]}}
    if not all(isinstance(t, dict) for t in known.values()):
        raise SystemExit(f"{model.name}: \"teachers\" of train.json is {{NAME: {{\"variant\": V, \"seeds\": [..]}}}}.")
    if name is not None and name not in known:
        raise SystemExit(f"{model.name} has no teacher {name}: its train.json names {', '.join(known)}.")
    t = known[name or next(iter(known))]
    return [model.train(s, t["variant"]).eval() for s in t["seeds"]]


def compiled(model, technique, net, seed, options=()):
    """(onnx, bds) of the technique in build/, compiled with the weights' grid."""
    tag = f"{technique.replace(':', '-')}-seed{seed}"
    onnx, bds = model.build / f"{tag}.onnx", model.build / f"{tag}.bds"
    export(net, onnx, model.recipe, model.data("val")[0][:4])
    extra = bedside.weight_options(onnx, parsed(technique)["grid"], model.build / "scratch.bds")
    bedside.compile_model(onnx, bds, model.folder / "recipe.json", source(model.recipe), [*extra, *options])
    return onnx, bds


def row(model, technique, net, onnx, bds):
    figures = bedside.evaluate(bds, source(model.recipe), "test", onnx)
    kept = {k: v for k, v in figures.items() if isinstance(v, (int, float)) or k == "ci"}
    zeros = sum(int((m.effective() == 0).sum()) for _, m in layers(net))
    weights = sum(m.weight.numel() for _, m in layers(net))
    return {"technique": technique, "bytes": bds.stat().st_size, "macs": bedside.multiplications(bds), "weights": weights,
            "sparsity": round(zeros / weights, 4), "sha256": hashlib.sha256(bds.read_bytes()).hexdigest(),
            "val": model.figures(net, "val"), **teacher_row(model, technique), **kept}


def teacher_row(model, technique):
    """Who taught it: name, number of networks, weights of each, and what their mean answer reaches on the validation split."""
    t = parsed(technique)
    if not t["distilled"]:
        return {}
    nets = teachers_of(model, t["teacher"])
    x, y, _ = model.data("val")
    z = [predict(n, x, 64) for n in nets]
    mean = measure.segment(np.mean(z, 0), y) if model.recipe["task"] == "segment" else measure.classify(
        np.log(np.mean([measure.softmax(v) for v in z], 0)), y)
    return {"teacher": {"name": t["teacher"] or next(iter(model.how.get("teachers") or ["itself"])), "networks": len(nets),
                        "weights": sum(m.weight.numel() for _, m in layers(nets[0])), "val": mean}}


def table(model, names, seed=0):
    path = model.folder / "techniques.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    for name in names:
        net = ready(model, name, seed)
        onnx, bds = compiled(model, name, net, seed)
        digest = hashlib.sha256(bds.read_bytes()).hexdigest()
        known = next((r for r in rows if r["technique"] == name and r["sha256"] == digest), None)
        if known and "val" in known:
            continue
        if known:                                              # a row of an earlier form; its test figures stay as they are
            known.update(val=model.figures(net, "val"), **teacher_row(model, name))
            path.write_text(json.dumps(rows, indent=1) + "\n")
            continue
        made = row(model, name, net, onnx, bds)
        print(model.name, name, "val", made["val"], made["bytes"], flush=True)
        rows = [r for r in rows if r["technique"] != name] + [made]
        path.write_text(json.dumps(rows, indent=1) + "\n")
    return rows


def ship(model, seed=0):
    """The files that train.json names under "ship": [{"file": NAME, "technique": T, "options": [..]}], as NAME.onnx and NAME.bds."""
    for s in model.ships():
        net = ready(model, s["technique"], s.get("seed", seed))
        onnx, bds = compiled(model, s["technique"], net, s.get("seed", seed), s.get("options", ()))
        shutil.copy(onnx, model.folder / f"{s['file']}.onnx")
        shutil.copy(bds, model.folder / f"{s['file']}.bds")
        print(f"{s['file']}.bds: {bds.stat().st_size} bytes", flush=True)


def spread(model, seeds):
    """seeds.json: the network as trained, 8 bits afterwards, from other random numbers, on the test split. Nothing is chosen by it."""
    path = model.folder / "seeds.json"
    known = {r["seed"]: r for r in json.loads(path.read_text())["rows"]} if path.exists() else {}
    for seed in seeds:
        onnx, bds = compiled(model, "float", ready(model, "float", seed), seed)
        digest = hashlib.sha256(bds.read_bytes()).hexdigest()
        if known.get(seed, {}).get("sha256") == digest:
            continue
        f = bedside.evaluate(bds, source(model.recipe), "test", onnx)
        known[seed] = {"seed": seed, **{k: f[k] for k in ("dice", "auc", "acc", "balanced_acc", "f1") if isinstance(f.get(k), float)}, "sha256": digest}
        print(json.dumps(known[seed]), flush=True)
    what = "The network as trained, without a grid and without teachers, compiled to 8 bits, from other random numbers, on the test split. Nothing was chosen by these."
    path.write_text(json.dumps({"what": what, "rows": [known[s] for s in sorted(known)]}, indent=1) + "\n")


def folds(model, seed=0, which=None):
    """Cross-validation of what is shipped: folds/<k>.bds and, of other files, folds/<k>-<variant>.bds, each trained without its fold and
    calibrated on a part of the next one."""
    out = model.folder / "folds"
    out.mkdir(exist_ok=True)
    for k in which or range(model.recipe["data"]["folds"]):
        one = type(model)(model.folder, fold=k)
        for s in model.ships():
            net = ready(one, s["technique"], seed)
            _, bds = compiled(one, s["technique"], net, seed, s.get("options", ()))
            shutil.copy(bds, out / f"{k}{s['file'].removeprefix(model.name)}.bds")
            print(f"fold {k}, {s['file']}: val {one.figures(net, 'val')}, {bds.stat().st_size} bytes", flush=True)
