"""Writes tests/fuzz/corpus/onnx/: small ONNX graphs, one or a few operators each, for the importer's fuzzer.
A file's first byte is the fuzz target's choice of options, the rest is the ONNX model.

Needs the packages onnx and numpy; the files it writes are committed, so tests do not need it. Weights are seeded noise.
"""
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OUT = pathlib.Path(__file__).parent / "corpus" / "onnx"
random = np.random.default_rng(1)


def weight(name, *shape):
    return numpy_helper.from_array(random.normal(0, 0.3, shape).astype(np.float32), name)


def vector(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, kind), name)


def save(name, nodes, inputs, outputs, constants=(), opset=13):
    values = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in side.items()] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, values[0], values[1], list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)
    (OUT / f"{name}.bin").write_bytes(b"\0" + model.SerializeToString())


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    node, image = helper.make_node, {"x": [1, 2, 6, 6]}
    save("conv_bn_relu", [node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
                          node("BatchNormalization", ["a", "g", "b", "m", "v"], ["c"]), node("Relu", ["c"], ["y"])],
         image, {"y": [1, 4, 6, 6]},
         [weight("w", 4, 2, 3, 3), vector("g", [1, 2, 1, 1]), vector("b", [0, 1, 0, 0]), vector("m", [0] * 4), vector("v", [1] * 4)])
    save("conv_grouped_dilated", [node("Conv", ["x", "w", "b"], ["y"], group=2, dilations=[2, 2], strides=[1, 1])],
         image, {"y": [1, 2, 2, 2]}, [weight("w", 2, 1, 3, 3), weight("b", 2)])
    save("conv_same_upper", [node("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER", strides=[2, 2])], image,
         {"y": [1, 3, 3, 3]}, [weight("w", 3, 2, 3, 3)])
    save("pools", [node("MaxPool", ["x"], ["a"], kernel_shape=[2, 2], strides=[2, 2]),
                   node("AveragePool", ["a"], ["b"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
                   node("GlobalAveragePool", ["b"], ["y"])], image, {"y": [1, 2, 1, 1]})
    save("dense", [node("Flatten", ["x"], ["f"]), node("Gemm", ["f", "w", "b"], ["a"], transB=1), node("Softmax", ["a"], ["y"])],
         image, {"y": [1, 3]}, [weight("w", 3, 72), weight("b", 3)])
    save("matmul", [node("Reshape", ["x", "s"], ["f"]), node("MatMul", ["f", "w"], ["a"]), node("Add", ["a", "b"], ["y"])],
         image, {"y": [1, 2]}, [vector("s", [1, 72], np.int64), weight("w", 72, 2), weight("b", 2)])
    save("squeeze_excite", [node("GlobalAveragePool", ["x"], ["p"]), node("Conv", ["p", "w"], ["q"]), node("Sigmoid", ["q"], ["s"]),
                            node("Mul", ["x", "s"], ["y"])], image, {"y": [1, 2, 6, 6]}, [weight("w", 2, 2, 1, 1)])
    save("functions", [node("LeakyRelu", ["x"], ["a"], alpha=0.1), node("HardSigmoid", ["a"], ["b"]), node("Tanh", ["b"], ["c"]),
                       node("Elu", ["c"], ["d"]), node("Clip", ["d", "lo", "hi"], ["y"])], image, {"y": [1, 2, 6, 6]},
         [vector("lo", -0.5), vector("hi", 2)])
    save("concat_pad", [node("Pad", ["x", "p", "v"], ["a"], mode="constant"), node("Concat", ["a", "a"], ["y"], axis=1)], image,
         {"y": [1, 4, 8, 8]}, [vector("p", [0, 0, 1, 1, 0, 0, 1, 1], np.int64), vector("v", 0)])
    save("constant_node", [node("Constant", [], ["k"], value=weight("k", 1, 2, 1, 1)), node("Add", ["x", "k"], ["y"])], image,
         {"y": [1, 2, 6, 6]})
    save("mean_opset18", [node("ReduceMean", ["x", "axes"], ["y"], keepdims=1)], image, {"y": [1, 2, 1, 1]},
         [vector("axes", [2, 3], np.int64)], opset=18)
    save("cycle", [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])], image, {"y": [1, 2, 6, 6]})
    save("unknown_operator", [node("Einsum", ["x"], ["y"], equation="abcd->dcba")], image, {"y": [6, 6, 2, 1]})
    save("dynamic_batch", [node("Relu", ["x"], ["y"])], {"x": ["batch", 2, 6, 6]}, {"y": ["batch", 2, 6, 6]})
    save("dynamic_side", [node("Relu", ["x"], ["y"])], {"x": [1, 2, "height", 6]}, {"y": [1, 2, "height", 6]})


if __name__ == "__main__":
    main()
