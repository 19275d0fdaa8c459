"""A person's own text: its windows, its vocabulary, its encodings, and which .txt is one."""

from __future__ import annotations

import os

import numpy as np
import pytest

from nnstudio.data.dataset import DataError, load, sources

PROSE = (
    "It was late, and the lamp burnt low. Nobody spoke.\n\n"
    "Then, with a cough, a sigh, and a look at the clock, the old man rose; he had heard enough.\n"
    "Outside it rained.\n"
)


@pytest.fixture
def write(tmp_path):
    def write(content: str | bytes, name: str = "text.txt"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def load_text(path, **options):
    return load("text", {"path": str(path), "window": 3, "validation_ratio": 0.0, **options})


def test_windows_are_the_text_and_what_follows_and_the_last_part_is_for_testing(write):
    text = "".join(f"line {n} of it\n" for n in range(60))
    data = load_text(write(text), samples=50, test_ratio=0.25)
    cut = round(0.75 * len(text))
    marks = [{"space": " ", "line end": "\n"}.get(name, name) for name in data.classes]
    assert len(data.x_train) == 50 and len(data.x_test) == 17
    for x, y, part in ((data.x_train, data.y_train, text[:cut]), (data.x_test, data.y_test, text[cut:])):
        for row, following in zip(x, y, strict=True):
            assert "".join(marks[int(i)] for i in (*row, following[0])) in part
    assert f"The last {len(text) - cut} characters of the text are the test part." in data.notes


def test_a_short_text_gives_each_window_once(write):
    data = load_text(write("abcdefgh"), test_ratio=0.0)
    assert data.x_train.tolist() == [[i, i + 1, i + 2] for i in range(5)]
    assert data.y_train[:, 0].tolist() == [3, 4, 5, 6, 7] and not len(data.x_test)


def test_rare_words_are_one_and_their_share_is_said(write):
    data = load_text(write("the cat, the dog, the bird's " * 10), unit="words", most_words=3, test_ratio=0.0)
    # Of equally frequent words, those that come first in the alphabet.
    assert data.classes == (",", "bird's", "the", "(unknown)") and data.targets == ("next word",)
    assert data.x_train[0].tolist() == [2, 3, 0]
    assert "the other 2, 25.0 % of the text, count as one, (unknown)." in " ".join(data.notes)
    assert data.notes[:2] == (
        "The network reads 3 words and guesses the one that comes next.",
        "The text has 4 different words; a number stands for each of them.",
    )


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)  # fmt: skip
def test_encodings_and_line_ends(write, encoding, title):
    data = load_text(write("déjà vu\r\nà la carte\r\n".encode(encoding)), test_ratio=0.0)
    assert {"é", "à", "line end"} <= set(data.classes) and "U+000D" not in data.classes
    assert (data.notes[0] == f"Read as {title}.") == bool(title)


def test_what_is_not_seen_has_a_name(write):
    data = load_text(write("a\tb\xa0c\u200bd\xad"), test_ratio=0.0)
    assert {"tab", "U+00A0", "U+200B", "U+00AD"} <= set(data.classes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no text"),
        (b" \n ", "holds no text"),
        (bytes(range(256)) * 9, "not a text file"),
        (b"\x01\x02abc" * 9, "not a text file"),
        ("ab".encode("utf-16") + b"\x00", "is damaged"),
        (b"abc", "too few"),
    ],
)
def test_what_is_no_text_is_told(write, content, words):
    with pytest.raises(DataError, match=words) as told:
        load_text(write(content))
    assert str(told.value).endswith(".")


def test_a_pipe_is_told(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DataError, match="pipe"):
        load_text(tmp_path / "pipe.txt")


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (PROSE, True),
        (PROSE * 700, True),
        ("One line, and a comma.", True),
        ("Roses are red,\nviolets are blue,\n", True),
        ("One green bottle, hanging on the wall.\nIf it should fall, who would know?\n" * 9, True),
        ("red, small, yes\nblue, large, no\n", False),
        ("a,b,good\n" + "1.5,2,yes\n" * 9, False),
        ("1 2 3\n4 5 6\n", False),
        ("1,5;2\n2,5;3\n", False),
        ("red\tsmall\tyes\nblue\tlarge\tno\n", False),
        ("name,town\n\"Smith, John\",Ulm\n\"Doe, Ann\",Bonn\n", False),
        ("7\n8\n9\n", False),
        ("", False),
        ("abc\0def", False),
    ],
)  # fmt: skip
def test_a_txt_goes_to_the_text_or_to_the_table(write, content, is_text):
    path = write(content)
    assert [s.id for s in sources if s.takes(path)] == ["text" if is_text else "csv"]


def test_what_other_sources_take(write, tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "cat.png").touch()
    for path, kind in (
        (write(PROSE, "prose.CSV"), "csv"),
        (tmp_path / "pipe.txt", "csv"),
        (tmp_path, "image_folder"),
    ):
        assert next(s.id for s in sources if s.takes(path)) == kind
    assert not [s for s in sources if s.takes(tmp_path / "x.zip")]


def test_the_end_of_a_new_text_is_one_sample(write):
    source = sources["text"]
    options = source.complete({"path": str(write("a b c d " * 20)), "window": 3, "unit": "words"})
    data = source.load(options)
    x, notes = source.read_ending(write("c b\nd  a", "new.txt"), options, data)
    assert x.dtype == np.float32 and x.tolist() == [[1, 3, 0]] and not notes
    with pytest.raises(DataError, match="'z' at the end of 'new"):
        source.read_ending(write("a z c", "new.txt"), options, data)
    with pytest.raises(DataError, match="has 2 words, but the network reads the last 3"):
        source.read_ending(write("a b", "new.txt"), options, data)
    fewer = {**options, "most_words": 2}
    x, notes = source.read_ending(write("a z d", "new.txt"), fewer, source.load(fewer))
    assert x.tolist() == [[0, 2, 2]] and notes == (
        "Not known to the network, and taken for (unknown): 'd', 'z'.",
    )
