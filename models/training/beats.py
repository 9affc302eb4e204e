"""Heartbeats: from WFDB records to an evaluated .bds. Called by `models/recipe ... --task beats` and by models/arrhythmia/train.py.

    train       folds of the training records (what chose the recipe, and what calibrates it), then one network per seed
    test        the one step that reads the test records: seeds/<n>.bds judged by the native runtime; logged in touches.json
    export      <name>.onnx and .bds of the seed that was named beforehand, and seeds/<n>.onnx, .bds of all
    choose      choice.json: cross-validated figures of techniques inside the training records
    techniques  techniques.json: each variant trained, compiled and judged"""
import copy
import datetime
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import torch

from . import bedside, own
from .beats_net import BeatNet, export, layers, macs, predict
from .beats_train import DEFAULT, figures, recorded, retimed, together, train
from .data import ROOT, source
from .techniques import parsed
from .weights import GRIDS

ARCH = {"widths": [8, 12, 16], "embed": 16, "hidden": 32, "dropout": 0.2}
GATE = "/convs/convs.2/convs.2.2/Relu_output_0"          # the last convolution; see own.GATE
TECHNIQUES = ("float", "magnitude:0.5", "int8", "4-bit", "ternary", "power-of-two", "distilled", "together:4-bit")


class Model:
    """A folder with recipe.json and train.json."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.recipe = json.loads((self.folder / "recipe.json").read_text())
        self.plan = json.loads((self.folder / "train.json").read_text())
        self.name, self.build = self.recipe["name"], self.folder / "build"
        self.how = {**DEFAULT, **self.plan.get("how", {})}
        self.arch = {**ARCH, **self.plan.get("arch", {})}
        self.prior = self.plan.get("prior", [0.0, 0.0, 0.0])     # added to the logits: how much more often a label is to be called
        self.seeds = self.plan.get("seeds", [0, 1, 2, 3, 4])
        self._data = self._teachers = None

    @property
    def data(self):
        """Training records, as recorded and retimed."""
        if self._data is None:
            names, folder = self.recipe["data"]["splits"]["train"], source(self.recipe)
            self._data = together(recorded(folder, names, self.build, self.how["positions"]), retimed(folder, names, self.how, self.build))
        return self._data

    @property
    def teachers(self):
        """Networks whose mean answer is learned from, if train.json asks for them: {"seeds": [...], "arch": {...}}."""
        t = self.plan.get("teachers")
        if not t:
            return []
        if self._teachers is None:
            names = self.recipe["data"]["splits"]["train"]
            self._teachers = [train(self.data, names, s, {**self.arch, **t.get("arch", {})}, self.how, self.build / f"teacher-seed{s}.pt").requires_grad_(False)
                              for s in t["seeds"]]
        return self._teachers

    def technique(self, name):
        """"shipped": the one that train.json names, "float" if it names none."""
        return self.plan.get("technique", "float") if name == "shipped" else name

    def net(self, seed, technique="shipped", names=None, prefix=""):
        """The network of a technique, trained where it is not yet. names: of the records, those of the training split if not given; prefix:
        of the checkpoints."""
        technique = self.technique(technique)
        names = names or self.recipe["data"]["splits"]["train"]
        path = self.build / f"{prefix}{technique.replace(':', '-')}-seed{seed}.pt"
        tune = {**self.how, "epochs": max(4, self.how["epochs"] // 3), "lr": self.how["lr"] * 0.3}
        first = lambda t: self.net(seed, t, names, prefix).state_dict()
        if technique == "float":
            return train(self.data, names, seed, self.arch, self.how, path)
        if technique == "distilled":
            return train(self.data, names, seed, self.arch, self.how, path, teachers=self.teachers)
        kind, _, grid = technique.partition(":")
        if kind == "together":
            return train(self.data, names, seed, self.arch, tune, path, grid=grid, pruning="magnitude:0.5", start=first("distilled"), teachers=self.teachers)
        if technique in GRIDS:
            return train(self.data, names, seed, self.arch, tune, path, grid=technique, start=first("float"))
        return train(self.data, names, seed, self.arch, tune, path, pruning=technique, start=first("float"))

    def cross_validate(self, technique, seed):
        """(rows, logits): answers about every training record by networks that had not seen it."""
        if self.technique(technique).startswith(("distilled", "together")):
            raise SystemExit("The teachers have seen every training record, so what they taught cannot be cross-validated.")
        folds = self.plan["folds"]
        names = sum(folds, [])
        rows, logits = [], []
        for k, fold in enumerate(folds):
            net = self.net(seed, technique, [n for n in names if n not in fold], f"fold{k}-")
            mine = np.flatnonzero(np.isin(self.data.record, fold) & (self.data.kind < 0))
            rows.append(mine)
            logits.append(predict(net, self.data, mine))
        return np.concatenate(rows), np.concatenate(logits)

    def folds(self):
        """Cross-validation of the shipped technique: what the recipe was chosen by and what calibrates it."""
        rows, logits = self.cross_validate("shipped", self.plan.get("ship", 0))
        logits = logits + np.float32(self.prior)
        label = self.data.label[rows]
        some = np.flatnonzero(label < 3)[::12]                   # neighbouring beats say nearly the same
        (self.build / "scores.of").write_text(self.technique("shipped"))
        np.savez(self.build / "scores.npz", logits=logits[some].astype(np.float32), labels=label[some].astype(np.uint8))
        return figures(label, logits.argmax(1))

    def do_choose(self, names):
        """Cross-validated figures of techniques, each the mean over the seeds 0, 1, 2: what a technique is chosen by."""
        out = {}
        for name in names or ("float", *(t for t in TECHNIQUES if t in GRIDS)):
            runs = []
            for seed in (0, 1, 2):
                rows, logits = self.cross_validate(name, seed)
                runs.append(figures(self.data.label[rows], logits.argmax(1)))
            out[name] = {k: {"mean": round(float(np.mean([r[k] for r in runs])), 2), "least": min(r[k] for r in runs), "most": max(r[k] for r in runs)} for k in runs[0]}
            print(name, json.dumps({k: v["mean"] for k, v in out[name].items()}), flush=True)
        (self.folder / "choice.json").write_text(json.dumps(out, indent=1) + "\n")

    def scored(self):
        """Makes scores.npz if it is not there or of another technique than is shipped."""
        of = self.build / "scores.of"
        if not of.is_file() or of.read_text() != self.technique("shipped"):
            self.folds()

    def compiled(self, seed, technique, onnx, bds, options=()):
        self.scored()
        technique = self.technique(technique)
        net = copy.deepcopy(self.net(seed, technique))
        with torch.no_grad():
            net.out.bias += torch.tensor(self.prior)
        check = np.linspace(0, len(self.data.label) - 1, 5).astype(int)
        export(net, onnx, (self.data.beat[check], self.data.scalars[check]))
        grid = technique.rpartition(":")[2] if technique.startswith("together") else technique if technique in GRIDS else None
        extra = bedside.weight_options(onnx, grid, self.build / "scratch.bds")
        bedside.compile_model(onnx, bds, self.folder / "recipe.json", source(self.recipe),
                              ["--scores", self.build / "scores.npz", "--calibration", "2048", *extra, *options])
        return net

    # ---------------------------------------------------------------------------------------------------------- commands

    def do_train(self):
        print(json.dumps({"cross-validation": self.folds()}), flush=True)
        for seed in self.seeds:
            self.net(seed)

    def do_export(self):
        out = self.folder / "seeds"
        out.mkdir(exist_ok=True)
        for seed in self.seeds:
            self.compiled(seed, "shipped", out / f"{seed}.onnx", out / f"{seed}.bds")
            print(f"seeds/{seed}.bds: {(out / f'{seed}.bds').stat().st_size} bytes", flush=True)
        ship = self.plan.get("ship", 0)
        for kind in ("onnx", "bds"):
            shutil.copy(out / f"{ship}.{kind}", self.folder / f"{self.name}.{kind}")

    def judge(self, bds, onnx=None, split="test", why=""):
        """Figures by the native runtime; a look at the test records is written down."""
        f = bedside.evaluate(bds, source(self.recipe), split, onnx)
        if split == "test":
            self.touch(bds, why, f)
        return f

    def end_to_end(self, bds):
        """With the detector in front: "V": {"se", "ppv"} and so on, by `bedside monitor`."""
        records = [source(self.recipe) / n for n in self.recipe["data"]["splits"]["test"]]
        return json.loads(bedside.call("monitor", bds, *records, "--json"))["end_to_end"]

    def touch(self, bds, why, f):
        path = self.folder / "touches.json"
        log = json.loads(path.read_text()) if path.is_file() else []
        log.append({"date": datetime.date.today().isoformat(), "file": str(bds.relative_to(self.folder)), "why": why,
                    "sha256": hashlib.sha256(bds.read_bytes()).hexdigest(), "acc": f["acc"], "f1": f["f1"]})
        path.write_text("[\n" + ",\n".join(json.dumps(t) for t in log) + "\n]\n")

    def do_test(self):
        runs = []
        for seed in self.seeds:
            f = self.judge(self.folder / "seeds" / f"{seed}.bds", self.folder / "seeds" / f"{seed}.onnx", why="figures of a shipped seed")
            f["end_to_end"] = self.end_to_end(self.folder / "seeds" / f"{seed}.bds")
            runs.append({"seed": seed, **{k: v for k, v in f.items() if k != "by_record"}})
        for r in runs:
            r |= {f"end_to_end_{k.lower()}_{m}": v for k, of in r["end_to_end"].items() for m, v in of.items()}
        keys = [k for k, v in runs[0].items() if isinstance(v, float)]
        over = {k: {"mean": round(float(np.mean([r[k] for r in runs])), 6), "min": min(r[k] for r in runs), "max": max(r[k] for r in runs)} for k in keys}
        (self.folder / "training.json").write_text(json.dumps(
            {"what": "each seed's int8 file in the native runtime on the test records; float_*: its ONNX network on the same beats",
             "arch": self.arch, "how": self.how, "parameters": sum(p.numel() for p in BeatNet(self.arch).parameters()), "macs": macs(BeatNet(self.arch)),
             "torch": torch.__version__.split("+")[0], "ship": self.plan.get("ship", 0), "over_seeds": over, "runs": runs}, indent=1) + "\n")
        print(json.dumps({k: v["mean"] for k, v in over.items()}))

    def do_techniques(self, names=None):
        path = self.folder / "techniques.json"
        rows = json.loads(path.read_text()) if path.is_file() else []
        seed = self.plan.get("ship", 0)
        for name in names or self.plan.get("techniques", TECHNIQUES):
            tag = name.replace(":", "-")
            onnx, bds = self.build / f"{tag}.onnx", self.build / f"{tag}.bds"
            net = self.compiled(seed, name, onnx, bds)
            digest = hashlib.sha256(bds.read_bytes()).hexdigest()
            if any(r["technique"] == name and r["sha256"] == digest for r in rows):
                continue
            f = self.judge(bds, onnx, why=f"technique {name}")
            weights = sum(m.weight.numel() for _, m in layers(net))
            zeros = sum(int((m.effective() == 0).sum()) for _, m in layers(net))
            kept = {k: v for k, v in f.items() if isinstance(v, (int, float)) or k == "ci"}
            rows = [r for r in rows if r["technique"] != name] + [{"technique": name, "bytes": bds.stat().st_size, "macs": bedside.multiplications(bds),
                    "weights": weights, "sparsity": round(zeros / weights, 4), "sha256": digest, **kept}]
            path.write_text(json.dumps(rows, indent=1) + "\n")
            print(name, bds.stat().st_size, f["acc"], f["f1"], flush=True)


# ------------------------------------------------------------------------------------------------------------- own records

def own_records(a):
    """A folder of records: about a quarter of them, by a hash of the name, is for the test; folds of the others."""
    asked = [x for x in (a.weights, a.prune, "distilled" if a.distil else None) if x]
    if len(asked) > 1 or a.distil:
        raise SystemExit("Beats take one of --weights and --prune; --distil is for pictures.")
    parsed("+".join(asked) or "float")
    for option in ("size", "positive", "group", "grey"):
        if getattr(a, option):
            raise SystemExit(f"--{option} is for pictures; each WFDB record is one patient.")
    data = a.data.resolve()
    names = sorted(p.stem for p in data.glob("*.hea") if p.with_suffix(".atr").is_file())
    if len(names) < 6:
        raise SystemExit(f"{data}: at least six annotated WFDB records are needed, each of another patient; here are {len(names)}.")
    rank = sorted(names, key=lambda n: hashlib.sha256(n.encode()).hexdigest())
    test, rest = sorted(rank[:max(1, len(rank) // 4)]), sorted(rank[max(1, len(rank) // 4):])
    out = a.out or ROOT / "build" / "recipes" / data.name
    out.mkdir(parents=True, exist_ok=True)
    name = a.name or data.name
    recipe = {"name": name, "task": "beats", "version": "1", "title": f"Heartbeats of {name}", "labels": ["N", "S", "V"],
              "output": {"tensor": "logits", "activation": "softmax"}, "gate": GATE,
              "data": {"name": name, "path": str(data), "licence": "that of your data", "source": "your own data", "splits": {"train": rest, "test": test}},
              "licence": "that of your data", "citation": ["name the source of your data here"],
              "limits": ["Written by a recipe: nobody has looked at its failures yet."],
              "intended_use": "Research. Not a medical device; not for diagnosis, triage or treatment."}
    plan = {"seeds": a.seeds, "ship": a.seeds[0], "folds": [rest[i::5] for i in range(min(5, len(rest)))],
            "technique": asked[0] if asked else "float", "how": {"epochs": a.epochs} if a.epochs else {}}
    plan["asked"] = own.options_asked(a, out)
    own.keep_or_write(out, recipe=recipe, train=plan)
    m = Model(out)
    m.do_train()
    m.do_export()
    m.do_test()
    own.judged(out, name, source(recipe))


def main(a):
    torch.set_num_threads(a.threads)
    if getattr(a, "data", None):
        return own_records(a)
    if not a.model:
        raise SystemExit("--task beats needs --data, a folder of WFDB records.")
    if a.command in ("folds", "seeds"):
        raise SystemExit("Of beats `train` cross-validates and trains every seed of train.json.")
    m = Model(ROOT / "models" / a.model)
    if a.command == "techniques":
        return m.do_techniques(a.names)
    return m.do_train() if a.command == "train" else m.do_export()
