"""Import what ONNX's own backend tests hold, and compare what the engine gives with what they expect.

    PYTHONPATH=.:kernels python tests/foreign/onnx_backend_tests.py [node | models] [PART OF A NAME]

"node" are the tests of single operators, "models" the folders pytorch-converted, pytorch-operator and simple
of the package onnx. Prints a table in Markdown: how many pass, fail, or are not expressible, and why.
"""

from __future__ import annotations

import re
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers
from nnstudio.importing.onnx_elementwise import BY_VALUE
from nnstudio.importing.onnx_ops import MISSING
from nnstudio.importing.onnx_table import READERS
from nnstudio.model.atomic_file import FileError

FOLDERS = ("pytorch-converted", "pytorch-operator", "simple")
# Several values join there; of all other operators, the first input is a value and the others are arrays.
JOINS = {
    "Add", "Sum", "Sub", "Mul", "Mean", "Div", "Concat", "Max", "Min", "Pow", "SequenceConstruct",
    "SequenceInsert", "MatMul",
}  # fmt: skip
OTHERS_BY_VALUE = {
    "Sum",
    "Mean",
    "Add",
    "Sub",
    "Mul",
    "Neg",
    "Gelu",
    "Selu",
    "Pow",
    "Clip",
    "Swish",
    "Identity",
}
MOST_CHARACTERS = 90
LARGEST = float(np.finfo(np.float32).max)


def cases(kind: str) -> Iterator[tuple[str, str, Any, list[np.ndarray], list[np.ndarray]]]:
    """Folder or operator, name, model, inputs and outputs."""
    from onnx.backend.test import loader

    if kind == "node":
        for case in loader.load_model_tests(kind="node"):
            for inputs, outputs in case.data_sets[:1]:
                kind = case.model.graph.node[0].op_type
                if "_expanded" in case.name:
                    # The bodies of functions, which are made of other operators.
                    kind = "(bodies of functions)"
                yield kind, case.name, case.model, inputs, outputs
        return
    for folder in FOLDERS:
        for case in sorted(loader.load_model_tests(kind=folder), key=lambda case: case.name):
            where = Path(case.model_dir)
            model = onnx.load(where / "model.onnx")
            sets = sorted(where.glob("test_data_set_*"))
            inputs, outputs = (
                [_tensor(f) for f in sorted(sets[0].glob(f"{what}_*.pb"))] for what in ("input", "output")
            )
            yield folder, case.name, model, inputs, outputs


def _tensor(file: Path) -> np.ndarray:
    tensor = onnx.TensorProto()
    tensor.ParseFromString(file.read_bytes())
    return numpy_helper.to_array(tensor)


def tried(model: Any, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> tuple[str, str]:
    """How it went: "pass", "fail" or "not expressible", and why."""
    names = [value.name for value in model.graph.input]
    kept = {tensor.name for tensor in model.graph.initializer}
    names = [name for name in names if name not in kept]
    inputs, outputs = ([_array(x) for x in arrays] for arrays in (inputs, outputs))
    if len(names) != len(inputs) or any(not isinstance(x, np.ndarray) for x in [*inputs, *outputs]):
        return "not expressible", "Its inputs are no arrays, or some are left out."
    node = model.graph.node[0]
    results = []
    for values in _choices(node, names, inputs):
        given = dict(zip(names, inputs, strict=True))
        results.append(_once(model, given, values, outputs))
        if "is used, which no layer gives" in results[-1][1] or node.op_type == "LayerNormalization":
            # Means, masks and numbers of places are for training; the first result is what counts.
            alone = onnx.ModelProto()
            alone.CopyFrom(model)
            del alone.graph.output[1:]
            results.append(_once(alone, given, values, outputs[:1]))
        if results[-1][0] == "pass":
            break
    order = ("pass", "fail", "not expressible")
    return min(results, key=lambda result: order.index(result[0]))


def _array(given: Any) -> Any:
    return np.asarray(given) if isinstance(given, np.generic | float | int) else given


def _choices(node: Any, names: Sequence[str], inputs: Sequence[np.ndarray]) -> list[list[str]]:
    """Which inputs are values, the rest being arrays of the file."""
    if node.op_type in ("Gather",) and len(names) == 2:
        return [names[1:], names[:1]]
    same_batch = len({x.shape[:1] for x in inputs}) == 1
    choices = [list(names)] if node.op_type in JOINS and len(names) > 1 and same_batch else []
    return [*choices, list(names[:1])] + ([list(names[1:2])] if node.op_type in JOINS and names[1:] else [])


def _once(
    model: Any, given: dict[str, np.ndarray], values: list[str], outputs: Sequence[np.ndarray]
) -> tuple[str, str]:
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    graph = changed.graph
    for name, array in given.items():
        if name not in values:
            graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
    for value in graph.input:
        if value.name in given:
            dims = value.type.tensor_type.shape
            dims.ClearField("dim")
            for size in given[value.name].shape:
                dims.dim.add(dim_value=size)
    by_value = all(node.op_type in BY_VALUE.keys() | OTHERS_BY_VALUE for node in graph.node)
    if by_value and any(given[name].ndim < 2 for name in values):
        # A row of numbers is one number for each of several samples.
        given = {name: x[..., None] if name in values and x.ndim == 1 else x for name, x in given.items()}
        for value in graph.input:
            if value.name in values and len(value.type.tensor_type.shape.dim) == 1:
                value.type.tensor_type.shape.dim.add(dim_value=1)
    if any(given[name].dtype.kind not in "fiu" for name in values):
        return "not expressible", "Its values are no numbers of samples."
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        file.write_bytes(changed.SerializeToString())
        try:
            imported = importers.of(file).read(file)
            if imported.unread:
                return "not expressible", imported.unread[0].text.removeprefix("Kept as a placeholder: ")
            if changed_rows := [row.text for row in imported.rows if row.is_changed]:
                return "not expressible", changed_rows[0]
            project = project_of(imported).project
        except FileError as error:
            return "not expressible", str(error).replace("model.onnx", "the file")
    if model.graph.node[0].op_type == "SoftmaxCrossEntropyLoss":
        labels = next(x for name, x in given.items() if name not in values)
        return loss_compared(project, model.graph.node[0], given[values[0]], labels, outputs[0])
    return compared(imported, project, [given[name] for name in values], outputs)


def loss_compared(
    project: Any, node: Any, scores: np.ndarray, labels: np.ndarray, expected: np.ndarray
) -> tuple[str, str]:
    """The loss of a batch, of which ours is the mean over samples, where theirs may be a sum."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    y = labels.reshape(len(labels), -1).astype(np.float32)
    if y.shape[1] > 1 or attributes.get("ignore_index", 0) >= scores.shape[1]:
        y[y == attributes.get("ignore_index")] = -1
    trained = project.predictor()
    program = trained.evaluator(len(scores))
    x = np.moveaxis(scores, 1, -1) if scores.ndim > 2 else scores
    shape = project._facts[1]["input_shape"]
    x = x if x.shape[1:] == tuple(shape) else scores
    program.set_data(np.ascontiguousarray(x, np.float32), y, np.arange(len(x)))
    ours = float(program.run(1)[0, 0])
    ours = ours if attributes.get("reduction", b"mean") == b"sum" else ours / len(x)
    if not np.allclose(ours, expected, rtol=1e-4, atol=1e-5):
        return "fail", f"{ours} instead of {expected}"
    return "pass", ""


def compared(
    imported: Any, project: Any, x: list[np.ndarray], outputs: Sequence[np.ndarray]
) -> tuple[str, str]:
    nodes = [node for node in imported.nodes if node.kind == "input"]
    rows = {row.name: row for row in imported.rows if row.kind in ("input", "output")}
    turned = []
    for node, array in zip(nodes, x, strict=True):
        first = "channels first" in rows[node.name].text
        # Where the file has no axis of samples, all of an array is one.
        array = array[None] if "one sample" in rows[node.name].text else array
        array = np.moveaxis(array, 1, -1) if first else array
        array = np.moveaxis(array, 1, 0) if "samples at axis 1" in rows[node.name].text else array
        turned.append(array)
    batch = np.concatenate([a.reshape(len(a), -1) for a in turned], 1) if len(turned) > 1 else turned[0]
    if any(np.abs(a).max(initial=0) > LARGEST for a in [batch, *outputs] if a.dtype.kind == "f"):
        return "not expressible", "Its numbers are beyond float32."
    facts = project._facts[1]
    shift, scale = (np.asarray(facts[name]) for name in ("x_shift", "x_scale"))
    scaled = ((batch.reshape(len(batch), *facts["input_shape"]) - shift) / scale).astype(np.float32)
    trained = project.predictor()
    last = {node.name: node for node in imported.nodes if node.kind == "output"}
    targets = [target.node for target in trained.layout.targets]
    for target, (name, node), expected in zip(targets, last.items(), outputs, strict=False):
        if expected.dtype.kind not in "fiu":
            return "not expressible", "Its result is no number."
        ours = trained.predict_all(scaled, [target])[target]
        if told := re.search(r"samples at axis (\d)", rows[node.name].text if node.name in rows else ""):
            expected = np.moveaxis(expected, int(told[1]), 0)
        if node.name in rows and "channels last" in rows[node.name].text and expected.ndim > 2:
            expected = np.moveaxis(expected, 1, -1)
        if ours.size != expected.size:
            return "fail", f"{name}: {ours.shape} instead of {expected.shape}"
        ours = ours.reshape(expected.shape)
        if not np.allclose(ours, expected, rtol=1e-3, atol=1e-4, equal_nan=True):
            return "fail", f"{name}: differs by {np.abs(ours - expected).max():.2g}"
    return "pass", ""


def main(kind: str, part: str) -> None:
    """Print the table."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    failed: list[str] = []
    ours = READERS.keys() | MISSING.keys()
    for group, name, model, inputs, outputs in cases(kind):
        if part not in name or (kind == "node" and not {node.op_type for node in model.graph.node} <= ours):
            continue
        try:
            result, why = tried(model, inputs, outputs)
        except Exception as error:
            result, why = "fail", f"{type(error).__name__}: {error}"
        counts[group][result] += 1
        if why:
            reasons[group][f"{result}: {why}"[:MOST_CHARACTERS]] += 1
        if result == "fail" or part:
            failed.append(f"{name} {result} {why}")
    print("| | pass | fail | not expressible | why |\n|---|---|---|---|---|")
    total: Counter[str] = Counter()
    for group, count in sorted(counts.items()):
        total += count
        why = "; ".join(f"{text} ({n})" for text, n in reasons[group].most_common(6))
        print(f"| {group} | {count['pass']} | {count['fail']} | {count['not expressible']} | {why} |")
    print(f"| all | {total['pass']} | {total['fail']} | {total['not expressible']} | |")
    print("\n".join(failed))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    arguments = [*sys.argv[1:], "node"][:1] + sys.argv[2:3]
    main(arguments[0], arguments[1] if len(arguments) > 1 else "")
