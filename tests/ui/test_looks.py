"""Looks: pictures of nodes, the problems panel and both themes, compared with kept ones.

Fonts differ between machines, so pictures are compared small: a cell of 6 x 6 pixels is one colour.
NNSTUDIO_LOOKS=write keeps new pictures; look at them before you commit them.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from nnkernels.spec import SUBNETWORK
from nnstudio.explain.thumbnails import Thumbnail, ThumbnailKind
from nnstudio.model.graph import Graph, Link, Node, Note
from nnstudio.model.inference import NodeFacts
from nnstudio.model.problems import Problem, Repair
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.canvas.scene import CanvasScene
from nnstudio.ui.panels.problems_panel import ProblemsPanel
from nnstudio.ui.widgets.theme import theme

KEPT = Path(__file__).parent / "looks"
CELL = 6
# Of 255: mean over all cells, and the share of cells that may be far off. Measured: another family or a
# point more or less changes 1.9 and 0.025 at the most, a moved node 2.4 and 0.04.
MEAN, FAR, SHARE = 2.2, 24, 0.03
ERROR = "Dense reads a list of values, but a picture comes in. Insert Flatten before it."


@pytest.fixture(params=["light", "dark"])
def colours(request, qtbot):
    application = QApplication.instance()
    application.setStyle("Fusion")
    theme.apply(application, dark=request.param == "dark")
    yield request.param
    theme.apply(application, dark=False)


def cells(image: QImage) -> np.ndarray:
    """Mean colours of cells, (rows, columns, 3)."""
    small = image.convertToFormat(QImage.Format.Format_RGB888)
    width, height = small.width() // CELL, small.height() // CELL
    rows = np.frombuffer(small.constBits(), np.uint8).reshape(small.height(), small.bytesPerLine())
    pixels = rows[: height * CELL, : width * CELL * 3].astype(float)
    return pixels.reshape(height, CELL, width, CELL, 3).mean((1, 3))


def differs(one: QImage, other: QImage) -> str:
    """How two pictures differ, or "" where they look the same."""
    if one.size() != other.size():
        return f"sizes {one.size().toTuple()} and {other.size().toTuple()}"
    far = np.abs(cells(one) - cells(other)).max(-1)
    share = float((far > FAR).mean())
    return f"mean {far.mean():.1f}, {share:.1%} far off" if far.mean() > MEAN or share > SHARE else ""


def same_as_kept(image: QImage, name: str) -> None:
    path = KEPT / f"{name}.png"
    if os.environ.get("NNSTUDIO_LOOKS") == "write":
        KEPT.mkdir(exist_ok=True)
        image.save(str(path))
    kept = QImage(str(path))
    assert not kept.isNull(), f"{path} is missing"
    assert differs(image, kept) == "", name


def nodes_scene() -> CanvasScene:
    """One of each: plain, selected, with a face, faulty, unknown, sub-network, dot, note and frame."""
    graph = Graph()
    kinds = ("input", "dense", "conv2d", "dense", "relu", SUBNETWORK, "identity")
    for i, kind in enumerate(kinds):
        layer = graph.registry[kind]
        position = (i % 4 * 230.0, i // 4 * 170.0)
        graph.insert_node(Node(f"n{i}", kind, f"{layer.title} {i}", *position, layer.defaults()))
    for a, b in (("n0", "n1"), ("n1", "n2"), ("n2", "n3"), ("n4", "n5"), ("n5", "n6")):
        graph.insert_link(Link(a, b))
    graph.insert_note(Note("f", "A frame", -20, 130, 450, 130, True))
    graph.insert_note(Note("t", "Try fewer filters here", 680, 180, 170, 70))
    scene = CanvasScene(graph)
    shapes = {"n0": (28, 28, 1), "n1": (16,), "n2": (26, 26, 8), "n5": (26, 26, 8), "n6": (26, 26, 8)}
    facts = {n: NodeFacts(s, parameters=1234 if n in ("n1", "n2", "n5") else 0) for n, s in shapes.items()}
    scene.show_facts(facts | {"n3": NodeFacts(error=ERROR)})
    scene.select(["n1"])
    tiles = (np.arange(8 * 16 * 16) % 254 + 1).astype(np.uint8).reshape(8, 16, 16)
    scene.nodes["n2"].set_thumbnail(Picture(Thumbnail(ThumbnailKind.PICTURE, tiles, 8), True))
    return scene


def picture_of(scene: CanvasScene, scale: int) -> QImage:
    box = QRectF(-40, -30, 920, 320)
    image = QImage(QSize(920 * scale, 320 * scale), QImage.Format.Format_RGB32)
    image.fill(QColor(theme.colours.canvas))
    painter = QPainter(image)
    for item in scene.nodes.values():
        item.setCacheMode(item.CacheMode.NoCache)
    scene.render(painter, QRectF(image.rect()), box)
    painter.end()
    return image


@pytest.mark.parametrize("scale", [1, 2])
def test_thumbnails_of_nodes(colours, scale):
    scene = nodes_scene()
    same_as_kept(picture_of(scene, scale), f"nodes-{colours}-{scale}x")
    scene.close()


def test_the_problems_panel(qtbot, colours):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 320)
    problems = [Problem("n3", ERROR), Problem("n4", "ReLU leads to no Output, so it takes no part.", False)]
    repair = Repair("Insert Flatten", lambda _document, _graph: None)
    panel.show_problems(problems, {"n3": "Dense 3", "n4": "ReLU"}, lambda p: [repair] if p.serious else [])
    panel.show()
    qtbot.waitExposed(panel)
    same_as_kept(panel.grab().toImage(), f"problems-{colours}")


def test_what_looks_different_is_found(colours):
    """The comparison itself can fail: a moved node, a missing face, the other theme."""
    scene = nodes_scene()
    whole = picture_of(scene, 1)
    assert differs(whole, picture_of(scene, 1)) == ""
    scene.nodes["n1"].setPos(QPointF(230, 90))
    assert differs(whole, picture_of(scene, 1))
    scene.close()
    theme.apply(QApplication.instance(), dark=colours == "light")
    scene = nodes_scene()
    assert differs(whole, picture_of(scene, 1))
    scene.close()
    bare = QImage(whole)
    painter = QPainter(bare)
    painter.fillRect(QRectF(500, 30, 160, 70), Qt.GlobalColor.gray)
    painter.end()
    assert differs(whole, bare)
