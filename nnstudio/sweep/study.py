"""The sweep itself: asks for settings, has them trained rung by rung, and tells what they reached.

A generator: each `yield` is progress, and a point at which it may be left; what is being trained then ends at
once. Knows neither the window nor the command line, and keeps no weights but those that train on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Iterator
from queue import Empty, SimpleQueue
from statistics import fmean
from typing import Any, Protocol

from nnstudio.project import Project
from nnstudio.runs.record import now
from nnstudio.sweep.plan import Plan, rungs
from nnstudio.sweep.results import News, Run, Rung, TrialResult, WorkerEnded, WorkersAwaited
from nnstudio.sweep.sampler import Proposal, Sampler
from nnstudio.sweep.space import Repeat
from nnstudio.sweep.trial import ClusterError, Outcome, SharedProject, Status, TrialOrder, share

# So often whoever goes through a sweep gets control, though nothing came.
TICK_SECONDS = 0.2


class Pending(Protocol):
    """An order that was given to a worker."""

    def add_done_callback(self, call: Callable[[Any], None]) -> None: ...

    def result(self) -> Outcome: ...

    def cancel(self) -> Any: ...


class Workers(Protocol):
    """Whoever trains, such as a `cluster.Cluster`.

    Attributes:
        ended: gets a number for each worker that ended by itself: how many orders begin again for it.
    """

    ended: SimpleQueue[int]

    @property
    def workers(self) -> int: ...

    def share(self, shared: SharedProject) -> None: ...

    def submit(self, order: TrialOrder, key: str) -> Pending: ...

    def stop(self) -> None: ...


def sweep(project: Project, plan: Plan, workers: Workers, name: str) -> Generator[News, None, None]:
    """Carry out a plan under this name; gives what happens, as it happens.

    Raises SpecError or DataError where the plan cannot be carried out at all.
    """
    coordinator = _Coordinator(project, plan, workers, name)
    workers.share(share(project, name, plan.reuses))
    try:
        yield from coordinator.run()
    finally:
        workers.stop()
        coordinator.cancel()


class _Trial:
    """A setting that is being trained."""

    def __init__(self, proposal: Proposal, repeats: tuple[Repeat, ...]) -> None:
        self.proposal, self.rung = proposal, 0
        self.runs: list[Run | None] = [None] * len(repeats)
        # When the trainings were given to workers first.
        self.began: dict[int, str] = {}
        # How many of its trainings the rung still waits for.
        self.awaited = 0

    def outcomes(self) -> list[Outcome]:
        return [run.outcome for run in self.runs if run is not None]


class _Coordinator:
    def __init__(self, project: Project, plan: Plan, workers: Workers, name: str) -> None:
        settings = project.document.settings
        self._plan, self._workers, self._name = plan, workers, name
        self._repeats = plan.space.repeats
        self._epochs = settings.epochs
        self._rungs = rungs(settings.epochs, plan.halving)
        self._sampler = Sampler(
            plan.space, plan.method, settings.seed, plan.total, self._rungs[0], plan.maximises
        )
        self._trials: dict[int, _Trial] = {}
        # Trainings that wait for a worker, and those that have one.
        self._waiting: deque[tuple[int, int]] = deque()
        self._given: dict[tuple[int, int], Pending] = {}
        self._done: SimpleQueue[tuple[int, int]] = SimpleQueue()
        # Whether there was no worker when they were counted last.
        self._is_alone = False

    def run(self) -> Iterator[News]:
        while self._refill():
            try:
                number, index = self._done.get(timeout=TICK_SECONDS)
            except Empty:
                yield from self._ended()
                yield None
                continue
            trial = self._trials[number]
            outcome = self._outcome(self._given.pop((number, index)))
            run = Run(self._repeats[index], outcome, trial.began[index])
            trial.runs[index] = run
            trial.awaited -= 1
            result = self._judge(trial) if not trial.awaited else None
            # The workers go on before anybody looks at what came.
            self._refill()
            yield from self._ended()
            yield Rung(number, run) if result is None else result

    def cancel(self) -> None:
        for pending in self._given.values():
            pending.cancel()

    def _ended(self) -> Iterator[WorkerEnded | WorkersAwaited]:
        """What became of the workers since it was asked last."""
        while not self._workers.ended.empty():
            yield WorkerEnded(self._workers.ended.get())
        was_alone, self._is_alone = self._is_alone, not self._workers.workers
        if self._is_alone and not was_alone:
            yield WorkersAwaited()

    def _refill(self) -> bool:
        """Give each worker one order, not two: the second would be blamed where the first ends its worker.

        Returns whether any is out.
        """
        # Where all workers ended, new ones may come.
        while len(self._given) < max(self._workers.workers, 1):
            if not self._waiting:
                proposal = self._sampler.ask()
                if proposal is None:
                    break
                self._trials[proposal.number] = trial = _Trial(proposal, self._repeats)
                self._begin_rung(trial)
            self._submit(*self._waiting.popleft())
        return bool(self._given)

    def _begin_rung(self, trial: _Trial) -> None:
        """What goes on comes before what is new: it needs the least to tell the most."""
        open_runs = [i for i, run in enumerate(trial.runs) if run is None or not run.outcome.is_over]
        trial.awaited = len(open_runs)
        self._waiting.extendleft((trial.proposal.number, i) for i in reversed(open_runs))

    def _submit(self, number: int, index: int) -> None:
        trial = self._trials[number]
        before = trial.runs[index]
        # Without halving, epochs may be among what is varied.
        epochs = self._rungs[trial.rung] if self._plan.halving else int(
            trial.proposal.values.get("epochs", self._epochs)
        )  # fmt: skip
        order = TrialOrder(
            self._name, trial.proposal.values, self._repeats[index], epochs,
            None if before is None else before.outcome.state,
        )  # fmt: skip
        trial.began.setdefault(index, now())
        pending = self._workers.submit(order, f"{number}-{index}-{trial.rung}")
        self._given[number, index] = pending
        pending.add_done_callback(lambda _future: self._done.put((number, index)))

    def _outcome(self, pending: Pending) -> Outcome:
        """What a worker gave back; where it gave nothing, why."""
        try:
            return pending.result()
        except ClusterError:
            raise
        except Exception as error:
            return Outcome(Status.FAILED, message=f"{type(error).__name__}: {error}")

    def _judge(self, trial: _Trial) -> TrialResult | None:
        """What became of a setting whose rung is through; None where it goes on."""
        number, outcomes = trial.proposal.number, trial.outcomes()
        bad = next((o for o in outcomes if o.status != Status.TRAINED), None)
        values = [o.metrics.get(self._plan.metric) for o in outcomes]
        numbers = [v for v in values if v is not None and math.isfinite(v)]
        if bad is not None or len(numbers) < len(values):
            self._sampler.tell_useless(number)
            bad = bad or Outcome(Status.DIVERGED, message=f"Its {self._plan.metric} is not a number.")
            return self._result(trial, bad.status, None, bad.message)
        value = fmean(numbers)
        is_last = trial.rung == len(self._rungs) - 1 or all(o.is_over for o in outcomes)
        if is_last:
            self._sampler.tell(number, value)
            return self._result(trial, Status.TRAINED, value)
        if not self._sampler.goes_on(number, self._rungs[trial.rung], value):
            return self._result(trial, Status.STOPPED, value)
        trial.rung += 1
        self._begin_rung(trial)
        return None

    def _result(self, trial: _Trial, status: Status, value: float | None, message: str = "") -> TrialResult:
        del self._trials[trial.proposal.number]
        runs = tuple(run for run in trial.runs if run is not None)
        return TrialResult(trial.proposal.number, trial.proposal.values, status, value, runs, message)
