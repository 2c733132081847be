"""The figures of an evaluation on the terminal.

Invariant: quotes and names of articles are isolated in their direction, and nothing in them acts on the terminal.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from api.commands.tables import print_table
from api.evaluation import LANGUAGE, SLOT, TYPE, Comparison, Evaluation, counts_json
from graph.audit.text import isolate
from ingest.evaluation.incidents import FIGURES
from ingest.evaluation.scores import SHARES, SLOTS, Tally
from ingest.evaluation.units import ROLES

if TYPE_CHECKING:
    from ingest.evaluation.mistakes import Mistake


def print_evaluation(done: Evaluation, dimensions: Sequence[str]) -> None:
    """Print the figures of all articles, then a table for each dimension."""
    whole = done.whole
    languages = ", ".join(f"{count} {name}" for name, (count, _) in done.by(LANGUAGE).items())
    typer.echo(f"{len(done.scored)} articles ({languages})")
    for dimension in dimensions:
        typer.echo("")
        if dimension == SLOT:
            _print_slots(whole)
            continue
        counted = "in articles" if dimension == TYPE else "articles"
        header = [dimension, counted, "P", "R", "F1", "found", "extra", "missed", *SLOTS, "overall"]
        rows = [
            [name if name.isascii() else isolate(name), str(count), *_row(tally)]
            for name, (count, tally) in done.by(dimension).items()
        ]
        print_table(header, rows)
    typer.echo("")
    events = f"precision {_share(whole.precision)}  recall {_share(whole.recall)}  F1 {_share(whole.f1)}"
    typer.echo(f"events   {events}")
    typer.echo("slots    " + "  ".join(f"{slot} {_share(whole.share(slot))}" for slot in SLOTS))
    typer.echo(f"overall  {whole.overall:.3f}")
    articles, extra = done.negatives
    typer.echo(f"{articles} articles are without events; in them {extra} were found.")


def print_comparison(done: Comparison, dimensions: Sequence[str]) -> None:
    """Print how many texts agree with their incidents, for all and for each dimension."""
    header = ["", "texts", *FIGURES]
    for dimension in (None, *dimensions):
        rows = []
        for name, counts in done.by(dimension).items():
            cells = [f"{_share(f['share'])} ({f['right']}/{f['of']})" for f in counts_json(counts).values()]
            rows.append([name if name.isascii() else isolate(name), str(counts["texts"]), *cells])
        if dimension is None:
            for title, cell in zip(header[1:], rows[0][1:], strict=True):
                typer.echo(f"{title:26}{cell}")
        else:
            typer.echo("")
            print_table([dimension, *header[1:]], rows)


def print_mistakes(listed: Sequence["Mistake"], number: int) -> None:
    """Print the first `number` mistakes under their articles."""
    article = None
    for mistake in listed[:number]:
        if mistake.article != article:
            article = mistake.article
            typer.echo(f"\n{article}  {isolate(mistake.outlet)}" if mistake.outlet else f"\n{article}")
        rule = f", rule {mistake.rule}" if mistake.rule else ""
        if mistake.kind == "missed":
            beside = f"; found there: {mistake.beside}" if mistake.beside else ""
            typer.echo(f"  missed {mistake.type}: {isolate(mistake.gold)}{beside}")
        elif mistake.kind == "extra":
            typer.echo(f"  extra {mistake.type}: {isolate(mistake.predicted)}{rule}")
        else:
            values = " predicted ".join(isolate(v) if v else "nothing" for v in (mistake.gold, mistake.predicted))
            typer.echo(f"  {mistake.kind} of {mistake.type}: gold {values}{rule}")
        typer.echo(f"    {isolate(mistake.quote)}")
    if len(listed) > number:
        typer.echo(f"\n{len(listed) - number} more mistakes; --errors FILE writes all.")


def _print_slots(whole: Tally) -> None:
    rows = []
    for name, roles in (("agent", ("agent",)), ("target", ("target",)), ("roles", ROLES)):
        precision, recall = whole.role_precision(*roles), whole.role_recall(*roles)
        rows.append([name, _share(precision), _share(recall), _share(whole.role_f1(*roles)), "", ""])
    for slot in SHARES:
        right, of = whole.counts[f"{slot} right"], whole.counts[slot]
        rows.append([slot, "", "", _share(whole.share(slot)), str(right), str(of)])
    print_table(["slot", "precision", "recall", "F1 or share", "right", "of"], rows)


def _row(tally: Tally) -> list[str]:
    counts = (str(tally.counts[name]) for name in ("found", "extra", "missed"))
    shares = (_share(tally.share(slot)) for slot in SLOTS)
    return [_share(tally.precision), _share(tally.recall), _share(tally.f1), *counts, *shares, f"{tally.overall:.3f}"]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
