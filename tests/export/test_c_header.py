"""C99 headers, compiled with all warnings as errors and run: all layers, with weights of 32 and 8 bits."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from export.cases import HOSTILE, NEEDS_COMPILER, cases, difference, expected, exported, inputs
from kernels.networks import chain

from nnstudio.export.c99 import compiler, footprint
from nnstudio.export.c99.buffers import planned
from nnstudio.export.c99.compiler import find_compiler
from nnstudio.export.c99.header import header, rounded
from nnstudio.export.c99.opening import quoted
from nnstudio.export.c_format import FLAGS
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.plain_layers import Prediction
from nnstudio.project import open_example

COUNTS = (1, 7)


def compiled(folder, source: str, *flags: str) -> str:
    (folder / "main.c").write_text(source, "utf-8")
    program = str(folder / "program")
    command = [find_compiler(), *FLAGS, "-O0", *flags, str(folder / "main.c"), "-o", program, "-lm"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[:2000]
    return program


def run_all(folder, networks, is_rounded: bool) -> list[np.ndarray]:
    """What the headers of all networks give, compiled into one program, for 1 and 7 samples each."""
    lines, given = ["#include <stdio.h>"], []
    for at, network in enumerate(networks):
        (folder / f"n{at}.h").write_text(header(network, f"n{at}", is_rounded), "ascii")
        lines.append(f'#include "n{at}.h"')
    lines.append("int main(void) {\n    static float x[4096], y[4096], workspace[65536];")
    for at, network in enumerate(networks):
        lines.append(
            f"    for (int i = 0; i < {sum(COUNTS)}; i++) {{\n"
            f"        if (fread(x, 4, N{at}_INPUTS, stdin) != N{at}_INPUTS) return 1;\n"
            f"        n{at}_network(x, y, workspace); fwrite(y, 4, N{at}_OUTPUTS, stdout); }}"
        )
        given += [inputs(network, n).astype(np.float32).tobytes() for n in COUNTS]
    program = compiled(folder, "\n".join([*lines, "    return 0;\n}\n"]))
    ran = subprocess.run([program], input=b"".join(given), capture_output=True, check=True)
    flat, results = np.frombuffer(ran.stdout, np.float32), []
    for network in networks:
        shape = Prediction.of(network).nodes[-1].shape
        size = sum(COUNTS) * int(np.prod(shape))
        results.append(flat[:size].reshape(sum(COUNTS), *shape))
        flat = flat[size:]
    assert not len(flat)
    return results


@NEEDS_COMPILER
@pytest.mark.parametrize("is_rounded", [False, True])
def test_every_layer_and_graph_predicts_the_same_at_batches_of_one_and_seven(tmp_path, is_rounded):
    networks = cases()
    for network in networks.values():
        formats["c"].check(network)
    results = run_all(tmp_path, list(networks.values()), is_rounded)
    for name, theirs in zip(networks, results, strict=True):
        for n, part in zip(COUNTS, (theirs[:1], theirs[1:]), strict=True):
            # Whole numbers of 8 bits are within a few hundredths, where the network has few channels.
            assert difference(expected(name, n), part) < (0.2 if is_rounded else 1e-5), name


@NEEDS_COMPILER
def test_names_of_the_data_are_no_code_and_values_are_in_their_units(tmp_path):
    network = exported(
        chain(("dense", {"units": len(HOSTILE)}), ("softmax", {})),
        (3,),
        classes=HOSTILE,
        features=HOSTILE[:3],
    )
    (tmp_path / "a.h").write_text(header(network, "*/ int x; /*", False), "ascii")
    number = exported(chain(("dense", {"units": 1})), (3,), y_shift=100.0, y_scale=7.0)
    (tmp_path / "b.h").write_text(header(number, "1-b", False), "ascii")
    source = """#define NETWORK_1_B_STATIC
#include <stdio.h>
#include "a.h"
#include "b.h"
int main(void) {
    const float x[3] = {1.0f, -2.0f, 0.5f};
    float y[INT_X_OUTPUTS], a, b, room[NETWORK_1_B_WORKSPACE];
    for (int i = 0; i < INT_X_CLASSES; i++) printf("%s%c", int_x_class_names[i], 0);
    for (int i = 0; i < INT_X_INPUTS; i++) printf("%s%c", int_x_input_names[i], 0);
    int_x_predict(x, y);
    network_1_b_predict(x, &a);
    network_1_b_network(x, &b, room);
    printf("%d %d", int_x_class(y), a == (float)(b * 7.0 + 100.0));
    return 0;
}
"""
    ran = subprocess.run([compiled(tmp_path, source)], capture_output=True, check=True)
    *names, last = ran.stdout.decode("utf-8").split("\0")
    assert tuple(names) == (*HOSTILE, *HOSTILE[:3]) and last.split()[1] == "1"
    assert 0 <= int(last.split()[0]) < len(HOSTILE)


def test_strings_hold_nothing_but_plain_characters():
    assert quoted('a"\\\n??/é') == '"a\\042\\134\\012\\077\\077\\057\\303\\251"'


def test_what_is_no_longer_needed_makes_room():
    network = exported(chain(*[("dense", {"units": 100}), ("relu", {})] * 5), (10,))
    space = planned(network.nodes, 10, {})
    assert space.size <= 210, "two layers' values are needed at a time"


def test_weights_of_8_bits_are_symmetric_with_a_scale_for_each_channel():
    values = np.array([[1.0, -300.0, 0], [-2.0, 100.0, 0]], np.float32)
    whole, scale = rounded(values, -1)
    assert whole.dtype == np.int8 and whole.tolist() == [[64, -127, 0], [-127, 42, 0]]
    np.testing.assert_allclose(whole * scale, values, atol=1.5)


def test_without_a_compiler_nothing_is_proved_and_the_report_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(compiler, "COMPILERS", ())
    parity = export(open_example("iris").session(), tmp_path / "w.h")
    assert parity.largest_difference is None and parity.judge == "" and "not checked" in parity.sentence


@NEEDS_COMPILER
def test_the_report_names_the_compiler(tmp_path):
    parity = export(open_example("iris").session(), tmp_path / "w.h")
    assert parity.holds and parity.judge == compiler.compiler_version() != ""
    assert parity.batches == (1,) and parity.samples > 7, "C takes one sample at a time"


@NEEDS_COMPILER
def test_the_sentence_tells_the_flash_and_ram_that_it_takes(tmp_path):
    network = exported(chain(("dense", {"units": 50}), ("relu", {}), ("dense", {"units": 3})), (40,))
    flash = {}
    for name in ("c", "c-int8"):
        path = tmp_path / f"w{formats[name].suffix}"
        formats[name].write(network, path)
        pattern = r".* ([\d,]+) bytes of flash \(([\d,]+) of numbers, .* ([\d,]+) bytes of RAM .*\."
        told = re.fullmatch(pattern, formats[name].remark(path))
        flash[name], numbers, ram = (int(n.replace(",", "")) for n in told.groups())
        assert flash[name] > numbers and ram == 4 * (40 + 50)
    assert 4 * (2000 + 150 + 53) < flash["c"] < 4 * (2000 + 150 + 53) + 4000
    assert flash["c-int8"] < flash["c"] / 2


@NEEDS_COMPILER
def test_where_nothing_measures_flash_and_ram_nothing_is_said(tmp_path, monkeypatch):
    path = tmp_path / "w.h"
    formats["c"].write(exported(chain(("dense", {"units": 2})), (3,)), path)
    monkeypatch.setattr(footprint, "FLAGS", ("--no-such-flag",))
    assert "was not measured" in formats["c"].remark(path)
    monkeypatch.setattr(compiler, "COMPILERS", ())
    assert formats["c"].remark(path) == ""


def test_what_c_has_no_constants_for_is_refused():
    network = exported(chain(("dense", {"units": 2})), (3,))
    network.arrays["dense0.weight"][0, 0] = np.inf
    with pytest.raises(ExportError, match=r"'dense0\.weight' holds numbers that are not finite"):
        formats["c"].check(network)
