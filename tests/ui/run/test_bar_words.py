"""What the run bar says of time where it has little room."""

from __future__ import annotations

import pytest

from nnstudio.ui.run.bar_words import shorter
from nnstudio.ui.widgets.short_label import MARGIN, ShortLabel


@pytest.mark.parametrize(
    ("sentence", "ways"),
    [
        ("About 1.5 min left.", ("About 1.5 min", "1.5 min", "")),
        ("About a minute left.", ("About a minute", "A minute", "")),
        ("At most about 2 min left.", ("At most about 2 min", "At most about 2 min", "")),
        ("Estimating …", ("",)),
        ("About 20 s (of 3 epochs).", ("About 20 s.", "")),
    ],
)
def test_a_time_is_shortened_by_words_and_never_cut(sentence, ways):
    assert shorter(sentence) == ways


def test_at_no_width_a_part_of_a_word_is_seen(qtbot):
    label, seen = ShortLabel(), []
    qtbot.addWidget(label)
    sentence = "About 1.5 min left."
    label.show_text(sentence, shorter(sentence))
    label.show()
    for width in range(MARGIN + 300, MARGIN, -4):
        label.resize(width, 20)
        seen.append(label.text())
    assert list(dict.fromkeys(seen)) == [sentence, "About 1.5 min", "1.5 min", ""]
    assert label.toolTip() == sentence
