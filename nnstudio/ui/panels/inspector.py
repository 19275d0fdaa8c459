"""The selected nodes: name, a form generated from their declarations, what follows from it; or a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from nnkernels.spec import Layer, Option, Role, Shape, show_shape
from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.model.inspected_link import InspectedLink
from nnstudio.model.titles import LAYER_TITLES, VALUE_TITLES
from nnstudio.ui.panels.link_section import LinkSection
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.field_notes import is_undo
from nnstudio.ui.widgets.forms import LABEL_WIDTH, MIXED, Form, replace_form
from nnstudio.ui.widgets.plain_text import PlainLabel, breakable, plain_tip

EMPTY = "Select a node to see and change its options, or a link to see what flows through it."
# What only the program sets.
HIDDEN = ("network",)
# Lines of a panel in which the help leaves room for the fields below it, and where it stands there.
HIGH, FIRST = 20, 1


class Inspector(QScrollArea):
    """Requests: changed(nodes, option, value); the option "name" renames one. vary_requested(node, option).

    ``judge(nodes, option, text)`` says why a text cannot be what a person typed it for, or "".
    """

    changed = Signal(object, str, object)
    vary_requested = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.judge: Callable[[list[str], str, str], str] = lambda _nodes, _option, _text: ""
        self.nodes: list[Node] = []
        self.form: Form | None = None
        self._is_low, self._task = False, ""
        self._shown: tuple[object, ...] = ()
        self.name = NameEdit()
        self.name.setAccessibleName("Name")
        self.help, self.facts = QLabel(), QLabel()
        self.error, self.empty = PlainLabel(), PlainLabel(EMPTY)
        self.help.setObjectName("muted")
        self.error.setObjectName("error")
        self.empty.setObjectName("muted")
        for label in (self.help, self.facts, self.error, self.empty):
            label.setWordWrap(True)
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(10, 6, 10, 10)
        self.rows.setSpacing(8)
        head = QWidget()
        head_layout = QFormLayout(head)
        head_layout.setContentsMargins(0, 0, 0, 0)
        head_layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.label = QLabel("Name")
        self.label.setMinimumWidth(LABEL_WIDTH)
        self.label.setBuddy(self.name)
        head_layout.addRow(self.label, self.name)
        self.head, self.link = head, LinkSection()
        for widget in (self.link, self.empty, self.help, head, self.error, self.facts):
            self.rows.addWidget(widget)
        self.rows.addStretch(1)
        self.setWidget(self.body)
        self.name.textEdited.connect(self._on_name_edited)
        self.show_nodes([], {})

    def show_nodes(
        self,
        nodes: Sequence[Node],
        layers: Mapping[str, Layer],
        facts: NodeFacts | None = None,
        inputs: Sequence[Shape] = (),
        peers: Mapping[str, str] | None = None,
        link: InspectedLink | None = None,
    ) -> None:
        """Show one node, what several have in common, a ``link``, or a hint where nothing is selected.

        ``layers`` by kind; ``facts`` of a single node, and the shapes that enter it; ``peers`` are
        identifiers and names of the other layers of its kind.
        """
        self.nodes = list(nodes)
        facts, one = facts or NodeFacts(), len(nodes) == 1
        kinds = list(dict.fromkeys(n.kind for n in nodes))
        options = _common([layers[k] for k in kinds])
        if not one:
            options = [o for o in options if not o.names_layer]
        shown = (*(n.id for n in nodes), *kinds)
        if shown != self._shown:
            self._shown = shown
            self._build(options)
        self.link.show_link(link)
        self.empty.setVisible(not one and link is None)
        self._say(_summary(nodes, kinds, layers) if nodes else self._nothing)
        for widget in (self.head, self.help, self.facts):
            widget.setVisible(one)
        self.error.setVisible(one and bool(facts.error))
        self.error.setText(facts.error)
        if self.form is not None:
            for option in options:
                if option.names_layer:
                    self.form.offer(option.name, peers or {})
            self.form.show_values(
                {
                    o.name: _value([layers[n.kind].defaults() | n.options for n in nodes], o.name)
                    for o in options
                }
            )
        if one:
            self._show_one(nodes[0], layers[kinds[0]], facts, inputs)

    def show_task(self, sentence: str) -> None:
        """Say while nothing is selected what is learned from what; "" where that is not known."""
        self._task = sentence
        if not self.nodes:
            self._say(self._nothing)

    def _say(self, text: str) -> None:
        self.empty.setText(breakable(text))
        # In a low panel with large letters it is cut.
        self.empty.setToolTip(plain_tip(text))

    @property
    def _nothing(self) -> str:
        return "\n\n".join(filter(None, (self._task, EMPTY)))

    def _show_one(self, node: Node, layer: Layer, facts: NodeFacts, inputs: Sequence[Shape]) -> None:
        formula = f"<br><i>{escape(layer.formula)}</i>" if layer.formula else ""
        self.help.setText(f"<b>{escape(layer.title)}.</b> {escape(layer.help)}{formula}")
        if self.name.text() != node.name:
            with QSignalBlocker(self.name):
                self.name.setText(node.name)
        lines = []
        if facts.shape:
            entering = ", ".join(show_shape(s) for s in inputs)
            arrow = f"{entering} → " if entering else ""
            lines.append(f"Shape: {arrow}<b>{show_shape(facts.shape)}</b>")
            lines.append(f"Parameters: <b>{facts.parameters:,}</b>")
            lines.append(f"Operations per sample: <b>{facts.flops:,}</b>")
        if layer.role == Role.SUBNETWORK:
            lines.append("Double-click to open it; Ctrl+Up leads back out.")
        self.facts.setText("<br>".join(lines))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low panel the fields come first, and what the layer is stands below them."""
        super().resizeEvent(event)
        is_low = self.viewport().height() < HIGH * self.fontMetrics().lineSpacing()
        if is_low != self._is_low:
            self._is_low = is_low
            self.rows.removeWidget(self.help)
            self.rows.insertWidget(self.rows.indexOf(self.facts) if is_low else FIRST, self.help)

    def _build(self, options: Sequence[Option]) -> None:
        replace_form(self.rows, self.form, None, 0)
        self.form = None
        if options:
            one = len(self.nodes) == 1
            self.form = Form(options, VALUE_TITLES, resets=True, names=LAYER_TITLES, varies=one)
            self.form.judge = self._judge
            self.form.vary_requested.connect(
                lambda option: self.vary_requested.emit(self.nodes[0].id, option)
            )
            self.form.changed.connect(self._on_option_changed)
            replace_form(self.rows, None, self.form, self.rows.indexOf(self.head) + 1)
            self.form.follow(self.name)

    def _judge(self, option: str, text: str) -> str:
        return self.judge([n.id for n in self.nodes], option, text)

    def _on_option_changed(self, option: str, value: object) -> None:
        if self.nodes:
            self.changed.emit([n.id for n in self.nodes], option, value)

    def _on_vary(self, option: str) -> None:
        self.vary_requested.emit(self.nodes[0].id, option)

    def _on_name_edited(self, text: str) -> None:
        if len(self.nodes) == 1 and text.strip():
            self.changed.emit([self.nodes[0].id], "name", text.strip())


class NameEdit(QLineEdit):
    """The name of a node: each letter is a change of the document."""

    def event(self, event: QEvent) -> bool:
        if is_undo(event):
            event.ignore()
            return True
        return super().event(event)


def _common(layers: Sequence[Layer]) -> list[Option]:
    """Options that all of these declare alike."""
    if not layers:
        return []
    shared = [o for o in layers[0].options if all(o in other.options for other in layers)]
    return [o for o in shared if o.name not in HIDDEN]


def _value(options: Sequence[Mapping[str, Any]], name: str) -> Any:
    first = options[0][name]
    return first if all(o[name] == first for o in options) else MIXED


def _summary(nodes: Sequence[Node], kinds: Sequence[str], layers: Mapping[str, Layer]) -> str:
    counts = ", ".join(f"{sum(n.kind == k for n in nodes)} {layers[k].title}" for k in kinds)
    return f"{len(nodes)} nodes are selected: {counts}. A change applies to all of them."
