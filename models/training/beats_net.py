"""The beat classifier: three convolutions over the slopes of two leads and of the usual beat, then the rhythm's and shape's numbers."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from .nets import Dense, Held, layers

STEPS, CHANNELS, SCALARS, LABELS = 88, 4, 56, 3
UNIT = 32                                              # both inputs are int8 and stand for 32nds


class Conv(Held, nn.Conv1d):
    """Convolution without bias, stride 2."""

    def __init__(self, cin, cout, k):
        super().__init__(cin, cout, k, 2, k // 2, bias=False)
        self.hold()

    def forward(self, x):
        return self._conv_forward(x, self.effective(), None)


class BeatNet(nn.Module):
    """beat [n, 4, 88], scalars [n, 56] -> logits of N, S, V. arch: {"widths": [a, b, c], "embed": e, "hidden": h, "dropout": p}."""

    def __init__(self, arch):
        super().__init__()
        w = arch["widths"]
        self.convs = nn.Sequential(*[nn.Sequential(Conv(i, o, 5), nn.BatchNorm1d(o), nn.ReLU()) for i, o in zip([CHANNELS, *w], w)])
        self.embed = Dense(w[-1] * (STEPS // 2 ** len(w)), arch["embed"])
        self.hidden = Dense(arch["embed"] + SCALARS, arch["hidden"])
        self.out = Dense(arch["hidden"], LABELS)
        self.drop = nn.Dropout(arch["dropout"])

    def forward(self, beat, scalars):
        x = F.relu(self.embed(self.convs(beat).flatten(1)))
        return self.out(self.drop(F.relu(self.hidden(self.drop(torch.cat([x, scalars], 1))))))


def macs(net):
    """Multiply-accumulates of one beat."""
    total, steps = 0, STEPS
    for _, m in layers(net):
        if isinstance(m, Conv):
            steps = (steps + 1) // 2
            total += m.weight.numel() * steps
        else:
            total += m.weight.numel()
    return total


def predict(net, data, rows, batch=4096):
    """Logits, float32 [rows, 3]."""
    net.eval()
    out = []
    with torch.no_grad():
        for b in torch.as_tensor(rows).split(batch):
            out.append(net(data.beat[b].float() / UNIT, data.scalars[b].float() / UNIT))
    return torch.cat(out).numpy()


def export(net, path, check):
    """ONNX, opset 13. The inputs begin with quantisation in 32nds, so that the compiler keeps exactly what the ECG chain gives.
    check: (beat, scalars) int8 tensors on which onnxruntime must agree."""
    import copy

    import numpy as np
    import onnx
    import onnxruntime
    from onnx import helper, numpy_helper

    net = copy.deepcopy(net).eval()
    with torch.no_grad():
        for _, m in layers(net):
            m.weight.copy_(m.effective())
            m.keep.fill_(1)
            m.grid = None
            m.effective = lambda m=m: m.weight
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(net, (torch.zeros(1, CHANNELS, STEPS), torch.zeros(1, SCALARS)), str(path), opset_version=13, dynamo=False,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["beat", "scalars"], output_names=["logits"])
    model = onnx.load(path)
    g = model.graph
    g.initializer.extend([numpy_helper.from_array(np.array(1 / UNIT, np.float32), "unit"), numpy_helper.from_array(np.array(0, np.int8), "zero")])
    first = []
    for name in ("beat", "scalars"):
        for n in g.node:
            for k, i in enumerate(n.input):
                if i == name:
                    n.input[k] = f"{name}.real"
        first += [helper.make_node("QuantizeLinear", [name, "unit", "zero"], [f"{name}.stored"]),
                  helper.make_node("DequantizeLinear", [f"{name}.stored", "unit", "zero"], [f"{name}.real"])]
    nodes = first + list(g.node)
    del g.node[:]
    g.node.extend(nodes)
    for n in g.node:
        n.doc_string = ""
        del n.metadata_props[:]
    model.doc_string = g.doc_string = ""
    g.name = "beats"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    run = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for b, s in zip(*check):
        x, f = b[None].float() / UNIT, s[None].float() / UNIT
        z = run.run(["logits"], {"beat": x.numpy(), "scalars": f.numpy()})[0]
        worst = max(worst, float(np.abs(z - net(x, f).detach().numpy()).max()))
    if worst > 1e-3:
        raise SystemExit(f"{path.name}: onnxruntime differs by {worst:.2g} from PyTorch")
    return path
