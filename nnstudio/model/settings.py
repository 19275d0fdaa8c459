"""What a training run is told: loss, optimizer, batch size, epochs, seed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from nnkernels.spec import (
    MAIN_GROUP,
    Option,
    SpecError,
    losses,
    optimizers,
    read_group,
    read_turns,
    schedules,
)

BATCH_SIZE = Option("batch_size", 32, "Samples that share one step.", 1, 65536, unit="samples")
EPOCHS = Option("epochs", 100, "Passes over the training data.", 1, 1_000_000)
SEED = Option(
    "seed",
    1,
    "Number that decides every random draw; the same seed repeats a run. Changing it keeps "
    "trained weights: it decides the order of samples and dropout from then on, and the "
    "weights at the next Reset.",
    0,
    2**31 - 1,
)


TURNS = Option(
    "turns",
    "",
    "Of layers in several optimizer groups: which group takes steps when, and how many in a row, such as "
    "judge 2, generator. Empty means one step each, in the order of the network.",
    reads=read_turns,
)

# What else shapes a run; 0 means off.
EXTRAS = (
    Option("warmup_steps", 0, "Steps over which the learning rate rises from 0.", 0, 1_000_000, unit="steps"),
    Option("l1", 0.0, "Pulls weights towards zero by a constant amount; many become zero.", 0.0, 10.0),
    Option("l2", 0.0, "Pulls weights towards zero in proportion to their size.", 0.0, 10.0),
    Option("clip_value", 0.0, "Largest size of one gradient; 0 means no limit.", 0.0, 1e9),
    Option("clip_norm", 0.0, "Largest norm of all gradients together; 0 means no limit.", 0.0, 1e9),
    Option("max_norm", 0.0, "Largest norm of the weights into one unit; 0 means no limit.", 0.0, 1e9),
    Option(
        "mixup",
        0.0,
        "Mixes each training sample with another, and their targets, by a share from Beta(mixup, mixup); "
        "0 means off, 0.1 to 1 are usual. Training loss and accuracy are then of mixtures: a prediction is "
        "right to the share of the class that it names. Nothing else is mixed.",
        0.0,
        100.0,
    ),
    Option(
        "adversarial_strength",
        0.0,
        "Changes each training sample before it is learned from, so that the network is fooled more easily: "
        "each input by up to this share of the way from black to white, or from its least to its most. 0 "
        "means off, 0.1 is usual for digits. Training loss and accuracy are then of changed samples; "
        "validation and test stay as they are. A step takes two to four times as long.",
        0.0,
        1.0,
    ),
    Option(
        "balance",
        "",
        "Column of the data whose groups count equally in training: in each epoch, samples of a small "
        "group come several times, and some of a large one not at all. Training loss and accuracy are then "
        "of those that come; validation and test stay as they are. The network need not get the column.",
    ),
    Option(
        "patience",
        0,
        "Stop after this many epochs without a better loss and take the best weights; 0 means never.",
        0,
        1_000_000,
        unit="epochs",
    ),
    TURNS,
)
# What a form shows where no column is balanced.
BALANCE_OFF = "off"
# Between an optimizer group and an option of it, in the name of a setting.
OF_GROUP = "."


@dataclass(frozen=True)
class ScheduleMemory:
    """What a schedule with these options keeps of the losses of all epochs so far."""

    schedule: str
    options: dict[str, Any]
    values: tuple[float, ...]


@dataclass(frozen=True)
class GroupSettings:
    """The optimizer of one group of layers."""

    optimizer: str
    optimizer_options: dict[str, float] = field(default_factory=dict)

    def hyperparameters(self) -> dict[str, float]:
        """All of the optimizer's options, learning rate first. Raises SpecError."""
        return optimizers[self.optimizer].complete(self.optimizer_options)

    def with_option(self, name: str, value: Any) -> GroupSettings:
        """A checked copy with one value changed, as `TrainingSettings.with_option`."""
        if name == "optimizer":
            return self if value == self.optimizer else GroupSettings(optimizers[value].id)
        options = optimizers[self.optimizer].complete({**self.optimizer_options, name: value})
        return replace(self, optimizer_options=options)


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a run; frozen, so that they can cross to the worker.

    ``groups`` are optimizer groups that were given an optimizer of their own; others learn with the run's.
    """

    loss: str = "mse"
    optimizer: str = "adam"
    optimizer_options: dict[str, float] = field(default_factory=dict)
    loss_options: dict[str, Any] = field(default_factory=dict)
    schedule: str = "constant"
    schedule_options: dict[str, float] = field(default_factory=dict)
    extras: dict[str, Any] = field(default_factory=dict)
    batch_size: int = BATCH_SIZE.default
    epochs: int = EPOCHS.default
    seed: int = SEED.default
    groups: dict[str, GroupSettings] = field(default_factory=dict)

    def group(self, name: str) -> GroupSettings:
        """The optimizer of a group of layers."""
        own = None if name == MAIN_GROUP else self.groups.get(name)
        return own or GroupSettings(self.optimizer, self.optimizer_options)

    @property
    def turns(self) -> str:
        """Which optimizer groups take steps when, or ""."""
        return str(self.extras.get("turns", ""))

    def hyperparameters(self) -> dict[str, float]:
        """All of the optimizer's options, learning rate first. Raises SpecError."""
        return optimizers[self.optimizer].complete(self.optimizer_options)

    def extra(self, name: str) -> float:
        """One of EXTRAS that is a number, by name."""
        value: float = self.extras.get(name, 0)
        return value

    @property
    def balance(self) -> str:
        """The column whose groups count equally in training, or ""."""
        return str(self.extras.get("balance", ""))

    def remember(self, memory: ScheduleMemory | None, losses: Iterable[float]) -> ScheduleMemory:
        """What the schedule keeps after epochs with these losses; ``memory`` is None before the first."""
        schedule = schedules[self.schedule]
        options = schedule.complete(self.schedule_options)
        values = schedule.start if memory is None else memory.values
        # Most schedules look at no loss.
        for loss in losses if schedule.start else ():
            values = schedule.remember(options, values, loss)
        return ScheduleMemory(schedule.id, options, values)

    def goes_on_from(self, memory: ScheduleMemory) -> bool:
        """Whether it is of this very schedule."""
        schedule = schedules[self.schedule]
        ours = (schedule.id, schedule.complete(self.schedule_options), len(schedule.start))
        return ours == (memory.schedule, memory.options, len(memory.values))

    def factors(
        self, first: int, count: int, per_epoch: int, memory: ScheduleMemory | None = None
    ) -> np.ndarray:
        """What the learning rate is multiplied with at ``count`` steps from step ``first`` on."""
        steps = np.arange(first, first + count)
        schedule = schedules[self.schedule]
        options = schedule.complete(self.schedule_options)
        values = schedule.start if memory is None else memory.values
        factor = schedule.factor(options, steps, per_epoch, self.epochs * per_epoch, values)
        return factor * np.minimum((steps + 1) / max(self.extra("warmup_steps"), 1), 1.0)

    def with_option(self, name: str, value: Any) -> TrainingSettings:
        """A checked copy with one value changed; optimizer options by their name.

        Another loss, optimizer or schedule starts with its own defaults; choosing what is chosen changes
        nothing. Those of an optimizer group are called "group.option", such as "judge.learning_rate". Raises
        SpecError with a sentence for a value that cannot be.
        """
        group, dot, option_of_group = name.partition(OF_GROUP)
        if dot and group != MAIN_GROUP:
            changed = self.group(read_group(group)).with_option(option_of_group, value)
            return replace(self, groups={**self.groups, group: changed})
        name = option_of_group or name
        if name in ("loss", "optimizer", "schedule") and value == getattr(self, name):
            return self
        plain = {"batch_size": BATCH_SIZE, "epochs": EPOCHS, "seed": SEED}
        if name in plain:
            return replace(self, **{name: plain[name].check(value)})
        if name == "loss":
            return replace(self, loss=losses[value].id, loss_options={})
        if name == "optimizer":
            return replace(self, optimizer=optimizers[value].id, optimizer_options={})
        if name == "schedule":
            return replace(self, schedule=schedules[value].id, schedule_options={})
        for option in EXTRAS:
            if option.name == name:
                return replace(self, extras={**self.extras, name: option.check(value)})
        if name in schedules[self.schedule].defaults():
            chosen = schedules[self.schedule].complete({**self.schedule_options, name: value})
            return replace(self, schedule_options=chosen)
        if name in losses[self.loss].defaults():
            chosen = losses[self.loss].complete({**self.loss_options, name: value})
            return replace(self, loss_options=chosen)
        options = optimizers[self.optimizer].complete({**self.optimizer_options, name: value})
        return replace(self, optimizer_options=options)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> TrainingSettings:
        """From plain data. Raises SpecError or KeyError for values that cannot be."""
        settings = TrainingSettings()
        for name in ("loss", "optimizer", "batch_size", "epochs", "seed"):
            settings = settings.with_option(name, data[name])
        # Since 0.1.0 was first written: absent means the default.
        settings = settings.with_option("schedule", data.get("schedule", "constant"))
        extra: dict[str, Any] = {}
        for group in ("optimizer_options", "loss_options", "schedule_options", "extras"):
            extra |= data.get(group, {})
        for name, value in extra.items():
            settings = settings.with_option(name, value)
        for group, plain in data.get("groups", {}).items():
            for name, value in {"optimizer": plain["optimizer"], **plain["optimizer_options"]}.items():
                settings = settings.with_option(f"{group}{OF_GROUP}{name}", value)
        return settings


__all__ = ["BATCH_SIZE", "EPOCHS", "SEED", "GroupSettings", "SpecError", "TrainingSettings"]
