"""Methods on words, characters and categories: no gradient leads to their numbers, but one to their vectors.

The network is entered at its Embedding: a sample is then the vectors of its tokens, and what they get is
theirs together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.planning.pullback import entered_at
from nnkernels.spec import NodeError, Shape
from nnstudio.data.dataset import DataError
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.method import Explanation, Kind, Method, Question, Stage, Target

NOTHING = "zero vectors"


class Embedded(Differentiable):
    """A network whose samples are the vectors that an Embedding gives, (n, tokens, dimensions)."""

    def __init__(self, whole: Differentiable, table: str) -> None:
        super().__init__(whole.session, whole.names)
        self.layout, self.table = entered_at(whole.layout, table), table

    @property
    def shape(self) -> Shape:
        return self.layout.nodes[self.table].shape

    def values(self, target: Target, x: np.ndarray) -> np.ndarray:
        # A session predicts from whole samples only.
        return self.gradients(target, x)[0]


def stages(
    method: Method, network: Differentiable, asked: Question, options: Mapping[str, Any]
) -> Iterator[Stage]:
    """A method on a sample, through the Embedding where its numbers have no gradient.

    Raises DataError where neither can be.
    """
    back = network.back
    if not method.is_at_once:
        # It says itself how far it is, from here on.
        yield Stage(0.0)
    for stage in _stages(method, network, asked, options):
        explanation = stage.explanation
        if explanation is not None and network.back > back:
            notes = (*explanation.notes, *_told_surrogates(network, asked.target))
            stage = replace(stage, explanation=replace(explanation, notes=notes))
        yield stage


def _told_surrogates(network: Differentiable, target: Target) -> tuple[str, ...]:
    names = network.surrogates(target)
    if not names:
        return ()
    return (
        f"{', '.join(names)}: no true gradient, but a stand-in comes back from there. Read the result with "
        "care.",
    )


def _stages(
    method: Method, network: Differentiable, asked: Question, options: Mapping[str, Any]
) -> Iterator[Stage]:
    tables = network.untold(asked.target) if method.needs_gradients else ()
    if not tables:
        yield from method.run(network, asked, options)
        return
    title = network.layout.nodes[tables[0]].layer.title
    if method.kind != Kind.IMPORTANCE:
        raise DataError(
            f"{title} looks rows up by whole numbers, with nothing between two of them: a sample cannot "
            f"change a little, as {method.title} would have it."
        )
    try:
        inner = Embedded(network, tables[0])
        if asked.x.ndim != 2 or inner.shape[0] != asked.x.shape[1]:
            raise NodeError(tables[0], f"Not every input goes into {title}.")
    except NodeError as error:
        raise DataError(f"{error} No gradient leads back to the sample. Use the method occlusion.") from error
    for stage in method.run(inner, _of_vectors(network, asked, tables[0]), options):
        network.forward, network.back = network.forward + inner.forward, network.back + inner.back
        inner.forward = inner.back = 0
        explanation = stage.explanation
        yield stage if explanation is None else replace(stage, explanation=_of_tokens(explanation))


def _of_vectors(network: Differentiable, asked: Question, table: str) -> Question:
    """The question about the vectors of the sample's tokens."""
    x = network.session.predict(asked.x, table)
    nothing = np.zeros(x.shape[1:])
    return replace(asked, x=x, low=nothing, high=nothing, baselines={NOTHING: nothing}, is_picture=False)


def _of_tokens(explanation: Explanation) -> Explanation:
    """Of each token what its vector's numbers have together: their sum, or the length of their sizes."""
    values = explanation.values
    assert values is not None
    together = np.sqrt((values**2).sum(-1)) if explanation.is_size else values.sum(-1)
    return replace(explanation, values=together)
