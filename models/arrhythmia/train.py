#!/usr/bin/env python3
"""Heartbeats of MIT-BIH as N, S or V: the recipe behind arrhythmia.bds.

    train.py train        cross-validation inside DS1, then the networks; resumes, epoch by epoch
    train.py choose [T]   choice.json: techniques compared by cross-validation inside DS1, seeds 0 to 2
    train.py export       seeds/<n>.onnx and .bds, and arrhythmia.onnx, .bds of seed 0
    train.py test         the one step that reads DS2 (touches.json); writes training.json
    train.py techniques   techniques.json

Data: $BEDSIDE_DATA/mitdb/mitdb.tar.xz. Decided before DS2 was read: everything in train.json, by cross-validation inside DS1; the
shipped network is that of seed 0, whatever the other seeds score. The code is models/training/beats*.py. Not a medical device."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from training.beats import Model  # noqa: E402


def main():
    commands = {"train": Model.do_train, "export": Model.do_export, "test": Model.do_test, "techniques": Model.do_techniques, "choose": Model.do_choose}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    torch.set_num_threads(1)
    model = Model(Path(__file__).resolve().parent)
    names = sys.argv[2:]
    commands[sys.argv[1]](model, *([names] if sys.argv[1] in ("techniques", "choose") else []))


if __name__ == "__main__":
    main()
