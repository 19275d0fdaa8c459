"""A folder with a predictor that needs NumPy alone: `predictor.py`, for a person to read, and its weights."""

from __future__ import annotations

import keyword
import pprint
import re
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import size_of
from nnstudio import __version__
from nnstudio.data import number_marks
from nnstudio.export.format import Format, formats
from nnstudio.export.generated_code import run
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.numpy_code import layers as numpy_layers
from nnstudio.export.numpy_code import rows as numpy_rows
from nnstudio.export.numpy_code.calls import Call, expression, line
from nnstudio.export.numpy_code.sources import definitions, used
from nnstudio.export.picture_files import (
    INVERTED,
    TYPED_HEAD,
    caution,
    reader_text,
    reader_usage,
    takes_pictures,
)
from nnstudio.export.plain_layers import (
    Prediction,
    check_known,
    described,
    identifiers,
    target_names,
    target_scaling,
)

CODE, WEIGHTS = "predictor.py", "weights.npz"
# Of a line of its docstring.
WIDTH = 100
# Names of the data and of nodes may hold anything: only `repr` of them stands in the code.
HEAD = '''"""Predicts with a network that nnstudio {version} exported. It needs Python 3.11 and NumPy alone.

{calls}    python predictor.py {example:<25}one line for each sample, as CSV, on standard output

    import predictor
    predictor.predict({given}) {space} {answers}
    predictor.outputs(numbers)       what the network itself gives, an array
    predictor.network(x)             the same for inputs that are scaled already

{rows}
"""

from __future__ import annotations

{imports}

'''
ENDING = '''

def outputs(numbers: Any) -> np.ndarray:
    """What the network gives for samples of INPUT_SHAPE in the units of the data."""
    x = np.asarray(numbers, float)
    if x.shape[1:] not in (INPUT_SHAPE, (math.prod(INPUT_SHAPE),)):
        raise ValueError(f"samples must be an array of (samples, *{INPUT_SHAPE}), and this one is {x.shape}")
    x = x.reshape(len(x), *INPUT_SHAPE)
    return network((x - W["x_shift"]) / W["x_scale"])

'''
TABLE = '''
def predict(rows: Any) -> list[Any]:
    """{answers} of each row; None where an input is missing.

    Rows are dicts with a value for each column, or numbers as the network takes them, one row each.
    """
    rows = list(rows)
    if not rows or not isinstance(rows[0], dict):
        return answers(outputs(rows)) if rows else []
    inputs, answered = table(rows, COLUMNS)
    given = iter(answers(outputs(inputs)) if len(inputs) else [])
    return [next(given) if known else None for known in answered]

'''
NUMBERS = '''
def predict(rows: Any) -> list[Any]:
    """{answers} of each sample; samples are arrays of INPUT_SHAPE."""
    return answers(outputs(rows))

'''
CLASSES = '''
def answers(given: np.ndarray) -> list[tuple[str, float]]:
    """The likeliest class and its probability."""
    shares = probability(given, ARE_LOGITS)
    return [(CLASSES[at], float(row[at])) for at, row in zip(shares.argmax(axis=1), shares, strict=True)]

'''
LABELS = '''
def answers(given: np.ndarray) -> list[list[str]]:
    """The classes of each sample, one for each of TARGETS."""
    numbers = probability(given.reshape(-1, given.shape[-1]), ARE_LOGITS).argmax(axis=1)
    return [[CLASSES[i] for i in row] for row in numbers.reshape(len(given), -1)]

'''
SHARES = '''
def answers(given: np.ndarray) -> list[list[float]]:
    """How likely each target holds."""
    return (1 / (1 + np.exp(-given.reshape(len(given), -1)))).tolist()

'''
VALUES = '''
def answers(given: np.ndarray) -> list[list[float]]:
    """The values in the units of the data."""
    return (given.reshape(len(given), -1) * W["y_scale"] + W["y_shift"]).tolist()

'''
ROWS = """Rows are dicts such as those of read_table, with the columns of COLUMNS. read_table reads a CSV file
as the table was read that the network was trained on: READING has its marks and words for missing values,
COLUMNS the format of dates and the units. A row with something that is written otherwise, and cannot be read
for sure, is left out, and a note says so."""
# How `main` gets its rows, and what can go wrong.
FILE = """    if len(sys.argv) != 2:
        sys.exit("usage: python predictor.py {example}")
"""
PICTURE_FILE = f"""    files = [word for word in sys.argv[1:] if word != "{INVERTED}"]
    if len(files) != 1:
        sys.exit("usage: python predictor.py picture.png [{INVERTED}], or new.npy, or new.csv")
"""
PICTURE_CALLS = f"""    python predictor.py picture.png              a picture file; it needs Pillow
    python predictor.py picture.png {INVERTED}     the same, with white made of black
"""
PICTURE_READING = f"""(
                read_numbers(files[0]) if files[0].endswith((".npy", ".csv"))
                else read_picture(files[0], "{INVERTED}" in sys.argv)
            )"""
MAIN = """
def main() -> None:
{given}    try:
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always")
            predicted = predict({reading})
    except ({errors}) as error:
        sys.exit(f"predictor: {{error}}")
    for note in dict.fromkeys(str(note.message) for note in notes):
        print(f"note: {{note}}", file=sys.stderr)
    header = {header}
    write_table(header, [row if row is not None else [""] * len(header) for row in predicted])


if __name__ == "__main__":
    main()
"""
ROW_OF_TABLE = """import predictor

print(predictor.predict(predictor.read_table("new.csv")))  # or dicts, one for each row"""
SAMPLE = """import numpy as np
import predictor

print(predictor.predict(np.zeros({shape})))  # your values, in the units of the data"""
# What the child process runs: folder, inputs, outputs.
JUDGE = (
    "import sys; sys.path.insert(0, sys.argv[1]); import numpy, predictor; "
    "numpy.save(sys.argv[3], predictor.outputs(numpy.load(sys.argv[2])))"
)
# And for what it reads of a table: folder, table, result.
JUDGE_READER = (
    "import sys; sys.path.insert(0, sys.argv[1]); import numpy, predictor; "
    "x, answered = predictor.table(predictor.read_table(sys.argv[2]), predictor.COLUMNS); "
    "numpy.savez(sys.argv[3], x=x.reshape(-1, *predictor.INPUT_SHAPE), answered=answered)"
)


@formats.register
class NumPyPredictor(Format):
    """`predictor.py` and `weights.npz`: only the layers in use, and the preparation of rows."""

    id = "numpy"
    title = "NumPy predictor"
    help = "A folder with a readable predictor.py that needs NumPy alone and takes new rows as they are."
    first_alone = True
    order = 40

    def check(self, network: ExportedNetwork) -> None:
        check_known(self.title, network)

    def write(self, network: ExportedNetwork, path: Path) -> None:
        (path / CODE).write_text(_code(network), "utf-8")
        with (path / WEIGHTS).open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **_arrays(network))

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        where = f"# In the folder {path.name!r}; the head of {CODE} tells more."
        if takes_pictures(network.input_shape):
            return f"{where}\n# It needs: pip install numpy pillow\n{reader_usage(network, 'predictor')}"
        file = "new.csv" if _columns(network) else "new.npy"
        example = ROW_OF_TABLE if _columns(network) else SAMPLE.format(shape=(1, *network.input_shape))
        return f"{where}\n# Of a file, in a terminal: python {CODE} {file}\n{example}"

    def in_and_out(self, network: ExportedNetwork) -> str:
        if not network.has_scaled_targets:
            return ""
        return "predict takes and gives values in the units of the data; outputs gives SCALED numbers."

    def judge(self) -> str:
        return "" if _is_frozen() else f"NumPy {np.__version__} in a process of its own"

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        if _is_frozen():
            return None
        with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
            given, result = Path(folder) / "in.npy", Path(folder) / "out.npy"
            np.save(given, inputs)
            run(CODE, ["-I", "-c", JUDGE, str(path), str(given), str(result)], [result])
            loaded: np.ndarray = np.load(result, allow_pickle=False)
            return loaded

    def reads(self, path: Path, table: Path) -> tuple[np.ndarray, np.ndarray] | None:
        if _is_frozen():
            return None
        with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
            result = Path(folder) / "out.npz"
            run(
                CODE, ["-I", "-W", "ignore", "-c", JUDGE_READER, str(path), str(table), str(result)], [result]
            )
            with np.load(result, allow_pickle=False) as read:
                return read["x"], read["answered"]


def _is_frozen() -> bool:
    """Whether this is a packaged program, which has no Python that runs another file."""
    return bool(getattr(sys, "frozen", False))


def _keys(network: ExportedNetwork, prediction: Prediction) -> dict[str, str]:
    """Of the nodes whose arrays are used: the first part of their arrays' names."""
    owners = [network.owners.get(n.id, n.id) for n in prediction.nodes if n.parameters]
    return identifiers(dict.fromkeys(owners), ())


def _arrays(network: ExportedNetwork) -> dict[str, np.ndarray]:
    prediction, said = Prediction.of(network), network.preprocessing
    arrays: dict[str, np.ndarray] = {}
    for owner, key in _keys(network, prediction).items():
        own = {n: a for n, a in network.arrays.items() if n.rpartition(".")[0] == owner}
        arrays |= {f"{key}.{name.rpartition('.')[2]}": values for name, values in own.items()}
    for name in ("x_shift", "x_scale"):
        values = np.array(said[name], np.float64)
        whole = values.size == size_of(network.input_shape)
        arrays[name] = values.reshape(network.input_shape) if whole else values
    shift, scale = target_scaling(network, prediction)
    return {**arrays, "y_shift": np.array(shift), "y_scale": np.array(scale)}


def _code(network: ExportedNetwork) -> str:
    prediction, columns = Prediction.of(network), _columns(network)
    about, answers, header = _answers(network, prediction)
    example = "new.csv" if columns else "new.npy"
    is_picture = takes_pictures(network.input_shape)
    reader = "read_table" if columns else "read_numbers"
    parts = [
        _constants(network, prediction, columns), _network(network, prediction),
        *([f"\n\n{reader_text(network, TYPED_HEAD)}"] if is_picture else []),
        ENDING,
        answers,
        (TABLE if columns else NUMBERS).format(answers=about[0].upper() + about[1:]),
        MAIN.format(
            given=PICTURE_FILE if is_picture else FILE.format(example=example),
            reading=PICTURE_READING if is_picture else f"{reader}(sys.argv[1])",
            errors=f"{'ImportError, ' * is_picture}{'csv.Error, ' * bool(columns)}OSError, ValueError",
            header=header,
        ),
    ]  # fmt: skip
    body = "".join(parts)
    of_rows = used(numpy_rows, body)
    sources = [*used(number_marks, "\n".join(of_rows)), *of_rows, *used(numpy_layers, body)]
    library = "".join(f"\n\n{source}" for source in sources)
    shape = network.input_shape
    rows = (
        f"A sample is {described(shape)}, in the units of the data and not scaled.\n"
        f"Give an array of (samples, {', '.join(str(n) for n in shape)}). A file new.csv has "
        f"a line of {size_of(shape)} numbers\nfor each sample."
    )
    if columns:
        rows = ROWS
    if is_picture:
        rows += f"\n\n{_picture_lines(network)}"
    given = "rows" if columns else "samples"
    head = HEAD.format(
        version=__version__, answers=about, rows=rows, imports=_imports(body + library), given=given,
        space=" " * (12 - len(given)), example=example, calls=PICTURE_CALLS if is_picture else "",
    )  # fmt: skip
    at = body.index("\n\ndef network(")
    return f"{head}{body[:at]}{library}{body[at:]}"


def _picture_lines(network: ExportedNetwork) -> str:
    """How a picture file is predicted, and what it must be like."""
    lines = reader_usage(network, "predictor")
    told = textwrap.fill(caution(network), WIDTH, break_on_hyphens=False)
    how = "A picture file becomes such an array by read_picture:"
    return f"{how}\n\n{textwrap.indent(lines, '    ')}\n\n{told}"


def _answers(network: ExportedNetwork, prediction: Prediction) -> tuple[str, str, str]:
    """What the predictor answers in words, the function that makes it of outputs, and a header for it."""
    if network.classes and len(prediction.nodes[-1].shape) > 1:
        return "class names, one for each step or pixel", LABELS, "TARGETS"
    if network.classes:
        return "class names with probabilities", CLASSES, '[TARGETS[0], "probability"]'
    if prediction.are_labels and prediction.are_logits:
        return "how likely each target holds", SHARES, "TARGETS"
    return "numbers in the units of the data", VALUES, "TARGETS"


def _imports(text: str) -> str:
    modules = ("csv", "io", "math", "re", "sys", "warnings")
    plain = [name for name in modules if re.search(rf"\b{name}\.[a-zA-Z]", text)]
    lines = [f"import {name}" for name in plain]
    kinds = [name for name in ("Callable", "Iterator", "Sequence") if f"{name}[" in text]
    if kinds:
        lines.append(f"from collections.abc import {', '.join(kinds)}")
    if "@dataclass" in text:
        lines.append("from dataclasses import dataclass")
    if "datetime." in text:
        lines.append("from datetime import UTC, datetime")
    if "count(2)" in text:
        lines.append("from itertools import count, islice")
    return "\n".join([*lines, "from pathlib import Path", "from typing import Any", "", "import numpy as np"])


def _columns(network: ExportedNetwork) -> list[dict[str, Any]]:
    """How each column of a table becomes inputs; empty where samples are no rows of a table."""
    said = network.preprocessing
    if said["inputs"]:
        return list(said["inputs"])
    if len(network.input_shape) == 1 and len(said["features"]) == network.input_shape[0]:
        return [{"column": n, "type": "number", "fill": None, "log": False} for n in said["features"]]
    return []


def _reading(network: ExportedNetwork) -> dict[str, Any]:
    """How the table of training was written, as far as rows are read by that."""
    written = network.preprocessing["written"] or {}
    return {name: written.get(name) or usual for name, usual in numpy_rows.READING.items()}


def _constants(network: ExportedNetwork, prediction: Prediction, columns: list[dict[str, Any]]) -> str:
    values: list[tuple[str, Any, str]] = [
        ("DATA", network.preprocessing["data"], "What it was trained on."),
        ("INPUT_SHAPE", tuple(network.input_shape), "Of one sample."),
        ("TARGETS", target_names(network, prediction), "What it predicts."),
    ]
    if columns:
        values += [
            ("COLUMNS", columns, "How each column of a table becomes inputs, in this order."),
            ("READING", _reading(network), "How the table was written; new ones are read alike."),
        ]
    if network.classes:
        values += [
            ("CLASSES", list(network.classes), "In the order of the outputs."),
            ("ARE_LOGITS", prediction.are_logits, "Whether outputs are scores and no probabilities yet."),
        ]
    lines = []
    for name, value, told in values:
        lines += [f"# {told}", f"{name} = {pprint.pformat(value, width=100, sort_dicts=False)}"]
    if prediction.others:
        lines.append(
            f"# Not in this file, because the prediction does not need it: {list(prediction.others)!r}."
        )
    lines.append("# Weights by the layers' names, and shift and scale of inputs and targets.")
    lines.append(f'W = np.load(Path(__file__).with_name("{WEIGHTS}"), allow_pickle=False)')
    lines.append("W = {name: W[name] for name in W.files}")
    return "\n".join(lines) + "\n"


def _network(network: ExportedNetwork, prediction: Prediction) -> str:
    keys = _keys(network, prediction)
    taken = {"x", "W", "np", "len", *definitions(numpy_layers), *keyword.kwlist}
    names = identifiers((n.id for n in prediction.nodes), taken)
    lines = ["", "", "def network(x: np.ndarray) -> np.ndarray:",
             '    """What the network gives for scaled inputs, channels last."""']  # fmt: skip
    for node in prediction.nodes:
        key = keys.get(network.owners.get(node.id, node.id), "")
        arrays = {p.name: f'W["{key}.{p.name}"]' for p in node.parameters}
        inputs = [names[source] for source in node.inputs] or ["x"]
        lines.append(line(names[node.id], expression(Call(node, inputs, arrays)), node.shape))
    return "\n".join([*lines, f"    return {names[network.output]}"]) + "\n"
