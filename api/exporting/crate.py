"""An investigation as an RO-Crate: claims, where they are from, the records of them, and proofs, in one folder or file.

Invariant: what is in it follows from the log up to one position, the checkpoints and what was asked for, so the same
gives the same bytes. No text is in it that was not asked for, and none that was erased. Nothing is fetched.

Form: https://w3id.org/ro/crate/1.1. Every file is listed with its SHA-256, in `manifest-sha256.txt` too, which
`sha256sum -c` reads.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from api.asof import AsOf
from api.exporting import accompanying
from api.exporting.claimreview import claim_reviews, document
from api.exporting.nanopub import Publisher
from api.workspace import Workspace
from graph.iris import is_iri
from graph.log import Record
from graph.proof import verify_bundle
from graph.proof.bundle import make_bundle
from graph.proof.keys import public_keys, written
from graph.proof.proving import newest
from graph.stored import StoredArticle
from ontology.curations import ClaimOf, RunOf
from ontology.identity import sha256_hex
from ontology.records import CLAIMS_EXTRACTED
from ontology.vocabulary import PROV, WQ

METADATA: Final = "ro-crate-metadata.json"
MANIFEST: Final = "manifest-sha256.txt"
_CONTEXT: Final = "https://w3id.org/ro/crate/1.1/context"
_PROFILE: Final = "https://w3id.org/ro/crate/1.1"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold
_NAMES: Final = {  # what a file is, by its beginning
    "README.md": ("What this is and how to check it", "text/markdown"),
    "articles.jsonl": ("The articles: what is known of each, without its text", "application/jsonl"),
    "log.jsonl": (
        "The records of the log that concern these claims, as they were written",
        "application/jsonl",
    ),
    "reviews.jsonld": ("What reviewers judged of these claims", "application/ld+json"),
    "query.rq": ("The query that chose the claims", "application/sparql-query"),
    "claims/": ("A claim as a nanopublication", "application/trig"),
    "texts/": ("The stored text of an article", "text/plain; charset=utf-8"),
    "proofs/checkpoint": ("The signed checkpoint of the log", "text/plain; charset=utf-8"),
    "proofs/checkpoint.pub": ("The public keys of the log", "text/plain; charset=utf-8"),
    "proofs/verify_bundle.py": (
        "The program that checks the proofs, for any Python",
        "text/x-python",
    ),
    "proofs/": ("The proof of a claim", "application/json"),
}


class CrateFailed(Exception):
    """A crate cannot be made; the message says what to do."""


class CrateTooLarge(CrateFailed):
    """More claims were asked for than one crate may have."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a crate is to hold: ids or IRIs of events, articles and claims, or a query that gives such IRIs.

    `texts` says whether the texts of the articles are in it; `most` is the number of claims that it may have, by the
    setting `bound`.
    """

    events: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    query: str | None = None
    texts: bool = False
    most: int = 10_000
    bound: str = "WAQAI_CRATE_CLAIMS"


def files(
    workspace: Workspace,
    asked: Workspace | AsOf,
    wanted: Wanted,
    *,
    position: int,
    proof: Path,
    licence: str | None = None,
) -> dict[str, bytes]:
    """Return the files of a crate by their paths, in order, as of `position`. All of them are held in memory.

    Raises:
        CrateFailed: nothing was found, too much was, or a proof cannot be made.
        graph.proof.tiles.ProofError, graph.content.ContentError
    """
    chosen = _chosen(workspace, asked, wanted)
    if not chosen:
        raise CrateFailed("Nothing that was asked for has a claim: name events, articles or claims of the graph.")
    if len(chosen) > wanted.most:
        raise CrateTooLarge(f"These are {len(chosen)} claims; {wanted.bound} allows {wanted.most} in one crate.")
    articles = sorted({of.article for of in chosen})
    workspace.erasures.refresh()  # what is erased now is given to nobody, as of whatever position
    stored = {article: _stored(workspace, article) for article in articles}
    publisher = Publisher(asked, workspace.iris, licence=licence, proof=proof)
    made: dict[str, bytes] = {}
    for of in chosen:
        made[f"claims/{of.claim}.trig"] = publisher.nanopub(of.claim).write("trig")
    made["articles.jsonl"] = b"".join(orjson.dumps(_article(workspace, one)) + b"\n" for one in stored.values())
    if wanted.texts:
        for article, one in stored.items():
            if one.text is not None:
                made[f"texts/{article}.txt"] = one.text.encode()
    records = _records(workspace, chosen, position)
    made["log.jsonl"] = b"".join(record.body + b"\n" for record in records.values())
    reviews = document(claim_reviews(workspace, position, claims={of.claim for of in chosen}, licence=licence))
    if reviews["@graph"]:
        made["reviews.jsonld"] = orjson.dumps(reviews, option=orjson.OPT_INDENT_2) + b"\n"
    if wanted.query is not None:
        made["query.rq"] = wanted.query.encode() + b"\n"
    sealed = _proofs(workspace, chosen, records, proof, texts=wanted.texts)
    made |= sealed
    sources = accompanying.credits(asked)
    lines = _readme(made, position, licence, sources, bool(sealed), texts=wanted.texts)
    made["README.md"] = "".join([f"{line}\n" for line in lines]).encode()
    made = dict(sorted(made.items()))
    recorded = max((record.recorded for record in records.values()), default="")
    made[METADATA] = _metadata(workspace, made, list(stored.values()), recorded, position, licence, sources)
    made = dict(sorted(made.items()))
    made[MANIFEST] = "".join(f"{sha256_hex(data)}  {path}\n" for path, data in made.items()).encode()
    return made


def write_zip(made: Mapping[str, bytes], target: Path | BinaryIO) -> None:
    """Write files as a zip that has the same bytes everywhere: in order, of one time, not compressed."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in made.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data)


def write_folder(made: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a new folder."""
    for name, data in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


# --- what is in it


def _chosen(workspace: Workspace, asked: Workspace | AsOf, wanted: Wanted) -> list[ClaimOf]:
    """Return the claims that are asked for, by article and id."""
    iris = workspace.iris
    named = [iris.absolute(name if "/" in name else f"id/event/{name}") for name in wanted.events]
    named += [iris.absolute(name if "/" in name else f"id/article/{name}") for name in wanted.articles]
    named += [iris.absolute(name if "/" in name else f"id/claim/{name}") for name in wanted.claims]
    unknown = [name for name in named if not _claims(asked, [name])]
    if unknown:
        raise CrateFailed(f"The graph knows no claim of {', '.join(unknown[:8])}: correct the name, or leave it out.")
    if wanted.query is not None:
        answer = asked.query(wanted.query)
        if answer.kind != "solutions":
            raise CrateFailed("The query is no SELECT: ask for events, articles or claims, as SELECT ?e { … }.")
        for row in answer.rows():
            names = [str(getattr(value, "value", "")) for value in row]
            named += [name for name in names if iris.parse(name) is not None]
    found: set[ClaimOf] = set()
    for start in range(0, len(named), _AT_A_TIME):
        for claim, article in _claims(asked, named[start : start + _AT_A_TIME]):
            one, other = iris.parse(claim), iris.parse(article)
            if one is not None and other is not None:
                found.add(ClaimOf(other.id, one.id))
    return sorted(found)


_AT_A_TIME: Final = 200


def _claims(asked: Workspace | AsOf, names: Iterable[str]) -> list[tuple[str, str]]:
    if not all(map(is_iri, names)):
        return []
    values = " ".join(f"<{name}>" for name in dict.fromkeys(names))
    rows = asked.query(
        f"SELECT DISTINCT ?c ?a {{ {{ VALUES ?c {{ {values} }} }} "
        f"UNION {{ VALUES ?named {{ {values} }} {{ ?c <{WQ}about> ?named }} UNION {{ ?named <{WQ}claim> ?c }} "
        f"UNION {{ ?c <{PROV}wasDerivedFrom> ?named }} }} "
        f"?c a <{WQ}Claim> ; <{PROV}wasDerivedFrom> ?a }} ORDER BY ?c ?a"
    ).rows()
    found: list[tuple[Any, Any]] = [(claim, article) for claim, article in rows]
    return [(str(claim.value), str(article.value)) for claim, article in found]


def _stored(workspace: Workspace, article: str) -> StoredArticle:
    payload = workspace.projector.articles(article)
    if payload is None:
        raise CrateFailed(f"The log does not hold the article {article}: waqai log verify says what it lacks.")
    return StoredArticle(payload, workspace.projector.content)


def _article(workspace: Workspace, stored: StoredArticle) -> dict[str, Any]:
    return {
        "id": workspace.iris.article(stored.id).value,
        "title": stored.title,
        "publisher": stored.publisher,
        "url": stored.url,
        "published": stored.published,
        "language": stored.language,
        "text_digest": stored.text_digest,
        "text_erased": stored.text is None,
    }


def _records(workspace: Workspace, chosen: list[ClaimOf], position: int) -> dict[int, Record]:
    """Return the records that concern the claims, by position: articles, extractions, and what people decided."""
    positions: set[int] = set()
    for article in dict.fromkeys(of.article for of in chosen):
        holders = list(workspace.projector.extracted(article, position))
        runs = [RunOf(article, record.payload["run"]) for record in holders if record.type == CLAIMS_EXTRACTED]
        positions |= {record.position for record in workspace.log.read_stream(f"article/{article}")}
        positions |= set(workspace.curations.on_article(article, position))
        positions |= {at for run in runs for at in workspace.curations.on_run(run, position)}
    for of in chosen:
        positions |= set(workspace.curations.on_claim(of, position))
        positions |= {slot.position for slot in workspace.reviews.of_claim(of.article, of.claim, position).slots}
    found = (next(iter(workspace.log.read(after=at - 1, upto=at)), None) for at in sorted(positions) if at <= position)
    return {record.position: record for record in found if record is not None}


def _proofs(
    workspace: Workspace, chosen: list[ClaimOf], records: Mapping[int, Record], proof: Path, *, texts: bool
) -> dict[str, bytes]:
    """Return the proof of each claim that a checkpoint covers, and what checks them; nothing where none is signed."""
    last = newest(proof) if proof.is_dir() else None
    if last is None:
        return {}
    note, checkpoint = last
    holders: dict[str, int] = {}
    for position, record in sorted(records.items()):
        if record.type == CLAIMS_EXTRACTED and position <= checkpoint.size:
            for claim in record.payload["claims"]:
                holders.setdefault(claim["id"], position)
    content = workspace.words if texts else lambda _: None
    made = {
        f"proofs/{of.claim}.json": make_bundle(workspace.log, proof, content, of.claim, holders[of.claim]).data
        for of in chosen
        if of.claim in holders
    }
    if not made:
        return {}
    made["proofs/checkpoint"] = note.encode()
    made["proofs/checkpoint.pub"] = "".join(f"{written(key)}\n" for key in public_keys(proof)).encode()
    made["proofs/verify_bundle.py"] = Path(verify_bundle.__file__).read_bytes()
    return made


# --- what it says of itself


def _metadata(
    workspace: Workspace,
    made: Mapping[str, bytes],
    articles: list[StoredArticle],
    recorded: str,
    position: int,
    licence: str | None,
    sources: list[dict[str, str]],
) -> bytes:
    claims = sum(name.startswith("claims/") for name in made)
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Claims of news articles: {claims} from {len(articles)}",
        "description": "What articles report, each claim with its words, its sources, its records and its proof. "
        "That something is claimed does not say that it happened.",
        "datePublished": recorded[:10] or "1970-01-01",
        "version": str(position),
        "license": {"@id": licence} if licence is not None else "No licence was stated by whoever exported this.",
        "hasPart": [{"@id": name} for name in made],
        "mentions": [{"@id": workspace.iris.article(one.id).value} for one in articles],
    }
    if sources:
        root["creditText"] = "; ".join(f"{one.get('attribution') or one['title']}, {one['licence']}" for one in sources)
    graph: list[dict[str, Any]] = [
        {"@id": METADATA, "@type": "CreativeWork", "conformsTo": {"@id": _PROFILE}, "about": {"@id": "./"}},
        root,
        *(_file(name, data) for name, data in made.items()),
        *(_mention(workspace, one) for one in articles),
        {
            "@id": "#export",
            "@type": "CreateAction",
            "name": "Export of claims as an RO-Crate",
            "instrument": {"@id": "#waqai"},
            "object": [{"@id": name} for name in made if name == "query.rq"],
            "result": {"@id": "./"},
        },
        {"@id": "#waqai", "@type": "SoftwareApplication", "name": "Waqai", "version": version("waqai")},
    ]
    if licence is not None:
        graph.append({"@id": licence, "@type": "CreativeWork", "name": licence})
    return orjson.dumps({"@context": _CONTEXT, "@graph": graph}, option=orjson.OPT_INDENT_2) + b"\n"


def _file(name: str, data: bytes) -> dict[str, Any]:
    exact = _NAMES.get(name)
    title, form = exact or next(
        known for start, known in _NAMES.items() if start.endswith("/") and name.startswith(start)
    )
    return {
        "@id": name,
        "@type": "File",
        "name": title if exact else f"{title}: {Path(name).stem}",
        "encodingFormat": form,
        "contentSize": str(len(data)),
        "sha256": sha256_hex(data),
    }


def _mention(workspace: Workspace, stored: StoredArticle) -> dict[str, Any]:
    found = {
        "@id": workspace.iris.article(stored.id).value,
        "@type": "NewsArticle",
        "name": stored.title or f"article {stored.id}",
        "headline": stored.title,
        "url": stored.url,
        "datePublished": stored.published,
        "inLanguage": stored.language,
        "creditText": stored.publisher,
    }
    return {name: value for name, value in found.items() if value is not None}


def _readme(
    made: Mapping[str, bytes],
    position: int,
    licence: str | None,
    sources: list[dict[str, str]],
    proven: bool,
    *,
    texts: bool,
) -> Iterator[str]:
    claims = sorted(name for name in made if name.startswith("claims/"))
    yield "# Claims of news articles"
    yield ""
    count = "1 claim" if len(claims) == 1 else f"{len(claims)} claims"
    yield f"{count}, as of position {position} of the log of Waqai. A claim is what one source says in one passage of"
    yield "one article; that it is here does not say that it happened."
    yield ""
    yield "- `claims/`: each claim as a nanopublication (TriG): what it says, its words, its sources, its record."
    yield "- `articles.jsonl`: the articles. " + (
        "`texts/` has those texts that were not erased." if texts else "Their texts are not here."
    )
    yield "- `log.jsonl`: the records of the log that concern these claims, as they were written."
    if "reviews.jsonld" in made:
        yield "- `reviews.jsonld`: what reviewers judged of these claims."
    if "query.rq" in made:
        yield "- `query.rq`: the query that chose the claims."
    yield f"- `{METADATA}`: what each file is, for programs (RO-Crate 1.1)."
    yield ""
    yield "## Check it"
    yield ""
    yield f"    sha256sum -c {MANIFEST}"
    if proven:
        first = next(name for name in sorted(made) if name.startswith("proofs/c-"))
        option = "" if texts else " --without-text"
        yield f"    python proofs/verify_bundle.py {first} --key proofs/checkpoint.pub{option}"
        yield ""
        yield "The second line shows that the log held the records of the claim when the checkpoint was signed, and no"
        yield "others that concern it. Compare the key with one that you have from elsewhere: the one in here proves"
        yield "nothing by itself."
    else:
        yield ""
        yield "There are no proofs in here: no checkpoint was signed that covers these claims (`waqai log checkpoint`)."
    yield ""
    yield "## Licence and attribution"
    yield ""
    yield licence or "No licence was stated by whoever exported this. The articles belong to their publishers."
    for one in sources:
        yield f"- Places: {one.get('attribution') or one['title']}, {one['licence']}"
