"""The format ONNX: what it refuses, what it writes, and ONNX Runtime as its judge."""

from __future__ import annotations

import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.export.format import ExportError, Format, formats, refuse_options, refuse_others
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.onnx.emitters import EMITTERS, heeded
from nnstudio.export.onnx.example import named
from nnstudio.export.onnx.graph import OPSET
from nnstudio.export.onnx.model import EXAMPLE, plain_model, rows_model, why_no_rows
from nnstudio.export.onnx.rows import cells_by_name
from nnstudio.export.onnx.units import FARTHEST, UNSCALED, scaled_again, unscalings

# A protocol buffer holds 2 GiB.
MOST_BYTES = 2**31 - 2**24


@formats.register
class Onnx(Format):
    """One file with the graph, the weights and the description; the batch axis is free."""

    id = "onnx"
    title = "ONNX"
    help = (
        f"A graph (opset {OPSET}) for ONNX Runtime and all that reads ONNX; takes values in the units of the "
        "data, pictures with channels first."
    )
    suffix = ".onnx"
    extra = "onnx"
    order = 2
    options = (
        Option(
            "rows",
            False,
            "The graph takes cells of a table, or pictures with channels last, and also gives the class by "
            "name or the target in its unit.",
        ),
    )

    def check(self, network: ExportedNetwork) -> None:
        if find_spec("onnx") is None:
            raise ExportError(
                "Writing ONNX needs the package onnx, which is not installed: pip install nnstudio[onnx]."
            )
        refuse_others(self.title, network, EMITTERS.keys() | {"input"})
        refuse_options(self.title, network, heeded)
        if self.setting("rows") and (why := why_no_rows(network)):
            raise ExportError(f"ONNX cannot take rows as they are here. {why} Leave the option rows off.")
        size = sum(array.nbytes for array in network.arrays.values())
        if size > MOST_BYTES:
            raise ExportError(
                f"ONNX files hold 2 GiB, and the weights are {size / 2**30:.1f} GiB. Choose safetensors."
            )

    def write(self, network: ExportedNetwork, path: Path) -> None:
        model = rows_model(network) if self.setting("rows") else plain_model(network)
        path.write_bytes(model.SerializeToString())

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        import onnx

        texts = {p.key: p.value for p in onnx.load(path).metadata_props}
        return named(texts[EXAMPLE], path.name)

    def in_and_out(self, network: ExportedNetwork) -> str:
        if self.setting("rows"):
            return f"It takes cells, or pictures, as they are, and gives {_answer_of_rows(network)}."
        if not network.has_scaled_targets:
            return ""
        if unscalings(network):
            return "It takes values in the units of the data and gives the targets in their own units."
        return (
            "It takes values in the units of the data, but gives SCALED numbers: times y_scale plus y_shift "
            "of 'scaling' in its metadata they are the targets. These lie more than "
            f"{FARTHEST:.0f} times their scale from 0, for which float32 has too few digits."
        )

    def judge(self) -> str:
        for package, title in (("onnxruntime", "ONNX Runtime"), ("onnx", "the reference of onnx")):
            if find_spec(package) is not None:
                return f"{title} {version(package)}"
        return ""

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        given = self._given(path, inputs)
        return None if given is None else given[0]

    def other_outputs(self, path: Path, inputs: np.ndarray) -> list[np.ndarray] | None:
        given = self._given(path, inputs)
        return None if given is None else given[1:]

    def _given(self, path: Path, inputs: np.ndarray) -> list[np.ndarray] | None:
        """What each Output gives; answers in words or units, which come behind them, are left out."""
        ran = run(path)
        if ran is None:
            return None
        session, texts = ran
        names = json.loads(texts["outputs"])[: json.loads(texts.get("ends", "1"))]
        given = session(names, _given(texts, inputs))
        unscaled = json.loads(texts.get(UNSCALED, "{}"))
        last = [np.moveaxis(values, 1, -1) if values.ndim == 4 else values for values in given]
        return [scaled_again(v, unscaled.get(name)) for name, v in zip(names, last, strict=True)]


def _answer_of_rows(network: ExportedNetwork) -> str:
    """What a graph of rows gives, in words."""
    if network.classes:
        return "the name of the class"
    if not network.has_scaled_targets or unscalings(network):
        return "the targets in their own units"
    return (
        "the target in its own unit as 'prediction', with the few digits that float32 has for targets more "
        f"than {FARTHEST:.0f} times their scale from 0; the other outputs are SCALED: times y_scale plus "
        "y_shift of 'scaling' in its metadata they are the targets"
    )


def _given(texts: dict[str, str], inputs: np.ndarray) -> dict[str, np.ndarray]:
    """What goes into each graph input, for samples in the data's units with channels last."""
    if "rows" in texts and inputs.ndim == 4:
        (entry,) = json.loads(texts["rows"])
        return {entry["name"]: inputs.astype(np.float32)}
    if "rows" in texts:
        return cells_by_name(json.loads(texts["columns"]), json.loads(texts["rows"]), inputs)
    values = {}
    for entry in json.loads(texts["inputs"]):
        chosen = entry["columns"]
        x = inputs if chosen is None else inputs.reshape(len(inputs), -1)[:, chosen]
        values[entry["name"]] = (np.moveaxis(x, -1, 1) if x.ndim == 4 else x).astype(np.float32)
    return values


def _has_groups(node: Any) -> bool:
    """Whether it is a ConvTranspose in groups, of which the reference of onnx fails."""
    return node.op_type == "ConvTranspose" and any(a.name == "group" and a.i > 1 for a in node.attribute)


def run(path: Path) -> tuple[Any, dict[str, str]] | None:
    """A function ``(names of outputs, inputs by name) -> arrays`` and the metadata; None where nothing here
    runs ONNX. Raises ExportError for a file that cannot be run.
    """
    if find_spec("onnxruntime") is not None:
        import onnxruntime

        try:
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        # Its errors have no base class but Exception.
        except Exception as error:
            raise ExportError(f"ONNX Runtime cannot load it: {error}") from error
        return session.run, session.get_modelmeta().custom_metadata_map
    if find_spec("onnx") is not None:
        import onnx
        from onnx.reference import ReferenceEvaluator

        model = onnx.load(path)
        if any(_has_groups(node) for node in model.graph.node):
            return None
        return ReferenceEvaluator(model).run, {p.key: p.value for p in model.metadata_props}
    return None
