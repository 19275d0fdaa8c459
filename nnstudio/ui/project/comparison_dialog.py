"""Two networks side by side: their layers, and the samples on which they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnkernels.graph.network import outer_name
from nnkernels.program import Layout
from nnstudio.compare_command import Comparison
from nnstudio.explain.layer_names import called
from nnstudio.model.graph import Graph
from nnstudio.model.inference import NodeFacts
from nnstudio.model.locations import distinct_names
from nnstudio.ui.project.compared_canvas import ComparedCanvas, marks
from nnstudio.ui.project.report import as_label
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.short_label import ShortLabel

LEGEND = (
    "= the same layer, though it may take in something else · ≠ differs: “weights by 50%” means that the "
    "typical difference of a weight is half of a typical weight on the left · + only in this network. Press "
    "a layer to see its partner, and the row that tells more."
)


@dataclass(frozen=True)
class Drawn:
    """A network that is drawn: its graph, nobody else's, and what is known of its nodes."""

    graph: Graph
    facts: Mapping[str, NodeFacts]


def drawn(graph: Graph, layout: Layout) -> Drawn:
    """A graph with the shapes that its network has."""
    facts = {name: NodeFacts(n.shape, "", n.parameter_count) for name, n in layout.nodes.items()}
    return Drawn(graph, facts)


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
        self.layers = _table(
            "Layers", (*names, "How they differ"),
            [
                (_called(pair.first, networks[:1]), _called(pair.second, networks[1:]), pair.sentence)
                for pair in comparison.pairs
            ],
        )  # fmt: skip
        self.layers.itemSelectionChanged.connect(self._follow_row)
        worst = () if told is None else told.worst
        self.samples = _table(
            "Samples seen most differently", ("Sample", "True", *names),
            [(f"{s.index:,}", s.truth, *s.told(called)) for s in worst],
        )  # fmt: skip
        self.notes = as_label("\n".join(comparison.notes))
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
        rows.addWidget(self.said)
        if self.canvases:
            beside = QHBoxLayout()
            for side, (name, canvas) in enumerate(zip(names, self.canvases, strict=True)):
                column = QVBoxLayout()
                # However long the names are, both networks have the same room.
                title = ShortLabel()
                title.setContentsMargins(0, 0, 0, 0)
                title.setObjectName("heading")
                title.show_text(name)
                column.addWidget(title)
                column.addWidget(canvas, 1)
                beside.addLayout(column, 1)
                canvas.picked.connect(partial(self._pick, side))
            rows.addLayout(beside, 3)
            legend = PlainLabel(LEGEND)
            legend.setObjectName("muted")
            legend.setWordWrap(True)
            rows.addWidget(legend)
        rows.addWidget(self.layers, 2)
        heading = as_label("Samples that they see most differently:")
        for widget, stretch in ((heading, 0), (self.samples, 1)):
            rows.addWidget(widget, stretch)
            widget.setVisible(has_samples)
        rows.addWidget(self.notes)
        rows.addLayout(buttons)
        give_size(self, 980, 760 if self.canvases else 560)

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


def _table(name: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> QTableWidget:
    table = QTableWidget(len(rows), len(header))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(header))
    table.verticalHeader().hide()
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.setItem(row, column, QTableWidgetItem(text))
    table.resizeColumnsToContents()
    table.horizontalHeader().setSectionResizeMode(len(header) - 1, QHeaderView.ResizeMode.Stretch)
    table.setWordWrap(True)
    # Whenever a column becomes wider or narrower, for texts that take several lines.
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return table
