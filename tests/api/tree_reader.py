"""A reader of TREE pages that knows nothing of Waqai: begins at an address, follows relations, keeps what it got."""

from dataclasses import dataclass, field

import httpx

from tests.graph.stream.folding import TREE, Line, lines


@dataclass
class Reader:
    """What was read so far. `read` fetches what may have changed since; immutable pages are never fetched again."""

    client: httpx.Client
    address: str
    quads: list[Line] = field(default_factory=list)
    immutable: set[str] = field(default_factory=set)
    tags: dict[str, str] = field(default_factory=dict)
    related: dict[str, list[str]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def read(self) -> list[Line]:
        waiting, seen = [self.address], set()
        while waiting:
            address = waiting.pop(0)
            if address in seen or address in self.immutable:
                continue
            seen.add(address)
            headers = {"accept": "application/n-quads"}
            if address in self.tags:
                headers["if-none-match"] = self.tags[address]
            answer = self.client.get(address, headers=headers, follow_redirects=True)
            if answer.status_code == 304:
                waiting += self.related[address]
                continue
            assert answer.status_code == 200, answer.text
            self.fetched.append(address)
            node = f"<{answer.url}>"
            got = lines(answer.text)
            self.quads += got
            relations = {object_ for subject, predicate, object_, _ in got if (subject, predicate) == (node, _RELATION)}
            self.related[address] = [
                object_[1:-1]
                for subject, predicate, object_, _ in got
                if (subject in relations and predicate == _NODE)
                or (address == self.address and predicate == f"<{TREE}view>")
            ]
            waiting += self.related[address]
            self.tags[address] = answer.headers["etag"]
            if "immutable" in answer.headers["cache-control"]:
                self.immutable.add(address)
        return self.quads


_RELATION = f"<{TREE}relation>"
_NODE = f"<{TREE}node>"
