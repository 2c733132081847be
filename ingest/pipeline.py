"""The pipeline: from an article to its claims, as a spaCy pipeline of our own components on a blank language.

Invariant: the same text under the same extractor version gives the same claims and ids. The version is the code's and
the digest of lexicon and gazetteer data; nothing else is consulted (no clock, no network, no hash order).

Each component is registered with spaCy (`waqai_zones`, `waqai_morphology`, ...) and works on the `Reading` that the
first one makes, so a pipeline can be inspected and cut like any other spaCy pipeline.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from ingest.assembly import Assembler
from ingest.attribution import find_attributions
from ingest.batch import Failed, Outcome, outcome_of, outcomes
from ingest.claims import ClaimMaker
from ingest.context import find_cues
from ingest.dates import DateExpression, DateGrammar
from ingest.disguise import readable
from ingest.drafts import with_content
from ingest.explanation import Explanation, explained
from ingest.figures import HARM_CLASSES, find_figures
from ingest.gazetteer import Gazetteer
from ingest.holders import name_holders
from ingest.language import beside
from ingest.lexemes import Lexemes
from ingest.lexicon import LANGUAGES, Entry, Lexicon, digest_of, lexicon_folder, load_lexicon
from ingest.mentions import find_mentions
from ingest.morphology import analyse
from ingest.ownnames import with_own_names
from ingest.places import PlaceFinder
from ingest.postplaces import placed_aside, placed_by_post
from ingest.quantities import QuantityGrammar
from ingest.reading import Reading
from ingest.remembered import Decisions
from ingest.retellings import told_again
from ingest.sameness import possibly_same
from ingest.segments import mark_byline, mark_sentences, mark_zones
from ingest.tokenizing import Words, install_arabic_rules, install_english_rules, tokenised, words_of
from ingest.trace import Trace
from ingest.triggers import Surroundings, find_triggers
from ingest.unfinished import Deadline
from ontology.identity import sha256_hex
from ontology.model import Article, Claim, Extraction, Extractor, GazetteerSource
from ontology.normal import name_key, normal_word

COMPONENTS = (
    "zones",
    "sentences",
    "morphology",
    "quantities",
    "mentions",
    "places",
    "triggers",
    "claims",
    "annotations",
)
_SENTENCE_START, _NO_SENTENCE_START = 1, 2**64 - 1  # spaCy's 1 and -1 in the unsigned numbers of its arrays
_SURROGATE = re.compile("[\ud800-\udfff]")
_TITLE_WORDS = re.compile(r"\w+|[^\w\s]")
_READING = "waqai.reading"
_ARTICLE = "waqai.article"
_PLAIN = "waqai.plain"
_WORDS = "waqai.words"
_CLAIMS = "waqai.claims"
_AROUND = "waqai.around"
_TRACE = "waqai.trace"
_DEADLINE = "waqai.deadline"
_KEPT_STRINGS = 100_000  # words that a pipeline keeps for good; further ones live as long as their article
_KEPT_TOKENS = 50_000  # words whose tokens the tokenizer remembers


class UnsupportedLanguage(ValueError):
    """An article in a language the extractor has no lexicon for."""

    def __init__(self, language: str) -> None:
        super().__init__(f"no extraction for the language {language!r}; there are: {', '.join(LANGUAGES)}")
        self.language = language

    def __reduce__(self) -> tuple[type["UnsupportedLanguage"], tuple[str]]:
        return type(self), (self.language,)


class NotText(ValueError):
    """A text with an unpaired surrogate, which no encoding can hold."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the text holds an unpaired surrogate at character {offset}; decode it anew")
        self.offset = offset

    def __reduce__(self) -> tuple[type["NotText"], tuple[int]]:
        return type(self), (self.offset,)


class Knowledge:
    """What the components of one language share: lexicon, grammars, gazetteer."""

    def __init__(self, language: str, folder: Path, gazetteer: Gazetteer) -> None:
        self.lexicon: Lexicon = load_lexicon(language, folder)
        self.lexemes = Lexemes(self.lexicon)
        self.dates = DateGrammar.load(folder, language)
        self.quantities = QuantityGrammar.load(folder, language)
        self.places = PlaceFinder(gazetteer)

    def knows(self, word: str) -> bool:
        """Whether `word` is a form of an entry, or the beginning of a registered name, clitics off."""
        normal, lexicon, morphology = normal_word(word), self.lexicon, self.lexemes.morphology
        return bool(morphology.analyse(normal)) or any(
            v.host in lexicon.name_starts or v.host in lexicon.adjectives for v in morphology.variants(normal)
        )

    @cached_property
    def publishers(self) -> dict[str, Entry]:
        """Name keys of outlets that speak for a party."""
        found: dict[str, Entry] = {}
        for entry in self.lexicon.registry.values():
            if entry.section == "sources" and entry.get("party"):
                names = [
                    *entry.get("names", {}).values(),
                    *(a for row in entry.get("aliases", {}).values() for a in row),
                ]
                found.update({name_key(name): entry for name in names})
        return found


def _reading(doc: Doc) -> Reading:
    reading: Reading = doc.user_data[_READING]
    return reading


def _component(name: str) -> Callable[[Callable[[Doc, Knowledge], None]], None]:
    """Register a component `waqai_<name>`; its one setting is the shared knowledge."""

    def register(work: Callable[[Doc, Knowledge], None]) -> None:
        def make(nlp: Language, name: str) -> Callable[[Doc], Doc]:
            knowledge = _knowledge_of(nlp)

            def component(doc: Doc) -> Doc:
                work(doc, knowledge)
                return doc

            return component

        Language.factory(f"waqai_{name}", func=make)

    return register


# What the components of a spaCy pipeline share lives as long as the pipeline: each component holds it.
_KNOWLEDGE: "WeakKeyDictionary[Language, Knowledge]" = WeakKeyDictionary()


def _knowledge_of(nlp: Language) -> Knowledge:
    knowledge = _KNOWLEDGE.get(nlp)
    if knowledge is None:  # a pipeline that somebody puts together by hand
        knowledge = _KNOWLEDGE[nlp] = Knowledge(str(nlp.lang), lexicon_folder(), Gazetteer.open())
    return knowledge


def _describe(doc: Doc, article: Article, plain: str, words: Words) -> None:
    doc.user_data[_ARTICLE], doc.user_data[_PLAIN], doc.user_data[_WORDS] = article, plain, words


@_component("zones")
def _zones(doc: Doc, knowledge: Knowledge) -> None:
    if _ARTICLE not in doc.user_data:  # a text handed to spaCy's pipeline itself
        _describe(doc, Article(doc.text, knowledge.lexicon.language), doc.text, words_of(doc, doc.text))
    article: Article = doc.user_data[_ARTICLE]
    words: Words = doc.user_data[_WORDS]
    reading = Reading(
        article.text,
        article.language,
        knowledge.lexicon,
        knowledge.lexemes.of(words.raw),
        words.starts,
        plain=doc.user_data[_PLAIN],
        published=article.published,
        publisher=article.publisher,
        article_id=article.id,
        deadline=doc.user_data.get(_DEADLINE, Deadline(None)),
    )
    reading.trace = doc.user_data.get(_TRACE)
    doc.user_data[_READING] = reading
    mark_zones(reading, article.title)
    mark_byline(reading)


@_component("sentences")
def _sentences(doc: Doc, knowledge: Knowledge) -> None:
    reading = _reading(doc)
    mark_sentences(reading)


@_component("morphology")
def _morphology(doc: Doc, knowledge: Knowledge) -> None:
    analyse(_reading(doc))


@_component("quantities")
def _quantities(doc: Doc, knowledge: Knowledge) -> None:
    reading = _reading(doc)
    published = _day(reading.published)
    dates = knowledge.dates.find(reading.words, published)
    reading.headline_dates = _headline_dates(doc.user_data[_ARTICLE], knowledge, published)
    reading.keep_counts(dates, knowledge.quantities.find(reading.words, [(d.first, d.last) for d in dates]))


def _headline_dates(article: Article, knowledge: Knowledge, published: date | None) -> list[DateExpression]:
    """Return the dates of a title that came beside the text; they have no characters there, so their words are none."""
    if not article.title or article.title.strip() in article.text:
        return []
    words = [normal_word(word) for word in _TITLE_WORDS.findall(article.title)]
    found = knowledge.dates.find(words, published)
    return [d._replace(first=0, last=0, anchor="title") for d in found if d.anchor is None or d.rule.endswith("month")]


@_component("mentions")
def _mentions(doc: Doc, knowledge: Knowledge) -> None:
    reading = _reading(doc)
    reading.mentions = find_mentions(reading)
    if reading.language == "en":
        reading.mentions = with_own_names(reading, reading.mentions)


@_component("places")
def _places(doc: Doc, knowledge: Knowledge) -> None:
    reading = _reading(doc)
    places = knowledge.places.find(reading, reading.mentions)
    doc.user_data[_AROUND] = Surroundings(reading, reading.mentions, places)


@_component("triggers")
def _triggers(doc: Doc, knowledge: Knowledge) -> None:
    reading = _reading(doc)
    reading.triggers = find_triggers(reading, doc.user_data[_AROUND])


@_component("claims")
def _claims(doc: Doc, knowledge: Knowledge) -> None:
    reading, around = _reading(doc), doc.user_data[_AROUND]
    publisher = knowledge.publishers.get(name_key(reading.publisher)) if reading.publisher else None
    figures, attributions, cues = find_figures(reading, around), find_attributions(reading, around), find_cues(reading)
    maker = ClaimMaker(reading, around, reading.triggers, figures, attributions, cues, publisher)
    assembler = Assembler(reading)
    drafted = maker.dating.undated(maker.drafts())
    told = placed_by_post(reading, around, told_again(reading, drafted))
    drafts = placed_aside(maker.locations, with_content(reading, name_holders(reading, told)))
    claims = [assembler.claim(draft) for draft in drafts]
    if reading.trace is not None:
        trace = reading.trace
        trace.places, trace.figures, trace.attributions, trace.cues = around.places, figures, attributions, cues
        trace.claims = list(zip(claims, drafts, strict=True))
    doc.user_data[_CLAIMS] = tuple({claim.id: claim for claim in claims}.values())


@_component("annotations")
def _annotations(doc: Doc, knowledge: Knowledge) -> None:
    """Write what the others found onto the document, in one go: setting tokens one by one costs more than finding."""
    reading, around = _reading(doc), doc.user_data[_AROUND]
    strings = doc.vocab.strings
    starts = {0, *(a for a, _ in reading.sentences)}
    rows = [
        (
            _SENTENCE_START if i in starts else _NO_SENTENCE_START,
            strings.add(analyses[0].entry.lemma) if analyses else 0,
            strings.add(analyses[0].form.word) if analyses else 0,
        )
        for i, analyses in enumerate(reading.analyses)
    ]
    if rows:
        attributes: list[int | str] = ["SENT_START", "LEMMA", "NORM"]
        values: Any = doc.to_array(attributes)
        values[:] = rows
        doc.from_array(attributes, values)
    doc.spans["mentions"] = [
        *(Span(doc, m.first, m.last, label=m.kind) for m in reading.mentions),
        *(Span(doc, p.first, p.last, label="place") for p in around.places),
    ]


def _may_tell(reading: Reading) -> bool:
    """Tell whether a claim may come of the text: only triggers and counted harm make one."""
    return bool(reading.tokens_in("events", *HARM_CLASSES))


def _day(published: str | None) -> date | None:
    if published is None:
        return None
    try:
        return date.fromisoformat(published[:10])
    except ValueError:
        return None


class Pipeline:
    """The extractor. Building one takes about a second; keep it and call `extract` for each article.

    Args:
        lexicon_dir: folder of the lexicon data, by default that of the ontology in use.
        gazetteer: an open gazetteer; by default the project's own is opened when first needed.
        seconds: how long one article may take; unbounded by default.
    """

    def __init__(
        self, lexicon_dir: Path | None = None, gazetteer: Gazetteer | None = None, *, seconds: float | None = None
    ) -> None:
        self._folder = lexicon_dir if lexicon_dir is not None else lexicon_folder()
        self._given = gazetteer
        self._seconds = seconds
        self._pipelines: dict[str, Language] = {}
        self._decisions = Decisions()

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """The gazetteer that places are linked to."""
        return self._given if self._given is not None else Gazetteer.open()

    @cached_property
    def extractor(self) -> Extractor:
        """Name, version and data digest of this pipeline; what reviewers decided is part of the data."""
        told = f"{self._decisions.version}\n" if self._decisions else ""
        digest = sha256_hex(f"{digest_of(self._folder)}\n{self.gazetteer.version}\n{told}".encode())
        return Extractor(version=_version(), lexicon=digest, gazetteer=self.gazetteer.version)

    @cached_property
    def _sources(self) -> tuple[GazetteerSource, ...]:
        return self.gazetteer.sources

    def remember(self, decisions: Decisions) -> None:
        """Let what reviewers decided come before the score, from the next article on; it makes another extractor."""
        self._decisions = decisions
        self.__dict__.pop("extractor", None)
        for nlp in self._pipelines.values():
            _KNOWLEDGE[nlp].places.decisions = decisions

    def language(self, code: str) -> Language:
        """Return the spaCy pipeline of a language.

        Raises:
            UnsupportedLanguage: where there is no lexicon for it.
        """
        if code not in LANGUAGES:
            raise UnsupportedLanguage(code)
        if code not in self._pipelines:
            nlp = spacy.blank(code)
            (install_arabic_rules if code == "ar" else install_english_rules)(nlp)
            nlp.max_length = 10**9  # there is no parser or tagger whose memory this would guard
            tokenizer: Any = nlp.tokenizer
            tokenizer.max_cache_size = _KEPT_TOKENS
            _KNOWLEDGE[nlp] = knowledge = Knowledge(code, self._folder, self.gazetteer)
            knowledge.places.decisions = self._decisions
            for name in COMPONENTS:
                nlp.add_pipe(f"waqai_{name}")
            self._pipelines[code] = nlp
        return self._pipelines[code]

    def extract(self, article: Article) -> Extraction:
        """Return the claims of `article`.

        Where the article tells of nothing in its language, and lines of it are in the other one that the pipeline
        reads, it is read in that: the article of the extraction then has that language.

        Raises:
            UnsupportedLanguage: for an article that is neither Arabic nor English.
            NotText: for a text with an unpaired surrogate.
            TookTooLong: where the article takes longer than it may.
        """
        deadline = Deadline(self._seconds)
        extraction = self._read(article, deadline)
        other = None if extraction.claims else beside(article.text, article.language)
        if other is None:
            return extraction
        reread = self._read(replace(article, language=other), deadline)
        return reread if reread.claims else extraction

    def _read(self, article: Article, deadline: Deadline) -> Extraction:
        nlp = self.language(article.language)
        vocabulary: Any = nlp.vocab
        if len(vocabulary.strings) < _KEPT_STRINGS or vocabulary.in_memory_zone:
            return self._extract(nlp, article, deadline)
        with nlp.memory_zone():  # the words that only this article has are forgotten with it
            return self._extract(nlp, article, deadline)

    def _extract(self, nlp: Language, article: Article, deadline: Deadline) -> Extraction:
        doc = self._document(nlp, article, deadline)
        for name, component in nlp.pipeline:
            if name == "waqai_annotations":
                break  # nobody sees the document
            doc = component(doc)
            deadline.check()
            if name == "waqai_morphology" and not _may_tell(_reading(doc)):
                doc.user_data[_CLAIMS] = ()  # most of what an outlet prints
                break
        return self._extraction(article, doc)

    def explain(self, article: Article) -> Explanation:
        """Return what `extract` returns with the reasons for it. Raises as `extract` does."""
        trace = Trace()
        article = self.extract(article).article  # in the language in which it tells something
        doc = self.process(article, trace)
        return explained(_reading(doc), trace, self._extraction(article, doc))

    def _extraction(self, article: Article, doc: Doc) -> Extraction:
        claims: tuple[Claim, ...] = doc.user_data[_CLAIMS]
        return Extraction(article, self.extractor, claims, possibly_same(claims), self._sources)

    def process(self, article: Article, trace: Trace | None = None) -> Doc:
        """Return the spaCy document of `article` after all components, which report to `trace` if there is one.

        Raises as `extract` does.
        """
        nlp = self.language(article.language)
        doc = self._document(nlp, article, Deadline(self._seconds))
        if trace is not None:
            doc.user_data[_TRACE] = trace
        for _, component in nlp.pipeline:
            doc = component(doc)
        return doc

    def _document(self, nlp: Language, article: Article, deadline: Deadline) -> Doc:
        bad = _SURROGATE.search(article.text)
        if bad is not None:
            raise NotText(bad.start())
        plain = readable(article.text, _knowledge_of(nlp).knows)
        words = tokenised(nlp, article.text, plain)
        _describe(words.doc, article, plain, words)
        words.doc.user_data[_DEADLINE] = deadline
        deadline.check()
        return words.doc

    def pipe(self, articles: Iterable[Article], processes: int = 1) -> Iterator[Extraction]:
        """Return the claims of many articles, in their order; raises as `extract` does, `WorkerDied` besides.

        Args:
            articles: read as they are needed.
            processes: with more than one, this many worker processes share the articles. They are spawned, so a
                script that asks for them needs the usual `if __name__ == "__main__":`.
        """
        for outcome in self.batch(articles, processes):
            if isinstance(outcome, Failed):
                raise outcome.error
            yield outcome

    def batch(self, articles: Iterable[Article], processes: int = 1) -> Iterator[Outcome]:
        """Return for each article its claims, or why there are none: one that fails does not stop the others."""
        if processes == 1:
            return (outcome_of(self, article) for article in articles)
        return outcomes(self._recipe(), articles, processes)

    def _recipe(self) -> Callable[[], "Pipeline"]:
        """Return what makes an equal pipeline in another process."""
        files = self.gazetteer.files
        if files is None:
            raise ValueError("a gazetteer that is kept in memory cannot be shared with worker processes")
        return partial(_made_again, self._folder, files, self._seconds, self._decisions)


def _made_again(
    folder: Path, files: tuple[Path, str, tuple[Path, ...]], seconds: float | None, decisions: Decisions
) -> Pipeline:
    pipeline = Pipeline(folder, Gazetteer.of_files(*files), seconds=seconds)
    pipeline.remember(decisions)
    return pipeline


def _version() -> str:
    try:
        return version("waqai")
    except PackageNotFoundError:
        return "0+unknown"


def reading_of(pipeline: Pipeline, article: Article, trace: Trace | None = None) -> tuple[Reading, Any]:
    """Return the reading of an article and what stands where in it, for tests and explanations."""
    doc = pipeline.process(article, trace)
    return _reading(doc), doc.user_data[_AROUND]
