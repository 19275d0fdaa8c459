"""What trains: a program on this processor, or on a graphics card for as long as that does its part."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.planning.hardware import PROCESSOR, Hardware, HardwareError
from nnkernels.planning.plan import kernels_of
from nnkernels.program import Layout, Program
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.targets import with_class_weights

T = TypeVar("T")
ON_PROCESSOR = "Training goes on on the processor."


class Device(StrEnum):
    """Where a network trains; the names that the command line takes."""

    CPU = "cpu"
    CUDA = "cuda"


def hardware_of(device: Device) -> Hardware:
    """What a program of this device runs on. Raises HardwareError; imports only what was asked for."""
    if device == Device.CPU:
        return PROCESSOR
    from nnkernels.cuda.program import Graphics

    return Graphics()


def kernels_needed(network: NetworkSpec, data: Dataset, settings: TrainingSettings) -> set[str]:
    """Names of the operators that a session of these needs on the processor; compiles nothing.

    Raises SpecError or NodeError with a sentence where they do not fit together.
    """
    layout = Layout.of(network, data.input_shape, settings.loss)
    batch = min(settings.batch_size, len(data.x_train))
    return kernels_of(
        layout, data.input_shape, settings.loss, settings.optimizer, batch, data.target_width,
        with_class_weights(settings.loss_options, data), settings.extras,
        settings.extra("mixup"),
    )  # fmt: skip


class Engine:
    """The program of a training. Where a graphics card is not there, is too small or fails, the processor's.

    ``plan`` makes a program, given ``hardware`` and the ``params`` that it shares. ``hand_over`` is given
    another program, steps and visited samples, and brings it to where the training stands.

    Attributes:
        device: where the program is.
        problem: why it is not on the device that was asked for, as sentences; empty where it is.
    """

    def __init__(
        self, plan: Callable[..., Program], hand_over: Callable[[Program, int, int], None], device: Device
    ) -> None:
        self._plan, self._hand_over = plan, hand_over
        self.device, self.problem = device, ""
        try:
            self.program = plan(hardware=hardware_of(device))
        except HardwareError as error:
            self._give_up(error)
            self.program = plan()

    def move(self, device: Device) -> None:
        """Go on on another device, with the same weights and from the same step."""
        if device != self.device or self.problem:
            self.device, self.problem = device, ""
            try:
                self._begin(plan_on=hardware_of(device))
            except HardwareError as error:
                self._give_up(error)
                self._begin(plan_on=PROCESSOR)

    def run(self, steps: int, threads: int) -> np.ndarray:
        """As `Program.run`. A card that fails leaves all as it was, and the processor makes these steps."""
        return self._kept(lambda program: program.run(steps, threads))

    def read(self, what: Callable[[Program], T]) -> T | None:
        """Something that the latest run left in the program; None where a card failed meanwhile."""
        before = self.program
        result = self._kept(what)
        return result if self.program is before else None

    def _kept(self, work: Callable[[Program], T]) -> T:
        try:
            return work(self.program)
        except HardwareError as error:
            self._give_up(error)
            self._begin(plan_on=PROCESSOR)
            return work(self.program)

    def _give_up(self, error: HardwareError) -> None:
        self.device, self.problem = Device.CPU, f"{error} {ON_PROCESSOR}"

    def _begin(self, plan_on: Hardware) -> None:
        before = self.program
        self.program = self._plan(hardware=plan_on, params=before.params)
        self._hand_over(self.program, before.steps, before.visited)
