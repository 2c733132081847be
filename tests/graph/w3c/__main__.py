"""`python -m tests.graph.w3c`: what passes of the W3C's suites, as the table of docs/sparql.md, and each miss."""

import sys
from collections import Counter

from tests.graph.w3c import fetching
from tests.graph.w3c.misses import misses
from tests.graph.w3c.running import Missed, OtherForms, Run, run, runs

_NAMES = {"dawg-data-r2": "SPARQL 1.0", "sparql11": "SPARQL 1.1"}


def part(one: Run) -> str:
    """Return the row of the table that a test belongs to."""
    case = one.case
    if "Syntax" in case.kind or case.group == "service":
        what = "updates, syntax" if "Update" in case.kind else "queries, syntax"
    elif one.way:
        what = f"updates, by the {one.way}"
    else:
        what = "answers as CSV, TSV, JSON" if case.group in ("csv-tsv-res", "json-res") else "queries, evaluation"
    return f"{_NAMES[case.suite]}, {what}"


def main() -> None:
    """Print the table, then the misses by reason."""
    fetching.main()
    if not fetching.there():
        sys.exit(1)
    folder = fetching.folder()
    passed, forms, missed = Counter[str](), Counter[str](), Counter[str]()
    reasons: dict[str, list[str]] = {}
    for one in runs(folder):
        try:
            run(one, folder)
            passed[part(one)] += 1
        except Missed as miss:
            (forms if isinstance(miss, OtherForms) else missed)[part(one)] += 1
            known = misses().get(one.id)
            reasons.setdefault(known.reason if known else f"not explained: {miss}", []).append(one.id)
    print("| suite | tests | pass | same values, other forms | not |\n|---|---|---|---|---|")
    for row in sorted({*passed, *forms, *missed}):
        total = passed[row] + forms[row] + missed[row]
        print(f"| {row} | {total} | {passed[row]} | {forms[row] or ''} | {missed[row] or ''} |")
    for reason, tests in reasons.items():
        print(f"\n{reason}\n  " + "\n  ".join(tests))


if __name__ == "__main__":
    main()
