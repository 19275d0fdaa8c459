"""Names in a lesson of what does not exist: a panel, a button, a layer, data or a choice nobody can see.

Nodes come and go while a lesson is played, so the player looks for those.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nnkernels.spec import layers
from nnstudio.data.dataset import sources
from nnstudio.lessons.actions import AnyAction, ChooseInView
from nnstudio.lessons.conditions import AnyCondition
from nnstudio.lessons.fields import Verb, actions, conditions
from nnstudio.lessons.lesson import Fault, Lesson, Step, StepPart
from nnstudio.lessons.names import Names
from nnstudio.lessons.panels import BUTTONS, panel_title, target_parts
from nnstudio.lessons.seen_conditions import InView
from nnstudio.lessons.view_titles import view_choices

Titles = Mapping[str, str]
# What is chosen in each view, by its identifier.
Choices = Mapping[str, tuple[str, ...]]
# What a name that nobody knows is one of, in a sentence.
KINDS = {
    Names.PANEL: "panel", Names.LAYER: "kind of layer", Names.DATA: "data", Names.CHOICE: "choice",
}  # fmt: skip


def meant(name: str, known: Iterable[str]) -> str:
    """A question for the nearest of the known names, behind a blank; "" where none is near."""
    titles = {title.casefold(): title for title in known}
    close = difflib.get_close_matches(name.casefold(), titles, n=1)
    return f" Did you mean “{titles[close[0]]}”?" if close else ""


def no_such(kind: str, name: str, known: Titles) -> str:
    """A sentence on a name that is none of the known ones, which are given with their titles."""
    if kind == "panel":
        # As it was most likely written.
        name = panel_title(name)
    near = meant(name, known.values()) or meant(name, known)
    return f"there is no {kind} called “{name}”.{near}"


def unknown_names(lesson: Lesson, panels: Titles) -> Iterator[Fault]:
    """What names nothing in a window with these panels, which are given by identifier with their titles."""
    for name in lesson.panels:
        if name not in panels:
            told = no_such("panel", name, panels)
            yield Fault(0, f"T{told[1:]} It stands in “Panels it shows”.")
    choices = view_choices()
    for number, step in enumerate(lesson.steps, 1):
        for part, told in _in_step(step, panels, choices):
            yield Fault(number, told, part)


def _in_step(step: Step, panels: Titles, choices: Choices) -> Iterator[tuple[StepPart, str]]:
    buttons = {name: name.capitalize() for name in BUTTONS}
    for name in step.panels:
        if name not in panels:
            yield StepPart.POINT_AT, f"{no_such('panel', name, panels)} It stands in “Panels it shows”."
    for target in step.point_at:
        kind, name = target_parts(target)
        known = {"panel": panels, "button": buttons}.get(kind)
        if known is not None and name not in known:
            yield StepPart.POINT_AT, f"{no_such(kind, name, known)} It is to light up."
    known_by = {
        Names.PANEL: panels,
        Names.LAYER: {layer.id: layer.title for layer in layers},
        Names.DATA: {source.id: source.title for source in sources},
    }
    if step.question is not None and step.question.choices:
        known_by[Names.CHOICE] = {choice: choice for choice in step.question.choices}
    for told in (*_in_verbs(step.checks, conditions(), known_by), *_in_views(step.checks, choices)):
        yield StepPart.CHECKS, told
    for told in (*_in_verbs(step.solution, actions(), known_by), *_in_views(step.solution, choices)):
        yield StepPart.SOLUTION, told
    for way in step.wrong:
        for told in (*_in_verbs(way, actions(), known_by), *_in_views(way, choices)):
            yield StepPart.WRONG, told


def _in_views(parts: Iterable[AnyCondition | AnyAction], choices: Choices) -> Iterator[str]:
    """What nobody can choose in the view that is named."""
    for part in parts:
        if not isinstance(part, InView | ChooseInView):
            continue
        # In Try it, these are the columns of whatever data there is.
        known = choices.get(part.panel) or tuple(part.chosen)
        for name in part.chosen:
            if name not in known:
                yield no_such(f"choice in the panel {panel_title(part.panel)}", name, {k: k for k in known})


def _in_verbs(
    parts: Iterable[AnyCondition | AnyAction], verbs: Mapping[str, Verb], known_by: Mapping[Names, Titles]
) -> Iterator[str]:
    for part in parts:
        verb = verbs[str(type(part).__struct_config__.tag)]
        for field in verb.fields:
            known = known_by.get(field.names)
            if known is None:
                continue
            for name in _texts(getattr(part, field.name)):
                if name not in known:
                    yield f"{no_such(KINDS[field.names], name, known)} It stands in “{verb.title}”."


def _texts(value: Any) -> tuple[str, ...]:
    """The names in a field; where nothing was said, there is none."""
    return tuple(filter(None, (value,) if isinstance(value, str) else value or ()))
