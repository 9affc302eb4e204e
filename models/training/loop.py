"""The training loop of every picture task: AdamW, one cycle, averaged weights, resumable, seeded."""
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tqdm import tqdm

from . import measure
from .augment import augment, to_input
from .nets import layers, make
from .weights import prune, set_grid

DEFAULT = {"epochs": 40, "batch": 64, "lr": 2e-3, "weight_decay": 0.02, "smoothing": 0.1, "ema": 0.998, "balance": 1.0, "mix": 0.0,
           "aux_weight": 1.0, "teacher_weight": 0.7, "teacher_temperature": 2.0, "crop": 0, "steps": 0, "fair": 0.01, "augment": {}}


def device():
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def decay_groups(net, decay):
    """Weight decay for matrices and filters only, not for batch norm and biases."""
    p = list(net.parameters())
    return [{"params": [w for w in p if w.ndim > 1], "weight_decay": decay}, {"params": [w for w in p if w.ndim <= 1], "weight_decay": 0.0}]


def predict(net, x, batch=256):
    """Logits, float32: [n, labels] or [n, H, W]."""
    net.eval()
    dev = next(net.parameters()).device
    out = []
    with torch.no_grad():
        for b in torch.from_numpy(x).split(batch):
            out.append(net(to_input(b).to(dev)).cpu().numpy())
    z = np.concatenate(out)
    return z[:, 0] if z.ndim == 4 else z


def figures(task, net, x, y):
    return measure.segment(predict(net, x, 16), y) if task == "segment" else measure.classify(predict(net, x), y)


# ---------------------------------------------------------------------------------------------------------------- losses

def classify_loss(net, x, y, hold, gen, how):
    """Cross entropy, each label's weight count^-balance; with a teacher its softened answers (Hinton et al. 2015, arXiv:1503.02531)."""
    marks = hold["marks"]
    if marks is not None:
        x, m = augment(x, gen, how["augment"], marks[hold["index"]][:, None])
    else:
        x = augment(x, gen, how["augment"])
    target = F.one_hot(y, hold["labels"]).float()
    weight = hold["weight"][y]
    if how["mix"]:
        share = float(torch._sample_dirichlet(torch.tensor([how["mix"]] * 2), gen)[0])
        other = torch.randperm(len(x), generator=gen)
        x = share * x + (1 - share) * x[other]
        target = share * target + (1 - share) * target[other]
        weight = share * weight + (1 - share) * weight[other]
        if marks is not None:
            m = share * m + (1 - share) * m[other]
    dev = hold["device"]
    x, target, weight = x.to(dev), target.to(dev), weight.to(dev)
    z = net(x, with_aux=True) if marks is not None else net(x)
    aux = 0.0
    if marks is not None:
        z, marked = z
        aux = how["aux_weight"] * F.binary_cross_entropy_with_logits(marked, F.adaptive_avg_pool2d(m, marked.shape[-1]).to(dev))
    soft = target * (1 - how["smoothing"]) + how["smoothing"] / hold["labels"]
    hard = -(soft * F.log_softmax(z, 1)).sum(1)
    if hold["groups"] is not None:
        weight = weight * group_weights(hard.detach() * weight, hold, how["fair"])
    loss = (hard * weight).mean() + aux
    if hold["teachers"]:
        t = how["teacher_temperature"]
        with torch.no_grad():
            p = torch.stack([F.softmax(teacher(x) / t, 1) for teacher in hold["teachers"]]).mean(0)
        kl = F.kl_div(F.log_softmax(z / t, 1), p, reduction="none").sum(1) * t * t
        loss = (1 - how["teacher_weight"]) * loss + how["teacher_weight"] * (kl * weight).mean()
    return loss


def group_weights(loss, hold, step):
    """Distributionally robust optimisation (Sagawa et al. 2020, arXiv:1911.08731): groups with more loss count more, by exponentiated
    gradient; the weights' mean over the batch is 1. Group -1 (unknown) keeps weight 1."""
    group, q = hold["groups"][hold["index"]], hold["group_share"]
    known = group >= 0
    for g in range(len(q)):
        if (group == g).any():
            q[g] *= torch.exp(step * loss[group == g].mean().cpu())
    q /= q.sum()
    factor = torch.where(known, q[group.clamp(min=0)] * len(q), torch.ones(len(group)))
    return (factor / factor.mean()).to(loss.device)


def random_crops(x, y, side, gen):
    top = torch.randint(0, x.shape[2] - side + 1, (len(x),), generator=gen)
    left = torch.randint(0, x.shape[3] - side + 1, (len(x),), generator=gen)
    x = torch.stack([p[:, t:t + side, q:q + side] for p, t, q in zip(x, top, left)])
    return x, torch.stack([m[t:t + side, q:q + side] for m, t, q in zip(y, top, left)])


def segment_loss(net, x, y, hold, gen, how):
    """Cross entropy per pixel plus 1 - soft Dice of each picture that shows something (Milletari et al. 2016, arXiv:1606.04797)."""
    x, m = augment(x, gen, how["augment"], y[:, None].float())
    if how["mix"]:                                             # mixup (Zhang et al. 2018, arXiv:1710.09412) of pictures and masks alike
        share = float(torch._sample_dirichlet(torch.tensor([how["mix"]] * 2), gen).max())
        other = torch.randperm(len(x), generator=gen)
        x, m = share * x + (1 - share) * x[other], share * m + (1 - share) * m[other]
    dev = hold["device"]
    x, m = x.to(dev), m.to(dev)
    z = net(x)
    bce = F.binary_cross_entropy_with_logits(z, m)
    p = torch.sigmoid(z)
    dice = 1 - (2 * (p * m).sum((1, 2, 3)) + 1) / ((p + m).sum((1, 2, 3)) + 1)
    loss = bce + (dice * (m.sum((1, 2, 3)) > 0)).mean()
    if hold["teachers"]:
        with torch.no_grad():
            soft = torch.stack([torch.sigmoid(teacher(x)) for teacher in hold["teachers"]]).mean(0)
        distil = F.binary_cross_entropy_with_logits(z, soft) + 1 - (2 * (p * soft).sum() + 1) / (p + soft).sum().add(1)
        loss = (1 - how["teacher_weight"]) * loss + how["teacher_weight"] * distil
    return loss


# ------------------------------------------------------------------------------------------------------------- training

def refresh_batch_norm(net, x, batch, how, gen):
    """Means and variances of the averaged weights themselves (the running ones lag behind them on a coarse grid)."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None                                     # the plain mean over the batches
    net.train()
    dev = next(net.parameters()).device
    with torch.no_grad():
        for idx in torch.randperm(len(x), generator=gen)[:3000].split(batch):
            b = to_input(x[idx])
            if how["crop"]:
                b = random_crops(b, b[:, 0], how["crop"], gen)[0]
            net(augment(b, gen, how["augment"]).to(dev))
    for m in norms:
        m.momentum = 0.1
    net.eval()


def fit(path, recipe, how, x, y, seed, start=None, grid=None, pruning=None, teachers=(), marks=None, groups=None, label=""):
    """Trains to the end and returns the averaged network; continues from the checkpoint at `path` if there is one.

    start: state to begin with (fine-tuning). groups: int64 [n], whom a sample belongs to, for training that is fair to each (how["fair"]). Every epoch draws from its own generator, so an interrupted run ends with the same weights."""
    how = {**DEFAULT, **how}
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    task, dev, labels = recipe["task"], device(), len(recipe["labels"])
    torch.manual_seed(seed)
    net, ema = (make(task, how["arch"], x.shape[1], labels).to(dev) for _ in range(2))
    if start is not None:
        net.load_state_dict(start, strict=False)
    if pruning:
        prune(layers(net), pruning)
    set_grid(layers(net), grid), set_grid(layers(ema), grid)
    net.to(memory_format=torch.channels_last), ema.to(memory_format=torch.channels_last)
    ema.load_state_dict(net.state_dict())
    ema.requires_grad_(False)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    hold = {"device": dev, "labels": labels, "teachers": teachers, "marks": None if marks is None else torch.from_numpy(marks),
            "groups": None if groups is None else torch.from_numpy(groups)}
    if groups is not None:
        hold["group_share"] = torch.full((int(groups.max()) + 1,), 1.0 / (int(groups.max()) + 1))
    if task != "segment":
        count = torch.bincount(y, minlength=labels).float()
        weight = count.clamp(min=1) ** -how["balance"]
        hold["weight"] = weight * len(y) / (weight[y].sum())
    opt = torch.optim.AdamW(decay_groups(net, how["weight_decay"]), lr=how["lr"])
    steps = how["steps"] or (len(x) + how["batch"] - 1) // how["batch"]
    epochs = how["epochs"]
    plan = torch.optim.lr_scheduler.OneCycleLR(opt, how["lr"], total_steps=epochs * steps, pct_start=how.get("warm", 0.1))
    begin, seconds = 0, 0.0
    if path.is_file():
        c = torch.load(path, map_location="cpu", weights_only=True)
        if c["epochs"] != epochs:
            raise SystemExit(f"{path} belongs to a run of {c['epochs']} epochs; remove it to start afresh.")
        net.load_state_dict(c["net"]), ema.load_state_dict(c["ema"])
        if c["epoch"] == epochs:
            return ema.eval()
        opt.load_state_dict(c["opt"]), plan.load_state_dict(c["plan"])
        begin, seconds = c["epoch"], c["seconds"]

    loss_of = segment_loss if task == "segment" else classify_loss
    bar = tqdm(range(begin, epochs), initial=begin, total=epochs, desc=label or path.stem, unit="epoch", mininterval=5)
    for epoch in bar:
        t0 = time.perf_counter()
        gen = torch.Generator().manual_seed(1000 * seed + epoch)
        torch.manual_seed(1000 * seed + epoch)                 # for dropout
        net.train()
        order = torch.cat([torch.randperm(len(x), generator=gen) for _ in range(-(-steps * how["batch"] // len(x)))])
        total = 0.0
        for idx in order[:steps * how["batch"] if how["steps"] else len(x)].split(how["batch"]):
            hold["index"] = idx
            bx, by = to_input(x[idx]), y[idx]
            if how["crop"]:
                bx, by = random_crops(bx, by, how["crop"], gen)
            loss = loss_of(net, bx, by, hold, gen, how)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step(), plan.step()
            with torch.no_grad():
                for a, b in zip(ema.state_dict().values(), net.state_dict().values()):
                    a.lerp_(b, 1 - how["ema"]) if a.is_floating_point() else a.copy_(b)
            total += loss.item()
        seconds += time.perf_counter() - t0
        bar.set_postfix(loss=f"{total / steps:.4f}")
        last = epoch + 1 == epochs
        if last and grid:
            refresh_batch_norm(ema, x, how["batch"], how, gen)
        if last or epoch % 5 == 4:
            tmp = path.with_suffix(".tmp")
            torch.save({"epoch": epoch + 1, "epochs": epochs, "seconds": seconds, "net": net.state_dict(), "ema": ema.state_dict(),
                        "opt": opt.state_dict(), "plan": plan.state_dict()}, tmp)
            tmp.replace(path)
    return ema.eval()
