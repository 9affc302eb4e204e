"""Exports the architectures of torchvision, and a few small networks, with both exporters of PyTorch, without their weights.

    pip install torch==2.9.1 torchvision==0.24.1 onnx onnxscript
    python export.py            # writes networks/<name>.<exporter>.onnx.gz

The tests fill the weights in (fill.mjs): seeded noise of the size that keeps signals at one level. So the real graphs of both
exporters are tested without 200 MB of weights in the repository. Large initialisers lose their data here and keep their shape.
"""
import gzip
import pathlib
import sys
import warnings

import onnx
import torch
import torchvision

warnings.filterwarnings("ignore")
KEEP = 64  # elements of an initialiser that is kept as it is: shapes, scalars, small vectors
SIZE = 96


class Tiny(torch.nn.Module):
    """A little of much that classifiers are made of."""

    def __init__(self):
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 8, 3, 2, 1)
        self.norm = torch.nn.BatchNorm2d(8)
        self.depthwise = torch.nn.Conv2d(8, 8, 3, 1, 1, groups=8)
        self.point = torch.nn.Conv2d(8, 16, 1)
        self.up = torch.nn.ConvTranspose2d(16, 4, 2, 2)
        self.head = torch.nn.Linear(4, 5)

    def forward(self, x):
        x = torch.nn.functional.silu(self.norm(self.stem(x)))
        y = torch.nn.functional.hardswish(self.point(self.depthwise(x)))
        y = torch.nn.functional.gelu(self.up(y))
        y = torch.nn.functional.interpolate(y, scale_factor=0.5, mode="bilinear", align_corners=False)
        return self.head(y.mean((2, 3)))


class Attention(torch.nn.Module):
    """One block of a vision transformer."""

    def __init__(self):
        super().__init__()
        self.patch = torch.nn.Conv2d(3, 16, 8, 8)
        self.block = torch.nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, norm_first=True, activation="gelu", dropout=0.0)
        self.head = torch.nn.Linear(16, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        return self.head(self.block(x).mean(1))


class Recurrent(torch.nn.Module):
    """A heartbeat classifier over 16 samples."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(2, 8, 5, padding=2)
        self.lstm = torch.nn.LSTM(8, 12, batch_first=True, bidirectional=True)
        self.gru = torch.nn.GRU(24, 10, batch_first=True)
        self.head = torch.nn.Linear(10, 5)

    def forward(self, x):
        x = torch.relu(self.conv(x)).transpose(1, 2)
        x, _ = self.lstm(x)
        x, _ = self.gru(x)
        return self.head(x[:, -1])


class Segment(torch.nn.Module):
    """A U-Net of two levels."""

    def __init__(self):
        super().__init__()
        conv = lambda i, o: torch.nn.Sequential(torch.nn.Conv2d(i, o, 3, padding=1), torch.nn.BatchNorm2d(o), torch.nn.ReLU())
        self.a, self.b, self.c = conv(1, 8), conv(8, 16), conv(24, 8)
        self.end = torch.nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(torch.nn.functional.max_pool2d(a, 2))
        b = torch.nn.functional.interpolate(b, scale_factor=2, mode="nearest")
        return torch.sigmoid(self.end(self.c(torch.cat([a, b], 1))))


models = torchvision.models
NETWORKS = {
    "mobilenet_v2": (lambda: models.mobilenet_v2(), (3, SIZE, SIZE)),
    "mobilenet_v3_small": (lambda: models.mobilenet_v3_small(), (3, SIZE, SIZE)),
    "mobilenet_v3_large": (lambda: models.mobilenet_v3_large(), (3, SIZE, SIZE)),
    "efficientnet_b0": (lambda: models.efficientnet_b0(), (3, SIZE, SIZE)),
    "squeezenet1_1": (lambda: models.squeezenet1_1(), (3, SIZE, SIZE)),
    "mnasnet1_0": (lambda: models.mnasnet1_0(), (3, SIZE, SIZE)),
    "googlenet": (lambda: models.googlenet(aux_logits=False, init_weights=False), (3, SIZE, SIZE)),
    "resnet50": (lambda: models.resnet50(), (3, SIZE, SIZE)),
    "tiny": (Tiny, (3, 32, 32)),
    "attention": (Attention, (3, 32, 32)),
    "recurrent": (Recurrent, (2, 16)),
    "segment": (Segment, (1, 32, 32)),
}


def strip(model):
    """Takes the data of large float initialisers away, and what the exporter noted for people."""
    for tensor in model.graph.initializer:
        count = 1
        for dim in tensor.dims:
            count *= dim
        if count > KEEP and tensor.data_type == onnx.TensorProto.FLOAT:
            for field in ("raw_data", "float_data"):
                tensor.ClearField(field)
    for node in model.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    for value in list(model.graph.input) + list(model.graph.output) + list(model.graph.initializer):
        value.ClearField("doc_string")
        if hasattr(value, "metadata_props"):
            del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.metadata_props[:]
    del model.functions[:]
    return model


def main(names):
    folder = pathlib.Path(__file__).parent / "networks"
    folder.mkdir(exist_ok=True)
    for name in names or NETWORKS:
        make, shape = NETWORKS[name]
        torch.manual_seed(1)
        network = make().eval()
        x = torch.randn(1, *shape)
        for exporter in ("script", "dynamo"):
            path = folder / f"{name}.{exporter}.onnx"
            try:
                if exporter == "script":
                    torch.onnx.export(network, x, path, input_names=["x"], output_names=["y"], opset_version=17, dynamo=False)
                else:
                    torch.onnx.export(network, (x,), path, input_names=["x"], output_names=["y"], dynamo=True, external_data=False)
            except Exception as error:  # the exporter's own limits; said, not hidden
                print(f"{name} {exporter}: not exported: {str(error).splitlines()[0]}", file=sys.stderr)
                continue
            model = strip(onnx.load(path, load_external_data=False))
            path.unlink()
            for extra in folder.glob("*.data"):
                extra.unlink()
            data = model.SerializeToString()
            with open(f"{path}.gz", "wb") as out:
                out.write(gzip.compress(data, 9, mtime=0))
            print(f"{name} {exporter}: {len(model.graph.node)} nodes, {len(data)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
