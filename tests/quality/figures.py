"""What is measured, by which command, and how the tables of the documents are made of it.

Invariant: `figures.json` is the only place that holds figures. The tables of docs/quality.md and README.md are rendered
from it, and the tests hold its values as floors.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from typer.testing import CliRunner

from api import extraction
from api.cli import app
from ontology.model import Article, Extraction

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("figures.json")
BESIDE = ROOT.parent / "shared" / "eval"  # the development data; absent for most people
OWN = "tests/ingest/demo_gold.jsonl"
PLAIN = "tests/ingest/plain_gold.jsonl"
DEV, INCIDENTS = "$DEV/dev.jsonl", "$DEV/airwars_dev.jsonl"
HELD_OUT = (  # nobody looked at what is wrong in these until most rules stood
    "Radio al-Kul,Baladi News,Al-Riyadh,alriyadh,aawsat,RojNews,Euphrates Post,Syria Civil Defence (Facebook),"
    "dailysabah,reuters,ahram,alaraby,aljazirah"
)
ATTRIBUTES = ("roles", "places", "figures", "sources", "modality", "dates")
SHOWN = ("precision", "recall", "F1", *ATTRIBUTES, "overall")
MARK = "<!-- figures: {} (made by `make figures`) -->"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One row: its name, and the arguments of `waqai evaluate` that make its figures."""

    name: str
    arguments: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command as one types it."""
        quoted = (f'"{part}"' if re.search(r"[\s,$]", part) else part for part in self.arguments)
        return " ".join(("waqai evaluate", *quoted))

    @property
    def slow(self) -> bool:
        """Whether it reads the long file."""
        return INCIDENTS in self.arguments

    @property
    def available(self) -> bool:
        """Whether its data is here."""
        return all(path(part).is_file() for part in self.arguments if part.endswith(".jsonl"))


def _gold(name: str, file: str, *options: str) -> Measurement:
    return Measurement(name, (file, *options))


DEV_ROWS = tuple(
    _gold(f"{language}, {what}", DEV, "--lang", code, *options)
    for language, code in (("Arabic", "ar"), ("English", "en"))
    for what, options in (
        ("all types", ()),
        ("core four", ("--types", "core")),
        ("outlets seen from the start", ("--without-outlets", HELD_OUT)),
        ("outlets held out at first", ("--outlets", HELD_OUT)),
    )
)
OWN_ROWS = tuple(
    _gold(f"{language}, {what} (invented articles)", OWN, "--lang", code, *options)
    for language, code in (("Arabic", "ar"), ("English", "en"))
    for what, options in (("all types", ()), ("core four", ("--types", "core")))
) + tuple(
    _gold(f"{language}, single sentences (invented)", PLAIN, "--lang", code)
    for language, code in (("Arabic", "ar"), ("English", "en"))
)
INCIDENT_ROWS = (
    Measurement("posts without publication day", ("--incidents", INCIDENTS)),
    Measurement("posts with publication day", ("--incidents", INCIDENTS, "--dated")),
)
ROWS = (*DEV_ROWS, *OWN_ROWS, *INCIDENT_ROWS)
TARGETS = (  # figure -> by row name and column, at least
    ("event F1, Arabic, all types", "Arabic, all types", "F1", 0.85),
    ("event F1, Arabic, core four", "Arabic, core four", "F1", 0.90),
    ("event F1, English, all types", "English, all types", "F1", 0.85),
    ("event F1, English, core four", "English, core four", "F1", 0.90),
    *(
        (f"{slot}, {language}", f"{language}, all types", slot, goal)
        for slot, goal in (
            ("roles", 0.85),
            ("figures", 0.92),
            ("sources", 0.90),
            ("modality", 0.93),
            ("dates", 0.92),
            ("places", 0.92),
        )
        for language in ("Arabic", "English")
    ),
    ("family, coded incidents", "posts without publication day", "family", 0.85),
    ("deaths, coded incidents", "posts without publication day", "deaths", 0.85),
)


def path(part: str) -> Path:
    """The file that an argument means."""
    return BESIDE / part.removeprefix("$DEV/") if part.startswith("$DEV/") else ROOT / part


@cache
def _pipeline() -> extraction.Extracting:
    return extraction.load_extractor()


class Remembering:
    """The extractor, which extracts the same article once only."""

    done: dict[tuple[str, str | None], Extraction] = {}  # noqa: RUF012 - one memory for the process

    def extract(self, article: Article) -> Extraction:
        key = (article.id, article.title)
        if key not in self.done:
            self.done[key] = _pipeline().extract(article)
        return self.done[key]


def measure(row: Measurement) -> dict[str, float]:
    """Run the command of a row and return its figures, rounded to three digits."""
    _pipeline()
    arguments = [str(path(part)) if part.endswith(".jsonl") else part for part in row.arguments]
    with mock.patch.object(extraction, "load_extractor", return_value=Remembering()):
        result = CliRunner().invoke(app, ["evaluate", *arguments, "--format", "json"])
    assert result.exit_code == 0, result.output
    return {name: round(value, 3) for name, value in _values(json.loads(result.stdout)) if value is not None}


def _values(found: Mapping[str, Any]) -> Iterable[tuple[str, float | None]]:
    if "texts" in found:
        for name, value in found.items():
            if isinstance(value, dict) and "share" in value:
                yield name, value["share"]
        return
    events, slots = found["events"], found["slots"]
    yield from (("precision", events["precision"]), ("recall", events["recall"]), ("F1", events["f1"]))
    yield "roles", slots["roles"]["f1"]
    yield from ((slot, slots[slot]["share"]) for slot in ATTRIBUTES[1:])
    yield "overall", found["overall"]
    yield "articles", found["articles"]
    if found["negatives"]["articles"]:
        yield "on negatives", found["negatives"]["extra"]


def falls(floor: Mapping[str, float], measured: Mapping[str, float]) -> list[str]:
    """Say which figures are worse than their floors; of what is wrong, less is better."""
    less_is_better = ("on negatives", "place beyond 50 km", "place without coordinates")
    faults = []
    for name, value in floor.items():
        now = measured.get(name)
        if now is None or (now > value if name in less_is_better else now < value):
            faults.append(f"{name}: {value} before, {now} now")
    return faults


def stored() -> dict[str, dict[str, float]]:
    """The figures of the file, by the command that makes them."""
    found: dict[str, dict[str, float]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    return found


def write(measured: Mapping[str, Mapping[str, float]]) -> None:
    """Take over new figures; those of rows that were not measured stay."""
    figures = {row.command: measured.get(row.command) or stored().get(row.command, {}) for row in ROWS}
    FILE.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for document, tables in TABLES.items():
        file = ROOT / document
        text = file.read_text(encoding="utf-8")
        for name in tables:
            text = replaced(text, name, render(name, figures))
        file.write_text(text, encoding="utf-8")


def replaced(text: str, name: str, table: str, mark: str = MARK) -> str:
    """Put a table between its marks."""
    begin, end = mark.format(name), mark.format(f"end of {name}")
    assert text.count(begin) == text.count(end) == 1, f"the marks of the table {name!r} are not there once"
    return text[: text.index(begin) + len(begin)] + f"\n\n{table}\n\n" + text[text.index(end) :]


def shown(text: str, name: str) -> str:
    """The table between its marks."""
    begin, end = MARK.format(name), MARK.format(f"end of {name}")
    return text[text.index(begin) + len(begin) : text.index(end)].strip()


def render(name: str, figures: Mapping[str, Mapping[str, float]]) -> str:
    """One table of the documents, or the list of commands."""
    if name == "commands":
        return "```sh\n" + "\n".join(row.command for row in ROWS) + "\n```"
    if name == "targets":
        by_name = {row.name: figures.get(row.command, {}) for row in ROWS}
        lines = [
            [what, _number(goal), _number(value := by_name[row].get(column)), _verdict(value, goal)]
            for what, row, column, goal in TARGETS
        ]
        events = sum(figures.get(row.command, {}).get("on negatives", 0) for row in DEV_ROWS if len(row.arguments) == 3)
        lines.append(["events in articles without any", "0", str(int(events)), "reached" if not events else "not yet"])
        return _table(["figure", "target", "now", ""], lines)
    if name == "incidents":
        columns = [key for row in INCIDENT_ROWS for key in figures.get(row.command, {})]
        header = list(dict.fromkeys(columns))
        rows = INCIDENT_ROWS
    else:
        header = ["articles", *SHOWN, "on negatives"]
        rows = {"dev": DEV_ROWS, "own": OWN_ROWS, "summary": (DEV_ROWS[0], DEV_ROWS[4], OWN_ROWS[0], OWN_ROWS[2])}[name]
        if name == "summary":
            header = list(SHOWN)
    lines = [
        [row.name, *(_number(figures.get(row.command, {}).get(column), column) for column in header)] for row in rows
    ]
    return _table(["", *header], lines)


TABLES = {"docs/quality.md": ("targets", "dev", "own", "incidents", "commands"), "README.md": ("summary",)}


def _table(header: list[str], lines: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (header, ["---"] * len(header), *lines))


def _number(value: float | None, column: str = "") -> str:
    if value is None:
        return "–"
    return str(int(value)) if column in ("articles", "on negatives") else f"{value:.3f}"


def _verdict(value: float | None, goal: float) -> str:
    return "" if value is None else "reached" if value >= goal else "not yet"
