"""One run of training: makes slices of steps, keeps the curve, can be saved and resumed exactly.

A Session is used by one thread at a time (the command line's own, or the worker's). It knows nothing of
threads or windows: `slices` is a generator, and each `yield` is progress and a place to pause or stop.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.ops.shuffle import Shuffle
from nnkernels.planning.turn_taking import TurnTaking
from nnkernels.program import Checkpoint, Layout
from nnkernels.spec import optimizers
from nnstudio.data.dataset import Dataset
from nnstudio.model.curve_columns import watched
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.alterations import Alterations
from nnstudio.training.balance import groups_to_balance, order_of_epoch
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.divergence import Diverged as Diverged
from nnstudio.training.divergence import first_bad_node
from nnstudio.training.engine import Device, Engine, Trains
from nnstudio.training.evaluating import Evaluating, advanced
from nnstudio.training.inputs import check_numbers
from nnstudio.training.journal import Journal, PartsLog, StatisticsLog, measure
from nnstudio.training.judged import JudgedFrom
from nnstudio.training.kept_steps import KeptSteps
from nnstudio.training.learner import Learner, learner, optimizer_name
from nnstudio.training.output_losses import OutputLosses
from nnstudio.training.parameter_history import ParameterHistory
from nnstudio.training.prefetch import Prefetch
from nnstudio.training.progress import Progress, trailing
from nnstudio.training.restoring import check_state
from nnstudio.training.state import Best, EndOfEpoch, TrainingState
from nnstudio.training.targets import check_targets

# One call into the engine lasts about this long, so that pause and stop act at once.
SLICE_SECONDS = 0.02


class Session(Trains):
    """A network, its data and its settings, planned and ready to train.

    Raises SpecError or NodeError with a sentence where they do not fit together. ``began`` is the step from
    which on ``run`` learned; losses that ``judged`` leaves out are of another network or setting.
    """

    def __init__(
        self,
        network: NetworkSpec,
        data: Dataset,
        settings: TrainingSettings,
        threads: int = 1,
        state: TrainingState | None = None,
        looks_back: bool = True,
        device: Device = Device.CPU,
    ) -> None:
        """Without ``looks_back`` no steps on the way are kept or measured: up to a third of the time."""
        layout = Layout.of(network, data.input_shape, settings.loss)
        super().__init__(layout, data, settings, threads)
        self.network, self._looks_back = network, looks_back
        check_targets(layout, data)
        self._groups = groups_to_balance(data, settings.balance)
        plan = partial(learner, layout, data, settings, self.loss_options)
        self.engine = Engine(plan, self._hand_over, device)
        self.optimizer_name = optimizer_name(layout, settings)  # whose memory lies behind the parameters
        self.epoch, self.history, self.outputs = 0, Curve(), OutputLosses(layout.targets)
        self.is_new = True  # nothing was learned yet, nor set by hand
        self._optimizer_began, self._started = 0, False
        # Samples in the order of the running epoch.
        self._order: np.ndarray | Shuffle = np.zeros(0, np.int64)
        self._prefetch, self._partial = Prefetch(data.x_train), [0.0, 0.0, 0.0]
        self._latest: Progress | None = None
        # Seconds of training, and what they were at the last row.
        self._clock = self._clock_before = 0.0
        self._steps_per_slice = 1
        self._good: Checkpoint | None = None
        self._best: Best | None = None
        # The epoch whose weights came back in the end, until training goes on.
        self.returned_to: EndOfEpoch | None = None
        self.divergence: Diverged | None = None  # why the last step could not be made, if so
        self.alterations = Alterations()
        # Epochs at which a run ends that was begun to go on beyond its settings; 0 for none.
        self.goal = 0
        # What probes measured along this run and need not measure again, by whatever they call it.
        self.remembered: dict[Any, Any] = {}
        if state is None:
            self.reset()
        else:
            self.restore(state)
        for split in data.parts:
            check_numbers(self, data.part(split)[0])

    @property
    def flat(self) -> np.ndarray:
        return self.program.params

    @property
    def parameter_history(self) -> ParameterHistory:
        return self.journal.checkpoints

    @property
    def checkpoint_steps(self) -> list[int]:
        return self.journal.steps

    @property
    def steps(self) -> int:
        return self.steps_done if self.returned_to is None else self.returned_to.step

    @property
    def steps_done(self) -> int:
        """Steps of the whole run, also where early stopping brought back the weights of an earlier one."""
        return self._optimizer_began + self.program.steps

    @property
    def is_within(self) -> bool:
        """Whether steps were made beyond the whole epochs: it stands within the next one."""
        ended = self.history[-1].steps if self.history else self.steps_done if self.epoch else 0
        return (self._started and self.program.visited > 0) or self.steps_done > ended

    def reset(self) -> None:
        """Back to the start, as another run; the same seed gives the same weights and the same numbers."""
        self.is_new, self._optimizer_began, self.returned_to = True, 0, None
        self.alterations.clear()
        self.run, self.began, self.judged, self.divergence = uuid.uuid4().hex, 0, JudgedFrom(), None
        self.program.params[:] = 0
        self.layout.initial(self.settings.seed, self.parameters)
        self.program.restart(self.settings.seed)
        self.epoch, self.history, self._started, self._best = 0, Curve(), False, None
        self.outputs = OutputLosses(self.layout.targets)
        self._schedule = self.settings.remember(None, ())
        self._partial, self._clock, self._clock_before = [0.0, 0.0, 0.0], 0.0, 0.0
        self.restart_journal()
        self._latest = None
        self.remembered.clear()

    def restart_journal(self) -> None:
        """Keep parameters along the way from here on; what was put aside may still hold those before."""
        self.journal = Journal(self.layout.parameter_count, self._looks_back)
        self.statistics = StatisticsLog(self._looks_back)
        self.parts = PartsLog()
        self.journal.restart(self.steps, self.parameters, self.settings.epochs * self.steps_per_epoch)

    def set_hyperparameters(self, values: dict[str, float]) -> None:
        """New learning rate and so on, from the next step on, and for copies of this session."""
        values = optimizers[self.settings.optimizer].complete(values)
        if self.judged.change(self.steps_done, self.hyperparameters, values):
            self.divergence = None
        self.hyperparameters = values
        self.settings = replace(self.settings, optimizer_options=values)

    def set_epochs(self, epochs: int) -> None:
        """Another length of the run; the schedule stretches to it."""
        self.settings = replace(self.settings, epochs=epochs)

    def slices(self, epochs: int | None = None, cuts_validation: bool = False) -> Iterator[Progress | Epoch]:
        """Train until ``epochs`` are done in all; yields after every slice and every epoch. Where it
        ``cuts_validation``, the latest progress comes again in the middle of a long one.

        With early stopping, the weights in the end are those of the best epoch. Raises Diverged where the
        numbers stop being numbers.
        """
        goal = self.settings.epochs if epochs is None else epochs
        while self.epoch < goal and not self._stops_early():
            if self._at_end_of_epoch:
                validating = self.validating()
                yield from advanced(validating, self._latest if cuts_validation else None)
                yield self._finish_epoch(validating)
            else:
                yield self.advance(self._fitting_steps())
        if self.epoch >= self.settings.epochs or self._stops_early():
            self._return_to_best()

    def single_step(self) -> Progress | Epoch:
        """Make one step; an epoch that it completes is finished too."""
        if self._at_end_of_epoch:
            self._finish_epoch(self.validating())
        progress = self.advance(1)
        return self._finish_epoch(self.validating()) if self._at_end_of_epoch else progress

    @property
    def _at_end_of_epoch(self) -> bool:
        """All samples were visited, but the epoch's row is still to be made: a pause can fall here."""
        return self._started and self.program.finished

    def _fitting_steps(self) -> int:
        """Steps of the next slice: up to the next place to be kept, and before the epoch's last step where
        statistics are due, which makes it one of its own.
        """
        left, steps = self._steps_left, self._steps_per_slice
        if steps >= left > 1 and self.statistics.is_due:
            steps = left - 1
        return min(steps, max(1, self.journal.next - self.steps_done))

    @property
    def steps_per_epoch(self) -> int:
        """Steps that visit every training sample once."""
        return -(-len(self.data.x_train) // self.program.batch)

    @property
    def _steps_left(self) -> int:
        """Steps until the running epoch, or the one that is about to begin, is through."""
        done = self.program.visited if self._started else 0
        return -(-(len(self.data.x_train) - done) // self.program.batch)

    def advance(self, steps: int) -> Progress:
        """Make up to ``steps`` steps of the running epoch."""
        if not self._started:
            self._begin_epoch()
        program, self.is_new, self.returned_to = self.program, False, None
        self.alterations.step()
        self._good = program.checkpoint(self._good)
        program.set_hyperparameters(self.hyperparameters, self._factors())
        self._prefetch.follow(program.visited)
        before, started = program.visited, time.perf_counter()
        rows = self.engine.run(steps, self.threads)
        took, program = time.perf_counter() - started + self.engine.hidden, self.program
        samples = program.visited - before
        if not (np.isfinite(rows).all() and np.isfinite(program.params).all()):
            self._diverge(rows)
        self._clock, self.divergence = self._clock + took, None
        self.journal.offer(self.steps, self.parameters)
        if len(rows) == 1 and program.finished and self.statistics.is_due:
            was, at = self._good.params, (self.epoch + 1, self.steps)
            self.statistics.add(self.engine.read(lambda program: measure(program, was, *at)))
        loss, right = self._add_sums(rows, samples)
        if took > 0:
            fitting = len(rows) * SLICE_SECONDS / took
            self._steps_per_slice = int(min(max(fitting, 1), 2 * self._steps_per_slice + 1))
        accuracy = right / samples if self.classifies else None
        done = program.visited / len(self.data.x_train)
        hits = right if self.classifies else None
        self.parts.add(self.epoch + done, self.steps, loss, hits, samples, self._clock)
        mean = self.figures
        assert mean is not None
        self._latest = Progress(self.epoch, self.steps, loss / samples, accuracy, done, mean)
        return self._latest

    def _add_sums(self, rows: np.ndarray, samples: int) -> tuple[float, float]:
        """Add steps to the running epoch; summed loss and correct predictions of them."""
        loss, right = rows.sum(0).tolist()
        self._partial = [a + b for a, b in zip(self._partial, (loss, right, samples), strict=True)]
        if self.outputs.names:
            self.outputs.add(self.program.losses, rows[:, 1], self.program.batch, samples)
        if not isinstance(self.program, TurnTaking):
            return loss, right
        # A group's steps know its own losses only: each Output counts with the mean of what it was asked.
        loss, share = self.outputs.together()
        self._partial[:2] = loss * self._partial[2], share * self._partial[2]
        return loss * samples, share * samples

    @property
    def figures(self) -> tuple[float, float | None] | None:
        """Mean loss and accuracy in training over about an epoch, up to now; None before the first step."""
        last = self.history[-1] if self.history else None
        if self._started and self.program.visited:
            done = self.program.visited / len(self.data.x_train)
            return trailing(tuple(self._partial), last, done, self.classifies)
        return None if last is None else (last.loss, last.accuracy)

    def state(self) -> TrainingState:
        """A copy of everything needed to go on from here."""
        cursor = self.program.visited if self._started else 0
        return TrainingState(
            self.program.params.copy(), self.optimizer_name, self.steps_done, self.epoch, cursor,
            (self._partial[0], self._partial[1], self._partial[2]), self.history.copy(), self._best,
            self._optimizer_began, self._schedule,
            KeptSteps(tuple(self.journal.steps), self.journal.checkpoints[:]), self.run,
            self.returned_to, self.alterations.any, self.goal, self.outputs.saved(), self.judged.step,
        )  # fmt: skip

    def restore(self, state: TrainingState) -> None:
        """Go on from a state. Raises StateError where that cannot be, and is then as it was."""
        check_state(state, self.layout.parameter_count, len(self.data.x_train))
        count = self.layout.parameter_count
        self.reset()
        same = state.optimizer == self.optimizer_name and len(state.params) == len(self.program.params)
        kept = len(state.params) if same else count
        self.program.params[:kept] = state.params[:kept]
        # The optimizer's slots start anew with another optimizer, and so must its step count.
        self._optimizer_began = state.optimizer_began if same else state.step
        steps = state.step - self._optimizer_began
        self.program.resume(steps)
        self.is_new, self.run = False, state.run or self.run
        self.began, since = (0, state.judged_from) if state.run else (state.step, state.step)
        self.judged = JudgedFrom(since)
        self.epoch, self.history, self._best = state.epoch, state.history.copy(), state.best
        if state.schedule is not None and self.settings.goes_on_from(state.schedule):
            self._schedule = state.schedule
        else:
            self._schedule = self.settings.remember(None, watched(self.history.columns()))
        if state.is_altered:
            self.alterations.note()
        if state.kept is not None:
            self.journal.take_up(state.kept)
        self.returned_to, self.goal = state.returned_to, state.goal
        if self.returned_to is None:
            self.journal.offer(self.steps, self.parameters)
        self._clock = self._clock_before = self.history[-1].seconds if self.history else 0.0
        if state.cursor:
            self._begin_epoch()
        self.outputs = OutputLosses(self.layout.targets, state.outputs)
        if state.cursor:
            self.program.resume(steps, state.cursor)
            self._partial = list(state.partial)
        else:
            self.outputs.begin_epoch()

    def _begin_epoch(self) -> None:
        data = self.data
        self._order = order_of_epoch(len(data.x_train), self._groups, [self.settings.seed, self.epoch])
        self.program.set_data(data.x_train, data.y_train, self._order)
        self._prefetch.begin(self._order)
        self._partial, self._started = [0.0, 0.0, 0.0], True
        self.alterations.begin_epoch()
        self.parts.begin_epoch(self._clock)

    def _hand_over(self, program: Learner, steps: int, visited: int) -> None:
        """Bring another program to this step of the running epoch."""
        program.restart(self.settings.seed)
        if self._started:
            program.set_data(self.data.x_train, self.data.y_train, self._order)
            program.set_hyperparameters(self.hyperparameters, self._factors())
        program.resume(steps, visited if self._started else 0)

    def _finish_epoch(self, validating: Evaluating | None) -> Epoch:
        loss, right, samples = self._partial
        val_loss = val_accuracy = None
        if validating is not None:
            validating.finish()
            val_loss, val_accuracy = validating.figures
            self._clock += validating.seconds
        self.epoch += 1
        spent, self._clock_before = self._clock - self._clock_before, self._clock
        row = Epoch(
            self.epoch, self.steps, loss / samples, right / samples if self.classifies else None,
            val_loss, val_accuracy, samples / max(spent, 1e-9), self._clock,
        )  # fmt: skip
        self.history.append(row)
        self.outputs.end_epoch(self.epoch)
        if self._schedule.values:
            self._schedule = self.settings.remember(self._schedule, (row.watched,))
        self._started = False
        self.alterations.end_epoch()
        if self.settings.extra("patience") and (self._best is None or row.watched < self._best.loss):
            self._best = Best(row.watched, self.epoch, self.parameters.copy(), self.steps_done)
        return row

    def _stops_early(self) -> bool:
        """Whether an epoch has ended and the loss has not improved for too long."""
        patience, best = self.settings.extra("patience"), self._best
        is_due = bool(patience) and best is not None and self.epoch - best.waits_from >= patience
        return is_due and not self._started

    def _return_to_best(self) -> None:
        """Take the weights of the best epoch, where early stopping remembers one before this."""
        best = self._best
        if not self.settings.extra("patience") or best is None or best.waits_from == self.epoch:
            return
        self.parameters[:] = best.params
        step = best.step or self.history.end_of(best.epoch, self.steps_done)
        self.returned_to = EndOfEpoch(best.epoch, step)
        # A person may train on from here: patience starts anew.
        self._best = replace(best, since=self.epoch)

    def _factors(self) -> np.ndarray | None:
        """The schedule over the running epoch's steps, or None where the rate is constant."""
        if self.settings.schedule == "constant" and not self.settings.extra("warmup_steps"):
            return None
        per_epoch = self.steps_per_epoch
        return self.settings.factors(self.epoch * per_epoch, per_epoch, per_epoch, self._schedule)

    def _diverge(self, rows: np.ndarray) -> None:
        """Go back to before the slice and raise Diverged with the first guilty layer's name."""
        bad = np.flatnonzero(~np.isfinite(rows[:, 0]))
        well = int(bad[0]) if len(bad) else len(rows) - 1
        self._replay(well)
        if well and not np.isfinite(self.program.params).all():
            # The loss shows at a step what the one before did to the weights.
            self._replay(well - 1)
        guilty, step = first_bad_node(self, self._order), self.steps + 1
        self._replay(0)
        self.divergence = Diverged.at(step, guilty)
        raise self.divergence

    def _replay(self, steps: int) -> None:
        """Make the first steps of the latest slice once more; the same bits come out."""
        assert self._good is not None
        self.program.rewind(self._good)
        if steps:
            self.engine.run(steps, self.threads)
