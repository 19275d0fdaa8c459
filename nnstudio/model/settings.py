"""What a training run is told: loss, optimizer, batch size, epochs, seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from nnkernels.spec import Option, SpecError, losses, optimizers

BATCH_SIZE = Option("batch_size", 32, "Samples that share one step.", 1, 65536)
EPOCHS = Option("epochs", 100, "Passes over the training data.", 1, 1_000_000)
SEED = Option("seed", 1, "Number that decides every random draw; the same seed repeats a run.", 0, 2**31 - 1)


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of a run; frozen, so that they can cross to the worker."""

    loss: str = "mse"
    optimizer: str = "adam"
    optimizer_options: dict[str, float] = field(default_factory=dict)
    loss_options: dict[str, float] = field(default_factory=dict)
    batch_size: int = BATCH_SIZE.default
    epochs: int = EPOCHS.default
    seed: int = SEED.default

    def hyperparameters(self) -> dict[str, float]:
        """All of the optimizer's options, learning rate first. Raises SpecError."""
        return optimizers[self.optimizer].complete(self.optimizer_options)

    def with_option(self, name: str, value: Any) -> TrainingSettings:
        """A checked copy with one value changed; optimizer options by their name.

        Raises SpecError with a sentence for a value that cannot be.
        """
        plain = {"batch_size": BATCH_SIZE, "epochs": EPOCHS, "seed": SEED}
        if name in plain:
            return replace(self, **{name: plain[name].check(value)})
        if name == "loss":
            return replace(self, loss=losses[value].id, loss_options={})
        if name == "optimizer":
            return replace(self, optimizer=optimizers[value].id, optimizer_options={})
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
        made = TrainingSettings()
        for name in ("loss", "optimizer", "batch_size", "epochs", "seed"):
            made = made.with_option(name, data[name])
        extra = {**data.get("optimizer_options", {}), **data.get("loss_options", {})}
        for name, value in extra.items():
            made = made.with_option(name, value)
        return made


__all__ = ["BATCH_SIZE", "EPOCHS", "SEED", "SpecError", "TrainingSettings"]
