"""The audit of a whole graph as the command line gives it.

Invariant: what is said of a batch or a sample says how large it is and which seed chose it; findings are shown as they
are found, each with what to do.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict
from typing import Any

from api.workspace import Workspace
from graph.audit.findings import Counts, Finding
from graph.audit.sampling import audited_sample
from graph.audit.shaped import shape_findings
from graph.audit.spreading import Opening
from graph.audit.text import isolate
from graph.audit.whole import WholeAudit
from graph.store import Reader


class Whole:
    """One audit of a whole graph, or of a sample of its triples. `findings` may be read once; the rest follows it.

    With `opening`, so many `processes` share the work on a whole graph; what they find is the same, in the same order.
    """

    def __init__(
        self,
        workspace: Workspace,
        reader: Reader,
        *,
        sample: int | None,
        seed: int,
        shapes: int,
        progress: Callable[[int], None],
        processes: int = 1,
        opening: Opening | None = None,
    ) -> None:
        self.position, self.sample, self.seed = reader.position(), sample, seed
        self.counts = Counts()
        self.found = 0
        self.shaped = 0
        self._workspace, self._reader = workspace, reader
        self._shapes, self._progress = shapes, progress
        self._processes, self._opening = processes, opening

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        for finding in self._sampled() if self.sample is not None else self._all():
            self.found += 1
            yield finding

    def _all(self) -> Iterator[Finding]:
        workspace = self._workspace
        audit = WholeAudit(
            self._reader,
            workspace.log,
            workspace.words,
            shaped=self._shapes,
            seed=self.seed,
            progress=self._progress,
            processes=self._processes,
            opening=self._opening,
        )
        self.counts = audit.counts
        yield from audit.findings()
        self.shaped = len(audit.chosen)
        yield from shape_findings(self._reader, audit.chosen)

    def _sampled(self) -> Iterator[Finding]:
        workspace = self._workspace
        sample = audited_sample(self._reader, workspace.log, workspace.words, self.sample or 0, self.seed)
        for number, (_, audit, findings) in enumerate(sample, start=1):
            self.counts.triples = number
            self.counts.claims += len(audit.claims)
            self.counts.quotes += sum(len(claim.passages) for claim in audit.claims)
            yield from findings
            self._progress(number)

    def to_json(self) -> dict[str, Any]:
        """Return the findings and what was looked at as plain JSON data."""
        findings = [{**asdict(finding), "todo": finding.todo} for finding in self.findings()]
        return {
            "passed": not findings,
            "position": self.position,
            "sample": self.sample,
            "seed": self.seed,
            "counts": asdict(self.counts),
            "shapes": {"claims": self.shaped, "of": self.counts.claims},
            "findings": findings,
        }


def lines(audit: Whole) -> Generator[str, None, None]:
    """Yield the audit as lines of text, each finding when it is found."""
    for finding in audit.findings():
        where = "" if finding.record is None else f" (record {finding.record})"
        yield f"{finding.kind}: {isolate(finding.what)}"
        yield f"  {isolate(finding.detail)}{where}"
        yield f"  to do: {finding.todo}"
    counts = audit.counts
    yield f"The graph as of log position {audit.position}:"
    if audit.sample is not None:
        yield f"  {counts.triples} triples, chosen by the seed {audit.seed}, were explained;"
        yield f"  {counts.quotes} quotes of {counts.claims} claims compared with the stored texts"
    else:
        yield f"  {counts.triples} triples of the default graph traced, of {counts.records} records,"
        yield f"  {counts.claims} claims, {counts.events} events and {counts.entities} other things"
        yield f"  {counts.quotes} quotes and {counts.words} stretches of text compared with the stored texts"
        if counts.erased:
            yield f"  {counts.erased} claims were erased with their words"
        yield f"  shapes held against {audit.shaped} of the claims, chosen by the seed {audit.seed}"
    yield "nothing was found to be wrong." if not audit.found else f"{audit.found} findings."
