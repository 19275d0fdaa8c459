"""Templates that say in which rows their nodes stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnstudio.model import templates as module
from nnstudio.model.templates import templates

NAMES = [template.id for template in templates if template.rows]
JUDGES = ("generator_and_judge", "picture_generator")


def test_networks_of_a_generator_and_its_judge_are_laid_out_in_rows():
    assert set(JUDGES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_nodes_stand_as_their_rows_say(name):
    template = templates[name]
    graph = template.graph(None)
    for row in template.rows:
        nodes = [graph[node] for node in row if node]
        assert len({node.y for node in nodes}) == 1
        assert [node.x for node in nodes] == sorted({node.x for node in nodes})
    tops = [next(graph[node].y for node in row if node) for row in template.rows]
    assert tops == sorted(set(tops))
    assert len({(node.x, node.y) for node in graph.nodes}) == len(template.nodes)


@pytest.mark.parametrize("name", JUDGES)
def test_the_generator_is_above_both_judges_whose_layers_lie_below_each_other(name):
    graph = templates[name].graph(None)
    assert graph["noise"].y < graph["k1"].y < graph["j1"].y and graph["made"].y < graph["k1"].y
    assert graph["fooled"].y < graph["caught"].y < graph["real"].y
    assert all(graph[f"k{i}"].x == graph[f"j{i}"].x for i in range(1, 7))
    assert len({graph[node].x for node in ("fooled", "caught", "real")}) == 1


def test_rows_without_a_node_are_refused(tmp_path: Path):
    node = {"kind": "relu", "options": {}}
    content = {
        "order": 1, "title": "Two", "help": "", "synonyms": [], "links": [["a", "b"]],
        "nodes": [{"id": "a", **node}, {"id": "b", **node}],
    }  # fmt: skip
    file = tmp_path / "two.json"
    for rows, is_whole in (([["a"], ["", "b"]], True), ([["a"]], False), ([["a", "b", "b"]], False)):
        file.write_text(json.dumps(content | {"rows": rows}))
        if is_whole:
            assert module._read(file).rows == (("a",), ("", "b"))
        else:
            with pytest.raises(ValueError, match="rows"):
                module._read(file)


@pytest.mark.parametrize("name", JUDGES)
def test_without_its_ends_the_rest_stands_where_it_stood(name):
    whole, inner = (templates[name].graph(None, ends) for ends in (True, False))
    assert 0 < len(list(inner.nodes)) < len(list(whole.nodes))
    assert all((node.x, node.y) == (whole[node.id].x, whole[node.id].y) for node in inner.nodes)
