"""What onnxruntime's own static quantisation makes of the same networks, weights and samples: writes baseline.json.

    pip install onnx onnxruntime numpy tflite
    node tests/torch/prepare.mjs
    python tests/torch/baseline.py

Per channel, QDQ, signed weights, unsigned activations, ranges by minimum and maximum: onnxruntime's defaults but for per_channel.
"""
import json
import os
import pathlib
import tempfile

import numpy as np
import onnx
import onnxruntime
import tflite
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


def resnet8(path):
    """The float ResNet-8 of MLPerf Tiny as ONNX (NCHW), from its .tflite: convolutions, additions, a mean, a dense layer, a softmax."""
    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    nodes, constants = [], []

    def data(i):
        tensor = graph.Tensors(i)
        return np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes(), np.float32).reshape(tensor.ShapeAsNumpy())

    def constant(name, array):
        constants.append(onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def options(op, kind):
        table = op.BuiltinOptions()
        out = kind()
        out.Init(table.Bytes, table.Pos)
        return out

    def activated(op_output, activation, make):
        name = f"t{op_output}"
        nodes.append(make(name + "_linear" if activation else name))
        if activation:
            nodes.append(onnx.helper.make_node("Relu", [name + "_linear"], [name]))

    for k in range(graph.OperatorsLength()):
        op = graph.Operators(k)
        code = model.OperatorCodes(op.OpcodeIndex()).DeprecatedBuiltinCode()
        x, y = [f"t{i}" for i in op.InputsAsNumpy()], op.Outputs(0)
        if code == tflite.BuiltinOperator.CONV_2D:
            o = options(op, tflite.Conv2DOptions)
            w = constant(f"w{k}", data(op.Inputs(1)).transpose(0, 3, 1, 2))
            b = constant(f"b{k}", data(op.Inputs(2)))
            activated(y, o.FusedActivationFunction(), lambda out: onnx.helper.make_node(
                "Conv", [x[0], w, b], [out], strides=[o.StrideH(), o.StrideW()], auto_pad="SAME_UPPER" if o.Padding() == 0 else "VALID"))
        elif code == tflite.BuiltinOperator.ADD:
            o = options(op, tflite.AddOptions)
            activated(y, o.FusedActivationFunction(), lambda out: onnx.helper.make_node("Add", x, [out]))
        elif code == tflite.BuiltinOperator.AVERAGE_POOL_2D:
            nodes.append(onnx.helper.make_node("GlobalAveragePool", [x[0]], [f"t{y}"]))
        elif code == tflite.BuiltinOperator.RESHAPE:
            nodes.append(onnx.helper.make_node("Flatten", [x[0]], [f"t{y}"]))
        elif code == tflite.BuiltinOperator.FULLY_CONNECTED:
            w, b = constant(f"w{k}", data(op.Inputs(1))), constant(f"b{k}", data(op.Inputs(2)))
            nodes.append(onnx.helper.make_node("Gemm", [x[0], w, b], [f"t{y}"], transB=1))
        elif code == tflite.BuiltinOperator.SOFTMAX:
            nodes.append(onnx.helper.make_node("Softmax", [x[0]], [f"t{y}"]))
        else:
            raise ValueError(f"operator {code}")
    value = onnx.helper.make_tensor_value_info
    made = onnx.helper.make_graph(nodes, "resnet8", [value(f"t{graph.Inputs(0)}", onnx.TensorProto.FLOAT, [1, 3, 32, 32])],
                                  [value(f"t{graph.Outputs(0)}", onnx.TensorProto.FLOAT, [1, 10])], constants)
    out = BUILD / "pretrainedResnet.onnx"
    onnx.save(onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 17)]), out)
    return out


def networks():
    yield from sorted(BUILD.glob("*.script.onnx"))
    yield HERE.parent.parent / "models" / "pneumonia" / "pneumonia.onnx"
    bench = pathlib.Path(os.environ.get("BEDSIDE_BENCH_MODELS", HERE.parent.parent.parent / "shared" / "bench-models"))
    if (bench / "pretrainedResnet.tflite").exists():
        yield resnet8(bench / "pretrainedResnet.tflite")


def main():
    onnxruntime.set_default_logger_severity(3)
    figures = {}
    for path in networks():
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
