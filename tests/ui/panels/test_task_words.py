"""While nothing is selected, the Inspector says what is learned from what."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import load
from nnstudio.training.messages import Phase
from nnstudio.ui.panels.inspector import EMPTY
from nnstudio.ui.panels.task_words import task_in_words


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("spiral", {}, "2 numbers (x1, x2) → one of 2 classes, with 1 parameter. Samples: "),
        ("celsius", {}, "1 number (Celsius) → a number (Fahrenheit), with 1 parameter. Samples: "),
        ("mnist", {}, "A picture of 28 × 28 pixels → one of 10 classes, with 1 parameter. Samples: "),
        (
            "mnist",
            {"target": "picture"},
            "A picture of 28 × 28 pixels → the same picture, drawn again, with ",
        ),
        ("shakespeare", {"guess": "each"}, "32 characters → one of 61 classes for each of them, with 1 "),
        ("shakespeare", {}, "32 characters → one of 61 classes, with 1 parameter. Samples: "),
    ],
)
def test_a_sentence_says_what_enters_and_what_is_predicted(kind, options, said):
    data = load(kind, options)
    sentence = task_in_words(data, 1)
    assert sentence.startswith(said) and sentence.endswith(f"Samples: {data.sizes}.")


def test_it_stands_in_the_inspector_until_a_node_is_selected(window, hands):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    label = window.panels.inspector.empty
    hands.wait(
        lambda: "one of 2 classes, with 105 parameters" in label.text() and label.text().endswith(EMPTY)
    )
    window.canvas.canvas.select([window.editor.graph.nodes[1].id])
    hands.wait(label.isHidden)
    window.files.open_example("celsius")
    hands.wait(lambda: "a number (Fahrenheit), with 2 parameters" in label.text())


def test_of_two_players_both_tasks_are_told_and_shared_weights_count_once(window, hands):
    window.files.new_from_template("generator_and_judge")
    label = window.panels.inspector.empty
    hands.wait_phase(Phase.READY)
    layout = window.runner.worker.compute(lambda session: session.layout.parameter_count).result(20)
    hands.wait(lambda: f"with {layout:,} parameters in both" in label.text())
    assert label.text().startswith(
        "Two players: out of noise, the generator makes 2 numbers (x1, x2), for the judge to take for real; "
        "the judge tells real from generated, with 2,403 parameters in both. Samples: "
    )
    assert f"{layout:,} parameters" in window.panels.status.summary.text()


def test_a_judge_alone_tells_real_from_generated():
    data = load("imitation", {})
    assert task_in_words(data, 0).startswith("2 numbers (x1, x2) → real or generated. Samples: ")
    assert task_in_words(data, 0, makes_samples=True).startswith("Two players: ")
