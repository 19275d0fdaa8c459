"""README.md beside a model in PyTorch: how to predict with it, by what kind of data it takes."""

from __future__ import annotations

from collections.abc import Sequence

from nnkernels.spec import size_of
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.plain_layers import Prediction, target_names

TEXT = """# A neural network in PyTorch

Written by nnstudio {version}. It needs Python with `torch`, `numpy` and `safetensors`; nnstudio itself is not
needed.

    python model.py rows.npy                              # print what it predicts
    python model.py rows.npy --out out.npy                # write what the network gives
    python train.py {data}                              # train again
    torchrun --nproc-per-node 2 train.py {data}         # train in two processes

- `model.py`: the network, what its inputs and outputs are called, how they are scaled; `load()` gives the
  trained model, `predict(rows)` {predicted},
  `outputs(rows)` {outputs}.
- `model.safetensors`: the weights. Its metadata describe the network{prepared}.
- `train.py`: a training loop with the settings of the project; its head says what it reads and where it
  differs. `load("trained.safetensors")` takes what it writes.

## What it takes

`rows.npy` is an array {shape} in the units of the data ({name}), not scaled{values}.
{example}"""
TABLE = """The columns are, in this order: {columns}.

    import numpy as np
    import model

    rows = np.array([[{zeros}]])  # your numbers
    np.save("rows.npy", rows)
    print(model.predict(rows))
"""
# Pictures that have the shape already are only resized, as nnstudio does it.
PICTURE = """The axes are pictures, height, width, channels. A picture of your own is read with Pillow
(`pip install pillow`):

    import numpy as np
    from PIL import Image, ImageOps
    import model

    picture = ImageOps.fit(Image.open("picture.png").convert("{mode}"), ({width}, {height}))
    rows = np.asarray(picture).reshape(1, {height}, {width}, {channels}){unit}
    np.save("rows.npy", rows)
    print(model.predict(rows))

It must look like the pictures that the network learned from, or the answer means nothing: as much border
around what it shows, and the same side bright. If those show light strokes on black, a dark drawing on white
paper is turned first: `picture = ImageOps.invert(picture)`.
"""
ARRAY = """
    import numpy as np
    import model

    rows = np.load("rows.npy")
    print(model.predict(rows))
"""
# Of names in a sentence, and of numbers in an example.
MOST_NAMES, MOST_NUMBERS = 40, 8


def readme_text(network: ExportedNetwork, version: str) -> str:
    """The whole file; names in it are shown as they are, but no line is broken by one."""
    shape = network.input_shape
    values, unit = _pixels(network) if _is_picture(network) else ("", "")
    prepared = ", and under `preprocessing` how each\n  column of a table became numbers"
    return TEXT.format(
        version=version, data="data.csv" if len(shape) == 1 else "data.npz", predicted=_predicted(network),
        outputs=_outputs(network), prepared=prepared if network.preprocessing["inputs"] else "",
        shape=f"`(n, {', '.join(map(str, shape))})`", name=_shown(str(network.preprocessing["data"])),
        values=values, example=_example(network, unit),
    )  # fmt: skip


def _is_picture(network: ExportedNetwork) -> bool:
    return len(network.input_shape) == 3 and network.input_shape[-1] in (1, 3)


def _pixels(network: ExportedNetwork) -> tuple[str, str]:
    """The range of values in words, and what makes them of pixels of 8 bits."""
    shift, scale = (set(network.preprocessing[f"x_{end}"]) for end in ("shift", "scale"))
    if shift == {0.0} and scale == {255.0}:
        return ": from 0 to 255", ""
    if shift == {0.0} and scale == {65535.0}:
        return ": from 0 to 65535", " / 255 * 65535"
    return "; the pixels of a file of 8 bits go from 0 to 255", ""


def _example(network: ExportedNetwork, unit: str) -> str:
    shape = network.input_shape
    if _is_picture(network):
        height, width, channels = shape
        mode = "RGB" if channels == 3 else "L"
        return PICTURE.format(mode=mode, width=width, height=height, channels=channels, unit=unit)
    names = network.preprocessing["features"]
    if len(shape) == 1 and len(names) == size_of(shape):
        more = ", ..." if len(names) > MOST_NUMBERS else ""
        zeros = ", ".join(["0.0"] * min(len(names), MOST_NUMBERS)) + more
        return TABLE.format(columns=_listed(names), zeros=zeros)
    return ARRAY


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
