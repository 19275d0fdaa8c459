"""Words that people put in an order, such as small, medium and large."""

from __future__ import annotations

from collections.abc import Iterable

# Each scale from the least on; words of one place mean the same.
SCALES: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("xxs",), ("xs", "tiny", "extra small"), ("s", "small", "klein", "petit"),
        ("m", "medium", "mittel", "moyen"), ("l", "large", "big", "groß", "gross", "grand"),
        ("xl", "extra large", "huge"), ("xxl",), ("xxxl",),
    ),
    (
        ("very low", "sehr niedrig"), ("low", "niedrig", "gering", "bajo"),
        ("medium", "middle", "moderate", "normal", "average", "mittel", "medio"),
        ("high", "hoch", "alto"), ("very high", "sehr hoch"), ("extreme",),
    ),
    (
        ("very poor", "very bad", "terrible", "awful"), ("poor", "bad"),
        ("fair", "average", "ok", "okay", "acceptable"), ("good",),
        ("very good",), ("excellent", "premium"), ("ideal",),
    ),
    (
        ("never", "nie"), ("rarely", "seldom", "selten"), ("sometimes", "occasionally", "manchmal"),
        ("often", "frequently", "usually", "oft"), ("always", "immer"),
    ),
    (
        ("strongly disagree", "disagree strongly"), ("disagree",), ("neutral", "neither", "undecided"),
        ("agree",), ("strongly agree", "agree strongly"),
    ),
    (
        ("none", "absent"), ("mild", "minor", "slight"), ("moderate",), ("severe", "major", "serious"),
        ("critical",),
    ),
    (("freezing",), ("cold",), ("cool",), ("mild",), ("warm",), ("hot",)),
    (("beginner", "novice"), ("intermediate",), ("advanced",), ("expert",)),
    (
        ("primary", "elementary"), ("secondary", "high school"), ("bachelor", "bachelors", "bachelor's"),
        ("master", "masters", "master's"), ("doctorate", "phd", "ph.d."),
    ),
    (("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"), ("fifth", "5th")),
)  # fmt: skip
# Two words stand for a yes and a no as well in either order.
FEWEST = 3


def words_in_order(values: Iterable[str]) -> tuple[str, ...]:
    """The values from the least to the greatest, as they are written, where at least three of them are words
    of one scale and no other stands among them, nor two of the same place; else ().
    """
    words = list(values)
    if len(words) < FEWEST:
        return ()
    for scale in SCALES:
        levels = {word: at for at, same in enumerate(scale) for word in same}
        at_levels = [levels.get(_plain(word)) for word in words]
        known = [at for at in at_levels if at is not None]
        if len(set(known)) == len(words):
            return tuple(word for _at, word in sorted(zip(known, words, strict=True)))
    return ()


def _plain(word: str) -> str:
    """Without capitals, and with blanks for the marks that programs put between words."""
    return " ".join(word.replace("_", " ").replace("-", " ").casefold().split())
