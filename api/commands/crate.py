"""`waqai export crate`: an investigation as an RO-Crate, in a folder or a zip.

Invariant: what is named appears whole or not at all, and nothing that was there is overwritten by a folder.
"""

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AtOption, DataOption, moment_at, note, open_workspace, settings_of
from api.failures import Failure, Misuse


def crate(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER|FILE.zip", help="A new folder, or a file .zip."),
    ],
    events: Annotated[
        list[str] | None, typer.Option("--events", metavar="EVENT", help="An event; may be given again.")
    ] = None,
    articles: Annotated[
        list[str] | None, typer.Option("--articles", metavar="ARTICLE", help="An article; may be given again.")
    ] = None,
    claims: Annotated[
        list[str] | None, typer.Option("--claims", metavar="CLAIM", help="A claim; may be given again.")
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(
            "--query", metavar="SPARQL", help="A SELECT that gives events, articles or claims.", show_default=False
        ),
    ] = None,
    with_texts: Annotated[
        bool, typer.Option("--with-texts", help="Put the texts of the articles in, except for what was erased.")
    ] = False,
    at: AtOption = None,
    data: DataOption = None,
) -> None:
    """Write claims with their articles' metadata, records and proofs as an RO-Crate 1.1 that others can check.

    Texts of articles are left out unless --with-texts; the words that a claim quotes are in it. Proofs are there as far
    as a signed checkpoint covers the claims.

    Example: waqai export crate --query 'SELECT ?e { ?e a wq:Airstrike }' --output strikes.zip
    """
    if not (events or articles or claims or query):
        raise Misuse("name what goes in: --events, --articles, --claims or --query.")
    zipped = output.suffix == ".zip"
    if not zipped and output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise Failure(f"{output} is there already: name a new folder, or a file that ends in .zip.")
    from api.exporting.crate import CrateFailed, Wanted, files, write_folder, write_zip

    settings = settings_of(data=data)
    wanted = Wanted(
        tuple(events or ()), tuple(articles or ()), tuple(claims or ()), query, with_texts, settings.crate_claims
    )
    with open_workspace(settings, create=False) as workspace:
        moment = moment_at(workspace, at)
        asked = workspace.as_of(moment)
        position = workspace.log.head() if moment is None else moment.position
        try:
            made = files(
                workspace,
                asked,
                wanted,
                position=position,
                proof=settings.proof_folder,
                licence=settings.data_license,
            )
        except CrateFailed as error:
            raise Failure(str(error)) from None
    beside = output.with_name(f"{output.name}.{os.getpid()}.part")
    try:
        if zipped:
            write_zip(made, beside)
        else:
            write_folder(made, beside)
            if output.exists():
                output.rmdir()
        beside.replace(output)
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror or error}; nothing was left there.") from None
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)
    claims_in = sum(name.startswith("claims/") for name in made)
    note(f"written to {output}: {claims_in} {'claim' if claims_in == 1 else 'claims'}, {len(made)} files")
