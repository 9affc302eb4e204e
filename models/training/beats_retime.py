"""Records retimed for training: real beats of real patients in rhythms that those patients did not have.

What the few records of a training split lack is not beats but rhythms: early atrial beats come from a handful of patients, atrial
fibrillation from one or two. So each record is taken apart between its beats and put together again with other intervals:

  early    some beats come early, alone or in runs, with another P wave, and become supraventricular ('A')
  runs     a second focus leads for runs of up to twelve beats, with pauses between them; its beats become supraventricular, too
  fibril   no P waves, small waves of 4 to 9 Hz instead, intervals at random; every beat keeps its label
  sway     intervals swing with the breath or jump a little; every beat keeps its label

QRS complexes and T waves stay what they were. Everything is seeded, and only records of the training split are ever given to it."""
from pathlib import Path

import numpy as np

RATE = 360
CODES = {s: i for i, s in enumerate("\0NLRaVFJASEj/Q") if s != "\0"} | {"e": 34, "n": 35, "f": 38, "B": 25, "?": 30, "r": 41}
LETTERS = {i: s for s, i in CODES.items()}


# --------------------------------------------------------------------------------------------------------- WFDB, enough

def read(path):
    """(signals [n, leads] in millivolts, times, letters, header's lead lines, comments) of FOLDER/NAME; format 212, two leads."""
    path = Path(path)
    lines = path.with_suffix(".hea").read_text().splitlines()
    names = [l.split()[-1] for l in lines[1:3]]
    b = np.fromfile(path.with_suffix(".dat"), np.uint8).reshape(-1, 3).astype(np.int32)
    x = np.stack([b[:, 0] | (b[:, 1] & 15) << 8, b[:, 2] | (b[:, 1] >> 4) << 8], 1)
    x = np.where(x > 2047, x - 4096, x)
    gain = [float(l.split()[2]) for l in lines[1:3]]
    zero = [float(l.split()[4]) for l in lines[1:3]]
    w = np.fromfile(path.with_suffix(".atr"), "<u2")
    at, time, times, letters = 0, 0, [], []
    while at < len(w) and w[at]:
        code, rest = int(w[at]) >> 10, int(w[at]) & 1023
        at += 1
        if code == 59:
            time += int(w[at]) << 16 | int(w[at + 1])
            at += 2
        elif code == 63:
            at += (rest + 1) // 2
        elif code < 60:
            time += rest
            if code in LETTERS:
                times.append(time)
                letters.append(LETTERS[code])
    return (x - zero) / gain, np.array(times), np.array(letters), names


def write(path, x, times, letters, names):
    """The same in format 16 with 1000 units per millivolt."""
    path = Path(path)
    lines = [f"{path.name} 2 {RATE} {len(x)}"] + [f"{path.name}.dat 16 1000 16 0 0 0 0 {n}" for n in names]
    path.with_suffix(".hea").write_text("\n".join(lines) + "\n")
    np.clip(np.round(x * 1000), -32768, 32767).astype("<i2").tofile(path.with_suffix(".dat"))
    words, last = [], 0
    for t, s in zip(times, letters):
        gap = int(t) - last
        if gap > 1023:
            words += [59 << 10, gap >> 16, gap & 0xffff]
            gap = 0
        words.append(CODES[str(s)] << 10 | gap)
        last = int(t)
    np.array(words + [0], "<u2").tofile(path.with_suffix(".atr"))


# ------------------------------------------------------------------------------------------------------------ retiming

def smooth(n):
    return 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / max(1, n))


def pieces(x, times):
    """For each interval between beats: what follows the first beat and what precedes the second, each without the line between the
    baselines, fading where they meet; and that baseline."""
    out = []
    for a, b in zip(times[:-1], times[1:]):
        n = b - a
        meet = int(np.clip(n - 0.26 * RATE, 0.45 * n, max(0.45 * n, n - 20)))   # before the P wave
        base = np.median(x[max(a, a + meet - 8):a + meet + 8], 0)
        half = max(4, min(14, n // 8))
        fade = np.zeros(n)
        lo, hi = max(0, meet - half), min(n, meet + half)
        fade[:lo], fade[lo:hi] = 1, 1 - smooth(hi - lo)
        rest = x[a:b] - base
        out.append((rest * fade[:, None], rest * (1 - fade[:, None]), base, meet))
    return out


def other_p(before, rng, kind=None):
    """What precedes a beat, with another P wave: scaled, turned over, moved or gone; the QRS's begin stays."""
    n = len(before)
    end, begin = n - int(0.06 * RATE), max(0, n - int(0.28 * RATE))
    if end - begin < 10:
        return before
    y = before.copy()
    line = np.linspace(0, 1, end - begin)[:, None] * (y[end] - y[begin]) + y[begin]
    wave = (y[begin:end] - line) * np.hanning(end - begin)[:, None] ** 0.25
    factor = rng.choice([-1.2, -0.7, -0.3, 0, 0, 0.3, 0.6, 1.6]) if kind is None else kind
    y[begin:end] = line + factor * np.roll(wave, int(rng.integers(-12, 8)) if factor else 0, 0)
    return y


def assemble(x, times, parts, intervals, p_factor, rng, noise):
    """A signal with the given intervals (samples); p_factor[i]: None, or the P wave of the beat that ends interval i."""
    total = int(sum(intervals)) + 2 * RATE
    y = np.zeros((total, 2))
    start = min(times[0], RATE)
    y[:start] = x[times[0] - start:times[0]]
    at, beats = start, [start]
    for (after, before, base, _), n, p in zip(parts, intervals, p_factor):
        if p is not None:
            before = other_p(before, rng, None if p == "other" else p)
        gap = rng.normal(0, 1, (n, 2)) * noise
        seg = np.zeros((n, 2))
        k = min(n, len(after))
        seg[:k] += after[:k]
        k = min(n, len(before))
        seg[n - k:] += before[len(before) - k:]
        empty = np.clip(np.arange(n) - len(after), 0, 1)[:, None] * np.ones((1, 2)) if n > len(after) else 0
        y[at:at + n] += seg + base + gap * empty
        at += n
        beats.append(at)
    tail = x[times[len(intervals)]:times[len(intervals)] + RATE // 2]
    y[at:at + len(tail)] = tail
    # Steps of the baseline from interval to interval become slopes.
    return y[:at + len(tail)], np.array(beats)


def retime(path, out, kind, seed, seconds=900):
    """Writes FOLDER/NAME (out) made from the record at path; about `seconds` of it."""
    rng = np.random.default_rng(seed)
    x, times, letters, names = read(path)
    begin = rng.integers(0, max(1, len(x) - seconds * RATE))
    keep = (times > begin + RATE) & (times < begin + seconds * RATE)
    times, letters = times[keep], letters[keep].copy()
    # The baseline between neighbouring beats as a line, so that pieces fit: taken out first.
    n = np.diff(times)
    usual = float(np.median(n))
    noise = np.median(np.abs(np.diff(x[times[0]:times[-1]], axis=0)), 0)
    knots = np.clip((times[1:] - np.minimum(0.26 * RATE, 0.35 * n)).astype(int), 8, len(x) - 9)
    level = np.stack([np.median(x[k - 6:k + 7], 0) for k in knots])
    wander = np.stack([np.interp(np.arange(len(x)), knots, level[:, c]) for c in range(2)], 1)
    flat = x - wander
    parts = pieces(flat, times)
    new = n.astype(float).copy()
    p = [None] * len(n)
    normal = np.isin(letters, list("NLRej"))
    if kind == "early":
        share = rng.choice([0.03, 0.08, 0.2])
        i = 3
        while i < len(n) - 3:
            run = 1 if rng.random() < 0.65 else int(rng.integers(2, 9))
            if rng.random() < share and normal[i:i + run + 2].all():
                early = rng.uniform(0.5, 0.9)
                for k in range(min(run, len(n) - i - 1)):
                    new[i + k] = max(0.28 * RATE, (early if k == 0 else early * rng.uniform(0.92, 1.12)) * usual)
                    p[i + k] = "other"
                    letters[i + k + 1] = "A"
                i += run
                new[min(i, len(n) - 1)] = usual * rng.uniform(0.95, 1.5)                       # reset of the sinus node
            i += 1
    elif kind == "runs":
        # A sick sinus node: an ectopic focus with a P wave of its own leads for short runs, each ends in a pause.
        focus = float(rng.choice([-1.0, -0.6, -0.3, 0.3, 0.5, 1.5]))
        length, pace, wait = rng.uniform(1.5, 6), rng.uniform(0.6, 0.95), rng.uniform(1.2, 3.0)
        i = 1
        while i < len(n):
            for k in range(int(rng.integers(1, 4))):                          # sinus beats after a pause, slow
                if i < len(n) and normal[i + 1]:
                    new[i] = usual * (wait * rng.uniform(0.7, 1.3) if k == 0 else rng.uniform(1.0, 1.5))
                i += 1
            for _ in range(min(12, int(rng.geometric(1 / length)))):         # longer ones look like a rhythm of their own
                if i < len(n) and normal[i + 1]:
                    new[i], p[i], letters[i + 1] = usual * pace * rng.uniform(0.95, 1.05), focus, "A"
                i += 1
    elif kind == "fibril":
        mean = usual * rng.uniform(0.75, 1.1)
        spread = rng.uniform(0.14, 0.3)
        slow = 1 + 0.15 * np.sin(np.arange(len(n)) / rng.uniform(10, 60))
        free = mean * slow * rng.gamma(1 / spread ** 2, spread ** 2, len(n))
        early = ~normal[1:]
        new = np.where(early, np.minimum(n, 1.2 * free), np.maximum(free, 0.3 * RATE))   # ventricular beats stay early
        p = [0 if a else None for a in normal[1:]]
    else:
        swing, period = rng.uniform(0.05, 0.2), rng.uniform(3, 9)
        new = n * (1 + swing * np.sin(2 * np.pi * np.cumsum(np.ones(len(n))) / period + rng.uniform(0, 6)) + rng.normal(0, 0.04, len(n)))
    new = np.clip(np.round(new), 0.25 * RATE, 3 * RATE).astype(int)
    y, beats = assemble(flat, times, parts, new, p, rng, noise)
    t = np.arange(len(y)) / RATE
    if kind == "fibril":
        phase = 2 * np.pi * np.cumsum(rng.uniform(4.5, 8) + 1.0 * np.sin(2 * np.pi * t * rng.uniform(0.1, 0.4))) / RATE
        size = rng.uniform(0, 0.09, 2)
        wave = np.sin(phase) + 0.5 * np.sin(2 * phase + 1) + 0.4 * np.sin(0.73 * phase)
        y += wave[:, None] * size * (1 + 0.4 * np.sin(2 * np.pi * t * 0.23))[:, None]
    y += 0.05 * np.sin(2 * np.pi * t * rng.uniform(0.15, 0.35))[:, None] * rng.uniform(0, 2, 2)
    write(out, y, beats, letters[:len(beats)], names)
