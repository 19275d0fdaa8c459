"""Two networks side by side: their layers, and the samples on which they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnkernels.graph.network import outer_name
from nnkernels.program import Layout
from nnstudio.compare_command import Comparison
from nnstudio.explain.comparison import Agreement
from nnstudio.explain.layer_names import called
from nnstudio.model.graph import Graph
from nnstudio.model.inference import NodeFacts
from nnstudio.model.locations import distinct_names
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.curve import Curve
from nnstudio.ui.project.compared_canvas import ComparedCanvas, colour_of, marks
from nnstudio.ui.project.compared_curves import ComparedCurves
from nnstudio.ui.project.report import as_label
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.short_label import ShortLabel

LEGEND = (
    "= the same layer, though it may take in something else · ≠ differs: “weights by 50%” means that the "
    "typical difference of a weight is half of a typical weight on the left · + only in this network. Press "
    "a layer to see its partner, and the row that tells more."
)
NONE_APART = "They say the same of every sample."
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Drawn:
    """A network that is drawn: its graph, nobody else's, what is known of its nodes, and the curve of its
    run, nobody else's.
    """

    graph: Graph
    facts: Mapping[str, NodeFacts]
    curve: Curve

    @property
    def size(self) -> str:
        """How large it is, in a few words."""
        parameters = sum(facts.parameters for facts in self.facts.values())
        return f"{counted(len(self.graph.nodes), 'node')}, {counted(parameters, 'parameter')}"


def drawn(graph: Graph, layout: Layout, curve: Curve | None = None) -> Drawn:
    """A graph with the shapes that its network has."""
    facts = {name: NodeFacts(n.shape, "", n.parameter_count) for name, n in layout.nodes.items()}
    return Drawn(graph, facts, Curve() if curve is None else curve.copy())


class ComparisonDialog(QDialog):
    """The report that `nnstudio compare` prints, and both networks with what differs marked.

    ``names`` of the two; ``networks`` are drawn where both are known.
    """

    def __init__(
        self, parent: QWidget, names: tuple[str, str], comparison: Comparison, networks: Sequence[Drawn] = ()
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"{names[0]} and {names[1]}")
        told, self._pairs = comparison.agreement, comparison.pairs
        known = {node.id: node.name for network in networks[:1] for node in network.graph.nodes}
        called = comparison.names or known
        self.said = as_label(comparison.apart if told is None else told.sentence(called))
        self.canvases = [
            ComparedCanvas(name, network.graph, network.facts, marks(comparison.pairs, is_first=side == 0))
            for side, (name, network) in enumerate(zip(names, networks, strict=False))
        ]
        self.curves = ComparedCurves(names, [n.curve for n in networks] or [Curve(), Curve()])
        self._sizes = [network.size for network in networks]
        self.layers = _table(
            "Layers", (*names, "Weights", "Outputs", "How they differ"),
            [
                (
                    _called(pair.first, networks[:1]), _called(pair.second, networks[1:]),
                    _share(pair.weights), _share(pair.outputs), pair.sentence,
                )
                for pair in comparison.pairs
            ],
            figures=(2, 3),
        )  # fmt: skip
        self._mark_rows()
        self.layers.itemSelectionChanged.connect(self._follow_row)
        worst = () if told is None else told.worst
        self.samples = _table(
            "Samples seen most differently", ("Sample", "True", *names),
            [(f"{s.index:,}", s.truth, *s.told(called)) for s in worst], figures=(0,),
        )  # fmt: skip
        self.samples.verticalHeader().hide()
        self.headline = QLabel("" if told is None else _headline(told))
        self.notes = as_label("\n".join(comparison.notes))
        self.agreed = as_label(NONE_APART)
        self.agreed.setObjectName("muted")
        self.agreed.setVisible(told is not None and not worst)
        self._put_together(bool(worst), names)
        self.notes.setVisible(bool(comparison.notes))

    def _put_together(self, has_samples: bool, names: tuple[str, str]) -> None:
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        close.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        rows = QVBoxLayout(self)
        rows.setSpacing(10)
        top, inside = _card()
        self.headline.setObjectName("title")
        self.headline.setVisible(bool(self.headline.text()))
        inside.addWidget(self.headline)
        inside.addWidget(self.said, 1)
        rows.addWidget(top)
        if self.canvases:
            beside = QHBoxLayout()
            beside.setSpacing(10)
            for side, (name, canvas) in enumerate(zip(names, self.canvases, strict=True)):
                beside.addWidget(self._network_card(side, name, canvas), 1)
            rows.addLayout(beside, 3)
            legend = PlainLabel(LEGEND)
            legend.setObjectName("muted")
            legend.setWordWrap(True)
            rows.addWidget(legend)
        rows.addWidget(self.layers, 3)
        below, samples = QHBoxLayout(), QVBoxLayout()
        below.setSpacing(16)
        samples.addWidget(_heading("Samples that they see most differently"))
        samples.addWidget(self.samples, 1)
        shown = QWidget()
        samples.setContentsMargins(0, 0, 0, 0)
        shown.setLayout(samples)
        shown.setVisible(has_samples)
        self.curves.setVisible(self.curves.are_known)
        for widget in (self.curves, shown):
            below.addWidget(widget, 1)
        rows.addWidget(self.agreed)
        rows.addLayout(below, 2)
        rows.addWidget(self.notes)
        rows.addLayout(buttons)
        give_size(self, 1020, 860 if self.canvases else 620)

    def _network_card(self, side: int, name: str, canvas: ComparedCanvas) -> QFrame:
        """A network below its name and size; however long the name is, both have the same room."""
        card, inside = _card(QVBoxLayout())
        title = ShortLabel()
        title.setContentsMargins(0, 0, 0, 0)
        title.setObjectName("heading")
        title.show_text(name)
        size = PlainLabel(self._sizes[side])
        size.setObjectName("small")
        for widget, stretch in ((title, 0), (size, 0), (canvas, 1)):
            inside.addWidget(widget, stretch)
        canvas.setFrameShape(QFrame.Shape.NoFrame)
        canvas.picked.connect(partial(self._pick, side))
        return card

    def _mark_rows(self) -> None:
        """The sign of each row's layers before it, in its colour, as in the networks above."""
        of_first, of_second = (marks(self._pairs, is_first=is_first) for is_first in (True, False))
        for row, pair in enumerate(self._pairs):
            mark = of_first.get(outer_name(pair.first)) or of_second[outer_name(pair.second)]
            item = QTableWidgetItem(str(mark.likeness))
            item.setForeground(QColor(colour_of(mark.likeness)))
            item.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
            self.layers.setVerticalHeaderItem(row, item)

    def _pick(self, side: int, node: str) -> None:
        """Show the rows of a layer that was pressed."""
        chosen = [outer_name(pair.second if side else pair.first) for pair in self._pairs]
        if node in chosen:
            self.layers.selectRow(chosen.index(node))
        else:
            self.layers.clearSelection()

    def _follow_row(self) -> None:
        """Mark both layers of the row that is selected."""
        rows = self.layers.selectionModel().selectedRows()
        pair = self._pairs[rows[0].row()] if rows else None
        for side, canvas in enumerate(self.canvases):
            name = "" if pair is None else (pair.second if side else pair.first)
            canvas.choose(outer_name(name))

    def done(self, result: int) -> None:
        # Qt tells no close event where Escape closes it.
        for canvas in self.canvases:
            canvas.close_canvas()
        self.canvases = []
        super().done(result)


def _called(name: str, networks: Sequence[Drawn]) -> str:
    """A layer, also one inside of another, by its name on the canvas where it is drawn; "-" for none."""
    names = [distinct_names(network.graph.names()) for network in networks]
    return called(name, next(iter(names), {})) if name else "-"


def _share(value: float | None) -> str:
    """How far apart two layers are, as a share; "-" where there is nothing to tell."""
    if value is None:
        return "-"
    return "0%" if not value else f"{value:.1%}" if value < 1 else f"{value:,.0%}"


def _headline(told: Agreement) -> str:
    """The figure that says most of how well they agree; none of several Outputs."""
    if told.outputs:
        return ""
    if told.share is not None:
        return f"{told.share:.1%}"
    return f"± {in_digits(told.mean, 3)}" if told.mean is not None else ""


def _heading(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName("heading")
    return label


def _card(inside: QBoxLayout | None = None) -> tuple[QFrame, QBoxLayout]:
    """A frame as rows of panels have, and the layout of what is in it."""
    frame, layout = QFrame(), QHBoxLayout() if inside is None else inside
    frame.setObjectName("row")
    layout.setContentsMargins(12, 8, 12, 8)
    frame.setLayout(layout)
    return frame, layout


class _Table(QTableWidget):
    """Its columns are as broad as their titles with the room that the style has around them, and its rows as
    high as texts of several lines.
    """

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for column in range(self.columnCount() - 1):
            self.resizeColumnToContents(column)
        self.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resizeRowsToContents()


def _table(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[int]
) -> QTableWidget:
    """Those columns that are ``figures`` stand at the right."""
    table = _Table(len(rows), len(header))
    table.setAccessibleName(name)
    table.setObjectName("data")
    table.setShowGrid(False)
    for side, which in ((table.horizontalHeader(), "columns"), (table.verticalHeader(), "rows")):
        side.setObjectName(which)
        side.setHighlightSections(False)
    FadingEdges(table, "base")
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignTop | (RIGHT if column in figures else LEFT))
            table.setItem(row, column, item)
    for column, text in enumerate(header):
        item = QTableWidgetItem(text)
        item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | (RIGHT if column in figures else LEFT))
        table.setHorizontalHeaderItem(column, item)
    table.horizontalHeader().setSectionResizeMode(len(header) - 1, QHeaderView.ResizeMode.Stretch)
    table.setWordWrap(True)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    return table
