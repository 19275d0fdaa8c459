"""model.py: a network as a PyTorch module that a person can read."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from nnkernels.spec import Shape, losses, size_of
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.called import called_with
from nnstudio.export.pytorch.graph import Graph, graph_of
from nnstudio.export.pytorch.helpers import HELPERS

LINE = 108
HEAD = '''"""A neural network written by nnstudio {version}, as a PyTorch module.

{calls}    python model.py rows.npy                    prints what it predicts
    python model.py rows.npy --out out.npy      writes what its first output gives

rows.npy holds the inputs in the units of the data, {rows}.
"""

import argparse
{system}{ordered}from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

WEIGHTS = Path(__file__).with_name("model.safetensors")
'''
PREPARE = '''def prepare(rows):
    """Rows (n{shape}) in the units of the data, as the model takes them{turned}."""
    x = np.asarray(rows, dtype=np.float64)
    if x.shape[1:] not in {shapes}:
        raise ValueError(f"The rows must be an array (n{shape}), but this one is {{x.shape}}.")
    x = (x.reshape(len(x){shape}) - INPUT_SHIFT) / INPUT_SCALE
    return torch.tensor(x, dtype=torch.float32){turn}
'''
LOAD = '''def load(weights=WEIGHTS):
    """The trained model, ready to predict."""
    model = Model()
    model.load_state_dict(load_file(weights), strict=True)
    return model.eval()


@torch.no_grad()
def outputs(rows, model=None):
    """What the first output gives: an array (n{output}){turned}."""
    model = (model or load()).eval()
    device = next(model.parameters(), torch.empty(0)).device
    y = model(prepare(rows).to(device)){first}
    return y{turn}.cpu().numpy()
'''
PREDICT = {
    "classes": '''def predict(rows, model=None):
    """The name of the class of each row."""
    return [CLASSES[i] for i in outputs(rows, model).argmax(axis=1)]
''',
    "labels": '''def predict(rows, model=None):
    """The names of the classes of each row, one for each of TARGETS."""
    numbers = outputs(rows, model).argmax(axis=-1)
    return [[CLASSES[i] for i in row.ravel()] for row in numbers]
''',
    "two labels": '''def predict(rows, model=None):
    """The names of the classes of each row, one for each of TARGETS."""
    numbers = (outputs(rows, model)[..., 0] > {threshold}).astype(int)
    return [[CLASSES[i] for i in row.ravel()] for row in numbers]
''',
    "shares": '''def predict(rows, model=None):
    """How likely each target of each row holds: an array (n, {width})."""
    return 1 / (1 + np.exp(-outputs(rows, model).reshape(-1, {width})))
''',
    "two classes": '''def predict(rows, model=None):
    """The name of the class of each row."""
    return [CLASSES[int(y > {threshold})] for y in outputs(rows, model)[:, 0]]
''',
    "numbers": '''def predict(rows, model=None):
    """The targets of each row, in their own units: an array (n, {width})."""
    y = outputs(rows, model).reshape(-1, {width})
    return y * TARGET_SCALE{columns} + TARGET_SHIFT{columns}
''',
}
MAIN = """if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Predict with the trained network.")
    parser.add_argument("rows", type=Path, help="{kinds}")
{invert}    parser.add_argument("--out", type=Path, help="an .npy file for what the first output gives")
    options = parser.parse_args()
{given}    if options.out:
        np.save(options.out, outputs(given))
    else:
        for predicted in predict(given):
            print({printed})
"""


def taken_shapes(shape: Shape) -> str:
    """The shapes that `prepare` takes samples in, as a list: they may come flat, as from a table."""
    shapes = sorted({shape, (size_of(shape),)}, key=len, reverse=True)
    return f"[{', '.join(map(str, shapes))}]"


def model_text(network: ExportedNetwork, version: str) -> str:
    """The whole file. Raises ExportError."""
    graph, shape = graph_of(network), network.input_shape
    numbers = "".join(f", {n}" for n in shape)
    ordered = "from collections import OrderedDict\n" if graph.sequential else ""
    called = called_with(network)
    head = HEAD.format(
        version=version, ordered=ordered, rows=f"(n{numbers})", calls=called.calls, system=called.imports
    )
    picture = len(shape) == 3
    several = len(network.targets) > 1
    prepare = PREPARE.format(
        shape=numbers,
        shapes=taken_shapes(shape),
        turned=", channels first" if picture else "",
        turn=".permute(0, 3, 1, 2)" if picture else "",
    )
    node = next(n for n in network.nodes if n.id == network.output)
    output = "".join(f", {n}" for n in node.shape)
    parts = [
        head + constants(network),
        *(HELPERS[name] for name in sorted(graph.helpers)),
        _class(graph, shape),
        *called.reader,
        prepare,
        LOAD.format(
            output=output,
            first="[0]" if several else "",
            turned=", channels last" if graph.turns[network.output] else "",
            turn=graph.turns[network.output],
        ),
        predict_text(network, node.shape),
        MAIN.format(
            printed="predicted" if network.classes else '*predicted, sep=","', kinds=called.kinds,
            invert=called.option, given=called.given,
        ),
    ]  # fmt: skip
    return "\n\n".join(parts)


def constants(network: ExportedNetwork) -> str:
    """Names and scaling, as Python."""
    p, shape = network.preprocessing, network.input_shape
    lines = []
    if network.classes:
        lines.append(listed("CLASSES", [str(c) for c in network.classes]))
    if len(p["features"]) == size_of(shape):
        lines.append(listed("FEATURES", [str(f) for f in p["features"]]))
    lines.append(listed("TARGETS", [str(t) for t in p["targets"]]))
    lines += ["# A value v of the data enters as (v - INPUT_SHIFT) / INPUT_SCALE.", *scaling_lines(network)]
    if not network.classes:
        lines.append("# The network gives (target - TARGET_SHIFT) / TARGET_SCALE.")
        for end in ("SHIFT", "SCALE"):
            values = p[f"y_{end.lower()}"]
            lines.append(_scaling(f"TARGET_{end}", values, (len(values),), bool(_picked(network))))
    return "\n".join(lines) + "\n"


def scaling_lines(network: ExportedNetwork) -> list[str]:
    """INPUT_SHIFT and INPUT_SCALE, as Python."""
    p, shape = network.preprocessing, network.input_shape
    return [_scaling(f"INPUT_{end}", p[f"x_{end.lower()}"], shape) for end in ("SHIFT", "SCALE")]


def class_text(network: ExportedNetwork) -> tuple[str, set[str]]:
    """The class Model, and the keys of `HELPERS` that it needs. Raises ExportError."""
    graph = graph_of(network)
    return _class(graph, network.input_shape), graph.helpers


def _scaling(name: str, values: Sequence[float], shape: Shape, whole: bool = False) -> str:
    """One number where all are alike; the shape of a sample where there is one for each of its values."""
    if len(set(values)) == 1 and not whole:
        return f"{name} = {float(values[0])!r}"
    text = listed(name, [float(v) for v in values], "np.array([", "])")
    if len(shape) > 1 and len(values) == size_of(shape):
        text += f".reshape({', '.join(str(n) for n in shape)})"
    return text


def listed(name: str, values: Sequence[Any], start: str = "[", end: str = "]") -> str:
    """``NAME = [...]``, in lines that are not too long; texts are quoted, so that none becomes code."""
    words = [repr(v) for v in values]
    one = f"{name} = {start}{', '.join(words)}{end}"
    if len(one) <= LINE:
        return one
    lines, line = [], "   "
    for word in words:
        if len(line) + len(word) + 2 > LINE and line.strip():
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([f"{name} = {start}", *lines, line, end])


def _class(graph: Graph, shape: Shape) -> str:
    entering = (shape[-1], *shape[:-1]) if len(shape) == 3 else shape
    taken = f"({', '.join(['n', *(str(n) for n in entering)])})"
    doc = [f'"""Takes {taken}, scaled by `prepare`."""']
    if graph.left_out:
        names = ", ".join(graph.names[node] for node in graph.left_out)
        doc += textwrap.wrap(
            f"# Left out, for they only change pictures while training: {names}.", 100, subsequent_indent="# "
        )
    if graph.sequential:
        body = [
            _commented(f'    ("{name}", {expression}),', shape) for name, expression, shape in graph.modules
        ]
        body = ["super().__init__(OrderedDict([", *body, "]))"]
        return _block("class Model(nn.Sequential):", [*doc, "", "def __init__(self):", *_in(body)])
    init = [f"self.{name} = {expression}" for name, expression, _shape in graph.modules]
    forward = [_commented(line, comment) for line, comment in graph.lines]
    return _block(
        "class Model(nn.Module):",
        [*doc, "", "def __init__(self):", *_in(["super().__init__()", *init]), "", "def forward(self, x):",
         *_in(forward)],
    )  # fmt: skip


def _in(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _block(head: str, lines: Sequence[str]) -> str:
    return "\n".join([head, *_in(lines)]) + "\n"


def _commented(line: str, comment: str) -> str:
    return f"{line}  # {comment}" if comment else line


def predict_text(network: ExportedNetwork, output: Shape) -> str:
    """What names classes, or scales numbers back, from what `outputs` gives."""
    if not network.classes:
        which = "shares" if _gives_logits_of_labels(network) else "numbers"
        return PREDICT[which].format(width=size_of(output), columns=_picked(network))
    if output[-1] > 1:
        return PREDICT["classes" if len(output) == 1 else "labels"]
    target = network.targets[0]
    end = next(n for n in network.nodes if n.id == target.node)
    # Behind a Sigmoid are probabilities, else logits.
    source = next(n for n in network.nodes if n.id == end.inputs[0])
    sigmoid = source.layer.id == losses["binary_cross_entropy"].folds
    which = "two classes" if len(output) == 1 else "two labels"
    return PREDICT[which].format(threshold=0.5 if sigmoid else 0)


def _gives_logits_of_labels(network: ExportedNetwork) -> bool:
    """Whether the first Output gives numbers of which its loss makes the probabilities of labels."""
    target = network.targets[0]
    end = next(n for n in network.nodes if n.id == target.node)
    return losses[target.loss].for_labels and target.logits == end.inputs[0]


def _picked(network: ExportedNetwork) -> str:
    """Which targets the first Output gives, where each has a scaling of its own."""
    columns, p = network.targets[0].columns, network.preprocessing
    if columns is None or max(len(p["y_shift"]), len(p["y_scale"])) == 1:
        return ""
    return f"[{list(columns)}]"


__all__ = ["class_text", "constants", "listed", "model_text", "predict_text", "scaling_lines"]
