"""What a news page says: its headline, the text of its article, and what it states about itself.

Invariant: nothing is fetched and nothing is inferred. The date is one that the page states as its publication date,
never one found in an address, a copyright line or the running text; menus, related links, comments and tables are no
part of the article.
"""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_TAGS = 50_000  # a news page has a few thousand; extraction takes quadratic time beyond
MIN_WORDS = 5  # the longest line of an article has at least so many

_ARTICLE_TYPES = ("article", "posting", "report")
_DATE_METAS = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "publishdate",
    "publish-date",
    "pubdate",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
)
_SITE_METAS = ("og:site_name", "dcterms.publisher", "dc.publisher", "publisher")
_TITLE_SEPARATOR = re.compile(r"\s+[|–—-]\s+")
_WORD = re.compile(r"\w+")
_SPACES = re.compile(r"\s+")


class NoArticleError(ValueError):
    """A page that holds no article text; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class WebPage:
    """An article as its page gives it. `text` begins with the headline; everything else is None where not stated.

    Values are as the page writes them: the caller checks whether the date, the address and the language are usable.
    """

    text: str
    title: str | None = None
    published: tuple[str, ...] = ()  # every stated publication date, the most trusted first
    publisher: str | None = None
    url: str | None = None
    language: str | None = None


def read_page(source: str) -> WebPage:
    """Return the article of an HTML page.

    Raises:
        NoArticleError: where there is no article text, or more markup than any article has.

    """
    tags = source.count("<")
    if tags > MAX_TAGS:
        raise NoArticleError(f"holds {tags:,} tags, more than the {MAX_TAGS:,} that a page may have")
    if "<html" not in source.lower() and "<body" not in source.lower():
        source = f"<html><body>{source}</body></html>"
    body = _article_text(source)
    tree = _tree(source)
    stated = _Stated.of(tree) if tree is not None else _Stated()
    title = stated.title
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    if title and _squeezed(lines[0]) != _squeezed(title):
        lines.insert(0, title)
    return WebPage(
        text="\n\n".join(lines),
        title=title,
        published=stated.published,
        publisher=stated.publisher,
        url=stated.url,
        language=stated.language,
    )


def _article_text(source: str) -> str:
    import trafilatura

    # Without a handler of its own its complaints about bad pages would reach stderr.
    logging.getLogger("trafilatura").addHandler(logging.NullHandler())
    try:
        document = trafilatura.bare_extraction(
            source,
            include_comments=False,
            include_tables=False,
            favor_precision=True,
            deduplicate=False,  # its memory of earlier pages would make the result depend on their order
            with_metadata=False,
        )
    except Exception as error:  # an outside parser on hostile input: whatever it raises, there is no article
        raise NoArticleError(f"cannot be read as HTML ({type(error).__name__})") from error
    text: str = getattr(document, "text", None) or ""
    # Without an article the extractor falls back to whatever words there are: menus, whose lines are short.
    if not any(len(_WORD.findall(line)) >= MIN_WORDS for line in text.splitlines()):
        raise NoArticleError("holds no article text: only menus, links or scripts")
    return text


def _tree(source: str) -> Any:
    from lxml import etree, html  # type: ignore[import-untyped]

    # A page that declares an encoding cannot be parsed from characters, so it goes in as UTF-8 and says so.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError, RecursionError):
        return None


def _squeezed(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


@dataclass(frozen=True, slots=True)
class _Stated:
    title: str | None = None
    published: tuple[str, ...] = ()
    publisher: str | None = None
    url: str | None = None
    language: str | None = None

    @classmethod
    def of(cls, tree: Any) -> "_Stated":
        metas = _metas(tree)
        linked = next(_linked_articles(tree), {})
        dates = [metas.get(key) for key in _DATE_METAS]
        dates.insert(1, _text_of(linked.get("datePublished")))
        dates.extend(
            _squeezed(str(node)) for node in tree.xpath("//time[@pubdate or @itemprop='datePublished']/@datetime")
        )
        sites = [metas.get(key) for key in _SITE_METAS]
        sites.insert(1, _text_of(_field(linked.get("publisher"), "name")))
        publisher = _first(*sites)
        return cls(
            title=_title(tree, metas, linked, publisher),
            published=tuple(dict.fromkeys(date for date in dates if date)),
            publisher=publisher,
            url=_first(
                *map(str, tree.xpath("//link[@rel='canonical']/@href")),
                metas.get("og:url"),
                _text_of(linked.get("url")),
                _text_of(_field(linked.get("mainEntityOfPage"), "@id")),
            ),
            language=_first(*map(str, tree.xpath("/html/@lang"))),
        )


def _metas(tree: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.iter("meta"):
        key = node.get("property") or node.get("name") or node.get("itemprop")
        content = _squeezed(node.get("content") or "")
        if key and content:
            found.setdefault(key.strip().lower(), content)
    return found


def _linked_articles(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the article objects of the page's JSON-LD, in document order."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        nodes = [data]
        for node in nodes:  # grows while it is walked: lists and @graph hold further nodes
            if isinstance(node, list):
                nodes.extend(node)
            elif isinstance(node, dict):
                kinds = node.get("@type")
                names = kinds if isinstance(kinds, list) else [kinds]
                if any(isinstance(name, str) and name.lower().endswith(_ARTICLE_TYPES) for name in names):
                    yield node
                if "@graph" in node:
                    nodes.append(node["@graph"])


def _title(tree: Any, metas: dict[str, str], linked: dict[str, Any], site: str | None) -> str | None:
    """Return the headline that readers see (the h1 that the page's own title agrees with), else the stated one."""
    headings = [_squeezed(node.text_content()) for node in tree.iter("h1")]
    headings = [heading for heading in headings if heading and heading != site]
    stated = _first(metas.get("og:title"), _text_of(linked.get("headline")), metas.get("twitter:title"))
    titles = tree.xpath("//head/title")
    whole = _squeezed(titles[0].text_content()) if titles else ""
    for heading in headings:
        if (stated and (heading in stated or stated in heading)) or heading in whole:
            return heading
    if stated:
        return stated
    if len(headings) == 1:
        return headings[0]
    parts = [part for part in _TITLE_SEPARATOR.split(whole) if part and part != site]
    return max(parts, key=len, default=None)


def _field(value: object, key: str) -> object:
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get(key) if isinstance(value, dict) else value


def _text_of(value: object) -> str | None:
    return _squeezed(value) or None if isinstance(value, str) else None


def _first(*values: str | None) -> str | None:
    return next((squeezed for value in values if value and (squeezed := _squeezed(value))), None)
