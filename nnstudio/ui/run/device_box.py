"""What networks can be trained on: the processor of this machine, or its graphics card."""

from __future__ import annotations

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
    box.setToolTip(
        "Where networks train on this machine.\n" + "\n".join(f"{t}: {tip}" for t, _, tip in DEVICES)
    )
    return box
