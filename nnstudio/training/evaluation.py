"""What a network predicts, how wrong it is and where its loss points: everything but learning.

A Session learns; a `Past` is the same network with the parameters of a step that was kept. Live views
work from either and need not know which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum, auto
from functools import cached_property
from typing import Any

import numpy as np

from nnkernels.planning.optimizer_groups import of_group
from nnkernels.planning.parameter_points import ParameterPoints
from nnkernels.planning.plan import build
from nnkernels.program import Layout, Program
from nnkernels.spec import TaskKind, losses, size_of
from nnstudio.data.dataset import Dataset, Split
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.behind import Behind
from nnstudio.training.evaluating import Evaluating
from nnstudio.training.in_pieces import run
from nnstudio.training.parameter_history import ParameterHistory
from nnstudio.training.targets import with_class_weights

# Samples that are evaluated at once.
EVALUATION_BATCH = 256
# Floating-point operations of a piece of a validation: 5 to 20 ms here, for which a person who pauses waits.
PIECE_OPERATIONS = 1e9
# In a survey, samples that go through the network together (more would leave the caches), and steps that
# one call into the engine makes at the most.
SURVEY_BATCH, MOST_STEPS = 128, 1024
# Bytes that the values and gradients of all samples of `gradients` may take.
GRADIENT_BYTES = 16 * 2**20


class Purpose(StrEnum):
    """What a program that evaluates is for; those of predictions and values share the trained parameters."""

    PREDICTIONS = auto()
    PREDICTIONS_OF_A_COPY = auto()
    PREDICTIONS_ON_A_CARD = auto()
    VALUES = auto()
    GRADIENTS = auto()
    SURVEY = auto()


SHARING = Purpose.PREDICTIONS, Purpose.PREDICTIONS_ON_A_CARD, Purpose.VALUES


class Evaluation:
    """A network with data and parameters.

    Attributes:
        layout: nodes in order, with shapes and where their parameters lie.
        answers_known: whether what the data has as targets is right.
        columns: numbers from 0 of the targets that it predicts, where it has a single Output.
    """

    answers_known = True

    def __init__(self, layout: Layout, data: Dataset, settings: TrainingSettings, threads: int) -> None:
        self.layout, self.data, self.settings, self.threads = layout, data, settings, threads
        self.loss = losses[layout.targets[0].loss]
        self.loss_options: Mapping[str, Any] = with_class_weights(settings.loss_options, data)
        self.hyperparameters = settings.hyperparameters()
        self._evaluators: dict[tuple[Purpose, int], Program] = {}
        self._points: dict[int, ParameterPoints] = {}
        self._behind: dict[tuple[str, int], Behind] = {}
        self._toward: dict[tuple[str, str, int], Program] = {}
        # What `by_output` made of it, by Output.
        self.apart: dict[str, Any] = {}
        self.columns: Sequence[int] = range(data.target_width)

    @property
    def flat(self) -> np.ndarray:
        """The buffer that begins with the parameters; evaluating programs share it."""
        raise NotImplementedError

    @property
    def steps(self) -> int:
        """Steps made until the network was as it is."""
        raise NotImplementedError

    @property
    def parameter_history(self) -> ParameterHistory:
        """Parameters at some of the steps that led here, the first first."""
        raise NotImplementedError

    @property
    def checkpoint_steps(self) -> list[int]:
        """The steps of the parameter history."""
        raise NotImplementedError

    @property
    def parameters(self) -> np.ndarray:
        """A view of the flat parameters, float32, without optimizer slots."""
        return self.flat[: self.layout.parameter_count]

    @property
    def shares_a_batch(self) -> bool:
        """Whether what a sample counts depends on the others, so that one batch must hold all of a survey.

        It does with weights of classes, and where labels may be missing.
        """
        several = self.loss.each_position and self.data.target_width > 1
        left_out = self.loss_options.get("ignored_class", -1) >= 0
        return bool(self.loss_options.get("class_weights")) or several or left_out

    @cached_property
    def operations(self) -> int:
        """Floating-point operations that one sample takes from the Inputs to the Outputs."""
        return sum(n.layer.flops(n.options, n.input_shapes) for n in self.layout.nodes.values())

    @property
    def classifies(self) -> bool:
        return self.loss.task == TaskKind.CLASSIFICATION

    def arrays(self) -> dict[str, np.ndarray]:
        """Trained arrays by "node.parameter", copies."""
        flat = self.parameters
        return {
            f"{s.node}.{s.name}": flat[s.offset : s.offset + s.size].reshape(s.shape).copy()
            for s in self.layout.parameters
        }

    def samples(self) -> tuple[np.ndarray, np.ndarray, Split]:
        """Inputs, targets and the name of the part that views look at: the one that training watches."""
        return *self.data.part(self.data.watched), self.data.watched

    def evaluate(self, x: np.ndarray, y: np.ndarray) -> tuple[float, float | None]:
        """Mean loss and accuracy (None for number targets) of samples, without learning."""
        all_at_once = Evaluating(self, x, y, batch_of(len(x)), len(x))
        all_at_once.advance()
        return all_at_once.figures

    def validating(self) -> Evaluating | None:
        """What evaluates the part that training watches, in whole batches; None where there is none."""
        if self.data.watched == Split.TRAINING:
            return None
        x, y = self.data.part(self.data.watched)
        batch = batch_of(len(x))
        batches = int(PIECE_OPERATIONS // (batch * max(self.operations, 1)))
        return Evaluating(self, x, y, batch, batch * max(batches, 1))

    def predict(self, x: np.ndarray, node: str | None = None) -> np.ndarray:
        """What the output, or another node, gives for scaled inputs: `(n, *shape)`, float32."""
        chosen, batch = node or self.layout.output, batch_of(len(x))

        def values(program: Program) -> np.ndarray:
            program.set_data(x, self._no_targets(len(x)), np.arange(len(x)))
            predictions = np.empty((len(x), *self.layout.nodes[chosen].shape), np.float32)
            for start in range(0, len(x), program.batch):
                run(program, self.threads)
                count = min(program.batch, len(x) - start)
                predictions[start : start + count] = program.activation(chosen, count)
            return predictions

        if chosen == self.layout.output:
            return self.computed(len(x), batch, values)
        return values(self._observer(batch))

    def predict_all(self, x: np.ndarray, nodes: Sequence[str]) -> dict[str, np.ndarray]:
        """What each of these nodes gives for scaled inputs, up to EVALUATION_BATCH: copies by node."""
        program = self._observer(len(x))
        program.set_data(x, self._no_targets(len(x)), np.arange(len(x)))
        run(program, self.threads)
        return {name: program.activation(name, len(x)).copy() for name in nodes}

    def predict_from(self, node: str, values: np.ndarray) -> np.ndarray:
        """What the output gives where ``node``, which all paths lead through, gives values `(n, *shape)`."""
        key = node, len(values)
        if key not in self._behind:
            self._behind[key] = Behind(
                self.layout, node, self.settings.loss, self.data.target_width, len(values)
            )
        return self._behind[key].predict(self.parameters, values, self.threads)

    def gradient_samples(self) -> int:
        """How many of the first training samples `gradients` should be asked for, by whoever wants many.

        One number for all, so that one program serves them; whole batches of a survey where there are any.
        """
        per_sample = 8 * sum(size_of(node.shape) for node in self.layout.nodes.values())
        affordable = int(np.clip(GRADIENT_BYTES // per_sample, 1, EVALUATION_BATCH))
        count = min(affordable, len(self.data.x_train))
        return count - count % SURVEY_BATCH if count > SURVEY_BATCH else count

    def gradients(self, x: np.ndarray, y: np.ndarray, parameters: np.ndarray | None = None) -> Program:
        """A program that went once forth and back, as training does, over up to EVALUATION_BATCH samples.

        Its `activation`, `gradient` and `output_gradient` are those of the mean loss, without penalties,
        clipping and mixup. Layers behave as in training: dropout drops, batch norm uses the batch.
        ``parameters``: other flat ones than the network's own, such as those of a kept step.
        """
        program = self._program(Purpose.GRADIENTS, len(x), gradients=True)
        program.set_parameters(self.parameters if parameters is None else parameters)
        program.set_data(x, y, np.arange(len(x)))
        run(program, self.threads)
        return program

    def loss_gradient(self, node: str, group: str, count: int) -> np.ndarray:
        """Gradient of the losses that an optimizer group learns from, by what ``node`` gives of each sample.

        The samples are ``count`` of nothing but zeros, for what follows from noise alone: a float32 copy
        ``(count, *shape of the node)``. Layers behave as in predicting.
        """
        key = node, group, count
        if key not in self._toward:
            self._toward[key] = build(
                of_group(self.layout, group), self.data.input_shape, self.settings.loss, None, count,
                self.data.target_width, params=self.flat, loss_options=self.loss_options, keep=(), by=(node,),
            )  # fmt: skip
        program = self._toward[key]
        x = np.zeros((count, *self.data.input_shape), np.float32)
        program.set_data(x, self._no_targets(count), np.arange(count))
        run(program, self.threads)
        gradient = program.output_gradient(node, count)
        assert gradient is not None
        # That of the mean is a share of it.
        return np.asarray(gradient * np.float32(count))

    def survey(
        self, centre: np.ndarray, first: np.ndarray, second: np.ndarray, coordinates: np.ndarray,
        x: np.ndarray, y: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Mean loss of samples at centre + a first + b second for each row (a, b): float64 (rows,).

        The network's own parameters stay as they are. Of more than SURVEY_BATCH samples, whole batches
        are looked at; of rows, at most MOST_STEPS over the number of those batches.
        """
        batch = len(x) if self.shares_a_batch else min(len(x), SURVEY_BATCH)
        per_point = len(x) // batch
        if batch not in self._points:
            self._points[batch] = ParameterPoints(
                self.layout.parameter_count, MOST_STEPS, np.dtype(np.float32)
            )
        points, steps = self._points[batch], len(coordinates) * per_point
        points.centre[:], points.first[:], points.second[:] = centre, first, second
        points.coordinates[:steps] = np.repeat(coordinates, per_point, axis=0)
        program = self._program(Purpose.SURVEY, batch, points=points, keep=())
        program.set_data(x, y, np.tile(np.arange(batch * per_point), len(coordinates)))
        if steps == 1:
            # Of a large network, who asks asks for a point at a time.
            run(program, self.threads)
            return np.array([program.loss / batch])
        sums = program.run(steps, self.threads)[:, 0].reshape(-1, per_point)
        result: np.ndarray = sums.sum(1) / (batch * per_point)
        return result

    def evaluator(self, batch: int, own_parameters: bool = False) -> Program:
        """A program that gives loss and prediction, on the trained parameters or on a copy of its own."""
        purpose = Purpose.PREDICTIONS_OF_A_COPY if own_parameters else Purpose.PREDICTIONS
        return self._program(purpose, batch, keep=(self.layout.output,))

    def computed(self, samples: int, batch: int, work: Callable[[Program], np.ndarray]) -> np.ndarray:
        """What a program gives that evaluates so many samples in all, a batch at a time."""
        return work(self.evaluator(batch))

    def _observer(self, batch: int) -> Program:
        """A program whose every value can be read, on the trained parameters."""
        return self._program(Purpose.VALUES, batch)

    def evaluators(self) -> list[Program]:
        """The programs that were made to evaluate."""
        return list(self._evaluators.values())

    def _program(self, purpose: Purpose, batch: int, **how: Any) -> Program:
        if (purpose, batch) not in self._evaluators:
            params = self.flat if purpose in SHARING else self.parameters.copy()
            self._evaluators[purpose, batch] = build(
                self.layout, self.data.input_shape, self.settings.loss, None, batch,
                self.data.target_width, params=params, loss_options=self.loss_options, **how,
            )  # fmt: skip
        return self._evaluators[purpose, batch]

    def _no_targets(self, count: int) -> np.ndarray:
        return np.zeros((count, self.data.target_width), np.float32)


def batch_of(samples: int) -> int:
    """How many of so many samples are evaluated at once."""
    return min(EVALUATION_BATCH, max(samples, 1))


class Past(Evaluation):
    """The network as it was at a step that was kept; it has a buffer of its own.

    Attributes:
        now: the network that it became.
    """

    def __init__(self, now: Evaluation) -> None:
        super().__init__(now.layout, now.data, now.settings, now.threads)
        self.now = now
        self._flat, self._steps = now.parameters.copy(), now.steps
        self._parameter_history = ParameterHistory()
        self._checkpoint_steps: list[int] = []

    @property
    def flat(self) -> np.ndarray:
        return self._flat

    @property
    def steps(self) -> int:
        return self._steps

    @property
    def parameter_history(self) -> ParameterHistory:
        return self._parameter_history

    @property
    def checkpoint_steps(self) -> list[int]:
        return self._checkpoint_steps

    def go(self, steps: list[int], history: ParameterHistory) -> None:
        """Be the network after the last of these steps, which left these parameters."""
        self._flat[:], self._steps = history[-1], steps[-1]
        self._parameter_history, self._checkpoint_steps = history, steps
