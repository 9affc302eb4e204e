"""Calls of the program `bedside`: compile and evaluate."""
import json
import subprocess

from .data import ROOT

PROGRAM = ROOT / "build" / "native" / "bedside"


def program():
    if not PROGRAM.is_file():
        subprocess.run(["node", str(ROOT / "scripts" / "build.mjs"), "native"], cwd=ROOT, check=True)
    return str(PROGRAM)


def call(*arguments):
    done = subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bedside {' '.join(map(str, arguments))}\n{done.stderr.strip()}")
    return done.stdout


def network_layers(onnx, scratch):
    """[(kind, name)] of the layers with weights, in order, as `bedside compile` names them."""
    text = call("compile", onnx, "-o", scratch)
    kinds = ("fully connected", "depthwise", "conv")
    return [(kind, line.split()[-1]) for line in text.splitlines() for kind in kinds if line.startswith(kind + " ")]


def weight_options(onnx, grid, scratch):
    """Options that put all but the first, the last and the depthwise layers on the grid (weights.set_grid does the same)."""
    if grid in (None, "int8"):
        return []
    named = network_layers(onnx, scratch)
    keep = [name for i, (kind, name) in enumerate(named) if kind == "depthwise" or i in (0, len(named) - 1)]
    return ["--weights", grid, "--layers", ",".join(f"{name}=int8" for name in keep)]


def compile_model(onnx, out, recipe, data, options=()):
    out.parent.mkdir(parents=True, exist_ok=True)
    return call("compile", onnx, "--recipe", recipe, "--data", data, "-o", out, *options)


def multiplications(bds):
    """Multiply-accumulates of the compiled file: without the channels that the compiler took away, and with the gate."""
    return json.loads(call("info", bds, "--json"))["macs"]


def evaluate(bds, data, split, onnx=None):
    """Figures of the compiled file in the native runtime."""
    return json.loads(call("eval", bds, "--data", data, "--split", split, "--json", *(["--float", onnx] if onnx else [])))
