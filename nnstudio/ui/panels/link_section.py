"""The selected link: from where to where it leads, what flows through it, and what can be done with it; of
several, how many there are, which, and what can be done with all of them.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nnkernels.spec import show_shape
from nnstudio.explain.link_flow import LinkFlow
from nnstudio.model.inspected_link import InspectedLink
from nnstudio.model.quantity import counted, in_digits
from nnstudio.ui.widgets.plain_text import PlainLabel, breakable
from nnstudio.ui.widgets.wrapping_row import WrappingRow

SIZE_TIP = "Mean of the absolute values, over all values and samples."
GRADIENT_TIP = "Root mean square of the gradient of the loss by these values: how strongly it pulls at them."
DOES = (
    ("Delete", "Take this link out; the nodes stay."),
    ("Insert a layer…", "Search for a layer and put it into this link."),
    ("Bend", "Put a dot into this link, which can be dragged, to lead it around something."),
)
# The same of several, by the same order; a layer goes into one link at a time.
DO_ALL = (
    ("Delete all", "Take these links out, in one step; the nodes stay."),
    ("", ""),
    ("Bend all", "Put a dot into each of these links, in one step, which can be dragged together."),
)
# So many of several links are named.
MOST_NAMED = 8


class LinkSection(QWidget):
    """Requests: remove_requested() of all that are selected, insert_requested(Link), bend_requested(list of
    Link).
    """

    remove_requested, insert_requested, bend_requested = Signal(), Signal(object), Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Link")
        self.shown: InspectedLink | None = None
        self.title, self.facts = PlainLabel(), PlainLabel()
        self.mean_size, self.gradient, self.of = PlainLabel(), PlainLabel(), PlainLabel()
        self.title.setObjectName("heading")
        self.of.setObjectName("muted")
        self.mean_size.setToolTip(SIZE_TIP)
        self.gradient.setToolTip(GRADIENT_TIP)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        for label in (self.title, self.facts, self.mean_size, self.gradient, self.of):
            label.setWordWrap(True)
            rows.addWidget(label)
        self.buttons = [QPushButton(text) for text, _tip in DOES]
        for button, request in zip(self.buttons, (self._remove, self._insert, self._bend), strict=True):
            button.setAutoDefault(False)
            button.clicked.connect(request)
        rows.addLayout(WrappingRow([[button] for button in self.buttons]))
        self.show_link(None)

    def _remove(self, _on: bool = False) -> None:
        if self.shown is not None:
            self.remove_requested.emit()

    def _insert(self, _on: bool = False) -> None:
        if self.shown is not None:
            self.insert_requested.emit(self.shown.link)

    def _bend(self, _on: bool = False) -> None:
        if self.shown is not None:
            self.bend_requested.emit([one.link for one in self.shown.every])

    def show_link(self, shown: InspectedLink | None) -> None:
        """Show another link, or several; None where none is selected."""
        if shown is None or self.shown is None or shown.link != self.shown.link or shown.beside:
            self.show_flow(None)
        self.shown = shown
        self.setVisible(shown is not None)
        if shown is None:
            return
        for button, (text, tip) in zip(self.buttons, DO_ALL if shown.beside else DOES, strict=True):
            button.setVisible(bool(text))
            button.setText(text)
            button.setToolTip(tip)
        if shown.beside:
            self._tell_all(shown.every)
        else:
            self._tell_one(shown)

    def _tell_all(self, every: tuple[InspectedLink, ...]) -> None:
        self.title.setText(f"{len(every)} links selected")
        named = [
            f"{one.source} → {one.target}{f': {show_shape(one.shape)}' if one.shape else ''}"
            for one in every[:MOST_NAMED]
        ]
        more = len(every) - len(named)
        told = [*named, f"and {more} more"] if more else named
        self.facts.setText(breakable("\n".join(told)))

    def _tell_one(self, shown: InspectedLink) -> None:
        self.title.setText(breakable(f"{shown.source} → {shown.target}"))
        lines = [f"Shape of each sample here: {show_shape(shown.shape) if shown.shape else 'not known yet'}"]
        if shown.inputs > 1:
            lines.append(f"Input {shown.number} of {shown.inputs} of {shown.target}")
        if shown.others:
            lines.append(f"{shown.source} feeds {counted(shown.others, 'other link')} with the same values.")
        self.facts.setText(breakable("\n".join(lines)))

    def show_flow(self, flow: LinkFlow | None) -> None:
        """Say how large the values and the gradient are; None while that is not known."""
        for label in (self.mean_size, self.gradient, self.of):
            label.setVisible(flow is not None)
        if flow is None:
            return
        self.mean_size.setText(f"Mean size of the values: {in_digits(flow.size, 3)}")
        back = "none flows back to here" if flow.gradient is None else in_digits(flow.gradient, 3)
        self.gradient.setText(f"Size of the gradient by them: {back}")
        self.of.setText(f"At step {flow.step:,}, over {counted(flow.samples, 'training sample')}")
