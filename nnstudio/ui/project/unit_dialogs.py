"""How many units a trained layer gets or loses: what that does is said before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QPushButton, QWidget

from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.surgery.pruning import Removal, Units
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, on_button

COPIES = (
    "New units begin as copies of those that are there, and the layers behind share their weights between "
    "them, where that is possible: then the predictions stay the same. Undo takes it back."
)
# No layer has more.
MOST_UNITS = 65536


class UnitsDialog(QDialog):
    """Sentences, a number, and two buttons."""

    def __init__(self, parent: QWidget, title: str, said: str, field: WholeEdit, verb: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.said, self.field, self.is_closed = PlainLabel(said), field, False
        self.said.setWordWrap(True)
        label = QLabel(on_button(field.accessibleName()))
        label.setBuddy(field)
        form = QFormLayout()
        form.addRow(label, field)
        self.button, cancel = QPushButton(verb), QPushButton("Cancel")
        self.button.clicked.connect(self.accept)
        self.button.setDefault(True)
        cancel.clicked.connect(self.reject)
        cancel.setAutoDefault(False)
        self.column = lay_out(self, (self.said, form), (cancel, self.button))
        self.setMinimumWidth(460)

    def done(self, result: int) -> None:
        # What was asked for may still come, and finds nobody.
        self.is_closed = True
        super().done(result)
        self.deleteLater()


def widen_dialog(parent: QWidget, name: str, units: int, widen: Callable[[int], object]) -> UnitsDialog:
    """Asks for more units than a layer has; ``widen`` is called with the number that a person wants."""
    field = WholeEdit("Units", units, MOST_UNITS)
    field.setValue(min(2 * units, MOST_UNITS))
    dialog = UnitsDialog(parent, f"Widen {name}", COPIES, field, "Widen")
    dialog.accepted.connect(lambda: widen(field.value()))
    return dialog


class PruneDialog(UnitsDialog):
    """Request: loss_wanted(units that stay); ``remove`` is called with those that are to stay."""

    loss_wanted = Signal(object)

    def __init__(
        self, parent: QWidget, name: str, units: Units, remove: Callable[[Sequence[int]], object]
    ) -> None:
        self.units = units
        field = WholeEdit("Units to remove", 0, len(units.order) - 1)
        field.setValue(units.idle)
        super().__init__(parent, f"Remove units of {name}", self._told(name), field, "Remove")
        self.loss = PlainLabel()
        self.loss.setWordWrap(True)
        self.loss.setAccessibleName("Loss before and after")
        self.column.insertWidget(2, self.loss)
        field.valueChanged.connect(self._ask)
        self.accepted.connect(lambda: remove(self.kept))

    @property
    def kept(self) -> tuple[int, ...]:
        """The units that stay."""
        return self.units.kept(self.field.value())

    def open(self) -> None:
        super().open()
        self._ask()

    def show_loss(self, kept: Sequence[int], removal: Removal) -> None:
        """The losses with all units and with those only; an answer that comes late is dropped."""
        if tuple(kept) == self.kept:
            before, after = (in_digits(loss) for loss in (removal.before, removal.after))
            where = counted(removal.samples, f"{self.units.part} sample")
            self.loss.setText(f"Loss on {where}: {before} with all units, {after} without these.")

    def _told(self, name: str) -> str:
        units, total = self.units, len(self.units.order)
        where = counted(units.samples, f"{units.part} sample")
        if not units.idle:
            return (
                f"Each of the {counted(total, 'unit')} of {name} does something: without it, predictions on "
                f"{where} change. The units that matter least are removed first."
            )
        do, it = ("does", "it") if units.idle == 1 else ("do", "any one of them")
        return (
            f"{units.idle:,} of the {counted(total, 'unit')} of {name} {do} nothing: without {it}, no "
            f"prediction on {where} changes. Beyond those, the units that matter least are removed."
        )

    def _ask(self) -> None:
        self.button.setEnabled(self.field.value() > 0)
        self.loss.setText("Loss: …" if self.field.value() else "Nothing is removed.")
        if self.field.value():
            self.loss_wanted.emit(self.kept)
