"""python -m unittest training.tests_beats (in models/): from made-up WFDB records to a judged .bds; no patient's beat."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from . import beats, bedside
from .beats_net import BeatNet, layers
from .beats_retime import RATE, retime
from .beats_train import figures

SEED = 20261126


def made_up(path, seed, seconds=150):
    """Two leads in format 212 with N, A and V beats."""
    rng = np.random.default_rng(seed)
    n = seconds * RATE
    t = np.arange(n) / RATE
    x = np.stack([0.1 * np.sin(t), 0.05 * np.cos(t)], 1) + rng.normal(0, 0.01, (n, 2))
    at, times, letters = 200, [], []
    size = rng.uniform(0.7, 1.4)
    while at < n - 300:
        kind = rng.choice(["N", "A", "V"], p=[0.8, 0.1, 0.1])
        times.append(at), letters.append(kind)
        s = (np.arange(at - 180, at + 180) - at) / RATE
        bump = lambda c, w, h: h * np.exp(-((s - c) / w) ** 2 / 2)
        if kind == "V":
            y = bump(0, 0.035, 1.5) - bump(0.09, 0.04, 0.7)
        else:
            y = bump(-0.16, 0.02, 0.12 if kind == "N" else -0.1) + bump(0, 0.011, 1.1) - bump(0.03, 0.01, 0.3) + bump(0.27, 0.05, 0.2)
        x[at - 180:at + 180] += size * y[:, None] * [1, -0.5]
        at += int(rng.normal(290, 8)) + (80 if kind != "N" else 0)
        if rng.random() < 0.1:
            at -= 70
    q = np.clip(np.round(x * 200 + 1024), -2048, 2047).astype(int).ravel() & 4095
    a, b = q[::2], q[1::2]
    np.stack([a & 255, a >> 8 | b >> 8 << 4, b & 255], 1).astype(np.uint8).tofile(path.with_suffix(".dat"))
    head = [f"{path.name} 2 {RATE} {n}"] + [f"{path.name}.dat 212 200 11 1024 0 0 0 {lead}" for lead in ("MLII", "V1")]
    path.with_suffix(".hea").write_text("\n".join(head) + "\n# 50 M 0 0 x1\n")
    code, last, words = {"N": 1, "A": 8, "V": 5}, 0, []
    for i, k in zip(times, letters):
        words.append(code[k] << 10 | (i - last))
        last = i
    np.array(words + [0], "<u2").tofile(path.with_suffix(".atr"))
    return times, letters


class Beats(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        torch.set_num_threads(1)

    def tearDown(self):
        self.folder.cleanup()

    def test_retimed_records_keep_their_beats(self):
        times, letters = made_up(self.path / "r", SEED)
        for kind in ("early", "fibril", "sway"):
            retime(self.path / "r", self.path / f"r-{kind}", kind, 1, seconds=150)
            bedside.call("beats", self.path / f"r-{kind}", "-o", self.path / "x.npz")
            with np.load(self.path / "x.npz") as z:
                symbols = [chr(s) for s in z["symbol"]]
                gaps = np.diff(z["at"].astype(int))
            self.assertGreater(len(symbols), 0.8 * len(times), kind)
            self.assertEqual(symbols.count("V") > 0, "V" in letters)
            if kind == "fibril":
                self.assertGreater(gaps.std() / gaps.mean(), 0.1)

    def test_figures_count_every_beat(self):
        f = figures(np.array([0, 0, 1, 2, 3, 4]), np.array([0, 1, 1, 2, 2, 0]))
        self.assertEqual(f["acc"], 50.0)
        self.assertEqual((f["s_se"], f["s_ppv"], f["v_se"], f["v_ppv"]), (100.0, 50.0, 100.0, 50.0))

    def test_weights_may_be_pruned_and_on_a_grid(self):
        from .weights import prune, set_grid
        net = BeatNet(beats.ARCH)
        prune(layers(net), "magnitude:0.5")
        set_grid(layers(net), "ternary")
        w = dict(layers(net))["hidden"].effective()
        self.assertGreater(float((w == 0).float().mean()), 0.45)
        self.assertTrue(all(len(row[row != 0].abs().unique()) <= 1 for row in w))

    def test_own_records_become_a_judged_file(self):
        data, out = self.path / "data", self.path / "out"
        data.mkdir()
        for i in range(6):
            made_up(data / f"p{i}", SEED + i)
        recipe = Path(__file__).resolve().parents[1] / "recipe"
        call = lambda *more: subprocess.run([sys.executable, str(recipe), "train", "--task", "beats", "--data", str(data), "--out", str(out), "--name",
                                             "made-up", *more], capture_output=True, text=True, check=False)
        done = call("--epochs", "2", "--weights", "ternary")
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        made = {p.name for p in out.iterdir()}
        self.assertLessEqual({"made-up.bds", "made-up.onnx", "CARD.md", "evaluation.json", "recipe.json", "train.json"}, made)
        for word, more in (("other options", ("--epochs", "3")), ("for pictures", ("--distil",)), ("for pictures", ("--size", "64"))):
            done = call(*more)
            self.assertEqual(done.returncode, 1)
            self.assertIn(word, done.stderr)
            self.assertNotIn("Traceback", done.stderr)
        run = json.loads((out / "training.json").read_text())["runs"][0]
        self.assertLess((out / "made-up.bds").stat().st_size, 15360)
        self.assertGreater(run["acc"], 0.8)
        self.assertGreater(run["float_agreement"], 0.97)
        self.assertEqual(len(json.loads((out / "touches.json").read_text())), 1)


if __name__ == "__main__":
    unittest.main()
