"""A sheet falls on pages without headings alone at a foot, and takes no picture of this machine along."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QSizeF
from PySide6.QtGui import QColor, QImage, QTextBlock, QTextDocument

from nnstudio.lessons.sheet import (
    Blanks,
    Boxes,
    Heading,
    Lines,
    Numbered,
    Picture,
    Plain,
    Prose,
    Sheet,
    Table,
    Title,
    as_markdown,
)
from nnstudio.ui.lessons import sheet_document
from nnstudio.ui.lessons.sheet_pdf import as_pdf
from nnstudio.ui.lessons.step_text import StepText, TextOnly

PAGE = QSizeF(600, 700)


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def page_of(document: QTextDocument, text: str) -> int:
    """The page on which the first line of the block with this text stands."""
    block = document.begin()
    while block.text() != text:
        block = block.next()
        assert block.isValid(), text
    return page_at(block)


def page_at(block: QTextBlock) -> int:
    line = block.layout().lineAt(0)
    return int((block.layout().position().y() + line.y() + line.height() / 2) // PAGE.height())


@pytest.mark.parametrize("fill", range(20, 32))
def test_no_heading_and_no_question_ends_a_page(fill, qapp):
    parts = (
        *(Plain(f"Line {at}") for at in range(fill)), Heading("Heading"), Plain("Below it"),
        Plain("Question?", is_strong=True), Boxes(("one", "two")), Lines(2), Numbered(("do",)), Plain("said"),
    )  # fmt: skip
    document = sheet_document.document_of(Sheet("S", parts), PAGE)
    assert document.pageCount() == 2
    assert page_of(document, "Heading") == page_of(document, "Below it")
    assert page_of(document, "Question?") == page_of(document, "one") == page_of(document, "two")
    # A box is drawn beside the words that it is for.
    block = document.begin()
    while block.isValid():
        drawn = sheet_document.line_of(document, block, 0).center().y()
        assert int(drawn // PAGE.height()) == page_at(block), block.text()
        block = block.next()
    assert page_of(document, "do") == page_of(document, "said")


@pytest.mark.parametrize("fill", range(18, 30, 3))
def test_a_short_section_stays_together_behind_a_question(fill, qapp):
    section = (Heading("Heading"), *(Plain(f"Below {at}") for at in range(6)))
    parts = (*(Plain(f"Line {at}") for at in range(fill)), Plain("Question?", is_strong=True), *section)
    document = sheet_document.document_of(Sheet("S", parts), PAGE)
    assert document.pageCount() == 2
    assert page_of(document, "Heading") == page_of(document, "Below 5")


def test_without_that_one_would(qapp):
    def ends_a_page(fill: int) -> bool:
        parts = (*(Plain(f"Line {at}") for at in range(fill)), Heading("Heading"), Plain("Below it"))
        document = sheet_document.blank(PAGE)
        writing = sheet_document.Writing(document)
        for part in parts:
            writing.add(part)
        assert document.pageCount()
        return page_of(document, "Heading") != page_of(document, "Below it")

    assert any(map(ends_a_page, range(20, 32)))


def test_every_part_is_drawn_and_a_new_page_begins_where_it_should(qapp):
    parts = (
        Title("T", "note"), Blanks(("Name", "Date")),
        Prose("**a** `b`\n\n> c\n\n| d | e |\n|---|---|\n| 1 | 2 |"),
        Table((("x", "y"), ("1", "2"))), Heading("Next", is_new_page=True), Plain("Text"),
    )  # fmt: skip
    document = sheet_document.document_of(Sheet("S", parts), PAGE)
    texts = document.toPlainText().split()
    assert [text for text in texts if text != "￼"] == [
        "T",
        "note",
        "Name",
        "Date",
        "a",
        "b",
        "c",
        "d",
        "e",
        "1",
        "2",
        "x",
        "y",
        "1",
        "2",
        "Next",
        "Text",
    ]
    assert document.pageCount() == 2 and page_of(document, "Next") == 1
    assert pages(as_pdf(Sheet("S", parts))) == 2
    assert pages(as_pdf(Sheet("S", (Plain("Text"),)))) == 1


def test_pictures_that_a_lesson_names_are_not_read(qtbot, tmp_path):
    picture = QImage(300, 300, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    assert picture.save(str(tmp_path / "x.png"))
    markdown = f"![secret]({tmp_path / 'x.png'})"
    plain, ours, panel = QTextDocument(), TextOnly(), StepText()
    qtbot.addWidget(panel)
    for document in (plain, ours):
        document.setMarkdown(markdown)
    panel.show_markdown(markdown)
    assert plain.size().height() > 300 > ours.size().height() > 0
    assert panel.document().size().height() < 300


def test_a_network_is_drawn_as_large_as_the_page_allows_with_what_it_is_below(qapp):
    image = QImage(4000, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")
    parts = (Plain("Above"), Picture(bytes(buffer.data().data()), "A network"), Plain("Behind"))
    document = sheet_document.document_of(Sheet("S", parts), PAGE)
    assert document.pageCount() == 1 and document.idealWidth() <= PAGE.width()
    lines = {}
    block = document.begin()
    while block.isValid():
        lines[block.text()] = sheet_document.line_of(document, block, 0)
        block = block.next()
    shown = lines["￼"]
    # Ten times as broad as high, and over nothing else.
    assert 60 <= shown.height() < 80
    assert lines["Above"].bottom() <= shown.top() and shown.bottom() <= lines["A network"].top()
    assert b"/Image" in as_pdf(Sheet("S", parts))
    assert "*A network*" in as_markdown(Sheet("S", parts))


def test_the_name_of_a_narrow_column_is_never_parted(qapp):
    rows = (("Step", "Question", "Answer", "Tries", "Hints", "Done"),)
    rows += (("Does it know it? " * 6, "What does it say? " * 6, "1.8", "2", "2", "not yet"),)
    document = sheet_document.document_of(Sheet("S", (Table(rows),)), PAGE)
    assert document.pageCount() == 1
    block, lines = document.begin(), {}
    while block.isValid():
        lines[block.text()] = block.layout().lineCount()
        block = block.next()
    assert [lines[name] for name in rows[0]] == [1] * 6 and lines[rows[1][0]] > 1
