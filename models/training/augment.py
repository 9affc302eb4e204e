"""Batches as other patients on other machines might have given them. All randomness comes from one generator.

how: rotate (degrees), scale (share), shift (share of the side), mirror ("h", "hv" or ""), contrast, brightness (in units of x, 64 grey
levels), colour (gain of each channel), noise, blur (share of pictures), cutout (share of the side), and mix (mixup's alpha, 0: none)."""
import math

import torch
import torch.nn.functional as F

DEFAULT = {"rotate": 15, "scale": 0.15, "shift": 0.1, "mirror": "h", "contrast": 0.3, "brightness": 0.4, "colour": 0.0,
           "noise": 0.06, "blur": 0.0, "cutout": 0.25, "shear": 0.0}


def to_input(x):
    """uint8 -> (pixel - 128) / 64: exact in int8 with scale 1/64, and zero padding is mid-grey."""
    return (x.float() - 128) / 64


def augment(x, gen, how, mask=None):
    """x float [n, C, H, W] (see to_input), mask float [n, 1, h, w] or None; the same geometry for both."""
    how = {**DEFAULT, **how}
    n, side = len(x), x.shape[-1]

    def u(lo, hi, *shape):
        return lo + (hi - lo) * torch.rand(n, *shape, generator=gen)

    turn = math.radians(how["rotate"])
    a, s, sy = u(-turn, turn), 1 + u(-how["scale"], how["scale"]), 1 + u(-how["shear"], how["shear"])
    flip_x = (u(0, 1) < 0.5).float() * 2 - 1 if "h" in how["mirror"] else torch.ones(n)
    flip_y = (u(0, 1) < 0.5).float() * 2 - 1 if "v" in how["mirror"] else torch.ones(n)
    shift = 2 * how["shift"]
    theta = torch.stack([torch.stack([a.cos() * s * flip_x, -a.sin() * s * sy * flip_y, u(-shift, shift)], 1),
                         torch.stack([a.sin() * s * flip_x, a.cos() * s * sy * flip_y, u(-shift, shift)], 1)], 1)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if mask is not None:
        grid = F.affine_grid(theta, mask.shape, align_corners=False)
        mask = F.grid_sample(mask, grid, mode="bilinear", padding_mode="zeros", align_corners=False)

    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * (1 + u(-how["contrast"], how["contrast"], 1, 1, 1)) + mean + u(-how["brightness"], how["brightness"], 1, 1, 1)
    if how["colour"] and x.shape[1] == 3:
        x = (x + 2) * (1 + u(-how["colour"], how["colour"], 3, 1, 1)) - 2
    if how["blur"]:
        soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
        x = torch.where(u(0, 1, 1, 1, 1) < how["blur"], soft, x)
    x = x + torch.randn(x.shape, generator=gen) * u(0, how["noise"], 1, 1, 1)
    x = x.clamp(-2, 127 / 64)

    if how["cutout"]:                                          # in half of the pictures, so that no single spot decides
        half, keep = u(0.3, 1, 1, 1) * how["cutout"] * side / 2, u(0, 1, 1, 1) < 0.5
        cy, cx, axis = u(0, side, 1, 1), u(0, side, 1, 1), torch.arange(side) + 0.5
        hole = ((axis[None, :, None] - cy).abs() < half) & ((axis[None, None, :] - cx).abs() < half) & keep
        x = torch.where(hole[:, None], mean, x)
    return (x, mask) if mask is not None else x
