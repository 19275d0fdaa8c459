"""What can be put on the canvas: layers, templates and the project's sub-networks, as one list."""

from __future__ import annotations

from dataclasses import dataclass

from nnkernels.spec import SUBNETWORK, Layer, Role
from nnstudio.model.document import Document
from nnstudio.model.templates import templates

# Between what is asked for and which one: "template:convnet", "subnetwork:ID".
OF = ":"
TEMPLATE = "template"


@dataclass(frozen=True)
class CatalogueEntry:
    """One entry of the palette and of the search. ``kind`` is what is asked for when it is chosen.

    ``role`` is that of a layer; a template has none.
    """

    kind: str
    title: str
    help: str
    category: str
    synonyms: tuple[str, ...] = ()
    role: Role | None = Role.LAYER


def catalogue(document: Document) -> list[CatalogueEntry]:
    """Everything that can be added to a document."""
    hidden = (Role.SUBNETWORK, Role.PLACEHOLDER)
    kinds: list[Layer] = [layer for layer in document.graph.registry if layer.role not in hidden]
    entries = [CatalogueEntry(k.id, k.title, k.help, k.category, tuple(k.synonyms), k.role) for k in kinds]
    for t in templates:
        entries.append(CatalogueEntry(TEMPLATE + OF + t.id, t.title, t.help, "Templates", t.synonyms, None))
    for s in document.subnetworks.values():
        count = len(s.graph.nodes)
        text = f"A sub-network of {count} nodes in this project; an edit inside applies wherever it is used."
        entries.append(
            CatalogueEntry(SUBNETWORK + OF + s.id, s.title, text, "Sub-networks", ("group", "block"))
        )
    return entries


def matches(entry: CatalogueEntry, text: str) -> int:
    """How well an entry fits a search: 0 not at all; titles before synonyms before help."""
    words = text.lower().split()
    if not words:
        return 1
    title, synonyms = entry.title.lower(), " ".join(entry.synonyms).lower()
    scores = []
    for word in words:
        if title.startswith(word):
            scores.append(5)
        elif word in title:
            scores.append(4)
        elif word in synonyms:
            scores.append(3)
        elif word in entry.help.lower():
            scores.append(2)
        elif _is_subsequence(word, title):
            scores.append(1)
        else:
            return 0
    return min(scores) + 1


def _is_subsequence(word: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in word)
