"""Pictures drawn by hand: written small, read back, refused with a sentence where they are damaged."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.own_pictures import Drawings, class_names, read, renamed, strokes, write


def drawings(count: int, size: int) -> Drawings:
    """Round strokes in 16 shades, as a soft brush leaves them."""
    rng = np.random.default_rng(size)
    rows, columns = np.mgrid[:size, :size]
    pictures = []
    for centre in rng.uniform(0.3 * size, 0.7 * size, (count, 2)):
        ring = np.abs(np.hypot(rows - centre[0], columns - centre[1]) - size / 4)
        pictures.append(np.round(np.clip(2 - ring, 0, 1) * 15) / 15)
    return Drawings(np.array(pictures, np.float32), np.arange(count) % 3)


@pytest.mark.parametrize("size", [8, 9, 28, 64])
def test_what_is_written_is_read_back(size):
    given = drawings(7, size)
    back = read(write(given), size, 3)
    np.testing.assert_allclose(back.pictures, given.pictures, atol=1e-7)
    assert np.array_equal(back.classes, given.classes)


def test_five_hundred_pictures_are_no_burden():
    assert len(write(drawings(500, 28))) < 150_000


def test_they_are_data_like_other_pictures():
    options = {"drawings": write(drawings(30, 28)), "classes": "zero, six, nine", "test_ratio": 0.2}
    data = load("own_pictures", options)
    assert data.input_shape == (28, 28, 1) and data.classes == ("zero", "six", "nine")
    assert len(data.x_test) == 6 and len(data.x_validation) > 0 and data.x_train.max() == 1
    assert data.fitting_loss == "softmax_cross_entropy"


def test_at_first_there_are_strokes_and_none_where_all_were_removed():
    assert load("own_pictures", {}).classes == ("upright", "level")
    assert len(strokes(28).classes) == 20
    with pytest.raises(DataError, match="no pictures yet"):
        load("own_pictures", {"drawings": ";"})
    assert load("own_pictures", {"classes": "a, b, c"}).notes == ("c has no picture yet.",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 garbage", "Picture 1 is damaged"),
        ("9 " + write(drawings(1, 28)).split()[1], "classes 1 to 2"),
        ("x y", "class x"),
        (write(drawings(1, 9)), "another size than 28 x 28"),
        ("1", "Picture 1 is damaged"),
    ],
)
def test_damage_is_a_sentence(text, said):
    with pytest.raises(DataError, match=said):
        load("own_pictures", {"drawings": text})


def test_a_picture_that_unpacks_without_end_is_not_unpacked():
    import base64
    import zlib

    bomb = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()
    with pytest.raises(DataError, match="Picture 1 is damaged"):
        load("own_pictures", {"drawings": f"1 {bomb}"})


def test_names_of_classes():
    assert class_names(" a, b ,") == ("a", "b")
    with pytest.raises(DataError, match="Two classes are named 'a'"):
        class_names("a, b, a")
    assert renamed(("a", "b"), 1, " c ") == "a, c"
    for name in ("", "a", "x, y"):
        with pytest.raises(DataError):
            renamed(("a", "b"), 1, name)
    with pytest.raises(DataError, match="two classes"):
        sources["own_pictures"].load(sources["own_pictures"].complete({"classes": "one"}))


def test_classes_with_few_pictures_are_told():
    text = write(drawings(13, 28))
    assert load("own_pictures", {"drawings": text, "classes": "a, b, c"}).notes == (
        "Few pictures to learn from and be judged by (b: 4, c: 4). Draw at least 5 of each class.",
    )
    notes = load("own_pictures", {"drawings": text, "classes": "a, b, c, d"}).notes
    assert notes[0] == "d has no picture yet." and "b: 4, c: 4)" in notes[1]


def test_too_many_pictures_are_told_with_a_way_out():
    with pytest.raises(DataError, match=r"5,001 pictures are more than the 5,000 .* choose Image folder"):
        load("own_pictures", {"drawings": "1 x;" * 5_001})
