"""Small invented articles for the tests of evaluation: gold and predictions made of a few words."""

from typing import Any

TEXT = "أغار الطيران الروسي على كفرنبل فقتل 6 مدنيين. ثم سيطرت الفصائل على معرة النعمان. ولا جديد غير ذلك في المنطقة."
RAID, TAKEN, REST = (sentence.strip() + "." for sentence in TEXT.split(".")[:3])


def gold_event(type_: str = "Airstrike", quote: str = RAID, **slots: Any) -> dict[str, Any]:
    return {
        "type": type_,
        "trigger": quote.split()[0],
        "sentence_quote": quote,
        "agents": [],
        "targets": [],
        "places": [],
        "date": None,
        "killed": None,
        "injured": None,
        "displaced": None,
        "sources": [],
        "modality": "asserted",
    } | slots


def predicted_event(type_: str = "Airstrike", quote: str = RAID, **slots: Any) -> dict[str, Any]:
    start = TEXT.index(quote)
    return {
        "type": type_,
        "modality": "asserted",
        "trigger": {"text": quote.split()[0], "start": start, "end": start + 4, "rule": "some.rule"},
        "evidence": {"quote": quote, "start": start, "end": start + len(quote)},
        "participants": [],
        "places": [],
        "date": None,
        "figures": [],
        "sources": [],
    } | slots


def gold(*events: dict[str, Any], name: str = "a1", **fields: Any) -> dict[str, Any]:
    article = {"id": name, "lang": "ar", "language": "ar", "publisher": "صحيفة المثال", "published": "2024-11-30"}
    return article | {"text": TEXT, "title": None, "url": None, "events": list(events)} | fields


def predicted(*events: dict[str, Any], name: str = "a1") -> dict[str, Any]:
    return {"id": name, "language": "ar", "events": list(events)}


def place(text: str, number: int | None = None) -> dict[str, Any]:
    """A place as the gold has it."""
    return {"text": text, "geonameid": number}


def linked(text: str, number: int | None = None, **fields: Any) -> dict[str, Any]:
    """A place as the extraction has it."""
    links = [{"relation": "closeMatch", "identifier": f"https://sws.geonames.org/{number}/"}] if number else []
    return {"text": text, "name": text, "id": "place/x", "links": links, "rule": "place.rule"} | fields


def who(role: str, text: str, name: str | None = None) -> dict[str, Any]:
    return {"role": role, "text": text, "name": name or text, "id": "actor/x", "rule": f"{role}.rule"}


def figure(category: str, best: int | None, of: str | None = None) -> dict[str, Any]:
    return {"category": category, "low": best, "best": best, "high": best, "of": of, "rule": "figure.rule"}
