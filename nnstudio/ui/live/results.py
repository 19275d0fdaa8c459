"""How good the network is: confusion, mistakes and calibration for classes, a scatter for numbers."""

from __future__ import annotations

import csv
import io
from html import escape
from math import isfinite, isnan

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.table_unit import OF_VALUES
from nnstudio.data.terms import NO_GOAL, REAL_RIGHT
from nnstudio.explain.backtest import ENOUGH
from nnstudio.explain.backtest_figures import FIGURES, figures_of
from nnstudio.explain.label_results import LabelResults
from nnstudio.explain.results import TOP, ClassResults, NumberResults, Results, ResultsProbe, most_of
from nnstudio.explain.text_scores import bits
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import counted, error_in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.output_choice import OutputChoice
from nnstudio.ui.live.result_tabs import ClassTabs, LabelTabs, NumberTabs
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.choice_box import ChoiceBox

# Mean letters of a panel in which the figures have room beside the choice of the part: many, and just one.
BESIDE_LETTERS = (64, 36)
# Pixels between a choice and what is said beside it.
BESIDE_CHOICE = 8
EMPTY = "how well the network predicts"
TITLES = {Split.TRAINING: "Training", Split.VALIDATION: "Validation", Split.TEST: "Test"}


@register
class ResultsView(LiveView):
    """How well the network predicts samples that it did not train on."""

    id = "results"
    title = "Results"
    help = "Where the network is wrong, and how confident: confusion, groups, mistakes, calibration, errors."
    question, order = Question.ANSWERS, 70
    beside = "loss_surface"
    tells_cost = True
    chooses = ("part", "tab", "groups_of")

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        # Pairs of pictures, what was given and what is drawn of it.
        return data.draws_pictures

    def __init__(self) -> None:
        super().__init__()
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        # By itself it asks for the height of its narrowest form, however wide it is.
        self.caption.setMinimumHeight(1)
        # Made when there is something to show in them: plots are dear, and most windows need one kind. They
        # are apart, because a bar of tabs that scrolls is not put right when some of its tabs are hidden.
        self.class_tabs: ClassTabs | None = None
        self.label_tabs: LabelTabs | None = None
        self.number_tabs: NumberTabs | None = None
        self.which = ChoiceBox()
        self.which.setAccessibleName("Part of the data")
        self.which.setToolTip(
            "Which samples are predicted. Those for testing are for the end: whoever chooses a network by "
            "them no longer knows how it does on new samples."
        )
        self.which.currentIndexChanged.connect(self._on_part)
        self.output = OutputChoice()
        self.output.chosen.connect(self._on_part)
        choices = QHBoxLayout()
        choices.addWidget(self.which)
        choices.addWidget(self.output)
        choices.addStretch(1)
        self._above = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._above.setSpacing(BESIDE_CHOICE)
        self._above.addLayout(choices)
        self._above.addWidget(self.caption, 1)
        self.rows.addLayout(self._above)
        self.rows.addWidget(self.hint, 1)
        self._latest: Results | None = None
        self.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stand_caption()

    def _stand_caption(self) -> None:
        """In a narrow panel, what is said gets a line of its own, not a column of single words."""
        results = self._latest
        is_short = isinstance(results, ClassResults) and isnan(results.top5)
        way = QBoxLayout.Direction
        # Of numbers it is told in short instead, unless two choices stand there.
        has_room = isinstance(results, NumberResults) and len(results.outputs) < 2
        is_below = self._is_narrow(is_short) and not has_room
        self._above.setDirection(way.TopToBottom if is_below else way.LeftToRight)
        if isinstance(results, NumberResults):
            self._tell_numbers(results)

    def _is_narrow(self, is_short: bool = False) -> bool:
        return self.width() < BESIDE_LETTERS[is_short] * self.fontMetrics().averageCharWidth()

    def _add(self, tabs: ClassTabs | LabelTabs | NumberTabs) -> None:
        self.rows.insertWidget(1, tabs, 1)
        tabs.repaint_theme()
        tabs.show()
        tabs.currentChanged.connect(lambda _i: self._on_tab())
        tabs.choice_changed.connect(self._draw)

    def probe(self) -> Probe | None:
        if self.data is None:
            return None
        tabs = self.number_tabs
        judges = tabs is not None and tabs.currentWidget() is tabs.backtest and self.data.series is not None
        return ResultsProbe(self.which.currentData(), ENOUGH if judges else 0, self.output.output)

    def set_data(self, data: Dataset | None) -> None:
        """Begin with the part that training watches; the one for testing is shown when asked for."""
        with QSignalBlocker(self.which):
            self.which.clear()
            for split in data.parts if data is not None else ():
                self.which.addItem(TITLES[split], split)
            if data is not None:
                self.which.setCurrentIndex(self.which.findData(data.watched))
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self.output.name(names)

    def _on_tab(self) -> None:
        self._draw()
        if self.data is not None and self.data.series is not None:
            # Forecasts are only made while they are looked at.
            self.probe_changed.emit()

    def _on_part(self) -> None:
        self.clear()
        self.probe_changed.emit()

    def clear(self) -> None:
        self._latest = None
        choices = self.which, self.output
        for widget in (self.caption, *choices, self.class_tabs, self.label_tabs, self.number_tabs):
            if widget is not None:
                widget.hide()
        self.await_picture(EMPTY)
        self.hint.show()

    def show_result(self, result: Results) -> None:
        chosen = self.output.output
        if chosen in result.outputs and chosen != result.output:
            # A late result of the one that was chosen before.
            return
        self._latest = result
        self._draw()

    def _draw(self) -> None:
        results = self._latest
        if results is None:
            return
        self.hint.hide()
        self._stand_caption()
        self.caption.show()
        self.which.setVisible(self.which.count() > 1)
        self.output.show_outputs(results.outputs, results.output)
        are_labels = isinstance(results, NumberResults) and results.labels is not None
        are_numbers = isinstance(results, NumberResults) and not are_labels
        kinds = (
            (self.class_tabs, isinstance(results, ClassResults)), (self.label_tabs, are_labels),
            (self.number_tabs, are_numbers),
        )  # fmt: skip
        for tabs, are_shown in kinds:
            if tabs is not None:
                tabs.setVisible(are_shown)
        if isinstance(results, NumberResults):
            self._draw_numbers(results)
        else:
            self._draw_classes(results)

    def _draw_classes(self, results: ClassResults) -> None:
        # In few words: the matrix needs the room. The part is named beside them, or is the only one.
        right = f"{REAL_RIGHT} (100% is not the goal)" if results.only_real else "right"
        self.caption.setText(
            f"<b>{results.accuracy:.1%}</b> of {results.count:,} {right}{_at(results)}{_bits(results)}"
            f"{_top_5(results)}{self._left_out(results)}{_non_finite(results)}{_chose(results)}"
        )
        what = "label" if self.data is not None and self.data.target_width > 1 else "sample"
        whose = counted(results.count, f"{results.part} {what}")
        tip = f"{results.accuracy:.1%} of {whose} are predicted right"
        if not isnan(results.top5):
            tip += f"; of {results.top5:.1%} the class is among the five most probable{_ties(results)}"
        if results.only_real:
            tip = f"{results.accuracy:.1%} of {whose}: {REAL_RIGHT}. {NO_GOAL}"
        self.caption.setToolTip(" ".join(part for part in (_ended(tip), self._why_chosen(results)) if part))
        if self.class_tabs is None:
            self.class_tabs = ClassTabs()
            self._add(self.class_tabs)
        self.class_tabs.draw(results)

    def _draw_numbers(self, results: NumberResults) -> None:
        self._tell_numbers(results)
        if results.labels is not None:
            if self.label_tabs is None:
                self.label_tabs = LabelTabs()
                self._add(self.label_tabs)
            self.label_tabs.draw(results)
            return
        if self.number_tabs is None:
            self.number_tabs = NumberTabs()
            self._add(self.number_tabs)
        self.number_tabs.draw(results, self.data.series if self.data is not None else None)
        # A backtest is always of the last part, whatever is chosen for the others.
        judges = self.number_tabs.currentWidget() is self.number_tabs.backtest
        self.which.setVisible(self.which.count() > 1 and not judges)
        self.output.setVisible(len(results.outputs) > 1 and not judges)
        self.caption.setVisible(not judges)

    def _tell_numbers(self, results: NumberResults) -> None:
        """In full, or in a narrow panel in short with the full words in a tip: the points need the room."""
        rest = f"{self._left_out(results)}{_non_finite(results)}{_chose(results)}"
        samples = counted(results.count, f"{results.part} sample")
        if results.labels is not None:
            full, short = _told_of_labels(results.labels, samples)
        else:
            full, short = self._told_of_errors(results, samples)
        # In a narrow panel, the step is told by its mark alone.
        full, short = f"{full}{_at(results)}{rest}", short + rest
        is_narrow = self._is_narrow()
        # The part is named beside it where there is a choice.
        short = short if self.which.count() > 1 else f"{str(results.part).capitalize()}: {short}"
        self.caption.setText(short if is_narrow else full)
        told = (_ended(full) if is_narrow else "", self._why_chosen(results))
        self.caption.setToolTip(" ".join(part for part in told if part))

    def _told_of_errors(self, results: NumberResults, samples: str) -> tuple[str, str]:
        """How far off numbers are, in full and in short, in the unit of the table."""
        mean, square = (error_in_digits(v) for v in (results.mean_absolute, results.root_mean_square))
        rest, names = told_explained(results), results.targets
        of = f" of '{escape(names[0])}'" if len(names) == 1 else ""
        # Those of the backtest, which are of more steps, are other numbers.
        ahead = f", {results.ahead}" if results.ahead else ""
        return (
            f"{samples}: mean absolute error <b>{mean}</b> and root mean square error <b>{square}</b>"
            f"{of}{ahead}{rest}",
            f"mean absolute error <b>{mean}</b>{of}{rest}",
        )

    def _why_chosen(self, results: Results) -> str:
        """What the figures are worth where these samples chose the weights."""
        if not results.chose or self.data is None:
            return ""
        honest = " The test samples had no say in it." if Split.TEST in self.data.parts else ""
        return (
            f"Early stopping chose epoch {results.chose:,} by the loss of these very {results.part} samples, "
            f"so they are predicted a little better than new ones will be.{honest}"
        )

    def _left_out(self, results: Results) -> str:
        if self.data is None:
            return ""
        total, most = len(self.data.part(results.part)[0]), most_of(self.data)
        return f" · the first {most:,} of {total:,} samples" if total > most else ""

    def showing(self) -> Showing | None:
        latest, tabs = self._latest, (self.class_tabs, self.label_tabs, self.number_tabs)
        seen = next((one for one in tabs if one is not None and not one.isHidden()), None)
        if latest is None or seen is None:
            return None
        column = seen.groups.box.currentText() if seen.currentWidget() is seen.groups else ""
        tab = seen.tabText(seen.currentIndex())
        return self.shows(self.which.currentText(), tab, column, step=latest.step)

    def csv_text(self) -> str:
        """The backtest, while it is looked at."""
        results, tabs = self._latest, self.number_tabs
        backtest = results.backtest if isinstance(results, NumberResults) else None
        if backtest is None or tabs is None or tabs.currentWidget() is not tabs.backtest:
            return ""
        text = io.StringIO()
        table = csv.DictWriter(text, FIGURES, lineterminator="\n")
        table.writeheader()
        table.writerows(figures_of(backtest))
        return text.getvalue()

    def repaint_theme(self) -> None:
        for tabs in (self.class_tabs, self.label_tabs, self.number_tabs):
            if tabs is not None:
                tabs.repaint_theme()
        self._draw()


def _at(results: Results) -> str:
    """The run bar tells of the end of an epoch, which is another moment."""
    return f" · step {results.step:,}"


def _chose(results: Results) -> str:
    return " · a little too good: these samples chose the epoch" if results.chose else ""


def _ended(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _told_of_labels(labels: LabelResults, samples: str) -> tuple[str, str]:
    """How many labels are right, in full and in short."""
    share, whole = f"<b>{labels.accuracy.mean():.1%}</b>", f"<b>{labels.whole:.1%}</b>"
    count = len(labels.names)
    return (
        f"{samples} with {count:,} labels each: {share} of the labels right, all {count:,} in {whole} of the "
        "samples",
        f"{share} of labels right, all of a sample in {whole}",
    )


def told_explained(results: NumberResults) -> str:
    """R², which targets that are all alike do not have, as of a single sample."""
    of = OF_VALUES if results.of_values else ""
    return f", R²{of} <b>{results.explained:.4f}</b>" if isfinite(results.explained) else ""


def _non_finite(results: Results) -> str:
    return f" · predictions that are not finite: {results.non_finite:,}" if results.non_finite else ""


def _bits(results: ClassResults) -> str:
    """Of a text, what each character or word costs."""
    scores = results.text
    if scores is None or not isfinite(scores.nats):
        return ""
    told = f" · <b>{bits(scores.nats):.2f}</b> bits per {scores.unit.singular}"
    best = scores.best
    return told + (f", best n-gram {bits(scores.ngrams[best - 1]):.2f}" if best else "")


def _top_5(results: ClassResults) -> str:
    if isnan(results.top5):
        return ""
    ties = f", {counted(results.tied, 'tie')}" if results.tied else ""
    return f" · <b>{results.top5:.1%}</b> in the top 5 ({TOP / len(results.classes):.0%} by chance{ties})"


def _ties(results: ClassResults) -> str:
    """What is counted where five are not more probable than all others."""
    if not results.tied:
        return ""
    whose = counted(results.tied, "sample")
    return (
        f". For {whose}, other classes are exactly as probable: such a tie counts in part, as often as a "
        "random choice would put the class among the five"
    )
