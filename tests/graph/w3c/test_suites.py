"""The suites of the W3C, each entry of a manifest one test; `misses.yaml` says which do not pass, and why."""

import pytest

from tests.graph.w3c.fetching import HOW, folder, there
from tests.graph.w3c.misses import misses
from tests.graph.w3c.running import Missed, Run, run, runs

FOLDER = folder()
KNOWN = misses()
RUNS = runs(FOLDER) if there() else []
SKIPPED = f"the W3C's suites are not in {FOLDER}: {HOW}"


def _param(one: Run) -> object:
    miss = KNOWN.get(one.id)
    marks = [] if miss is None else [pytest.mark.xfail(strict=True, raises=Missed, reason=miss.reason)]
    return pytest.param(one, id=one.id, marks=marks)


@pytest.mark.skipif(not RUNS, reason=SKIPPED)
@pytest.mark.parametrize("one", [_param(one) for one in RUNS])
def test_suite(one: Run) -> None:
    miss = KNOWN.get(one.id)
    if miss is None:
        run(one, FOLDER)
        return
    with pytest.raises(Missed) as caught:
        run(one, FOLDER)
    assert caught.type is miss.shown_by, f"it misses in another way than misses.yaml says: {caught.value}"
    raise caught.value


@pytest.mark.skipif(not RUNS, reason=SKIPPED)
def test_the_list_of_misses_names_tests_that_are_there() -> None:
    assert KNOWN.keys() <= {one.id for one in RUNS}
    # Fewer would mean that manifests were not read: these are all tests of queries and updates but the withdrawn ones.
    assert len(RUNS) == 982
