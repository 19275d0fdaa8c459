"""What differs between two runs is told in sentences that a person would say; what does not is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from runs.recorded import keep_trained

from nnkernels.spec import layers
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Link, Node
from nnstudio.project import Project, open_example
from nnstudio.runs.differences import DifferenceKind, briefly, differences
from nnstudio.runs.record import RunRecord
from nnstudio.runs.store import RunStore


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "runs.sqlite")


def kept(store: RunStore, change: Callable[[Project], None] = lambda _: None, name: str = "xor") -> RunRecord:
    project = open_example(name)
    change(project)
    return keep_trained(store, project, project.session())


def told(store: RunStore, first: RunRecord, second: RunRecord) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for each in differences(first, second, store.project_text(first.id), store.project_text(second.id)):
        texts.setdefault(each.about, []).append(each.sentence)
    return texts


def setting(**values) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        for name, value in values.items():
            project.document.set_settings(project.document.settings.with_option(name, value))

    return change


def option(kind: str, **values) -> Callable[[Project], None]:
    def change(project: Project) -> None:
        graph = project.document.graph
        node = next(node for node in graph.nodes if node.kind == kind)
        graph.replace_node(replace(node, options={**node.options, **values}))

    return change


def test_two_runs_of_one_project_do_not_differ(store):
    assert told(store, kept(store), kept(store)) == {}


def test_a_run_that_was_changed_in_its_course_is_not_called_the_same(store):
    first, second = kept(store), replace(kept(store), changed_at=1_450)
    (sentence,) = told(store, first, second)[DifferenceKind.SETTINGS]
    assert f"“{second.name}” was changed in its course, at step 1,450" in sentence
    assert briefly(second, first) == "Changed at step 1,450"


@pytest.mark.parametrize(
    "change, sentences",
    [
        (setting(optimizer="sgd"), ["SGD instead of Adam."]),
        (setting(learning_rate=0.5), ["Learning rate 0.5 instead of 0.03."]),
        (setting(loss="hinge"), ["Loss Hinge instead of Binary cross-entropy."]),
        (setting(l2=0.01, patience=5), ["L2 0.01 instead of off.", "Patience 5 instead of off."]),
        (
            setting(batch_size=5, epochs=1, seed=7),
            ["Batch size 5 instead of 10.", "Set to 1 epoch instead of 100.", "Seed 7 instead of 1."],
        ),
        (setting(schedule="step"), ["Learning rate schedule Step instead of Constant."]),
    ],
)
def test_settings(store, change, sentences):
    project, base = open_example("xor"), kept(store)
    change(project)
    first = replace(base, settings=project.document.settings.to_dict())
    assert told(store, first, base) == {DifferenceKind.SETTINGS: sentences}


@pytest.mark.parametrize(
    "change, sentence",
    [
        (option("dense", units=16), "Dense has 16 units, not 4."),
        (option("dense", units=1), "Dense has 1 unit, not 4."),
        (option("dense", bias=False), "Dense: bias off instead of on."),
        (option("dense", init_values="0.5 " * 40, init="by_hand"), "Dense: other init values."),
    ],
)
def test_options_of_layers(store, change, sentence):
    changed = open_example("xor")
    change(changed)
    base = kept(store)
    text = {**store.project_text(base.id), "graph": changed.document.graph.to_dict()}
    sentences = [d.sentence for d in differences(base, base, text, store.project_text(base.id))]
    assert sentence in sentences and len(sentences) <= 2


def test_layers_that_came_went_and_became_others(store):
    def add(project: Project) -> None:
        graph = project.document.graph
        graph.insert_node(Node("extra", "dropout", "Left out", 0, 0, layers["dropout"].defaults()))
        link = next(link for link in graph.links if link.target == "output_1")
        graph.remove_link(link)
        graph.insert_link(Link(link.source, "extra"))
        graph.insert_link(Link("extra", "output_1"))

    base, more = kept(store), kept(store, add)
    assert told(store, more, base)[DifferenceKind.LAYERS] == [
        "Has Left out (Dropout), which the other lacks."
    ]
    assert told(store, base, more)[DifferenceKind.LAYERS] == ["Lacks Left out (Dropout)."]


def test_another_kind_of_layer_and_other_links(store):
    base = kept(store)
    text = store.project_text(base.id)
    nodes = [{**n, "kind": "relu"} if n["kind"] == "tanh" else n for n in text["graph"]["nodes"]]
    other = {**text, "graph": {**text["graph"], "nodes": nodes}}
    assert [d.sentence for d in differences(base, base, other, text)] == ["Tanh is ReLU, not Tanh."]
    other = {**text, "graph": {**text["graph"], "links": text["graph"]["links"][1:]}}
    (only,) = differences(base, base, other, text)
    assert only.sentence == "The layers are linked in another way."


def test_data(store, tmp_path):
    def noise(project: Project) -> None:
        project.document.set_data(DataReference("xor", {**project.document.data.options, "noise": 0.3}))

    assert told(store, kept(store, noise), kept(store)) == {
        DifferenceKind.DATA: ["Data: noise 0.3 instead of 0."]
    }
    sentences = told(store, kept(store), kept(store, name="spiral"))[DifferenceKind.DATA]
    assert sentences[0] == "Data Exclusive or instead of Spiral." and sentences[1].startswith("Samples: 250")

    def table(text: str) -> Callable[[Project], None]:
        def change(project: Project) -> None:
            path = tmp_path / "t.csv"
            path.write_text("a,size\n" + "".join(f"{i},{text}{i}\n" for i in range(40)))
            project.document.set_data(DataReference("csv", {"path": str(path), "target": "size"}))

        return change

    first, second = (kept(store, table(text), "celsius") for text in "12")
    assert told(store, first, second) == {DifferenceKind.DATA: ["T.csv had another content."]}


def test_programs_and_what_is_not_installed_here(store):
    base = kept(store)
    other = replace(
        base, versions={**base.versions, "nnstudio": "9.9"}, settings={**base.settings, "optimizer": "magic"}
    )
    text = store.project_text(base.id)
    nodes = [{**n, "kind": "unheard-of"} if n["kind"] == "tanh" else n for n in text["graph"]["nodes"]]
    sentences = [
        d.sentence
        for d in differences(other, base, {**text, "graph": {**text["graph"], "nodes": nodes}}, text)
    ]
    assert sentences[0] == "Tanh is unheard-of, not Tanh." and sentences[1] == "Magic instead of Adam."
    assert sentences[-1].startswith("Nnstudio 9.9 instead of ")


def test_optimizers_of_groups(store):
    base, (one, other) = kept(store), (open_example("xor") for _ in range(2))
    for project, optimizer, rate in ((one, "sgd", 0.5), (other, "adam", 0.25)):
        setting(**{"judge.optimizer": optimizer, "generator.learning_rate": rate})(project)
    runs = [replace(base, settings=project.document.settings.to_dict()) for project in (one, other)]
    sentences = ["Optimizer of judge: SGD instead of Adam.", "Generator: learning rate 0.5 instead of 0.25."]
    assert told(store, *runs) == {DifferenceKind.SETTINGS: sentences}
