"""Grids on which weights are held during quantisation-aware training, and masks for pruning.

The grids are those of `bedside compile --weights`: one scale per output channel, so that a network trained on a grid compiles to exactly
these weights. The gradient passes straight through the rounding (Bengio et al. 2013, arXiv:1308.3432)."""
import torch

# The largest magnitude, in steps.
GRIDS = {"int8": 127, "4-bit": 7, "3-bit": 3, "ternary": 1, "power-of-two": 64}


def _ternary(w):
    """Li et al. 2016, arXiv:1605.04711: 0 under 0.7 mean |w|, else +-(mean of the others)."""
    size = w.abs()
    large = size > 0.7 * size.mean(1, keepdim=True)
    step = (size * large).sum(1, keepdim=True) / large.sum(1, keepdim=True).clamp(min=1)
    return torch.where(large, w.sign() * step, torch.zeros_like(w))


def _uniform(w, most):
    """The clipping of least squared error of eight, rounded to -most .. most."""
    peak = w.abs().amax(1, keepdim=True).clamp(min=1e-8)
    best = error = None
    for share in (1.0,) if most > 60 else (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3):
        step = peak * share / most
        q = (w / step).round().clamp(-most, most) * step
        e = (q - w).square().sum(1, keepdim=True)
        best = q if best is None else torch.where(e < error, q, best)
        error = e if error is None else torch.minimum(e, error)
    return best


def _power_of_two(w):
    """0 and +-2^0 .. 2^6 steps, the nearest; the scale of least squared error of four."""
    peak = w.abs().amax(1, keepdim=True).clamp(min=1e-8)
    best = error = None
    for share in (1.0, 0.9, 0.8, 0.7):
        step = peak * share / 64
        size = (w.abs() / step).clamp(max=64)
        low = 2 ** torch.floor(torch.log2(size.clamp(min=1)))
        q = torch.where(size < 0.5, torch.zeros_like(size), torch.where(size < 1.5 * low, low, (2 * low).clamp(max=64)))
        q = q * w.sign() * step
        e = (q - w).square().sum(1, keepdim=True)
        best = q if best is None else torch.where(e < error, q, best)
        error = e if error is None else torch.minimum(e, error)
    return best


def round_to(weight, grid):
    """weight [out, ...] on the grid."""
    w = weight.flatten(1)
    if grid == "ternary":
        q = _ternary(w)
    elif grid == "power-of-two":
        q = _power_of_two(w)
    else:
        q = _uniform(w, GRIDS[grid])
    return q.view_as(weight)


def on_grid(weight, grid):
    if grid is None:
        return weight
    with torch.no_grad():
        change = round_to(weight, grid) - weight
    return weight + change


def set_grid(net_layers, grid, first_last="int8"):
    """The first and the last layer and depthwise ones keep eight bits: few weights, much harm. Returns the names on `grid`."""
    chosen = []
    for i, (name, m) in enumerate(net_layers):
        small = i in (0, len(net_layers) - 1) or getattr(m, "groups", 1) > 1
        m.grid = None if grid is None else first_last if small else grid
        if not small:
            chosen.append(name)
    return chosen


# ------------------------------------------------------------------------------------------------------------- pruning

def prune(net_layers, kind):
    """Sets each layer's `keep`. kind: "magnitude:0.5" (of each layer, the smallest), "2:4" (of four neighbouring inputs the two
    largest), "channels:0.25" (whole output channels inside residual blocks, by the norm of their weights)."""
    how, _, share = kind.partition(":")
    for i, (name, m) in enumerate(net_layers):
        if i in (0, len(net_layers) - 1) or getattr(m, "groups", 1) > 1:
            continue
        size = m.weight.detach().abs()
        if how == "magnitude":
            limit = size.flatten().kthvalue(max(1, int(float(share) * size.numel()))).values
            m.keep.copy_(size > limit)
        elif how == "2":                                         # 2:4 along the input channels, as the runtime stores them
            channels_last = size.permute(0, 2, 3, 1) if size.ndim == 4 else size
            shape = channels_last.shape
            if shape[-1] % 4:
                continue
            rank = channels_last.reshape(-1, 4).argsort(1).argsort(1)
            kept = (rank >= 2).float().reshape(shape)
            m.keep.copy_(kept.permute(0, 3, 1, 2) if size.ndim == 4 else kept)
        elif how == "channels" and name.endswith("body.0.0"):
            norm = size.flatten(1).norm(dim=1)
            gone = norm.argsort()[:int(float(share) * len(norm))]
            m.keep[gone] = 0
