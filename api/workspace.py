"""The workspace: one data folder with its log, its article texts and its graph, and what can be done with them.

Invariant: an article is acknowledged only after its contents and its records are on disk; everything is written by
records of the log, which the graph follows (`livegraph`).
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from api import extraction
from api.asof import AsOf
from api.datafolder import (
    CONTENT_FOLDER,
    EVENTS_FOLDER,
    FOLDER_MARK,
    LOG_FILE,
    PROOF_FOLDER,
    LogGone,
    LogOpener,
    NoWorkspace,
    WorkspaceError,
    make_folder,
    refuse_another,
)
from api.extraction import Extracting
from api.livegraph import LiveGraph
from graph.content import ContentDamaged, ContentStore
from graph.curations import Curations
from graph.erasing import Doomed, erase, finish, plan, restore, select
from graph.erasures import Erased
from graph.iris import Iris
from graph.log import Appended, KeyConflict, NewRecord, SqliteLog
from graph.projection import ProjectionError, Projector
from graph.projection.rehearsal import rehearse
from graph.proof.guard import check_start
from graph.proof.published import NEWEST
from graph.reviews import Reviews
from graph.search.predicate import MOST_THINGS
from graph.store import (
    Answer,
    Reader,
)
from graph.stored import StoredArticle
from graph.travel.moments import Moment, moment_of
from graph.travel.snapshots import Policy
from ontology.curations import CURATIONS_STREAM, Curation, encode_curation
from ontology.model import Article, Extraction
from ontology.patches import PATCHES_STREAM, QUADS_PATCHED, Patch, quads_patched
from ontology.records import (
    ARTICLE_INGESTED,
    CLAIMS_EXTRACTED,
    SCHEMA,
    TEXT,
    article_ingested,
    article_stream,
    claims_extracted,
    plain_contents,
    sealed_contents,
)
from ontology.reviews import LINK_REVIEWED, REVIEWS_STREAM, LinkReview, link_reviewed
from ontology.vocabulary import PREFIXES, UnknownTerm

if TYPE_CHECKING:
    from graph.audit import AskedTriple, Audit

_PUTS = 4  # an article has a text, and perhaps a title, an origin and an original
_PAUSE = 0.05  # seconds between looks at a rebuild that runs
KINDS = ("claim", "event", "article", "place", "actor", "source", "run", "record", "gazetteer")


class ErasedBefore(WorkspaceError):
    """The text of an article was erased, so it is not stored again."""

    def __init__(self, article: str, by: Erased) -> None:
        same = "" if by.erasure.article == article else f" as that of the article {by.erasure.article}"
        super().__init__(
            f"the text of the article {article} was erased{same}, by {by.actor} in the record {by.position} of "
            f"{by.recorded[:10]}, basis: {by.erasure.basis}; it is stored again only with --restore REASON for that "
            "article"
        )
        self.article, self.by = article, by


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    """What became of one article: the positions of its records, and whether they are new.

    `claims` is the number of claims found, None where the article was there already. `warning` is a sentence.
    """

    article: str
    first: int
    last: int
    new: bool
    claims: int | None = None
    warning: str | None = None


class Workspace(LiveGraph):
    """A data folder in use. Safe to use from several threads; close it when done.

    Args:
        data: the folder; it is made unless `create` is false.
        base_iri: what the IRIs of the graph start with.
        actor: who writes, as records say it.
        extractor: makes the claims; the pipeline that ships where none is given, loaded on first use.
        notice: takes sentences that a person should see (stderr, or the server's log).
        batch: records read from the log at a time when projecting.
        article_seconds: how long the extraction of one article may take, where no extractor is given.
        imports: folder of imported gazetteers, where no extractor is given.
        log: how the log is opened; the file in the folder where not given.
        published: folder of published checkpoints, if any.
        guarded: whether a log that is not the one of its checkpoints is refused.
        policy: when snapshots of the graph are made, and what of the past is kept.
        things: how many things a search for words may find.

    Raises:
        NoWorkspace: where `create` is false and there is no log in the folder.
        TwoLogs: where the folder holds another log than the one that `log` opens.
        Unwritable: where the folder cannot be made.
        LogError: where the log cannot be opened.
        ProofError: where the log is not the one that a checkpoint was signed for.
    """

    def __init__(
        self,
        data: Path,
        *,
        base_iri: str = "http://localhost:8000/",
        actor: str = "waqai",
        extractor: Extracting | None = None,
        notice: Callable[[str], None] = lambda _: None,
        create: bool = True,
        batch: int = 64,
        article_seconds: float | None = None,
        imports: Path | None = None,
        log: LogOpener | None = None,
        published: Path | None = None,
        guarded: bool = True,
        policy: Policy | None = None,
        things: int = MOST_THINGS,
    ) -> None:
        self.iris = Iris(base_iri)
        self.actor = actor
        self._extractor = extractor
        self._article_seconds = article_seconds
        self._imports = imports
        self.things = things
        self._remembered = 0  # reviews that the extractor knows of
        self._extracting = threading.Lock()
        self._puts = ThreadPoolExecutor(_PUTS, "content")
        opener = log or LogOpener(lambda create: SqliteLog(data / LOG_FILE, create=create), in_the_folder=True)
        if opener.in_the_folder and not (data / LOG_FILE).exists() and (data / PROOF_FOLDER / NEWEST).exists():
            raise LogGone(data)
        if create:
            make_folder(data)
        elif opener.in_the_folder and not (data / LOG_FILE).is_file():
            raise NoWorkspace(data)
        self.content = ContentStore(data / CONTENT_FOLDER)
        stored = opener.open(create)
        if not opener.in_the_folder:
            make_folder(data)
            (data / FOLDER_MARK).touch()
            if (data / LOG_FILE).is_file():
                refuse_another(stored, data)
        if published is not None and not published.exists() and (data / PROOF_FOLDER / NEWEST).exists():
            notice(f"warning: the folder {published} of published checkpoints is not there to compare the log with.")
        if guarded:
            try:
                check_start(stored, data / PROOF_FOLDER, published)
            except BaseException:
                stored.close()
                raise
        projector = Projector.of(stored, self.content.get, self.iris, data / EVENTS_FOLDER)
        try:
            finish(self.content, projector.erasures)
        except BaseException:
            stored.close()
            raise
        near = opener.in_the_folder
        super().__init__(data, stored, projector, policy, batch=batch, notice=notice, near=near)

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the graph and the log."""
        self.close_graph()
        self._puts.shutdown()
        self.log.close()

    @property
    def extractor(self) -> Extracting:
        """The extractor, loaded when first needed."""
        if self._extractor is None:
            self._extractor = extraction.load_extractor(self._article_seconds, self._imports)
        self._remember(self._extractor)
        return self._extractor

    @property
    def reviews(self) -> Reviews:
        """What people decided on links."""
        return self.projector.reviews

    @property
    def curations(self) -> Curations:
        """What people decided on claims, runs, articles and events."""
        return self.projector.curations

    def _remember(self, extractor: Extracting) -> None:
        """Give the extractor the decisions that are remembered for later articles, where there are new ones."""
        version = self.reviews.version()
        if version != self._remembered and isinstance(extractor, extraction.Remembering):
            extraction.remember(extractor, self.reviews.remembered(self.log.head()))
            self._remembered = version

    # -- writing ---------------------------------------------------------------------------------------------------

    def holds(self, article: Article) -> bool:
        """Tell whether the log has the article already."""
        return self.log.find_key(f"ingest:{article.id}") is not None

    def ingest(
        self,
        article: Article,
        extracted: Extraction | None = None,
        *,
        restore: str | None = None,
        actor: str | None = None,
        cause: int | None = None,
    ) -> IngestOutcome:
        """Store the contents of `article`, append its two records as one, and bring the graph up to them.

        The same article again adds nothing, and is not extracted again. `extracted` are its claims where somebody
        has made them already. `restore` is why the words of an article that were erased are stored again. `actor` is
        who writes, where it is not the workspace's; `cause` the record of the article of which this is a later text.

        Raises:
            ErasedBefore: its text was erased, and `restore` does not say that it may be stored again.
            ExtractorFailed: for a fault that this article brings out; nothing was stored.
            ContentError, LogError, StoreError: nothing was acknowledged, or (StoreError) only the graph lags behind.
        """
        key = f"ingest:{article.id}"
        earlier = self.log.find_key(key)
        if earlier is not None:
            warning = self._restored(article, restore) or self._out(article.id)
            return IngestOutcome(article.id, earlier.first, earlier.last, new=False, warning=warning)
        sealed = sealed_contents(article, self._key())
        self._refuse_erased(article, sealed[TEXT].digest)
        warning = self._same_text(article)
        if extracted is None:
            extracted = self.extract(article)
        payload, contents = article_ingested(extracted.article, self._key())  # in the language that was read
        records = [
            NewRecord(ARTICLE_INGESTED, SCHEMA[ARTICLE_INGESTED], payload, cause=cause),
            NewRecord(CLAIMS_EXTRACTED, SCHEMA[CLAIMS_EXTRACTED], claims_extracted(extracted)),
        ]
        self._refuse_unprojectable(article, records, payload, contents)
        list(self._puts.map(self.content.put, contents))  # side by side, because each waits for the disk
        try:
            appended = self.log.append(article_stream(article.id), records, actor=actor or self.actor, key=key)
        except KeyConflict as conflict:  # somebody else ingested it meanwhile, with another extractor
            return IngestOutcome(article.id, conflict.first, conflict.first + len(records) - 1, new=False)
        if self.erasures.erased(sealed[TEXT].digest) is not None:  # meanwhile, so these bytes may have come behind it
            finish(self.content, self.erasures, thoroughly=True)
        self.project()
        claims = len(extracted.claims)
        return IngestOutcome(article.id, appended.first, appended.last, not appended.replayed, claims, warning)

    def extract(self, article: Article) -> Extraction:
        """Return the claims of an article, stored or not. Raises ExtractorFailed for a fault that it brings out."""
        with self._extracting:  # the pipeline is for one thread at a time
            return extraction.extract(self.extractor, article)

    def _refuse_unprojectable(
        self, article: Article, records: list[NewRecord], payload: dict[str, Any], contents: list[bytes]
    ) -> None:
        try:
            rehearse(records, payload, contents, self.iris)
        except (ProjectionError, UnknownTerm, ValueError) as error:  # the extractor says what the ontology has not
            raise extraction.ExtractorFailed(article, error) from error

    def _out(self, article: str) -> str | None:
        """Return a sentence on an article that the log has and that does not hold."""
        head = self.log.head()
        if (by := self.curations.corrected_by(article, head)) is not None:
            return f"what it says does not hold: it was corrected, by record {by}"
        if (by := self.curations.unheld_by(article, head)) is not None:
            return (
                "what it says does not hold: it was brought in as a corrected text, and no correction to it stands "
                f"since record {by}; waqai reinstate its run if it does"
            )
        return None

    def _key(self) -> bytes:
        """Return the key of the contents. Raises ContentError where it is unusable, or lost."""
        return self.content.key(lambda: any(r.schema > 1 for r in self.log.read(types=(ARTICLE_INGESTED,))))

    def _refuse_erased(self, article: Article, *digests: str) -> None:
        for digest in (*digests, article.text_sha256):  # schema 1 named it without a salt
            if (by := self.erasures.erased(digest)) is not None:
                raise ErasedBefore(article.id, by)

    def _restored(self, article: Article, reason: str | None) -> str | None:
        """Store again what was erased of an article that the log has, if there is a reason; return a sentence on it.

        Raises:
            ErasedBefore: its text was erased, and there is no reason.
        """
        if not self.erasures.of_article(article.id):
            return None
        sealed = sealed_contents(article, self._key())
        plain = plain_contents(article)
        if reason is None:
            self._refuse_erased(article, sealed[TEXT].digest)
            return None
        contents = [*sealed.items(), *plain.items()]
        done = restore(self.log, self.content, self.erasures, article.id, contents, reason=reason, actor=self.actor)
        if done is None:
            return "nothing of it could be stored again: what was erased had other words"
        self.project()
        return f"its words are stored again (record {done.last})"

    def plan_erasure(
        self,
        articles: Iterable[str] = (),
        *,
        url: str | None = None,
        publisher: str | None = None,
        basis: str,
        reason: str,
        with_origin: bool = False,
        with_claims: bool = False,
    ) -> tuple[Doomed, ...]:
        """Return what erasing these articles, by id or IRI, and all of an address or a publisher, would take.

        Raises:
            ErasureRefused: an article is not there, or erased already.
        """
        self.erasures.refresh()
        named = [self._article_id(name) for name in articles]
        if url is not None or publisher is not None:
            named += self._not_erased(select(self.log, self.projector.content, url=url, publisher=publisher))
        return plan(
            self.log,
            self.projector.content,
            self.erasures,
            named,
            basis=basis,
            reason=reason,
            with_origin=with_origin,
            with_claims=with_claims,
        )

    def erase(self, doomed: Sequence[Doomed], *, actor: str) -> Appended | None:
        """Erase what `plan_erasure` returned, and make the graph anew; its old files are gone then.

        Raises:
            ContentUnremovable: nothing was erased.
            LogError, StoreError: as for `ingest`.
        """
        appended = erase(self.log, self.content, self.erasures, doomed, actor=actor)
        self.project()
        while self._served is not None and self._served.rebuilding is not None:
            time.sleep(_PAUSE)  # another thread of this server is making the graph anew
            self.project()
        return appended

    def finish_erasures(self) -> int:
        """Remove every content that was erased and is still there, and return how many there were."""
        removed = finish(self.content, self.erasures, thoroughly=True)
        self.project()
        return removed

    def _article_id(self, name: str) -> str:
        named = self.iris.parse(self.iris.absolute(name)) if "/" in name else None
        return name if named is None or named.kind != "article" else named.id

    def _not_erased(self, articles: Iterable[str]) -> list[str]:
        """Leave out of what was selected, and not named, articles of which nothing is left to erase."""
        found = []
        for article in articles:
            stored = self.stored(article)
            text = stored.text_digest if stored is not None else ""
            if self.erasures.erased(text) is None:
                found.append(article)
        return found

    def review(self, *reviews: LinkReview, actor: str, expected: int, key: str | None = None) -> Appended:
        """Append reviews of links, all or none, and bring the graph up to them.

        `expected` is what `reviews.version()` was when they were decided.

        Raises:
            VersionConflict: somebody else has written a review meanwhile; nothing was appended.
            LogError, StoreError: nothing was acknowledged, or (StoreError) only the graph lags behind.
        """
        records = [
            NewRecord(
                LINK_REVIEWED,
                SCHEMA[LINK_REVIEWED],
                link_reviewed(review),
                cause=review.offer.record if review.offer is not None else review.undoes,
            )
            for review in reviews
        ]
        appended = self.log.append(REVIEWS_STREAM, records, actor=actor, expected=expected, key=key)
        self.project()
        return appended

    def patch(self, patch: Patch, *, actor: str, expected: int, key: str | None = None) -> Appended:
        """Append a patch of curation graphs and bring the graph up to it.

        `expected` is the number of patches that it was evaluated after.

        Raises:
            VersionConflict: somebody else has written one meanwhile; nothing was appended.
            LogError, StoreError: nothing was acknowledged, or (StoreError) only the graph lags behind.
        """
        record = NewRecord(QUADS_PATCHED, SCHEMA[QUADS_PATCHED], quads_patched(patch), cause=patch.undoes)
        appended = self.log.append(PATCHES_STREAM, [record], actor=actor, expected=expected, key=key)
        self.project()
        return appended

    def type_at(self, position: int) -> str | None:
        """Return the type of the record at a position, None where there is none."""
        return next((record.type for record in self.log.read(after=max(0, position - 1), upto=position)), None)

    def curate(self, decisions: Sequence[tuple[str, Curation]], *, actor: str, expected: int) -> Appended:
        """Append decisions by their record types, all or none, and bring the graph up to them.

        `expected` is what `curations.version()` was when they were decided.

        Raises:
            VersionConflict: somebody else has decided something meanwhile; nothing was appended.
            LogError, StoreError: nothing was acknowledged, or (StoreError) only the graph lags behind.
        """
        records = [
            NewRecord(type_, SCHEMA[type_], encode_curation(one), cause=one.undoes or one.approves)
            for type_, one in decisions
        ]
        appended = self.log.append(CURATIONS_STREAM, records, actor=actor, expected=expected)
        self.project()
        return appended

    def _same_text(self, article: Article) -> str | None:
        """Return a warning where the log holds the same text under other metadata."""
        digest = sealed_contents(article, self._key())[TEXT].digest
        if digest not in self.content and article.text_sha256 not in self.content:  # schema 1 named it without a salt
            return None  # never stored, so never ingested: the log need not be read
        for record in self.log.read(types=(ARTICLE_INGESTED,)):
            named = self.as_stored(record.payload)
            if named.text_digest in (digest, article.text_sha256) and named.id != article.id:
                return (
                    f"the same text is already there as article {named.id} (position {record.position}) with other "
                    "metadata; both are kept"
                )
        return None

    # -- asking ----------------------------------------------------------------------------------------------------

    def query(
        self,
        sparql: str,
        *,
        default_graph: list[str] | None = None,
        named_graphs: list[str] | None = None,
    ) -> Answer:
        """Ask the graph; the prefixes of the ontology are known. Make, write and drop the answer in one thread.

        Raises:
            QueryRefused: for text that is no query, for updates and for SERVICE.
        """
        store = self.graph()
        return store.query(
            sparql, prefixes=PREFIXES, default_graph=default_graph, named_graphs=named_graphs, things=self.things
        )

    def moment(self, text: str) -> Moment:
        """Return the moment that `text` names: a position of the log, a time, or a day.

        Raises:
            graph.travel.errors.BadMoment, graph.travel.errors.BeyondTheHead
        """
        return moment_of(self.log, text)

    def as_of(self, moment: Moment | None) -> "Workspace | AsOf":
        """Return whatever answers for a moment: this workspace for none, which is the newest graph.

        Raises:
            graph.travel.errors.TravelError: that state cannot be given.
        """
        return self if moment is None else AsOf(self.past.at(moment.position), self.things)

    def audit(self, name: str, moment: Moment | None = None, *, limit: int | None = None, offset: int = 0) -> "Audit":
        """Explain an IRI, a path under the base IRI, a bare id, or a triple, as of a moment where one is given.

        At most `limit` claims are explained (None: all), after the first `offset`.

        Raises:
            NothingToAudit: where the graph holds nothing of that name, and never held that triple.
            graph.audit.BadTriple: several words that are no triple.
            graph.travel.errors.TravelError: that state cannot be given.
        """
        from pyoxigraph import NamedNode

        from graph.audit import NothingToAudit, explain, is_triple, read_triple

        if is_triple(name):
            return self.audit_triple(read_triple(name, self.iris), moment, limit=limit, offset=offset)
        iri = self.resolve(name, moment)
        try:
            NamedNode(iri)
        except ValueError:
            raise NothingToAudit(iri) from None
        return explain(self.reader(moment), self.log, self.words, iri, limit=limit, offset=offset)

    def audit_triple(
        self, asked: "AskedTriple", moment: Moment | None = None, *, limit: int | None = None, offset: int = 0
    ) -> "Audit":
        """Explain one triple, also one that is not there any more. Raises as `audit` does."""
        from graph.audit import explain_asked

        return explain_asked(self.reader(moment), self.log, self.words, asked, limit=limit, offset=offset)

    def reader(self, moment: Moment | None) -> Reader:
        """Return the graph of a moment, the newest one for none.

        Raises:
            graph.travel.errors.TravelError: that state cannot be given.
        """
        return self.graph() if moment is None else self.past.at(moment.position)

    def resolve(self, name: str, moment: Moment | None = None) -> str:
        """Return the full IRI that `name` stands for: an IRI, a path under the base, or an id of any kind.

        Raises:
            graph.travel.errors.TravelError: the state of `moment` cannot be given.
        """
        name = name.strip().removeprefix("<").removesuffix(">")
        if "://" in name:
            return name
        if "/" in name:
            return self.iris.absolute(name)
        if name.startswith("c-"):
            return f"{self.iris.base}id/claim/{name}"
        if name.isascii() and name.isalnum():
            for kind in KINDS:
                iri = f"{self.iris.base}id/{kind}/{name}"
                if bool(self.as_of(moment).query(f"ASK {{ {{ <{iri}> ?p ?o }} UNION {{ ?s ?p <{iri}> }} }}")):
                    return iri
        return self.iris.absolute(name)

    def words(self, digest: str) -> bytes | None:
        """Return the content that the log names by `digest`, None where it is erased or gone.

        Raises:
            ContentDamaged
        """
        self.erasures.refresh()
        return self.projector.content(digest)

    def as_stored(self, payload: Mapping[str, Any]) -> StoredArticle:
        """Return the article of an ArticleIngested payload; a damaged content is told of, and None."""
        return StoredArticle(payload, self.undamaged)

    def stored(self, article: str) -> StoredArticle | None:
        """Return the article of this id, None where the log holds none."""
        payload = self.projector.articles(article)
        return None if payload is None else self.as_stored(payload)

    def text(self, article: str) -> str | None:
        """Return the stored text of an article, or None where it is gone or damaged; an audit says which."""
        stored = self.stored(article)
        return None if stored is None else stored.text

    def undamaged(self, digest: str) -> bytes | None:
        """Return what `words` does, but tell of a damaged content and return None."""
        try:
            return self.words(digest)
        except ContentDamaged as damaged:
            self._notice(str(damaged))
            return None
