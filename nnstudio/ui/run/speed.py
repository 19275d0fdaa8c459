"""How fast networks are trained: so that a person can follow, or as fast as the machine can."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from nnstudio.training.phase import WATCH_EPOCHS_PER_SECOND
from nnstudio.ui.widgets.choice_box import ChoiceBox

# What it is called, whether it is full speed, and a line about it.
SPEEDS = (
    ("Watch", False, f"At most {WATCH_EPOCHS_PER_SECOND:.0f} epochs per second, so that you can follow"),
    ("Full speed", True, "As fast as the machine can; views update less often"),
)


def speed_box() -> QComboBox:
    """A box to choose it in; the data of its entries is whether they are full speed."""
    box = ChoiceBox()
    box.setAccessibleName("Speed")
    for title, full, tip in SPEEDS:
        box.addItem(title, full)
        box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    box.setToolTip("\n".join(f"{title}: {tip}" for title, _, tip in SPEEDS))
    return box
