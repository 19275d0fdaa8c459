"""What a lesson's words name is there while they are read: panels, and nodes that are to be clicked on."""

from __future__ import annotations

import re

import pytest
from lessons.shipped import LESSONS

from nnkernels.spec import layers
from nnstudio.lessons.actions import AddLayer, RemoveLayer
from nnstudio.lessons.panels import BUTTONS, panel_titles, target_parts
from nnstudio.lessons.step_panels import named_fields, needed
from nnstudio.lessons.view_titles import view_titles
from nnstudio.project import Project

VIEWS = view_titles()
PANELS = panel_titles()
# What is pressed, and no panel, where it is called as a panel is: the part of the data, a choice in a list.
NO_PANEL = re.compile(r"the part \*\*Training\*\*|Choose \*\*Training\*\* at the top of Results")


def words(step) -> str:
    """All that a step says to its learner."""
    question = step.question.text if step.question is not None else ""
    return "\n".join((step.text, question, *step.hints))


def named_panels(text: str) -> set[str]:
    """Those whose title stands there in bold, or behind a word that makes it one."""
    text = NO_PANEL.sub("", text)
    before = r"(?:\b(?:in|from|of|see|watch|look at|panel|tab) (?:the )?(?:panel |tab )?)"
    return {
        name
        for name, title in PANELS.items()
        if re.search(rf"\*\*{re.escape(title)}\*\*|{before}\*{{0,2}}{re.escape(title)}\b", text)
    }


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_each_panel_that_is_named_is_shown(folder):
    lesson = folder.lesson
    views = {name for step in lesson.steps for name in needed(step) if name in VIEWS}
    for step in lesson.steps:
        there = {*lesson.panels, *views, *needed(step)}
        assert named_panels(words(step)) <= there, step.title


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_each_node_that_is_named_can_be_there(folder):
    names = {node.name for node in Project.open(folder.project).document.graph.nodes}
    for step in folder.lesson.steps:
        ways = [step.solution, *step.wrong]
        added = [layers[a.kind].title for way in ways for a in way if isinstance(a, AddLayer)]
        # A second one of a kind gets a number.
        names |= {*added, *(f"{title} 2" for title in added)}
        clicked = set(re.findall(r"[Cc]lick on \*\*(?:the )?(.+?)\*\*", words(step)))
        clicked |= set(re.findall(r"Select ([A-Z][\w?]*(?: sum| \d)?)", words(step)))
        targets = [target_parts(what) for what in step.point_at]
        pointed = {name for kind, name in targets if kind == "node"}
        pointed |= {name.rpartition(" ")[0] for kind, name in targets if kind == "array"}
        assert (clicked - set(PANELS.values())) | pointed <= names, step.title
        gone = {action.node for action in step.solution if isinstance(action, RemoveLayer)}
        # Its last step may be one that only tells what else can be done.
        names -= gone if step is not folder.lesson.steps[-1] else set()
        for kind, name in targets:
            assert kind != "button" or name in BUTTONS
            assert kind != "panel" or name in PANELS


def test_the_words_that_name_panels_are_understood():
    assert named_panels("Drag Dense from Layers onto it") == {"palette"}
    assert named_panels("look at **Weights**, and in the Inspector") == {"weights", "inspector"}
    assert named_panels("Layers learn. Training the data is fun") == set()


def test_a_setting_that_is_set_and_named_is_a_field_to_point_at():
    bias = next(folder.lesson for folder in LESSONS if folder.id == "bias")
    assert [named_fields(step) for step in bias.steps][3:6] == [
        [],
        [("training", "balance")],
        [("training", "balance")],
    ]
