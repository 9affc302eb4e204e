"""What onnxruntime's own static quantisation makes of the same networks, weights and samples: writes baseline.json.

    pip install onnx onnxruntime numpy
    node tests/torch/prepare.mjs
    python tests/torch/baseline.py

Per channel, QDQ, signed weights, unsigned activations, ranges by minimum and maximum: onnxruntime's defaults but for per_channel.
"""
import json
import pathlib
import tempfile

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = pathlib.Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "torch"


class Reader(CalibrationDataReader):
    def __init__(self, name, samples):
        self.rest = iter([{name: sample[None]} for sample in samples])

    def get_next(self):
        return next(self.rest, None)


def run(path, samples):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: sample[None]})[0].ravel() for sample in samples]).astype(np.float64)


def main():
    onnxruntime.set_default_logger_severity(3)
    figures = {}
    for path in sorted(BUILD.glob("*.script.onnx")):
        name = path.name.split(".")[0]
        calibration, x = (np.load(BUILD / f"{name}.{kind}.npy") for kind in ("calibration", "x"))
        with tempfile.TemporaryDirectory() as folder:
            prepared, quantised = pathlib.Path(folder, "prepared.onnx"), pathlib.Path(folder, "int8.onnx")
            try:
                quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
                reader = Reader(onnxruntime.InferenceSession(str(path)).get_inputs()[0].name, calibration)
                quantize_static(str(prepared), str(quantised), reader, quant_format=QuantFormat.QDQ, per_channel=True,
                                weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8)
                real, stored = run(path, x), run(quantised, x)
            except Exception as error:
                print(f"{name}: {error}")
                continue
        noise = np.sum((real - stored) ** 2)
        figures[name] = {"onnxruntime": onnxruntime.__version__, "sqnr_db": round(10 * float(np.log10(np.sum(real ** 2) / noise)), 3)}
        print(name, figures[name]["sqnr_db"])
    (HERE / "baseline.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
