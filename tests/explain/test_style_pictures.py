"""Pictures for style: of any size, as the network gets them, and which are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures, session
from PIL import Image

from nnstudio.data.dataset import DataError
from nnstudio.data.pictures import Preparation
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.method import methods
from nnstudio.explain.style_pictures import SHIPPED, picture_called, style_called, style_question


def test_a_file_keeps_its_shape_and_is_prepared_as_the_data(tmp_path):
    Image.fromarray(np.full((40, 80, 3), (255, 51, 0), np.uint8)).save(tmp_path / "a.png")
    x = picture_called(pictures(), str(tmp_path / "a.png"), 20)
    assert x.shape == (1, 10, 20, 3)
    np.testing.assert_allclose(x[0, 5, 5], (1.0, 0.2, 0.0), atol=1e-6)
    halves = replace(pictures(), pictures=Preparation(mean=(0.5,), deviation=(0.25,)))
    np.testing.assert_allclose(picture_called(halves, str(tmp_path / "a.png"), 20)[0, 5, 5, 0], 2.0)


@pytest.mark.parametrize("name", SHIPPED)
def test_those_that_ship_are_cut_to_the_content(name):
    grey = replace(pictures(), x_train=np.zeros((2, 8, 8, 1), np.float32))
    x = style_called(grey, name, np.zeros((1, 12, 30, 1)))
    assert x.shape == (1, 12, 30, 1) and x.std() > 0.05 and 0 <= x.min() <= x.max() <= 1


def test_what_is_no_picture_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"'no\.png' cannot be read as a picture.*brick"):
        picture_called(pictures(), "no.png")
    flat = replace(pictures(), x_train=np.zeros((2, 5), np.float32))
    with pytest.raises(DataError, match="does not learn from pictures"):
        picture_called(flat, "brick")


def test_a_network_paints_a_picture_larger_than_its_own():
    given = session()
    content = picture_called(given.data, "cat", 24)
    asked = style_question(given, content, style_called(given.data, "brick", content), "brick")
    method = methods["style"]
    *_, last = method.run(Differentiable(given), asked, method.complete({"steps": 40}))
    told = last.explanation.figures
    assert last.sample.shape == (24, 24, 3) and told["style loss now"] < told["style loss at first"] / 2
    assert told["content layer"] == "relu4" and told["style layers"] == "relu1, relu4"
