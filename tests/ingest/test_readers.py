"""Readers: every input gives articles or a reason, and the stored text is the decoded original."""

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.commands.demo import MARK
from api.datafolder import FOLDER_MARK, LOG_FILE
from ingest.encoding import Decoded, Undecodable, decode
from ingest.readers import Limits, Overrides, Rejected, published_problem, read_bytes, read_path, read_stream
from ontology.model import Article

DEMO = Path(__file__).parents[2] / "api" / "demo"
ARABIC = "قال المرصد إن الجيش انسحب من المدينة بعد معارك في ريف إدلب، وسيطرت الفصائل على التلة."
ENGLISH = "The army said that its forces had left the town after the fighting."
SUFFIXES = ["", ".txt", ".html", ".json", ".jsonl"]


def one(data: bytes, suffix: str = "", **overrides: str) -> Article | Rejected:
    found = list(read_bytes(data, "input", Overrides(**overrides), suffix=suffix))
    assert len(found) == 1
    return found[0]


def article(data: bytes, suffix: str = "", **overrides: str) -> Article:
    found = one(data, suffix, **overrides)
    assert isinstance(found, Article), found
    return found


def rejected(data: bytes, suffix: str = "", **overrides: str) -> Rejected:
    found = one(data, suffix, **overrides)
    assert isinstance(found, Rejected), found
    assert found.where == "input"
    return found


def line(**fields: object) -> bytes:
    return json.dumps({"text": ARABIC} | fields, ensure_ascii=False).encode() + b"\n"


def page(body: str, head: str = "", lang: str = "en") -> bytes:
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}</body></html>'.encode()


# Text


@given(st.text(min_size=1, max_size=200), st.sampled_from(["", "\r\n", "\r", "\u2028", "\n\n "]))
def test_utf8_text_is_stored_unchanged(text: str, newline: str) -> None:
    whole = ARABIC + newline + text.replace("\x00", "") + newline
    found = one(whole.encode(), ".txt", language="ar")
    if isinstance(found, Article):  # rejected only for what makes it look binary
        assert found.text == whole.removeprefix("\ufeff")
        assert found.original is None
    else:
        assert "binary" in found.reason


def test_nothing_is_trimmed_or_normalised() -> None:
    text = "  \r\n" + ARABIC + "\u0650 e\u0301 \u200f\r\n\r\n"
    assert article(text.encode()).text == text


def test_what_the_caller_knows_goes_into_the_article() -> None:
    known = {"published": "2024-11-30", "publisher": "جريدة", "url": "https://example.org/1", "title": "عنوان"}
    found = article(ARABIC.encode(), ".txt", **known)
    assert {key: getattr(found, key) for key in known} == known
    assert (found.language, found.media_type) == ("ar", "text/plain")


def test_plain_text_without_overrides_states_nothing() -> None:
    found = article((ARABIC + "\n2024-11-30").encode())
    assert (found.title, found.published, found.publisher, found.url) == (None, None, None, None)


# Encodings


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1256", "iso-8859-6"]
)
def test_other_encodings_give_the_same_arabic_text_and_keep_their_bytes(encoding: str) -> None:
    data = ARABIC.encode(encoding)
    found = article(data, ".txt")
    assert found.text == ARABIC
    assert found.original == data


def test_a_byte_order_mark_is_no_text_but_a_later_one_is() -> None:
    assert article(b"\xef\xbb\xbf" + (ARABIC + "\ufeff").encode()).text == ARABIC + "\ufeff"


def test_western_typography_in_a_legacy_encoding() -> None:
    text = "The mayor said: “They had left the town” – after the café was hit, the owner said."
    assert article(text.encode("cp1252"), ".txt").text == text


@given(st.lists(st.sampled_from(ARABIC.replace("،", "").split()), min_size=6, max_size=40))
def test_arabic_words_in_windows_1256_are_never_misread(words: list[str]) -> None:
    text = " ".join(words)
    found = decode(text.encode("cp1256"))
    assert isinstance(found, Undecodable) or found.text == text


def test_a_stale_declaration_does_not_beat_utf8_and_a_right_one_decides() -> None:
    assert decode(ARABIC.encode(), "windows-1256") == Decoded(ARABIC, "utf-8")
    french = "L’armée a repris la ville"
    assert decode(french.encode("cp1252"), "iso-8859-1") == Decoded(french, "cp1252")
    assert isinstance(decode(french.encode("cp1252")), Undecodable)


@pytest.mark.parametrize(
    ("data", "offset", "words"),
    [
        (b"Idlib \xc7\xe1 x", 6, "convert it to UTF-8"),
        ("حلب".encode("cp1256"), 0, "convert it to UTF-8"),
        (ARABIC.encode()[:-2], len(ARABIC.encode()) - 3, "cut or damaged"),
        ("ÄÖÜ ¿¡ Ærø".encode("latin-1"), 0, "convert it to UTF-8"),
        (b"\xff\xfe\x00\xd8a\x00", 2, "UTF-16-LE but is not"),
        (b"The army\x00 said", 8, "binary"),
        (bytes(range(1, 32)) * 4, 0, "binary"),
    ],
)
def test_undecodable_bytes_are_named_with_their_offset(data: bytes, offset: int, words: str) -> None:
    found = rejected(data, ".txt")
    assert words in found.reason
    assert found.offset == offset


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04\x14\x00word/", "DOCX"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office"),
        (b"{\\rtf1", "RTF"),
        (b"\x00\x00\x00\x18ftypmp42", "MP4"),
        (b"RIFF\x00\x00\x00\x00WEBP", "WebP"),
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_binary_files_are_named_for_what_they_look_like(data: bytes, kind: str, suffix: str) -> None:
    assert kind in rejected(data, suffix).reason


# Empty and too large


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_empty_input_is_rejected(data: bytes, suffix: str) -> None:
    reason = rejected(data, suffix).reason
    assert reason == ("is empty" if not data else "holds nothing but white space")


def test_a_text_over_the_limit_is_rejected_by_the_setting_and_the_sizes() -> None:
    reason = rejected(b"a" * 20_000_000, ".txt").reason
    assert "WAQAI_MAX_ARTICLE_BYTES" in reason
    assert "20,000,000" in reason
    assert "10,000,000" in reason


def test_the_limit_is_inclusive_and_counts_bytes() -> None:
    data = ARABIC.encode()
    assert isinstance(next(read_bytes(data, limits=Limits(max_bytes=len(data)))), Article)
    assert isinstance(next(read_bytes(data, limits=Limits(max_bytes=len(data) - 1))), Rejected)


def test_a_stream_is_read_no_further_than_the_limit() -> None:
    class Endless(BytesIO):
        handed_out = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size > 0
            self.handed_out += size
            return b"a" * size

    stream = Endless()
    (found,) = read_stream(stream, limits=Limits(max_bytes=100_000))
    assert isinstance(found, Rejected)
    assert stream.handed_out <= 100_001


def test_a_file_over_the_limit_is_rejected_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    (found,) = read_path(path)
    assert isinstance(found, Rejected)
    assert "1,099,511,627,776 bytes" in found.reason


def test_no_more_articles_than_allowed() -> None:
    found = list(read_bytes(line() * 5, suffix=".jsonl", limits=Limits(max_articles=2)))
    assert [type(item) for item in found] == [Article, Article, Rejected]


# JSON Lines and JSON


def test_json_lines_fields() -> None:
    fields = {"id": "a-1", "title": " عنوان ", "published": "2024-11-30T10:00:00+03:00", "publisher": "جريدة"}
    found = article(line(**fields, language="ar", url="https://example.org/1", unknown=[1, {"a": None}]), ".jsonl")
    assert found == Article(
        ARABIC, "ar", " عنوان ", "2024-11-30T10:00:00+03:00", "جريدة", "https://example.org/1", external_id="a-1"
    )


def test_lang_is_read_too_and_numbers_are_ids() -> None:
    found = article(line(lang="ar-SY", id=17), ".jsonl")
    assert (found.language, found.external_id) == ("ar", "17")


def test_the_callers_values_win_over_the_fields() -> None:
    found = article(line(published="yesterday", publisher="a"), ".jsonl", published="2024-11-30", publisher="b")
    assert (found.published, found.publisher) == ("2024-11-30", "b")


def test_null_and_blank_fields_count_as_not_given() -> None:
    found = article(line(title=None, published="", publisher=" ", url=None, language=None, id=None), ".jsonl")
    assert (found.title, found.published, found.publisher, found.url, found.external_id) == (None,) * 5


def test_a_broken_line_is_rejected_by_number_and_column_and_the_others_go_in() -> None:
    data = line(id="1") + b'{"text": "x",, }\n' + b"\r\n" + line(id="4") + b"[1]\n" + line(id="6").rstrip()
    found = list(read_bytes(data, suffix=".jsonl"))
    assert [item.external_id for item in found if isinstance(item, Article)] == ["1", "4", "6"]
    broken, no_object = (item for item in found if isinstance(item, Rejected))
    assert broken.line == 2
    assert "column 14" in broken.reason
    assert no_object.line == 5
    assert "a list" in no_object.reason


def test_a_line_that_is_not_utf8_is_rejected_by_its_offset_in_the_file() -> None:
    first = line()
    bad = b'{"text": "' + "حلب".encode("cp1256") + b'"}\n'
    found = list(read_bytes(first + bad + line(), suffix=".jsonl"))
    assert isinstance(found[1], Rejected)
    assert (found[1].line, found[1].offset) == (2, len(first) + 10)
    assert [type(item) for item in found] == [Article, Rejected, Article]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"title": "x"}', 'no field "text"'),
        (b'{"text": null}', "null as its text"),
        (b'{"text": 7}', "a number as its text"),
        (b'{"text": ["a"]}', "a list as its text"),
        (b'{"text": " \\n"}', "empty text"),
        (b'{"text": "a\\u0000b"}', "NUL character in its text, at character 1"),
        (b'{"text": "ab\\ud800"}', "surrogate pair in its text, at character 2"),
        (b'{"text": "the army", "title": "\\udc00"}', "surrogate pair in its title"),
        (b'{"text": "the army", "publisher": {"name": "x"}}', 'an object as its "publisher"'),
        (b'{"text": "the army", "id": true}', 'true or false as its "id"'),
        (b'{"text": "the army", "id": ' + b"9" * 5000 + b"}", "broken JSON"),
        (b'{"text": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"text": "the army", "published": "30/11/2024"}', "30/11/2024"),
        (b'{"text": "the army", "published": "2024-02-30"}', "ISO 8601"),
        (b'{"text": "the army", "published": 1732924800}', 'a number as its "published"'),
        (b'{"text": "the army", "language": "fr"}', "--language"),
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".jsonl", ""])
def test_unusable_records_say_what_is_wrong(data: bytes, words: str, suffix: str) -> None:
    assert words in rejected(data, suffix).reason


def test_a_line_over_the_limit_is_skipped_and_the_next_one_read() -> None:
    long = b'{"text": "' + b"a" * 300_000 + b'"}\n'
    found = list(read_bytes(line(id="1") + long + line(id="3"), suffix=".jsonl", limits=Limits(max_line=100_000)))
    assert [type(item) for item in found] == [Article, Rejected, Article]
    assert isinstance(found[1], Rejected)
    assert (found[1].line, found[1].offset) == (2, len(line(id="1")))


@given(
    st.lists(st.sampled_from([b"", b" ", b"x", line(id="é"), line(text="a" * 70_000)]), max_size=6), st.integers(1, 9)
)
@settings(max_examples=40, deadline=None)
def test_line_numbers_do_not_depend_on_how_the_stream_is_cut(lines: list[bytes], size: int) -> None:
    class Trickle(BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            return super().read(min(count or size, size * 7001))

    data = b"\n".join(part.strip(b"\n") for part in lines)
    cut = list(read_stream(Trickle(data), "input", suffix=".jsonl"))
    assert cut == list(read_bytes(data, "input", suffix=".jsonl"))
    numbers = [number for number, part in enumerate(data.split(b"\n"), start=1) if part == b"x"]
    assert numbers == [item.line for item in cut if isinstance(item, Rejected) and item.line]


def test_json_may_be_an_object_an_array_or_lines() -> None:
    item = {"text": ENGLISH, "id": "1"}
    assert article(json.dumps(item, indent=2).encode(), ".json").external_id == "1"
    found = list(read_bytes(json.dumps([item, {"id": 2}, item]).encode(), "a.json", suffix=".json"))
    assert [type(item) for item in found] == [Article, Rejected, Article]
    assert isinstance(found[1], Rejected)
    assert found[1].where == "a.json[1]"
    assert len(list(read_bytes(line() + line(), suffix=".json"))) == 2
    assert "empty JSON array" in rejected(b"[]", ".json").reason
    assert "a string" in rejected(b'"text"', ".json").reason


def test_broken_json_is_rejected_by_line_and_column() -> None:
    found = rejected(b'{\n "text": "x"\n "id": 1}', ".json")
    assert found.line == 3
    assert "column 2" in found.reason


def test_formats_are_told_from_content_where_no_suffix_says_so() -> None:
    assert article(line(id="7")).external_id == "7"
    assert len(list(read_bytes(line() * 3))) == 3
    assert len(list(read_bytes(b"[" + line() + b"," + line() + b"]"))) == 2
    assert article(page(f"<article><p>{ENGLISH}</p></article>")).media_type == "text/html"
    assert article(("[Beirut] " + ENGLISH).encode()).media_type == "text/plain"
    assert article(line(), ".txt").text == line().decode()


def test_feeds_are_not_taken_for_articles() -> None:
    assert "feed" in rejected(b'<?xml version="1.0"?><rss><channel><title>The news</title></channel></rss>').reason


# HTML


def test_the_demo_pages_give_their_articles_and_nothing_around_them() -> None:
    path = DEMO / "idlib-moscow.html"
    (found,) = read_path(path)
    assert isinstance(found, Article)
    assert found.title == "موسكو تنفي قصف إدلب.. والجيش السوري يستعيد تلة الرجم"
    assert found.text.startswith(found.title + "\n\nعواصم - «المرفأ»، وكالات: نفت موسكو")
    for around in ("واتساب", "اقرأ أيضاً", "ريف دمشق", "النشرة البريدية", "سياسة الخصوصية", "محليات"):
        assert around not in found.text
    assert (found.published, found.publisher) == ("2023-10-20T06:45:00+03:00", "صحيفة المرفأ")
    assert found.url == "https://example.org/marfa/world/idlib-moscow"
    assert (found.language, found.media_type) == ("ar", "text/html")
    assert found.original == path.read_bytes()


def test_linked_data_metadata_is_read_and_comments_are_not() -> None:
    (found,) = read_path(DEMO / "first-convoy.html")
    assert isinstance(found, Article)
    assert found.published == "2023-10-19T19:15:00+03:00"
    assert found.text.count(found.title or "?") == 1
    assert "thirty were killed" not in found.text
    assert "Airstrike kills four near Afrin" not in found.text


def test_no_date_is_inferred_for_a_page() -> None:
    body = f"<article><h1>Army leaves town</h1><p>{ENGLISH} 30 November 2024</p></article><footer>© 2024</footer>"
    head = '<link rel="canonical" href="https://example.org/2024/11/30/army"><meta property="article:modified_time" '
    found = article(page(body, head + 'content="2024-12-01">'))
    assert found.published is None
    assert found.url == "https://example.org/2024/11/30/army"


def test_a_page_whose_stated_date_is_unusable_states_none_and_the_next_one_counts() -> None:
    head = '<meta property="article:published_time" content="last week">'
    assert article(page(f"<article><p>{ENGLISH}</p></article>", head)).published is None
    head += '<meta name="dc.date" content="2024-11-30">'
    assert article(page(f"<article><p>{ENGLISH}</p></article>", head)).published == "2024-11-30"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/n'>News</a></li></ul></nav><footer>Copyright</footer>",
        "<div id='root'></div><script>var text = 'The army said that its forces had left the town';</script>",
    ],
)
def test_a_page_without_article_text_is_rejected(body: str) -> None:
    assert "no article text" in rejected(page(body), ".html").reason


def test_a_page_in_a_declared_legacy_encoding() -> None:
    head = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1256"><title>انسحاب الجيش</title>'
    data = f"<html><head>{head}</head><body><article><p>{ARABIC}</p></article></body></html>".encode("cp1256")
    found = article(data, ".html")
    assert ARABIC in found.text
    assert found.original == data


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 40_000 + ENGLISH,
        "<ul><li>" * 20_000 + ENGLISH,
        "<table><tr><td>" * 15_000 + ENGLISH,
        "<b>x" * 40_000,
        "<p>&lol;&#xD800;&#0;</p>" * 1000,
        "<!-- " * 40_000,
    ],
)
def test_hostile_markup_is_survived(body: str) -> None:
    assert one(page(body), ".html") is not None


def test_a_run_of_comments_does_not_hang_the_sniffing() -> None:
    assert rejected(b"<!-- -->" * 8000).reason


def test_more_tags_than_any_article_has_are_rejected_by_number() -> None:
    assert "50,000" in rejected(page("<p>a</p>" * 60_000), ".html").reason


def test_entities_that_a_page_defines_are_not_expanded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "army army army"><!ENTITY b "&a;&a;&a;&a;">]>'
    found = one(f"{bomb}<html><body><article><p>{ENGLISH} &b;</p></article></body></html>".encode(), ".html")
    assert not isinstance(found, Article) or "army army" not in found.text


@pytest.mark.slow
def test_extraction_does_not_depend_on_the_hash_seed() -> None:
    code = "import sys; from pathlib import Path; from ingest.readers import read_path\n"
    code += "print([(a.text_sha256, a.title) for a in read_path(Path(sys.argv[1]))])"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code, str(DEMO)],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            cwd=DEMO.parents[1],
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "42")
    }
    assert len(runs) == 1


# Languages


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("L'armée syrienne a repris la ville après des combats avec les rebelles.", "French (fr)"),
        ("نیروهای دولتی شهر حلب را پس از نبردهای سنگین با شورشیان تصرف کردند.", "Persian (fa)"),
        ("Suriye ordusu şehirden çekildi ve muhalifler şehre girdi.", "Turkish (tr)"),
    ],
)
def test_an_unsupported_language_is_named_with_the_way_to_insist(text: str, name: str) -> None:
    reason = rejected(text.encode(), ".txt").reason
    assert name in reason
    assert "--language" in reason
    assert article(text.encode(), ".txt", language="en").language == "en"


def test_a_stated_language_that_the_script_rules_out_does_not_count() -> None:
    assert article(line(language="en"), ".jsonl").language == "ar"
    assert article(line(language="en"), ".jsonl", language="en").language == "en"


def test_text_without_words_needs_a_language() -> None:
    assert "--language" in rejected(b"12:40 ... 13/10", ".txt").reason
    assert article(b"12:40", ".txt", language="Arabic").language == "ar"


# What the caller gives


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"published": "30 Nov"}, "ISO 8601"),
        ({"published": "٢٠٢٤-١١-٣٠"}, "ISO 8601"),
        ({"language": "fr"}, "ar or en"),
        ({"url": "not an address"}, "http"),
        ({"title": "a\ud800"}, "surrogate"),
        ({"title": " \n"}, "title that was given: it is blank"),
        ({"publisher": ""}, "publisher that was given: it is blank"),
        ({"url": " "}, "url that was given: it is blank"),
        ({"language": ""}, "language that was given: it is blank"),
        ({"published": ""}, "ISO 8601"),
    ],
)
def test_unusable_overrides_are_said_once_and_nothing_is_read(overrides: dict[str, str], words: str) -> None:
    assert words in rejected(line() * 3, ".jsonl", **overrides).reason


@pytest.mark.parametrize(
    "value",
    [
        "2024-11-30",
        "2024-11-30T18:05",
        "2024-11-30T18:05:59Z",
        "2024-11-30T18:05:59.123+03:00",
        "2024-11-30T18:05+0300",
    ],
)
def test_dates_are_kept_as_given(value: str) -> None:
    assert published_problem(value) is None
    assert article(line(published=value), ".jsonl").published == value


@pytest.mark.parametrize(
    "value", ["2024-13-01", "2024-11-30 18:05", "20241130", "2024-11", "2024-W48-6", "now", "2024-11-30T25:00"]
)
def test_other_dates_are_not_taken(value: str) -> None:
    assert published_problem(value) is not None


# Paths


def test_a_folder_is_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("c.txt", "a.txt", "b/2.txt", "b/1.TXT", ".hidden.txt", ".git/x.txt"):
        (tmp_path / name).write_text(ENGLISH + name)
    (tmp_path / "d.csv").write_text("a,b")
    found = list(read_path(tmp_path))
    assert [item.text.removeprefix(ENGLISH) for item in found if isinstance(item, Article)] == [
        "a.txt",
        "b/1.TXT",
        "b/2.txt",
        "c.txt",
    ]
    assert [item.where for item in found if isinstance(item, Rejected)] == [str(tmp_path / "d.csv")]
    assert list(read_path(tmp_path)) == found


def test_files_without_a_suffix_are_read_alone_and_rejected_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "article").write_text(ENGLISH)
    (tmp_path / "b.txt").write_text(ENGLISH)
    (alone,) = read_path(tmp_path / "article")
    assert isinstance(alone, Article)
    rejected, read = read_path(tmp_path)
    assert isinstance(read, Article)
    assert isinstance(rejected, Rejected)
    assert rejected.where == str(tmp_path / "article")
    assert ".txt" in rejected.reason


@pytest.mark.parametrize("mark", [LOG_FILE, FOLDER_MARK, MARK])
def test_a_data_folder_is_skipped_as_one(tmp_path: Path, mark: str) -> None:
    data = tmp_path / "data"
    (data / "content" / "ab").mkdir(parents=True)
    (data / mark).touch()
    for name in ("article.txt", "content/ab/cd", "content/ab/ef.txt"):
        (data / name).write_text(ENGLISH)
    expected = Rejected(str(data), "is skipped: it is a data folder of waqai, and its files are no articles")
    assert list(read_path(data)) == [expected]
    (tmp_path / "z.txt").write_text(ENGLISH)
    skipped, read = read_path(tmp_path)
    assert skipped == expected
    assert isinstance(read, Article)
    assert [type(item) for item in read_path(data / "article.txt")] == [Article], "a file that is named is meant"


def test_links_to_folders_are_not_followed_and_links_to_files_are(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "a.txt").write_text(ENGLISH)
    (tmp_path / "in" / "loop").symlink_to(tmp_path)
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "a.txt")
    found = list(read_path(tmp_path / "in"))
    assert [type(item) for item in found] == [Article, Rejected]


def test_missing_and_empty_paths_are_rejected(tmp_path: Path) -> None:
    (missing,) = read_path(tmp_path / "none.txt")
    assert missing == Rejected(str(tmp_path / "none.txt"), "cannot be opened: no such file or folder")
    (empty,) = read_path(tmp_path)
    assert isinstance(empty, Rejected)
    assert "without files" in empty.reason
    (nul,) = read_path(Path("a\x00b"))
    assert isinstance(nul, Rejected)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(ENGLISH)
    path.chmod(0)
    (found,) = read_path(path)
    assert isinstance(found, Rejected)
    assert "no permission" in found.reason


def test_a_file_name_that_is_no_utf8_can_be_shown(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.txt")
    path.write_bytes(b"")
    (found,) = read_path(path)
    assert isinstance(found, Rejected)
    assert found.where.encode("utf-8")


# Anything


@given(st.binary(max_size=400), st.sampled_from(SUFFIXES))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_articles_or_reasons(data: bytes, suffix: str) -> None:
    check_sound(list(read_bytes(data, suffix=suffix)))


FRAGMENTS = st.sampled_from(
    [
        b"<html>",
        b"<p>",
        b"</p>",
        b"<!--",
        b"{",
        b'{"text":',
        b'"the army"',
        b"}",
        b"\n",
        b"\\ud800",
        b"\xd8\xa7",
        b"\xff\xfe",
        b"<script type='application/ld+json'>",
        b'{"@type":"NewsArticle","publisher":[]}',
        b"</script>",
        b"\x00",
        b"[",
        b"&#0;",
        ENGLISH.encode(),
        ARABIC.encode(),
        ARABIC.encode("cp1256"),
        b"<?xml",
        b"<meta charset='windows-1256'>",
        b"<title>",
    ]
)


@given(st.lists(FRAGMENTS, max_size=12).map(b"".join), st.sampled_from(SUFFIXES))
@settings(max_examples=300, deadline=None)
def test_any_mix_of_formats_gives_articles_or_reasons(data: bytes, suffix: str) -> None:
    check_sound(list(read_bytes(data, suffix=suffix)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["text", "title", "published", "publisher", "language", "lang", "url", "id", "x"])


@given(st.dictionaries(FIELDS, JSON | st.just(ENGLISH), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_json_object_gives_an_article_or_a_reason(data: dict[str, object]) -> None:
    check_sound(list(read_bytes(json.dumps(data).encode(), suffix=".jsonl")))


def check_sound(found: list[Article | Rejected]) -> None:
    assert found
    for item in found:
        if isinstance(item, Article):
            assert item.language in ("ar", "en")
            assert item.text.strip()
            assert "\x00" not in item.text
            assert len(item.id) == 20  # every string of it can be stored
        else:
            assert item.reason
            assert not item.reason.endswith(".")
