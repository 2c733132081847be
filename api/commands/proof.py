"""`waqai log key|checkpoint|prove|consistency` and `waqai verify-bundle`: proofs that nothing was altered.

Invariant: nothing here appends to the log, and nothing is sent anywhere unless `--push` says so.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.options import DataOption, FormatOption, folder, note, one_of, open_workspace, settings_of
from api.commands.progress import progress
from api.failures import Failure, Misuse


def add_to(log: typer.Typer) -> None:
    """Add the commands on checkpoints to the group `waqai log`."""
    for name, command in (("key", key), ("checkpoint", checkpoint), ("prove", prove), ("consistency", consistency)):
        log.command(name)(command)


def key(
    rotate: Annotated[bool, typer.Option("--rotate", help="Put a new key in place of the present one.")] = False,
    origin: Annotated[
        str | None, typer.Option("--origin", help="Name of the log (WAQAI_CHECKPOINT_ORIGIN).", show_default=False)
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Print the public key of the log; make the key that signs checkpoints where there is none yet.

    The private key is a file that only its owner may read (WAQAI_CHECKPOINT_KEY): whoever has it can sign for this log.
    Give the public key, the line that is printed, to those who are to check proofs.

    Example: waqai log key --origin example.org/news
    """
    one_of("--format", output, ("text", "json"))
    from graph.proof.keys import make_key, public_keys, rotate_key, written

    settings = settings_of(data=data, checkpoint_origin=origin)
    folder, path = settings.proof_folder, settings.key_file
    said: dict[str, Any] = {}
    if rotate:
        new, signed, kept = rotate_key(folder, path)
        said = {"rotation": signed, "retired": str(kept)}
        note(f"the old key lies in {kept}: keep it until everybody has the new one, then destroy it.")
    elif not path.exists() and not public_keys(folder):
        try:
            new = make_key(folder, path, settings.origin)
        except ValueError as error:
            raise Misuse(f"--origin {settings.origin!r}: {error}.") from None
        note(f"made a key: the private part is in {path}, keep it safe and out of backups that others read.")
    else:
        keys = public_keys(folder)
        if not keys:
            raise Failure(f"{path} is there and no public key beside the log: run waqai log checkpoint first.")
        new = keys[-1]
        if origin is not None and origin != new.name:
            raise Failure(f"the log is already called {new.name}: another name begins another log (docs/proof.md).")
    if output == "json":
        import orjson

        typer.echo(orjson.dumps({"key": written(new), "file": str(path), **said}).decode())
    else:
        typer.echo(written(new))
        if rotate:
            typer.echo(f"\n{said['rotation']}", nl=False)


def checkpoint(
    publish: Annotated[
        Path | None,
        typer.Option(
            "--publish",
            metavar="FOLDER",
            parser=folder,
            help="Also put it here (WAQAI_CHECKPOINT_PUBLISH).",
            show_default=False,
        ),
    ] = None,
    push: Annotated[bool, typer.Option("--push", help="Run git push there.")] = False,
    witness: Annotated[
        int | None,
        typer.Option("--witness", metavar="SIZE", min=0, help="Print the request to a witness that knows this size."),
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Seal the log up to its head and print the signed checkpoint.

    Nothing is signed for a log that is smaller than an earlier checkpoint or does not begin with what that fixed. A
    folder gets the file `checkpoint` and each one under `checkpoints`; a git repository gets a commit as well. Only a
    checkpoint that lies where you cannot rewrite it convinces others.

    Example: waqai log checkpoint --publish ../our-checkpoints
    """
    one_of("--format", output, ("text", "json"))
    from graph.proof.keys import Signer
    from graph.proof.proving import witness_request
    from graph.proof.published import publish as publish_to
    from graph.proof.sealer import seal

    settings = settings_of(data=data, checkpoint_publish=publish)
    place = settings.checkpoint_publish
    if push and place is None:
        raise Misuse("--push needs a folder: name one with --publish.")
    signer = Signer.load(settings.key_file)
    with (
        open_workspace(settings, create=False, guarded=False) as workspace,
        progress("sealing", workspace.log.head()) as step,
    ):
        sealed = seal(workspace.log, settings.proof_folder, signer, published=place, progress=step)
    done = publish_to(place, sealed.note, push=push) if place is not None else None
    request = witness_request(settings.proof_folder, witness) if witness is not None else None
    if output == "json":
        import orjson

        found = sealed.checkpoint
        body = {
            "origin": found.origin,
            "size": found.size,
            "root": found.root.hex(),
            "subjects": found.subjects.hex(),
            "since": sealed.since,
            "new": sealed.new,
            "note": sealed.note,
            "published": None if place is None else str(place),
            "witness": request,
        }
        typer.echo(orjson.dumps(body).decode())
        return
    typer.echo(sealed.note if request is None else request, nl=False)
    if not sealed.new:
        note(f"nothing was added since the last checkpoint, of size {sealed.checkpoint.size}.")
    if done is not None:
        note(f"{done}.")


def prove(
    position: Annotated[int, typer.Argument(metavar="POSITION", min=1)],
    file: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write it here instead of printing it.")
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Prove that a record stands in the log, as of the last checkpoint: a c2sp.org/tlog-proof file with the record.

    Example: waqai log prove 1 --output first.tlog-proof
    """
    one_of("--format", output, ("text", "json"))
    from graph.proof.proving import prove as proof_of

    settings = settings_of(data=data)
    with open_workspace(settings, create=False) as workspace:
        proof = proof_of(workspace.log, settings.proof_folder, position)
    if file is not None:
        from graph.durable import write_whole

        write_whole(file, proof.encode("utf-8"))
        note(f"wrote {file}: waqai verify-bundle checks it.")
    elif output == "json":
        import orjson

        typer.echo(orjson.dumps({"position": position, "proof": proof}).decode())
    else:
        typer.echo(proof, nl=False)


def consistency(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A checkpoint: a file, or a size that was sealed.")],
    new: Annotated[
        str | None, typer.Argument(metavar="NEW", help="A later one; the last where none is named.", show_default=False)
    ] = None,
    output: FormatOption = "text",
    data: DataOption = None,
) -> None:
    """Prove that nothing was altered between two checkpoints: print the consistency proof, one hash a line.

    The exit code is 1 where the later log does not begin with the earlier one. The later checkpoint must be one that is
    sealed here; the earlier may be any that was signed for this log.

    Example: waqai log consistency kept-in-june.txt
    """
    one_of("--format", output, ("text", "json"))
    import base64

    from graph.proof.keys import needed_keys
    from graph.proof.proving import checkpoint_named, newest
    from graph.proof.proving import consistency as proof_of
    from graph.proof.verify_bundle import Rejected

    settings = settings_of(data=data)
    proofs = settings.proof_folder
    last = newest(proofs)
    if last is None:
        raise Failure("there is no checkpoint: run waqai log checkpoint first.")
    keys = needed_keys(proofs)
    earlier = checkpoint_named(proofs, old, keys)[0]
    later = last[1] if new is None else checkpoint_named(proofs, new, keys)[0]
    try:
        path = proof_of(proofs, earlier, later)
    except Rejected as reason:
        raise Failure(f"{reason}: the log was altered between them, or one is of another history.") from None
    lines = [base64.b64encode(one).decode() for one in path]
    if output == "json":
        import orjson

        body = {"consistent": True, "old": earlier.size, "new": later.size, "proof": lines}
        typer.echo(orjson.dumps(body).decode())
        return
    typer.echo(f"consistent: the log of size {later.size} begins with the one of size {earlier.size}.")
    for line in lines:
        typer.echo(line)


def verify_bundle(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A bundle, or a .tlog-proof file.")],
    key: Annotated[str, typer.Option("--key", help="Public key of the log: NAME+ID+BASE64, or a file of such lines.")],
    without_text: Annotated[
        bool, typer.Option("--without-text", help="Accept a bundle whose article was erased; no quote is checked.")
    ] = False,
    max_bytes: Annotated[
        int | None, typer.Option("--max-bytes", min=1, help="Largest file that is read (WAQAI_MAX_BUNDLE_BYTES).")
    ] = None,
    output: FormatOption = "text",
) -> None:
    """Check a proof that waqai audit --bundle or waqai log prove wrote; no data folder is needed.

    The exit code is 1 for a file that does not hold. `python verify_bundle.py FILE --key KEY` says the same without
    this program: the file graph/proof/verify_bundle.py stands alone.

    Example: waqai verify-bundle claim.json --key checkpoint.pub
    """
    one_of("--format", output, ("text", "json"))
    from graph.proof.verify_bundle import Misused, Rejected, report, shown

    settings = settings_of(max_bundle_bytes=max_bytes)
    try:
        text = report(
            file, key, json_output=output == "json", without_text=without_text, limit=settings.max_bundle_bytes
        )
    except Misused as reason:
        raise Misuse(f"--key: {shown(str(reason))}.") from None
    except Rejected as reason:
        raise Failure(f"REJECTED: {shown(str(reason))}.") from None
    typer.echo(text)
