"""Puts imported nodes together, shapes and arrays checked; what no layer computes becomes a placeholder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnkernels.spec import PLACEHOLDER, Parameter, Shape, SpecError, initialisers, layers, size_of
from nnstudio.importing.importer import Imported, ImportedNode, Row
from nnstudio.model.atomic_file import FileError

# Of the text that a placeholder keeps of what it stands for.
MOST_DATA = 100_000
MOST_NODES = 20_000
LARGEST_SAMPLE = 2**26
# Values that are drawn for a network without weights.
MOST_DRAWN = 2**28


class NotExpressible(Exception):
    """What no layer computes; the text is a sentence that names what is missing."""


class NetworkBuilder:
    """Collects nodes in order of computation, and a row for each part of the file. Raises FileError for more
    nodes than a person could look at.

    Attributes:
        draws: whether arrays that are not given are drawn afresh; otherwise they must be given.
    """

    def __init__(self, draws: bool = False) -> None:
        self.draws = draws
        self.nodes: dict[str, ImportedNode] = {}
        self.rows: list[Row] = []
        self.scaling: dict[str, np.ndarray] = {}
        self._left = MOST_DRAWN
        # The next number for each name that is in use.
        self._numbers: dict[str, int] = {}

    def imported(self, metadata: Mapping[str, str] | None = None) -> Imported:
        """All that was collected."""
        return Imported(tuple(self.nodes.values()), tuple(self.rows), metadata or {}, self.scaling)

    def shape(self, name: str) -> Shape:
        """Of a node's values. Raises NotExpressible where a placeholder gives them."""
        shape = self.nodes[name].shape
        if shape is None:
            raise NotExpressible("It takes the value of a placeholder, whose shape is not known.")
        return shape

    def add_input(self, name: str, shape: Shape, kind: str) -> str:
        """An Input of a known shape. Raises FileError for one that is larger than any sample."""
        if size_of(shape) > LARGEST_SAMPLE:
            raise FileError(f"Its input has shape {shape}, which is too large for a sample.")
        name = self.new_name(name)
        self.nodes[name] = ImportedNode(name, "input", {}, (), {}, shape)
        self.rows.append(Row(name, kind, name, f"Input of shape {shape}."))
        return name

    def add_output(self, source: str, wanted: str = "output") -> str:
        """An Output behind a node."""
        name = self.new_name(wanted)
        self.nodes[name] = ImportedNode(name, "output", {}, (source,), {}, self.nodes[source].shape)
        self.rows.append(Row(name, "output", name, "Output."))
        return name

    def add(
        self,
        wanted: str,
        kind: str,
        options: Mapping[str, Any],
        inputs: Sequence[str],
        arrays: Mapping[str, np.ndarray] | None = None,
        shares: str = "",
    ) -> str:
        """A layer; returns its name. Arrays may be any floats, and are not looked at where it ``shares``.

        Raises NotExpressible where the layer does not take its options, what enters, or its arrays.
        """
        inputs = self._distinct(inputs)
        layer, shapes = layers[kind], [self.shape(name) for name in inputs]
        try:
            options = layer.complete({**options, **({"shares": shares} if shares else {})})
            shape = layer.shape(options, shapes)
            parameters = layer.parameters(options, shapes)
        except SpecError as error:
            raise NotExpressible(f"{layer.title} does not take it: {error}") from error
        own = {} if shares else self._arrays(parameters, arrays)
        name = self.new_name(wanted)
        self.nodes[name] = ImportedNode(name, kind, options, tuple(inputs), own, shape)
        self.note_added(name)
        return name

    def _distinct(self, inputs: Sequence[str]) -> list[str]:
        """The inputs, those that come again behind an Identity: a link between two nodes is drawn once."""
        distinct: list[str] = []
        for name in inputs:
            again = name in distinct
            distinct.append(self.add(f"{name} again", "identity", {}, [name]) if again else name)
        return distinct

    def note_added(self, name: str) -> None:
        """A layer was added: whoever reads a text remembers where it stands."""

    def _arrays(
        self, parameters: Sequence[Parameter], given: Mapping[str, np.ndarray] | None
    ) -> dict[str, np.ndarray]:
        arrays: dict[str, np.ndarray] = {}
        for p in parameters:
            if given is None and self.draws:
                self._left -= size_of(p.shape)
                if self._left < 0:
                    raise FileError("The network has more weights than can be drawn afresh here.")
                values = np.empty(size_of(p.shape))
                initialisers.draw(p, np.random.default_rng([len(self.nodes), len(arrays)]), values)
                arrays[p.name] = values.reshape(p.shape).astype(np.float32)
                continue
            array = (given or {}).get(p.name)
            if array is None or array.shape != tuple(p.shape):
                held = "is missing" if array is None else f"has shape {array.shape}"
                raise NotExpressible(f"Its array '{p.name}' {held}; {tuple(p.shape)} was expected.")
            arrays[p.name] = np.ascontiguousarray(array, np.float32)
        return arrays

    def add_placeholder(
        self,
        wanted: str,
        kind: str,
        data: Mapping[str, Any],
        inputs: Sequence[str],
        reason: str,
        shape: Shape | None = None,
    ) -> str:
        """Something that no layer computes, with what the file says of it; returns its name."""
        name = self.new_name(wanted)
        text = json.dumps(data, default=str)
        if len(text) > MOST_DATA:
            text = json.dumps({"left out": f"{len(text)} characters"})
        options = {"kind": kind[:200], "data": text}
        self.nodes[name] = ImportedNode(name, PLACEHOLDER, options, tuple(dict.fromkeys(inputs)), {}, shape)
        self.rows.append(Row(wanted, kind, name, f"Kept as a placeholder: {reason}"))
        return name

    def new_name(self, wanted: str) -> str:
        """The name, or one with a number where it is in use."""
        if len(self.nodes) >= MOST_NODES:
            raise FileError(f"The network has more than {MOST_NODES} layers; that is too much to draw.")
        name, number = wanted, self._numbers.get(wanted, 2)
        while name in self.nodes:
            name, number = f"{wanted} {number}", number + 1
        self._numbers[wanted] = number
        return name


__all__ = ["NetworkBuilder", "NotExpressible"]
