"""A project as text holds all but weights and files; any other text ends in a sentence."""

from __future__ import annotations

import base64
import json
import random
import zlib

import numpy as np
import pytest

from nnstudio.data.own_pictures import Drawings, write
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import FORMAT
from nnstudio.project import Project, example_names, open_example
from nnstudio.project_text import MOST_TEXT, MOST_UNPACKED, is_text, project_of, text_of


def unpacked(text: str) -> bytes:
    packed = text.split(":", 2)[2]
    return zlib.decompress(base64.b64decode(packed.replace("-", "+").replace("_", "/") + "==="))


def packed(content: bytes, version: str = "1") -> str:
    return f"nnstudio:{version}:" + base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")


def changed(**values) -> str:
    """The text of an example with other values in its JSON."""
    return packed(
        json.dumps({**json.loads(unpacked(text_of(open_example("xor"), False).text)), **values}).encode()
    )


@pytest.mark.parametrize("name", example_names())
def test_every_example_comes_back_as_it_was(name):
    before = open_example(name)
    written = text_of(before, is_trained=False)
    assert written.left_out == () and len(written.text) < 1000 and is_text(written.text)
    opened = project_of(written.text)
    assert opened.project.document.to_dict() == before.document.to_dict()
    assert opened.notes == () and opened.project.path is None


@pytest.mark.parametrize(
    "data",
    [
        DataReference("own_points", {"points": "1.5 -2 1; 0 3 3", "classes": 3}),
        DataReference("own_values", {"points": "1 2 3.25; 4 5 -6"}),
        DataReference(
            "own_pictures",
            {"size": 8, "drawings": write(Drawings(np.eye(8, dtype=np.float32)[None], np.zeros(1, int)))},
        ),
    ],
)
def test_what_was_set_or_drawn_by_hand_travels_along(data):
    project = open_example("xor")
    project.document.set_data(data)
    assert project_of(text_of(project, False).text).project.document.data == data


def test_learned_weights_and_files_stay_and_that_is_said(tmp_path):
    table = tmp_path / "measures.csv"
    table.write_text("a,b,c\n1,2,x\n2,3,y\n3,4,x\n4,5,y\n")
    project = open_example("iris")
    project.document.set_data(DataReference("csv"))
    project.link_data(table)
    project.load_data()
    written = text_of(project, is_trained=True)
    weights, file = written.left_out
    assert "learned is not in the text" in weights
    assert file.startswith("'measures.csv' is not in the text") and "chooses it under Data" in file
    told = unpacked(written.text).decode()
    assert str(tmp_path) not in told and "4,5,y" not in told
    table.unlink()
    opened = project_of(written.text).project
    assert opened.state is None and not opened.data_is_there
    with pytest.raises(ValueError, match=r"'measures\.csv', which is not inside it"):
        opened.load_data()


def test_lines_that_a_mail_broke_are_joined():
    text = text_of(open_example("spiral"), False).text
    broken = "  " + "\r\n ".join(text[i : i + 70] for i in range(0, len(text), 70)) + "\n"
    assert project_of(broken).project.document.to_dict() == open_example("spiral").document.to_dict()


def test_a_path_in_a_text_is_not_followed(tmp_path):
    table = tmp_path / "secret.csv"
    table.write_text("a,b\n1,2\n")
    project = project_of(changed(data={"kind": "csv", "options": {"path": str(table)}})).project
    assert project.data_file() is None
    assert project.document.data.options["path"] == "secret.csv"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither a project as text"),
        ("hello", "neither a project as text"),
        ("https://example.org/#dataset=xor", "neither a project as text"),
        ("nnstudio:", "neither a project as text"),
        ("nnstudio:one:abc", "neither a project as text"),
        ("nnstudio:2:abc", r"another nnstudio \(version 2, this one reads 1\)"),
        ("nnstudio:1:", "damaged"),
        ("nnstudio:1:abc$", "damaged"),
        ("nnstudio:1:äöü", "damaged"),
        (packed(b"[]"), "no format number"),
        (packed(b"{"), "damaged"),
        (packed(b"[" * 100_000), "damaged"),
        (packed(b'{"format": 1, "a": "\\ud800"}'), "damaged"),
        (packed(b'{"format": 1}'), "damaged: there is no"),
        (packed(b" " * (MOST_UNPACKED + 1)), "unpacks to more than 4 MB"),
        (packed(b"{}") + "AAAA", "damaged"),
        ("nnstudio:1:" + "A" * MOST_TEXT, "too long"),
        (changed(format=FORMAT + 1), "The text was written by a newer nnstudio"),
        (changed(settings={}), "damaged"),
        (changed(graph={"nodes": [{"id": "a"}], "links": []}), "damaged"),
    ],
)
def test_any_other_text_is_a_sentence(text, words):
    with pytest.raises(FileError, match=words):
        project_of(text)


def test_no_damage_goes_unnoticed():
    text = text_of(open_example("celsius"), False).text
    draw = random.Random(5)
    for cut in range(len("nnstudio:1:"), len(text), 7):
        with pytest.raises(FileError):
            project_of(text[:cut])
    before = open_example("celsius").document.to_dict()
    for _ in range(300):
        at = draw.randrange(len("nnstudio:1:"), len(text))
        other = text[:at] + draw.choice("ABCxyz019-_") + text[at + 1 :]
        try:
            opened = project_of(other)
        except FileError:
            continue
        # The last character may hold bits that nobody reads.
        assert opened.project.document.to_dict() == before


def test_what_cannot_be_read_of_the_data_is_told():
    opened = project_of(changed(data={"kind": 3}))
    assert "choice of data cannot be read" in opened.notes[0]


def test_a_project_too_large_for_a_text_is_refused():
    project = Project()
    numbers = np.random.default_rng(0).integers(0, 10**9, 500_000)
    project.document.set_data(DataReference("own_points", {"points": " ".join(map(str, numbers))}))
    with pytest.raises(FileError, match="too large to be passed on as text"):
        text_of(project, False)
