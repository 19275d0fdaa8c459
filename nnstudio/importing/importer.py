"""What an importer does, the neutral graph that it gives, and the registry that finds importers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from nnkernels.spec import PLACEHOLDER, Shape
from nnkernels.spec.registry import Registry
from nnstudio.model.atomic_file import FileError


@dataclass(frozen=True, eq=False)
class ImportedNode:
    """A layer, its arrays as nnstudio has them.

    Attributes:
        name: as the file calls it; no two nodes share one.
        kind: identifier of the layer.
        inputs: names of the nodes whose values it takes.
        arrays: float32, by the names that the layer gives its parameters.
        shape: of one sample with channels last; None where that is not known.
    """

    name: str
    kind: str
    options: Mapping[str, Any]
    inputs: tuple[str, ...]
    arrays: Mapping[str, np.ndarray]
    shape: Shape | None


@dataclass(frozen=True)
class Row:
    """What became of a node or an array of the file.

    Attributes:
        name, kind: as the file has them.
        layer: name of the imported node that it is part of now; "" where it was not needed.
        text: what was done, or why it could not be; a sentence.
        is_changed: whether what the network computes is another than in the file.
        is_assumed: whether something was guessed, or something left out that shows in training only.
    """

    name: str
    kind: str
    layer: str
    text: str
    is_changed: bool = False
    is_assumed: bool = False


@dataclass(frozen=True, eq=False)
class Imported:
    """A network of another program: nodes in order of computation, and what became of all that was read.

    Attributes:
        metadata: texts that the file's writer left in it.
        scaling: "x_shift" and "x_scale", float32 in the shape of a sample or one number: a value v of the
            data enters as (v - shift) / scale.
        sample: the shape of a sample where the nodes are those of a project, whose Inputs and Outputs say
            their columns of it; None where they are those of another program.
    """

    nodes: tuple[ImportedNode, ...]
    rows: tuple[Row, ...]
    metadata: Mapping[str, str]
    scaling: Mapping[str, np.ndarray] = field(default_factory=dict)
    sample: Shape | None = None

    @property
    def unread(self) -> tuple[Row, ...]:
        """What could not be expressed and is kept as a placeholder."""
        kept = {node.name for node in self.nodes if node.kind == PLACEHOLDER}
        return tuple(row for row in self.rows if row.layer in kept)

    @property
    def assumed(self) -> tuple[str, ...]:
        """Sentences on what computes something else than in the file, was guessed or was left out."""
        changed = [f"'{row.name}' was changed: {row.text}" for row in self.rows if row.is_changed]
        return (*changed, *(f"'{row.name}': {row.text}" for row in self.rows if row.is_assumed))


class Importer:
    """A kind of file that holds a network. A file in this package that registers one is all it takes.

    Attributes:
        suffixes: of its files, with the dot; no two importers share one.
        help: what writes such files, in a sentence.
    """

    id: str = ""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    suffixes: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[int] = 0

    def read(self, path: Path) -> Imported:
        """Read a file, never running code from it. Raises FileError with a sentence."""
        raise NotImplementedError


class Importers(Registry[Importer]):
    """Importers by identifier, and by suffix."""

    def add(self, entry: Importer) -> None:
        """Raises ValueError for an identifier or a suffix in use."""
        for other in self._entries.values():
            shared = sorted(set(other.suffixes) & set(entry.suffixes))
            if shared:
                raise ValueError(f"{entry.title} and {other.title} both read '{shared[0]}'; change one.")
        super().add(entry)

    def of(self, path: Path) -> Importer:
        """The importer that a file's suffix names. Raises FileError."""
        for importer in self:
            if path.suffix.lower() in importer.suffixes:
                return importer
        known = ", ".join(suffix for importer in self for suffix in importer.suffixes)
        raise FileError(f"'{path.name}' is no network that can be imported; the suffix must be {known}.")


importers = Importers("importer", "nnstudio.importing", "nnstudio.importers")
