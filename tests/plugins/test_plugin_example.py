"""Somebody else's package, installed into an environment of its own, keeps the contracts of our own parts."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from plugins.recipes import worked_examples

TESTS = Path(__file__).parents[1]
EXAMPLE = TESTS / "plugin_example"
GUIDE = (TESTS.parent / "CONTRIBUTING.md").read_text("utf-8")
# The table of CONTRIBUTING.md says which tests are contracts.
CONTRACTS = re.findall(r"`(tests/\S+/test_\w+\.py)`", GUIDE)
GROUPS = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
# What the example adds: its entry points are named as what they register.
THINGS = [name for group in GROUPS.values() for name in group]
LOAD_ALL = """
from nnkernels import warm
from nnkernels.spec import registry
from nnkernels import spec
from nnstudio.data.dataset import sources
from nnstudio.doctor.finding import findings
from nnstudio.explain.method import methods
from nnstudio.export.format import formats
from nnstudio.model.templates import templates
from nnstudio.ui.live.view import live_views
"""


class Environment:
    """A virtual environment that sees all packages of this one, and some more."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=os.name != "nt")
        inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        self.python = folder / inside
        (self.packages,) = folder.rglob("site-packages")
        seen = [
            p for p in sys.path if p.endswith(("site-packages", "dist-packages"))
        ] + site.getsitepackages()
        lines = [f"import site; site.addsitedir({path!r})" for path in dict.fromkeys(seen)]
        lines += [str(TESTS.parent), str(TESTS.parent / "kernels")]
        (self.packages / "outside.pth").write_text("\n".join(lines) + "\n")

    def run(self, *words: str, **options) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        return subprocess.run(
            [str(self.python), *words], capture_output=True, text=True, env=variables, **options
        )

    def install(self, wheel: Path) -> None:
        """What pip does with a pure wheel."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.packages)

    def add(self, name: str, group: str, text: str) -> None:
        """A package of one module, with one entry point."""
        (self.packages / f"{name}.py").write_text(text, encoding="utf-8")
        info = self.packages / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}\n")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The example, built as anyone would."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(EXAMPLE, source / "it", ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(target)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=source / "it", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory) -> Environment:
    """With the example and the worked examples of the recipes."""
    environment = Environment(tmp_path_factory.mktemp("environment"))
    environment.install(wheel)
    for example in worked_examples().values():
        environment.add(example.name, example.group, example.text)
    return environment


def test_the_example_and_the_recipes_pass_the_same_contract_tests(environment):
    things = [*THINGS, *(example.name for example in worked_examples().values())]
    done = environment.run(
        "-m", "pytest", "-p", "no:cacheprovider", "-k", " or ".join(things), "-v", *CONTRACTS,
        cwd=TESTS.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for name in things:
        assert any("PASSED" in line and name in line for line in done.stdout.splitlines()), name


def test_what_it_adds_is_found_and_its_operators_are_compiled_ahead(environment):
    code = LOAD_ALL + (
        "print([k.name for k in warm.kernels() if 'example_softsign' in k.name])\n"
        "found = {'layers': spec.layers, 'losses': spec.losses, 'schedules': spec.schedules,"
        " 'formats': formats, 'sources': sources, 'views': live_views, 'templates': templates,"
        " 'findings': findings, 'methods': methods}\n"
        f"print([name for group, names in {GROUPS!r}.items() for name in names"
        " if name not in found[group.removeprefix('nnstudio.')]])\n"
        "print(registry.skipped())\n"
    )
    done = environment.run("-c", code)
    assert done.returncode == 0, done.stderr
    kernels, missing, skipped = done.stdout.splitlines()
    assert kernels.count("example_softsign") >= 2
    assert missing == "[]" and skipped == "[]"


def test_a_project_made_with_it_says_what_is_missing_elsewhere(environment, tmp_path):
    make = (
        "import sys; from pathlib import Path; from nnstudio.project import open_example\n"
        "p = open_example('spiral'); g = p.document.graph\n"
        "node = next(n for n in g.nodes if n.kind == 'tanh')\n"
        "from dataclasses import replace\n"
        "g.replace_node(replace(node, kind='example_softsign', options={}))\n"
        "p.save(Path(sys.argv[1]))\n"
    )
    path = tmp_path / "p.nns"
    done = environment.run("-c", make, str(path))
    assert done.returncode == 0, done.stderr
    done = environment.run("-m", "nnstudio", "train", str(path), "--epochs", "1", "--json")
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [sys.executable, "-m", "nnstudio", "evaluate", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no layer called 'example_softsign'" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "change, words",
    [
        ("d.set_settings(d.settings.with_option('loss', 'example_log_cosh'))", "no loss called"),
        ("d.set_settings(d.settings.with_option('schedule', 'example_inverse'))", "no schedule called"),
        ("d.set_data(DataReference('example_moons', {}))", "no data set called"),
    ],
    ids=["loss", "schedule", "data"],
)
def test_settings_and_data_of_a_missing_package_are_named(environment, tmp_path, change, words):
    path = tmp_path / "p.nns"
    make = (
        "import sys; from pathlib import Path; from nnstudio.project import open_example\n"
        "from nnstudio.model.document import DataReference\n"
        f"p = open_example('celsius'); d = p.document; {change}; p.save(Path(sys.argv[1]))\n"
    )
    done = environment.run("-c", make, str(path))
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        [sys.executable, "-m", "nnstudio", "evaluate", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 2 and f"{words} 'example_" in done.stderr and "not installed" in done.stderr
    assert "damaged" not in done.stderr and "Traceback" not in done.stderr


def test_broken_plug_ins_are_named_and_everything_else_works(wheel, tmp_path):
    environment = Environment(tmp_path / "it")
    environment.install(wheel)
    environment.add("gloomy", "nnstudio.layers", "raise RuntimeError('the card is gone')")
    environment.add(
        "second", "nnstudio.layers",
        "from nnkernels.spec import Layer, layers\n"
        "@layers.register\nclass Other(Layer):\n    id = 'example_softsign'\n",
    )  # fmt: skip
    done = environment.run("-m", "nnstudio", "example", "xor", str(tmp_path / "x.nns"))
    assert done.returncode == 0 and "Wrote" in done.stdout
    lines = done.stderr.splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("nnstudio: ") and "plug-in 'gloomy'" in lines[0] and "card is gone" in lines[0]
    assert "plug-in 'second'" in lines[1] and "call themselves 'example_softsign'" in lines[1]
