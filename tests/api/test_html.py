from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from api.html import element, fragment


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(), st.text())
def test_text_never_becomes_markup(text: str, title: str) -> None:
    reader = _Read()
    reader.feed(str(element("p", {"title": title}, text)))
    reader.close()
    assert reader.tags == ["p"]
    assert [name for name, _ in reader.attributes] == ["title"]
    assert reader.text.replace("\r", "\n") == text.replace("\r", "\n")


def test_links_that_run_scripts_are_left_out() -> None:
    for address in (
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "//elsewhere.example/",
        " javascript:x",
    ):
        assert str(element("a", {"href": address}, "x")) == "<a>x</a>"
    assert (
        str(element("a", {"href": "https://example.org/?a=1&b=2"}, "x"))
        == '<a href="https://example.org/?a=1&amp;b=2">x</a>'
    )


def test_nothing_and_lists() -> None:
    assert str(fragment(None, ["a", ["<b>"]], 3)) == "a&lt;b&gt;3"
    assert str(element("input", {"disabled": True, "hidden": False, "value": None})) == "<input disabled>"
