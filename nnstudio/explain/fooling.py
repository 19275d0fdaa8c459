"""Samples changed a little so that a network is fooled, for the view that shows it while it learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError
from nnstudio.data.true_class import true_class
from nnstudio.explain.activations import as_sample, decide
from nnstudio.explain.attacks import Attack
from nnstudio.explain.cost import cost_in_words, timed
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.embedded import stages
from nnstudio.explain.method import Explanation, Method, Question, methods
from nnstudio.explain.targets import known_ends, question
from nnstudio.training.by_output import at_output, outputs_of
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.underway import Underway

ANY = -1
# Options of methods while a person watches, where the usual ones take long.
MOST_SAMPLES = 200
QUICK: dict[str, dict[str, Any]] = {"robustness": {"samples": MOST_SAMPLES, "most": 0.3}}
# Number that decides the noise.
SEED = 1


def methods_of_fooling() -> list[Method]:
    """Those that ask which class a sample is taken for."""
    return [method for method in methods if method.needs_classes]


@dataclass(frozen=True)
class Taken:
    """Which class a sample is taken for, and its probability."""

    name: str
    share: float


@dataclass(frozen=True, eq=False)
class Fooled:
    """What a method made of a sample at a step, or of many.

    Attributes:
        asked: the probe.
        sample, changed: `(*shape)`, as the network gets it; None of many samples.
        label: what it is, "" where that is not known; ``before`` and ``now`` what it is taken for.
        strength: by how much inputs may change, as a share of the way from black to white.
        amplified: by how much the difference must be made stronger to be seen well.
        rows: (strength, accuracy) of many samples, and ``count`` how many those are.
        problem: says in a sentence why there is nothing else.
        cost: what it took, in words.
        output: the Output that tells the classes, by identifier, where there are several.
        frames: the sample as it was changed, this one the last; () of many samples.
    """

    step: int
    asked: FoolingProbe
    sample: np.ndarray | None = None
    changed: np.ndarray | None = None
    label: str = ""
    before: Taken = Taken("", 0.0)
    now: Taken = Taken("", 0.0)
    strength: float = 0.0
    amplified: float = 1.0
    rows: tuple[tuple[float, ...], ...] = ()
    count: int = 0
    notes: tuple[str, ...] = ()
    problem: str = ""
    cost: str = ""
    output: str = ""
    frames: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class FoolingProbe:
    """A method on sample ``sample`` of the part that training watches, on a person's ``own``, or on noise.

    ``toward`` is the class that it should be taken for, or ANY: any other one; of noise, the one that it is
    taken for already.
    """

    method: str
    strength: float
    toward: int = ANY
    sample: int = 0
    own: tuple[float, ...] | None = None
    from_noise: bool = False
    # Many samples are changed with the weights of one step.
    patience: float = float("inf")
    every: ClassVar[float] = 0.4

    def run(self, session: Evaluation) -> Iterator[Fooled | Underway]:
        try:
            yield from self._fool(session)
        except (DataError, SpecError) as error:
            yield Fooled(session.steps, self, problem=str(error))

    def _fool(self, session: Evaluation) -> Iterator[Fooled | Underway]:
        """Raises DataError or SpecError where nothing can be fooled."""
        # It takes several pieces, and the network learns on between them.
        then, method = at_output(Past(session)), methods[self.method]
        output = then.layout.output if outputs_of(session) else ""
        asked, label = self._question(then)
        network, wanted = Differentiable(then), QUICK.get(method.id, {})
        if any(option.name == "strength" for option in method.options):
            wanted = {**wanted, "strength": self.strength}
        options = method.complete(wanted)
        frames: list[np.ndarray] = []
        for stage, seconds in timed(stages(method, network, asked, options)):
            if stage.sample is not None:
                frames.append(stage.sample)
            if stage.explanation is None:
                yield Underway(stage.share)
                continue
            many, one = method.needs_many, stage.explanation
            told = _of_many(then, self, one) if many else self._told(then, asked, label, one)
            cost = cost_in_words(seconds, options)
            yield replace(told, cost=cost, output=output, frames=tuple(frames))

    def _question(self, then: Evaluation) -> tuple[Question, str]:
        """What is asked, and what the sample is."""
        x, y, part = then.samples()
        index, label, number = self.sample % len(x), "", ANY
        if self.from_noise:
            ends = known_ends(then)
            shares = np.random.default_rng(SEED).uniform(size=ends.low.shape)
            one = (ends.low + shares * (ends.high - ends.low)).astype(np.float32)[None]
        elif self.own is not None:
            one = as_sample(then, self.own)
        else:
            one, label = x[index : index + 1], true_class(then.data, part, index)
            number = int(y[index, 0])
        if not np.isfinite(then.predict(one)).all():
            raise DataError("The network gives no numbers here, so nothing can be changed.")
        asked, _notes = question(then, one, number, None, self.toward, (x, y), known_ends(then))
        if self.from_noise and self.toward == ANY:
            asked = replace(asked, toward=int(Differentiable(then).classes(one)[0]))
        return asked, label

    def _told(self, then: Evaluation, asked: Question, label: str, given: Explanation) -> Fooled:
        changed = given.values
        assert changed is not None
        both = np.stack([asked.x[0].astype(np.float64), changed]).astype(np.float32)
        data, decided = then.data, decide(then, then.predict(both))
        before, now = (Taken(data.classes[int(c)], float(s)) for c, s in zip(*decided, strict=True))
        whites = [data.shares_of_white(values) for values in both]
        largest = float(np.abs(whites[1] - whites[0]).max())
        amplified = 0.5 / largest if largest > 0 else 1.0
        strength = float(given.figures["strength"])
        return Fooled(
            then.steps, self, both[0], both[1], label, before, now, strength, amplified, notes=given.notes
        )


def robust_accuracy(session: Evaluation, x: np.ndarray, y: np.ndarray, strength: float) -> float:
    """The share of the first samples that are taken for what they are when each is changed in one step; of
    several Outputs by the first.

    Raises DataError where there are none, or no classes.
    """
    session = at_output(session)
    network, ends = Differentiable(session), known_ends(session)
    if not len(x):
        raise DataError("There are no samples to change.")
    x, y = x[:MOST_SAMPLES], y[:MOST_SAMPLES, list(session.columns)]
    attack = Attack(y.ravel().astype(int), False, ends.low, ends.high)
    # Before the loss, which may be of something else, is asked for.
    network.classes(x[:1])
    (changed,) = attack.run(network, x, strength, 1)
    return 1 - float(attack.succeeds(network.classes(changed)).mean())


def _of_many(then: Evaluation, probe: FoolingProbe, given: Explanation) -> Fooled:
    count = int(given.figures["samples"])
    return Fooled(then.steps, probe, rows=given.rows, count=count)
