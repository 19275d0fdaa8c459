"""The mark of an optimizer group on a node: a stripe at its right edge, in the group's colour, and words."""

from __future__ import annotations

from zlib import crc32

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath

from nnkernels.spec import MAIN_GROUP, Layer, Role, SpecError, read_groups, read_target
from nnstudio.model.graph import Node
from nnstudio.ui.widgets.theme import theme

# Of the stripe.
WIDTH = 5.0
# By this, a generator has the colour of generated samples.
SHIFT = 4


def groups_of(node: Node, layer: Layer) -> tuple[str, ...]:
    """The groups that an Output trains, or that a layer belongs to; none where nobody chose one."""
    if layer.role == Role.OUTPUT:
        try:
            return read_groups(str(node.options.get("trains", ""))) or ()
        except SpecError:
            return ()
    group = str(node.options.get("optimizer_group", MAIN_GROUP))
    return () if group == MAIN_GROUP else (group,)


def words(node: Node, layer: Layer) -> list[str]:
    """What is said of them on the node; of an Output also a target that is not the data, and a weight."""
    groups = groups_of(node, layer)
    if layer.role != Role.OUTPUT:
        return list(groups)
    told = []
    try:
        target = read_target(str(node.options.get("target", "")))
    except SpecError:
        target = None
    if target is not None:
        told.append(f"target {target:g}")
    if (weight := float(node.options.get("weight", 1.0))) != 1:
        told.append(f"weight {weight:g}")
    return [*told, ", ".join(groups)] if groups else told


def group_tip(node: Node, layer: Layer) -> str:
    """The same in a sentence."""
    told = ", ".join(words(node, layer))
    return f"Its loss: {told}" if layer.role == Role.OUTPUT else f"Optimizer group: {told}"


def colour_of_group(name: str) -> QColor:
    """The same for a name on every canvas; two groups may have one, so that it never stands alone."""
    return QColor(theme.class_colour(crc32(name.encode()) + SHIFT))


def paint_groups(painter: QPainter, body: QPainterPath, box: QRectF, groups: tuple[str, ...]) -> None:
    """A stripe at the right edge of a body, in as many parts as there are groups."""
    for number, name in enumerate(groups):
        height = box.height() / len(groups)
        part = QPainterPath()
        part.addRect(QRectF(box.right() - WIDTH, box.top() + number * height, WIDTH, height))
        painter.fillPath(body.intersected(part), colour_of_group(name))


__all__ = ["colour_of_group", "group_tip", "groups_of", "paint_groups", "words"]
