"""Loss, optimizer with its own options, batch size, epochs, seed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from nnkernels.spec import Option, losses, optimizers
from nnstudio.model.settings import BATCH_SIZE, EPOCHS, SEED, TrainingSettings
from nnstudio.ui.forms import Form, replace_form


class TrainingPanel(QScrollArea):
    """Request: changed(name, value), names as in TrainingSettings.with_option."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        names = {
            "loss": {x.id: x.title for x in losses}, "optimizer": {x.id: x.title for x in optimizers},
        }  # fmt: skip
        first = Option("loss", "mse", "What the training makes small.", choices=tuple(names["loss"]))
        second = Option(
            "optimizer", "adam", "How weights follow the slope.", choices=tuple(names["optimizer"])
        )
        self.main = Form([first, second, BATCH_SIZE, EPOCHS, SEED], names)
        self.main.changed.connect(self.changed)
        self.help = QLabel()
        self.help.setObjectName("muted")
        self.help.setWordWrap(True)
        self.optimizer_form: Form | None = None
        self.loss_form: Form | None = None
        self._shown_optimizer = self._shown_loss = ""
        body = QWidget()
        self.rows = QVBoxLayout(body)
        self.rows.setContentsMargins(10, 8, 10, 10)
        self.rows.addWidget(self.main)
        self.rows.addWidget(self.help)
        self.rows.addStretch(1)
        self.setWidget(body)

    def show_settings(self, settings: TrainingSettings) -> None:
        """Show values; the optimizer's own options follow its choice."""
        if settings.loss != self._shown_loss:
            self._shown_loss = settings.loss
            form = Form(losses[settings.loss].options)
            form.changed.connect(self.changed)
            replace_form(self.rows, self.loss_form, form, 1)
            form.setVisible(bool(form.options))
            self.loss_form = form
        if settings.optimizer != self._shown_optimizer:
            self._shown_optimizer = settings.optimizer
            form = Form(optimizers[settings.optimizer].options)
            form.changed.connect(self.changed)
            replace_form(self.rows, self.optimizer_form, form, 2)
            self.optimizer_form = form
        self.main.show_values(vars(settings))
        if self.optimizer_form is not None:
            self.optimizer_form.show_values(settings.hyperparameters())
        if self.loss_form is not None:
            self.loss_form.show_values({**losses[settings.loss].defaults(), **settings.loss_options})
        loss, optimizer = losses[settings.loss], optimizers[settings.optimizer]
        self.help.setText(f"<b>{loss.title}.</b> {loss.help}<br><b>{optimizer.title}.</b> {optimizer.help}")
