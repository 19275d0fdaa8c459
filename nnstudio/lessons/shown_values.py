"""Values of options and settings as the window shows them, where only what a file holds is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import losses, optimizers, schedules
from nnkernels.spec.registry import Registry
from nnstudio.data.option_titles import CHOICES
from nnstudio.model.quantity import on_or_off
from nnstudio.model.settings import BALANCE_OFF
from nnstudio.model.titles import entry_title

# Settings that are chosen from a list, with what is in it.
LISTS: Mapping[str, Registry[Any]] = {"optimizer": optimizers, "loss": losses, "schedule": schedules}


def data_value(option: str, value: Any) -> Any:
    """A value of an option of the data as a form shows it."""
    return CHOICES.get(option, {}).get(value, value) if isinstance(value, str) else value


def setting_value(setting: str, value: Any) -> Any:
    """A value of a setting of the training as a form shows it."""
    if setting == "balance" and not value:
        return BALANCE_OFF
    return entry_title(LISTS[setting], value) if setting in LISTS else value


def in_words(value: Any) -> str:
    """A value as a person enters it."""
    if isinstance(value, bool):
        return on_or_off(value)
    if isinstance(value, int | float):
        number = np.format_float_positional(value, trim="-") if np.isfinite(value) else str(value)
        return number.replace("-", "−")
    return str(value)


def is_same(one: Any, other: Any) -> bool:
    """Whether a person would call two values in a form the same."""
    if isinstance(one, str) or isinstance(other, str):
        return str(one).casefold() == str(other).casefold()
    return bool(np.isclose(one, other, rtol=1e-6))


def as_state(value: Any) -> str:
    """How a value stands in a form, behind "is": that of a switch is a tick or none."""
    if isinstance(value, bool):
        return "ticked" if value else "unticked"
    return (f"“{value}”" if value else "empty") if isinstance(value, str) else in_words(value)
