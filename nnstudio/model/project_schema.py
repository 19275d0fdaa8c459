"""What project.json may hold: types and ranges, checked before anything is made of it.

Keys that are not listed are left alone, so that a newer program may add some within a format.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

# Larger whole numbers are not exact in JSON, and no count comes near.
MOST_COUNT = 2**53
Count = Annotated[int, Meta(ge=0, le=MOST_COUNT)]
# Positions on the canvas; Qt's own arithmetic fails far beyond.
Coordinate = Annotated[float, Meta(ge=-1e8, le=1e8)]
Text = Annotated[str, Meta(max_length=100_000)]
Name = Annotated[str, Meta(min_length=1, max_length=1_000)]
Value = bool | int | float | str | None


class NodeSchema(Struct):
    """A node; options of kinds that are not known here may be anything."""

    id: Name
    kind: Name
    name: Text
    x: Coordinate
    y: Coordinate
    options: dict[str, Any]


class NoteSchema(Struct):
    """A note or frame."""

    id: Name
    text: Text
    x: Coordinate
    y: Coordinate
    width: Coordinate
    height: Coordinate
    frame: bool


class GraphSchema(Struct):
    """Nodes, links as pairs of identifiers, notes."""

    nodes: Annotated[list[NodeSchema], Meta(max_length=100_000)]
    links: Annotated[list[tuple[Name, Name]], Meta(max_length=1_000_000)]
    notes: Annotated[list[NoteSchema], Meta(max_length=100_000)] = []


class SubnetworkSchema(Struct):
    """A network that nodes of others stand for."""

    id: Name
    title: Text
    graph: GraphSchema


class GroupSettingsSchema(Struct):
    """The optimizer of a group of layers."""

    optimizer: Name
    optimizer_options: dict[str, Value] = {}


class SettingsSchema(Struct):
    """Settings of the training; which options there are, `TrainingSettings.from_dict` knows.

    ``groups`` since format 12.
    """

    loss: Name
    optimizer: Name
    batch_size: int
    epochs: int
    seed: int
    optimizer_options: dict[str, Value] = {}
    loss_options: dict[str, Value] = {}
    schedule: Name = "constant"
    schedule_options: dict[str, Value] = {}
    extras: dict[str, Value] = {}
    groups: dict[Name, GroupSettingsSchema] = {}


class PicturesSchema(Struct):
    """How pictures become inputs; see data.pictures.Preparation."""

    fit: Name
    mean: list[float]
    deviation: list[float]


class WrittenSchema(Struct):
    """How a table is written; see data.written. All but the first three fields since some of format 11."""

    decimal: Text
    thousands: Text
    units: dict[str, Text]
    delimiter: Text = ""
    encoding: Text = ""
    quote: Text = ""
    escape: Text = ""
    times: list[Text] = []
    missing: list[Text] = []
    kept: list[Text] = []
    names: dict[str, Text] = {}
    of_type: list[Text] = []


class SeenSchema(Struct):
    """What the training part held; see data.seen, which checks the ranges."""

    low: Any
    high: Any
    means: tuple[float, float]
    moments: tuple[float, float]
    counts: Annotated[list[Count], Meta(max_length=1_000_000)]


class FilesSchema(Struct):
    """What the files of the training part are like; see data.files_seen."""

    ranges: dict[Text, tuple[float, float]]
    kinds: dict[Text, list[Text]]


class FactsSchema(Struct):
    """What predictions need of the data; see data.without_samples, which checks scalings and encoders.

    ``inputs``, ``tokens``, ``written``, ``seen`` and ``files`` since format 9, ``text``, ``own_parts`` and
    ``split_settings`` in some of format 11.
    """

    name: Text
    classes: Annotated[list[Text], Meta(max_length=1_000_000)]
    features: Annotated[list[Text], Meta(max_length=1_000_000)]
    targets: Annotated[list[Text], Meta(max_length=1_000_000)]
    input_shape: Annotated[list[Annotated[int, Meta(ge=1, le=MOST_COUNT)]], Meta(max_length=16)]
    target_width: Annotated[int, Meta(ge=1, le=1_000_000)]
    x_shift: Any
    x_scale: Any
    y_shift: Any
    y_scale: Any
    pictures: PicturesSchema | None = None
    inputs: Annotated[list[dict[str, Any]], Meta(max_length=1_000_000)] = []
    tokens: Annotated[list[tuple[list[Count], Count]], Meta(max_length=1_000_000)] = []
    written: WrittenSchema | None = None
    seen: SeenSchema | None = None
    files: FilesSchema | None = None
    text: Name | None = None
    own_parts: Annotated[list[Name], Meta(max_length=3)] = []
    split_settings: Annotated[dict[Name, Value], Meta(max_length=100)] = {}


class DataSchema(Struct):
    """Which data; ``name`` and ``hash`` since format 3, ``facts`` since format 6."""

    kind: Name
    options: dict[str, Any]
    name: Text = ""
    hash: Annotated[str, Meta(pattern="^([0-9a-f]{64})?$")] = ""
    facts: FactsSchema | None = None


class RowSchema(Struct):
    """One epoch of the curve."""

    epoch: Count
    steps: Count
    loss: float
    accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    samples_per_second: float
    seconds: float


class OutputsSchema(Struct):
    """The losses of several Outputs in the running epoch; see model.output_arrays."""

    names: Annotated[list[Name], Meta(max_length=10_000)]
    sums: list[float]
    counts: list[float]
    right: float
    latest: list[float]
    share: float


class RunSchema(Struct):
    """A run that was begun; ``history`` is the number of its rows since format 3, which lie in arrays.

    ``best_of``, ``returned_to``, ``altered`` and ``goal`` in some of format 11, ``outputs`` since format 12,
    ``judged_from`` in some of that.
    """

    optimizer: Name
    step: Count
    epoch: Count
    cursor: Count
    partial: tuple[float, float, float]
    history: list[RowSchema] | Count
    best: tuple[float, Count] | None = None
    optimizer_began: Count = 0
    schedule: tuple[Name, dict[str, Value], list[float]] | None = None
    id: Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")] = ""
    best_of: tuple[Count, Count] | None = None
    returned_to: tuple[Count, Count] | None = None
    altered: bool = False
    goal: Count = 0
    outputs: OutputsSchema | None = None
    judged_from: Count = 0


class CheckpointSchema(Struct):
    """What a checkpoint says of itself; see training.checkpoints."""

    of: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    number: Count
    taken: Annotated[str, Meta(max_length=64)]
    goes_on: bool


def checked(content: object, kind: Any) -> Any:
    """Plain data with the types and ranges of a schema, again as plain data. Raises ValueError."""
    return msgspec.to_builtins(msgspec.convert(content, kind))
