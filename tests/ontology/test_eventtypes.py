"""Event types as people write them, in both languages."""

from dataclasses import replace

import pytest

from ontology.eventtypes import UnknownEventType, event_type_called
from ontology.vocabulary import Vocabulary


def test_every_type_is_called_by_its_name_its_iri_and_its_labels() -> None:
    vocabulary = Vocabulary.load()
    for name, iri in vocabulary.event_types.items():
        for called in (name, name.lower(), f"wq:{name}", iri, *vocabulary.labels[iri].values()):
            assert event_type_called(called) == iri


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Airstrik", r"the nearest is Airstrike \(غارة جوية\)$"),
        ("غارات جوية", "the nearest is Airstrike "),
        ("غارة", "the nearest are Airstrike .*, WarplaneStrike"),  # a word of several labels is none of them
        ("Event Airstrike", "it has|the nearest"),
        ("", "it has AccessEvent, "),
        ("x" * 10_000, "it has AccessEvent, "),
        ("ددد", "it has AccessEvent \\(حدث"),
    ],
)
def test_what_is_no_type_is_told_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownEventType, match=nearest):
        event_type_called(name)


def test_a_label_of_several_types_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = Vocabulary.load()
    iris = [vocabulary.event_types[name] for name in ("Airstrike", "Shelling")]
    shared = replace(vocabulary, labels={**vocabulary.labels, **{iri: {"ar": "قصف"} for iri in iris}})
    monkeypatch.setattr(Vocabulary, "load", lambda: shared)
    with pytest.raises(UnknownEventType, match="several event types: give one of Airstrike, Shelling"):
        event_type_called("قصف")
