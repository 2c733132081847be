"""What a record costs in a long log against a short one, side by side, on both backends.

WAQAI_BENCH_RECORDS sets the length of the long one (default 100,000); the figure of the documents is that of 3,000,000.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from graph.log import NewRecord, StoredLog, open_log
from tests.postgres_server import Server, why_not

SHORT = 10_000
ROUNDS = 9
BATCHES = 40  # of an article and its claims, in a round
FILL = 500  # records of a batch while a log is filled


def run() -> Iterator[str]:
    """Yield the lines of the report; a ratio is the median of those of the rounds, long over short."""
    long = int(os.environ.get("WAQAI_BENCH_RECORDS", "100000"))
    yield f"a log of {long:,} records against one of {SHORT:,}, median of {ROUNDS} rounds, 3 records an append"
    with _places() as places:
        for kind, place in places.items():
            logs = {}
            for name, records in (("short", SHORT), ("long", long)):
                logs[name] = open_log(place(name))
                started = time.perf_counter()
                _fill(logs[name], records)
            yield f"{kind}: filled with {long / (time.perf_counter() - started):,.0f} records/s"
            for what, work in _WORK.items():
                times: dict[str, list[float]] = {"short": [], "long": []}
                for number in range(ROUNDS):
                    for name, log in logs.items():
                        started = time.perf_counter()
                        count = work(log, number)
                        times[name].append((time.perf_counter() - started) / count)
                ratio = statistics.median(a / b for a, b in zip(times["long"], times["short"], strict=True))
                cost = {name: statistics.median(found) * 1e6 for name, found in times.items()}
                yield f"{what:<28} {cost['short']:>9.1f} µs {cost['long']:>9.1f} µs   {ratio:5.2f} x"
            for log in logs.values():
                log.close()


@contextmanager
def _places() -> Iterator[dict[str, Callable[[str], str]]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places: dict[str, Callable[[str], str]] = {"SQLite": lambda name: str(folder / f"{name}.sqlite")}
        if why_not() is None:
            server = Server()
            stack.callback(server.remove)
            places["PostgreSQL"] = lambda _: server.address(server.database())
        yield places


def _record(number: int) -> NewRecord:
    return NewRecord(
        "ClaimsExtracted", 1, {"number": number, "words": "خبر عاجل " * 24}
    )  # some 650 bytes with its envelope


def _fill(log: StoredLog, records: int) -> None:
    for start in range(0, records, FILL):
        batch = [_record(number) for number in range(start, min(start + FILL, records))]
        log.append(f"article/{start}", batch, actor="benchmark", key=f"fill{start}")


def _append(log: StoredLog, number: int) -> int:
    for batch in range(BATCHES):
        name = f"{number}-{batch}"
        log.append(f"new/{name}", [_record(batch)] * 3, actor="benchmark", key=name, expected=0)
    return BATCHES * 3


def _repeat(log: StoredLog, number: int) -> int:
    for batch in range(BATCHES):
        name = f"{number}-{batch}"
        assert log.append(f"new/{name}", [_record(batch)] * 3, actor="benchmark", key=name).replayed
    return BATCHES * 3


def _read(log: StoredLog, number: int) -> int:
    after = log.head() // (ROUNDS + 2) * (number + 1)
    return len(list(log.read(after=after, limit=800)))


def _read_stream(log: StoredLog, number: int) -> int:
    return len(list(log.read_stream(f"article/{(number + 3) * FILL}")))


def _at_time(log: StoredLog, number: int) -> int:
    position = log.head() // (ROUNDS + 2) * (number + 1)
    (record,) = log.read(after=position - 1, upto=position)
    moment = datetime.fromisoformat(record.recorded)
    for _ in range(BATCHES):
        assert log.at_time(moment) == position
    return BATCHES


_WORK: dict[str, Callable[[StoredLog, int], int]] = {
    "append, a record": _append,
    "repeat of a key, a record": _repeat,
    "read anywhere, a record": _read,
    "read a stream, a record": _read_stream,
    "position of a time": _at_time,
}
