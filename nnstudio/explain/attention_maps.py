"""What each step of a sequence looks at in an attention layer, for one sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import Layer
from nnstudio.explain.activations import as_sample, attention_of, probabilities
from nnstudio.explain.targets import input_names
from nnstudio.training.by_output import at_output
from nnstudio.training.evaluation import Evaluation

# Of what a network guesses at a step, so many are told.
GUESSES = 3
LOOKS_AHEAD = "May look ahead, too: nothing is hidden."
LOOKS_BACK = "Looks back only: later ones are hidden."
PADDED = "May look ahead, too: only padding is hidden."
LOOKS_BACK_UNPADDED = "Looks back only: later ones and padding are hidden."


@dataclass(frozen=True, eq=False)
class AttentionMaps:
    """The maps of a layer at a step of the training.

    Attributes:
        asked: the probe.
        nodes: all layers of the network that attend, in their order; ``node`` is the one that is shown, ""
            where there is none.
        sample: number of the sample; -1 of one that a person made.
        weights: (heads, steps, keys), each row the shares of a step's attention, which sum to 1; None where
            there is no layer, or where it gives none.
        masked: bool (steps, keys), which steps each must not look at; None where each may look at all.
        names: of the steps: the tokens of a text; () where they have none.
        guesses: for each step, the classes that the network thinks most likely there, and how likely; empty
            where it guesses nothing there.
    """

    step: int
    asked: AttentionProbe
    nodes: tuple[str, ...]
    node: str
    sample: int
    weights: np.ndarray | None = None
    masked: np.ndarray | None = None
    names: tuple[str, ...] = ()
    guesses: tuple[tuple[tuple[str, float], ...], ...] = ()


@dataclass(frozen=True)
class AttentionProbe:
    """The attention of sample ``sample`` of the part that training watches, or of a person's ``own``, flat.

    ``node`` is the layer, or one that it is a part of; of another name, or none, the first is taken.
    """

    node: str
    sample: int
    own: tuple[float, ...] | None = None

    def run(self, session: Evaluation) -> Iterator[AttentionMaps]:
        nodes = attending(session.layout.nodes)
        if not nodes:
            yield AttentionMaps(session.steps, self, (), "", self.sample)
            return
        node = self.node if self.node in nodes else nodes[0]
        x, _y, _part = session.samples()
        index = self.sample % len(x)
        one = x[index : index + 1]
        if self.own is not None:
            index, one = -1, as_sample(session, self.own)
        (weights, masked), names = attention_of(session, node, one), input_names(session.data, one[0])
        guesses = () if weights is None else guesses_of(session, one, weights.shape[1])
        yield AttentionMaps(session.steps, self, nodes, node, index, weights, masked, names, guesses)


def told_mask(masked: np.ndarray | None, steps: int, keys: int) -> str:
    """In a sentence, what each of so many steps must not look at; "" where there is but one to look at."""
    if keys == 1:
        return ""
    if masked is None or not masked.any():
        return LOOKS_AHEAD
    if (masked == masked[0]).all():
        return PADDED
    return LOOKS_BACK_UNPADDED if (masked & np.tri(steps, keys, dtype=bool)).any() else LOOKS_BACK


def attending(nodes: Mapping[str, Resolved]) -> tuple[str, ...]:
    """The nodes whose layers give attention weights, those inside of blocks too."""
    return tuple(node.id for node in nodes.values() if type(node.layer).attention is not Layer.attention)


def guesses_of(session: Evaluation, one: np.ndarray, steps: int) -> tuple[tuple[tuple[str, float], ...], ...]:
    """The most likely classes at each step of a sample `(1, *shape)`; of a network that has a single guess,
    at the last step. Of several Outputs by the first.
    """
    names, session = session.data.classes, at_output(session)
    if not names:
        return ()
    likely = probabilities(session, session.predict(one))
    if len(likely) not in (1, steps) or not np.isfinite(likely).all():
        return ()
    order = np.argsort(-likely, axis=1, kind="stable")[:, :GUESSES]
    told = [tuple((names[i], float(row[i])) for i in best) for best, row in zip(order, likely, strict=True)]
    return (*((),) * (steps - len(told)), *told)
