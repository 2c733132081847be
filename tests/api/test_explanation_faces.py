"""The faces of an explanation: complete for a person, harmless whatever the article holds, the same every time."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api import explanation_text, extraction
from api.cli import app
from api.pages import explanation as pages
from ingest.pipeline import Pipeline
from ingest.readers import read_path
from ingest.wording import Wording
from ontology.model import Article

ROOT = Path(__file__).parents[2]
DEMO = [item for item in read_path(ROOT / "api" / "demo") if isinstance(item, Article)]
EN, AR = Wording.load("en"), Wording.load("ar")
HOSTILE = (
    'غارة على <script>alert(1)</script> حلب & "إدلب"\n\n'
    "قال المرصد السوري \u202eلحقوق\u202c الإنسان إن غارة جوية\u0007 روسية استهدفت مدينة \u2067خان شيخون أسفرت عن "
    'مقتل <b onclick="x">6</b> مدنيين.\n\u202eReuters said\u2029an airstrike hit Aleppo.\x1b[31m\r\n'
)
ACTING = re.compile("[\u202a-\u202e\u2066-\u2069\u2028\u2029\x00-\x08\x0b-\x1f\x7f-\x9f]")
OURS = re.compile("[\u2068\u2069]")


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline()


class _Page(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.body = ""
        self.lines = ""
        self.style = ""
        self._open: list[tuple[str, str]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "br"):
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self.style += data
            return
        self.body += data
        if ("div", "text") in self._open:  # a character that would act stands there by its number
            self.lines += chr(int(data.removeprefix("U+"), 16)) if self._open[-1][1] == "sign" else data

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


def harmless(markup: str) -> _Page:
    page = _Page(markup)
    assert not {"script", "img", "iframe", "object", "link", "base", "form", "svg", "b"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("src", "style")]
    assert all(address.startswith("#") for address in page.values("href"))
    (policy,) = (value for value in page.values("content") if "default-src" in value)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert not ACTING.search(OURS.sub("", page.body.replace("\n", "")))
    assert page.body.count("\u2068") == page.body.count("\u2069")
    assert not [value for _, _, value in page.attributes if ACTING.search(value)]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {address.removeprefix("#") for address in page.values("href")} <= set(ids)
    return page


@pytest.mark.parametrize("wording", [EN, AR], ids=["en", "ar"])
def test_a_page_of_all_demo_articles_needs_nothing_and_leads_nowhere_else(pipeline: Pipeline, wording: Wording) -> None:
    explanations = [pipeline.explain(article) for article in DEMO]
    markup = pages.page(explanations, wording)
    page = harmless(markup)
    assert page.tags.count("article") == len(DEMO)
    assert page.tags.count("section") == sum(len(found.claims) for found in explanations)
    assert page.values("dir")[0] == {"en": "ltr", "ar": "rtl"}[wording.tongue]
    assert markup == pages.page(explanations, wording)


def test_words_of_an_article_never_act_on_the_page(pipeline: Pipeline) -> None:
    page = harmless(pages.page([pipeline.explain(Article(HOSTILE, "ar", title=HOSTILE, publisher=HOSTILE))], EN))
    assert "<script>alert(1)</script>" in page.body
    assert "U+202E" in page.body


def test_words_of_an_article_never_act_on_the_terminal(pipeline: Pipeline) -> None:
    article = Article(HOSTILE, "ar", title=HOSTILE, publisher=HOSTILE)
    said = explanation_text.render(pipeline.explain(article), EN)
    assert not ACTING.search(OURS.sub("", said.replace("\n", "")))
    assert all(line.count("\u2068") == line.count("\u2069") for line in said.splitlines())


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.sampled_from([EN, AR]))
def test_the_page_shows_all_of_any_text_and_none_of_it_acts(pipeline: Pipeline, words: str, wording: Wording) -> None:
    text = (HOSTILE + words).encode("utf-8", "ignore").decode()
    found = pipeline.explain(Article(text, "ar"))
    page = harmless(pages.page([found], wording))
    assert page.lines == text.replace("\r", "").replace("\n", "")
    said = explanation_text.render(found, wording)
    assert not ACTING.search(OURS.sub("", said.replace("\n", "")))


def test_the_command_prints_and_writes_explanations(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "load_extractor", lambda seconds, imports: pipeline)
    article, page = tmp_path / "article.txt", tmp_path / "why.html"
    article.write_text("قال المرصد السوري لحقوق الإنسان إن غارة استهدفت مدينة حلب.", encoding="utf-8")
    run = CliRunner().invoke
    printed = run(app, ["extract", str(article), "--language", "ar", "--explain"])
    assert printed.exit_code == 0
    assert "strike.place" in printed.stdout
    written = run(app, ["extract", str(article), "--language", "ar", "--explain-html", str(page), "--explain-in", "ar"])
    assert (written.exit_code, written.stdout) == (0, "")
    harmless(page.read_text(encoding="utf-8"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["article.txt", "why.html"]


@pytest.mark.parametrize(
    "asked", [["--explain-html", "no/such/why.html"], ["--explain-html", "."], ["--explain-in", "fr"]]
)
def test_what_cannot_be_meant_is_refused_before_anything_is_read(tmp_path: Path, asked: list[str]) -> None:
    article = tmp_path / "article.txt"
    article.write_text("غارة على حلب", encoding="utf-8")
    assert CliRunner().invoke(app, ["extract", str(article), *asked]).exit_code == 2
