"""A lesson travels as one file; whatever such a file holds, nothing lands outside of the lessons' folder."""

from __future__ import annotations

import io
import os
import random
import stat
import zipfile

import pytest

from nnstudio.lessons.lesson import LessonError, lessons_folder
from nnstudio.lessons.package import MOST_BYTES, LessonExists, pack, unpack
from nnstudio.model.atomic_file import FileError

SHIPPED = lessons_folder() / "celsius"
TEXT, PROJECT = (SHIPPED / "lesson.toml").read_bytes(), (SHIPPED / "start.nns").read_bytes()
WHOLE = (("mine/lesson.toml", TEXT), ("mine/start.nns", PROJECT))


def zipped(
    *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, mode: int = stat.S_IFREG
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = method, (mode | 0o644) << 16
            archive.NameToInfo.pop(name, None)
            archive.writestr(info, content)
    return buffer.getvalue()


def everything(folder) -> dict[str, bytes]:
    """All files below a folder, and folders as empty ones."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


@pytest.fixture
def lesson(tmp_path):
    folder = tmp_path / "from" / "mine"
    folder.mkdir(parents=True)
    (folder / "lesson.toml").write_bytes(TEXT)
    (folder / "start.nns").write_bytes(PROJECT)
    return folder


def test_what_is_unpacked_is_what_was_packed(lesson, tmp_path):
    (lesson / "notes.txt").write_text("for me")
    (lesson / "link.nns").symlink_to(lesson / "start.nns")
    assert pack(lesson, tmp_path / "x.nnlesson") == ("link.nns", "notes.txt")
    read = unpack(tmp_path / "x.nnlesson", tmp_path / "into")
    assert read.id == "mine" and read.folder == tmp_path / "into" / "mine"
    assert read.lesson.title == "From Celsius to Fahrenheit"
    assert everything(tmp_path / "into") == {
        "mine": b"", "mine/lesson.toml": TEXT, "mine/start.nns": PROJECT
    }  # fmt: skip


def test_the_same_lesson_gives_the_same_file(lesson, tmp_path):
    for name in ("a.nnlesson", "b.nnlesson"):
        pack(lesson, tmp_path / name)
        os.utime(lesson / "start.nns", (1e9, 1e9))
    assert (tmp_path / "a.nnlesson").read_bytes() == (tmp_path / "b.nnlesson").read_bytes()


def test_a_lesson_that_is_not_in_order_is_not_packed(lesson, tmp_path):
    for name, words in (("x.zip", "must end in"), ("x.nnlesson", "cannot be called")):
        bad = lesson.rename(lesson.with_name("mine?")) if "called" in words else lesson
        with pytest.raises(LessonError, match=words):
            pack(bad, tmp_path / name)
    (bad / "start.nns").rename(bad / "start.zip")
    (bad / "lesson.toml").write_bytes(b'project = "start.zip"\n' + TEXT)
    with pytest.raises(LessonError, match="cannot be given away"):
        pack(bad.rename(lesson), tmp_path / "x.nnlesson")
    assert not list(tmp_path.glob("x.*"))


def test_another_lesson_of_the_same_name_is_replaced_only_when_asked_for(lesson, tmp_path):
    file, into = tmp_path / "x.nnlesson", tmp_path / "into"
    pack(lesson, file)
    unpack(file, into)
    assert unpack(file, into).id == "mine", "the same once more changes nothing"
    (lesson / "lesson.toml").write_bytes(TEXT.replace(b"From Celsius", b"All about"))
    pack(lesson, file)
    with pytest.raises(LessonExists, match="From Celsius"):
        unpack(file, into)
    assert (into / "mine" / "lesson.toml").read_bytes() == TEXT
    assert unpack(file, into, is_replacing=True).lesson.title == "All about to Fahrenheit"
    assert sorted(everything(into)) == ["mine", "mine/lesson.toml", "mine/start.nns"]


def test_a_name_that_is_taken_is_told_apart(lesson, tmp_path):
    pack(lesson, tmp_path / "x.nnlesson")
    assert unpack(tmp_path / "x.nnlesson", tmp_path / "into", taken=["Mine"]).id == "mine-own"


@pytest.mark.parametrize(
    "content, words",
    [
        (zipped(*WHOLE)[:-30], "damaged or not a lesson"),
        (b"", "damaged or not a lesson"),
        (zipped(("mine/start.nns", PROJECT)), "lacks lesson.toml"),
        (zipped(WHOLE[0]), "no file 'start.nns'"),
        (zipped(*WHOLE, ("mine/run.py", b"")), "run.py"),
        (zipped(*WHOLE, ("mine/../../out.nns", b"")), "out.nns"),
        (zipped(*WHOLE, ("mine/deep/out.nns", b"")), "deep"),
        (zipped(*WHOLE, ("/out.nns", b"")), "one lesson was expected"),
        (zipped(("../lesson.toml", TEXT), ("../start.nns", PROJECT)), "cannot be called"),
        (zipped(("nul/lesson.toml", TEXT), ("nul/start.nns", PROJECT)), "cannot be called"),
        (zipped(("C:\\mine/lesson.toml", TEXT), ("C:\\mine/start.nns", PROJECT)), "cannot be called"),
        (zipped(("lesson.toml", TEXT), ("start.nns", PROJECT)), "a lesson is a folder"),
        (zipped(*WHOLE, ("other/start.nns", b"")), "one lesson was expected"),
        (zipped(*WHOLE, ("mine/Start.nns", b"")), "capital letters"),
        (zipped(*WHOLE, WHOLE[0]), "twice"),
        (zipped(*WHOLE, *((f"mine/{at}.nns", b"") for at in range(20))), "more than 16 projects"),
        (zipped(*WHOLE, *((f"mine/{at}.nns", b"") for at in range(70))), "more than 64 files"),
        (zipped(*WHOLE, mode=stat.S_IFLNK), "a link"),
        (zipped(*WHOLE, method=zipfile.ZIP_LZMA), "compressed in a way"),
        (zipped(("mine/lesson.toml", b" " * 2**21)), "unpack to"),
        (zipped(*WHOLE, ("mine/big.nns", bytes(MOST_BYTES // 4))), "unpack to"),
        (zipped(("mine/lesson.toml", b"title = "), WHOLE[1]), "cannot be read"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_with_a_sentence_and_leaves_nothing(content, words, tmp_path):
    (tmp_path / "x.nnlesson").write_bytes(content)
    with pytest.raises(FileError, match=words):
        unpack(tmp_path / "x.nnlesson", tmp_path / "home" / "into")
    assert [path for path in everything(tmp_path) if path not in ("x.nnlesson", "home")] == []


def test_a_refused_lesson_leaves_those_that_are_there(lesson, tmp_path):
    file, into = tmp_path / "x.nnlesson", tmp_path / "into"
    pack(lesson, file)
    unpack(file, into)
    before = everything(into)
    file.write_bytes(zipped(("mine/lesson.toml", TEXT[:300]), WHOLE[1]))
    with pytest.raises(FileError):
        unpack(file, into, is_replacing=True)
    assert everything(into) == before


def scrambled(content: bytes, rng: random.Random) -> bytes:
    """Bytes that were changed, cut out, doubled or put in."""
    at, length = rng.randrange(len(content) + 1), rng.choice((1, 1, 4, 40))
    before, cut, after = content[:at], content[at : at + length], content[at + length :]
    put = rng.choice((rng.randbytes(length), b"", cut * 2, b"/..", cut + b"\0"))
    return before + put + after


def damaged(rng: random.Random) -> bytes:
    """A lesson with damage to the file, or to the names and contents in one that is whole."""
    if rng.random() < 0.4:
        return scrambled(zipped(*WHOLE, method=zipfile.ZIP_STORED), rng)
    members = list(WHOLE)
    at = rng.randrange(2)
    name, content = members[at]
    if rng.random() < 0.5:
        name = scrambled(name.encode(), rng).decode("latin-1")
    else:
        content = scrambled(content, rng)
    members[at] = (name, content)
    return zipped(*members, method=rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def test_damage_ends_in_a_sentence_and_stays_inside(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _descriptor: None)
    file, into = tmp_path / "x.nnlesson", tmp_path / "into"
    refused = 0
    for seed in range(400):
        file.write_bytes(damaged(random.Random(seed)))
        try:
            unpack(file, into, is_replacing=True)
        except FileError as error:
            refused += 1
            assert 20 < len(str(error)) < 1000
        assert {path.name for path in tmp_path.iterdir()} <= {"x.nnlesson", "into"}, seed
        names = [path.split("/") for path in everything(into)] if into.exists() else []
        assert all(len(name) <= 2 and not name[0].startswith(".") for name in names), seed
    assert 200 < refused < 390
