"""What a run is told: loss, optimizer and schedule with their own options, and what holds it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnkernels.spec import MAIN_GROUP, Declared, Option, losses, optimizers, schedules
from nnkernels.spec.registry import Registry
from nnstudio.model.settings import (
    BALANCE_OFF,
    BATCH_SIZE,
    EPOCHS,
    EXTRAS,
    OF_GROUP,
    SEED,
    TURNS,
    TrainingSettings,
)
from nnstudio.model.titles import LAYER_TITLES
from nnstudio.ui.canvas.group_mark import colour_of_group
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.forms import Form, line_up, replace_form
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured

TOGETHER = "Views of gradients show those of all losses together, and not what a group learns from."
# The option that names a column of the data.
BALANCE = "balance"
# Pixels left and right of the forms.
MARGIN = 10


class Choice(QWidget):
    """A plug-in to choose, and below it the form of its own options.

    Requests: changed(name, value), for the choice itself and for each option; vary_requested(name).
    """

    changed = Signal(str, object)
    vary_requested = Signal(str)

    def __init__(self, name: str, registry: Registry[Any], help_text: str, varies: bool = True) -> None:
        super().__init__()
        self._varies = varies
        self.name, self.registry = name, registry
        titles = {entry.id: entry.title for entry in registry}
        self.picker = Form(
            [Option(name, next(iter(titles)), help_text, choices=tuple(titles))],
            {name: titles},
            varies=varies,
        )
        self.picker.changed.connect(self.changed)
        self.picker.vary_requested.connect(self.vary_requested)
        self.form: Form | None = None
        # Why a text cannot be the value of an option, or "".
        self.judge: Callable[[str, str], str] = lambda _name, _text: ""
        self.shown = ""
        self.help = PlainLabel()
        self.help.setObjectName("muted")
        self.help.setWordWrap(True)
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 4)
        self.rows.addWidget(self.picker)
        self.rows.addWidget(self.help)

    def show_choice(self, chosen: str, options: Mapping[str, Any]) -> None:
        """Show which entry is chosen, and its options."""
        entry: Declared = self.registry[chosen]
        if chosen != self.shown:
            self.shown = chosen
            form = Form(entry.options, names=LAYER_TITLES, varies=self._varies) if entry.options else None
            replace_form(self.rows, self.form, form, 1)
            self.form = form
            if form is not None:
                form.judge = lambda name, text: self.judge(name, text)
                form.changed.connect(self.changed)
                form.vary_requested.connect(self.vary_requested)
            self.help.setText(entry.help)
        self.picker.show_values({self.name: chosen})
        if self.form is not None:
            self.form.show_values({**entry.defaults(), **options})


class GroupsForm(QWidget):
    """Who takes steps when, and the optimizer of each group of layers; nothing where all learn together.

    Requests: changed(name, value), names of options of groups as "group.option".
    """

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.choices: dict[str, Choice] = {}
        self._settings = TrainingSettings()
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(0, 0, 0, 4)
        self.note = PlainLabel(TOGETHER)
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.turns = Form([TURNS])
        row = self.turns.layout()
        assert isinstance(row, QFormLayout)
        # Below its name: beside it, there is no room for two groups.
        row.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self.turns.changed.connect(self.changed)
        for widget in (self.turns, self.note):
            self.rows.addWidget(widget)
        self.hide()

    def show_groups(self, groups: Sequence[str]) -> None:
        """Have a form for each of these groups."""
        self.setVisible(bool(groups))
        if list(groups) == list(self.choices):
            return
        # The first row and the last one stay.
        while self.rows.count() > 2:
            taken = self.rows.takeAt(1)
            if taken is not None and (widget := taken.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.choices = {group: self._form_of(group) for group in groups}
        self.show_settings(self._settings)

    def _form_of(self, group: str) -> Choice:
        title = QLabel(coloured("▌", colour_of_group(group).name()) + f" <b>{escape(group)}</b>")
        title.setTextFormat(Qt.TextFormat.RichText)
        choice = Choice("optimizer", optimizers, f"How the layers of {group} learn.", varies=False)
        choice.picker.setAccessibleName(f"Optimizer of {group}")
        choice.changed.connect(lambda name, value: self.changed.emit(f"{group}{OF_GROUP}{name}", value))
        for widget in (title, choice):
            self.rows.insertWidget(self.rows.count() - 1, widget)
        return choice

    def show_settings(self, settings: TrainingSettings) -> None:
        """Show the values of the groups that have a form."""
        self._settings = settings
        self.turns.show_values({TURNS.name: settings.turns})
        for group, choice in self.choices.items():
            own = settings.group(group)
            choice.show_choice(own.optimizer, own.optimizer_options)


class TrainingPanel(QScrollArea):
    """Requests: changed(name, value), names as in TrainingSettings.with_option; estimate_requested();
    vary_requested(name).
    """

    changed = Signal(str, object)
    vary_requested = Signal(str)
    estimate_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.main = Form([BATCH_SIZE, EPOCHS, SEED], varies=True)
        self.loss = Choice("loss", losses, "What training minimises.")
        self.optimizer = Choice("optimizer", optimizers, "How the gradient changes the weights.")
        self.schedule = Choice("schedule", schedules, "How the learning rate changes during the run.")
        self.extras = Form([o for o in EXTRAS if o != TURNS], listed=(BALANCE,), varies=True)
        self.groups = GroupsForm()
        self._columns: Sequence[str] = ()
        self.estimate = QPushButton("Estimate time and memory")
        # A narrow panel cuts its text rather than the fields.
        self.estimate.setMinimumWidth(1)
        self.estimate.setToolTip("Runs a small part of the training, for about half a second")
        self.estimate.clicked.connect(lambda _on=False: self.estimate_requested.emit())
        self.estimated = PlainLabel()
        self.estimated.setObjectName("muted")
        self.estimated.setWordWrap(True)
        self.estimated.hide()
        rule = QLabel(
            "Changes here keep the trained weights and the curve: training continues from where it is. "
            "A new optimizer starts with empty state. Reset draws new weights."
        )
        rule.setObjectName("muted")
        rule.setWordWrap(True)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(MARGIN, 8, MARGIN, 10)
        for part in (self.main, self.loss, self.optimizer, self.groups, self.schedule, self.extras):
            part.changed.connect(self.changed)
            if not isinstance(part, GroupsForm):
                part.vary_requested.connect(self.vary_requested)
            rows.addWidget(part)
        rows.insertWidget(1, self.estimate)
        rows.insertWidget(2, self.estimated)
        rows.addWidget(rule)
        rows.addStretch(1)
        self.setWidget(body)

    def _line_up(self) -> None:
        """Forms that were replaced are hidden until they are gone."""
        forms = [form for form in self.findChildren(Form) if not form.isHidden()]
        line_up(forms, self.viewport().width() - 2 * MARGIN)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._line_up()

    def show_estimate(self, sentence: str) -> None:
        """Say what a whole run will cost, or nothing."""
        self.estimated.setText(sentence)
        self.estimated.setVisible(bool(sentence))

    def show_columns(self, columns: Sequence[str]) -> None:
        """Offer these columns of the data, whose groups may count equally in training."""
        self._columns = columns
        chosen = self.extras.editors[BALANCE]
        assert isinstance(chosen, QComboBox)
        self._offer_columns(str(chosen.currentData() or ""))

    def _offer_columns(self, chosen: str) -> None:
        """The chosen one stays to be seen where the data lacks it: training says why it cannot run."""
        columns = dict.fromkeys([*self._columns, *filter(None, [chosen])])
        self.extras.offer(BALANCE, {column: column for column in columns}, BALANCE_OFF, 1)
        self.extras.show_values({BALANCE: chosen})

    def show_groups(self, groups: Sequence[str]) -> None:
        """Offer an optimizer for each of several groups of layers."""
        several = groups if len(groups) > 1 else ()
        self.groups.show_groups([group for group in several if group != MAIN_GROUP])
        self.optimizer.setVisible(not several or MAIN_GROUP in several)
        self._line_up()

    def show_settings(self, settings: TrainingSettings) -> None:
        """Show values; options follow their choice."""
        # What was said was of other settings.
        self.show_estimate("")
        self.main.show_values(vars(settings))
        self.loss.show_choice(settings.loss, settings.loss_options)
        self.optimizer.show_choice(settings.optimizer, settings.optimizer_options)
        self.groups.show_settings(settings)
        self.schedule.show_choice(settings.schedule, settings.schedule_options)
        self._offer_columns(settings.balance)
        self.extras.show_values(
            {o.name: settings.extras.get(o.name, o.default) for o in EXTRAS if o != TURNS}
        )
        self._line_up()
