"""What the demo shows of one event that several claims tell, of a correction, and of a merge that is undone.

Invariant: decisions are taken in a copy beside the demo's own data, which never change.
"""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from api.commands.options import isolated, open_workspace
from api.commands.tables import answer_table
from api.failures import Failure

if TYPE_CHECKING:
    from api.decisions import Order
    from api.settings import Settings
    from api.workspace import Workspace
    from ontology.model import Article

COPY: Final = "decided"  # the folder of the copy, in that of the demo

_CORRECTED: Final = "demo-01"
_WRONG, _RIGHT = "٢٣", "١٣"  # what demo-02 says was wrong in demo-01, and what is right
_ACTOR: Final = "waqai demo"

_TOLD_MOST: Final = """SELECT ?event (MAX(?claims) AS ?n) (COUNT(DISTINCT ?denial) AS ?denials) {
  ?event wq:claimCount ?claims FILTER(?claims > 1) OPTIONAL { ?denial wq:denies ?event }
} GROUP BY ?event ORDER BY DESC(?denials > 0) DESC(?n) ?event LIMIT 1"""
_CLAIMS: Final = """SELECT (MIN(STR(?by)) AS ?outlet) (MIN(STR(?name)) AS ?source) (MIN(STR(?quote)) AS ?words) {
  <%s> wq:claim ?claim . ?claim prov:wasDerivedFrom/schema:publisher/rdfs:label ?by .
  ?claim wq:evidence/oa:hasSelector/oa:exact ?quote OPTIONAL { ?claim wq:attributedTo/rdfs:label ?name }
} GROUP BY ?claim ORDER BY ?outlet ?claim"""
_STANDING: Final = """SELECT ?claims ?outlets ?originsAtLeast ?originsAtMost ?interested ?contested {
  <%s> wq:claimCount ?claims ; wq:outletCount ?outlets ; wq:originsAtLeast ?originsAtLeast ;
    wq:originsAtMost ?originsAtMost ; wq:interestedOrigins ?interested ; wq:contested ?contested }"""
_TOLLS: Final = """SELECT ?category ?population ?low ?best ?high ?rule {
  <%s> wq:toll ?toll . ?toll wq:category ?category ; wq:tollRule ?rule
  OPTIONAL { ?toll wq:population ?population } OPTIONAL { ?toll wq:low ?low }
  OPTIONAL { ?toll wq:best ?best } OPTIONAL { ?toll wq:high ?high }
} ORDER BY DESC(?category) ?population"""
_DENIALS: Final = """SELECT (MIN(STR(?by)) AS ?outlet) (MIN(STR(?name)) AS ?deniedBy) (MIN(STR(?quote)) AS ?words) {
  ?claim wq:denies <%s> ; prov:wasDerivedFrom/schema:publisher/rdfs:label ?by .
  ?claim wq:evidence/oa:hasSelector/oa:exact ?quote OPTIONAL { ?claim wq:attributedTo/rdfs:label ?name }
} GROUP BY ?claim ORDER BY ?outlet ?claim"""
_KILLED_IN: Final = """SELECT ?event ?what ?killed {
  ?event a wq:ArmedClash ; wq:claim/prov:wasDerivedFrom <%s> ; rdfs:label ?what ; wq:fatalitiesBest ?killed
  FILTER(LANG(?what) = "ar")
} ORDER BY ?event"""
_TWO_LANGUAGES: Final = """SELECT ?kept ?other {
  ?one wq:possibleMatch/wq:withClaim ?two .
  ?kept a wq:Airstrike ; wq:claim ?one . ?other a wq:Airstrike ; wq:claim ?two .
  ?one prov:wasDerivedFrom/schema:inLanguage "ar" . ?two prov:wasDerivedFrom/schema:inLanguage "en"
} ORDER BY ?kept ?other LIMIT 1"""
_BOTH: Final = """SELECT ?event ?what ?claims ?killed ?low ?best ?high ?rule {
  VALUES ?event { <%s> <%s> } ?event rdfs:label ?what ; wq:claimCount ?claims FILTER(LANG(?what) = "en")
  OPTIONAL { ?event wq:toll ?toll . ?toll wq:category wq:Killed ; wq:tollRule ?rule
    OPTIONAL { ?toll wq:population ?killed }
    OPTIONAL { ?toll wq:low ?low } OPTIONAL { ?toll wq:best ?best } OPTIONAL { ?toll wq:high ?high } }
} ORDER BY ?event ?best"""
_TOLD: Final = """CONSTRUCT { ?thing ?property ?value } WHERE {
  VALUES ?class { wq:Event wq:Claim wq:Toll } ?thing a ?class ; ?property ?value
}"""


def show_event(workspace: "Workspace") -> None:
    """Print the event that most claims tell of those that somebody denies: who says what, the tolls, the denials."""
    found = _row(workspace, _TOLD_MOST)
    if not found:
        return
    event, claims = found[0], found[1]
    _say(f"one event that {claims} claims tell: {event[len(workspace.iris.base) :]}")
    for title, query in (
        ("what each says, and whom it quotes", _CLAIMS),
        ("how many stand behind it: five outlets that quote one monitor are one origin", _STANDING),
        ("its tolls: each number is one that a claim states, chosen by the rule; nothing is added up", _TOLLS),
        ("the denials of it, which are no part of it", _DENIALS),
    ):
        typer.echo(f"\n{title}:")
        answer_table(workspace.query(query % event), workspace.iris.base)


def show_saved(workspace: "Workspace", name: str, given: Iterable[tuple[str, str]] = ()) -> None:
    """Print the answer of a saved query, under the command that gives it."""
    from api.queries.saved import load, terms_of

    query, values = load()[name], tuple(given)
    _say(f"waqai query --saved {name}{''.join(f' --with {key}={value}' for key, value in values)}")
    typer.echo(f"{query.summary['en']}\n")
    answer_table(workspace.query(query.filled(terms_of(query, values))), workspace.iris.base)


def show_decisions(workspace: "Workspace", settings: "Settings", articles: Iterable["Article"]) -> None:
    """Correct an article, merge two events and undo that, all in a copy of the data of `workspace`."""
    folder = settings.data / COPY
    _copied(workspace, settings.data, folder)
    _say(f"decisions, in a copy of the data: {folder}")
    earlier = next(article for article in articles if article.external_id == _CORRECTED)
    later = replace(
        earlier,
        text=earlier.text.replace(_WRONG, _RIGHT),
        title=None if earlier.title is None else earlier.title.replace(_WRONG, _RIGHT),
        original=None,
    )
    with open_workspace(settings.model_copy(update={"data": folder}), create=False, actor=_ACTOR) as copy:
        copy.project()
        _correct(copy, workspace, earlier, later, folder)
        _merge(copy, folder)


def _copied(workspace: "Workspace", data: Path, folder: Path) -> None:
    """Copy what the data folder of `workspace` holds, without what is made from its log."""
    from api.datafolder import CONTENT_FOLDER, LOG_FILE
    from graph.log import LogError, SqliteLog
    from graph.log.migration import migrate

    try:
        shutil.copytree(data / CONTENT_FOLDER, folder / CONTENT_FOLDER)
        with SqliteLog(folder / LOG_FILE) as log:
            migrate(workspace.log, log)  # a copy of the file would take its lock away from this process
    except (OSError, shutil.Error, LogError) as error:
        raise Failure(
            f"the demo cannot copy its data to {folder}: {error}; choose another folder with --data."
        ) from None


def _correct(copy: "Workspace", extracting: "Workspace", earlier: "Article", later: "Article", folder: Path) -> None:
    from api.changing import history_text
    from api.curating import correct
    from graph.travel import changes
    from ontology.curations import CorrectionKind

    base = copy.iris.base
    found = _row(copy, _KILLED_IN % copy.iris.article(earlier.id).value)
    if not found:
        return  # a lexicon that reads the article otherwise
    event = found[0]
    _say(f"a correction that moves a figure: {isolated(earlier.title or earlier.id)}")
    typer.echo("before:")
    answer_table(copy.query(_KILLED_IN % copy.iris.article(earlier.id).value), base)
    typer.echo(f"\nwaqai correct {earlier.id} corrected.txt --kind notice")
    done = correct(
        copy,
        earlier.id,
        _order("the agency says on 15 October that it was 13 and not 23"),
        kind=CorrectionKind.NOTICE,
        corrected=lambda before: later,
        extracted=extracting.extract(later),
    )
    copy.project()
    typer.echo(f"record {done.positions[0]}\n\nafter:")
    answer_table(copy.query(_KILLED_IN % copy.iris.article(later.id).value), base)
    typer.echo(f"\nwaqai history {event[len(base) :]} --lines 6 --data {folder}")
    steps = changes.history(copy.graph(), copy.log, copy.projector, event)
    for line in history_text(steps, event, base, 6):
        typer.echo(line)


def _merge(copy: "Workspace", folder: Path) -> None:
    from api.curating import merge, undo

    base = copy.iris.base
    pair = _row(copy, _TWO_LANGUAGES)
    if not pair:
        return
    kept, other = pair
    _say("a merge that is undone without loss")
    before = _digest(copy)
    typer.echo("an Arabic and an English report that may be about one strike:")
    answer_table(copy.query(_BOTH % (kept, other)), base)
    typer.echo(f"\nwaqai merge {kept[len(base) :]} {other[len(base) :]}")
    done = merge(copy, [kept, other], _order("the crowded roundabout of the English report is this one"))
    copy.project()
    merged = _digest(copy)
    typer.echo(f"record {done.positions[0]}: one event\n")
    answer_table(copy.query(_BOTH % (kept, other)), base)
    typer.echo(f"\nwaqai undo {done.positions[0]}")
    undone = undo(copy, done.positions, _order("only to show that nothing is lost"))
    copy.project()
    after = _digest(copy)
    typer.echo(f"record {undone.positions[0]}: two events again\n")
    answer_table(copy.query(_BOTH % (kept, other)), base)
    typer.echo("\nSHA-256 of all that the default graph says of events, claims and tolls:")
    for when, digest in (("before", before), ("merged", merged), ("undone", after)):
        typer.echo(f"  {when}  {digest}")
    typer.echo("undone is as before" if after == before else "undone is NOT as before")
    typer.echo(f"All decisions: waqai log list --data {folder}")


def _order(reason: str) -> "Order":
    from api.decisions import Order

    return Order(reason, _ACTOR)


def _row(workspace: "Workspace", query: str) -> list[str]:
    """Return the terms of the first row, none where there is none."""
    for row in workspace.query(query).rows():
        return ["" if term is None else term.value for term in row]  # type: ignore[attr-defined]
    return []


def _digest(workspace: "Workspace") -> str:
    """Return the digest of the sorted N-Triples about events, claims and tolls."""
    from ontology.identity import sha256_hex

    return sha256_hex(b"\n".join(sorted(workspace.query(_TOLD).serialize("application/n-triples").splitlines())))


def _say(what: str) -> None:
    typer.echo(f"\n== {what}")
