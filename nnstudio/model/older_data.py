"""How data was read where older project files say nothing of it; `projectfile` tells the history."""

from __future__ import annotations

Values = dict[str, bool | int | float | str]

# What tables were always read as before format 4, where the options say nothing.
BEFORE_4: Values = {"gaps": "leave rows out", "split": "random"}
# Kinds of data that had no validation part before format 5.
WITHOUT_VALIDATION = ("csv", "series", "idx", "cifar", "scikit_learn", "text")
# What folders of pictures were always read as before format 6.
BEFORE_6: Values = {"split": "random", "parts": False, "validation_ratio": 0.0}
# Kinds of data that are tables, and what became of categories of many values before format 7.
TABLES = ("csv", "excel", "json", "parquet")
BEFORE_7: Values = {"many_values": "left out"}
# What the sets that ship with the program, and sounds, were before format 8.
BEFORE_8: dict[str, Values] = {
    "iris": {"validation_ratio": 0.0}, "mnist": {"validation_ratio": 0.0}, "audio_folder": {"parts": False},
}  # fmt: skip
# The shares of data that is drawn, before format 10.
POINTS = ("circle", "xor", "gaussian", "spiral", "plane", "multi_gauss", "above_function")
BEFORE_10: dict[str, Values] = {
    **{kind: {"test_ratio": 0.5, "validation_ratio": 0.0} for kind in POINTS},
    "celsius": {"test_ratio": 0.25, "validation_ratio": 0.0},
}
# What became of gaps in a series before format 11.
BEFORE_11: dict[str, Values] = {
    "series": {"time_gaps": "interpolate"}, "image_folder": {"hold_back": False},
    "audio_folder": {"hold_back": False},
}  # fmt: skip


def options_before(number: int, kind: str) -> Values:
    """What the options of this kind of data were in files of format ``number`` that do not name them."""
    options: Values = {}
    if number < 4 and kind == "csv":
        options.update(BEFORE_4)
    if number < 5 and kind in WITHOUT_VALIDATION:
        options["validation_ratio"] = 0.0
    if number < 6 and kind == "image_folder":
        options.update(BEFORE_6)
    if number < 7 and kind in TABLES:
        options.update(BEFORE_7)
    for later, before in ((8, BEFORE_8), (10, BEFORE_10), (11, BEFORE_11)):
        if number < later:
            options.update(before.get(kind, {}))
    return options
