"""The survey's four techniques on one model: each variant is trained, exported, compiled, and judged by the native runtime.

Writes techniques.json: one row per variant with its bytes, multiply-accumulates and figures on the test split. A variant's test figure is
computed when its file is new and never again; nothing is chosen by it: the shipped variant is named in train.json beforehand."""
import hashlib
import json
import shutil

import torch

from . import bedside
from .data import source
from .export import export
from .nets import layers, macs

GRIDS = ("int8", "4-bit", "ternary", "power-of-two")
PRUNINGS = ("magnitude:0.5", "2:4", "channels:0.25")


def fine_tuning(how):
    """A quarter of the epochs at a fraction of the step: the network is there already and has only to get used to its new weights."""
    return {"epochs": max(6, round(how["epochs"] * how.get("tune", 0.25))), "lr": how["lr"] * 0.3, "warm": 0.2, "start": None}


def ready(model, technique, seed):
    """The network of a technique, trained where it is not yet. Names: float, a grid, a pruning, "distilled", "distilled:<grid>",
    "together:<grid>" (distilled, then half of the weights pruned, on the grid, with the teacher), "fair:<grid>" (groups weighted by their loss),
    "pruned-<share>:<grid>" (that share of the weights pruned, the others on the grid)."""
    how = model.settings()
    tune = fine_tuning(how)

    def state(first):                                          # of the network that is tuned; trained if it is not there yet
        return ready(model, first, seed).state_dict()

    tag = technique.replace(":", "-")
    if technique == "float":
        return model.train(seed)
    if technique in GRIDS:
        return model.train(seed, tag=tag, how=tune, start=state("float"), grid=technique)
    if technique in PRUNINGS:
        return model.train(seed, tag=tag, how=tune, start=state("float"), pruning=technique)
    if technique.startswith("fair:"):
        return model.train(seed, tag=tag, how=tune, start=state("float"), grid=grid_of(technique), groups=model.groups())
    if technique.startswith("pruned-"):
        share = technique[len("pruned-"):].partition(":")[0]
        return model.train(seed, tag=tag, how=tune, start=state("float"), grid=grid_of(technique), pruning=f"magnitude:{share}")
    teachers = [t.requires_grad_(False) for t in teachers_of(model)]
    if technique == "distilled":
        return model.train(seed, tag=tag, how=how.get("distilled", {}), teachers=teachers)
    kind, _, grid = technique.partition(":")
    pruning = "magnitude:0.5" if kind == "together" else None
    return model.train(seed, tag=tag, how=tune, start=state("distilled"), grid=grid, pruning=pruning, teachers=teachers)


def teachers_of(model):
    """The networks that train.json names under "teachers": {"variant": V, "seeds": [..]}; trained if they are not yet."""
    t = model.how.get("teachers", {"variant": None, "seeds": [0]})
    return [model.train(s, t["variant"]).eval() for s in t["seeds"]]


def grid_of(technique):
    return technique.rpartition(":")[2] if technique.startswith(("together", "distilled:", "fair:", "pruned-")) else technique if technique in GRIDS else None


def compiled(model, technique, net, seed, options=()):
    """(onnx, bds) of the technique in build/, compiled with the weights' grid."""
    tag = f"{technique.replace(':', '-')}-seed{seed}"
    onnx, bds = model.build / f"{tag}.onnx", model.build / f"{tag}.bds"
    export(net, onnx, model.recipe, model.data("val")[0][:4])
    extra = bedside.weight_options(onnx, grid_of(technique), model.build / "scratch.bds")
    bedside.compile_model(onnx, bds, model.folder / "recipe.json", source(model.recipe), [*extra, *options])
    return onnx, bds


def row(model, technique, net, onnx, bds):
    figures = bedside.evaluate(bds, source(model.recipe), "test", onnx)
    kept = {k: v for k, v in figures.items() if isinstance(v, (int, float)) or k == "ci"}
    zeros = sum(int((m.effective() == 0).sum()) for _, m in layers(net))
    weights = sum(m.weight.numel() for _, m in layers(net))
    return {"technique": technique, "bytes": bds.stat().st_size, "macs": macs(net, model.shape), "weights": weights,
            "sparsity": round(zeros / weights, 4), "sha256": hashlib.sha256(bds.read_bytes()).hexdigest(), **kept}


def table(model, names, seed=0):
    path = model.folder / "techniques.json"
    rows = json.loads(path.read_text()) if path.exists() else []
    for name in names:
        net = ready(model, name, seed)
        onnx, bds = compiled(model, name, net, seed)
        digest = hashlib.sha256(bds.read_bytes()).hexdigest()
        if any(r["technique"] == name and r["sha256"] == digest for r in rows):
            continue
        print(model.name, name, "val", model.figures(net, "val"), bds.stat().st_size, flush=True)
        rows = [r for r in rows if r["technique"] != name] + [row(model, name, net, onnx, bds)]
        path.write_text(json.dumps(rows, indent=1) + "\n")
    return rows


def ship(model, seed=0):
    """The files that train.json names under "ship": [{"file": NAME, "technique": T, "options": [..]}], as NAME.onnx and NAME.bds."""
    for s in model.how.get("ship", [{"file": model.name, "technique": "float"}]):
        net = ready(model, s["technique"], s.get("seed", seed))
        onnx, bds = compiled(model, s["technique"], net, s.get("seed", seed), s.get("options", ()))
        shutil.copy(onnx, model.folder / f"{s['file']}.onnx")
        shutil.copy(bds, model.folder / f"{s['file']}.bds")
        print(f"{s['file']}.bds: {bds.stat().st_size} bytes", flush=True)


def folds(model, seed=0):
    """Cross-validation of the shipped technique: folds/<k>.bds, each trained without its fold and calibrated on the next one."""
    out = model.folder / "folds"
    out.mkdir(exist_ok=True)
    technique = model.how.get("ship", [{"technique": "float"}])[0]["technique"]
    for k in range(model.recipe["data"]["folds"]):
        one = type(model)(model.folder, fold=k)
        net = ready(one, technique, seed)
        _, bds = compiled(one, technique, net, seed)
        shutil.copy(bds, out / f"{k}.bds")
        print(f"fold {k}: val {one.figures(net, 'val')}, {bds.stat().st_size} bytes", flush=True)
