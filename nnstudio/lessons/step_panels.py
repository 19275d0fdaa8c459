"""Which panels a step is about: those it points at, those the learner brings forward, those that what it asks
for is done in, and those it names besides.
"""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.data.option_titles import data_option_title
from nnstudio.lessons.actions import (
    Action,
    AddLayer,
    ChooseData,
    ChooseInView,
    SetData,
    SetKernel,
    SetOption,
    SetSetting,
)
from nnstudio.lessons.conditions import DataIs, SettingIs
from nnstudio.lessons.lesson import Step
from nnstudio.lessons.seen_conditions import Shown
from nnstudio.model.titles import titled

# Where a learner does it. Weights are typed in several panels, so a step points at the one it means.
WHERE: Mapping[type[Action], str] = {
    AddLayer: "palette", SetOption: "inspector", SetSetting: "training", SetData: "data", ChooseData: "data",
    SetKernel: "kernel",
}  # fmt: skip
# Where arrays are.
ARRAYS = "weights"
# Stands above the canvas.
ALWAYS_THERE = "learning_rate"


def pointed(step: Step) -> list[str]:
    """The panels that a step points at."""
    pairs = [what.partition(" ") for what in step.point_at]
    arrays = [ARRAYS for kind, _, _name in pairs if kind == "array"]
    return list(dict.fromkeys([*(name for kind, _, name in pairs if kind == "panel"), *arrays]))


def asked(step: Step) -> list[str]:
    """The panels that the learner is to bring to the front."""
    return [check.panel for check in step.checks if isinstance(check, Shown)]


def worked_in(step: Step) -> list[str]:
    """The panels in which its solution is done."""
    done = [
        action
        for action in step.solution
        if not (isinstance(action, SetSetting) and action.setting == ALWAYS_THERE)
    ]
    panels = [
        action.panel if isinstance(action, ChooseInView) else WHERE[type(action)]
        for action in done
        if isinstance(action, ChooseInView) or type(action) in WHERE
    ]
    has_options = any(isinstance(action, AddLayer) and action.options for action in done)
    return list(dict.fromkeys([*panels, *[WHERE[SetOption]] * has_options]))


def needed(step: Step) -> list[str]:
    """All of them."""
    return list(dict.fromkeys((*pointed(step), *worked_in(step), *asked(step), *step.panels)))


def named_fields(step: Step) -> list[tuple[str, str]]:
    """The settings and options of the data that it sets or checks, and that its text names, each with its
    panel.
    """
    parts = (*step.solution, *step.checks)
    settings = [one.setting for one in parts if isinstance(one, SetSetting | SettingIs)]
    options = [one.option for one in parts if isinstance(one, SetData | DataIs)]
    titles = [
        *((WHERE[SetSetting], name, titled(name)) for name in settings),
        *((WHERE[SetData], name, data_option_title(name)) for name in options),
    ]
    return list(dict.fromkeys((panel, name) for panel, name, title in titles if f"**{title}**" in step.text))
