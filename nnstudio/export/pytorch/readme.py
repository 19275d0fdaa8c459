"""README.md beside a model in PyTorch: how to predict with it, by what kind of data it takes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from nnkernels.spec import size_of
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.picture_files import (
    INVERTED,
    caution,
    learned_side,
    pixels,
    reader_usage,
    takes_pictures,
)
from nnstudio.export.plain_layers import Prediction, target_names
from nnstudio.export.told_columns import told_columns

TEXT = """# A neural network in PyTorch

Written by nnstudio {version}, which is not needed to use it. In a terminal in this folder:

    pip install {packages}
{calls}    python model.py rows.npy                              # print what it predicts
    python model.py rows.npy --out out.npy                # write what the network gives
    python train.py {data}                              # train again
    torchrun --nproc-per-node 2 train.py {data}         # train in two processes

- `model.py`: the network, what its inputs and outputs are called, how they are scaled; `load()` gives the
  trained model, `predict(rows)` {predicted},
  `outputs(rows)` {outputs}.
- `model.safetensors`: the weights. Its metadata describe the network{prepared}.
- `train.py`: a training loop with the settings of the project; its head says what it reads and where it
  differs. `load("trained.safetensors")` takes what it writes.

{taken}"""
TAKEN = """## What it takes

`rows.npy` is an array {shape} in the units of the data ({name}), not scaled{values}.
{told}{example}"""
TABLE = """The columns are, in this order: {columns}.
{told}
{lines}
"""
ROWS = """import numpy as np
import model

rows = {row}  # your numbers
np.save("rows.npy", rows)
print(model.predict(rows))"""
PICTURE_CALL = """    python model.py picture.png                           # print what it predicts for it
"""
INVERTED_CALL = """    python model.py picture.png {option:<26}# the same where it is {theirs}
"""
PICTURE = """The axes are pictures, height, width, channels.
`read_picture` makes such an array of a picture file:

{lines}

{caution}
"""
ARRAY = """import numpy as np
import model

rows = np.load("rows.npy")  # an array {shape}
print(model.predict(rows))"""
# Lines of Python of a folder, shown by themselves.
USAGE = """# In the folder {folder}, whose README.md tells more.
# It needs: pip install {packages}
{lines}"""
# Of names in a sentence, and of numbers in an example.
MOST_NAMES, MOST_NUMBERS = 40, 8
# Of a line.
WIDTH = 110


def readme_text(network: ExportedNetwork, version: str) -> str:
    """The whole file; names in it are shown as they are, but no line is broken by one."""
    shape = network.input_shape
    prepared = ", and under `preprocessing` how each\n  column of a table became numbers"
    return TEXT.format(
        version=version, data="data.csv" if len(shape) == 1 else "data.npz", predicted=_predicted(network),
        outputs=_outputs(network), prepared=prepared if network.preprocessing["inputs"] else "",
        taken=taken(network), packages=packages(network, "torch"), calls=picture_calls(network),
    )  # fmt: skip


def packages(network: ExportedNetwork, *others: str) -> str:
    """What pip must install for a model.py, by their names there."""
    pictures = ["pillow"] if takes_pictures(network.input_shape) else []
    return " ".join([*others, "numpy", "safetensors", *pictures])


def picture_calls(network: ExportedNetwork) -> str:
    """Lines for a terminal that predict a picture file; "" where samples are none."""
    if not takes_pictures(network.input_shape):
        return ""
    sides = learned_side(network)
    return PICTURE_CALL + (INVERTED_CALL.format(option=INVERTED, theirs=sides[1]) if sides else "")


def taken(network: ExportedNetwork) -> str:
    """The section on what a model.py takes, and how rows of one's own are made."""
    shape = network.input_shape
    return TAKEN.format(
        shape=f"`(n, {', '.join(map(str, shape))})`", name=_shown(str(network.preprocessing["data"])),
        values=pixels(network)[0] if takes_pictures(shape) else "", example=_example(network),
        told=f"{textwrap.fill(network.told, WIDTH)}\n" if network.told else "",
    )  # fmt: skip


def usage_text(network: ExportedNetwork, folder: str, *others: str) -> str:
    """Lines of Python that predict with the model.py of a folder, which needs other packages as well."""
    return USAGE.format(folder=repr(folder), packages=packages(network, *others), lines=_lines(network))


def _example(network: ExportedNetwork) -> str:
    lines = textwrap.indent(_lines(network), "    ")
    if takes_pictures(network.input_shape):
        told = textwrap.fill(caution(network), WIDTH, break_on_hyphens=False)
        return PICTURE.format(lines=lines, caution=told)
    if _is_table(network):
        told = "".join(f"- {_shown(sentence)}\n" for sentence in told_columns(network))
        names = _listed(network.preprocessing["features"])
        return TABLE.format(columns=names, told=f"\n{told}" if told else "", lines=lines)
    return f"\n{lines}\n"


def _lines(network: ExportedNetwork) -> str:
    """A program that predicts rows of one's own."""
    shape = network.input_shape
    if takes_pictures(shape):
        return reader_usage(network, "model")
    if _is_table(network):
        # All of them, or the lines do not run.
        few = shape[0] <= MOST_NUMBERS
        row = f"np.array([[{', '.join(['0.0'] * shape[0])}]])" if few else f"np.zeros((1, {shape[0]}))"
        return ROWS.format(row=row)
    return ARRAY.format(shape=f"(n, {', '.join(map(str, shape))})")


def _is_table(network: ExportedNetwork) -> bool:
    shape = network.input_shape
    return len(shape) == 1 and len(network.preprocessing["features"]) == size_of(shape)


def _predicted(network: ExportedNetwork) -> str:
    if network.classes:
        return "names of classes"
    return f"{_listed(target_names(network, Prediction.of(network)))} in their own units"


def _outputs(network: ExportedNetwork) -> str:
    if not network.classes:
        return "the same before they are scaled back"
    logits = Prediction.of(network).are_logits
    node = next(n for n in network.nodes if n.id == network.output)
    if size_of(node.shape) == 1:
        return f"{'a score, above 0 for' if logits else 'the probability of'} the second of `CLASSES`"
    return f"{'a score' if logits else 'the probability'} of each of `CLASSES`"


def _listed(names: Sequence[object]) -> str:
    """The first ones, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more (see model.py)" if len(names) > MOST_NAMES else ""
    return ", ".join(f"`{_shown(str(name))}`" for name in names[:MOST_NAMES]) + more


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in name).replace("`", "'")
