"""A graph of real posts and reports, extracted by the project: any triple of it is explained, and nothing is wrong.

The texts are third-party and lie beside the project; where they are absent this is skipped.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.workspace import Workspace
from graph.audit.sampling import audited_sample
from graph.audit.shaped import shape_findings
from graph.audit.whole import WholeAudit
from ontology.model import Article
from tests.quality.figures import INCIDENTS, path

TRIPLES, SEED = 1000, 20241130


@pytest.fixture(scope="module")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    source = path(INCIDENTS)
    if not source.is_file():
        pytest.skip(f"the development data {source.name} are not there")
    with Workspace(Path(tmp_path_factory.mktemp("incidents")) / "data") as workspace:
        for line in source.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            day = row["incident"]["date"]
            article = Article(row["text"], row["lang"], publisher=row.get("publisher"), url=row["url"], published=day)
            workspace.ingest(article)
        yield workspace


@pytest.mark.slow
def test_any_triple_is_explained_and_no_quote_differs(incidents: Workspace) -> None:
    graph = incidents.graph()
    seen = 0
    for triple, audit, findings in audited_sample(graph, incidents.log, incidents.words, TRIPLES, SEED):
        assert findings == [], triple
        assert audit.passed, triple
        for claim in audit.claims:
            for passage in claim.passages:
                text = incidents.text(claim.article.iri.rpartition("/")[2])
                assert text is not None
                assert passage.quote == text[passage.start : passage.end]
        seen += 1
    assert seen == TRIPLES


@pytest.mark.slow
def test_the_whole_graph_passes(incidents: Workspace) -> None:
    graph = incidents.graph()
    audit = WholeAudit(graph, incidents.log, incidents.words, shaped=100)
    assert list(audit.findings()) == []
    assert audit.counts.claims > 1000
    assert list(shape_findings(graph, audit.chosen)) == []
