"""Pictures for style: files of any size, or those that ship with the program, as the network gets them."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.ends import is_picture
from nnstudio.data.pictures import Picture, Preparation, read_picture
from nnstudio.explain.map_layers import map_layers
from nnstudio.explain.method import Question, Target
from nnstudio.explain.targets import known_ends
from nnstudio.training.evaluation import Evaluation

# Pictures that ship with the program, by the names that stand for them.
SHIPPED = ("brick", "gravel", "cat", "coffee")
# Pixels of the longer side of a picture.
SIZE, LEAST, MOST = 96, 16, 512


def picture_called(data: Dataset, name: str, size: int = SIZE) -> np.ndarray:
    """A file, or one of SHIPPED, `(1, h, w, c)`, its longer side ``size`` pixels. Raises DataError."""
    _check(data)
    # What it is scaled to here does not matter: only its own size does.
    width, height = _read(name, (1, 1, data.input_shape[2])).size
    shares = (max(round(size * side / max(width, height)), 1) for side in (height, width))
    return _prepared(data, name, tuple(shares))


def style_called(data: Dataset, name: str, like: np.ndarray) -> np.ndarray:
    """As `picture_called`, cut to the shape of another picture `(1, h, w, c)`."""
    _check(data)
    return _prepared(data, name, like.shape[1:3])


def style_question(session: Evaluation, content: np.ndarray, style: np.ndarray, name: str) -> Question:
    """What is asked of two pictures `(1, h, w, c)` of one size, the second called ``name``.

    Raises DataError.
    """
    _check(session.data)
    ends, shape = known_ends(session), content.shape[1:]
    # Black is the same everywhere.
    low, high = (np.broadcast_to(end[:1, :1], shape) for end in (ends.low, ends.high))
    target = Target(map_layers(session.layout)[-1], np.zeros(1), f"in the style of {name}")
    none = content[:0], np.zeros((0, 1))
    return Question(content, target, -1, -1, low, high, {}, none, (), True, style=style)


def _check(data: Dataset) -> None:
    if not is_picture(data):
        raise DataError("Style is of pictures, and this network does not learn from pictures.")


def _prepared(data: Dataset, name: str, sides: tuple[int, ...]) -> np.ndarray:
    """As the network gets pictures, of this height and width."""
    pixels = _read(name, (*sides, data.input_shape[2])).pixels
    return (data.pictures or Preparation()).inputs(pixels[None])


def _read(name: str, shape: Shape) -> Picture:
    """Raises DataError."""
    if name in SHIPPED:
        with as_file(files("nnstudio.resources").joinpath(f"datasets/{name}.png")) as path:
            picture = read_picture(path, shape)
    else:
        picture = read_picture(Path(name), shape)
    if picture is None:
        raise DataError(
            f"'{name}' cannot be read as a picture. Choose a PNG or JPEG, or one of {', '.join(SHIPPED)}."
        )
    return picture
