"""The range test of learning rates (Smith 2017): a copy is trained while the rate rises."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudio.doctor.charts import line
from nnstudio.doctor.finding import Chart
from nnstudio.doctor.remedies import setting
from nnstudio.model.problems import Repair
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.session import Diverged, Session

# The rates, from the first to the last, in so many steps or seconds at the most.
LOWEST, HIGHEST, STEPS, SECONDS = 1e-6, 10.0, 150, 2.5
# The loss is smoothed over so many steps; one that is so many times the least ends the test.
SMOOTH, BEYOND = 7, 4.0


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What the test showed.

    Attributes:
        rates, losses: of each step, smoothed, float64 (n,).
        best: where the loss falls most steeply; NaN where it falls nowhere.
    """

    rates: np.ndarray
    losses: np.ndarray
    best: float

    @property
    def rounded(self) -> float:
        """The best rate in one digit; NaN where there is none."""
        return float(f"{self.best:.1g}")

    @property
    def remedy(self) -> Repair | None:
        """The change to that rate; None where there is none."""
        if not math.isfinite(self.best):
            return None
        return setting(f"Set the learning rate to {self.rounded:g}", learning_rate=self.rounded)

    @property
    def chart(self) -> Chart:
        """The loss by the learning rate, with the best rate marked."""
        mark = self.best if math.isfinite(self.best) else None
        return line(self.rates, self.losses, "learning rate", "loss on a copy", mark, is_log=True)


@dataclass(frozen=True)
class RangeProbe:
    """The test, from the start of the run, for whoever asks for it."""

    every: float = math.inf
    patience: float = math.inf

    def run(self, session: Evaluation) -> Iterator[RangeTest | None]:
        """None after each piece, then the test; nothing for a network of the past."""
        if not isinstance(session, Session):
            return
        copy = Session(session.network, session.data, session.settings, session.threads)
        yield None
        name = next(iter(copy.hyperparameters))
        rates, losses, spent = np.geomspace(LOWEST, HIGHEST, STEPS), list[float](), 0.0
        began = time.perf_counter()
        for rate in rates:
            copy.set_hyperparameters({**copy.hyperparameters, name: float(rate)})
            try:
                losses.append(copy.single_step().loss)
            except Diverged:
                break
            least = min(losses)
            spent, began = spent + time.perf_counter() - began, time.perf_counter()
            if spent > SECONDS or losses[-1] > BEYOND * max(losses[0], least):
                break
            if len(losses) % 8 == 0 or spent > 0.02 * len(losses):
                yield None
                began = time.perf_counter()
        yield of_losses(rates[: len(losses)], np.array(losses))


def of_losses(rates: np.ndarray, losses: np.ndarray) -> RangeTest:
    """The test from the loss of each step (n,): smoothed, with the rate of the steepest fall."""
    if len(losses) <= SMOOTH:
        return RangeTest(rates, losses, float("nan"))
    smooth = np.convolve(losses, np.ones(SMOOTH) / SMOOTH, "valid")
    middle = rates[SMOOTH // 2 :][: len(smooth)]
    lowest = int(smooth.argmin())
    slopes = np.diff(smooth[: lowest + 1])
    falls = len(slopes) > 0 and smooth[lowest] < 0.98 * smooth[0]
    best = float(middle[int(slopes.argmin())]) if falls else float("nan")
    return RangeTest(middle, smooth, best)
