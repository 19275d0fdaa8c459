"""What a learner's work looks like to a condition: the project, and the network that learns from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnkernels.spec import Role
from nnstudio.data.dataset import DataError, Split
from nnstudio.explain.activations import probabilities
from nnstudio.explain.answers import answers
from nnstudio.explain.backtest import ENOUGH, Way
from nnstudio.explain.by_group import ByGroup
from nnstudio.explain.data_units import in_data_units
from nnstudio.explain.end_names import Names, names_along
from nnstudio.explain.fooling import robust_accuracy
from nnstudio.explain.generated import POINTS, generated, near_and_covered
from nnstudio.explain.results import NumberResults, ResultsProbe, are_shares
from nnstudio.explain.scores import scores_of
from nnstudio.explain.text_scores import TextScores
from nnstudio.lessons.showing import Showing
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Graph, Node
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.by_output import by_output
from nnstudio.training.curve import Curve
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.generator import generator_of
from nnstudio.training.underway import Underway
from nnstudio.training.weights import slots_of, weights_of

PARTS = {"training": Split.TRAINING, "validation": Split.VALIDATION, "test": Split.TEST}


class NotThere(LookupError):
    """What a condition is about does not exist (any more); the text is a sentence."""


def position(at: Sequence[int], shape: Sequence[int]) -> tuple[int, ...] | None:
    """Where in an array of a shape: the last of these numbers, one for each axis; None where that is not in
    it.
    """
    own = tuple(at)[len(at) - len(shape) :] if len(at) >= len(shape) else ()
    is_in = len(own) == len(shape) and all(0 <= i < n for i, n in zip(own, shape, strict=True))
    return own if is_in else None


@dataclass(frozen=True, eq=False)
class Work:
    """What can be seen without computing.

    Attributes:
        steps, epochs: how long the network has been trained.
        has_diverged: whether training ended because the loss was no number any more.
        answer: what was answered to the question of this step; "" for nothing.
        shown: names of the panels that can be seen.
        selected: names of the selected nodes.
        curve: of the run, with a row for each epoch that it has ended.
        judged_from: the step of the run since which network, data and settings are as they are now.
        views: what those views show that can be seen and draw something.
    """

    graph: Graph
    settings: TrainingSettings
    data: DataReference
    steps: int = 0
    epochs: int = 0
    has_diverged: bool = False
    answer: str = ""
    shown: frozenset[str] = frozenset()
    selected: frozenset[str] = frozenset()
    curve: Curve = field(default_factory=Curve)
    judged_from: int = 0
    views: Mapping[str, Showing] = field(default_factory=dict)

    def is_between(self, node: str) -> bool:
        """Whether a node lies on a way from an Input to an Output, or is the end of one."""
        graph, roles = self.graph, {n.id: self.graph.registry[n.kind].role for n in self.graph.nodes}
        before = {roles[n] for n in {node, *graph.upstream(node)}}
        after = {roles[n] for n in {node, *graph.downstream(node)}}
        return Role.INPUT in before and Role.OUTPUT in after

    def node(self, name: str) -> Node:
        """The node that is called so. Raises NotThere."""
        for node in self.graph.nodes:
            if node.name == name:
                return node
        raise NotThere(f"There is no node called “{name}”.")


@dataclass(frozen=True, eq=False)
class Network:
    """A network with its weights, and what people call its nodes.

    Attributes:
        names: what the engine calls each node, by what a person calls it.
    """

    evaluation: Evaluation
    names: Mapping[str, str] = field(default_factory=dict)

    def weights(self, node: str, parameter: str, in_units: bool) -> np.ndarray:
        """An array of a node, float64; ``in_units`` of the data where they are it has. Raises NotThere."""
        engine = self.names.get(node, "")
        own = weights_of(self.evaluation, engine) if engine else {}
        if parameter not in own:
            raise NotThere(f"There is no “{parameter}” of a node called “{node}”.")
        arrays = in_data_units(self.evaluation, engine).arrays if in_units else {}
        values: np.ndarray = np.asarray(arrays.get(parameter, own[parameter]), np.float64)
        return values

    def names_along(self, node: str, parameter: str) -> tuple[Names, ...]:
        """For each axis of an array of a node the names along it, as `end_names.names_along`."""
        engine = self.names[node]
        return names_along(self.evaluation, engine, slots_of(self.evaluation, engine)[parameter])

    def values(self, node: str, inputs: list[float]) -> np.ndarray:
        """What a node gives for inputs in the units of the data, flat; ``node`` "" for the predictions of all
        Outputs, one after the other.

        Those are probabilities of the classes, or numbers in the unit of the target. Raises NotThere.
        """
        data = self.evaluation.data
        wanted = int(np.prod(data.input_shape))
        if len(inputs) != wanted:
            raise NotThere(f"The data has {wanted:,} inputs now, and not {len(inputs):,}.")
        scaled = (np.asarray(inputs, np.float64).reshape(data.input_shape) - data.x_shift) / data.x_scale
        x = scaled.astype(np.float32)[None]
        if node:
            if node not in self.names:
                raise NotThere(f"There is no node called “{node}”.")
            inner: np.ndarray = self.evaluation.predict(x, self.names[node]).ravel()
            return inner
        told = [
            probabilities(seen, seen.predict(x)) if data.classes else answers(seen, seen.predict(x))
            for seen in by_output(self.evaluation)
        ]
        return np.concatenate([np.ravel(given) for given in told])

    def score(self, part: str) -> tuple[float, float | None]:
        """Loss and accuracy (None for numbers) over a part of the data; of several Outputs the weighted sum
        that is minimised, and the accuracy of the first. Raises NotThere where it is empty."""
        x, y = self.evaluation.data.part(PARTS[part])
        if not len(x):
            raise NotThere(f"The data has no {part} part.")
        return self.evaluation.evaluate(x, y)

    def text_scores(self, part: str) -> TextScores:
        """What each token of a text costs the network, and what it costs n-gram models. Raises NotThere."""
        split, data = PARTS[part], self.evaluation.data
        if data.passage is None:
            raise NotThere("The data is no text.")
        if split not in data.parts:
            raise NotThere(f"The data has no {part} part.")
        scores = scores_of(self.evaluation, split).text
        assert scores is not None
        return scores

    def forecast_errors(self, than: str) -> tuple[float, float]:
        """The mean absolute errors of forecasts, as the panel Results has them, and of a naive way.
        Raises NotThere where there are none.
        """
        *_pieces, results = ResultsProbe(forecasts=ENOUGH).run(self.evaluation)
        backtest = results.backtest if isinstance(results, NumberResults) else None
        if backtest is None:
            raise NotThere("The data is no time series with a part for testing any more.")
        if than not in backtest.errors:
            raise NotThere("No season of the data is known any more.")
        own, other = (backtest.overall(way).mean_absolute for way in (Way.NETWORK, Way(than)))
        return float(own[0]), float(other[0])

    def robust(self, part: str, strength: float) -> float:
        """Accuracy over the first samples of a part, each changed by a strength to fool the network.

        Raises NotThere where there are none, or no classes.
        """
        try:
            return robust_accuracy(self.evaluation, *self.evaluation.data.part(PARTS[part]), strength)
        except DataError as error:
            raise NotThere(str(error)) from error

    def imitation(self) -> tuple[float, float]:
        """Shares of generated points that lie near real ones, and of these that are covered, as in the panel
        Generated points. Raises NotThere where nothing is generated.
        """
        data = self.evaluation.data
        source = generator_of(self.evaluation.layout, data.input_shape)
        if source is None or not data.is_plane:
            raise NotThere("The network generates no points any more.")
        points = generated(self.evaluation, source, POINTS)
        return near_and_covered(points, self.evaluation.samples()[0][:POINTS])

    def by_group(self, column: str, part: str) -> tuple[ByGroup, bool]:
        """What the panel Results shows of the groups of a column, and whether those are shares of what is
        right and not errors. Raises NotThere where there are none.
        """
        split = PARTS[part]
        if split not in self.evaluation.data.parts:
            raise NotThere(f"The data has no {part} part.")
        *_pieces, results = ResultsProbe(split).run(self.evaluation)
        assert results is not None and not isinstance(results, Underway)
        for groups in results.groups:
            if groups.column == column:
                return groups, are_shares(results)
        raise NotThere(f"The data has no column “{column}” with few values any more.")
