"""What a C99 header says of itself: how to call it, the order of inputs, what comes out, and its sizes."""

from __future__ import annotations

import re
import subprocess

import pytest
from export.cases import NEEDS_COMPILER, exported
from kernels.networks import chain

from nnstudio.export.c99.compiler import find_compiler
from nnstudio.export.c99.header import header
from nnstudio.export.c99.opening import usage_of
from nnstudio.export.c_format import FLAGS
from nnstudio.export.network import ExportedNetwork
from nnstudio.project import open_example

CLASSIFIER = chain(("flatten", {}), ("dense", {"units": 3}))
PICTURES = exported(CLASSIFIER, (4, 5, 2), classes=("a", "b", "c"))
SEQUENCES = exported(chain(("lstm", {"units": 1})), (6, 2), y_shift=100.0, y_scale=7.0, targets=("price",))


def comment(network: ExportedNetwork, is_rounded: bool = False) -> str:
    """The first comment, with single spaces between words."""
    text = header(network, "w", is_rounded)
    return " ".join(text[: text.index("*/")].split())


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (PICTURES, "a picture of 4 rows, 5 columns and 2 channels, in the units of the data"),
        (PICTURES, "Channel c of row i and column j is input[(i * 5 + j) * 2 + c]."),
        (PICTURES, "scores of the 3 classes in the order of w_class_names; a softmax makes probabilities"),
        (SEQUENCES, "a sequence of 6 steps of 2 numbers, in the units of the data"),
        (SEQUENCES, "Number j of step i is input[i * 2 + j]."),
        (SEQUENCES, "1 float in the units of the data; w_output_names tells which."),
    ],
)
def test_the_order_of_inputs_and_the_meaning_of_outputs_are_told(network, told):
    assert told in comment(network)


def test_columns_have_names_and_what_stands_for_words_is_told():
    plain = ExportedNetwork.of(open_example("iris").session())
    assert "4 numbers" in comment(plain) and "w_input_names tells their order. output" in comment(plain)
    assert "probabilities of the 3 classes in the order of w_class_names. constants" in comment(plain)
    coded = exported(chain(("dense", {"units": 1})), (2,), features=("colour = red", "colour = blue"))
    coded.preprocessing["inputs"].append({"column": "colour", "type": "category", "values": ["red", "blue"]})
    assert "w_input_names tells their order. Of the inputs of 'colour', that of its value" in comment(coded)


def test_the_bytes_of_numbers_are_told():
    whole, rounded = (
        int(re.search(r"constants ([\d,]+) bytes", comment(PICTURES, is_rounded))[1].replace(",", ""))
        for is_rounded in (False, True)
    )
    shift_and_scale, weights, biases = 2 * 40 * 8, 40 * 3, 3
    assert whole == shift_and_scale + 4 * (weights + biases)
    assert rounded == shift_and_scale + weights + 4 * 3 + 4 * biases


@NEEDS_COMPILER
@pytest.mark.parametrize(("network", "said"), [(PICTURES, r"[abc]\n"), (SEQUENCES, r"-?[\d.]+\n")])
def test_the_example_in_it_is_a_program(network, said, tmp_path):
    text = header(network, "w", False)
    (tmp_path / "w.h").write_text(text, "ascii")
    source = usage_of(text, "w.h").partition("\n\n")[0]
    assert source.startswith("#include <stdio.h>") and source.endswith("\n}")
    (tmp_path / "main.c").write_text(f"{source}\n", "ascii")
    command = [find_compiler(), *FLAGS, str(tmp_path / "main.c"), "-o", str(tmp_path / "main"), "-lm"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([str(tmp_path / "main")], capture_output=True, text=True, check=True)
    assert re.fullmatch(said, ran.stdout)
