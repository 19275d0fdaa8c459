"""What one layer gives for one sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.attention import MultiHeadAttention
from nnkernels.spec import NAME_SEPARATOR, Layer, Takes, size_of
from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.table_unit import in_table, in_table_called
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.answers import answers
from nnstudio.explain.draws import draws_of
from nnstudio.explain.end_names import Names, names_of_units
from nnstudio.explain.label_results import HOLDS, label_names
from nnstudio.explain.mixtures import mixtures_of
from nnstudio.explain.signs import share_nodes, signed_nodes
from nnstudio.model.quantity import in_digits
from nnstudio.training.by_output import by_output, called
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import pause

# More target numbers than this are not told one by one.
MOST_TOLD = 6
# What stands for a label that a step or pixel has not.
NO_LABEL = "(no label)"
SCORES, PROBABILITIES = "raw scores (logits)", "probabilities"
# Where each label holds or not, and none does.
NONE_HOLDS = "none of the labels"
# A part of the data, and the number of a sample in it.
Which = tuple[Split, int]
# What each Output predicts of a sample, in words, behind its identifier; "" for one that is alone.
Told = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Activations:
    """Values of a node for a sample: (units,), (steps, features) or (height, width, channels).

    ``sample`` is -1 for one that a person made; ``label`` is then empty. ``attention``: (heads, steps,
    keys) of an attention layer, row by row how much a step attends to the others, and ``masked``, bool
    (steps, keys), which of them it must not look at, None where it may look at all. ``draws``: of one that
    draws at random while training, `(draws, *shape)`, from the same sample. ``mixed``: where the draws are
    mixtures with other samples, what the loss is told of each; empty of a sample that a person made.
    ``names``: of the units, () where they have none. ``scale``: at the end of the network, what its values
    are before or behind what turns scores into probabilities; "" elsewhere. ``told``: the prediction of each
    Output; ``prediction`` has them in one line. ``near``: of many, see `nearness`. ``is_signed``: whether the
    node can give values below 0, or does. ``are_shares``: whether they lie within 0 .. 1 whatever enters.
    """

    node: str
    sample: int
    step: int
    values: np.ndarray
    source: np.ndarray
    label: str
    prediction: str
    attention: np.ndarray | None = None
    draws: np.ndarray | None = None
    mixed: tuple[str, ...] | None = None
    names: Names = ()
    scale: str = ""
    masked: np.ndarray | None = None
    told: Told = ()
    near: str = ""
    is_signed: bool = False
    are_shares: bool = False


@dataclass(frozen=True)
class NoActivations:
    """The network can run, and the node is not a part of it: no way leads through it to an Output."""

    step: int
    node: str


@dataclass(frozen=True)
class ActivationProbe:
    """Values of ``node`` for test sample ``sample`` (training sample where there is no test part).

    ``own``: a sample that a person made, as the network gets it, flat; it takes the place of ``sample``.
    """

    node: str
    sample: int
    own: tuple[float, ...] | None = None

    def run(self, session: Evaluation) -> Iterator[Activations | NoActivations]:
        if self.node not in session.layout.nodes:
            yield NoActivations(session.steps, self.node)
            return
        x, y, part = session.samples()
        index, label = self.sample % len(x), ""
        one, target = x[index : index + 1], y[index : index + 1]
        if self.own is not None:
            index, one = -1, as_sample(session, self.own)
        else:
            label = describe_target(session, y[index], (part, index))
        node = session.layout.nodes[self.node]
        ends = [target.node for target in session.layout.targets]
        outputs = session.predict_all(one, [self.node, *ends, *node.inputs])
        told = told_of(session, outputs, None if self.own is not None else (part, index))
        near = "" if self.own is not None else nearness(session, outputs, y[index], (part, index))
        values = session.data.as_picture(outputs[self.node][0])
        draws: np.ndarray | None = None
        mixed: tuple[str, ...] | None = None
        mixtures = mixtures_of(session, node, one, target)
        if mixtures is not None:
            draws, mixed = mixtures.samples, ()
            if self.own is None:
                mixed = tuple(describe_mixed(session, told) for told in mixtures.targets)
        elif node.inputs:
            draws = draws_of(session, node, outputs[node.inputs[0]][0])
        weights, masked = attention_of(session, self.node, one)
        yield Activations(
            self.node, index, session.steps, values, one[0], label, in_one(told), weights, draws, mixed,
            names_of_units(session, self.node), scale_of(session, self.node), masked, told, near,
            self.node in signed_nodes(session) or bool((values < 0).any()),
            self.node in share_nodes(session),
        )  # fmt: skip


def scale_of(session: Evaluation, node: str) -> str:
    """Whether an end of a network gives scores or probabilities; "" where that is no question."""
    for target in session.layout.targets:
        end = session.layout.nodes[target.node].inputs[0]
        if target.compares.takes != Takes.LOGITS or node not in (target.logits, target.node, end):
            continue
        is_score = node == target.logits or (node == target.node and end == target.logits)
        return SCORES if is_score else PROBABILITIES
    return ""


def as_sample(session: Evaluation, own: tuple[float, ...]) -> np.ndarray:
    """A sample that a person made, float32 `(1, *shape)`; of another size it is cut, or filled with 0."""
    shape = session.data.input_shape
    flat = np.zeros(size_of(shape), np.float32)
    flat[: len(own)] = own[: len(flat)]
    return flat.reshape(1, *shape)


def attention_of(
    session: Evaluation, node: str, one: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Attention (heads, steps, keys) of a layer or of the first inside of it, None where there is none; and
    which steps each must not look at, bool (steps, keys), None where it may look at all.
    """
    nodes = session.layout.nodes
    inner = [n for n in nodes.values() if n.id == node or n.id.startswith(node + NAME_SEPARATOR)]
    attending = next((n for n in inner if type(n.layer).attention is not Layer.attention), None)
    if attending is None:
        return None, None
    given = session.predict_all(one, attending.inputs)
    owner = session.layout.owners[attending.id]
    flat = session.parameters
    arrays = {
        s.name: flat[s.offset : s.offset + s.size].reshape(s.shape)
        for s in session.layout.parameters
        if s.node == owner
    }
    inputs = [given[n] for n in attending.inputs]
    masked = attending.layer.masked(attending.options, inputs)
    weights = _head_by_head(attending, inputs, arrays, masked)
    return None if weights is None else weights[0], None if masked is None else masked[0]


class _Head:
    """Stands for an attention layer in its own formula, with one of its heads alone."""

    def __init__(self, queries: np.ndarray, keys: np.ndarray, masked: np.ndarray | None) -> None:
        self._projected, self._masked = (queries, keys, keys), masked

    def projections(self, *_asked: object) -> tuple[np.ndarray, ...]:
        return self._projected

    def masked(self, *_asked: object) -> np.ndarray | None:
        return self._masked


def _head_by_head(
    node: Resolved, inputs: list[np.ndarray], arrays: dict[str, np.ndarray], masked: np.ndarray | None
) -> np.ndarray | None:
    """Attention (1, heads, steps, keys): of a long sequence a head takes some tenths of a second, and all of
    them together longer than anybody who presses Stop wants to wait.
    """
    layer, formula = node.layer, type(node.layer).attention
    if not isinstance(layer, MultiHeadAttention):
        return layer.attention(node.options, inputs, arrays)
    queries, keys, _values = layer.projections(node.options, inputs, arrays)
    heads: list[Any] = []
    for at in range(queries.shape[1]):
        one: Any = _Head(queries[:, at : at + 1], keys[:, at : at + 1], masked)
        heads.append(formula(one, node.options, inputs, arrays))
        pause((at + 1) / queries.shape[1])
    return np.concatenate(heads, 1)


def describe_target(session: Evaluation, target: np.ndarray, which: Which | None = None) -> str:
    """A sample's target (t,), scaled as the network gets it, as people say it: a class name, several of them,
    or numbers in the unit of the table, as far as it is known ``which`` sample it is of; of several Outputs,
    what each should say, as long as that is not said yet.
    """
    each = by_output(session)
    if each != (session,):
        by_columns = {tuple(seen.columns): seen for seen in reversed(each)}
        seen_in_order = dict.fromkeys(tuple(seen.columns) for seen in each)
        return ", ".join(describe_target(by_columns[at], target[list(at)], which) for at in seen_in_order)
    classes = session.data.classes
    if session.loss.for_labels:
        held = np.ravel(target * session.data.y_scale + session.data.y_shift) > HOLDS
        return _labels_told(session, held, [""] * len(held))
    if classes and len(target) > 1:
        return in_order([classes[int(t)] if t >= 0 else NO_LABEL for t in target])
    return classes[int(target[0])] if classes else _told(session, target, which)


def in_order(labels: Sequence[str]) -> str:
    """Labels of the steps or pixels of a sample: a few in their order, of many how often there is which."""
    if len(labels) <= MOST_TOLD:
        return ", ".join(labels)
    counts = Counter(labels).most_common(MOST_TOLD)
    told = ", ".join(f"{name} {n / len(labels):.0%}" for name, n in counts)
    return f"{len(labels):,} labels: {told}"


def _labels_told(session: Evaluation, holds: np.ndarray, behind: Sequence[str]) -> str:
    """The labels that hold, each with what stands behind it; of many, how many."""
    names = label_names(session.data.targets, len(holds))
    told = [f"{name}{text}" for name, does, text in zip(names, holds, behind, strict=True) if does]
    if len(told) > MOST_TOLD:
        return f"{len(told):,} of {len(names):,} labels"
    return ", ".join(told) or NONE_HOLDS


def nearness(session: Evaluation, given: Mapping[str, np.ndarray], target: np.ndarray, which: Which) -> str:
    """How near a prediction comes to a target that is too long to be read, such as "17 of 64 characters
    right", or "mean error 28 where values run from 0 to 255" with the range of the target.

    Of the first of the samples of which nodes gave this, `(n, *shape)`, with its target (t,) as the network
    gets it. Empty where each number or label is told by itself, of several Outputs, and where an output is
    not finite.
    """
    if len(target) <= MOST_TOLD or by_output(session) != (session,):
        return ""
    output, data, (part, index) = given[session.layout.output][:1], session.data, which
    if not np.isfinite(output).all():
        return ""
    if data.classes:
        known = target >= 0
        right = (decide(session, output)[0] == target)[known]
        return f"{right.sum():,} of {len(right):,} {_called_in_order(data)} right"
    told, true = answers(session, output), in_own_unit(target, data.y_shift, data.y_scale)
    if session.loss.for_labels:
        return f"{((told[0] > HOLDS) == (true > HOLDS)).sum():,} of {len(target):,} labels right"
    told, true = (in_table(data, part, rows, np.array([index]))[0] for rows in (told, true[None]))
    error = np.abs(told - true).mean()
    run = f"{in_digits(true.min())} to {in_digits(true.max())}"
    return f"mean error {in_digits(error, 3)} where values run from {run}"


def _called_in_order(data: Dataset) -> str:
    """What has a label each."""
    vocabulary = Vocabulary.of(data)
    if vocabulary is not None:
        return str(vocabulary.unit)
    return "pixels" if len(data.input_shape) == 3 else "steps"


def describe_mixed(session: Evaluation, told: np.ndarray) -> str:
    """A mixed target as people say it: the shares (classes,) that are not next to 0, or scaled numbers (t,)
    in the unit of the data.
    """
    classes = session.data.classes
    if not classes:
        return _told(session, told)
    shares = [(float(told[i]), classes[i]) for i in np.argsort(-told, kind="stable") if told[i] >= 0.005]
    return " + ".join(f"{share:.0%} {name}" for share, name in shares)


def _told(session: Evaluation, numbers: np.ndarray, which: Which | None = None) -> str:
    """Target numbers in their own unit."""
    data = session.data
    return _in_table(data, np.ravel(in_own_unit(numbers, data.y_shift, data.y_scale)), which)


def _in_table(data: Dataset, numbers: np.ndarray, which: Which | None) -> str:
    """Numbers (targets,) in the unit of the table; of a sample that is in none, with what they are."""
    if which is not None:
        part, index = which
        return in_short(in_table(data, part, numbers[None], np.array([index]))[0])
    named = f" ({data.targets[0]})" if in_table_called(data) != data.targets and len(numbers) == 1 else ""
    return in_short(numbers) + named


def in_short(values: np.ndarray) -> str:
    """Numbers (n,) one by one; of many, how many and between what."""
    if len(values) > MOST_TOLD:
        return f"{len(values):,} numbers, {in_digits(values.min())} .. {in_digits(values.max())}"
    return ", ".join(in_digits(v) for v in values)


def told_of(session: Evaluation, given: Mapping[str, np.ndarray], which: Which | None = None) -> Told:
    """What each Output predicts for the first of the samples of which nodes gave this, `(n, *shape)`;
    ``which`` as for `describe_target`.
    """
    each = by_output(session)
    words = [describe_prediction(seen, given[seen.layout.output][0].ravel(), which) for seen in each]
    names = [seen.layout.output if len(each) > 1 else "" for seen in each]
    return tuple(zip(names, words, strict=True))


def in_one(told: Told, names: Mapping[str, str] | None = None) -> str:
    """The predictions in one line; ``names`` are what people call nodes, by identifier."""
    return "; ".join(f"{called(output, names or {})}: {text}" if output else text for output, text in told)


def describe_prediction(session: Evaluation, output: np.ndarray, which: Which | None = None) -> str:
    """The output of a single Output for one sample, without a batch axis, as people say it; ``which`` as for
    `describe_target`. Of several Outputs see `told_of`.
    """
    classes = session.data.classes
    if session.loss.for_labels:
        likely = answers(session, output[None])[0]
        return _labels_told(session, likely > HOLDS, [f" ({share:.0%})" for share in likely])
    if not classes:
        told = answers(session, output[None])[0]
        if session.loss.takes == Takes.NUMBERS:
            told = np.ravel(in_own_unit(output, session.data.y_shift, session.data.y_scale))
        return _in_table(session.data, told, which)
    if not np.isfinite(output).all():
        return "not a number"
    chosen, share = decide(session, output[None])
    if len(chosen) > 1:
        return f"{in_order([classes[i] for i in chosen])} ({share.mean():.0%} on average)"
    return f"{classes[chosen[0]]} ({share[0]:.0%})"


def probabilities(session: Evaluation, outputs: np.ndarray) -> np.ndarray:
    """Probability of each class, float64 (n, classes), for outputs (n, width).

    Where each step or pixel has a label, there are as many rows for each sample, one after the other. Outputs
    are probabilities where the network ends in the activation that its loss folds, and logits otherwise.
    Where an output is no number, all probabilities of its row are none.
    """
    layout = session.layout
    outputs = np.asarray(outputs, np.float64).reshape(-1, layout.nodes[layout.output].shape[-1])
    outputs = np.where(np.isfinite(outputs).all(1, keepdims=True), outputs, np.nan)
    are_logits = layout.logits == layout.nodes[layout.output].inputs[0]
    if outputs.shape[1] == 1:
        # One output tells two classes apart: the probability of the second.
        second = outputs[:, 0]
        if are_logits:
            second = 1 / (1 + np.exp(-np.clip(second, -700, 700)))
        return np.stack([1 - second, second], 1)
    if are_logits:
        outputs = np.exp(outputs - outputs.max(1, keepdims=True))
        outputs = outputs / outputs.sum(1, keepdims=True)
    return outputs


def decide(session: Evaluation, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers (n,) and their probabilities (n,) for outputs (n, width); rows as in `probabilities`."""
    likely = probabilities(session, outputs)
    chosen = likely.argmax(1)
    return chosen, likely[np.arange(len(likely)), chosen]
