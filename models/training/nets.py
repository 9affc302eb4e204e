"""Light networks whose weights may be held on a grid (quantisation-aware) and masked (pruned) while they train."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from .weights import on_grid


class Held:
    """A layer's weights on a grid. grid: None or a name of weights.GRIDS; keep: 0 where a weight was pruned."""

    def hold(self):
        self.grid = None
        self.register_buffer("keep", torch.ones_like(self.weight))

    def effective(self):
        return on_grid(self.weight * self.keep, self.grid)


class Conv(Held, nn.Conv2d):
    """Convolution without bias."""

    def __init__(self, cin, cout, k, stride=1, groups=1):
        super().__init__(cin, cout, k, stride, k // 2, groups=groups, bias=False)
        self.hold()

    def forward(self, x):
        return self._conv_forward(x, self.effective(), None)


class Dense(Held, nn.Linear):
    """Fully connected layer with bias."""

    def __init__(self, cin, cout):
        super().__init__(cin, cout)
        self.hold()

    def forward(self, x):
        return F.linear(x, self.effective(), self.bias)


def unit(cin, cout, k, stride=1, groups=1, act=nn.ReLU6):
    """Convolution, batch norm, activation. ReLU6 bounds the range that eight bits must hold."""
    parts = [Conv(cin, cout, k, stride, groups), nn.BatchNorm2d(cout)]
    return nn.Sequential(*parts, *([act()] if act else []))


class Residual(nn.Module):
    """relu(x + body(x)). full: two 3x3; light: depthwise 3x3, 1x1."""

    def __init__(self, width, kind):
        super().__init__()
        if kind == "full":
            self.body = nn.Sequential(unit(width, width, 3), unit(width, width, 3, act=None))
        else:
            self.body = nn.Sequential(unit(width, width, 3, groups=width), unit(width, width, 1, act=None))

    def forward(self, x):
        return F.relu(x + self.body(x))


def halve(cin, cout, kind):
    """Half the side. full: 3x3; light: 1x1, then depthwise 3x3 with stride 2."""
    if kind == "full":
        return unit(cin, cout, 3, 2)
    return nn.Sequential(unit(cin, cout, 1), unit(cout, cout, 3, 2, groups=cout))


class Classifier(nn.Module):
    """arch: stem [width, kernel, stride]; stages [[width, blocks, "full" | "light"], ...], each halving the side first;
    features: width of the last 1x1 layer, which is averaged over the picture and feeds the last dense layer.

    aux (training only): where a mask of the finding is known, one more 1x1 layer on the stage `aux` learns to mark it,
    so that the features look at the finding; it is not exported, unless
    attend: the features are also averaged with what that layer marks as weight, and the dense layer sees both averages."""

    def __init__(self, arch, channels, labels):
        super().__init__()
        width, kernel, stride = arch["stem"]
        self.stem = unit(channels, width, kernel, stride)
        self.stages = nn.ModuleList()
        for out, blocks, kind in arch["stages"]:
            self.stages.append(nn.Sequential(halve(width, out, kind), *[Residual(out, kind) for _ in range(blocks)]))
            width = out
        self.last = unit(width, arch["features"], 1)
        self.drop = nn.Dropout(arch.get("dropout", 0.2))
        self.attend = arch.get("attend", False)
        self.head = Dense(arch["features"] * (2 if self.attend else 1), labels)
        self.aux_stage = arch.get("aux")
        if self.aux_stage is not None:
            self.aux = nn.Conv2d(arch["stages"][self.aux_stage][0], 1, 1)

    def forward(self, x, with_aux=False):
        x, marked = self.stem(x), None
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i == self.aux_stage and (with_aux or self.attend):
                marked = self.aux(x)
        x = self.last(x)
        pooled = F.adaptive_avg_pool2d(x, 1)
        if self.attend:
            weight = torch.sigmoid(F.avg_pool2d(marked, 2 ** (len(self.stages) - 1 - self.aux_stage)))
            pooled = torch.cat([pooled, F.adaptive_avg_pool2d(x * weight, 1) * 4], 1)
        x = self.head(self.drop(pooled.flatten(1)))
        return (x, marked) if with_aux else x


class UNet(nn.Module):
    """Segmentation at the input's size from features at half or a quarter of it: a strided stem, `widths` from fine to coarse, skips
    that are added (a tensor less to keep than with concatenation), nearest-neighbour up-sampling, and a last pixel shuffle.

    arch: stem kernel, widths, blocks per level (encoder), deep blocks at the coarsest level; pre: width of a first layer that halves
    the side once more, so that each level sees twice as far."""

    def __init__(self, arch, channels, labels=1):
        super().__init__()
        widths = arch["widths"]
        pre = arch.get("pre")
        self.stem = nn.Sequential(unit(channels, pre, arch["stem"], 2), unit(pre, widths[0], 3, 2)) if pre else unit(channels, widths[0], arch["stem"], 2)
        self.up = 4 if pre else 2
        self.down, self.encode = nn.ModuleList(), nn.ModuleList()
        for i, w in enumerate(widths):
            self.down.append(unit(widths[i - 1], w, 3, 2) if i else nn.Identity())
            count = arch["deep"] if i == len(widths) - 1 else arch["blocks"]
            self.encode.append(nn.Sequential(*[unit(w, w, 3) for _ in range(count)]))
        self.narrow, self.decode = nn.ModuleList(), nn.ModuleList()
        for fine, coarse in zip(widths[-2::-1], widths[:0:-1]):
            self.narrow.append(unit(coarse, fine, 1, act=None))
            self.decode.append(unit(fine, fine, 3))
        self.drop = nn.Dropout2d(arch.get("dropout", 0.1))
        self.head = Conv(widths[0], self.up ** 2 * labels, 3)
        self.bias = nn.Parameter(torch.full((1, self.up ** 2 * labels, 1, 1), -1.0))    # most pixels show none

    def forward(self, x):
        x, skips = self.stem(x), []
        for down, encode in zip(self.down, self.encode):
            x = encode(down(x))
            skips.append(x)
        x = self.drop(x)
        for narrow, decode, skip in zip(self.narrow, self.decode, skips[-2::-1]):
            x = decode(F.relu6(F.interpolate(narrow(x), scale_factor=2, mode="nearest") + skip))
        return F.pixel_shuffle(self.head(x) + self.bias, self.up)


def make(task, arch, channels, labels):
    return UNet(arch, channels) if task == "segment" else Classifier(arch, channels, labels)


def layers(net):
    """(name, layer) of those whose weights may be on a grid, in forward order."""
    return [(name, m) for name, m in net.named_modules() if isinstance(m, Held)]
