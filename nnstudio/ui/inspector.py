"""The selected node: its name, a form generated from its declaration, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from nnkernels.spec import Layer, show_shape
from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.ui.forms import LABEL_WIDTH, Form, replace_form

EMPTY = "Select a node to see and change its options."


class Inspector(QScrollArea):
    """Requests: changed(node, option, value); the option "name" renames."""

    changed = Signal(str, str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.node: Node | None = None
        self.form: Form | None = None
        self.name = QLineEdit()
        self.name.setAccessibleName("Name")
        self.help, self.facts, self.error, self.empty = QLabel(), QLabel(), QLabel(), QLabel(EMPTY)
        self.help.setObjectName("muted")
        self.error.setObjectName("error")
        self.empty.setObjectName("muted")
        for label in (self.help, self.facts, self.error, self.empty):
            label.setWordWrap(True)
        self.body = QWidget()
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(10, 6, 10, 10)
        self.rows.setSpacing(8)
        head = QWidget()
        head_layout = QFormLayout(head)
        head_layout.setContentsMargins(0, 0, 0, 0)
        label = QLabel("Name")
        label.setMinimumWidth(LABEL_WIDTH)
        label.setBuddy(self.name)
        head_layout.addRow(label, self.name)
        self.head = head
        for widget in (self.empty, self.help, head, self.error, self.facts):
            self.rows.addWidget(widget)
        self.rows.addStretch(1)
        self.setWidget(self.body)
        self.name.textEdited.connect(self._on_name_edited)
        self.show_node(None, None, NodeFacts())

    def show_node(
        self,
        node: Node | None,
        layer: Layer | None,
        facts: NodeFacts,
        count: int = 0,
        peers: Mapping[str, str] | None = None,
    ) -> None:
        """Show one node, or a hint where none or several are selected.

        ``peers`` are identifiers and names of the other layers of the same kind.
        """
        rebuild = (node and (node.id, node.kind)) != (self.node and (self.node.id, self.node.kind))
        self.node = node
        self.empty.setVisible(node is None)
        self.empty.setText(f"{count} nodes are selected." if count > 1 else EMPTY)
        for widget in (self.head, self.help, self.facts):
            widget.setVisible(node is not None)
        self.error.setVisible(bool(facts.error))
        self.error.setText(facts.error)
        if rebuild:
            replace_form(self.rows, self.form, None, 0)
            self.form = None
        if node is None or layer is None:
            return
        if rebuild:
            self._build(layer)
        self.help.setText(f"<b>{layer.title}.</b> {layer.help}")
        if self.name.text() != node.name:
            with QSignalBlocker(self.name):
                self.name.setText(node.name)
        if self.form is not None:
            for option in layer.options:
                if option.names_layer:
                    self.form.offer(option.name, peers or {})
            self.form.show_values({**layer.defaults(), **node.options})
        lines = []
        if facts.shape:
            lines.append(f"Output shape: <b>{show_shape(facts.shape)}</b>")
            lines.append(f"Parameters: <b>{facts.parameters:,}</b>")
            lines.append(f"Operations a sample: <b>{facts.flops:,}</b>")
        self.facts.setText("<br>".join(lines))

    def _build(self, layer: Layer) -> None:
        if layer.options:
            self.form = Form(layer.options)
            self.form.changed.connect(self._on_option_changed)
            replace_form(self.rows, None, self.form, self.rows.indexOf(self.head) + 1)

    def _on_option_changed(self, option: str, value: object) -> None:
        if self.node is not None:
            self.changed.emit(self.node.id, option, value)

    def _on_name_edited(self, text: str) -> None:
        if self.node is not None and text.strip():
            self.changed.emit(self.node.id, "name", text.strip())
