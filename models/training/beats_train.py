"""Beats for training (as the ECG chain of the runtime gives them) and the loop that learns from them."""
import json
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from . import bedside
from .beats_net import UNIT, BeatNet, layers
from .beats_retime import retime
from .weights import prune, set_grid

DEFAULT = {"epochs": 12, "batch": 256, "lr": 4e-3, "weight_decay": 0.02, "smoothing": 0.05, "ema": 0.99, "even": 0.5,
           "mass": [1.0, 0.15, 0.3], "retimed": 0.4, "draws": [[7000, 6000], [900, 3000], [3200, 1200]],
           "kinds": ["early", "early", "fibril", "sway", "runs"], "teacher_weight": 0.7, "teacher_temperature": 2.0,
           "shift": 2, "gain": 0.15, "flip": 0.3, "off": 0.1, "noise": 0.1, "scalar_noise": 0.1, "rate": 0.5, "seconds": 900, "positions": "annotated", "retimed_positions": "annotated"}


@dataclass
class Beats:
    beat: torch.Tensor       # int8 [n, 4, 88]
    scalars: torch.Tensor    # int8 [n, 56]
    label: np.ndarray        # AAMI: 0 N, 1 S, 2 V, 3 F, 4 Q
    record: np.ndarray       # name of the record, [n]
    kind: np.ndarray         # -1 as recorded, -2 so and where the detector found it, else the place of its retiming


def load(path, names, kind=-1):
    """kind: one for all, or an array. What the detector invented (label 5) has no label to be learned and is left out."""
    with np.load(path) as z:
        keep = np.flatnonzero(z["label"] < 5)
        beat = torch.from_numpy(np.ascontiguousarray(z["beat"][keep].transpose(0, 2, 1)))
        label, record = z["label"][keep].astype(int), z["record"][keep]
        kinds = np.full(len(label), kind) if np.isscalar(kind) else kind[record]
        return Beats(beat, torch.from_numpy(z["scalars"][keep]), label, np.array(names)[record], kinds)


def recorded(folder, names, build, positions="annotated"):
    """The beats of records, by `bedside beats`. positions: where the annotators put them, "detected": where the detector did (those that it
    missed are left out), or "both"."""
    build.mkdir(parents=True, exist_ok=True)
    found, given = build / "train-detected.npz", build / "train.npz"
    if positions != "annotated":
        bedside.call("beats", *[folder / n for n in names], "--detect", "-o", found)
    if positions != "detected":
        bedside.call("beats", *[folder / n for n in names], "-o", given)
    if positions == "both":
        return together(load(given, names), load(found, names, -2))
    return load(found, names, -2) if positions == "detected" else load(given, names)


def retimed(folder, names, how, build):
    """The same records in other rhythms."""
    out = build / "retimed"
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for k, kind in enumerate(how["kinds"]):
        for i, name in enumerate(tqdm(names, desc=f"retiming, {kind}", unit="record")):
            path = out / f"{name}-{k}"
            if not path.with_suffix(".atr").is_file():
                retime(folder / name, path, kind, 1000 * k + i, how["seconds"])
            made.append((path, name, k))
    cache = build / "retimed.npz"
    detect = ["--detect"] if how["retimed_positions"] == "detected" else []
    bedside.call("beats", *[p for p, _, _ in made], *detect, "-o", cache)
    return load(cache, [n for _, n, _ in made], np.array([k for _, _, k in made]))


def together(a, b):
    join = lambda x, y: torch.cat([x, y]) if torch.is_tensor(x) else np.concatenate([x, y])
    return Beats(*[join(getattr(a, f), getattr(b, f)) for f in ("beat", "scalars", "label", "record", "kind")])


def augment(x, f, gen, how):
    """Other electrodes, amplifiers and detectors: shift, gain, second lead turned over or off, noise; f[5] and f[6] are heart rates."""
    n = len(x)
    u = lambda *shape: torch.rand(n, *shape, generator=gen)
    shift = torch.randint(-how["shift"], how["shift"] + 1, (n,), generator=gen)
    at = (torch.arange(x.shape[2])[None] + shift[:, None]).clamp(0, x.shape[2] - 1)
    x = torch.gather(x, 2, at[:, None].expand(-1, x.shape[1], -1))
    gain = 1 + how["gain"] * torch.randn(n, 2, 1, generator=gen).clamp(-2, 2)
    second = torch.where(u(1, 1) < how["flip"], -1.0, 1.0) * (u(1, 1) > how["off"])
    lead = torch.cat([torch.ones(n, 1, 1), second], 1) * gain
    x = x * torch.cat([lead, lead], 1) + how["noise"] * torch.randn(x.shape, generator=gen)
    f = f + how["scalar_noise"] * torch.randn(f.shape, generator=gen)
    rate = how["rate"] * torch.randn(n, generator=gen)
    f[:, 5] += rate
    f[:, 6] += rate
    return x, f


def strata(data, names, how):
    """[(rows, chance of each, draws per epoch, mass in the loss)] of each label, as recorded and retimed. Within one a record counts by
    its beats to the power 1 - even, so that no patient speaks for all."""
    out = []
    chosen = np.isin(data.record, names)
    for c in range(3):
        for made in (0, 1):
            rows = np.flatnonzero(chosen & (data.label == c) & ((data.kind >= 0) == bool(made)))
            if not len(rows) or (made and not how["retimed"]):
                continue
            tags = np.char.add(data.record[rows].astype(str), data.kind[rows].astype(str))
            _, inverse, count = np.unique(tags, return_inverse=True, return_counts=True)
            p = torch.from_numpy((count[inverse] / 100.0) ** -how["even"])
            share = how["retimed"] if made else 1 - how["retimed"]
            out.append((torch.from_numpy(rows), p, how["draws"][c][made], how["mass"][c] * share))
    return out


def draw(groups, gen):
    """Rows of one epoch and their weights, mean 1."""
    total, mass = sum(g[2] for g in groups), sum(g[3] for g in groups)
    rows = torch.cat([r[torch.multinomial(p, n, replacement=True, generator=gen)] for r, p, n, _ in groups])
    weight = torch.cat([torch.full((n,), m / mass * total / n) for _, _, n, m in groups])
    order = torch.randperm(total, generator=gen)
    return rows[order], weight[order]


def train(data, names, seed, arch, how, path, grid=None, pruning=None, start=None, teachers=()):
    """Trains on the records of those names; continues from path, epoch by epoch, to the same weights as without interruption."""
    torch.manual_seed(seed)
    net, mean = BeatNet(arch), BeatNet(arch).requires_grad_(False)
    if start is not None:
        net.load_state_dict(start)
    if pruning:
        prune(layers(net), pruning)
    mean.load_state_dict(net.state_dict())
    for n in (net, mean):
        set_grid(layers(n), grid)
    groups = strata(data, names, how)
    steps = -(-sum(g[2] for g in groups) // how["batch"])
    matrices = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    opt = torch.optim.AdamW([{"params": matrices, "weight_decay": how["weight_decay"]}, {"params": others, "weight_decay": 0.0}], lr=how["lr"])
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, how["lr"], total_steps=how["epochs"] * steps, pct_start=0.1)
    key = json.dumps([arch, how, grid, pruning, sorted(names), len(data.label), len(teachers)], sort_keys=True)
    begin, seconds = 0, 0.0
    if path.is_file():
        c = torch.load(path, map_location="cpu", weights_only=True)
        if c["key"] == key:
            net.load_state_dict(c["net"]), mean.load_state_dict(c["ema"]), opt.load_state_dict(c["opt"]), sched.load_state_dict(c["sched"])
            begin, seconds = c["epoch"], c["seconds"]
    label = torch.from_numpy(data.label)
    pairs = [(a, b) for a, b in zip(mean.state_dict().values(), net.state_dict().values()) if a.is_floating_point()]
    bar = tqdm(range(begin, how["epochs"]), initial=begin, total=how["epochs"], desc=path.stem, unit="epoch")
    for epoch in bar:
        t0, total = time.perf_counter(), 0.0
        gen = torch.Generator().manual_seed(1000 * seed + epoch)
        torch.manual_seed(1000 * seed + epoch)
        net.train()
        rows, weight = draw(groups, gen)
        for r, w in zip(rows.split(how["batch"]), weight.split(how["batch"])):
            x, f = augment(data.beat[r].float() / UNIT, data.scalars[r].float() / UNIT, gen, how)
            z = net(x, f)
            loss = F.cross_entropy(z, label[r], reduction="none", label_smoothing=how["smoothing"])
            if teachers:
                t, part = how["teacher_temperature"], how["teacher_weight"]
                with torch.no_grad():
                    soft = torch.stack([F.softmax(n(x, f) / t, 1) for n in teachers]).mean(0)
                kl = F.kl_div(F.log_softmax(z / t, 1), soft, reduction="none").sum(1) * t * t
                loss = (1 - part) * loss + part * kl
            loss = (loss * w).mean()
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step(), sched.step()
            with torch.no_grad():
                torch._foreach_lerp_([a for a, _ in pairs], [b for _, b in pairs], 1 - how["ema"])
            total += loss.item()
        seconds += time.perf_counter() - t0
        bar.set_postfix(loss=f"{total / steps:.4f}")
        tmp = path.with_suffix(".tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"key": key, "epoch": epoch + 1, "seconds": seconds, "net": net.state_dict(), "ema": mean.state_dict(),
                    "opt": opt.state_dict(), "sched": sched.state_dict()}, tmp)
        tmp.replace(path)
    return mean.eval()


def figures(label, answer):
    """As `bedside eval` counts: every beat in the accuracy, F and Q always wrong; F1 the mean of N, S and V; percent."""
    table = np.zeros((5, 3), int)
    np.add.at(table, (label, answer), 1)
    out, f1 = {"acc": 100 * np.trace(table[:3]) / table.sum()}, []
    for k, name in enumerate("nsv"):
        hit, truths, answers = table[k, k], table[k].sum(), table[:, k].sum()
        out[f"{name}_se"], out[f"{name}_ppv"] = 100 * hit / max(1, truths), 100 * hit / max(1, answers)
        f1.append(200 * hit / max(1, truths + answers))
    out["f1"] = np.mean(f1)
    return {k: round(float(v), 2) for k, v in out.items()}

