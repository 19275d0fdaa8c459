"""A network and settings to begin with for data that is new: by task, shape and amount; tries nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from nnkernels.spec import Layer, layers, losses, show_shape, size_of
from nnkernels.spec.registry import Registry
from nnstudio.model.graph import Graph, Note
from nnstudio.model.inference import DataFacts, infer
from nnstudio.model.quantity import counted
from nnstudio.model.settings import EPOCHS, TrainingSettings
from nnstudio.model.templates import Template, templates
from nnstudio.model.tokens import Tokens, as_text, columns_of

# From so many rows on, a table gets the larger of these networks: rows, hidden layers, units.
DENSE = ((3000, 2, 32), (500, 2, 16), (0, 1, 16))
# Many inputs take more units, so that the first layer is no bottleneck.
MANY_INPUTS, MANY_UNITS = 100, 64
RECURRENT_UNITS = 32
# Adam's own rate is slow for networks as small as those of tables.
DENSE_RATE = 0.003
FILTERS = (16, 32, 64, 64)
# A round of convolution and pooling must leave a picture of this side at least.
SMALLEST_SIDE = 4
# Pictures up to this side get two rounds, as the shipped ConvNet; each doubling of it gets one more.
TWO_ROUNDS = 32
DROPOUT = 0.3
# Of so many pictures or more, a Dense layer of so many units learns more: as the shipped ConvNet has it.
MANY_PICTURES, PICTURE_UNITS = 20_000, 128
# From so many samples on, so many share a step.
BATCHES = ((50_000, 128), (3000, 64), (500, 32), (0, 16))
# A small table learns in about so many steps; all are seen at least so often, and at most.
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 1000, 60, 150
# What a core computes in about a minute: measured 2.9e10 a second with the ConvNet on MNIST. A sample of a
# small table takes as long as so many: measured 2 microseconds.
OPERATIONS, OPERATIONS_A_SAMPLE = 1.5e12, 60_000
# Backward costs about twice as much as forward.
PASSES = 3
# The note that holds the reason, and how far below the network it stands.
NOTE_WIDTH, NOTE_HEIGHT, GAP = 420.0, 120.0, 24.0

# fastai's rule for the length of an Embedding's vectors, min(600, round(1.6 n ** 0.56)) of n values
# (fastai.tabular.model.emb_sz_rule), with fewer at most: these networks are smaller.
EMBEDDING_FACTOR, EMBEDDING_POWER, MOST_DIMENSIONS = 1.6, 0.56, 16
# Vectors of categories are soon learned by heart: of 800 values in 14,000 rows, 77 % right became 73 % within
# 60 epochs. Dropout behind the Embedding helped less.
PATIENCE = 10
# Tables of fewer rows are learned by heart within the epochs that they get: of sonar's 208 rows the loss in
# validation went from 0.50 to 0.72. Of series it did not, and by chance it stopped them too early.
FEW_ROWS, PATIENCE_OF_FEW = 3000, 20

DENSE_TITLE = "Dense network"
# The template of which a transformer for texts takes its layers, those of these kinds, and its training;
# length of the vectors that enter them, which its heads share.
LANGUAGE_MODEL = "language_model"
OF_TRANSFORMER = ("positionalencoding", "transformerblock", "layernorm")
VECTORS = 64
# Templates for what a generator imitates: rows, and pictures.
GENERATORS = ("generator_and_judge", "picture_generator")

LABELLED = ", with a label at each"

# Kind of a layer, and its options that differ from the defaults.
Step = tuple[str, dict[str, Any]]
Chain = list[Step]


class Reader(StrEnum):
    """What reads a text: layers that remember what was before, or attention that looks at it again."""

    LSTM = "lstm"
    TRANSFORMER = "transformer"


@dataclass(frozen=True)
class Proposal:
    """A network that fits data, how to train it, and why so in a sentence or two."""

    graph: Graph
    settings: TrainingSettings
    reason: str


def propose(
    facts: DataFacts,
    samples: int,
    registry: Registry[Layer] = layers,
    has_validation: bool = True,
    reader: Reader = Reader.LSTM,
) -> Proposal:
    """What to begin with, for so many training samples of data like this, which has a part for validation.
    A ``reader`` is for texts; other data has no choice.

    Numbers in a row get Dense layers, pictures (height, width, channels) convolutions, sequences (steps,
    channels) a recurrent layer. Numbers of tokens get an Embedding first: each column one of its own, the
    steps of a sequence one together.
    """
    if facts.imitates:
        return _imitating(facts, samples, registry)
    attends = reader is Reader.TRANSFORMER and _is_sequence(facts)
    title, chain, reason = _attending(facts, samples) if attends else _hidden(facts, samples)
    positions = _positions(facts)
    if len(positions) == 2:
        chain = [*chain, ("conv2d", {"filters": "classes", "kernel_size": 1})]
    elif facts.classes and facts.targets > 1 and not positions:
        units = facts.targets * facts.classes
        chain = [
            *chain,
            ("dense", {"units": units}),
            ("reshape", {"target": f"{facts.targets}, {facts.classes}"}),
        ]
    else:
        chain = [*chain, ("dense", {"units": "classes"})]
    folds = losses[facts.losses[0]].folds
    if folds:
        chain.append((folds, {}))
    chain.append(("output", {}))
    nodes, links = _joined(_branches(facts, VECTORS if attends else 0), chain)
    graph = Template("proposal", 0, title, "", (), nodes, links).graph(facts, registry=registry)
    batch = next(size for least, size in BATCHES if samples >= least)
    epochs, why = _epochs(graph, facts, samples, batch)
    if attends:
        # What attention takes was never measured against the operations of a convolution.
        why = f"{counted(epochs, 'epoch')} of {counted(-(-samples // batch), 'step')} each."
    settings = TrainingSettings(loss=facts.losses[0], optimizer="adam", batch_size=batch, epochs=epochs)
    for name in ("learning_rate", "schedule") if attends else ():
        settings = settings.with_option(name, templates[LANGUAGE_MODEL].settings[name])
    if title == DENSE_TITLE:
        settings = settings.with_option("learning_rate", DENSE_RATE)
        settings, stops = _stopping(settings, facts, samples, has_validation)
        why += stops
    frame = graph.notes["note_1"]
    below = Note("note_2", f"{reason} {why}", frame.x, frame.y + frame.height + GAP, NOTE_WIDTH, NOTE_HEIGHT)
    graph.insert_note(below)
    return Proposal(graph, settings, f"{reason} {why}")


def _stopping(
    settings: TrainingSettings, facts: DataFacts, samples: int, has_validation: bool
) -> tuple[TrainingSettings, str]:
    """When Dense layers stop before they learn by heart, and a sentence about it; "" where they do not."""
    if facts.tokens:
        return settings.with_option("patience", PATIENCE), (
            f" Training stops after {PATIENCE} epochs without a better loss, before rare values are learned "
            "by heart."
        )
    if samples < FEW_ROWS and len(facts.input_shape) == 1 and has_validation:
        return settings.with_option("patience", PATIENCE_OF_FEW), (
            f" So few rows are soon learned by heart: training stops after {PATIENCE_OF_FEW} epochs without "
            "a better validation loss, and the best epoch's weights are taken."
        )
    return settings, ""


def _imitating(facts: DataFacts, samples: int, registry: Registry[Layer]) -> Proposal:
    """A generator and its judge, as the template for such samples has them."""
    template = templates[GENERATORS[len(facts.input_shape) == 3]]
    graph, settings = template.graph(facts, registry=registry), TrainingSettings(loss=facts.losses[0])
    for name, value in template.settings.items():
        settings = settings.with_option(name, value)
    reason = (
        f"A generator, which makes samples of {counted(size_of(facts.input_shape), 'number')} out of noise, "
        f"and a judge, which tells them from real ones: {samples:,} samples to imitate. They take turns, and "
        "no loss says how good the generated ones are: look at them."
    )
    return Proposal(graph, settings, reason)


def _branches(facts: DataFacts, dimensions: int) -> list[Chain]:
    """What the inputs pass before they are joined: from an Input each to a list, or to a sequence. Vectors
    have so many ``dimensions``, or by fastai's rule for 0.
    """
    end: Chain = [] if _is_sequence(facts) else [("flatten", {})]
    embedded: list[Chain] = [
        [("input", {"columns": as_text(group.columns)}), ("embedding", _options(group, dimensions)), *end]
        for group in facts.tokens
    ]
    others = sorted(set(range(size_of(facts.input_shape))) - set(columns_of(facts.tokens)))
    if not others and len(embedded) == 1:
        return [[("input", {}), *embedded[0][1:]]]
    if not embedded:
        return [[("input", {})]]
    return [*([[("input", {"columns": as_text(others)})]] if others else []), *embedded]


def _options(group: Tokens, dimensions: int) -> dict[str, Any]:
    return {"size": group.size, "dimensions": dimensions or dimensions_of(group.size)}


def dimensions_of(size: int) -> int:
    """How long the vectors of so many values are, by fastai's rule."""
    by_rule: float = EMBEDDING_FACTOR * size**EMBEDDING_POWER
    return min(MOST_DIMENSIONS, round(by_rule))


def _is_sequence(facts: DataFacts) -> bool:
    """Whether the tokens are the steps of one sequence, and all that there is."""
    steps = [len(group.columns) for group in facts.tokens]
    return steps == [size_of(facts.input_shape)] and steps[0] > 1 and facts.classes > 0


def _positions(facts: DataFacts) -> tuple[int, ...]:
    """The steps or pixels of the inputs, where each has a label of its own; else none."""
    shape = facts.input_shape[:1] if _is_sequence(facts) else facts.input_shape[:-1]
    return shape if facts.classes and 1 < facts.targets == size_of(shape) else ()


def _joined(
    branches: list[Chain], chain: Chain
) -> tuple[tuple[dict[str, Any], ...], tuple[tuple[str, str], ...]]:
    """Nodes and links of branches that are concatenated and go on as one chain."""
    if len(branches) > 1:
        chain = [("concatenate", {}), *chain]
    nodes: list[dict[str, Any]] = []

    def add(steps: Chain) -> list[str]:
        names = [f"n{len(nodes) + i}" for i in range(len(steps))]
        for name, (kind, options) in zip(names, steps, strict=True):
            nodes.append({"id": name, "kind": kind, "options": options})
        return names

    rows = [add(branch) for branch in branches]
    rest = add(chain)
    links = [link for row in (*rows, rest) for link in pairwise(row)]
    return tuple(nodes), tuple([*links, *((row[-1], rest[0]) for row in rows)])


def _attending(facts: DataFacts, samples: int) -> tuple[str, Chain, str]:
    """As `_hidden`, of a text that attention reads. Where only what follows the whole window is guessed, all
    of it may be looked at from everywhere, and its mean goes on.
    """
    at_each = bool(_positions(facts))
    layers_of = [
        (node["kind"], {n: at_each if n == "causal" else value for n, value in node["options"].items()})
        for node in templates[LANGUAGE_MODEL].nodes
        if node["kind"] in OF_TRANSFORMER
    ]
    (tokens,) = facts.tokens
    blocks = sum(kind == "transformerblock" for kind, _ in layers_of)
    reason = (
        f"A transformer: an Embedding, which gives each of {tokens.size:,} tokens a vector, and {blocks} "
        f"blocks of attention, which look {'back only' if at_each else 'at the whole window'}. Sequences of "
        f"{len(tokens.columns):,} tokens{LABELLED if at_each else ''}, {samples:,} to learn from."
    )
    return "Transformer", [*layers_of, *([] if at_each else [("globalaveragepool1d", {})])], reason


def _hidden(facts: DataFacts, samples: int) -> tuple[str, Chain, str]:
    """Title, layers between Input and the last Dense, and the reason for them."""
    shape = facts.input_shape
    learned = f"{samples:,} {'row' if samples == 1 else 'rows'} to learn from"
    each = _positions(facts)
    if len(each) == 2:
        return _pixels(shape, samples)
    if len(shape) == 3 and min(shape[:2]) >= SMALLEST_SIDE:
        return _convolutions(shape, samples)
    recurrent: Step = ("lstm", {"units": RECURRENT_UNITS, **({"return_sequences": True} if each else {})})
    labelled = LABELLED if each else ""
    if _is_sequence(facts):
        (tokens,) = facts.tokens
        reason = (
            f"An Embedding, which gives each of {tokens.size:,} tokens a vector, and an LSTM layer of "
            f"{RECURRENT_UNITS} units: sequences of {len(tokens.columns):,} tokens{labelled}, {learned}."
        )
        return "Recurrent network", [recurrent], reason
    if len(shape) == 2 and facts.classes:
        reason = (
            f"An LSTM layer of {RECURRENT_UNITS} units: sequences of {shape[0]:,} steps with {shape[1]:,} "
            f"{'number' if shape[1] == 1 else 'numbers'} each{labelled}, {learned}."
        )
        return "Recurrent network", [recurrent], reason
    numbers_in = size_of(shape) - len(columns_of(facts.tokens))
    inputs = numbers_in + _vectors(facts.tokens)
    count, units = next((count, units) for least, count, units in DENSE if samples >= least)
    if inputs >= MANY_INPUTS:
        units = max(units, MANY_UNITS)
    hidden: Chain = [("flatten", {})] if len(shape) > 1 else []
    for _ in range(count):
        hidden += [("dense", {"units": units}), ("relu", {})]
    many = "Two hidden layers" if count > 1 else "One hidden layer"
    numbers = f"{numbers_in:,} {'number' if numbers_in == 1 else 'numbers'}"
    return DENSE_TITLE, hidden, f"{many} of {units} units: {numbers}{_embedded(facts.tokens)} in, {learned}."


def _embedded(tokens: Sequence[Tokens]) -> str:
    if not tokens:
        return ""
    first, count = tokens[0], len(tokens)
    what = (
        f"by an Embedding of {first.size:,} values, {len(first.columns) * dimensions_of(first.size)} more"
        if count == 1
        else f"by {count} Embeddings of categories with many values, {_vectors(tokens)} more"
    )
    return f" and, {what},"


def _vectors(tokens: Sequence[Tokens]) -> int:
    """How many numbers all vectors of a sample are."""
    return sum(len(group.columns) * dimensions_of(group.size) for group in tokens)


def _pixels(shape: tuple[int, ...], samples: int) -> tuple[str, Chain, str]:
    """Convolutions that keep every pixel, for pictures with a label at each."""
    hidden: Chain = []
    for filters in FILTERS[:2]:
        hidden += [("conv2d", {"filters": filters, "kernel_size": 3, "padding": "same"}), ("relu", {})]
    reason = (
        f"Two convolutions that keep every pixel: pictures of {show_shape(shape)} with a label at each of "
        f"them, {samples:,} to learn from."
    )
    return "Convolutional network", hidden, reason


def _convolutions(shape: tuple[int, ...], samples: int) -> tuple[str, Chain, str]:
    """The shipped ConvNet, with more rounds for larger pictures and fewer for smaller ones."""
    side, rounds, wanted = min(shape[:2]), 0, 2
    while side > TWO_ROUNDS << (wanted - 2) and wanted < len(FILTERS):
        wanted += 1
    hidden: Chain = []
    while rounds < wanted and (side >= SMALLEST_SIDE or not rounds):
        hidden += [
            ("conv2d", {"filters": FILTERS[rounds], "kernel_size": 3, "padding": "same"}),
            ("relu", {}),
            ("maxpool2d", {}),
        ]
        side, rounds = side // 2, rounds + 1
    hidden += [("flatten", {}), ("dropout", {"rate": DROPOUT})]
    if samples >= MANY_PICTURES:
        hidden += [("dense", {"units": PICTURE_UNITS}), ("relu", {})]
    times = "One round" if rounds == 1 else f"{rounds} rounds"
    reason = (
        f"{times} of convolution and pooling: pictures of {show_shape(shape)}, {samples:,} to learn from; "
        f"dropout, so that they are not learned by heart."
    )
    return "ConvNet", hidden, reason


def _epochs(graph: Graph, facts: DataFacts, samples: int, batch: int) -> tuple[int, str]:
    """Enough steps to learn, unless that takes more than about a minute; and a sentence on which it was."""
    flops = sum(fact.flops for fact in infer(graph, facts.input_shape).values())
    affordable = int(OPERATIONS // (samples * (PASSES * flops + OPERATIONS_A_SAMPLE)))
    steps = -(-samples // batch)
    useful = min(max(STEPS // steps, FEWEST_EPOCHS), MOST_EPOCHS)
    epochs = EPOCHS.check(max(1, min(useful, affordable)))
    if epochs < useful:
        return (
            epochs,
            "Few epochs, so that a first result is there within about a minute; more learn more.",
        )
    return epochs, f"{epochs} epochs are {epochs * steps:,} steps, which take less than a minute."
