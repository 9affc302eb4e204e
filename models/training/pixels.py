"""The runtime's picture preparation (docs/arithmetic-pictures.md), exactly: training sees what the device will see."""
import numpy as np


def grey(rgb):
    """uint8 [H, W, 3] -> [H, W]: (77 R + 150 G + 29 B + 128) >> 8."""
    return ((rgb.astype(np.uint32) @ np.array([77, 150, 29], np.uint32) + 128) >> 8).astype(np.uint8)


def centre_square(picture):
    h, w = picture.shape[:2]
    s = min(h, w)
    y, x = (h - s) // 2, (w - s) // 2
    return picture[y:y + s, x:x + s]


def _area(source, target):
    """int64 [target, source]: by how many 1/target a source pixel lies in each output pixel; rows add up to source."""
    i, x = np.arange(source)[None], np.arange(target)[:, None]
    return np.maximum(0, np.minimum((i + 1) * target, (x + 1) * source) - np.maximum(i * target, x * source))


def _bilinear(source, target):
    """int64 [target, source]: weights of the two neighbours of each output pixel's centre; rows add up to 2 target."""
    out = np.zeros((target, source), np.int64)
    for x in range(target):
        i, f = divmod((2 * x + 1) * source - target, 2 * target)
        out[x, np.clip(i, 0, source - 1)] += 2 * target - f
        out[x, np.clip(i + 1, 0, source - 1)] += f
    return out


def resize(picture, height, width):
    """uint8 [H, W] or [H, W, C] -> [height, width(, C)]: area mean when shrinking, else bilinear; rounded half up."""
    h, w = picture.shape[:2]
    if (h, w) == (height, width):
        return picture
    weights = _area if h >= height and w >= width else _bilinear
    rows, columns = weights(h, height), weights(w, width)
    whole = int(rows[0].sum() * columns[0].sum())
    planes = picture.astype(np.float64)                      # sums stay far below 2^53: exact
    out = np.einsum("yh,hw...->yw...", rows.astype(np.float64), planes, optimize=True)
    out = np.einsum("xw,yw...->yx...", columns.astype(np.float64), out, optimize=True)
    return ((out.astype(np.int64) + whole // 2) // whole).astype(np.uint8)


def prepare(picture, height, width, channels):
    """A decoded picture, uint8 [H, W] or [H, W, 3], as the network's [height, width, channels]."""
    picture = centre_square(picture)
    if channels == 1 and picture.ndim == 3:
        picture = grey(picture)
    picture = resize(picture, height, width)
    if picture.ndim == 2:
        picture = picture[..., None]
    return np.repeat(picture, 3, 2) if channels == 3 and picture.shape[2] == 1 else picture


def prepare_mask(mask, height, width):
    """bool [H, W] -> bool [height, width]: the same crop, set where at least half of the area is."""
    return resize(centre_square(mask.astype(np.uint8) * 255), height, width) >= 128
