"""Gold and predictions as files of JSON lines.

Invariant: what gets further is complete enough to be compared; each line that is not is named with its number, with the
reason and with what to do, and nothing is compared then.
"""

import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from ingest.evaluation.units import CATEGORIES, HISTORY

MODALITIES = ("asserted", "claimed", "denied", "planned", "feared", HISTORY)
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


class Unusable(ValueError):
    """A file that cannot be compared; `problems` holds line and reason of each fault, in order."""

    def __init__(self, path: Path, problems: list[tuple[int, str]]) -> None:
        line, reason = problems[0]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{path}, line {line}: {reason}{more}" if line else f"{path}: {reason}")
        self.path = path
        self.problems = problems


def read_gold(path: Path, types: Collection[str]) -> list[dict[str, Any]]:
    """Return the articles of a gold file; `types` are the event types that there are.

    Raises:
        Unusable: a line is no article of a gold, a quote is not in its text, an id stands twice, or nothing is there.
        OSError: the file cannot be read.
    """

    def check(article: dict[str, Any]) -> str | None:
        if "text" not in article and article.get("text_file"):
            file = path.parent / str(article["text_file"])
            if not file.is_file():
                return f"its text_file {file} is not there; add it, or put the text under `text`"
            article["text"] = file.read_text(encoding="utf-8")
        article.setdefault("language", article.get("lang"))
        return _article_fault(article, types)

    return _read(path, check, "an article of the gold")


def read_predictions(path: Path) -> dict[str, dict[str, Any]]:
    """Return what `waqai extract --format jsonl` printed, by the article's id. Raises as `read_gold` does."""

    def check(article: Mapping[str, Any]) -> str | None:
        if isinstance(article.get("events"), list):
            return None
        return "it has no list `events`; give what `waqai extract --format jsonl` prints"

    return {article["id"]: article for article in _read(path, check, "an extracted article")}


def read_lines(path: Path) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, str]]]:
    """Return the JSON objects of a file with their line numbers, and the lines that are none with the reason."""
    objects: list[tuple[int, dict[str, Any]]] = []
    problems: list[tuple[int, str]] = []
    for number, raw in enumerate(path.read_bytes().split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            item = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            problems.append((number, f"byte {error.start + 1} of it is not UTF-8; save the file as UTF-8"))
        except json.JSONDecodeError as error:
            problems.append((number, f"it is not JSON ({error.msg} at column {error.colno}); one object a line"))
        except RecursionError:
            problems.append((number, "it is JSON that is nested too deeply; one object a line"))
        else:
            if isinstance(item, dict):
                objects.append((number, item))
            else:
                problems.append((number, f"it is no JSON object but {type(item).__name__}; one object a line"))
    return objects, problems


def _read(path: Path, check: Callable[[dict[str, Any]], str | None], what: str) -> list[dict[str, Any]]:
    objects, problems = read_lines(path)
    seen: dict[str, int] = {}
    for number, item in objects:
        name = item.get("id")
        if not isinstance(name, str) or not name:
            problems.append((number, f"it has no `id`, so it is not {what}; give each its own id"))
        elif name in seen:
            problems.append((number, f"the id {name!r} stands in line {seen[name]} already; each article once"))
        else:
            seen[name] = number
            if fault := check(item):
                problems.append((number, f"article {name}: {fault}"))
    if problems:
        raise Unusable(path, sorted(problems))
    if not objects:
        raise Unusable(path, [(0, f"the file is empty; it should hold {what} a line, as JSON")])
    return [item for _, item in objects]


def _article_fault(article: Mapping[str, Any], types: Collection[str]) -> str | None:
    if not isinstance(article.get("text"), str):
        return "it has no `text`; add the text of the article"
    if not isinstance(article.get("language"), str):
        return "it has no `language`; say ar or en"
    events = article.get("events")
    if not isinstance(events, list):
        return "it has no list `events`; an article without events has []"
    for number, event in enumerate(events, 1):
        fault = _event_fault(event, article["text"], types) if isinstance(event, Mapping) else "it is no object"
        if fault:
            return f"event {number}: {fault}"
    return None


def _event_fault(event: Mapping[str, Any], text: str, types: Collection[str]) -> str | None:
    if event.get("type") not in types:
        near = difflib.get_close_matches(str(event.get("type")), sorted(types), n=1)
        advice = f"the nearest is {near[0]}" if near else f"there are {', '.join(sorted(types))}"
        return f"the type {event.get('type')!r} is unknown; {advice}"
    if (event.get("modality") or "asserted") not in MODALITIES:
        return f"the modality {event['modality']!r} is unknown; there are {', '.join(MODALITIES)}"
    quote = event.get("sentence_quote")
    if quote and quote not in text:
        return f"the quote {quote[:60]!r} is not in the text; copy it from the text letter by letter"
    for key in ("agents", "targets", "sources", "places"):
        if not isinstance(event.get(key) or [], list):
            return f"`{key}` is no list; write [] where there are none"
    for place in event.get("places") or ():
        if not isinstance(place, Mapping) or not isinstance(place.get("text"), str):
            return f"the place {place!r} has no `text`; give the words of the text"
    for category in CATEGORIES:
        value = event.get(category)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            return f"`{category}` is {value!r}; write an integer, or null where the text gives none"
    if event.get("date") and not _DAY.fullmatch(str(event["date"])):
        return f"the date {event['date']!r} is no day, month or year; write YYYY-MM-DD, YYYY-MM or YYYY"
    return None
