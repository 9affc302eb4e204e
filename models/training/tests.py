"""python -m unittest training.tests (in models/); `npm test -- node` runs it where PyTorch is installed. Drawn pictures only."""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from PIL import Image, ImageDraw

from . import data, own, pixels, techniques
from .export import plain
from .loop import fit
from .nets import Classifier, UNet, layers
from .weights import GRIDS, prune, round_to, set_grid

SEED = 20261126
ARCH = {"stem": [4, 3, 2], "stages": [[8, 1, "full"], [8, 1, "light"]], "features": 8}


def shapes(folder, count=24):
    """Discs and bars, 60x52, as folder/<label>/NAME.png; masks of the discs beside."""
    rng = np.random.default_rng(SEED)
    for label in ("bar", "disc"):
        for i in range(count):
            image, mask = Image.new("RGB", (60, 52), (40, 50, 60)), Image.new("L", (60, 52))
            x, y = (int(v) for v in rng.integers(15, 40, 2))
            box = [x - 10, y - 10, x + 10, y + 10] if label == "disc" else [x - 14, y - 3, x + 14, y + 3]
            for canvas, ink in ((image, (200, 180, 160)), (mask, 255 if label == "disc" else 0)):
                (ImageDraw.Draw(canvas).ellipse if label == "disc" else ImageDraw.Draw(canvas).rectangle)(box, fill=ink)
            for kind, picture in ((label, image), ("masks", mask)):
                path = folder / kind / f"{label}{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                picture.save(path)


def patients(folder):
    """Shapes of which five at a time belong to one patient, as labels.csv says; the pictures' names in that order."""
    shapes(folder)
    names = sorted(p.name for p in folder.glob("[bd]*/*.png"))
    (folder / "labels.csv").write_text("file,patient\n" + "".join(f"{n},{i // 5}\n" for i, n in enumerate(names)))
    return names


class Pixels(unittest.TestCase):
    def test_resize_is_the_documented_one(self):
        rng = np.random.default_rng(SEED)
        for h, w, height, width in ((9, 7, 4, 3), (16, 16, 8, 8), (5, 12, 5, 7), (3, 4, 7, 9), (10, 3, 4, 6)):
            p = rng.integers(0, 256, (h, w)).astype(np.uint8)
            q = pixels.resize(p, height, width)
            for y in range(height):
                for x in range(width):
                    if h >= height and w >= width:
                        over = lambda i, x, n, m: max(0, min((i + 1) * m, (x + 1) * n) - max(i * m, x * n))
                        total = sum(over(j, y, h, height) * over(i, x, w, width) * int(p[j, i]) for j in range(h) for i in range(w))
                        expected = (total + h * w // 2) // (h * w)
                    else:
                        (i, f), (j, g) = divmod((2 * x + 1) * w - width, 2 * width), divmod((2 * y + 1) * h - height, 2 * height)
                        at = lambda j, i: int(p[min(max(j, 0), h - 1), min(max(i, 0), w - 1)])
                        row = lambda j: at(j, i) * (2 * width - f) + at(j, i + 1) * f
                        expected = (row(j) * (2 * height - g) + row(j + 1) * g + 2 * width * height) // (4 * width * height)
                    self.assertEqual(q[y, x], expected, f"{(h, w, height, width)} at {(x, y)}")


class Weights(unittest.TestCase):
    def test_grids_have_their_levels_and_are_idempotent(self):
        torch.manual_seed(SEED)
        w = torch.randn(6, 5, 3, 3)
        for grid, most in GRIDS.items():
            q = round_to(w, grid)
            for row in q.flatten(1):
                levels = row.abs().unique()
                self.assertLessEqual(len(levels), 8 if grid == "power-of-two" else most + 1, grid)
                if grid == "ternary":
                    self.assertLessEqual(len(levels), 2)
            if grid != "int8":
                self.assertTrue(torch.allclose(round_to(q, grid), q, atol=1e-6), grid)

    def test_pruning_keeps_what_it_says(self):
        net = Classifier(ARCH, 1, 2)
        found = layers(net)
        prune(found, "2:4")
        chosen = [m for _, m in found if (m.keep == 0).any()]
        self.assertTrue(chosen)
        for m in chosen:
            rows = (m.keep.permute(0, 2, 3, 1) if m.keep.ndim == 4 else m.keep).reshape(-1, 4)
            self.assertTrue((rows.sum(1) == 2).all())
        self.assertTrue((found[0][1].keep == 1).all() and (found[-1][1].keep == 1).all())

    def test_exported_weights_are_the_ones_used(self):
        torch.manual_seed(SEED)
        for net, x in ((Classifier(ARCH, 1, 2), torch.randn(1, 1, 16, 16)), (UNet({"stem": 5, "widths": [4, 8], "blocks": 1, "deep": 1}, 1), torch.randn(1, 1, 16, 16))):
            set_grid(layers(net), "ternary")
            net.eval()
            self.assertTrue(torch.allclose(plain(net)(x), net(x), atol=1e-6))


class Training(unittest.TestCase):
    def test_an_interrupted_run_ends_alike(self):
        rng = np.random.default_rng(SEED)
        x, y = rng.integers(0, 256, (40, 1, 16, 16)).astype(np.uint8), rng.integers(0, 2, 40)
        recipe = {"task": "classify", "labels": ["a", "b"]}
        how = {"arch": ARCH, "epochs": 7, "batch": 16}
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            whole = fit(f"{folder}/whole.pt", recipe, how, x, y, 3)

            class Stop(Exception):
                pass

            def stopping(*a):                                  # after the checkpoint of epoch 5
                raise Stop
            torch.set_num_threads(1)
            save = torch.save
            try:
                torch.save = lambda c, p: (save(c, p), c["epoch"] == 5 and Path(p).replace(f"{folder}/cut.pt") and stopping())
                with self.assertRaises(Stop):
                    fit(f"{folder}/cut.pt", recipe, how, x, y, 3)
            finally:
                torch.save = save
            resumed = fit(f"{folder}/cut.pt", recipe, how, x, y, 3)
        for a, b in zip(whole.state_dict().values(), resumed.state_dict().values()):
            self.assertTrue(torch.equal(a, b))


class Arranged(unittest.TestCase):
    def test_rules_are_those_of_the_evaluation(self):
        with tempfile.TemporaryDirectory() as t:
            folder = Path(t)
            (folder / "labels.csv").write_text("file,class,dup_group\n" + "".join(f"{i:03},benign,{i // 2}\n" for i in range(300)))
            for i in range(28):
                for end in (".jpg", "_1stHO.png"):
                    (folder / f"Image_{i:02}{end}").touch()
            script = ("import { rules } from './scripts/eval/arrange.mjs';"
                      "console.log(JSON.stringify({ busi: rules.busi(process.argv[1]), chase: rules.chase(process.argv[1]) }))")
            said = subprocess.run(["node", "--input-type=module", "-e", script, t], capture_output=True, text=True, check=True, cwd=data.ROOT)
            theirs = json.loads(said.stdout)
            for rule in ("busi", "chase"):
                self.assertEqual(data.RULES[rule](folder), theirs[rule])
            links = data.RULES["busi"](folder)
            for fold in range(5):
                parts = {s: {int(Path(p).stem) // 2 for p in links if p.startswith(f"fold{fold}/{s}/images/")} for s in ("train", "val", "test")}
                self.assertTrue(all(parts.values()))
                self.assertFalse(parts["train"] & parts["val"] or parts["train"] & parts["test"] or parts["val"] & parts["test"])
            tests = [p for p in links if p.startswith("fold") and "/test/images/" in p]
            self.assertEqual(len(tests), 300)                  # each picture is tested once


class OwnData(unittest.TestCase):
    def test_groups_are_not_divided(self):
        with tempfile.TemporaryDirectory() as t:
            folder = Path(t) / "in"
            names = patients(folder)
            own.divided(SimpleNamespace(data=folder, group="patient", task="classify"), Path(t))
            of = {n: i // 5 for i, n in enumerate(names)}
            parts = {s: {of[p.name] for p in (Path(t) / "data" / s).glob("[bd]*/*.png")} for s in ("train", "val", "test")}
            self.assertTrue(all(parts.values()))
            self.assertFalse(parts["train"] & parts["val"] or parts["train"] & parts["test"] or parts["val"] & parts["test"])

    def test_a_second_division_leaves_nothing_of_the_first(self):
        with tempfile.TemporaryDirectory() as t:
            folder = Path(t) / "in"
            names = patients(folder)
            for group in (None, "patient"):
                own.divided(SimpleNamespace(data=folder, group=group, task="classify"), Path(t))
            found = [p.name for p in (Path(t) / "data").glob("*/[bd]*/*.png")]
            self.assertEqual(sorted(found), names)

    def test_what_is_asked_is_trained(self):
        ask = {"distilled": True, "teacher": None, "fair": False, "pruning": "magnitude:0.5", "grid": "ternary"}
        self.assertEqual(techniques.parsed("distilled+magnitude:0.5+ternary"), ask)
        self.assertEqual(techniques.parsed("distilled:wide+4-bit")["teacher"], "wide")
        with self.assertRaises(SystemExit):
            techniques.parsed("foo")
        with self.assertRaisesRegex(SystemExit, "no teacher wide: its train.json names larger"):
            techniques.teachers_of(SimpleNamespace(name="x", how={"teachers": {"larger": {"variant": None, "seeds": [0]}}}), "wide")

    def test_bad_data_is_said_in_a_sentence(self):
        recipe = Path(__file__).resolve().parents[1] / "recipe"
        with tempfile.TemporaryDirectory() as t:
            shapes(Path(t) / "in")
            shutil.rmtree(Path(t) / "in" / "masks")
            few, empty, broken = (Path(t) / n for n in ("few", "empty", "broken"))
            shutil.copytree(Path(t) / "in", few)
            for p in sorted((few / "bar").iterdir())[2:]:
                p.unlink()
            empty.mkdir()
            shutil.copytree(Path(t) / "in", broken)
            for p in (broken / "bar").iterdir():
                p.write_bytes(p.read_bytes()[:60])
            for folder, word, extra in ((few, "at least three", []), (empty, "holds no", []), (broken, "cannot be read", []),
                                        (Path(t) / "in", "no label", ["--positive", "x"]), (Path(t) / "in", "labels.csv", ["--group", "patient"]),
                                        (Path(t) / "in", "no technique", ["--prune", "foo"])):
                done = subprocess.run([sys.executable, str(recipe), "train", "--task", "classify", "--data", str(folder), "--out", f"{t}/out-{word[:3]}",
                                       "--epochs", "1", "--arch", "tiny", *extra], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(word, done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_one_command_gives_a_model(self):
        recipe = Path(__file__).resolve().parents[1] / "recipe"
        with tempfile.TemporaryDirectory() as t:
            shapes(Path(t) / "all")
            for task in ("classify", "segment"):
                data = Path(t) / task
                if task == "classify":
                    data.mkdir()
                    for label in ("bar", "disc"):
                        (Path(t) / "all" / label).rename(data / label)
                else:
                    (data / "train" / "images").mkdir(parents=True)
                    (Path(t) / "all" / "masks").rename(data / "train" / "masks")
                    for p in sorted((Path(t) / "classify").rglob("*.png")):
                        (data / "train" / "images" / p.name).write_bytes(p.read_bytes())
                done = subprocess.run([sys.executable, str(recipe), "train", "--task", task, "--data", str(data), "--out", f"{t}/{task}-model",
                                       "--size", "32", "--arch", "tiny", "--epochs", "2", "--weights", "ternary"], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr[-2000:])
                made = {p.name for p in Path(f"{t}/{task}-model").iterdir()}
                self.assertLessEqual({f"{task}-model.bds", f"{task}-model.onnx", "CARD.md", "evaluation.json", "recipe.json", "train.json"}, made)


if __name__ == "__main__":
    unittest.main()
