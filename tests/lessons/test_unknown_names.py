"""A lesson that names what does not exist is refused, with what may have been meant; titles count."""

from __future__ import annotations

import pytest
from lessons.heads import HEAD
from lessons.shipped import LESSONS

from nnstudio.cli import run
from nnstudio.lessons.lesson import read_lesson, shipped_lesson
from nnstudio.lessons.panels import panel_titles
from nnstudio.lessons.player import prove
from nnstudio.lessons.unknown import unknown_names

PANELS = panel_titles()
STEP = '[[steps]]\ntitle = "Step"\ntext = "Do it."\n'


@pytest.fixture
def lesson(tmp_path):
    """Reads a lesson with one step, from what stands in it and above it."""
    (tmp_path / "start.nns").write_bytes(shipped_lesson("celsius").project.read_bytes())

    def read(step, above=""):
        (tmp_path / "lesson.toml").write_text(f"{HEAD}{above}\n{STEP}{step}", encoding="utf-8")
        return read_lesson(tmp_path)

    return read


def told(folder):
    return [fault.told for fault in unknown_names(folder.lesson, PANELS)]


def proved(folder):
    return [fault.told for fault in prove(folder) if fault is not None]


def test_no_lesson_of_the_program_names_what_does_not_exist():
    assert [told(folder) for folder in LESSONS] == [[]] * len(LESSONS)


def test_a_misspelt_panel_is_refused_wherever_it_stands(lesson):
    text = 'point_at = ["panel Wieghts"]\nchecks = [{ verb = "shown", panel = "code mpa" }]\n'
    folder = lesson(text + 'solution = [{ do = "show", panel = "code_mpa" }]', 'panels = ["Loss surfce"]')
    assert told(folder) == [
        "There is no panel called “Loss surfce”. Did you mean “Loss surface”? "
        "It stands in “Panels it shows”.",
        "In step 1, there is no panel called “Wieghts”. Did you mean “Weights”? It is to light up.",
        "In step 1, there is no panel called “Code mpa”. Did you mean “Code map”? It stands in “Shown”.",
        "In step 1, there is no panel called “Code mpa”. Did you mean “Code map”? It stands in “Show”.",
    ]


def test_the_name_on_the_screen_is_as_good_as_the_identifier(lesson):
    text = 'point_at = ["panel Loss and accuracy", "Panel: Try it", "Button: Train", "node Dense"]\n'
    text += 'checks = [{ verb = "shown", panel = "Decision boundary" }]\n'
    folder = lesson(text + 'solution = [{ do = "show", panel = "decision_boundary" }]', 'panels = ["Fit"]')
    assert told(folder) == [] and proved(folder) == []
    step = folder.lesson.steps[0]
    assert step.point_at == ("panel loss_curve", "panel try_it", "button train", "node Dense")
    assert step.checks[0].panel == "decision_boundary" and folder.lesson.panels == ("fit",)


def test_a_misspelt_node_is_refused_but_one_that_the_learner_adds_is_not(lesson):
    assert proved(lesson('point_at = ["node Dnse"]')) == [
        "In step 1, there is no node called “Dnse”. Did you mean “Dense”? It is to light up."
    ]
    (misspelt,) = proved(lesson('point_at = ["array Dnse bias"]'))
    assert "no node called “Dnse”" in misspelt and proved(lesson('point_at = ["array Dense bias"]')) == []
    added = 'checks = [{ verb = "layers", kind = "relu", count = { at_least = 1 } }]\n'
    added += 'solution = [{ do = "add layer", kind = "relu", behind = "Dense" }]\n'
    assert proved(lesson(f'point_at = ["node ReLU"]\n{added}')) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('point_at = ["button trian"]', "no button called “trian”. Did you mean “Train”"),
        (
            'question = { text = "?", choices = ["Yes", "No"] }\n'
            'checks = [{ verb = "answered", one_of = ["Yse"] }]\n'
            'solution = [{ do = "answer", text = "Yes" }]',
            "no choice called “Yse”. Did you mean “Yes”? It stands in “Answered”",
        ),
        (
            'checks = [{ verb = "units", kind = "dnse", count = { at_most = 0 } }]\n'
            'solution = [{ do = "train", epochs = 1 }]',
            "no kind of layer called “dnse”. Did you mean “Dense”",
        ),
    ],
)
def test_buttons_choices_and_layers_are_looked_up(lesson, step, words):
    (sentence,) = told(lesson(step))
    assert words in sentence


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ('{ do = "set option", node = "Dense", option = "unts", value = 2 }', "Did you mean “Units”"),
        ('{ do = "set weight", node = "Dense", at = [3, 0], value = 1 }', "Dense has no weight at [3, 0]"),
        ('{ do = "set weight", node = "Dense", at = [0], value = 1 }', "Dense has no weight at [0]"),
    ],
)
def test_an_option_or_a_weight_that_is_not_there_is_a_fault_of_its_step(lesson, step, words):
    (sentence,) = proved(lesson(f'checks = [{{ verb = "trained" }}]\nsolution = [{step}]'))
    assert words in sentence


def test_a_check_of_a_weight_that_cannot_be_says_so(lesson):
    check = '{ verb = "weight", node = "Dense", at = [0], about = 1, tolerance = 1 }'
    sentences = proved(lesson(f'checks = [{check}]\nsolution = [{{ do = "train", epochs = 1 }}]'))
    assert any("at [0]" in sentence for sentence in sentences)


def test_the_command_line_refuses_it_too(lesson, tmp_path, capsys):
    lesson('point_at = ["panel Wieghts"]')
    assert run(["lesson", "check", str(tmp_path)]) != 0
    assert "Did you mean “Weights”" in capsys.readouterr().out


def test_what_nobody_can_choose_in_a_view_is_refused(lesson):
    check = 'checks = [{ verb = "in view", panel = "Dream", chosen = { unt = 3, layer = "Dense" } }]\n'
    folder = lesson(check + 'solution = [{ do = "choose in view", panel = "dream", chosen = { unit = 3 } }]')
    assert told(folder) == [
        "In step 1, there is no choice in the panel Dream called “unt”. Did you mean “unit”?"
    ]


def test_what_is_chosen_in_try_it_are_columns_of_any_data(lesson):
    check = 'checks = [{ verb = "in view", panel = "try_it", chosen = { Celsius = -40 } }]\n'
    folder = lesson(
        check + 'solution = [{ do = "choose in view", panel = "try_it", chosen = { Celsius = -40 } }]'
    )
    assert told(folder) == []
