"""What trains: a program on this processor, or on a graphics card for as long as that does its part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from nnkernels.planning.hardware import PROCESSOR, Hardware, HardwareError
from nnkernels.program import Checkpoint, Program
from nnstudio.training.evaluation import Evaluation, Purpose
from nnstudio.training.learner import Learner
from nnstudio.training.phase import Device as Device

T = TypeVar("T")
ON_PROCESSOR = "Training goes on on the processor."
# Operations of an evaluation that are worth its launches and copies: a guess, not measured. A processor takes
# some 10 ms for them.
WORTH_A_CARD = 10**9


def hardware_of(
    device: Device, learns: bool = True, say: Callable[[str], None] = lambda text: None
) -> Hardware:
    """What a program of this device runs on, which may only evaluate; ``say`` is told what slows it down.

    Raises HardwareError; imports only what was asked for.
    """
    if device == Device.CPU:
        return PROCESSOR
    from nnkernels.cuda.program import Graphics

    return Graphics(learns, say=say)


class Engine:
    """The program of a training. Where a graphics card is not there, is too small or fails, the processor's.

    ``plan`` makes a program, given ``hardware`` (a function that gives it for each part) and the ``params``
    that it shares. ``hand_over`` is given another program, steps and visited samples, and brings it there.

    Attributes:
        device: where the program is.
        problem: why it is not on the device that was asked for, as sentences; empty where it is.
        slowness: sentences on why that device takes longer than it might.
    """

    def __init__(
        self, plan: Callable[..., Learner], hand_over: Callable[[Learner, int, int], None], device: Device
    ) -> None:
        self._plan, self._hand_over = plan, hand_over
        self.device, self.problem = device, ""
        self.slowness: tuple[str, ...] = ()
        self._start: Checkpoint | None = None
        try:
            self.program = plan(hardware=self.hardware)
        except HardwareError as error:
            self._give_up(error)
            self.program = plan()

    def move(self, device: Device) -> None:
        """Go on on another device, with the same weights and from the same step."""
        if device != self.device or self.problem:
            self.device, self.problem, self.slowness = device, "", ()
            try:
                self._begin()
            except HardwareError as error:
                self.fail(error)

    def run(self, steps: int, threads: int) -> np.ndarray:
        """As `Program.run`; where a card fails, the processor makes all of these steps."""
        if self.device != Device.CPU:
            self._start = self.program.checkpoint(self._start)
        return self._guarded(lambda program: program.run(steps, threads))

    @property
    def hidden(self) -> float:
        """Seconds of the latest run before it was asked for: a card goes on while others look at weights."""
        return self.program.hidden if isinstance(self.program, Program) else 0.0

    def read(self, what: Callable[[Learner], T]) -> T | None:
        """Something that the latest run left in the program; None where a card failed meanwhile."""
        before, self._start = self.program, None
        result = self._guarded(what)
        return result if self.program is before else None

    def _guarded(self, work: Callable[[Learner], T]) -> T:
        try:
            return work(self.program)
        except HardwareError as error:
            if self._start is not None:
                self.program.rewind(self._start)
            self.fail(error)
            return work(self.program)

    def fail(self, error: HardwareError) -> None:
        """Go on on the processor, from where the program stands, because a card failed."""
        self._give_up(error)
        self._begin()

    def _give_up(self, error: HardwareError) -> None:
        self.device, self.problem, self.slowness = Device.CPU, f"{error} {ON_PROCESSOR}", ()

    def hardware(self, learns: bool = True) -> Hardware:
        """What programs run on where this is; as `hardware_of`."""
        return hardware_of(self.device, learns, self._say)

    def _say(self, text: str) -> None:
        if text not in self.slowness:
            self.slowness = (*self.slowness, text)

    def _begin(self) -> None:
        before = self.program
        self.program = self._plan(hardware=self.hardware, params=before.params)
        self._hand_over(self.program, before.steps, before.visited)


class Trains(Evaluation):
    """Whoever has an engine, and trains what that holds; many samples are evaluated where that is."""

    engine: Engine

    @property
    def program(self) -> Learner:
        """What trains, wherever that is."""
        return self.engine.program

    def computed(self, samples: int, batch: int, work: Callable[[Program], np.ndarray]) -> np.ndarray:
        if self.engine.device == Device.CPU or samples * self.operations < WORTH_A_CARD:
            return super().computed(samples, batch, work)
        try:
            return work(self._on_card(batch))
        except HardwareError as error:
            self._evaluators.pop((Purpose.PREDICTIONS_ON_A_CARD, batch), None)
            self.engine.fail(error)
            return super().computed(samples, batch, work)

    def _on_card(self, batch: int) -> Program:
        """As `evaluator`; its weights are copied there where they are others than before, and never back."""
        hardware = self.engine.hardware(learns=False)
        return self._program(
            Purpose.PREDICTIONS_ON_A_CARD, batch, keep=(self.layout.output,), hardware=hardware
        )
