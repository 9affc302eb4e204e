"""One model's folder: recipe.json (what compiler and card must know), train.json (how it is trained), build/ (checkpoints)."""
import csv
import json
from pathlib import Path

import numpy as np
import torch

from .data import load, load_aux_masks, unpacked
from .loop import figures, fit
from .nets import make
from .pixels import prepare_mask, resize


class Model:
    """fold: of a cross-validation; 0 is the model itself."""

    def __init__(self, folder, fold=0):
        self.folder = Path(folder).resolve()
        if not (self.folder / "recipe.json").is_file() or not (self.folder / "train.json").is_file():
            raise SystemExit(f"{self.folder} has no recipe.json and train.json.")
        self.recipe = json.loads((self.folder / "recipe.json").read_text())
        self.how = json.loads((self.folder / "train.json").read_text())
        if fold:
            self.recipe["data"]["fold"] = fold
        self.build = self.folder / "build" / (f"fold{fold}" if fold else "")
        self._data = {}

    @property
    def name(self):
        return self.recipe["name"]

    @property
    def shape(self):
        box = self.recipe["input"]
        return box["channels"], box["height"], box["width"]

    def data(self, split):
        if split not in self._data:
            self._data[split] = load(self.recipe, split)
        return self._data[split]

    def marks(self, how):
        """Masks for the auxiliary layer, at a quarter of the picture's side."""
        if how["arch"].get("aux") is None:
            return None
        return load_aux_masks(self.recipe, self.data("train")[2], self.shape[1] // 4)

    def groups(self):
        """Index of each training sample's group by train.json's "groups": {table, key, column, values: [[..], ..]}; -1: unknown."""
        g = self.how["groups"]
        with (unpacked(self.recipe["data"]) / g["table"]).open() as f:
            value = {Path(r[g["key"]]).stem: r[g["column"]] for r in csv.DictReader(f)}
        of = {v: i for i, values in enumerate(g["values"]) for v in values}
        stems = [Path(i).stem.partition("-")[2] or Path(i).stem for i in self.data("train")[2]]
        return np.array([of.get(value[s], -1) for s in stems])

    def settings(self, variant=None):
        """train.json, with the variant's entries in place of its own."""
        base = {k: v for k, v in self.how.items() if k not in ("variants", "techniques", "groups", "ship", "teachers", "asked")}
        return {**base, **(self.how["variants"][variant] if variant else {})}

    def ships(self):
        """What train.json names under "ship", or the network as trained."""
        return self.how.get("ship", [{"file": self.name, "technique": "float"}])

    def train(self, seed, variant=None, teachers=(), **more):
        how = {**self.settings(variant), **more.pop("how", {})}
        x, y, _ = self.data("train")
        tag = more.pop("tag", variant or "base")
        recipe = self.recipe
        if how.get("outline"):                                 # learn to outline what the labels name (training masks), for transfer
            y = (load_aux_masks(recipe, self.data("train")[2], self.shape[1]) >= 0.5).astype(np.uint8)
            recipe = {**recipe, "task": "segment", "labels": ["finding"]}
        if how.get("side"):                                    # a first round on smaller pictures
            x = np.stack([resize(p.transpose(1, 2, 0), how["side"], how["side"]).reshape(how["side"], how["side"], -1).transpose(2, 0, 1) for p in x])
            if recipe["task"] == "segment":
                y = np.stack([prepare_mask(m > 0, how["side"], how["side"]) for m in y]).astype(np.uint8)
        if how.get("start") and "start" not in more:           # transfer: what fits of the weights of "MODEL" or "MODEL/VARIANT"
            donor = self.donor(how["start"], seed)
            mine = make(recipe["task"], how["arch"], x.shape[1], len(recipe["labels"])).state_dict()
            more["start"] = {k: v for k, v in donor.items() if k in mine and v.shape == mine[k].shape}
        return fit(self.build / f"{tag}-seed{seed}.pt", recipe, how, x, y, seed, teachers=teachers, marks=self.marks(how),
                   label=f"{self.name} {tag} seed {seed}", **more)

    def donor(self, name, seed):
        """State of another model's, or another variant's, network; it is trained if it is not there yet."""
        folder, _, variant = name.partition("/")
        other = self if folder == self.name else Model(self.folder.parent / folder)
        path = other.build / f"{variant or 'base'}-seed{seed}.pt"          # of the same fold
        if not path.is_file():
            other.train(seed, variant or None)
        return torch.load(path, map_location="cpu", weights_only=True)["ema"]

    def trained(self, seed, variant=None, tag=None):
        """The averaged network of a finished run, in eval mode."""
        path = self.build / f"{tag or variant or 'base'}-seed{seed}.pt"
        if not path.is_file():
            raise SystemExit(f"{path} is missing: train it first.")
        c = torch.load(path, map_location="cpu", weights_only=True)
        if c["epoch"] != c["epochs"]:
            raise SystemExit(f"{path.name} stopped at epoch {c['epoch']} of {c['epochs']}: train on.")
        net = make(self.recipe["task"], self.settings(variant)["arch"], self.shape[0], len(self.recipe["labels"]))
        net.load_state_dict(c["ema"])
        return net.eval()

    def figures(self, net, split):
        x, y, _ = self.data(split)
        return figures(self.recipe["task"], net, x, y)
