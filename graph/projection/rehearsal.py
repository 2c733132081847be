"""Whether records can be projected, asked before they are in the log.

Invariant: a record that the projection cannot follow is never appended: it would hold up all that come after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.iris import Iris
from graph.log import NewRecord, Record
from graph.projection.records import project
from ontology.identity import sha256_hex


def rehearse(records: Sequence[NewRecord], article: Mapping[str, Any], contents: Iterable[bytes], iris: Iris) -> None:
    """Project the records of an article that is not in the log yet, and let go of what they give.

    Args:
        records: what is to be appended.
        article: the payload of its ArticleIngested.
        contents: what that names.
        iris: what IRIs are made under.

    Raises:
        graph.projection.ProjectionError, ontology.vocabulary.UnknownTerm, ValueError: they cannot be projected.
    """
    named = {sha256_hex(content): content for content in contents}
    for number, new in enumerate(records, 1):
        record = Record(
            v=1,
            position=number,
            stream="",
            version=number,
            type=new.type,
            schema=new.schema,
            recorded="1970-01-01T00:00:00.000000Z",
            actor="",
            cause=new.cause,
            key=None,
            payload=dict(new.payload),
            body=b"",
        )
        project(record, articles={article["article"]: article}.get, content=named.get, iris=iris)
