"""`waqai gazetteer review`: look at doubtful links, decide on them, take decisions back.

Invariant: each decision is one record, on disk before the next question is asked, so that a kill costs none; nothing is
decided without a reason.
"""

import getpass
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataOption, FormatOption, isolated, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Misuse

if TYPE_CHECKING:
    from api.deciding import Taken
    from api.doubts import Question
    from api.offers import OutsideOffer
    from api.settings import Settings
    from api.workspace import Workspace
    from ingest.gazetteer import Gazetteer

_ASKED = "accept (a), reject (r), choose (c), keep local (l), skip (s), quit (q)"


def review(
    question: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="A link to decide on, as the list names it.", show_default=False),
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="The machine's link is right.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="The machine's link is wrong.")] = False,
    choose: Annotated[str | None, typer.Option("--choose", metavar="KEY", help="Another place is meant.")] = None,
    offer: Annotated[
        str | None,
        typer.Option("--offer", metavar="RECORD:RANK", help="What an outside service offered is meant."),
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="No gazetteer has the place that is meant.")] = False,
    within: Annotated[
        str | None, typer.Option("--in", metavar="KEY", help="What the place lies in, with --reject and --local.")
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="How you know. It stays in the log for ever: quote no article, name no victim."),
    ] = None,
    scope: Annotated[
        str,
        typer.Option(
            "--remember",
            help="For later articles: country (on the same country), within (same area) or mentions (none).",
        ),
    ] = "country",
    undo: Annotated[int | None, typer.Option("--undo", metavar="RECORD", help="Take a decision back.")] = None,
    reviewer: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who decides (WAQAI_REVIEWER; default: you).")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most links to list.")] = 20,
    everything: Annotated[bool, typer.Option("--all", help="List what is beyond doubt or reviewed, too.")] = False,
    interactive: Annotated[
        bool | None, typer.Option("--ask/--list", help="Ask for decisions one by one (default on a terminal), or list.")
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """List doubtful links of places with their evidence, the most useful first, and decide on them.

    A decision holds for all mentions of the name that were linked alike, and is remembered for later articles. Each is
    one record of the log; --undo takes it back.

    Example: waqai gazetteer review 3fa2c1d09b --choose geonames:170063 --reason "the map in the report shows it"
    """
    from api.deciding import SCOPES

    one_of("--format", output, ("text", "json"))
    one_of("--remember", scope, SCOPES)
    given = {
        "accept": accept,
        "reject": reject,
        "choose": choose is not None,
        "offer": offer is not None,
        "local": local,
    }
    decision = _decision(question, given, undo=undo, within=within)
    settings = settings_of(data=data, reviewer=reviewer)
    by, longest = settings.reviewer or getpass.getuser(), settings.review_reason_chars
    if (decision is not None or undo is not None) and not (reason or "").strip():
        raise Misuse("a decision needs --reason: say in a few words how you know.")
    with open_workspace(settings, create=False, actor=by) as workspace:
        if undo is not None:
            from api.deciding import undo as take_back

            _print_taken(take_back(workspace, undo, reason or "", by, longest), output, undone=undo)
            return
        from api.offers import offers

        gazetteer = _gazetteer(settings)
        if decision is not None:
            from api.deciding import Answer, decide
            from ontology.reviews import Decision

            answer = Answer(question or "", Decision(decision), reason or "", by, choose, within, scope, longest, offer)
            _print_taken(decide(workspace, gazetteer, answer), output)
            return
        if question is not None:
            from api.deciding import look

            asked, total = [look(workspace, gazetteer, question)], 1
        else:
            asked, total = _asked(workspace, gazetteer, settings, limit, everything=everything)
        if output == "json":
            import orjson

            from api.questions import question_json

            offered = offers(workspace, (q.key for q in asked))
            shown = [question_json(q, gazetteer, offered.get(q.key, ())) for q in asked]
            listed = {"total": total, "questions": shown}
            typer.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
            return
        at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        if interactive or (interactive is None and at_terminal):
            _ask(workspace, gazetteer, asked, by, scope, longest)
            return
        offered = offers(workspace, (q.key for q in asked))
        for one in asked:
            _print_question(one, gazetteer, offered.get(one.key, ()))
        more = total - limit
        count = "1 link" if total == 1 else f"{total:,} links"
        typer.echo(f"{count} to review{f', {more:,} not shown (--limit)' if more > 0 else ''}.")


def _decision(question: str | None, given: Mapping[str, bool], *, undo: int | None, within: str | None) -> str | None:
    """Return what was decided, None where nothing was."""
    decided = [name for name, is_given in given.items() if is_given]
    if len(decided) > 1 or (decided and undo is not None):
        raise Misuse("give one decision: --accept, --reject, --choose KEY, --offer RECORD, --local or --undo RECORD.")
    if decided and question is None:
        raise Misuse(f"--{decided[0]} needs the ID of a link: waqai gazetteer review lists them.")
    if undo is not None and question is not None:
        raise Misuse("--undo takes the number of a record and no ID of a link.")
    if within is not None and decided not in (["reject"], ["local"]):
        raise Misuse("--in goes with --reject and --local: it says what the unlisted place lies in.")
    if decided == ["offer"]:
        return "choose"
    return decided[0] if decided else None


def _gazetteer(settings: "Settings") -> "Gazetteer":
    from ingest.gazetteer import Gazetteer

    return Gazetteer.open(imports=settings.gazetteer_folder)


def _asked(
    workspace: "Workspace", gazetteer: "Gazetteer", settings: "Settings", limit: int, *, everything: bool
) -> "tuple[list[Question], int]":
    from api.doubts import Doubtful, questions

    doubtful = Doubtful(settings.review_margin, settings.review_mentions)
    with (
        progress("reading links", workspace.log.head()) as show,
        questions(workspace, gazetteer, doubtful, reviewed=everything, progress=show) as found,
    ):
        return found.page(limit), len(found)


def _ask(
    workspace: "Workspace", gazetteer: "Gazetteer", asked: "list[Question]", reviewer: str, scope: str, longest: int
) -> None:
    """Ask for a decision on each question; every answer is in the log before the next question."""
    from api.deciding import Answer, Refused, decide
    from api.offers import offers
    from ontology.reviews import Decision

    offered = offers(workspace, (question.key for question in asked))
    letters = {"a": Decision.ACCEPT, "r": Decision.REJECT, "c": Decision.CHOOSE, "l": Decision.LOCAL}
    taken = 0
    for number, question in enumerate(asked, start=1):
        typer.echo(f"\n{number} of {len(asked)}")
        _print_question(question, gazetteer, offered.get(question.key, ()), advise=False)
        while True:
            letter = str(typer.prompt(_ASKED, default="s")).strip()[:1].lower()
            if letter == "q":
                typer.echo(f"{taken} decided.")
                return
            if letter == "s":
                break
            if letter not in letters:
                continue
            key = str(typer.prompt("key of the place, or candidate (12:1)")) if letter == "c" else None
            of_record = key if key is not None and key.replace(":", "").isdigit() else None
            reason = str(typer.prompt("reason", default="", show_default=False))
            try:
                answer = Answer(
                    question.shown_id,
                    letters[letter],
                    reason,
                    reviewer,
                    key if of_record is None else None,
                    None,
                    scope,
                    longest,
                    of_record,
                )
                done = decide(workspace, gazetteer, answer, question)
            except Refused as refused:
                typer.echo(f"refused: {refused}")
                continue
            _print_taken(done, "text")
            taken += 1
            break
    typer.echo(f"{taken} decided.")


def _print_taken(taken: "Taken", output: str, undone: int | None = None) -> None:
    if output == "json":
        import orjson

        from api.questions import taken_json

        typer.echo(orjson.dumps(taken_json(taken), option=orjson.OPT_INDENT_2).decode())
        return
    count = "1 mention" if taken.mentions == 1 else f"{taken.mentions:,} mentions"
    if undone is not None:
        typer.echo(f"record {taken.position}: record {undone} is taken back ({count})")
        return
    there = " was there already" if taken.again else ""
    now = _names(taken.now.names) if taken.now is not None and taken.now.names else "a local place"
    kept = "remembered for later articles" if taken.remembered else "not remembered"
    typer.echo(f"record {taken.position}{there}: {count} of {now}; {kept}")


def _print_question(
    question: "Question", gazetteer: "Gazetteer", offered: "Sequence[OutsideOffer]" = (), *, advise: bool = True
) -> None:
    from api.doubts import candidates, similar
    from graph.audit.text import isolate

    count = "1 mention" if len(question.mentions) == 1 else f"{len(question.mentions):,} mentions"
    where = f", articles on {question.country}" if question.country else ""
    typer.echo(f"{question.shown_id}  {isolate(question.name)}  {count}{where}: {_why(question)}")
    for example in question.examples:
        before, name, after = (
            example.passage[: example.start],
            example.passage[example.start : example.end],
            example.passage[example.end :],
        )
        typer.echo(f"    {isolate(f'{before}[{name}]{after}')}")
    bearers = candidates(gazetteer, question)
    for candidate in bearers:
        entry = candidate.entry
        parts = ", ".join(f"{part} {points}" for part, points in candidate.parts)
        score = f"ruled out: {candidate.against}" if candidate.against else f"score {candidate.score}: {parts}"
        around = ", ".join(_names(area.names) for area in entry.within) or "nothing known"
        typer.echo(f"  {entry.key}  {_names(entry.names)}; {entry.kind} in {around}; {score}")
    for ratio, entry in [] if bearers else similar(gazetteer, question):
        around = ", ".join(_names(area.names) for area in entry.within)
        typer.echo(f"  {entry.key}  {_names(entry.names)}; {entry.kind} in {around}; sounds alike ({ratio:.2f})")
    for one in offered:
        score = f", score {isolated(one.offer.score)}" if one.offer.score is not None else ""
        where = isolated(one.offer.iri) if one.offer.iri is not None else "no web address"
        typer.echo(f"  offer {one.shown}  {isolated(one.offer.name)}; {where}; {isolated(one.service)}{score}")
    if question.state:
        now = "; ".join(_names(place.names) if place.names else "a local place" for place in question.now)
        typer.echo(f"  reviewed in record {question.state}: means {now}")
    if advise:
        typer.echo(f'  waqai gazetteer review {question.shown_id} --choose KEY --reason "…"')


def _why(question: "Question") -> str:
    linking = question.linked.linking
    if question.linked.names:
        margin = f", {linking.margin} ahead of the next" if linking is not None and linking.margin is not None else ""
        return f"linked to {_names(question.linked.names)}{margin}"
    return f"not linked: {'; '.join(linking.reasons) if linking is not None else 'nobody kept why'}"


def _names(names: dict[str, str]) -> str:
    return " / ".join(isolated(names[language]) for language in ("en", "ar") if language in names) or "?"
