"""What train.py of every framework has in common: its options, how it reads data, what it says of both."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from nnkernels.spec import MAIN_GROUP, size_of
from nnstudio.export.format import ExportError
from nnstudio.export.network import ExportedNetwork

# The end of its docstring.
ABOUT = """\
data.csv has a header and a column for each input and target, commas between them and points for
decimals; data.npz holds x $x_shape and y $y_shape.
Both are in the units of the data$class_words.

$notes"""
OPTIONS = """    parser = argparse.ArgumentParser(description="Train the network.")
    parser.add_argument("data", type=Path, help="a .csv or .npz file")
    parser.add_argument("--validation", type=Path, help="another one, by which training is judged")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--batch-size", type=int, default=BATCH_SIZE)
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    parser.add_argument("--go-on", action="store_true", help="start from model.safetensors, not afresh")
    parser.add_argument("--out", type=Path, default=Path("trained.safetensors"))
    options = parser.parse_args()"""
READ = '''def read_data(path):
    """Inputs as the model takes them and targets as the loss does, of a file."""
    x, y = read_npz(path) if path.suffix == ".npz" else read_csv(path)
$targets
    return network.prepare(x), $result


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        return file["x"], file["y"].reshape(len(file["y"]), -1)


def read_csv(path):
    """Columns by their names where the model knows them, else the inputs first and then the targets."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        header, *rows = [row for row in csv.reader(file) if row]
    names, targets = getattr(network, "FEATURES", header[:$inputs]), network.TARGETS
    missing = [name for name in names if name not in header]
    if missing:
        raise SystemExit(f"{path} has no column {missing}; these are needed, as numbers: {names}")
    if all(name in header for name in targets):
        ends = [header.index(name) for name in targets]
    else:
        ends = list(range($inputs, len(header)))
    starts = [header.index(name) for name in names]
    x = np.array([[float(row[i]) for i in starts] for row in rows])
    return x, np.array([[row[i] for i in ends] for row in rows])'''
CLASS_TARGETS = """    if y.dtype.kind in "UO":
        unknown = sorted({name for row in y.tolist() for name in row} - set(network.CLASSES))
        if unknown:
            raise SystemExit(f"{path} has classes that the network does not know: {unknown}")
        y = np.array([[network.CLASSES.index(name) for name in row] for row in y.tolist()])"""
NUMBER_TARGETS = "    y = (y.astype(np.float64) - network.TARGET_SHIFT) / network.TARGET_SCALE"
# As arrays of a type that a framework takes.
FLOAT32 = '\n    y = y.astype("float32")'
OF_PART = (
    "The part of a network is trained here by itself, towards targets of your own; what it learned from in "
    "nnstudio is not here."
)
STAYS = "It is trained as in nnstudio, with these differences:"


def reading(network: ExportedNetwork, result: str, conversion: str = "") -> str:
    """The functions that read data; ``result`` is an expression of targets ``y``, behind a ``conversion``."""
    targets = (CLASS_TARGETS if network.classes else NUMBER_TARGETS) + conversion
    return Template(READ).substitute(targets=targets, result=result, inputs=size_of(network.input_shape))


def train_code(template: str, network: ExportedNetwork, notes: Sequence[str], **parts: str) -> str:
    """The whole file of a framework's ``template``; ``notes`` say where it is not what nnstudio does."""
    settings = network.settings
    notes = [*([OF_PART] if network.told else []), *notes]
    listed = "\n".join(textwrap.fill(f"- {note}", 100, subsequent_indent="  ") for note in notes)
    about = Template(ABOUT).substitute(
        notes=f"{STAYS}\n{listed}",
        x_shape=f"({', '.join(['n', *map(str, network.input_shape)])})",
        y_shape="(n, 1)" if network.classes else "(n, targets)",
        class_words="; a class is its name, or in data.npz its number from 0" if network.classes else "",
    )
    return Template(template).substitute(
        parts, about=about, options=OPTIONS, epochs=number(settings.epochs),
        batch_size=number(settings.batch_size), rate=number(settings.hyperparameters()["learning_rate"]),
        seed=number(settings.seed),
    )  # fmt: skip


def told_factors(network: ExportedNetwork, names: Mapping[str, str]) -> list[str]:
    """A note on layers that learn faster or slower than the others, which the code does not; none without."""
    owners, factors = network.owners, {}
    for node in network.nodes:
        factor = node.options.get("learning_rate_factor", 1.0)
        if factor != 1 and owners.get(node.id) == node.id:
            factors[names[node.id]] = factor
    told = ", ".join(f"'{name}' with {factor:g} times the rate" for name, factor in factors.items())
    return [f"In nnstudio, {told} of the others; here all layers learn alike."] if told else []


def refuse_groups(title: str, network: ExportedNetwork) -> None:
    """Raise ExportError where groups of layers learn in turn, or from other targets than the data's: the code
    trains all layers from all losses together, which would be another training.
    """
    own = [node for node in network.nodes if network.owners.get(node.id) == node.id]
    groups = {str(node.options.get("optimizer_group", MAIN_GROUP)) for node in own}
    others = [t.node for t in network.targets if t.constant is not None or t.trains is not None]
    if len(groups) > 1 or others:
        what = f"the groups {', '.join(sorted(groups))}" if len(groups) > 1 else f"the Output '{others[0]}'"
        raise ExportError(
            f"The training code for {title} has one optimizer and the data's targets, but there is {what}. "
            "Choose another format: NumPy NPZ and safetensors hold every network."
        )


def number(value: Any) -> str:
    """A number, or None, as Python writes it; nothing else becomes code. Raises ExportError."""
    if not isinstance(value, bool | int | float | None):
        raise ExportError(f"The code needs a number here, but the option is '{value}'.")
    return repr(value)
