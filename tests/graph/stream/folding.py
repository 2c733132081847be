"""Folding a stream, a second time: over lines of N-Quads, with no store and none of the code under test."""

import re
from collections.abc import Iterable

AS = "https://www.w3.org/ns/activitystreams#"
LDES = "https://w3id.org/ldes#"
TREE = "https://w3id.org/tree#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
POSITION = "<https://w3id.org/waqai/ontology#position>"

_LINE = re.compile(r'(<[^>]*>) (<[^>]*>) (<[^>]*>|"(?:[^"\\]|\\.)*"\S*)(?: (<[^>]*>))? \.')
Line = tuple[str, str, str, str | None]


def lines(text: str) -> list[Line]:
    """The quads of an N-Quads document as written, graph last and None for the default graph."""
    found = []
    for line in text.split("\n"):
        if line:
            match = _LINE.fullmatch(line)
            assert match is not None, line
            found.append((match[1], match[2], match[3], match[4]))
    return found


def folded(quads: Iterable[Line], upto: int | None = None) -> bytes:
    """The graph that a stream gives: of each object its newest version, in the graph that is its target."""
    said: dict[str, dict[str, str]] = {}
    held: dict[str, list[str]] = {}
    members = set()
    for subject, predicate, object_, graph in dict.fromkeys(quads):
        if graph is not None:
            held.setdefault(graph, []).append(f"{subject} {predicate} {object_}")
        elif predicate == f"<{TREE}member>":
            members.add(object_)
        else:
            assert predicate not in said.setdefault(subject, {}) or subject not in members
            said[subject][predicate] = object_
    newest: dict[str, tuple[int, str]] = {}
    for member in members:
        position = int(said[member][POSITION].split('"')[1])
        thing = said[member][f"<{AS}object>"]
        if upto is None or position <= upto:
            assert newest.get(thing, (0, ""))[0] != position, "two versions of one thing at one position"
            newest[thing] = max(newest.get(thing, (0, "")), (position, member))
    graph_lines = set()
    for _, member in newest.values():
        deleted = said[member][TYPE] == f"<{AS}Delete>"
        assert deleted != bool(held.get(member))
        target = said[member].get(f"<{AS}target>")
        for triple in held.get(member, ()):
            graph_lines.add(f"{triple} ." if target is None else f"{triple} {target} .")
    return "".join(f"{line}\n" for line in sorted(graph_lines, key=lambda line: line.encode())).encode()
