"""The page of all lessons: a path by chapters, with what each needs, how long it takes and what is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnstudio.lessons.lesson import LessonFolder, is_about
from nnstudio.lessons.library import Library
from nnstudio.lessons.progress import Progress
from nnstudio.model.quantity import counted
from nnstudio.ui.lessons.handout_menu import add_handouts
from nnstudio.ui.lessons.make_button import MakeButton
from nnstudio.ui.lessons.next_lesson import NEXT, START, NextLesson
from nnstudio.ui.project.pictured import picture_of_lesson
from nnstudio.ui.widgets.card import Card
from nnstudio.ui.widgets.column_page import MARGINS, ColumnPage
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.reading_label import ReadingLabel
from nnstudio.ui.widgets.theme import theme

INTRODUCTION = (
    "Each lesson is a small project of your own in the real studio. It says what to try, sees what you did, "
    "and tells you what is still missing. Leave whenever you like: it goes on where you were."
)
READING = "Reading the lessons…"
NONE = (
    "No lessons came with this program: its folder “lessons” is empty. Installing it anew brings them back."
)
NO_MATCH = "No lesson is about “{}”. Clear the search to see all of them."
DRAFTS, DRAFT = "Lessons that you are making", "A draft. Go on writing it, try it, or give it away."
# Mean letters of a column of lessons, at the least and the most, and the most columns.
NARROWEST, WIDEST, MOST_COLUMNS = 100, 126, 3
# Mean letters of the field for searching, at the most.
SEARCH_WIDTH = 90
# A part of the page, and how many rows it has.
Block = tuple[QWidget, int]


class PathMark(QWidget):
    """A stop on the path: a circle on a line, which fills as the lesson is done."""

    def __init__(self, share: float, is_first: bool, is_last: bool) -> None:
        super().__init__()
        self.share, self.is_first, self.is_last = share, is_first, is_last
        self.setFixedWidth(26)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(26, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme.colours, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = QPointF(11, 22), 7.0
        painter.setPen(QPen(QColor(c.border), 2))
        top = middle.y() if self.is_first else 0.0
        bottom = middle.y() if self.is_last else float(self.height())
        painter.drawLine(QPointF(middle.x(), top), QPointF(middle.x(), bottom))
        colour = QColor(c.good if self.share >= 1 else c.accent if self.share > 0 else c.muted)
        painter.setPen(QPen(colour, 2))
        painter.setBrush(QColor(c.good) if self.share >= 1 else QColor(c.canvas))
        painter.drawEllipse(middle, radius, radius)
        if 0 < self.share < 1:
            painter.setBrush(colour)
            painter.drawPie(
                round(middle.x() - 4), round(middle.y() - 4), 8, 8, 90 * 16, round(-360 * 16 * self.share)
            )
        elif self.share >= 1:
            painter.setPen(QPen(QColor(c.canvas), 2))
            painter.drawPolyline(
                [middle + QPointF(-3, 0), middle + QPointF(-1, 2.6), middle + QPointF(3.4, -2.6)]
            )


class LessonsPage(ColumnPage):
    """Requests: lesson_requested(LessonFolder), and reset_requested and remove_requested; and
    print_requested(LessonFolder, whether it is for the teacher); add_requested() of one from a file.
    """

    # A search leaves few lessons, and must not move the page.
    above = 0
    lesson_requested = Signal(object)
    reset_requested = Signal(object)
    remove_requested = Signal(object)
    print_requested = Signal(object, bool)
    add_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Lessons", NARROWEST, WIDEST, MOST_COLUMNS)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.library = Library()
        self.cards: dict[str, Card] = {}
        # The lesson that is to be seen once all are shown.
        self._next = ""
        self._rows: list[tuple[str, tuple[str, ...], QWidget]] = []
        self._chapters: list[tuple[QWidget, list[QWidget]]] = []
        # What is broken is told whatever is searched.
        self._broken: list[Block] = []
        title, about = PlainLabel("Lessons"), ReadingLabel(INTRODUCTION)
        title.setObjectName("title")
        about.setObjectName("muted")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search the lessons")
        self.search.setToolTip(self.search.placeholderText())
        self.search.setAccessibleName("Search the lessons")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self._filter())
        self.done, self.told = PlainLabel(), ReadingLabel(READING)
        self.done.setObjectName("muted")
        self.told.setObjectName("note")
        self.next = NextLesson()
        self.next.lesson_requested.connect(self.lesson_requested)
        line = QHBoxLayout()
        self.search.setMaximumWidth(SEARCH_WIDTH * self.fontMetrics().averageCharWidth())
        line.addWidget(self.search, 3)
        line.addSpacing(12)
        line.addWidget(self.done)
        line.addSpacing(12)
        line.addStretch(1)
        self.add, self.make = QPushButton("Add a lesson from a file…"), MakeButton()
        self.add.clicked.connect(lambda _on=False: self.add_requested.emit())
        line.addWidget(self.add)
        line.addWidget(self.make)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(*MARGINS)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(about)
        # The field stays where it is when a search hides what is below.
        column.addLayout(line)
        column.addWidget(self.next)
        for widget in (self.told, self.columns):
            column.addWidget(widget)
        column.addStretch(1)

    def show_library(self, library: Library) -> None:
        """Show these lessons instead."""
        self.library = library
        self.make.show_lessons(library.drafts, library.lessons)
        self.cards, self._rows, self._chapters = {}, [], []
        blocks = [self._chapter(chapter, folders) for chapter, folders in library.chapters().items()]
        self.next.show_of(library)
        # What was searched stays.
        self._broken = self._problems(library.problems)
        self.columns.take([*blocks, *self._drafts(library.drafts), *self._broken])
        finished = sum(library.share(folder) >= 1 for folder in library.lessons)
        self.done.setText(f"{finished} of {len(library.lessons)} done" if library.lessons else "")
        self._filter()

        if self._next in self.cards:
            # Once the cards have their positions.
            go = partial(self._go_to, self._next)
            # Lines that are wrapped find their height in a second round.
            QTimer.singleShot(0, self.cards[self._next], partial(QTimer.singleShot, 0, self, go))
        self._next = ""

    def show_next(self, lesson: str) -> None:
        """Go to a lesson as soon as it is shown."""
        self._next = lesson
        self.search.clear()

    def _go_to(self, lesson: str) -> None:
        card = self.cards.get(lesson)
        if card is not None:
            card.setFocus()
            self.ensureWidgetVisible(card)

    def show_error(self, error: Exception) -> None:
        """Say why there is nothing to show."""
        self.show_library(Library(problems=(str(error),)))

    def _chapter(self, chapter: str, folders: Sequence[LessonFolder]) -> Block:
        last = len(folders) - 1
        finished = sum(self.library.share(folder) >= 1 for folder in folders)
        rows = [self._row(f, at == 0, at == last) for at, f in enumerate(folders)]
        return self._block(chapter, rows, f"{finished} of {len(folders)} done")

    def _block(self, title: str, rows: Sequence[QWidget], note: str = "") -> Block:
        """Rows under a heading."""
        block, words, beside = QWidget(), PlainLabel(title), PlainLabel(note)
        words.setObjectName("heading")
        beside.setObjectName("small")
        column, heading = QVBoxLayout(block), QHBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        heading.setContentsMargins(0, 14, 0, 6)
        heading.addWidget(words, 1)
        heading.addWidget(beside, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(heading)
        for row in rows:
            column.addWidget(row)
        self._chapters.append((block, list(rows)))
        return block, len(rows)

    def _drafts(self, drafts: Sequence[tuple[Path, str]]) -> list[Block]:
        """What the person is writing stands below, to go on with."""
        rows: list[QWidget] = []
        for path, title in drafts:
            card = Card(title, DRAFT)
            card.clicked.connect(partial(self._go_on, path))
            row = QWidget()
            inside = QVBoxLayout(row)
            inside.setContentsMargins(30, 0, 0, 10)
            inside.addWidget(card)
            rows.append(row)
            self._rows.append((title, (title,), row))
        return [self._block(DRAFTS, rows)] if rows else []

    def _go_on(self, draft: Path, _on: bool = False) -> None:
        self.make.draft_requested.emit(draft)

    def _row(self, folder: LessonFolder, is_first: bool, is_last: bool) -> QWidget:
        lesson = folder.lesson
        picture = self.pictures.of(partial(picture_of_lesson, folder.project))
        card = Card(lesson.title, lesson.summary, self._note(folder), picture)
        card.clicked.connect(partial(self._ask, self.lesson_requested.emit, folder))
        self.cards[folder.id] = card
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 10)
        column.addWidget(card)
        card.put_beside_last(self._links(folder))
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(4)
        across.addWidget(PathMark(self.library.share(folder), is_first, is_last))
        across.addLayout(column, 1)
        self._rows.append((lesson.title, lesson.parts, row))
        return row

    def _links(self, folder: LessonFolder) -> QHBoxLayout:
        """What else can be done with a lesson."""
        links = QHBoxLayout()
        links.setSpacing(16)
        if self.library.progress_in(folder) != Progress():
            links.addWidget(self._link("Begin it anew…", folder, self.reset_requested.emit))
        elif folder.id == self._next:
            # It was added just now.
            links.addWidget(self._link("Begin", folder, self.lesson_requested.emit))
        if folder.id in self.library.own:
            links.addWidget(self._link("Remove…", folder, self.remove_requested.emit))
        handout = QPushButton("Print…")
        handout.setObjectName("quiet")
        handout.setAccessibleName(f"{folder.lesson.title}: print")
        menu = QMenu(handout)
        add_handouts(menu, partial(self.print_requested.emit, folder))
        handout.setMenu(menu)
        links.addWidget(handout)
        return links

    def _link(
        self, text: str, folder: LessonFolder, request: Callable[[LessonFolder], object]
    ) -> QPushButton:
        link = QPushButton(text)
        link.setObjectName("quiet")
        link.setAccessibleName(f"{folder.lesson.title}: {text.removesuffix('…').lower()}")
        link.clicked.connect(partial(self._ask, request, folder))
        return link

    def _note(self, folder: LessonFolder) -> str:
        """How long it takes, what it needs, and how far the learner came."""
        lesson, progress = folder.lesson, self.library.progress_in(folder)
        titles = {one.id: one.lesson.title for one in self.library.lessons}
        parts = [counted(lesson.minutes, "minute")]
        if folder is self.library.next:
            parts.insert(0, NEXT if self.library.is_begun else START)
        if lesson.needs:
            parts.append(f"after {', '.join(f'“{titles.get(need, need)}”' for need in lesson.needs)}")
        if folder.id in self.library.own:
            parts.append("added from a file")
        share = self.library.share(folder)
        if share >= 1:
            parts.append("done")
        elif progress != Progress():
            parts.append(f"begun, {counted(len(progress.done), 'step')} of {len(lesson.steps)} done")
        return "  ·  ".join(parts)

    def _problems(self, problems: Sequence[str]) -> list[Block]:
        blocks = []
        for problem in problems:
            label = PlainLabel(problem)
            label.setObjectName("error")
            label.setWordWrap(True)
            block = QWidget()
            inside = QVBoxLayout(block)
            inside.setContentsMargins(0, 12, 0, 0)
            inside.addWidget(label)
            blocks.append((block, 1))
        return blocks

    def _ask(
        self, request: Callable[[LessonFolder], object], folder: LessonFolder, _on: bool = False
    ) -> None:
        request(folder)

    def _filter(self) -> None:
        stays = self.verticalScrollBar().value() + self.viewport().height() if self.search.text() else 0
        self.body.setMinimumHeight(stays)
        hits = {row: is_about(parts, self.search.text()) for _title, parts, row in self._rows}
        self._show_hits(hits)
        # Whoever searches looks for another one.
        self.next.setVisible(self.next.folder is not None and not self.search.text())
        nothing = "" if any(hits.values()) else NO_MATCH.format(self.search.text()) if hits else NONE
        # What is broken is told by itself.
        self.told.setText("" if self.library.problems and not hits else nothing)
        self.told.setVisible(bool(self.told.text()))

    def _show_hits(self, hits: Mapping[QWidget, bool]) -> None:
        """Only these rows; those whose titles have the words go first, as their chapters do."""
        text = self.search.text()
        titled = {row for title, _parts, row in self._rows if text and is_about((title,), text)}
        blocks = []
        for block, rows in self._chapters:
            column = block.layout()
            assert isinstance(column, QVBoxLayout)
            for row in sorted(rows, key=lambda row: row not in titled):
                row.setVisible(hits[row])
                # To the end of the column: so they stand in this order.
                column.addWidget(row)
            count = sum(hits[row] for row in rows)
            block.setVisible(count > 0)
            if count:
                blocks.append((block, count, titled.isdisjoint(rows)))
        blocks.sort(key=lambda one: one[2])
        self.columns.show_hits([*(one[:2] for one in blocks), *self._broken] if text else None)
