"""The probe behind the view Style: what it paints, with the weights of one step, and what it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import explained, pictures, session
from kernels.networks import chain

from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.methods.style import Style
from nnstudio.explain.painting import SIZE, PaintingProbe
from nnstudio.explain.style_pictures import style_called, style_question
from nnstudio.training.underway import Underway


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Twelve steps are enough to see what is painted."""
    real = Style.complete
    monkeypatch.setattr(Style, "complete", lambda self, given: real(self, {"steps": 12, **given}))


def results(given, probe):
    return [result for result in probe.run(given) if not isinstance(result, Underway)]


def test_a_sample_is_painted_to_what_the_method_ends_with():
    given = session()
    probe = PaintingProbe("", "brick", 3, style_weight=5.0, style_layers=("relu1",), content_layer="relu4")
    seen = results(given, probe)
    shares = [painting.share for painting in seen]
    assert shares == sorted(shares) and shares[-1] == 1 and len(seen) > 3
    assert len(seen[-1].frames) == len(seen) and np.array_equal(seen[-1].frames[-1], seen[-1].picture)
    assert np.abs(seen[-1].frames[0] - seen[-1].frames[-1]).max() > 0.01
    content = given.data.x_test[3:4]
    asked = style_question(given, content, style_called(given.data, "brick", content), "brick")
    how = {"style_weight": 5.0, "style_layers": "relu1", "content_layer": "relu4"}
    expected = explained("style", Differentiable(given), asked, **how)
    np.testing.assert_array_equal(seen[-1].picture, expected.values)
    assert seen[-1].figures == expected.figures and seen[0].figures == {}
    assert seen[0].layers == ("relu1", "relu4") and np.array_equal(seen[0].content, content[0])


def test_a_shipped_picture_or_a_file_is_the_content_at_its_own_size(tmp_path):
    given, own = session(), tuple(np.full(192, 0.5).tolist())
    shipped = results(given, PaintingProbe("cat", "gravel"))[-1]
    assert shipped.picture.shape == shipped.style.shape == (SIZE, SIZE, 3)
    assert (results(given, PaintingProbe("", "gravel", own=own))[-1].content == 0.5).all()
    missing = results(given, PaintingProbe(str(tmp_path / "no.png"), "gravel"))[-1]
    assert missing.picture is None and "cannot be read" in missing.problem and missing.layers


def test_a_network_that_learns_on_meanwhile_stays_what_it_was():
    given = session()
    still = results(given, PaintingProbe("", "brick"))[-1]
    pieces = PaintingProbe("", "brick").run(given)
    next(pieces)
    given.single_step()
    *_, late = pieces
    assert late.step == 0 and np.array_equal(late.picture, still.picture)


def test_what_cannot_be_painted_is_a_sentence():
    flat = session(chain(("flatten", {}), ("dense", {"units": 3})), pictures())
    (only,) = results(flat, PaintingProbe("", "brick"))
    assert only.picture is None and "Add a Conv2D" in only.problem and only.layers == ()
    given = session()
    given.parameters[:] = np.nan
    assert "no numbers" in results(given, PaintingProbe("", "brick"))[-1].problem
