"""Which setting is tried next, and which is given up: Optuna's samplers and its pruner, asked and told.

Knows no project and no cluster; optuna is imported when a sampler is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import Trial, TrialState

from nnstudio.sweep.plan import REDUCTION, Method
from nnstudio.sweep.space import MOST_VALUES, Between, Listed, Space

# After so many proposals in a row that were made before, the next one is one that was not.
MOST_REPEATED = 20

# Its news on stderr would stand between the lines of our own.
optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class Proposal:
    """A setting to try: its number, from 1, and its values by name."""

    number: int
    values: dict[str, Any]


class Sampler:
    """Proposes settings of a space and learns from what they reached; not for several threads at once."""

    def __init__(
        self, space: Space, method: Method, seed: int, total: int, first_rung: int, maximise: bool
    ) -> None:
        """``total``: how many settings are proposed, no more than the space has."""
        self._space, self._total = space, total
        self._grid: Iterator[dict[str, Any]] | None = space.grid() if method == Method.GRID else None
        self._study = optuna.create_study(
            direction="maximize" if maximise else "minimize",
            sampler=optuna.samplers.TPESampler(seed=seed) if method == Method.TPE
            else optuna.samplers.RandomSampler(seed=seed),
            pruner=optuna.pruners.SuccessiveHalvingPruner(first_rung, REDUCTION),
        )  # fmt: skip
        self._distributions = {v.name: _distribution(v.domain) for v in space.searched}
        self._trials: dict[int, Trial] = {}
        self._proposed = 0
        self._known: set[tuple[Any, ...]] = set()
        self._unseen: Iterator[dict[str, Any]] | None = None

    def ask(self) -> Proposal | None:
        """The next setting, each once; None where all were proposed."""
        if self._proposed >= self._total:
            return None
        trial = self._fresh()
        self._proposed += 1
        self._known.add(_key(trial.params))
        self._trials[self._proposed] = trial
        return Proposal(self._proposed, {v.name: trial.params[v.name] for v in self._space.searched})

    def _fresh(self) -> Trial:
        """A trial with values that none had before: the same ones would give the same numbers."""
        if self._grid is not None:
            return self._enqueued(next(self._grid))
        for _ in range(MOST_REPEATED):
            trial = self._study.ask(self._distributions)
            if _key(trial.params) not in self._known or self._is_vast:
                return trial
            self._study.tell(trial, state=TrialState.FAIL)
        if self._unseen is None:
            self._unseen = self._space.even().grid()
        return self._enqueued(next(v for v in self._unseen if _key(v) not in self._known))

    @property
    def _is_vast(self) -> bool:
        """Whether there are too many settings to go through them."""
        return self._space.size is None or self._space.size > MOST_VALUES

    def _enqueued(self, values: Mapping[str, Any]) -> Trial:
        self._study.enqueue_trial(dict(values))
        return self._study.ask(self._distributions)

    def goes_on(self, number: int, epochs: int, value: float) -> bool:
        """Whether a setting that reached this value at a rung is trained further; else it is done."""
        trial = self._trials[number]
        trial.report(value, epochs)
        if not trial.should_prune():
            return True
        self._study.tell(self._trials.pop(number), state=TrialState.PRUNED)
        return False

    def tell(self, number: int, value: float) -> None:
        """A setting was trained to its end and reached this value."""
        self._study.tell(self._trials.pop(number), value)

    def tell_useless(self, number: int) -> None:
        """A setting diverged or cannot be trained: as bad as can be."""
        self._study.tell(self._trials.pop(number), state=TrialState.PRUNED)


def _distribution(domain: Listed | Between) -> BaseDistribution:
    if isinstance(domain, Listed):
        return CategoricalDistribution(domain.values)
    if domain.whole:
        return IntDistribution(int(domain.low), int(domain.high), log=domain.log)
    return FloatDistribution(domain.low, domain.high, log=domain.log)


def _key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted(values.items()))
