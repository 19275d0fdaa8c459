"""A network that can be asked where its numbers point: `method.Network` over what is trained here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnkernels.planning.pieces import samples_at_once
from nnkernels.planning.plan import build
from nnkernels.planning.pullback import (
    ancestors,
    input_gradient,
    inputs_of,
    observed,
    projected,
    without_gradient,
)
from nnkernels.program import Layout, Program
from nnkernels.spec import Shape, show_shape, size_of
from nnstudio.data.dataset import DataError
from nnstudio.explain.activations import decide
from nnstudio.explain.layer_names import called
from nnstudio.explain.map_layers import map_layers
from nnstudio.explain.method import AT_ONCE, Target
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import expect, run

# Programs that are kept at a time: a method needs two or three.
MOST_PROGRAMS = 6
# What a program is for: the node that it goes up to or another word, and the nodes that it goes back to.
Key = tuple[str, tuple[str, ...]]


class Differentiable:
    """The network of an `Evaluation`, with the parameters that it has whenever it is asked.

    Layers behave as in predicting: dropout drops nothing, batch norm keeps its statistics. Samples therefore
    never depend on each other. All of it belongs to the thread that computes.

    Attributes:
        forward, back: samples that went through the network, and back.
        names: what people call layers, by identifier.
    """

    def __init__(self, session: Evaluation, names: Mapping[str, str] | None = None) -> None:
        """``names``: what people call layers in sentences, by identifier."""
        self.session, self.forward, self.back = session, 0, 0
        self.layout, self.names = session.layout, names or {}
        self._programs: dict[Key, Program] = {}
        # Samples that go through at once: fewer in a network that is large.
        self._together = samples_at_once(self.layout, AT_ONCE, goes_back=True)

    @property
    def shape(self) -> Shape:
        return self.session.data.input_shape

    def values(self, target: Target, x: np.ndarray) -> np.ndarray:
        return _weighted(self._predicted(x, target.node), target)

    def gradients(self, target: Target, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        program = self._to(target, ())
        targets = np.repeat(target.weights[None], len(x), 0)

        def read(count: int) -> tuple[np.ndarray, np.ndarray]:
            values = _weighted(program.activation(target.node, count), target)
            return values, input_gradient(program, count, self.shape)

        values, gradients = self._run(program, x, targets, read)
        return values, gradients

    def at(self, target: Target, x: np.ndarray, node: str) -> tuple[np.ndarray, np.ndarray]:
        """As `Network`. Raises DataError where the target does not depend on the node."""
        if node not in self.layout.nodes:
            raise DataError(f"The network has no layer called '{node}'. It has: {self._names()}.")
        layer = called(node, self.names)
        if node not in ancestors(self.layout, target.node):
            raise DataError(
                f"{target.name} does not depend on '{layer}', which lies behind it or beside it. Choose a "
                "layer before it."
            )
        if node == target.node:
            raise DataError(
                f"{target.name} is what '{called(node, self.names)}' itself gives. Choose a layer before it."
            )
        program = self._to(target, (node,))
        targets = np.repeat(target.weights[None], len(x), 0)

        def read(count: int) -> tuple[np.ndarray, np.ndarray]:
            gradient = program.output_gradient(node, count)
            assert gradient is not None
            return program.activation(node, count), gradient

        values, gradients = self._run(program, x, targets, read)
        return values, gradients

    def losses(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        self.forward += len(x)
        layout = self.layout
        program = self._program(("each loss", ()), lambda: self._build(layout, (), {layout.output}, 1))
        program.set_data(np.asarray(x, np.float32), y, np.arange(len(x)))
        each = []
        expect(len(x))
        for _sample in x:
            run(program, self.session.threads)
            each.append(program.loss)
        return np.array(each)

    def loss_gradients(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        layout = self.layout
        program = self._program(
            ("mean loss", ()), lambda: self._build(layout, inputs_of(layout), {layout.output})
        )

        def read(count: int) -> tuple[np.ndarray, ...]:
            # The engine's loss is the mean over the samples that are on their way.
            return (input_gradient(program, count, self.shape) * count,)

        return self._run(program, x, y, read)[0]

    def classes(self, x: np.ndarray) -> np.ndarray:
        data = self.session.data
        if not data.classes or data.target_width > 1:
            raise DataError(
                "This network does not tell classes of whole samples apart, so there is none to change."
            )
        chosen: np.ndarray = decide(self.session, self._predicted(x, None))[0]
        return chosen

    def _predicted(self, x: np.ndarray, node: str | None) -> np.ndarray:
        """What a node gives for all samples; of a large network a few at a time."""
        self.forward += len(x)
        most = samples_at_once(self.layout, len(x))
        parts = [x[start : start + most] for start in range(0, len(x), most)] or [x]
        expect(len(parts))
        return np.concatenate([self.session.predict(np.asarray(p, np.float32), node) for p in parts])

    def maps_before(self, target: Target) -> str:
        layout, dimensions = self.layout, len(self.shape)
        before = ancestors(layout, target.node) - {target.node}
        maps = [
            n for n in layout.nodes.values() if n.id in before and n.inputs and len(n.shape) == dimensions > 1
        ]
        convolutions = [n for n in maps if any(len(p.shape) == dimensions + 1 for p in n.parameters)]
        if not maps:
            raise DataError(
                f"Grad-CAM reads maps that lie over a sample of {show_shape(self.shape)}, as a convolution "
                f"gives them; no layer before the {target.name} gives any. Choose another method."
            )
        if not convolutions:
            return maps[-1].id
        # What follows it value by value, such as a ReLU, says what the convolution hands on.
        last = convolutions[-1]
        behind = [n for n in maps if n.shape == last.shape and last.id in ancestors(layout, n.id)]
        return behind[-1].id

    def map_layers(self) -> tuple[str, ...]:
        return map_layers(self.layout)

    def maps(self, x: np.ndarray, nodes: Sequence[str]) -> list[np.ndarray]:
        """As `Network`. Raises DataError or NodeError for a layer that gives no maps of such pictures."""
        inputs = inputs_of(self.layout)
        for node in nodes:
            if node not in self.layout.nodes or node in inputs:
                raise DataError(f"The network has no layer called '{node}'. It has: {self._names()}.")
        self.forward += len(x)
        program = self._observing(x.shape, tuple(nodes), goes_back=False)
        nothing = np.zeros((len(x), program.target_width), np.float32)
        program.set_data(np.asarray(x, np.float32), nothing, np.arange(len(x)))
        run(program, self.session.threads)
        return [program.activation(node, len(x)).astype(np.float64) for node in nodes]

    def maps_back(self, x: np.ndarray, gradients: Mapping[str, np.ndarray]) -> np.ndarray:
        self.forward += len(x)
        self.back += len(x)
        program = self._observing(x.shape, tuple(gradients), goes_back=True)
        targets = np.concatenate([g.reshape(len(x), -1) for g in gradients.values()], 1)
        program.set_data(np.asarray(x, np.float32), targets, np.arange(len(x)))
        run(program, self.session.threads)
        return input_gradient(program, len(x), x.shape[1:]).astype(np.float64)

    def _observing(self, shape: Shape, nodes: tuple[str, ...], goes_back: bool) -> Program:
        """A program over so many pictures of a size, up to some layers."""

        def plan() -> Program:
            layout = observed(self.layout, nodes, shape[1:])
            width = sum(size_of(layout.nodes[node].shape) for node in nodes)
            return build(
                layout, shape[1:], self.session.settings.loss, None, shape[0], width,
                params=self.session.flat, keep=nodes, by=inputs_of(layout) if goes_back else (),
            )  # fmt: skip

        return self._program((f"maps of {show_shape(shape)}, back: {goes_back}", nodes), plan)

    def untold(self, target: Target) -> tuple[str, ...]:
        """Layers that look rows up by whole numbers, through which no gradient comes back to the sample."""
        ahead = projected(self.layout, target.node)
        return without_gradient(ahead, inputs_of(ahead))

    def surrogates(self, target: Target) -> tuple[str, ...]:
        """Layers before the target that pass a stand-in for their gradient back."""
        ahead = projected(self.layout, target.node)
        return tuple(n.id for n in ahead.nodes.values() if n.layer.surrogate)

    def _names(self) -> str:
        return ", ".join(called(n.id, self.names) for n in self.layout.nodes.values() if n.inputs)

    def _to(self, target: Target, by: tuple[str, ...]) -> Program:
        """A program that goes up to a target, and back to some nodes or the sample."""

        def plan() -> Program:
            ahead = projected(self.layout, target.node)
            return self._build(ahead, by or inputs_of(ahead), {target.node, *by})

        return self._program((target.node, by), plan)

    def _build(self, layout: Layout, by: tuple[str, ...], keep: set[str], batch: int = 0) -> Program:
        session, end = self.session, layout.targets[0]
        width = session.data.target_width if end.loss else size_of(layout.nodes[end.logits].shape)
        # What a class weighs in training says nothing of one sample, and would depend on the others.
        options = {name: v for name, v in session.loss_options.items() if name != "class_weights"}
        return build(
            layout, self.shape, session.settings.loss, None, batch or self._together, width,
            params=session.flat, loss_options=options, keep=keep, by=by,
        )  # fmt: skip

    def _program(self, key: Key, plan: Callable[[], Program]) -> Program:
        """The latest ones are kept."""
        program = self._programs.pop(key, None) or plan()
        self._programs[key] = program
        while len(self._programs) > MOST_PROGRAMS:
            del self._programs[next(iter(self._programs))]
        return program

    def _run(
        self,
        program: Program,
        x: np.ndarray,
        targets: np.ndarray,
        read: Callable[[int], tuple[np.ndarray, ...]],
    ) -> list[np.ndarray]:
        """What is read after each batch of samples, joined: float64 copies."""
        self.forward += len(x)
        self.back += len(x)
        program.set_data(np.asarray(x, np.float32), targets, np.arange(len(x)))
        parts, starts = [], range(0, len(x), program.batch)
        expect(len(starts))
        for start in starts:
            run(program, self.session.threads)
            parts.append([np.array(a, np.float64) for a in read(min(program.batch, len(x) - start))])
        return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def _weighted(given: np.ndarray, target: Target) -> np.ndarray:
    """The target's numbers (n,), float64; values without a weight may be infinite."""
    asked = np.flatnonzero(target.weights)
    total: np.ndarray = given.reshape(len(given), -1)[:, asked].astype(np.float64) @ target.weights[asked]
    return total
