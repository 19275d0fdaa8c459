"""The drawing of a network as SVG, PDF and PNG, from the window and from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from moved_data import by_reference, saved_table
from PySide6.QtGui import QColor, QImage

from nnstudio import cli
from nnstudio.data.facts import facts_of_data
from nnstudio.export.format import ExportError
from nnstudio.model.atomic_file import FileError
from nnstudio.model.graph import Graph
from nnstudio.model.locations import facts_at
from nnstudio.project import open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.figure import write_figure
from nnstudio.ui.widgets.theme import DARK, LIGHT, theme


@pytest.fixture
def drawn(window):
    document = open_example("spiral").document
    return document.graph, facts_at(document, facts_of_data(open_example("spiral").load_data()))


def test_an_svg_holds_every_name_as_text(drawn, tmp_path):
    path = tmp_path / "net.svg"
    write_figure(path, *drawn)
    texts = {t.text for t in ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")}
    assert {n.name for n in drawn[0].nodes} <= texts


def test_a_pdf_is_one_page_of_vectors(drawn, tmp_path):
    path = tmp_path / "net.pdf"
    write_figure(path, *drawn)
    content = path.read_bytes()
    assert content.startswith(b"%PDF") and content.count(b"/Type /Page\n") == 1
    assert b"/Subtype /Image" not in content


def test_a_png_is_light_in_a_dark_window_and_changes_no_theme(drawn, tmp_path):
    theme.colours = DARK
    try:
        write_figure(tmp_path / "net.png", *drawn)
        assert theme.colours is DARK
    finally:
        theme.colours = LIGHT
    image = QImage(str(tmp_path / "net.png"))
    assert image.pixelColor(3, 3) == QColor(LIGHT.base)
    assert image.width() > 1000


def test_what_cannot_be_drawn_is_said(drawn, tmp_path):
    with pytest.raises(ExportError, match="ends in none"):
        write_figure(tmp_path / "net.bmp", *drawn)
    with pytest.raises(ExportError, match="nothing to draw"):
        write_figure(tmp_path / "net.svg", Graph(), {})
    for suffix in ("svg", "pdf", "png"):
        with pytest.raises(FileError, match="cannot be written"):
            write_figure(tmp_path / "nowhere" / f"net.{suffix}", *drawn)


def test_from_the_window(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert window.exports.figure_to(tmp_path / "x.svg")
    assert not window.exports.figure_to(tmp_path / "x.txt")
    assert "ends in none" in window.panels.message.text()
    assert not window.exports.figure_to(tmp_path / "nowhere" / "x.svg")
    assert "cannot be written" in window.panels.message.text()


def test_from_the_command_line_without_a_screen(tmp_path):
    project = tmp_path / "p.nns"
    open_example("mnist-convnet").save(project)
    environment = {k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "nnstudio", "figure", str(project), str(tmp_path / "p.svg")],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "14 nodes" in done.stdout
    assert "28×28×16" in (tmp_path / "p.svg").read_text()


def test_where_the_data_is_gone_what_is_known_of_it_gives_the_shapes(qapp, tmp_path, monkeypatch, capsys):
    by_reference(monkeypatch)
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    project = saved_table(tmp_path)
    figure = ["figure", str(tmp_path / "p.nns"), str(tmp_path / "p.svg")]
    assert cli.run(figure) == 0
    drawn = (tmp_path / "p.svg").read_text()
    (tmp_path / "table.csv").unlink()
    assert cli.run(figure) == 0 and (tmp_path / "p.svg").read_text() == drawn
    project.document.data = replace(project.document.data, options={"path": "gone.csv"})
    project.save(tmp_path / "p.nns")
    capsys.readouterr()
    assert cli.run(figure) == 0 and "holds nothing of it" in capsys.readouterr().err
    assert len((tmp_path / "p.svg").read_text()) < len(drawn)
