"""What the doctor sees of a network: gathered once, from bounded samples, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from nnkernels.graph.network import outer_name
from nnstudio.data.dataset import Split
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.doctor.answers import Answers, gather, rows_of
from nnstudio.doctor.baseline import baseline, mean_loss
from nnstudio.doctor.course import Course, train_copy
from nnstudio.doctor.finding import Sees
from nnstudio.doctor.flow import Flow, flow_of
from nnstudio.doctor.onset import LOOKS, Onset, onset_of
from nnstudio.doctor.variants import Variant, compared
from nnstudio.doctor.wiring import Wiring
from nnstudio.training.curve import Curve
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.session import Session

T = TypeVar("T")
# Steps of the copy that shows where a network is heading, and its seconds at the most.
AHEAD_STEPS, AHEAD_SECONDS = 120, 0.6
# A network that learned little after so many steps: its loss is still this share of the baseline. Ten samples
# are then learned for so long.
TROUBLED_STEPS, TROUBLED = 100, 0.7
TEN, HEART_STEPS, HEART_SECONDS = 10, 1000, 1.0
# Where more of their loss is left, they could not be learned.
LEFT = 0.5
# Networks of more values are not copied to be trained on: it takes seconds before the first step.
MOST_COPIED = 5_000_000
# Of larger ones, no gradients are kept in memory beside the run's own unless a person asks to look closer.
MOST_WATCHED = 10_000_000
# Values that tell how far weights moved.
MOST_VALUES = 2**17
# Samples of the training part whose numbers are looked at.
DATA_ROWS = 2048
# A curve of fewer epochs says nothing yet.
FEWEST_EPOCHS = 5
# A training loss of this share of the baseline, or less, is a network that learned.
FITTED = 0.3


@dataclass(frozen=True, eq=False)
class Losses:
    """The curve up to the step that is looked at, as far as it is of this network, its data and its settings,
    and not of what they were before a change: a row for each epoch or span of epochs, float64 (rows,).

    ``watched`` and the accuracies are NaN where they do not apply; ``highest`` is the loss of the worst epoch
    of each row.
    """

    epochs: np.ndarray
    steps: np.ndarray
    loss: np.ndarray
    watched: np.ndarray
    accuracy: np.ndarray
    watched_accuracy: np.ndarray
    highest: np.ndarray

    def __len__(self) -> int:
        return len(self.epochs)

    @staticmethod
    def of(curve: Curve, began: int, until: int) -> Losses:
        names = ("epoch", "steps", "loss", "val_loss", "accuracy", "val_accuracy", "loss_highest")
        columns = [curve.column(name) for name in names]
        seen = (columns[1] > began) & (columns[1] <= until)
        return Losses(*(column[seen] for column in columns))


class Patient:
    """A network with its data and its run, as it is or as it was at a kept step.

    What has to be computed is gathered by `gather`, of what findings declare; all else follows when asked.

    Attributes:
        session: what is looked at; of a `Past`, the future is not tried.
        curve: of the whole run.
        names: what people call the nodes of the main graph.
        updates: by layer, how far the latest step that was measured moved its weights, over their norm.
        steps_per_epoch: of the run, 1 where that is not known.
        began: the step from which on losses are of this network, this data and these settings; comparable:
            that from which on only the learning rate and its like were others.
        flow, answers, ahead, by_heart, variants: None or empty until gathered, and where they cannot be had.
    """

    def __init__(
        self,
        session: Evaluation,
        curve: Curve,
        names: Mapping[str, str],
        updates: Mapping[str, float] | None = None,
    ) -> None:
        self.session, self.curve, self.names = session, curve, names
        self.updates = dict(updates or {})
        self.data, self.settings, self.layout = session.data, session.settings, session.layout
        self.step = session.steps
        self.flow: Flow | None = None
        self.answers: dict[Split, Answers] = {}
        self.ahead: Course | None = None
        # What was seen of layers and data before, which stay the same as long as the session.
        now = session.now if isinstance(session, Past) else session
        self.remembered: dict[Any, Any] = now.remembered if isinstance(now, Session) else {}
        self.began = now.judged.step if isinstance(now, Session) else 0
        self.comparable = now.judged.comparable if isinstance(now, Session) else 0
        self.steps_per_epoch = now.steps_per_epoch if isinstance(now, Session) else 1
        nodes = now.network.nodes if isinstance(now, Session) else ()
        self.wiring = Wiring(session.layout, {node.id: node.layer for node in nodes})
        self.by_heart: Course | None = None
        self.variants: tuple[Variant, ...] = ()

    @staticmethod
    def of(seen: Evaluation, names: Mapping[str, str]) -> Patient:
        """The network of a session, or a past one with what is known of the run up to then."""
        now = seen.now if isinstance(seen, Past) else seen
        if not isinstance(now, Session):
            return Patient(seen, Curve(), names)
        rows = [row for row in now.statistics.rows if now.judged.step < row.step <= seen.steps]
        return Patient(seen, now.history, names, rows[-1].updates if rows else None)

    def gather(self, sees: set[Sees], may_try: bool) -> Generator[None, None, set[Sees]]:
        """Get what is asked for, as far as it can be had; returns that."""
        had = {Sees.NETWORK, Sees.DATA} & sees
        if Sees.CURVE in sees and len(self.losses) >= FEWEST_EPOCHS:
            had.add(Sees.CURVE)
        if Sees.FLOW in sees and (may_try or self.layout.parameter_count <= MOST_WATCHED):
            x, y = self._batch()
            self.flow = flow_of(self.session, x, y)
            had.add(Sees.FLOW)
            yield None
        if Sees.ANSWERS in sees:
            for part in dict.fromkeys((Split.TRAINING, self.data.watched)):
                for answers in gather(self.session, part):
                    if answers is not None:
                        self.answers[part] = answers
                    yield None
            had.add(Sees.ANSWERS)
        may_try = may_try and self.layout.parameter_count <= MOST_COPIED
        if Sees.AHEAD in sees and may_try and isinstance(self.session, Session):
            self.ahead = yield from self._look_ahead(self.session)
            had.add(Sees.AHEAD)
        if Sees.BY_HEART in sees and may_try and isinstance(self.session, Session):
            had.add(Sees.BY_HEART)
            if self.steps_judged >= TROUBLED_STEPS and self.relative is not None and self.relative > TROUBLED:
                self.by_heart = yield from self._learn_ten(self.session)
        if Sees.VARIANTS in sees and may_try and isinstance(self.session, Session):
            self.variants = yield from compared(self, self.session)
            had.add(Sees.VARIANTS)
        return had

    @property
    def right(self) -> str:
        """What the share of right answers is called, as a title."""
        return REAL_RIGHT.capitalize() if holds_only_real(self.data) else "Right"

    @staticmethod
    def _learn_ten(session: Session) -> Generator[None, None, Course]:
        rows = rows_of(len(session.data.x_train), TEN)
        x, y = (np.ascontiguousarray(v[rows]) for v in (session.data.x_train, session.data.y_train))
        ten = replace(
            session.data, x_train=x, y_train=y, x_test=x[:0], y_test=y[:0], x_validation=x[:0],
            y_validation=y[:0], groupings=(),
        )  # fmt: skip
        extras: dict[str, Any] = {
            name: session.settings.extras[name]
            for name in ("clip_norm", "clip_value")
            if name in session.settings.extras
        }
        settings = replace(session.settings, extras=extras, schedule="constant", schedule_options={})
        copy = Session(session.network, ten, settings, session.threads)
        return (yield from train_copy(copy, HEART_STEPS, HEART_SECONDS))

    def _batch(self) -> tuple[np.ndarray, np.ndarray]:
        rows = rows_of(len(self.data.x_train), self.session.gradient_samples())
        return np.ascontiguousarray(self.data.x_train[rows]), np.ascontiguousarray(self.data.y_train[rows])

    @staticmethod
    def _look_ahead(session: Session) -> Generator[None, None, Course]:
        state = None if session.is_new else session.state()
        copy = Session(session.network, session.data, session.settings, session.threads, state)
        copy.set_hyperparameters(session.hyperparameters)
        return (yield from train_copy(copy, AHEAD_STEPS, AHEAD_SECONDS))

    # What follows

    @cached_property
    def losses(self) -> Losses:
        return Losses.of(self.curve, self.began, self.step)

    @cached_property
    def baseline(self) -> float | None:
        """Mean loss of the best answer that is the same for all samples; None where it is not known."""
        return baseline(self.session)

    @cached_property
    def relative(self) -> float | None:
        """The training loss over the baseline: about 1 means that nothing was learned. None where unknown."""
        if not self.baseline or self.baseline <= 0:
            return None
        if Split.TRAINING in self.answers:
            answers = self.answers[Split.TRAINING]
            losses, y = answers.losses, self.data.y_train[answers.rows]
            mean = mean_loss(self.session, losses, y) if len(losses) else None
            if mean is not None and np.isfinite(losses).all():
                return mean / self.baseline
        return float(self.losses.loss[-1]) / self.baseline if len(self.losses) else None

    @cached_property
    def samples(self) -> np.ndarray:
        """Inputs (n, values) of some training samples, float64."""
        rows = rows_of(len(self.data.x_train), DATA_ROWS)
        return np.asarray(self.data.x_train[rows], np.float64).reshape(len(rows), -1)

    @cached_property
    def targets(self) -> np.ndarray:
        """Targets (n, t) of the same samples, float64."""
        return np.asarray(self.data.y_train[rows_of(len(self.data.x_train), DATA_ROWS)], np.float64)

    @property
    def is_of_past(self) -> bool:
        return not isinstance(self.session, Session)

    @property
    def is_trained(self) -> bool:
        return self.step > 0

    @property
    def steps_judged(self) -> int:
        """Steps that were made of this network, on this data, with these settings."""
        return max(self.step - self.began, 0)

    @property
    def is_of_before(self) -> bool:
        """Whether the weights are for the most part what steps made of them before the newest change."""
        return 0 < self.began <= self.step and self.steps_judged < self.began

    @cached_property
    def learned_values(self) -> int:
        """Trained values that an optimizer may change."""
        return sum(end - start for start, end in self.layout.spans())

    @cached_property
    def pace(self) -> float | None:
        """How far the latest steps move the weights at the most, as a share of their norm: as it was measured
        last, or between the last kept steps; None where neither is known.
        """
        if self.updates:
            return max(self.updates.values())
        return self._pace(self._judged[-LOOKS - 1 :])

    @cached_property
    def first_pace(self) -> float | None:
        """The same of the first kept steps."""
        return self._pace(self._judged[: LOOKS + 1])

    @cached_property
    def _judged(self) -> list[int]:
        """Which of the kept steps are of this network and these settings, or what they began with."""
        steps = self.session.checkpoint_steps
        return [i for i, step in enumerate(steps) if step >= self.began]

    @cached_property
    def weight_norms(self) -> tuple[np.ndarray, np.ndarray]:
        """Kept steps of which the settings are those of now, int64 (steps,), and the norm of all weights that
        learn at each of them, float64 (steps,).
        """
        spans, kept = self.layout.spans(), self.session.parameter_history
        norms = [_norm(kept[i], spans) for i in self._judged]
        return np.array(self.session.checkpoint_steps, np.int64)[self._judged], np.array(norms)

    def _pace(self, kept: list[int]) -> float | None:
        steps, values, spans = (
            self.session.checkpoint_steps,
            self.session.parameter_history,
            self.layout.spans(),
        )
        moved = [
            _norm(values[b] - values[a], spans) / max(_norm(values[a], spans), 1e-12) / (steps[b] - steps[a])
            for a, b in pairwise(kept)
        ]
        return max(moved, default=None)

    @property
    def rate(self) -> float:
        """The learning rate of the settings."""
        return float(next(iter(self.session.hyperparameters.values())))

    @property
    def is_fitted(self) -> bool:
        """Whether the training loss is far below what a constant answer has: little is left to be learned."""
        return self.is_trained and self.relative is not None and self.relative < FITTED

    def array(self, node: str, name: str) -> np.ndarray | None:
        """A view of an array of a node, or of the one whose weights it shares, in its shape; None of none."""
        owner, flat = self.layout.owners.get(node, node), self.session.parameters
        for slot in self.layout.parameters:
            if (slot.node, slot.name) == (owner, name):
                view: np.ndarray = flat[slot.offset : slot.offset + slot.size].reshape(slot.shape)
                return view
        return None

    def name(self, node: str) -> str:
        """What people call a node; of a part, its layer and the composite or sub-network that it lies in."""
        inside = self.layout.nodes.get(node)
        if inside is None or not self.wiring.is_part(inside):
            return self.whole(node)
        return f"{inside.layer.title} in {self.whole(node)}"

    def whole(self, node: str) -> str:
        """What people call the node of the main graph that it is, or is a part of."""
        return self.names.get(outer_name(node), outer_name(node))

    def node(self, node: str) -> str:
        """The node of the main graph that it is, or is a part of."""
        return outer_name(node)

    def losses_at(self, step: int, part: Split, most_apart: int) -> np.ndarray | None:
        """Loss of each sample in ``answers`` of a part, float64 (n,), with the weights that were kept nearest
        to a step; None where none were within so many steps.
        """
        steps = self.session.checkpoint_steps
        at = min(range(len(steps)), key=lambda i: abs(steps[i] - step), default=None)
        if at is None or abs(steps[at] - step) > most_apart or self.layout.parameter_count > MOST_COPIED:
            return None
        key = ("doctor losses", steps[at], part)
        if key not in self.remembered:
            past = Past(self.session)
            past.go(steps[: at + 1], self.session.parameter_history[: at + 1])
            *_, answers = gather(past, part)
            assert answers is not None
            self.remembered[key] = answers.losses
        losses: np.ndarray = self.remembered[key]
        return losses

    def kept(self, what: str, compute: Callable[[], T]) -> T:
        """What is computed of the data and the losses alone, once for as long as they stay."""
        of_losses = tuple(target.loss for target in self.layout.targets)
        key = ("doctor", what, of_losses, repr(sorted(self.session.loss_options.items())))
        if key not in self.remembered:
            self.remembered[key] = compute()
        known: T = self.remembered[key]
        return known

    def output_losses(self) -> dict[str, float]:
        """Mean training loss of each Output in the latest epoch of a network that has several, without its
        weight, by their names; nothing of a past one, and where there are too few epochs to tell.
        """
        now = self.session
        if not isinstance(now, Session) or len(self.losses) < FEWEST_EPOCHS or not now.outputs.epochs:
            return {}
        latest = now.outputs.rows[-1]
        return {
            name: float(loss) for name, loss in zip(now.outputs.names, latest, strict=True) if loss == loss
        }

    def since(self, what: str, holds: Callable[[Flow], bool]) -> Onset | None:
        """Since when something about the flow holds that does now, as far as some looks at kept steps tell.

        None where no kept step shows it. ``what`` names it; it is looked for anew in a run twice as long, and
        what was told stays where it still held.
        """
        key = "doctor since", what
        at, known = self.remembered.get(key, (-1, None))
        if not at <= self.step < 2 * max(at, 1):
            steps, kept = self.session.checkpoint_steps, self.session.parameter_history
            x, y = self._batch()
            known = onset_of(steps, lambda i: holds(flow_of(self.session, x, y, kept[i])), known, at)
            self.remembered[key] = (self.step, known)
        told: Onset | None = known
        return told


def _norm(values: np.ndarray, spans: list[tuple[int, int]]) -> float:
    """Of the values in these stretches; of many, some tell it."""
    stride = max(1, sum(b - a for a, b in spans) // MOST_VALUES)
    return float(np.sqrt(sum(float((values[a:b:stride].astype(np.float64) ** 2).sum()) for a, b in spans)))
