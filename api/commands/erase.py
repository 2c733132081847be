"""`waqai erase`: remove the words of articles, with a record of who did it, on what basis and why.

Invariant: what is printed as erased is in no file of the data folder any more, unless a server owns the graph, which is
then named. Nothing is erased without a basis and a reason.
"""

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataOption, FormatOption, isolated, note, one_of, open_workspace, settings_of
from api.erasing import erasure_json
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.settings import Settings
    from graph.erasing import Doomed

_SHOWN = 20


def erase(
    articles: Annotated[
        list[str] | None, typer.Argument(metavar="[ARTICLE]...", help="Ids or IRIs of articles.", show_default=False)
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="All articles of this address.")] = None,
    publisher: Annotated[str | None, typer.Option("--publisher", help="All articles of this publisher.")] = None,
    basis: Annotated[
        str | None, typer.Option("--basis", help="The law, contract or rule that asks for it. It stays in the log.")
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="Who asked and why, in words that may stay in the log for ever: name no victim."),
    ] = None,
    with_origin: Annotated[
        bool, typer.Option("--with-origin", help="Publisher, address and the input's id go as well.")
    ] = False,
    with_claims: Annotated[
        bool, typer.Option("--with-claims", help="What was found in the articles leaves the graph as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and erase nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Remove what was erased and is still there.")] = False,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who erases (WAQAI_REVIEWER; default: you).")
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Erase text, title and original bytes of articles; the records stay, and so do the proofs of them.

    One record for each article says who erased what, when, on what basis and why. The graph is made anew without the
    words, and its old files are removed. Backups and copies elsewhere are yours to find.

    Example: waqai erase 2b3fe0400fce8f2d1946 --basis "GDPR Art. 17(1)(d)" --reason "request of 3 May" --dry-run
    """
    one_of("--format", output, ("text", "json"))
    settings = settings_of(data=data, reviewer=by)
    actor = settings.reviewer or getpass.getuser()
    named = [*(articles or ()), url, publisher]
    if finish:
        if any(named) or basis or reason:
            raise Misuse("--finish goes by itself: it erases nothing that is not erased already.")
        _finish(settings_of(data=data), output)
        return
    if not any(named):
        raise Misuse("name what is to be erased: ids of articles, --url or --publisher.")
    if not (basis or "").strip() or not (reason or "").strip():
        raise Misuse("an erasure needs --basis and --reason: they are its record.")
    for name, value in (("--basis", basis), ("--reason", reason)):
        if len(value or "") > settings.review_reason_chars:
            raise Misuse(f"{name} has more than {settings.review_reason_chars} characters.")
    with open_workspace(settings, create=False, actor=actor) as workspace:
        doomed = workspace.plan_erasure(
            articles or (),
            url=url,
            publisher=publisher,
            basis=(basis or "").strip(),
            reason=(reason or "").strip(),
            with_origin=with_origin,
            with_claims=with_claims,
        )
        if not doomed:
            raise Failure("no article of this address or publisher has words that are not erased.")
        if output == "text":
            _show(doomed)
        if dry_run:
            _told(output, doomed, None, owned=True)
            return
        if not yes:
            _ask(len(doomed))
        done = workspace.erase(doomed, actor=actor)
        position = None if done is None else done.last
        _told(output, doomed, position, owned=workspace.project() is not None)


def _ask(articles: int) -> None:
    if not _person_there():
        raise Misuse("nobody can be asked here: --yes erases without asking, --dry-run shows what would go.")
    if not typer.confirm(f"Erase this of {articles} article{'s' * (articles > 1)} for good?", err=True):
        raise Failure("nothing was erased.")


def _person_there() -> bool:
    return sys.stdin.isatty()


def _show(doomed: "tuple[Doomed, ...]") -> None:
    for one in doomed[:_SHOWN]:
        kinds = ", ".join(content.kind for content in one.erasure.contents)
        name = isolated(" ".join((one.title or "no title").split())[:80])
        why = "" if one.asked else "  (it holds the same text)"
        typer.echo(f"{one.erasure.article}  {kinds}  {one.published or 'no date'}  {name}{why}")
        if one.in_the_log:
            note(
                f"the record of {one.erasure.article} holds {', '.join(one.in_the_log)} in the clear, as records did "
                "before contents were sealed: that stays in the log."
            )
    if len(doomed) > _SHOWN:
        typer.echo(f"... and {len(doomed) - _SHOWN} more")


def _told(output: str, doomed: "tuple[Doomed, ...]", position: int | None, *, owned: bool) -> None:
    if output == "json":
        import orjson

        body = {"erased": position is not None, "position": position, "articles": [erasure_json(one) for one in doomed]}
        typer.echo(orjson.dumps({**body, "graph": "made anew" if owned else "of a server"}).decode())
    elif position is None:
        typer.echo("nothing was erased: without --dry-run, this would go.")
    else:
        typer.echo(f"erased; the log is at position {position}.")
    if position is not None and not owned:
        note("another process serves this folder: it makes its graph anew by itself, and holds the words until then.")


def _finish(settings: "Settings", output: str) -> None:
    with open_workspace(settings, create=False) as workspace:
        removed = workspace.finish_erasures()
    if output == "json":
        typer.echo(f'{{"removed":{removed}}}')
    else:
        typer.echo(f"{removed} contents that were erased had been left, and are removed.")
