"""A trained network as ONNX: opset 13, batch 1, batch norm left in the graph, the weights that the forward pass really uses."""
import copy

import numpy as np
import torch

from .loop import predict, to_input
from .nets import layers


def plain(net):
    """A copy whose weights are already on their grids and masked, in the standard memory order."""
    net = copy.deepcopy(net).to("cpu", memory_format=torch.contiguous_format).eval()
    with torch.no_grad():
        for _, m in layers(net):
            m.weight.copy_(m.effective())
            m.keep.fill_(1)
            m.grid = None
    if hasattr(net, "aux") and not net.attend:
        net.aux_stage = None
        del net.aux
    return net


def export(net, path, recipe, check):
    """check: uint8 pictures [n, C, H, W] on which onnxruntime must agree with PyTorch."""
    import onnx
    import onnxruntime

    box = recipe["input"]
    net = plain(net)
    for m in net.modules():                                    # `keep` is all ones now: no product for it in the file
        if hasattr(m, "keep"):
            m.effective = lambda m=m: m.weight
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(net, torch.zeros(1, box["channels"], box["height"], box["width"]), str(path), opset_version=13, dynamo=False,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["image"], output_names=["logits"])
    model = onnx.load(path)
    for n in model.graph.node:
        n.doc_string = ""
        del n.metadata_props[:]
    model.doc_string = model.graph.doc_string = ""
    model.graph.name = recipe["name"]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    run = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for p in check:
        z = run.run(["logits"], {"image": to_input(torch.from_numpy(p[None])).numpy()})[0][0]
        worst = max(worst, float(np.abs(z.squeeze() - predict(net, p[None])[0]).max()))
    if worst > 1e-3:
        raise SystemExit(f"{path.name}: onnxruntime differs by {worst:.2g} from PyTorch")
    return path
