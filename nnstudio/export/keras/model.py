"""model.py: a network in the functional API of Keras 3 that a person can read."""

from __future__ import annotations

import textwrap

from nnstudio.export.keras.graph import Graph, graph_of
from nnstudio.export.keras.helpers import HELPERS
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.called import called_with
from nnstudio.export.pytorch.model import constants, predict_text, taken_shapes

HEAD = '''"""A neural network written by nnstudio {version}, for Keras 3 on TensorFlow, JAX or PyTorch.

{calls}    python model.py rows.npy                    prints what it predicts
    python model.py rows.npy --out out.npy      writes what its first output gives
    python model.py --save model.keras          writes the whole model

rows.npy holds the inputs in the units of the data, {rows}.
KERAS_BACKEND=tensorflow, jax or torch chooses what Keras runs on; without it, what is installed does.
"""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

# Keras would ask for TensorFlow.
if "KERAS_BACKEND" not in os.environ and find_spec("tensorflow") is None:
    os.environ["KERAS_BACKEND"] = "jax" if find_spec("jax") else "torch"

import keras
import numpy as np
from keras import layers, ops
from safetensors.numpy import load_file

WEIGHTS = Path(__file__).with_name("model.safetensors")
keras.config.set_image_data_format("channels_last")
'''
REST = '''def prepare(rows):
    """Rows (n{shape}) in the units of the data, as the model takes them."""
    x = np.asarray(rows, dtype=np.float64)
    if x.shape[1:] not in {shapes}:
        raise ValueError(f"The rows must be an array (n{shape}), but this one is {{x.shape}}.")
    x = (x.reshape(len(x){shape}) - INPUT_SHIFT) / INPUT_SCALE
    return x.astype("float32")


def load(weights=WEIGHTS):
    """The trained model; file and model must have the same weights, by name and shape."""
    model, arrays = build(), load_file(weights)
    variables = {{variable.path: variable for variable in model.weights}}
    if arrays.keys() != variables.keys():
        others = ", ".join(sorted(arrays.keys() ^ variables.keys()))
        raise ValueError(f"{{weights}} holds the weights of another model; these do not match: {{others}}")
    for name, array in arrays.items():
        if variables[name].shape != array.shape:
            raise ValueError(f"{{weights}} has another shape for {{name}}: {{array.shape}}")
        variables[name].assign(array)
    return model


def outputs(rows, model=None):
    """What the first output gives: an array (n{output})."""
    model = model or load()
    y = model.predict(prepare(rows), verbose=0){first}
    return np.asarray(y)
'''
SAVING = """if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Predict with the trained network, or save it whole.")
    parser.add_argument("rows", nargs="?", type=Path, help="{kinds}")
{invert}    parser.add_argument("--out", help="write what the first output gives there, an .npy file")
    parser.add_argument("--save", metavar="FILE", help="a .keras file for the model with its weights")
    options = parser.parse_args()
    if options.save:
        load().save(options.save)
        sys.exit()
    if not options.rows:
        parser.error("name {kinds}; README.md tells more")
{given}    if options.out:
        np.save(options.out, outputs(given))
    else:
        for predicted in predict(given):
            print({printed})
"""


def model_text(network: ExportedNetwork, version: str) -> str:
    """The whole file. Raises ExportError."""
    graph, shape = graph_of(network), network.input_shape
    numbers = "".join(f", {n}" for n in shape)
    node = next(n for n in network.nodes if n.id == network.output)
    rest = REST.format(
        shape=numbers, shapes=taken_shapes(shape), output="".join(f", {n}" for n in node.shape),
        first="[0]" if len(graph.outputs) > 1 else "",
    )  # fmt: skip
    called = called_with(network)
    parts = [
        HEAD.format(version=version, rows=f"(n{numbers})", calls=called.calls) + constants(network),
        *(HELPERS[name] for name in sorted(graph.helpers)),
        _build(graph, network),
        *called.reader,
        rest,
        predict_text(network, node.shape),
        SAVING.format(
            printed="predicted" if network.classes else '*predicted, sep=","', kinds=called.kinds,
            invert=called.option, given=called.given,
        ),
    ]  # fmt: skip
    text = "\n\n".join(parts)
    return text if "ops." in text.replace("import layers, ops", "") else text.replace("layers, ops", "layers")


def _build(graph: Graph, network: ExportedNetwork) -> str:
    shape = network.input_shape
    lines = ["def build():", '    """The model with fresh weights; it takes what `prepare` gives."""']
    if graph.left_out:
        names = ", ".join(graph.names[node] for node in graph.left_out)
        said = f"# Left out, for they only change pictures while training: {names}."
        lines += [f"    {line}" for line in textwrap.wrap(said, 100, subsequent_indent="# ")]
    lines.append(f"    inputs = keras.Input(({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}))")
    lines += [f"    {line}{f'  # {comment}' if comment else ''}" for line, comment in graph.lines]
    given = graph.outputs[0] if len(graph.outputs) == 1 else f"[{', '.join(graph.outputs)}]"
    return "\n".join([*lines, f"    return keras.Model(inputs, {given})"]) + "\n"


__all__ = ["model_text"]
