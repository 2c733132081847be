"""`waqai token create|list|revoke`: who may do what over HTTP.

Invariant: a token is printed once, when it is made, alone on standard output.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataOption, FormatOption, isolated, note, one_of, settings_of
from api.failures import Failure, Misuse

if TYPE_CHECKING:
    from api.settings import Settings
    from api.tokenfile import Token, TokenFile

app = typer.Typer(
    help="Make, list and revoke tokens for writing over HTTP.\n\nExample: waqai token list",
    no_args_is_help=True,
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, as records will say it.")],
    scope: Annotated[
        list[str], typer.Option("--scope", help="What it allows: read, ingest, curate or admin; may be repeated.")
    ],
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="DAYS|DATE|never", help="Its end (default: WAQAI_TOKEN_DAYS from now)."),
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Make a token and print it; only its digest is kept, so it cannot be shown again.

    A running server knows it at once. What is written with it names NAME in the log, for ever.

    Example: waqai token create "Desk Aleppo" --scope curate --expires 90
    """
    one_of("--format", output, ("text", "json"))
    from api.tokenfile import BadToken, Scope

    scopes = [Scope(one_of("--scope", value, tuple(Scope))) for value in scope]
    settings = settings_of(data=data)
    now = datetime.now(UTC)
    try:
        token, text = _file(settings).create(name, scopes, _end(expires, settings.token_days, now), now)
    except BadToken as error:
        raise Misuse(f"{error}.") from None
    if output == "json":
        import orjson

        typer.echo(orjson.dumps({"token": text, **_shown(token)}).decode())
        return
    typer.echo(text)
    note(
        f"this is the token {token.id} of {token.name} ({', '.join(token.scopes)}; ends {token.expires or 'never'}): "
        "keep it safe, it cannot be shown again. Send it as Authorization: Bearer."
    )


@app.command("list")
def list_tokens(output: FormatOption = "text", data: DataOption = None) -> None:
    """List the tokens that were made, oldest first, and whether they still count.

    Example: waqai token list --format json
    """
    one_of("--format", output, ("text", "json"))
    tokens = _file(settings_of(data=data)).all()
    if output == "json":
        import orjson

        typer.echo(orjson.dumps([_shown(token) for token in tokens]).decode())
        return
    if not tokens:
        note("there are no tokens: make one with waqai token create.")
    for token in tokens:
        scopes = ",".join(token.scopes)
        typer.echo(f"{token.id}  {_state(token):<26}  {scopes:<20}  {isolated(token.name)}")


@app.command()
def revoke(
    named: Annotated[str, typer.Argument(metavar="ID|NAME", help="A token, or all tokens of that name.")],
    data: DataOption = None,
) -> None:
    """Take a token back: a running server refuses it from now on. It stays listed, because records name it.

    Example: waqai token revoke "Desk Aleppo"
    """
    for token in _file(settings_of(data=data)).revoke(named, datetime.now(UTC)):
        typer.echo(f"revoked {token.id} of {isolated(token.name)}")


def _file(settings: "Settings") -> "TokenFile":
    from api.tokenfile import TokenFile

    path = settings.token_file
    if not path.parent.is_dir():
        raise Failure(f"there is no folder {path.parent} to keep tokens in: name the data folder with --data.")
    return TokenFile(path)


def _end(text: str | None, days: int, now: datetime) -> datetime | None:
    if text == "never":
        return None
    try:
        if text is None or re.fullmatch(r"[0-9]{1,6}", text):
            return now + timedelta(days=days if text is None else int(text))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):  # the end of that day
            return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        pass
    raise Misuse(f"--expires {text!r} is no number of days, no date like 2027-03-31, and not never.")


def _state(token: "Token") -> str:
    if token.revoked is not None:
        return f"revoked {token.revoked[:10]}"
    if token.expired(datetime.now(UTC)):
        return f"expired {(token.expires or '')[:10]}"
    return "never ends" if token.expires is None else f"ends {token.expires[:16]}Z"


def _shown(token: "Token") -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": list(token.scopes),
        "created": token.created,
        "expires": token.expires,
        "revoked": token.revoked,
        "counts": token.counts(datetime.now(UTC)),
    }
