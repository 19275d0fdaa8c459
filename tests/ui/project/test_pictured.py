"""What a card shows of a project is of its own samples, or its own network."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor

from nnstudio.examples import examples
from nnstudio.lessons.library import read_library
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.templates import templates
from nnstudio.project import Project, open_example
from nnstudio.ui.project.pictured import (
    Cloud,
    Line,
    Mosaic,
    Network,
    picture_of_example,
    picture_of_lesson,
    picture_of_recent,
    picture_of_template,
)
from nnstudio.ui.widgets.theme import theme

SIZE = QSize(64, 44)


def ink(drawing, scale=1):
    """Colours of the picture's pixels, without those that nothing was drawn on."""
    image = drawing.drawn(SIZE, scale).toImage()
    assert (image.width(), image.height()) == (64 * scale, 44 * scale)
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return [p.name() for p in pixels if p.alpha() == 255]


@pytest.mark.parametrize("name", examples())
@pytest.mark.parametrize("scale", [1, 2])
def test_every_example_has_a_picture(qapp, name, scale):
    assert len(ink(picture_of_example(name), scale)) > 20


@pytest.mark.parametrize("template", [t.id for t in templates if t.data])
def test_a_template_shows_its_network(qapp, template):
    drawing = picture_of_template(template)
    assert isinstance(drawing, Network)
    boxes = drawing._boxes(SIZE)
    assert len(boxes) == len(templates[template].graph(None).nodes)
    for i, box in enumerate(boxes):
        assert QRectF(0, 0, 64, 44).contains(box)
        assert not any(box.intersects(other) for other in boxes[:i]), "each node is to be told from the next"


def test_points_lie_where_the_data_has_them_in_the_colours_of_their_classes(qapp):
    drawing, data = picture_of_example("xor"), open_example("xor").load_data()
    assert isinstance(drawing, Cloud)
    for at, number in zip(drawing.at, drawing.classes, strict=True):
        x, y = data.x_train.min(0) + at * np.ptp(data.x_train, 0)
        nearest = np.argmin(((data.x_train - (x, y)) ** 2).sum(1))
        assert data.y_train[nearest, 0] == number
    assert {QColor(theme.class_colour(n)).name() for n in (0, 1)} <= set(ink(drawing))


def test_pictures_are_one_of_each_class_first(qapp):
    drawing, data = picture_of_example("mnist-dense"), open_example("mnist-dense").load_data()
    assert isinstance(drawing, Mosaic)
    for number, picture in enumerate(drawing.pictures):
        row = np.flatnonzero(data.y_train[:, 0] == number)[0]
        np.testing.assert_allclose(picture[..., 0], data.x_train[row, ..., 0] * 255, atol=1)


def test_a_series_is_a_line_over_time(qapp):
    drawing = picture_of_example("passengers")
    assert isinstance(drawing, Line)
    assert (np.diff(drawing.at[:, 0]) > 0).all() and drawing.at[-12:, 1].mean() > drawing.at[:12, 1].mean()


def test_every_lesson_has_a_picture_of_what_it_begins_with(qapp):
    lessons = read_library().lessons
    kinds = {folder.id: type(picture_of_lesson(folder.project)) for folder in lessons}
    assert kinds["celsius"] is Cloud and kinds["digits"] is Mosaic and kinds["sequence"] is Line
    assert kinds["transformer"] is Network, "a text cannot be drawn"


def test_a_project_of_a_person_shows_data_that_is_made_or_its_network_and_reads_no_other_file(
    qapp, tmp_path, monkeypatch
):
    path = tmp_path / "mine.nns"
    open_example("spiral").save(path)
    cloud = picture_of_recent(path)
    assert isinstance(cloud, Cloud) and picture_of_recent(path) is cloud, "it is read once"
    table = tmp_path / "table.csv"
    table.write_text("a,b,c\n" + "\n".join(f"{n},{n % 7},{n % 2}" for n in range(50)))
    project = open_example("spiral")
    project.document.set_data(DataReference("csv", {"path": str(table)}))
    project.save(path)
    monkeypatch.setattr(Project, "load_data", lambda *_given: pytest.fail("a file is read for a picture"))
    assert isinstance(picture_of_recent(path), Network), "it was saved again, with data of a file"
    path.write_bytes(b"no archive")
    with pytest.raises(FileError):
        picture_of_recent(path)
