"""Data without its samples: what predictions need of it, as plain data that a project holds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.dataset import DataError, Dataset, Split
from nnstudio.data.files_seen import FilesSeen
from nnstudio.data.pictures import Fit, Preparation
from nnstudio.data.seen import seen_in, seen_of
from nnstudio.data.tables.encoders import Encoder
from nnstudio.data.tables.kept_encoders import encoder_of, plain_encoder
from nnstudio.data.vocabulary import Unit
from nnstudio.data.written import Written
from nnstudio.model.tokens import Tokens

SCALINGS = ("x_shift", "x_scale", "y_shift", "y_scale")
# Values of one sample.
MOST_VALUES = 2**28


def plain(data: Dataset) -> dict[str, Any]:
    """What predictions need, and exports."""
    pictures, seen = data.pictures, seen_in(data)
    told = {
        "name": data.name,
        "classes": list(data.classes),
        "features": list(data.features),
        "targets": list(data.targets),
        "input_shape": list(data.input_shape),
        "target_width": data.target_width,
        **{name: np.asarray(getattr(data, name), np.float64).tolist() for name in SCALINGS},
        "pictures": None if pictures is None else {
            "fit": str(pictures.fit), "mean": list(pictures.mean), "deviation": list(pictures.deviation),
        },
        "inputs": [plain_encoder(encoder) for encoder in data.inputs],
        "tokens": [[list(tokens.columns), tokens.size] for tokens in data.tokens],
        "written": None if data.written is None else data.written.plain(),
        "seen": None if seen is None else seen.plain(),
        "own_parts": [str(part) for part in data.own_parts],
        "split_settings": dict(data.split_settings),
        "files": None if data.files is None else data.files.plain(),
        "text": data.text,
    }  # fmt: skip
    # Names of folders need not be UTF-8, but a project must be.
    encodable: dict[str, Any] = json.loads(json.dumps(told, ensure_ascii=False).encode(errors="replace"))
    return encodable


def without_samples(facts: Mapping[str, Any]) -> Dataset:
    """The data that `plain` told of, with parts that are empty; ``facts`` come from a file, so they are
    checked. Raises DataError.
    """
    try:
        shape, width = tuple(facts["input_shape"]), facts["target_width"]
        if math.prod(shape) > MOST_VALUES:
            raise ValueError(f"samples of {math.prod(shape):,} values")
        shapes = (shape, shape, (width,), (width,))
        x_shift, x_scale, y_shift, y_scale = (
            _scaling(facts[name], of, name) for name, of in zip(SCALINGS, shapes, strict=True)
        )
        pictures = facts["pictures"] and _preparation(facts["pictures"], shape)
        features, classes = tuple(facts["features"]), tuple(facts["classes"])
        inputs = _inputs(facts.get("inputs") or (), features, shape)
        tokens = _tokens(facts.get("tokens") or (), math.prod(shape))
        told, seen = facts.get("seen"), None
        if told:
            seen = seen_of(told, shape, bool(features), len(classes))
        own_parts = tuple(Split(part) for part in facts.get("own_parts") or ())
        settings = dict(facts.get("split_settings") or {})
        files = facts.get("files") and FilesSeen.of_plain(facts["files"])
        text = Unit(facts["text"]) if facts.get("text") else None
        if text and (len(shape) != 1 or not classes):
            raise ValueError("the text does not fit")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"What the project holds of its data is damaged ({error}). Choose the data under Data, or on the "
            "command line with --data."
        ) from error
    x, y = np.zeros((0, *shape), np.float32), np.zeros((0, width), np.float32)
    return Dataset(
        facts["name"], x, y, x, y, classes, features, tuple(facts["targets"]), x_shift, x_scale, y_shift,
        y_scale, x_validation=x, y_validation=y, pictures=pictures, inputs=inputs, tokens=tokens,
        written=facts.get("written") and Written(**facts["written"]), seen=seen, files=files or None,
        own_parts=own_parts, split_settings=settings, text=text,
    )  # fmt: skip


def _inputs(told: Sequence[Mapping[str, Any]], features: Sequence[str], shape: Shape) -> tuple[Encoder, ...]:
    encoders = tuple(map(encoder_of, told))
    if encoders and (len(shape) != 1 or sum(len(encoder.features) for encoder in encoders) != shape[0]):
        raise ValueError("the columns do not fit the inputs")
    if encoders and len(features) != shape[0]:
        raise ValueError("the names do not fit the inputs")
    return encoders


def _tokens(told: Sequence[tuple[Sequence[int], int]], inputs: int) -> tuple[Tokens, ...]:
    tokens = tuple(Tokens(tuple(columns), size) for columns, size in told)
    if any(not 0 <= column < inputs for group in tokens for column in group.columns):
        raise ValueError("the tokens do not fit the inputs")
    return tokens


def _scaling(values: Any, shape: Shape, name: str) -> np.ndarray | float:
    array = np.array(values, np.float64)
    if np.broadcast_shapes(array.shape, shape) != shape or not np.isfinite(array).all():
        raise ValueError(f"{name} does not fit")
    if name.endswith("scale") and not array.all():
        raise ValueError(f"{name} is zero")
    return array if array.ndim else float(array)


def _preparation(told: Mapping[str, Any], shape: Shape) -> Preparation:
    for name in ("mean", "deviation"):
        _scaling(told[name], shape, "a scale" if name == "deviation" else name)
    return Preparation(Fit(told["fit"]), tuple(told["mean"]), tuple(told["deviation"]))
