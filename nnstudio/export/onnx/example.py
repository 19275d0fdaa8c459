"""A program of a few lines that predicts with an ONNX file; it travels in the file and is shown beside it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.export.network import ExportedNetwork
from nnstudio.export.onnx.units import unscalings
from nnstudio.export.picture_files import IMPORTS, caution, reading, takes_pictures
from nnstudio.export.plain_layers import Prediction, target_scaling
from nnstudio.export.told_columns import told_columns

NEEDS = "# It needs: pip install onnxruntime numpy"
NEEDS_PILLOW = f"{NEEDS} pillow"
# What stands for the file, whatever its name is by now.
FILE = '"model.onnx")  # this file'
SESSION = f"session = onnxruntime.InferenceSession({FILE}"
CLASSES = 'classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])'
# Of columns that are named one by one, and of numbers that scale the answer.
MOST_COLUMNS, MOST_NUMBERS = 40, 8
WIDTH = 100
EMPTY_ROW = """# one row: a number, or a text, for each column
given = {
    cell.name: np.array([[""]], object) if "string" in cell.type else np.zeros((1, 1), np.float32)
    for cell in session.get_inputs()
}"""
ROW = """row = {{
{cells}
}}
given = {{
    name: np.array([[cell]], object if isinstance(cell, str) else np.float32) for name, cell in row.items()
}}"""


def named(program: str, file: str) -> str:
    """A program with the name of the file in it."""
    return program.replace(FILE, f"{json.dumps(file)})")


def values_program(network: ExportedNetwork, inputs: Mapping[str, Sequence[int]], output: str) -> str:
    """For a graph of values in the units of the data; ``inputs`` are the shapes of a sample as the graph
    takes them, by name.
    """
    if len(inputs) == 1 and takes_pictures(network.input_shape):
        (name,) = inputs
        given = f"{{{name!r}: rows.transpose(0, 3, 1, 2).astype(np.float32)}}"
        lines = [NEEDS_PILLOW, *_imports(network, *IMPORTS), "", reading(network), SESSION]
        told = _caution(network)
    else:
        zeros = [f"    {name!r}: np.zeros({(1, *shape)}, np.float32)," for name, shape in inputs.items()]
        given, told = "given", []
        lines = [
            NEEDS, *_imports(network, "import numpy as np"), "", SESSION, *_columns(network),
            "given = {  # your values, in the units of the data", *zeros, "}",
        ]  # fmt: skip
    lines.append(f"(result,) = session.run([{output!r}], {given})")
    return "\n".join([*lines, *_answer(network), *told])


def rows_program(columns: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, str]], output: str) -> str:
    """For a graph of cells of a table; ``told`` is what each graph input takes."""
    texts = {str(column["column"]): column.get("values") or [""] for column in columns}
    kinds = {str(column["column"]): column["type"] for column in columns}
    cells = [
        f"    {entry['name']!r}: "
        f"{0.0 if kinds[entry['column']] in ('number', 'date') else texts[entry['column']][0]!r},"
        f"  # {entry['takes']}"
        for entry in told
    ]
    row = EMPTY_ROW if len(cells) > MOST_COLUMNS else ROW.format(cells="\n".join(cells))
    head = [NEEDS, "import numpy as np", "import onnxruntime", "", SESSION, row]
    return "\n".join([*head, *_answered(output, "given")])


def picture_program(network: ExportedNetwork, name: str, output: str) -> str:
    """For a graph whose input ``name`` takes pictures with channels last and that gives answers."""
    if not takes_pictures(network.input_shape):
        zeros = f"np.zeros({(1, *network.input_shape)}, np.float32)  # your values, in the units of the data"
        lines = [NEEDS, "import numpy as np", "import onnxruntime", "", f"rows = {zeros}", SESSION]
        return "\n".join([*lines, *_answered(output, f"{{{name!r}: rows}}")])
    lines = [NEEDS_PILLOW, *IMPORTS, "import onnxruntime", "", reading(network), SESSION]
    given = f"{{{name!r}: rows.astype(np.float32)}}"
    return "\n".join([*lines, *_answered(output, given), *_caution(network)])


def _answered(output: str, given: str) -> list[str]:
    return [f"(answer,) = session.run([{output!r}], {given})", "print(answer)"]


def _caution(network: ExportedNetwork) -> list[str]:
    """What a picture must be like, as a comment."""
    return ["", *textwrap.wrap(caution(network), WIDTH, initial_indent="# ", subsequent_indent="# ")]


def _imports(network: ExportedNetwork, *others: str) -> list[str]:
    return [*(["import json"] if network.classes else []), *others, "import onnxruntime"]


def _columns(network: ExportedNetwork) -> list[str]:
    """A comment on the order of the columns of a table, and on what those are that it does not have."""
    names = list(network.preprocessing["features"])
    if not names or len(names) > MOST_COLUMNS:
        return []
    told = [f"The columns, in this order: {', '.join(map(repr, names))}.", *told_columns(network)]
    how: dict[str, Any] = {"initial_indent": "# ", "subsequent_indent": "# ", "break_on_hyphens": False}
    return [line for sentence in told for line in textwrap.wrap(sentence, WIDTH, **how)]


def _answer(network: ExportedNetwork) -> list[str]:
    prediction = Prediction.of(network)
    shape = prediction.nodes[-1].shape
    if network.classes and shape == (1,):
        limit = 0 if prediction.are_logits else 0.5
        return [CLASSES, f"print(classes[int(result[0, 0] > {limit})])"]
    if network.classes:
        axis = 1 if len(shape) == 3 else -1
        return [CLASSES, f"print(np.array(classes)[result.argmax(axis={axis})])"]
    shift, scale = target_scaling(network, prediction)
    if network.output in unscalings(network):
        return ["print(result)  # in the target's unit"]
    if len(scale) > MOST_NUMBERS:
        return ["print(result)  # times y_scale plus y_shift of 'scaling' in its metadata"]
    if prediction.are_labels and prediction.are_logits:
        return ["print(result)  # a score for each label, above 0 where it rather holds"]
    if set(shift) <= {0.0} and set(scale) <= {1.0}:
        return ["print(result)"]
    return [f"print(result * np.array({list(scale)}) + np.array({list(shift)}))  # in the target's unit"]
