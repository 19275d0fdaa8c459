"""A generator or its judge as a network of its own, cut out of the one in which they learned together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.planning.pullback import ancestors
from nnkernels.program import Layout
from nnkernels.spec import NodeSpec, Shape, size_of
from nnstudio.data.dataset import Dataset
from nnstudio.export.format import ExportError
from nnstudio.model.quantity import counted
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.fixed import Fixed
from nnstudio.training.generator import Generator, generator_of

NOISE, LOSS = "noise", "mse"
# Samples of noise on which the part is proved to be what it was in the whole.
PROOFS = EVALUATION_BATCH


class Part(StrEnum):
    """What of a network is exported."""

    WHOLE = "whole"
    GENERATOR = "generator"
    JUDGE = "judge"

    @property
    def label(self) -> str:
        return "The whole network" if self is Part.WHOLE else f"The {self} alone"


class Alone(Fixed):
    """A part with the weights that it has in the whole.

    Attributes:
        told: what it takes and gives, in sentences.
    """

    told = ""


def parts_of(layout: Layout, input_shape: Shape) -> tuple[Part, ...]:
    """What can be exported of a network; only one that generates has parts."""
    if generator_of(layout, input_shape) is None:
        return (Part.WHOLE,)
    return (Part.WHOLE, Part.GENERATOR, *([Part.JUDGE] if _end_of_judge(layout) else []))


def part_of(trained: Evaluation, part: Part) -> Evaluation:
    """The network itself, or a part of it that predicts the same. Raises ExportError where there is none."""
    if part is Part.WHOLE:
        return trained
    maker = generator_of(trained.layout, trained.data.input_shape)
    if maker is None:
        raise ExportError(
            f"There is no {part} in this network: no layers make samples out of Noise and learn in a group "
            "of their own. Export the whole network."
        )
    return _generator(trained, maker) if part is Part.GENERATOR else _judge(trained)


def _generator(trained: Evaluation, maker: Generator) -> Alone:
    layout, data = trained.layout, trained.data
    before = ancestors(layout, maker.node)
    noises = [name for name in layout.nodes if name in before and layout.nodes[name].layer.id == NOISE]
    if len(noises) > 1:
        names = ", ".join(f"'{name}'" for name in noises)
        raise ExportError(
            f"The generator begins with the numbers of {names}, and a network of its own has one input. Let "
            "one Noise draw all of them, and train again."
        )
    (noise,) = noises
    kept = _behind(layout, noise, maker.node)
    stray = [n for name in kept if name != noise for n in layout.nodes[name].inputs if n not in kept]
    if stray:
        raise ExportError(
            f"The generator does not live on noise alone: '{stray[0]}' enters, too. Export the whole network."
        )
    # No node of the part is called as an Output of the whole.
    output = NodeSpec(layout.output, "output", {}, (maker.node,))
    specs = [NodeSpec(noise, "input", {}), *_specs(layout, kept - {noise}), output]
    zeros = np.zeros((PROOFS, *data.input_shape), np.float32)
    drawn, given = trained.predict(zeros, noise), trained.predict(zeros, maker.node)
    count, size = layout.nodes[noise].shape[0], size_of(layout.nodes[maker.node].shape)
    shift, scale = (np.broadcast_to(v, data.input_shape).ravel() for v in (data.x_shift, data.x_scale))
    nothing = np.zeros((PROOFS, size), np.float32)
    outputs = data.features if len(data.features) == size else tuple(f"value {i + 1}" for i in range(size))
    of_noise = Dataset(
        "noise, numbers from N(0, 1)", drawn, nothing, drawn, nothing, (),
        tuple(f"noise {i + 1}" for i in range(count)), outputs, y_shift=shift, y_scale=scale,
    )  # fmt: skip
    settings = replace(trained.settings, loss=LOSS, loss_options={})
    alone = _built(trained, specs, of_noise, settings)
    alone.answers_known = False
    alone.told = (
        f"It takes {counted(count, 'random number')} from N(0, 1) for each sample, as "
        f"numpy.random.default_rng().normal(size=(n, {count})) draws them, and gives samples such as those "
        f"of '{data.name}'."
    )
    if not np.allclose(alone.predict(drawn), given, rtol=1e-5, atol=1e-6, equal_nan=True):
        raise ExportError(
            "The generator alone gives something else than in the network. Nothing was written. This is a "
            "bug in nnstudio."
        )
    return alone


def _judge(trained: Evaluation) -> Alone:
    layout, data = trained.layout, trained.data
    end = _end_of_judge(layout)
    if end is None:
        raise ExportError(
            "The judge sees nothing but what is generated, so it does not stand alone. Export the whole "
            "network."
        )
    node = layout.nodes[end]
    kept = ancestors(layout, end) - {end}
    options = {name: node.options[name] for name in ("columns", "loss")}
    specs = [*_specs(layout, kept), NodeSpec(end, "output", options, node.inputs)]
    alone = _built(trained, specs, data, trained.settings)
    alone.told = f"It takes samples of '{data.name}', or generated ones, and says how likely each is real."
    return alone


def _end_of_judge(layout: Layout) -> str | None:
    """The Output of a judge that looks at samples of the data: no noise leads to it."""
    for target in layout.targets:
        before = [layout.nodes[name] for name in ancestors(layout, target.node)]
        if not any(node.layer.id == NOISE for node in before) and any(node.parameters for node in before):
            return target.node
    return None


def _behind(layout: Layout, first: str, last: str) -> frozenset[str]:
    """Both nodes, and those on a way from one to the other."""
    on_the_way = {first}
    for name in layout.nodes:
        if on_the_way.intersection(layout.nodes[name].inputs):
            on_the_way.add(name)
    return frozenset(on_the_way & ancestors(layout, last))


def _specs(layout: Layout, kept: frozenset[str]) -> list[NodeSpec]:
    """Nodes as a network of their own has them: weights of a layer that stays behind become their own."""
    first: dict[str, str] = {}
    specs = []
    for name, node in layout.nodes.items():
        if name not in kept:
            continue
        options = dict(node.options)
        if "shares" in options:
            owner = layout.owners.get(name, name)
            keeper = first.setdefault(owner, owner if owner in kept else name)
            options["shares"] = "" if keeper == name else keeper
        specs.append(NodeSpec(name, node.layer.id, options, node.inputs))
    return specs


def _built(
    trained: Evaluation, specs: Sequence[NodeSpec], data: Dataset, settings: TrainingSettings
) -> Alone:
    """The network of these nodes, with the weights that they have in the whole."""
    layout, arrays = Layout.of(NetworkSpec(tuple(specs)), data.input_shape, settings.loss), trained.arrays()
    params = np.zeros(layout.parameter_count, np.float32)
    for slot in layout.parameters:
        owner = trained.layout.owners[slot.node]
        params[slot.offset : slot.offset + slot.size] = arrays[f"{owner}.{slot.name}"].ravel()
    return Alone(layout, data, settings, trained.threads, params, trained.steps)
