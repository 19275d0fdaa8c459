"""A file for the project that is open is read as that project reads its data, and that is said."""

from __future__ import annotations

import pytest

from nnstudio.model.document import DataReference
from nnstudio.ui.data.reading import AS_IN_PROJECT


@pytest.fixture
def flats(hands, window, tmp_path):
    """A window on a project that predicts the second of three columns, and keeps a third for validation."""

    def written(name: str, columns: str):
        path = tmp_path / name
        path.write_text(columns + "\n" + "".join(f"{i % 9},{i % 4},{i % 9 > 4}\n" for i in range(90)))
        return path

    options = {
        "path": str(written("old.csv", "length,width,big")),
        "target": "width",
        "validation_ratio": 0.3,
    }
    window.files.open_example("xor")
    window.editor.choose_data(DataReference("csv", options))
    hands.wait(lambda: window.runner.data is not None and window.runner.data.targets == ("width",))
    return written


def test_what_a_person_set_stays_for_another_file_of_the_same_columns(hands, window, flats):
    window.drops.take(str(flats("new.csv", "length,width,big")))
    dialog = hands.assistant()
    hands.wait(lambda: dialog.proposed is not None)
    assert dialog.why.text() == AS_IN_PROJECT and dialog.form.editors["validation_ratio"].text() == "0.3"
    dialog.adopt.click()
    options = window.workspace.document.data.options
    assert options["path"].endswith("new.csv")
    assert (options["target"], options["validation_ratio"]) == ("width", 0.3)


def test_a_file_of_other_columns_is_read_in_its_own_way(hands, window, flats):
    window.drops.take(str(flats("other.csv", "age,weight,ill")))
    dialog = hands.assistant()
    hands.wait(lambda: dialog.proposed is not None)
    assert dialog.proposed.data.targets == ("ill",) and not dialog.why.isVisible()


def test_what_is_changed_in_the_assistant_counts_more(hands, window, flats):
    window.drops.take(str(flats("new.csv", "length,width,big")))
    dialog = hands.assistant()
    dialog.ask(DataReference("csv", {"path": dialog.reference.options["path"], "target": "length"}))
    hands.wait(lambda: dialog.proposed is not None)
    assert dialog.proposed.data.targets == ("length",)
