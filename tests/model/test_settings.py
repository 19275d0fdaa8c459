"""Settings of a run: what is chosen again changes nothing, and options belong to what was chosen."""

from __future__ import annotations

import pytest

from nnkernels.spec import losses, optimizers, schedules
from nnstudio.model.settings import TrainingSettings

REGISTRIES = {"loss": losses, "optimizer": optimizers, "schedule": schedules}
CHANGED = {
    "loss": ("huber", "delta", 3.0),
    "optimizer": ("sgd", "momentum", 0.5),
    "schedule": ("step", "every", 7),
}


@pytest.mark.parametrize("group", CHANGED)
def test_choosing_what_is_chosen_keeps_its_options(group):
    chosen, option, value = CHANGED[group]
    settings = TrainingSettings().with_option(group, chosen).with_option(option, value)
    assert settings.with_option(group, chosen) == settings


@pytest.mark.parametrize("group", CHANGED)
def test_another_choice_starts_with_its_own_defaults(group):
    chosen, option, value = CHANGED[group]
    settings = TrainingSettings().with_option(group, chosen).with_option(option, value)
    other = next(
        d.id
        for d in {"loss": losses, "optimizer": optimizers, "schedule": schedules}[group]
        if d.id != chosen
    )
    assert getattr(settings.with_option(group, other), f"{group}_options") == {}
