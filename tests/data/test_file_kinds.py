"""A file of another kind than the network takes: the sentence says what it is and what is needed."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from nnstudio.data.dataset import DataError, FileKind, sources
from nnstudio.data.file_kinds import kind_of
from nnstudio.from_data import with_network
from nnstudio.model.document import DataReference
from nnstudio.predict_command import write_predictions
from nnstudio.project import Project

# Kinds of data with what each takes, in the words of the sentence, and the kinds of files that may fit.
TABLES = ("csv", "excel", "parquet", "json", "series")
PICTURES = ("labelled_pictures", "image_folder", "idx", "picture")
NEEDED = {
    "xor": ("the columns x1, x2", TABLES),
    "csv": ("the columns width, colour, count", TABLES),
    "series": ("a row for each time and 'sales'", TABLES),
    "image_folder": ("pictures (.bmp", PICTURES),
    "text": ("a text (.txt)", ("text",)),
    "npz": ("an array of samples of 4", (*TABLES, "npz", "hdf5")),
    "audio_folder": ("sounds (.flac", ("audio_folder", "sound")),
}
WORDS = {
    "csv": "a table", "excel": "a table", "parquet": "a table", "json": "a table", "series": "a table",
    "labelled_pictures": "a folder of pictures", "image_folder": "a folder of pictures",
    "audio_folder": "a folder of sounds", "idx": "a file of pictures as IDX", "text": "a text",
    "npz": "a file of arrays", "hdf5": "a file of arrays", "cifar": "a folder without pictures or sounds",
    "sound": "a sound", "picture": "a picture", "project": "a project", "pdf": "a file of no kind",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file or folder of each kind."""
    top = tmp_path_factory.mktemp("kinds")
    files = {}
    for name in WORDS:
        if name in sources:
            (top / name).mkdir()
            files[name] = sources[name].example(top / name)
    paths = {name: top.joinpath(options["path"]) for name, options in files.items()}
    paths["picture"] = next(paths["image_folder"].rglob("*.png"))
    paths["sound"], paths["project"], paths["pdf"] = top / "a.WAV", top / "a.nns", top / "a.pdf"
    soundfile.write(paths["sound"], np.zeros(400), 8000)
    Project().save(paths["project"])
    paths["pdf"].write_bytes(b"%PDF-1.4\0")
    return files, paths


@pytest.mark.parametrize("kind", NEEDED)
def test_what_does_not_fit_is_named_with_what_is_needed(files, kind):
    options, paths = files
    project = Project()
    source = sources[kind]
    project.document.set_data(DataReference(kind, source.complete(options.get(kind, {}))))
    project = with_network(project).project
    needed, fitting = NEEDED[kind]
    for name, path in paths.items():
        if name in fitting:
            continue
        with pytest.raises(DataError) as told:
            write_predictions(project, path, None)
        begin = f"'{path.name}' is {WORDS[name]}"
        assert str(told.value).startswith(begin) and needed in str(told.value), (name, str(told.value))


def test_why_a_table_of_the_right_kind_does_not_fit_is_still_said(files):
    _options, paths = files
    project = Project()
    project.document.set_data(DataReference("xor", {}))
    with pytest.raises(DataError, match="has 4 columns, but the network needs: x1, x2"):
        write_predictions(with_network(project).project, paths["csv"], None)


def test_a_name_that_tells_nothing_is_looked_into(tmp_path):
    for content, kind in ((b"1 2\n3 4\n", FileKind.TABLE), (b"\0\1", FileKind.OTHER)):
        (tmp_path / "a.dat").write_bytes(content)
        assert kind_of(tmp_path / "a.dat") == kind
    (tmp_path / "a.txt").write_text("Once upon a time there was a king. He had a daughter.\n" * 4)
    assert kind_of(tmp_path / "a.txt") == FileKind.TEXT
    assert kind_of(tmp_path / "gone") == FileKind.OTHER and kind_of(tmp_path / "a.npy") == FileKind.ARRAY
    assert kind_of(tmp_path) == FileKind.FOLDER
