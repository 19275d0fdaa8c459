"""What a sweep reached so far: its settings, the trainings that were begun, and the best."""

from __future__ import annotations

from nnstudio.sweep.plan import Plan
from nnstudio.sweep.results import News, Run, Rung, TrialResult
from nnstudio.sweep.space import Repeat
from nnstudio.sweep.trial import Status


def best_run(result: TrialResult, plan: Plan) -> Run | None:
    """Of the trainings of a setting, the one that came out best; None where none reached anything."""
    values = result.by_repeat(plan.metric)
    runs = [run for run in result.runs if run.repeat in values]
    return min(runs, key=lambda run: plan.rank(values[run.repeat]), default=None)


class Tally:
    """Takes the news of a sweep, without weights but those of the best.

    Attributes:
        results: of all settings that are through.
        best: the best setting so far, with the one of its trainings that came out best.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.results: list[TrialResult] = []
        self.best: tuple[TrialResult, Run] | None = None
        # By setting, seed and fold.
        self._trainings: set[tuple[int, Repeat]] = set()

    @property
    def trainings(self) -> int:
        """How many trainings reported something."""
        return len(self._trainings)

    def take(self, event: News) -> None:
        """Count what came."""
        if isinstance(event, Rung):
            self._trainings.add((event.number, event.run.repeat))
        elif isinstance(event, TrialResult):
            self._trainings |= {(event.number, run.repeat) for run in event.runs}
            self.results.append(event.without_weights())
            run = best_run(event, self.plan)
            if run is not None and self._is_best(event):
                self.best = event.without_weights(), run

    def _is_best(self, result: TrialResult) -> bool:
        if result.status != Status.TRAINED or result.value is None:
            return False
        rank, best = self.plan.rank, self.best
        return best is None or best[0].value is None or rank(result.value) < rank(best[0].value)
