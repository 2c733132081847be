"""The figures of quality never fall unnoticed, and the documents show those of the file."""

import pytest

from tests.quality.figures import ROOT, ROWS, TABLES, Measurement, falls, measure, render, replaced, shown, stored


@pytest.mark.parametrize(("document", "name"), [(d, name) for d, names in TABLES.items() for name in names])
def test_the_documents_show_the_figures_of_the_file(document: str, name: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    assert shown(text, name) == render(name, stored()), "run `make figures`"


def test_the_file_has_the_figures_of_every_command() -> None:
    assert list(stored()) == [row.command for row in ROWS]
    assert all(stored().values())


@pytest.mark.parametrize(
    "row", [pytest.param(r, marks=[pytest.mark.slow] if r.slow else [], id=f"{r.name}") for r in ROWS]
)
def test_no_figure_falls_below_its_floor(row: Measurement) -> None:
    if not row.available:
        pytest.skip("the development data beside the project is absent")
    faults = falls(stored()[row.command], measure(row))
    assert not faults, f"{row.command}\n" + "\n".join(faults) + "\nWhere that is meant, run `make figures`."


def test_a_fall_is_noticed() -> None:
    assert falls({"F1": 0.5, "dates": 0.5}, {"F1": 0.499, "dates": 0.6}) == ["F1: 0.5 before, 0.499 now"]
    assert falls({"on negatives": 1}, {"on negatives": 2})
    assert falls({"on negatives": 1}, {"on negatives": 0}) == []
    assert falls({"dates": 0.5}, {})


def test_a_table_is_put_between_its_marks() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert shown(replaced(text, "summary", "| x |"), "summary") == "| x |"
    assert replaced(text, "summary", shown(text, "summary")) == text
