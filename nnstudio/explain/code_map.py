"""The code of an autoencoder where it is two numbers: a map of the samples, and what its points draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.program import Layout
from nnstudio.explain.answers import answers
from nnstudio.training.behind import nodes_behind
from nnstudio.training.by_output import by_output
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation

# Samples that are put on the map: the first ones of the part that is watched. Samples that tell the range of
# the pictures.
MOST, ENOUGH = 1000, 100


@dataclass(frozen=True, eq=False)
class CodeMap:
    """The map at a step; what is None stays as it was.

    Attributes:
        node: the layer that gives the code; "" where the network has none, and nothing else is told then.
        points: codes of samples (n, 2), float32; None while they are still computed.
        total: how many samples the part has.
        code, picture: a point of the map and what is drawn from it, (height, width, channels) from 0, black,
            to 1, white; NaN where it is no number.
    """

    step: int
    node: str
    points: np.ndarray | None = None
    total: int = 0
    code: tuple[float, float] | None = None
    picture: np.ndarray | None = None


def code_node(layout: Layout) -> str:
    """The last layer of two units that everything passes through, and that something is learned behind; ""
    where there is none.
    """
    for name in reversed(list(layout.nodes)):
        if layout.nodes[name].shape == (2,):
            behind = nodes_behind(layout, name)
            if any(layout.nodes[other].parameters for other in behind):
                return name
    return ""


@dataclass(frozen=True)
class CodeMapProbe:
    """The picture at a point of the map, in the code's own numbers, and then the codes of the samples."""

    code: tuple[float, float] | None = None

    def run(self, session: Evaluation) -> Iterator[CodeMap | None]:
        step = session.steps
        # Of several Outputs the one that draws.
        drawing = next((seen for seen in by_output(session) if seen.data.draws_pictures), None)
        node = code_node(drawing.layout) if drawing is not None else ""
        if drawing is None or not node:
            yield CodeMap(step, "")
            return
        session = drawing
        picture = None
        if self.code is not None:
            # A person walks: that comes first, and again with the rest, as only the newest result is kept.
            picture = drawn_from(session, node, self.code)
            yield CodeMap(step, node, code=self.code, picture=picture)
        x, _y, _part = session.samples()
        count, pieces = min(len(x), MOST), []
        for start in range(0, count, EVALUATION_BATCH):
            # As many each time, so that one program serves them all.
            first = max(min(start, count - EVALUATION_BATCH), 0)
            codes = session.predict(x[first : min(first + EVALUATION_BATCH, count)], node)
            pieces.append(codes[start - first :])
            yield None
        yield CodeMap(step, node, np.concatenate(pieces), len(x), self.code, picture)


def drawn_from(session: Evaluation, node: str, code: tuple[float, float]) -> np.ndarray:
    """The picture (height, width, channels) that the layers behind a node draw from a code, as shares of the
    range that the pictures of the data have.
    """
    data = session.data
    output = session.predict_from(node, np.array([code], np.float32))
    truth = data.part(data.watched)[1][:ENOUGH].astype(np.float64) * data.y_scale + data.y_shift
    low, high = float(truth.min()), float(truth.max())
    drawn = answers(session, output)[0].reshape(data.input_shape)
    shares: np.ndarray = np.clip((drawn - low) / ((high - low) or 1.0), 0.0, 1.0)
    return shares
