"""A gold and the claims of its articles, from files to figures.

Invariant: what is measured depends only on the articles and the claims that were chosen; an article without a
prediction counts as one in which nothing was found, and is named.
"""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from api.extraction import Extracting, ExtractorFailed, extract
from api.failures import Failure, Misuse
from ingest.evaluation.gold import read_gold, read_predictions
from ingest.evaluation.incidents import FIGURES, NEAREST, Parties, belligerents, compare, read_incidents
from ingest.evaluation.mistakes import Mistake, mistakes
from ingest.evaluation.scores import SHARES, Scored, Tally, score_article, total
from ingest.evaluation.units import CORE, ROLES
from ontology.model import Article
from ontology.vocabulary import Vocabulary
from ontology.wire import extraction_json

NO_OUTLET = "(none)"
TYPE, SLOT, OUTLET, LANGUAGE, BELLIGERENT, PRECISION = "type", "slot", "outlet", "language", "belligerent", "precision"
DIMENSIONS = (TYPE, SLOT, OUTLET, LANGUAGE)
INCIDENT_DIMENSIONS = (OUTLET, LANGUAGE, BELLIGERENT, PRECISION)

Predictions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which articles are measured: language, outlets (None: all) and outlets left out."""

    language: str | None = None
    outlets: Sequence[str] = ()
    without: Sequence[str] = ()

    def of(self, articles: Iterable[Mapping[str, Any]], path: Path) -> list[dict[str, Any]]:
        """Return the articles that are meant, in their order.

        Raises:
            Misuse: for an outlet that no article of the file has.
            Failure: where no article is left.
        """
        rows = [dict(article) for article in articles]
        known = {outlet_of(row) for row in rows}
        wanted, left_out = (_outlets(given, known, path) for given in (self.outlets, self.without))
        chosen = [
            row
            for row in rows
            if (self.language is None or _language(row) == self.language)
            and (not wanted or outlet_of(row) in wanted)
            and outlet_of(row) not in left_out
        ]
        if not chosen:
            raise Failure(f"{path} has no article of this language and these outlets; choose others.")
        return chosen


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of a gold, article by article, and the claims that were compared."""

    scored: list[Scored]
    predicted: Predictions
    absent: list[str] = field(default_factory=list)

    @property
    def whole(self) -> Tally:
        """The tally of all articles and types."""
        return total(tally for scored in self.scored for tally in scored.by_type.values())

    @property
    def negatives(self) -> tuple[int, int]:
        """Number of articles in which people found no event, and of units that were found in them nevertheless."""
        none = [scored for scored in self.scored if not scored.article["events"]]
        return len(none), sum(len(scored.paired.extra) for scored in none)

    def by(self, dimension: str) -> dict[str, tuple[int, Tally]]:
        """Return articles and tally for each type, outlet or language, sorted by name."""
        parts: dict[str, list[tuple[str, Tally]]] = {}
        for scored in self.scored:
            article = scored.article
            if dimension == TYPE:
                for name, tally in scored.by_type.items():
                    parts.setdefault(name, []).append((article["id"], tally))
            else:
                name = outlet_of(article) if dimension == OUTLET else _language(article)
                parts.setdefault(name, []).append((article["id"], total(scored.by_type.values())))
        return {name: (len(parts[name]), total(tally for _, tally in parts[name])) for name in sorted(parts)}

    def mistakes(self) -> Iterator[Mistake]:
        """Yield every mistake, article by article."""
        for scored in self.scored:
            yield from mistakes(scored)

    def json(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """Return all figures as JSON data; shares of nothing are null."""
        return {
            "articles": len(self.scored),
            "withoutPrediction": self.absent,
            **tally_json(self.whole),
            "negatives": dict(zip(("articles", "extra"), self.negatives, strict=True)),
            "by": {
                dimension: {
                    name: {"articles": count, **tally_json(tally)}
                    for name, (count, tally) in self.by(dimension).items()
                }
                for dimension in dimensions
                if dimension != SLOT
            },
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts of texts with coded incidents, text by text."""

    rows: list[tuple[Mapping[str, Any], Counter[str]]]

    def by(self, dimension: str | None = None) -> dict[str, Counter[str]]:
        """Return the counts for each outlet, language, belligerent, or precision code of the place that lies nearest.

        Of all texts under "" without a dimension.
        """

        def name(row: Mapping[str, Any], counts: Counter[str]) -> str:
            if dimension is None:
                return ""
            if dimension == PRECISION:
                return next((code for key, code in NEAREST.items() if counts[key]), NO_OUTLET)
            if dimension == BELLIGERENT:
                return ", ".join(belligerents(row["incident"])) or NO_OUTLET
            return outlet_of(row) if dimension == OUTLET else _language(row)

        named = sorted(((name(row, counts), counts) for row, counts in self.rows), key=lambda pair: pair[0])
        found = {}
        for key, group in groupby(named, key=lambda pair: pair[0]):
            whole: Counter[str] = Counter()
            for _, counts in group:
                whole.update(counts)
            found[key] = whole
        return found

    def json(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """Return all figures as JSON data."""
        return {
            "texts": len(self.rows),
            **counts_json(self.by()[""]),
            "by": {d: {name: counts_json(c) for name, c in self.by(d).items()} for d in dimensions},
        }


def evaluate(
    path: Path,
    *,
    choice: Choice,
    types: str = "all",
    predicted: Path | None = None,
    extractor: Callable[[], Extracting],
    step: Callable[[int], None] = lambda _: None,
    failed: Callable[[ExtractorFailed], None] = lambda _: None,
) -> Evaluation:
    """Return the scores of the gold at `path`; claims come from the file `predicted`, else from the extractor.

    Raises:
        ingest.evaluation.gold.Unusable: a file cannot be compared.
        Failure: no article of the gold has a prediction in the file.
    """
    known = set(Vocabulary.load().event_types)
    articles = choice.of(read_gold(path, known), path)
    claims = (
        _extracted(articles, extractor(), step, failed)
        if predicted is None
        else _from_file(predicted, [article["id"] for article in articles])
    )
    restricted = CORE if types == "core" else None
    scored = [score_article(article, claims.get(article["id"], {}), restricted) for article in articles]
    return Evaluation(scored, claims, [article["id"] for article in articles if article["id"] not in claims])


def evaluate_incidents(
    path: Path,
    *,
    choice: Choice,
    parties: Parties,
    dated: bool = False,
    predicted: Path | None = None,
    extractor: Callable[[], Extracting],
    step: Callable[[int], None] = lambda _: None,
    failed: Callable[[ExtractorFailed], None] = lambda _: None,
) -> Comparison:
    """Return how claims of texts agree with the incidents coded for them. Raises as `evaluate` does.

    With `dated` the extractor is given the day that `published_raw` states, where it states one.
    """
    rows = choice.of(read_incidents(path), path)
    for row in rows:
        row["id"] = row["source_id"]
        row["published"] = published_day(row) if dated else None
    claims = (
        _extracted(rows, extractor(), step, failed)
        if predicted is None
        else _from_file(predicted, [row["id"] for row in rows])
    )
    return Comparison([(row, compare(row, claims.get(row["id"], {}), parties)) for row in rows])


def published_day(row: Mapping[str, Any]) -> str | None:
    """Return the day that a text was published on, from `published_raw`: an ISO time or a day in words; else None."""
    from ingest.dates import DateGrammar
    from ingest.lexicon import lexicon_folder
    from ontology.normal import normal_words

    raw = (row.get("published_raw") or "").strip()
    if raw[:4].isdigit():
        return raw[:10] if len(raw) >= 10 and raw[4] == raw[7] == "-" else None
    for language in ("ar", "en"):
        if language not in _GRAMMARS:
            _GRAMMARS[language] = DateGrammar.load(lexicon_folder(), language)
        for found in _GRAMMARS[language].find(list(normal_words(raw)), None):
            if found.precision == "day" and found.start is not None:
                return str(found.start)
    return None


_GRAMMARS: dict[str, Any] = {}


def outlet_of(article: Mapping[str, Any]) -> str:
    """Return the publisher's name, or a word for none."""
    return article.get("publisher") or NO_OUTLET


def tally_json(tally: Tally) -> dict[str, Any]:
    """Return precision, recall and F1 of the events, and each slot with what it is a share of."""
    counts = tally.counts
    slots: dict[str, Any] = {
        name: {
            "precision": tally.role_precision(*roles),
            "recall": tally.role_recall(*roles),
            "f1": tally.role_f1(*roles),
        }
        for name, roles in {"roles": ROLES, **{role: (role,) for role in ROLES}}.items()
    }
    slots |= {s: {"share": tally.share(s), "right": counts[f"{s} right"], "of": counts[s]} for s in SHARES}
    return {
        "events": {
            "precision": tally.precision,
            "recall": tally.recall,
            "f1": tally.f1,
            **{name: counts[name] for name in ("found", "extra", "missed")},
        },
        "slots": slots,
        "overall": tally.overall,
    }


def counts_json(counts: Counter[str]) -> dict[str, Any]:
    """Return each figure of an incident comparison with what it is a share of."""
    return {
        name: {"share": counts[name] / counts[of] if counts[of] else None, "right": counts[name], "of": counts[of]}
        for name, of in FIGURES.items()
    }


def _article(row: Mapping[str, Any]) -> Article:
    return Article(
        row["text"],
        _language(row),
        title=row.get("title"),
        published=row.get("published"),
        publisher=row.get("publisher"),
        url=row.get("url"),
        external_id=row["id"],
    )


def _extracted(
    rows: Sequence[Mapping[str, Any]],
    extractor: Extracting,
    step: Callable[[int], None],
    failed: Callable[[ExtractorFailed], None],
) -> Predictions:
    found: dict[str, Mapping[str, Any]] = {}
    for done, row in enumerate(rows, 1):
        try:
            found[row["id"]] = extraction_json(extract(extractor, _article(row)))
        except ExtractorFailed as failure:
            failed(failure)
        step(done)
    return found


def _from_file(path: Path, ids: Sequence[str]) -> Predictions:
    claims = read_predictions(path)
    if not any(name in claims for name in ids):
        raise Failure(
            f"{path} holds no article of the gold: predictions are matched by `id`, which `waqai extract` takes over "
            "from the input."
        )
    return claims


def _outlets(given: Sequence[str], known: set[str], path: Path) -> set[str]:
    """An outlet's name may hold a comma, so what is a name as it stands is not cut."""
    found: set[str] = set()
    for part in given:
        found |= {part} if part in known else {name.strip() for name in part.split(",") if name.strip()}
    for name in sorted(found - known):
        near = difflib.get_close_matches(name, sorted(known), n=1)
        advice = f"the nearest is {near[0]}" if near else "`--by outlet` lists them"
        raise Misuse(f"{path} has no article of the outlet {name!r}; {advice}.")
    return found


def _language(row: Mapping[str, Any]) -> str:
    return str(row.get("language") or row.get("lang"))
