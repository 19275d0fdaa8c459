"""Drafts are kept as they are, complete or not, and say what they lack at its step."""

from __future__ import annotations

import pytest
from lessons.shipped import LESSONS

from nnstudio.data.dataset import sources
from nnstudio.lessons.draft import (
    copied,
    drafted_lesson,
    faults_of_draft,
    keep,
    kept_drafts,
    new_draft,
    read_draft,
)
from nnstudio.lessons.lesson import FILE, LessonError, shipped_lesson
from nnstudio.lessons.panels import panel_titles
from nnstudio.model.document import DataReference
from nnstudio.project import Project

PROJECT = shipped_lesson("celsius").project.read_bytes()
PANELS = panel_titles()


def told(draft) -> list[str]:
    return [fault.told for fault in faults_of_draft(draft, PANELS)]


def test_a_new_draft_is_kept_at_once_and_says_what_is_missing():
    draft = new_draft(PROJECT)
    assert read_draft(draft.folder).content == draft.content
    assert draft.start.read_bytes() == PROJECT
    assert told(draft) == ["“Title” is empty.", "“Summary” is empty.", "In step 1, “Text” is empty."]


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_a_copy_of_a_lesson_lacks_nothing_and_has_all_of_its_steps(folder):
    draft = copied(folder)
    assert told(draft) == []
    assert read_draft(draft.folder).content == draft.content
    lesson = drafted_lesson(draft.folder.name).lesson
    assert lesson.steps == folder.lesson.steps and lesson.title == f"{folder.lesson.title} (copy)"


def test_drafts_never_take_each_others_folder():
    one, two = new_draft(PROJECT), new_draft(PROJECT)
    assert one.folder != two.folder
    two.content["title"] = "B"
    keep(two, two.text())
    one.content["title"] = "a"
    keep(one, one.text())
    assert kept_drafts() == [(one.folder, "a"), (two.folder, "B")]


def test_what_is_missing_in_a_step_is_named():
    draft = copied(shipped_lesson("celsius"))
    step = draft.content["steps"][1]
    step["checks"] = [{"verb": "weight", "about": "much", "tolerance": 1}]
    step["wrong"] = [[], [{"do": "train", "epochs": "long"}]]
    step["question"] = {"choices": ["yes"]}
    sentences = told(draft)
    assert all(sentence.startswith("In step 2, ") for sentence in sentences)
    for words in (
        "check 1 (weight): “Node”",
        "“much” is not",
        "wrong way 1 has no actions",
        "wrong way 2, action 1 (train)",
        "in the question",
    ):
        assert any(words in sentence for sentence in sentences), words


def test_a_question_without_its_check_is_told_at_its_step():
    draft = copied(shipped_lesson("celsius"))
    draft.content["steps"][0]["question"] = {"text": "Why?"}
    assert told(draft) == [
        "In step 1, there is a question without a check of the answer, or the other way round."
    ]


@pytest.mark.parametrize(
    ("check", "lacks"),
    [
        ({"verb": "option", "node": "Dense", "option": "units"}, True),
        ({"verb": "option", "node": "Dense", "option": "units", "within": {"at_least": 2}}, False),
        ({"verb": "answered", "one_of": []}, True),
        ({"verb": "answered", "about": 0}, False),
        ({"verb": "weight", "node": "Dense", "about": 0, "tolerance": 1}, False),
    ],
)
def test_a_check_says_what_should_be_there(check, lacks):
    draft = copied(shipped_lesson("celsius"))
    draft.content["steps"][1]["checks"].append(check)
    assert any("say what it should be" in sentence for sentence in told(draft)) == lacks


def test_lists_that_a_form_left_empty_are_not_written():
    draft = new_draft(PROJECT)
    before = draft.text()
    draft.content["steps"][0] |= {"checks": [], "wrong": [[]], "question": {}}
    assert draft.text() == before


def test_data_that_stays_on_this_machine_is_told(tmp_path):
    project = Project()
    kind = next(source.id for source in sources if source.id == "image_folder")
    project.document.set_data(DataReference(kind, {"path": str(tmp_path)}))
    project.save(tmp_path / "p.nns")
    draft = copied(shipped_lesson("celsius"))
    draft.start.write_bytes((tmp_path / "p.nns").read_bytes())
    assert any("would not have it" in sentence for sentence in told(draft))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps = ", "cannot be read"),
        ("title = 'a'", "cannot be read"),
        ("steps = [{ checks = 3 }]", "cannot be read"),
        ("steps = [{ checks = [{ verb = 'dance' }] }]", "step 1 has “dance”"),
        ("steps = [{}, { wrong = [[{ do = 'dance' }]] }]", "step 2 has “dance”"),
    ],
)
def test_a_draft_that_no_form_can_show_gets_a_sentence_and_stays_listed(text, words):
    draft = new_draft(PROJECT)
    (draft.folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match=words):
        read_draft(draft.folder)
    assert kept_drafts() == [(draft.folder, draft.folder.name)]
