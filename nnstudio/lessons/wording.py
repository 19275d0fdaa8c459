"""What a learner does, in sentences: for people who read how a step is done instead of playing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from nnkernels.spec import layers
from nnstudio.data.dataset import sources
from nnstudio.data.option_titles import data_option_title
from nnstudio.lessons import actions as act
from nnstudio.lessons.lesson import Lesson
from nnstudio.lessons.panels import panel_title
from nnstudio.lessons.shown_values import LISTS, data_value, in_words, setting_value
from nnstudio.model.quantity import counted
from nnstudio.model.titles import choice_title, entry_title, titled

# The axes of a table of weights; a bias is its only row.
AXES: Mapping[int, tuple[str, ...]] = {1: ("column",), 2: ("row", "column")}


class Words:
    """Tells the actions of one lesson: what is one of several numbers depends on the whole of it."""

    def __init__(self, lesson: Lesson) -> None:
        self._at: dict[tuple[str, str], set[tuple[int, ...]]] = {}
        for action in _actions(lesson):
            if isinstance(action, act.SetWeight):
                self._at.setdefault((action.node, action.parameter), set()).add(action.at)

    def sentence(self, action: act.AnyAction) -> str:
        """How a person does it."""
        match action:
            case act.SetWeight():
                where = self._where(action)
                return f"Set the {action.parameter} of {action.node}{where} to {in_words(action.value)}."
            case act.SetKernel():
                channel = f", channel {action.channel + 1}" if action.channel else ""
                return f"In Kernel, choose {action.kernel} for {action.node}{channel}."
            case act.SetOption():
                return _set(f"“{titled(action.option)}” of {action.node}", action.value)
            case act.SetSetting() if action.setting in LISTS:
                choice = setting_value(action.setting, action.value)
                return f"Under “{titled(action.setting)}”, choose {choice}."
            case act.SetSetting():
                return _set(f"“{titled(action.setting)}”", action.value)
            case act.SetData():
                value = data_value(action.option, action.value)
                return _set(f"“{data_option_title(action.option)}” of the data", value)
            case act.ChooseData():
                return (
                    f"Choose the data {entry_title(sources, action.kind)}{_with(_of_data(action.options))}."
                )
            case act.AddLayer():
                kind = entry_title(layers, action.kind)
                return f"Add the layer {kind} behind {action.behind}{_with(_by_title(action.options))}."
            case act.RemoveLayer():
                return f"Take {action.node} away with Edit > Delete and reconnect."
            case act.Train(epochs=0):
                return "Press Train, and wait for the end of the run."
            case act.Train():
                return f"Train for {counted(action.epochs, 'epoch')}, then press Pause."
            case act.Reset():
                return "Press Reset."
            case act.Answer():
                return f"Answer “{action.text}”."
            case act.Show():
                return f"Bring the panel {panel_title(action.panel)} to the front."
            case act.ChooseInView():
                told = [
                    f"“{choice_title(name)}” to {in_words(value)}" for name, value in action.chosen.items()
                ]
                return (
                    f"In {panel_title(action.panel)}, set {' and '.join(told)}, and wait until it is drawn."
                )
            case act.Select():
                return f"Click on {action.node} on the canvas."
            case _:
                assert_never(action)

    def _where(self, action: act.SetWeight) -> str:
        """Which number of an array, where the lesson sets others of it, too, or not its first one."""
        used = self._at.get((action.node, action.parameter), {action.at})
        axes = AXES.get(len(action.at))
        if axes is None:
            return f" at position {', '.join(str(i + 1) for i in action.at)}" if any(action.at) else ""
        told = [
            f"{name} {i + 1}"
            for axis, (name, i) in enumerate(zip(axes, action.at, strict=True))
            if any(at[axis] for at in used if len(at) == len(axes))
        ]
        return f" in {', '.join(told)}" if told else ""


def _set(what: str, value: Any) -> str:
    return (
        f"Turn {what} {in_words(value)}." if isinstance(value, bool) else f"Set {what} to {in_words(value)}."
    )


def _by_title(options: Mapping[str, Any]) -> dict[str, Any]:
    return {titled(name): value for name, value in options.items()}


def _of_data(options: Mapping[str, Any]) -> dict[str, Any]:
    return {data_option_title(name): data_value(name, value) for name, value in options.items()}


def _with(options: Mapping[str, Any]) -> str:
    told = [f"“{title}” {in_words(value)}" for title, value in options.items()]
    return f", with {' and '.join(told)}" if told else ""


def _actions(lesson: Lesson) -> Iterable[act.AnyAction]:
    for step in lesson.steps:
        yield from step.solution
        for wrong in step.wrong:
            yield from wrong
