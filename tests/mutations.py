"""Damages saved projects, reproducibly: bytes of the archive, values of project.json, tensors.

`take_through` opens, plans, makes a step, saves and reopens; only sentences for a person may come out.
"""

from __future__ import annotations

import copy
import io
import json
import random
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError
from nnstudio.data.facts import facts_of_data
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference, Subnetwork
from nnstudio.model.graph import Graph, Link, Node, Note
from nnstudio.model.inference import infer
from nnstudio.project import Project
from nnstudio.training.session import Diverged

SENTENCES = (SpecError, DataError, FileError, UnknownName, Diverged)
NUMBERS = (
    -1, 0, 1, 2, 7, 255, 1000, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63),
    0.0, -0.0, 0.5, -1.5, 1e-320, 1e300, 1.8e308, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
TEXTS = (
    "", " ", "0", "-1", "1e999", "nan", "all", "1-3, 7", "1-99999999999999", "run", "relu", "output", "input",
    "subnetwork", "csv", "xor", "path", "../../x", "/dev/zero", "a\0b", "\ud800", "é" * 3000, "{}", "[]",
    "a/b", "<b>x</b>", "\n\n", "dense_1", "dense_2", "input_1", "output_1", "1,2,3", "yes", "one",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [1], [[]], {"a": 1}, {"": None}, [None, "x", 3])
KEYS = ("path", "shares", "frozen", "columns", "loss", "name", "hash", "format", "best", "", "__class__")


def save_examples(folder: Path) -> list[bytes]:
    """Small trained projects: one that remembers its best epoch, one with a table, one with a sub-network."""
    table = folder / "t.csv"
    rows = [f"{i},{'red' if i % 3 else 'blue'},{i % 5},{'yes' if i % 2 else 'no'}" for i in range(12)]
    table.write_text("\n".join(["size,colour,count,good", *rows, ""]))
    points = DataReference("xor", {"samples": 12})
    result = [
        _trained(points, {"patience": 3, "schedule": "step", "optimizer": "adam"}),
        _trained(DataReference("csv", {"path": str(table)}), {"optimizer": "sgd", "momentum": 0.9}),
        _trained(points, {"optimizer": "adam"}, nested=True),
    ]
    contents = []
    for number, project in enumerate(result):
        path = folder / f"{number}.nns"
        project.save(path)
        contents.append(path.read_bytes())
    return contents


def _trained(data: DataReference, settings: dict[str, Any], nested: bool = False) -> Project:
    project = Project()
    document = project.document
    document.set_data(data)
    loss = {"loss": "binary_cross_entropy", "batch_size": 5, "epochs": 3}
    for name, value in {**loss, **settings}.items():
        document.set_settings(document.settings.with_option(name, value))
    middle = Node("dense_1", "dense", "Dense", 100, 0, {"units": 3})
    if nested:
        inner = Graph()
        for node in (Node("input_1", "input", "In", 0, 0), Node("dense_9", "dense", "D", 1, 1, {"units": 3}),
                     Node("output_1", "output", "Out", 2, 2)):  # fmt: skip
            inner.insert_node(node)
        inner.insert_link(Link("input_1", "dense_9"))
        inner.insert_link(Link("dense_9", "output_1"))
        document.add_subnetwork(Subnetwork("one", "One", inner))
        middle = Node("part", "subnetwork", "One", 100, 0, {"network": "one"})
        document.graph.insert_note(Note("note_1", "A frame", 0, 0, 50, 60, True))
    nodes = (
        Node("input_1", "input", "Input", 0, 0), middle, Node("tanh_1", "tanh", "Tanh", 150, 0),
        Node("dense_2", "dense", "Dense", 200, 0, {"units": 1}),
        Node("sigmoid_1", "sigmoid", "Sigmoid", 250, 0), Node("output_1", "output", "Output", 300, 0),
    )  # fmt: skip
    for node in nodes:
        document.graph.insert_node(node)
    for one, other in pairwise(nodes):
        document.graph.insert_link(Link(one.id, other.id))
    session = project.session()
    for _ in session.slices(1):
        pass
    session.single_step()
    project.state = session.state()
    return project


def mutate(content: bytes, rng: random.Random) -> bytes:
    """A damaged copy of a project."""
    kind = rng.choice((_in_bytes, _in_json, _in_json, _in_json, _in_tensors, _in_members))
    return kind(content, rng)


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            # Twice the same name is what is wanted: zipfile would warn.
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            archive.NameToInfo.pop(name, None)
            archive.writestr(info, content)
    return buffer.getvalue()


def _scrambled(content: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut out, doubled or added."""
    at, length = rng.randrange(len(content) or 1), rng.choice((1, 1, 2, 4, 30))
    where = rng.randrange(5)
    if where == 0:
        return content[:at]
    if where == 1:
        return content[:at] + content[at + length :]
    if where == 2:
        return content[:at] + content[at : at + length] + content[at:]
    noise = rng.randbytes(length) if rng.random() < 0.5 else b"\xff" * length
    return content[:at] + noise + content[at + (length if where == 3 else 0) :]


def _in_bytes(content: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 5))):
        content = _scrambled(content, rng)
    return content


def _in_members(content: bytes, rng: random.Random) -> bytes:
    members = list(_members(content).items())
    at = rng.randrange(len(members))
    name, held = members[at]
    match rng.randrange(6):
        case 0:
            del members[at]
        case 1:
            members.append((name, held))
        case 2:
            members[at] = (name, b"")
        case 3:
            members[at] = (rng.choice(("../x", "", "data.csv", "weights.safetensors", "project.json")), held)
        case 4:
            members[at] = (name, _scrambled(held, rng))
        case 5:
            return _packed(members, rng.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED)))
    return _packed(members)


def _in_json(content: bytes, rng: random.Random) -> bytes:
    members = _members(content)
    tree = json.loads(members["project.json"])
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _change(tree, rng)
    text = json.dumps(tree)
    if rng.random() < 0.05:
        text = text.replace("0", "[" * rng.choice((50, 100_000)), 1)
    if rng.random() < 0.05:
        # A key twice: the later one counts.
        key = rng.choice(("graph", "data", "run", "settings"))
        text = text[:-1] + f', "{key}": {json.dumps(_junk(rng))}}}'
    members["project.json"] = text.encode("utf-8", "surrogatepass")
    return _packed(list(members.items()))


def _junk(rng: random.Random) -> Any:
    # A copy: what is put in may be changed in its turn.
    return copy.deepcopy(rng.choice(rng.choice((NUMBERS, NUMBERS, TEXTS, OTHERS))))


def _change(tree: Any, rng: random.Random) -> None:
    """Change one value somewhere in plain data."""
    spots: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        pairs = list(node.items() if isinstance(node, dict) else enumerate(node))
        spots += [(node, key) for key, _ in pairs]
        waiting += [value for _, value in pairs if isinstance(value, dict | list)]
    if not spots:
        return
    holder, key = rng.choice(spots)
    match rng.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = holder.pop(key)
        case 2 if isinstance(holder, dict):
            holder[rng.choice(KEYS)] = _junk(rng)
        case 3 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 4:
            other, where = rng.choice(spots)
            if isinstance(other[where], int | float | str | None):
                holder[key] = other[where]
        case 5 if isinstance(holder[key], int | float):
            holder[key] = rng.choice(NUMBERS)
        case 6 if isinstance(holder[key], str):
            holder[key] = rng.choice(TEXTS)
        case _:
            holder[key] = _junk(rng)


def _in_tensors(content: bytes, rng: random.Random) -> bytes:
    from safetensors.numpy import load, save

    members = _members(content)
    raw = members["weights.safetensors"]
    arrays = {name: array.copy() for name, array in load(raw).items()}
    name = rng.choice(list(arrays))
    values = arrays[name]
    changes: tuple[Callable[[], Any], ...] = (
        lambda: values.astype(rng.choice(("f8", "i4", "u1", "f2", "?"))),
        lambda: values[: rng.randrange(len(values))],
        lambda: values[None],
        lambda: values.reshape(-1, 1),
        lambda: np.concatenate([values, values]),
        lambda: np.zeros((0, 3), np.float32),
        lambda: np.float32(rng.choice((np.nan, np.inf, -np.inf, 1e38, 1e-45))) + 0 * values,
        lambda: np.where(np.arange(len(values)) == rng.randrange(len(values)), np.float32("nan"), values),
    )
    match rng.randrange(4):
        case 0:
            members["weights.safetensors"] = _scrambled(raw, rng)
        case 1:
            arrays[rng.choice(("x", "best", "params"))] = arrays.pop(name)
            members["weights.safetensors"] = save(arrays)
        case 2:
            length = int.from_bytes(raw[:8], "little")
            head = json.loads(raw[8 : 8 + length])
            _change(head, rng)
            text = json.dumps(head).encode("utf-8", "surrogatepass")
            members["weights.safetensors"] = len(text).to_bytes(8, "little") + text + raw[8 + length :]
        case 3:
            arrays[name] = np.ascontiguousarray(rng.choice(changes)())
            members["weights.safetensors"] = save(arrays)
    return _packed(list(members.items()))


def take_through(path: Path, again: Path) -> str:
    """Open, plan, step, save and reopen; what was reached. Raises whatever is no sentence for a person."""
    try:
        project = Project.open(path)
    except SENTENCES as error:
        check_sentence(error)
        return "refused"
    reached = "opened"
    document = project.document
    try:
        data = project.load_data()
        facts = facts_of_data(data)
        infer(
            document.graph, data.input_shape, document.settings.loss, facts.classes, facts.targets,
            document.graphs(), (), facts.target_range,
        )  # fmt: skip
        session = project.session()
        session.single_step()
        project.state = session.state()
        reached = "trained"
    except SENTENCES as error:
        check_sentence(error)
    # What was opened can be saved, and what was saved can be opened.
    project.save(again)
    reopened = Project.open(again)
    assert not reopened.warnings, reopened.warnings
    before, after = (json.dumps(p.document.to_dict()["graph"], sort_keys=True) for p in (project, reopened))
    assert before == after
    return reached


def check_sentence(error: Exception) -> None:
    """What a person reads is short and ends like a sentence."""
    text = str(error)
    assert text and len(text) < 20_000, text[:200]


def mutations(examples: list[bytes], seed: int, count: int) -> Any:
    """(number, damaged project): number alone decides the damage."""
    for number in range(seed, seed + count):
        rng = random.Random(number)
        yield number, mutate(rng.choice(examples), rng)


__all__ = ["mutations", "save_examples", "take_through"]
