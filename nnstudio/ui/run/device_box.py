"""What networks can be trained on: the processor of this machine, or its graphics card."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from nnstudio.training.phase import Device
from nnstudio.ui.widgets.choice_box import ChoiceBox

DEVICES = (
    ("CPU", Device.CPU, "The processor of this machine"),
    (
        "GPU",
        Device.CUDA,
        "An NVIDIA graphics card; worth it for networks of some size",
    ),
)


def device_box(parent: QWidget | None = None) -> QComboBox:
    """A box to choose the device in; the data of its entries is the device."""
    box = ChoiceBox(parent)
    box.setAccessibleName("Device")
    for title, device, tip in DEVICES:
        box.addItem(title, device)
        box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    show_slowness(box, ())
    return box


def show_slowness(box: QComboBox, sentences: Sequence[str]) -> None:
    """Have the box's tip end with why the device takes longer than it might."""
    lines = ["Where networks train on this machine.", *(f"{t}: {tip}" for t, _, tip in DEVICES), *sentences]
    box.setToolTip("\n".join(lines))
