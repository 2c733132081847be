"""Decisions on what the graph holds: retract, reinstate, correct, merge, keep apart, split, approve, undo.

Invariant: nothing is decided without a reason, and what is printed as decided is in the log.
"""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataOption, FormatOption, note, one_of, open_workspace, settings_of
from api.commands.update import undo_patch
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.decisions import Done, Order
    from api.workspace import Workspace
    from ontology.model import Article

ClaimsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="Claims (c-…), events or runs, by id or IRI.", show_default=False),
]
ThingsArgument = Annotated[list[str], typer.Argument(metavar="NAME NAME...", help="Actors, places, events or claims.")]
ExtractorOption = Annotated[
    str | None, typer.Option("--extractor", metavar="VERSION", help="All runs of this version of the extractor.")
]
LexiconOption = Annotated[
    str | None, typer.Option("--lexicon", metavar="DIGEST", help="All runs with the lexicon of this digest.")
]
ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", help="Why. It stays in the log for ever: quote no article, name no victim."),
]
ByOption = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who decides (WAQAI_REVIEWER; default: you).")
]
SeenOption = Annotated[
    int | None,
    typer.Option(
        "--seen",
        metavar="POSITION",
        help="The position of the log that you looked at: what others decided since is told, not overruled.",
        show_default=False,
    ),
]


def retract(
    names: ClaimsArgument = None,
    extractor: ExtractorOption = None,
    lexicon: LexiconOption = None,
    reason: ReasonOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Take claims, or all that a run of the extractor found, out of what the graph reports.

    They leave the default graph and keep their own, with who did it, why and when. waqai reinstate and waqai undo put
    them back. No later run of an extractor does.

    Example: waqai retract c-0a1b2c3d4e5f60718293 --reason "the agency took the report back"
    """
    _turn("retract", names, extractor, lexicon, reason, by, seen, output, data)


def reinstate(
    names: ClaimsArgument = None,
    extractor: ExtractorOption = None,
    lexicon: LexiconOption = None,
    reason: ReasonOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Put claims or runs in force again that were retracted; a new interval begins.

    Example: waqai reinstate c-0a1b2c3d4e5f60718293 --reason "the agency confirmed it after all"
    """
    _turn("reinstate", names, extractor, lexicon, reason, by, seen, output, data)


def _turn(
    verb: str,
    names: list[str] | None,
    extractor: str | None,
    lexicon: str | None,
    reason: str | None,
    by: str | None,
    seen: int | None,
    output: str,
    data: Path | None,
) -> None:
    whole = extractor is not None or lexicon is not None
    if bool(names) == whole:
        raise Misuse(f"name what to {verb}: claims, events or runs, or --extractor and --lexicon for all their runs.")

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api import curating

        chosen = list(names or ())
        if whole:
            chosen = curating.runs_of(workspace, extractor, lexicon)
            if not chosen:
                raise Failure("the graph holds no run of this extractor.")
        return (curating.retract if verb == "retract" else curating.reinstate)(workspace, chosen, order)

    _decide(decide, reason, by, seen, output, data)


def correct(
    article: Annotated[str, typer.Argument(metavar="ARTICLE", help="The article, by id or IRI.")],
    text: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="The text as corrected, in any form that waqai ingest reads (- is standard input).",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str,
        typer.Option("--kind", help="notice (its publisher says so), silent (changed without a word) or withdrawn."),
    ] = "notice",
    claims: Annotated[
        list[str] | None,
        typer.Option("--claim", metavar="CLAIM", help="Only this claim of it holds no more; may be repeated."),
    ] = None,
    reason: ReasonOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Say that an article was corrected or withdrawn: what its earlier text says holds no more.

    The corrected text is read as an article of the same publisher, address and date, and what it says holds instead.
    The earlier text and its claims stay, with the reason, and waqai history shows what moved. An undo gives back what
    held before.

    Example: waqai correct 2b3fe0400fce8f2d1946 corrected.txt --kind notice --reason "the paper's note of 3 May"
    """
    from ontology.curations import CorrectionKind

    one_of("--kind", kind, tuple(CorrectionKind))

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api.curating import correct

        new = None if text is None else _reading(text)
        return correct(workspace, article, order, kind=CorrectionKind(kind), corrected=new, claims=tuple(claims or ()))

    _decide(decide, reason, by, seen, output, data)


def merge(
    names: ThingsArgument,
    reason: ReasonOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Say that actors or places are one thing: the first named stands for all; or that claims are about one event.

    What each claim says stays in its own graph, and waqai undo parts them again without loss.

    Example: waqai merge actor/0a1b2c3d4e actor/5f60718293 --reason "two spellings of one brigade"
    """

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api.curating import merge

        return merge(workspace, names, order)

    _decide(decide, reason, by, seen, output, data)


def keep_apart(
    names: ThingsArgument,
    reason: ReasonOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Say that actors, places or events are different things, however alike; a merge of them is refused.

    Example: waqai keep-apart place/0a1b2c3d4e place/5f60718293 --reason "two villages of one name"
    """

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api.curating import keep_apart

        return keep_apart(workspace, names, order)

    _decide(decide, reason, by, seen, output, data)


def split(
    parts: Annotated[
        list[str], typer.Option("--part", metavar="CLAIM,CLAIM", help="Claims about one event; twice or more.")
    ],
    reason: ReasonOption = None,
    by: ByOption = None,
    seen: SeenOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Say that claims are about several events: one for each --part.

    Example: waqai split --part c-0a1b,c-2c3d --part c-4e5f --reason "two strikes on one day"
    """

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api.curating import split

        return split(workspace, [part.split(",") for part in parts], order)

    _decide(decide, reason, by, seen, output, data)


def approve(
    record: Annotated[int, typer.Argument(metavar="RECORD", help="The record of the decision.")],
    reason: ReasonOption = None,
    by: ByOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Approve a decision that waits for a second person (WAQAI_FOUR_EYES).

    Example: waqai approve 120 --reason "read the agency's note" --by judge
    """

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api.curating import approve

        return approve(workspace, record, order)

    _decide(decide, reason, by, None, output, data)


def undo(
    record: Annotated[
        int | None, typer.Argument(metavar="[RECORD]", help="The record of the decision.", show_default=False)
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", metavar="ID", help="All that one command decided, by its batch id.")
    ] = None,
    rest: Annotated[
        bool,
        typer.Option("--rest", help="Of a change of curation graphs: leave what was changed since as it is."),
    ] = False,
    reason: ReasonOption = None,
    by: ByOption = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Take back a decision, all decisions of one command, or a change of curation graphs; an undo can be undone.

    Example: waqai undo 120 --reason "it was the other claim"
    """
    if (record is None) == (batch is None):
        raise Misuse("name the record of one decision, or --batch with the id of a command.")
    if rest and record is None:
        raise Misuse("--rest goes with the record of a change of curation graphs.")
    from ontology.patches import QUADS_PATCHED

    settings = settings_of(data=data, reviewer=by)
    actor = settings.reviewer or getpass.getuser()
    if record is not None and (reason or "").strip():
        with open_workspace(settings, create=False, actor=actor) as workspace:
            if workspace.type_at(record) == QUADS_PATCHED or rest:
                undo_patch(workspace, settings, record, actor=actor, reason=reason or "", rest=rest, output=output)
                return

    def decide(workspace: "Workspace", order: "Order") -> "Done":
        from api import curating

        if batch is not None:
            return curating.undo_batch(workspace, batch, order)
        return curating.undo_any(workspace, record or 0, order)

    _decide(decide, reason, by, None, output, data)


def _reading(path: Path) -> "Callable[[Article], Article]":
    from api.corrected import corrected_file, corrected_stream
    from api.settings import load_settings

    largest = load_settings().max_article_bytes
    if str(path) == "-":
        return lambda before: corrected_stream(sys.stdin.buffer, before, largest)
    return lambda before: corrected_file(path, before, largest)


def _decide(
    decide: "Callable[[Workspace, Order], Done]",
    reason: str | None,
    by: str | None,
    seen: int | None,
    output: str,
    data: Path | None,
) -> None:
    """Take a decision with the settings and print what was written."""
    one_of("--format", output, ("text", "json"))
    if not (reason or "").strip():
        raise Misuse("a decision needs --reason: say in a few words how you know.")
    settings = settings_of(data=data, reviewer=by)
    from api.decisions import order_of

    actor = settings.reviewer or getpass.getuser()
    order = order_of(settings, reason, actor, seen)
    with open_workspace(settings, create=False, actor=actor) as workspace:
        done = decide(workspace, order)
        head = workspace.log.head()
        behind = workspace.project() is None
    if output == "json":
        import orjson

        typer.echo(orjson.dumps({**done.json(), "position": head}).decode())
    else:
        typer.echo(_line(done))
    if behind:
        note("another process serves this folder: its graph follows by itself.")


def _line(done: "Done") -> str:
    first, last = done.positions[0], done.positions[-1]
    records = f"record {first}" if first == last else f"records {first}-{last}"
    if done.again:
        return f"{records}: was there already"
    waits = "; it holds once somebody else has approved it (waqai approve)" if done.waits else ""
    return f"{records}, batch {done.batch}{waits}"
