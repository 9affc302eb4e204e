#!/usr/bin/env python3
"""Pneumonia on 28x28 chest X-rays: the recipe behind pneumonia.bds.

    train.py train  [--seeds 0 1 2]   train; resumes from build/seed<N>.pt, prints validation figures only
    train.py test   [--seeds 0 1 2]   the one place that reads the test set; writes training.json
    train.py export [--seed 0]        pneumonia.onnx (2 logits, batch norm left in the graph) and reference.json

Data: PneumoniaMNIST (MedMNIST v2), $BEDSIDE_DATA/medmnist/pneumoniamnist.npz, checked by MD5.

Decided before the test set was read, and why:
  * the threshold is 0.5 and the loss is class-balanced. 74 % of the training pictures show pneumonia, 62.5 % of the
    test pictures do, and validation is too easy (AUC > .99 for any recipe) to place a threshold;
  * the weights of the last epoch are used, as an exponential moving average: nothing is picked by validation;
  * the shipped network is that of seed 0, whatever the other seeds score.
"""
import argparse
import hashlib
import json
import os
import time
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from tqdm import tqdm

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build"
DATA_MD5 = "28209eda62fecd6e6a2d98b1501bb15f"
DATA_HELP = """PneumoniaMNIST not found{}.
Fetch pneumoniamnist.npz (MedMNIST v2, 28x28, CC BY 4.0) from Zenodo, https://doi.org/10.5281/zenodo.10519652,
put it at <folder>/medmnist/pneumoniamnist.npz and set BEDSIDE_DATA=<folder>."""

# x = (pixel - 128) / 64. Both constants are exact in binary, so an int8 input with scale 1/64 and zero point 0 is
# lossless and the zero padding of the first convolution is pixel value 128. As mean and std of pixel / 255:
MEAN, STD = 128 / 255, 64 / 255

EPOCHS, BATCH, LR, WEIGHT_DECAY, SMOOTHING, EMA = 40, 64, 2e-3, 0.02, 0.1, 0.998
SHIP_SEED = 0


# ---------------------------------------------------------------------------------------------------------------- data

def load(split):
    """uint8 images [n, 28, 28] and labels [n] (0 normal, 1 pneumonia) of 'train', 'val' or 'test'."""
    path = Path(os.environ.get("BEDSIDE_DATA", "data")) / "medmnist" / "pneumoniamnist.npz"
    if not path.is_file():
        raise SystemExit(DATA_HELP.format(f" at {path}"))
    if hashlib.md5(path.read_bytes()).hexdigest() != DATA_MD5:
        raise SystemExit(f"{path}: MD5 differs from {DATA_MD5}; this is not the official file.")
    with np.load(path) as z:
        return z[f"{split}_images"], z[f"{split}_labels"].ravel().astype(np.int64)


def to_tensor(images):
    return (torch.from_numpy(images).float()[:, None] - 128) / 64


def augment(x, gen):
    """A batch of [n, 1, 28, 28] as other patients on other machines might have given it; all randomness from gen."""
    n, dev = len(x), x.device
    u = lambda lo, hi, *shape: (lo + (hi - lo) * torch.rand(n, *shape, generator=gen)).to(dev)

    # Geometry: rotation +-12 degrees, scale +-12 %, shift +-3 pixels, mirror. Edges are repeated, not blackened.
    a, s, flip = u(-0.21, 0.21), u(0.88, 1.12), (u(0, 1) < 0.5).float() * 2 - 1
    theta = torch.stack([torch.stack([a.cos() * s * flip, -a.sin() * s, u(-3, 3) / 14], 1),
                         torch.stack([a.sin() * s * flip, a.cos() * s, u(-3, 3) / 14], 1)], 1)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)

    # Exposure: contrast about each picture's own mean, brightness, a little noise; then the range of a byte again.
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * u(0.65, 1.35, 1, 1, 1) + mean + u(-0.4, 0.4, 1, 1, 1)
    x = x + torch.randn(x.shape, generator=gen).to(dev) * u(0, 0.06, 1, 1, 1)
    x = x.clamp(-2, 127 / 64)

    # Cutout: in half of the pictures one square of 4 to 8 pixels becomes the mean, so no single spot decides.
    side, keep = u(2, 4, 1, 1), u(0, 1, 1, 1) < 0.5
    cy, cx, axis = u(0, 28, 1, 1), u(0, 28, 1, 1), torch.arange(28, device=dev) + 0.5
    hole = ((axis[None, :, None] - cy).abs() < side) & ((axis[None, None, :] - cx).abs() < side) & keep
    return torch.where(hole[:, None], mean, x)


# ------------------------------------------------------------------------------------------------------------- network

def conv(cin, cout, k, stride=1, groups=1, act=None):
    """Convolution without bias, batch norm, activation."""
    parts = {"conv": nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups, bias=False), "bn": nn.BatchNorm2d(cout)}
    return nn.Sequential(OrderedDict(parts, **({"act": act} if act else {})))


class Residual(nn.Module):
    """relu(x + b(a(x)))"""

    def __init__(self, a, b):
        super().__init__()
        self.a, self.b = a, b

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


class Net(nn.Module):
    """28x28x1 -> 2 logits. ReLU6 bounds the range where int8 is most at risk: about the depthwise convolutions."""

    def __init__(self):
        super().__init__()
        self.stem = conv(1, 16, 3, act=nn.ReLU())                                     # 28x28x16
        self.down1 = conv(16, 32, 3, stride=2, act=nn.ReLU())                         # 14x14x32
        self.res1 = Residual(conv(32, 32, 3, act=nn.ReLU()), conv(32, 32, 3))
        self.down2 = conv(32, 48, 3, stride=2, act=nn.ReLU())                         # 7x7x48
        self.res2 = Residual(conv(48, 48, 3, groups=48, act=nn.ReLU6()), conv(48, 48, 1))
        self.depthwise = conv(48, 48, 3, groups=48, act=nn.ReLU6())
        self.pointwise = conv(48, 96, 1, act=nn.ReLU6())                              # 7x7x96
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(96, 2)

    def forward(self, x):
        x = self.res1(self.down1(self.stem(x)))
        x = self.res2(self.down2(x))
        x = self.pointwise(self.depthwise(x))
        return self.head(self.drop(F.adaptive_avg_pool2d(x, 1).flatten(1)))


def decay_groups(net):
    """Weight decay for matrices and filters only, not for batch norm and biases."""
    p = list(net.parameters())
    return [{"params": [w for w in p if w.ndim > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [w for w in p if w.ndim <= 1], "weight_decay": 0.0}]


# ------------------------------------------------------------------------------------------------------------ training

def auc(score, label):
    """Area under the ROC curve (Mann-Whitney), ties counted half."""
    _, inv, cnt = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(cnt) - (cnt - 1) / 2)[inv]
    pos = label == 1
    n1, n0 = pos.sum(), (~pos).sum()
    return float((rank[pos].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def predict(net, images):
    """Logits, float32 [n, 2]."""
    net.eval()
    dev = next(net.parameters()).device
    with torch.no_grad():
        return torch.cat([net(b.to(dev)).cpu() for b in to_tensor(images).split(256)]).numpy()


def figures(logits, label):
    """AUC and, at 0.5, accuracy, sensitivity and specificity."""
    d = logits[:, 1] - logits[:, 0]
    hit = (d > 0) == (label == 1)
    return {"auc": round(auc(d, label), 4), "accuracy": round(float(hit.mean()), 4),
            "sensitivity": round(float(hit[label == 1].mean()), 4),
            "specificity": round(float(hit[label == 0].mean()), 4)}


def train(seed, epochs, dev):
    """Train one seed to the end, continuing from its checkpoint. Every epoch draws from its own generator, so a run
    that was interrupted ends with the same weights as one that was not."""
    BUILD.mkdir(exist_ok=True)
    path = BUILD / f"seed{seed}.pt"
    images, labels = load("train")
    x, y = to_tensor(images).to(dev), torch.from_numpy(labels).to(dev)
    weight = (len(y) / (2.0 * torch.bincount(y))).to(dev)      # mean 1 over the set, equal mass per class

    torch.manual_seed(seed)
    net, ema = Net().to(dev), Net().to(dev).requires_grad_(False)
    ema.load_state_dict(net.state_dict())
    opt = torch.optim.AdamW(decay_groups(net), lr=LR)
    steps = (len(x) + BATCH - 1) // BATCH
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, LR, total_steps=epochs * steps, pct_start=0.1)
    start, seconds = 0, 0.0
    if path.is_file():
        c = torch.load(path, map_location="cpu", weights_only=True)
        if c["epochs"] != epochs:
            raise SystemExit(f"{path} belongs to a run of {c['epochs']} epochs; remove it to start afresh.")
        net.load_state_dict(c["net"]), ema.load_state_dict(c["ema"])
        opt.load_state_dict(c["opt"]), sched.load_state_dict(c["sched"])
        start, seconds = c["epoch"], c["seconds"]

    bar = tqdm(range(start, epochs), initial=start, total=epochs, desc=f"seed {seed}", unit="epoch")
    for epoch in bar:
        t0 = time.perf_counter()
        gen = torch.Generator().manual_seed(1000 * seed + epoch)
        torch.manual_seed(1000 * seed + epoch)                  # for dropout
        net.train()
        total = 0.0
        for idx in torch.randperm(len(x), generator=gen).split(BATCH):
            idx = idx.to(dev)
            loss = F.cross_entropy(net(augment(x[idx], gen)), y[idx], reduction="none", label_smoothing=SMOOTHING)
            loss = (loss * weight[y[idx]]).mean()
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step(), sched.step()
            with torch.no_grad():
                for a, b in zip(ema.state_dict().values(), net.state_dict().values()):
                    a.lerp_(b, 1 - EMA) if a.is_floating_point() else a.copy_(b)
            total += loss.item() * len(idx)
        seconds += time.perf_counter() - t0
        bar.set_postfix(loss=f"{total / len(x):.4f}")
        tmp = path.with_suffix(".tmp")
        torch.save({"epoch": epoch + 1, "epochs": epochs, "seconds": seconds, "net": net.state_dict(),
                    "ema": ema.state_dict(), "opt": opt.state_dict(), "sched": sched.state_dict()}, tmp)
        tmp.replace(path)
    print(f"seed {seed}: val {figures(predict(ema, load('val')[0]), load('val')[1])}, {seconds:.0f} s")


def trained(seed):
    """The averaged network of a finished run, in eval mode, and its checkpoint."""
    path = BUILD / f"seed{seed}.pt"
    if not path.is_file():
        raise SystemExit(f"{path} is missing: run 'train.py train --seeds {seed}' first.")
    c = torch.load(path, map_location="cpu", weights_only=True)
    if c["epoch"] != c["epochs"]:
        raise SystemExit(f"seed {seed} stopped at epoch {c['epoch']} of {c['epochs']}: run 'train' again.")
    net = Net()
    net.load_state_dict(c["ema"])
    return net.eval(), c


# -------------------------------------------------------------------------------------------------------------- report

def test(seeds):
    """Each call reads the test set once per seed. Writes training.json."""
    val, held = load("val"), load("test")
    runs = []
    for s in seeds:
        net, c = trained(s)
        runs.append({"seed": s, "seconds": round(c["seconds"]), "val": figures(predict(net, val[0]), val[1]),
                     "test": figures(predict(net, held[0]), held[1])})
        print(json.dumps(runs[-1]))
    spread = {k: {"mean": round(float(np.mean([r["test"][k] for r in runs])), 4),
                  "min": min(r["test"][k] for r in runs), "max": max(r["test"][k] for r in runs)} for k in runs[0]["test"]}
    net = Net()
    out = {"what": "float figures of the PyTorch networks; threshold 0.5 fixed beforehand; last epoch, averaged weights",
           "data": f"PneumoniaMNIST 28x28, MD5 {DATA_MD5}", "torch": torch.__version__.split("+")[0],
           "epochs": EPOCHS, "batch": BATCH, "lr": LR, "weight_decay": WEIGHT_DECAY, "label_smoothing": SMOOTHING,
           "ema": EMA, "parameters": sum(p.numel() for p in net.parameters()),
           "weights": sum(p.numel() for p in net.parameters() if p.ndim > 1), "shipped_seed": SHIP_SEED,
           "runs": runs, "test_over_seeds": spread}
    (HERE / "training.json").write_text(json.dumps(out, indent=1) + "\n")
    print(json.dumps(spread))


# -------------------------------------------------------------------------------------------------------------- export

def export(seed):
    """pneumonia.onnx: opset 13, batch 1, batch norm as nodes (the compiler folds them), no paths in the file."""
    import onnx
    import onnxruntime
    import samples

    net, _ = trained(seed)
    path = HERE / "pneumonia.onnx"
    torch.onnx.export(net, torch.zeros(1, 1, 28, 28), str(path), opset_version=13, dynamo=False,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["image"], output_names=["logits"])
    m = onnx.load(path)
    for n in m.graph.node:
        n.doc_string = ""
        del n.metadata_props[:]
    m.doc_string = m.graph.doc_string = ""
    m.graph.name = "pneumonia"
    onnx.checker.check_model(m, full_check=True)
    onnx.save(m, path)
    kinds = [n.op_type for n in m.graph.node]
    assert kinds.count("BatchNormalization") == sum(isinstance(k, nn.BatchNorm2d) for k in net.modules())
    assert not any(a.name == "training_mode" and a.i for n in m.graph.node for a in n.attribute)

    run = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits = lambda px: run.run(["logits"], {"image": to_tensor(px[None]).numpy()})[0][0]
    val = load("val")[0]
    worst = max(np.abs(logits(p) - q).max() for p, q in zip(val, predict(net, val)))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(kinds)} nodes; onnxruntime differs by {worst:.2g} from PyTorch")
    assert worst < 1e-5

    # Only drawn pictures go into the reference: no pixel of the data set leaves it.
    cases = [{"name": n, "pixels": px.tolist(), "logits": [float(v) for v in logits(px)]} for n, px in samples.reference()]
    text = json.dumps({"what": "float logits of pneumonia.onnx (onnxruntime) for synthetic 28x28 pictures; "
                               "input x = (pixel - 128) / 64, rows top to bottom",
                       "tolerance": 1e-4, "cases": cases}, separators=(",", ":"))
    (HERE / "reference.json").write_text(text.replace('{"name"', '\n{"name"') + "\n")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = ap.add_subparsers(dest="cmd", required=True)
    for cmd in ("train", "test"):
        p = sub.add_parser(cmd)
        p.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    sub.choices["train"].add_argument("--epochs", type=int, default=EPOCHS)
    sub.choices["train"].add_argument("--threads", type=int, default=1, help="CPU threads (bits may depend on it)")
    sub.add_parser("export").add_argument("--seed", type=int, default=SHIP_SEED)
    a = ap.parse_args()
    torch.set_num_threads(getattr(a, "threads", 1))
    if a.cmd == "train":
        for s in a.seeds:
            train(s, a.epochs, torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    elif a.cmd == "test":
        test(a.seeds)
    else:
        export(a.seed)


if __name__ == "__main__":
    main()
