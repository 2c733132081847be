"""The tables of the event index: what the upkeep of events keeps, and the events as of each position that they had.

Invariant: events of a position that was taken never change afterwards; each has the position that it began at and,
where it ended, the one that it ended at, and so have links and who is at home where: what a record does costs what it
changes, however large the events are. They hold no words: names of places are digests, outlets are not there.

Nothing here is durable or consistent by itself: whoever writes holds a transaction, and forgets what was read
(`forget`) where it failed or somebody else has written.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import orjson

from graph.fusion import blocking
from graph.fusion.blocking import Key, keys
from graph.fusion.clustering import Core, Told
from graph.fusion.features import Count, Extent, Features, Order, Spot, Teller
from ontology.model import Modality

T = TypeVar("T")

SCHEMA: Final = """
CREATE TABLE state(manifest TEXT NOT NULL, position INTEGER NOT NULL, record TEXT NOT NULL);
CREATE TABLE claims(id INTEGER PRIMARY KEY, claim TEXT NOT NULL UNIQUE, article TEXT NOT NULL,
                    published INTEGER NOT NULL, told BLOB);
CREATE INDEX of_article ON claims(article);
CREATE TABLE parts(id INTEGER PRIMARY KEY, body BLOB NOT NULL UNIQUE);
CREATE TABLE blocks(day INTEGER NOT NULL, mark INTEGER NOT NULL, denied INTEGER NOT NULL, published INTEGER NOT NULL,
                    article TEXT NOT NULL, claim TEXT NOT NULL,
                    PRIMARY KEY(day, mark, denied, published, article, claim)) WITHOUT ROWID;
CREATE TABLE links(claim INTEGER NOT NULL, denied INTEGER NOT NULL, other INTEGER NOT NULL, since INTEGER NOT NULL,
                   until INTEGER, value INTEGER NOT NULL,
                   PRIMARY KEY(claim, denied, other, since)) WITHOUT ROWID;
CREATE TABLE homes(claim INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER, event INTEGER NOT NULL,
                   denied INTEGER NOT NULL, PRIMARY KEY(claim, since)) WITHOUT ROWID;
CREATE INDEX tellers ON homes(event, since);
CREATE TABLE events(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER);
CREATE UNIQUE INDEX begun ON events(first, since);
CREATE INDEX begins ON events(since);
CREATE INDEX ends ON events(until) WHERE until IS NOT NULL;
"""
# The event of a claim in `homes` is the id of the first claim of that event. `denied` are denials and their links.
# What an event was follows from who was at home there and how these were linked: a row of `events` says that it was
# another one from there on, if only by its possible matches.

_CLAIMS: Final = 40_000  # that are kept decoded
_LINKS: Final = 40_000  # claims whose links are kept
_HEADS: Final = 80_000  # blocks whose first claims are kept
_EVENTS: Final = 20_000  # claims whose event is kept
_NAMES: Final = 200_000  # claims whose number and order are kept
_PARTS: Final = 100_000  # places and sources that are kept
_VARIABLES: Final = 500  # of a statement
_NO_LINKS: Final[Mapping[str, int]] = {}


class Tables:
    """What is kept, in tables of a database; see `graph.fusion.keeping.Keeping`. For one thread at a time.

    `position` is the one that events begin and end at.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.position = 0
        self._ids: dict[str, int] = {}
        self._orders: dict[int, Order] = {}
        self._claims: dict[str, Features | None] = {}
        self._links: dict[tuple[str, int], dict[str, int]] = {}
        self._heads: dict[Key, list[Order]] = {}
        self._homes: dict[str, tuple[int, Core] | None] = {}  # the number of the event first
        self._cut: set[tuple[int, int, int]] = set()  # links that ended at this position
        self._parts: dict[int, Any] = {}
        self._numbers: dict[bytes, int] = {}
        self._marks: dict[tuple[str, str], int] = {}

    def forget(self) -> None:
        """Forget what was read: somebody else has written, or what was written was taken back."""
        self._ids.clear()
        self._orders.clear()
        self._claims.clear()
        self._links.clear()
        self._heads.clear()
        self._homes.clear()
        self._cut.clear()
        self._parts.clear()
        self._numbers.clear()

    # -- claims ----------------------------------------------------------------------------------------------------

    def of_article(self, article: str) -> dict[str, Features]:
        """Return the claims of an article that take part, by id."""
        rows = self._connection.execute(
            "SELECT claim FROM claims WHERE article = ? AND told IS NOT NULL", (article,)
        ).fetchall()
        return {name: claim for (name,) in rows if (claim := self.claim(name)) is not None}

    def claim(self, name: str) -> Features | None:
        """See `Keeping.claim`."""
        try:
            return self._claims[name]
        except KeyError:
            pass
        row = self._connection.execute(
            "SELECT id, article, published, told FROM claims WHERE claim = ?", (name,)
        ).fetchone()
        found = None
        if row is not None:
            self._note(row[0], (row[2], row[1], name))
            if row[3] is not None:
                found = self._features(name, row[1], row[3])
        if len(self._claims) >= _CLAIMS:
            self._claims.clear()
        self._claims[name] = found
        return found

    def put(self, claim: Features) -> None:
        """See `Keeping.put`."""
        told = self._packed(claim)
        number = self._connection.execute(
            "INSERT INTO claims(claim, article, published, told) VALUES (?, ?, ?, ?) "
            "ON CONFLICT(claim) DO UPDATE SET told = excluded.told, article = excluded.article, "
            "published = excluded.published RETURNING id",
            (claim.claim, claim.article, claim.order[0], told),
        ).fetchone()[0]
        self._note(number, claim.order)
        if len(self._claims) >= _CLAIMS:
            self._claims.clear()
        self._claims[claim.claim] = claim
        denied, order = _denied(claim), claim.order
        rows = []
        for key in keys(claim):
            rows.append((key[2], self._mark(key), denied, *order))
            head = None if denied else self._heads.get(key)
            if head is not None:
                _enter(head, order)
        self._connection.executemany("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)", rows)

    def drop(self, claim: Features) -> None:
        """See `Keeping.drop`."""
        self._connection.execute("UPDATE claims SET told = NULL WHERE claim = ?", (claim.claim,))
        self._claims[claim.claim] = None
        denied, rows = _denied(claim), []
        for key in keys(claim):
            rows.append((key[2], self._mark(key), denied, *claim.order))
            if not denied:
                self._heads.pop(key, None)
        self._connection.executemany(
            "DELETE FROM blocks WHERE day = ? AND mark = ? AND denied = ? AND published = ? AND article = ? "
            "AND claim = ?",
            rows,
        )

    # -- blocks ----------------------------------------------------------------------------------------------------

    def head(self, key: Key) -> Sequence[Order]:
        """See `Keeping.head`."""
        head = self._heads.get(key)
        if head is None:
            if len(self._heads) >= _HEADS:
                self._heads.clear()
            head = self._heads[key] = self._block(key, 0, blocking.COMPARED + 1)
        return head

    def block(self, key: Key) -> Sequence[Order]:
        """See `Keeping.block`."""
        head = self.head(key)
        return head if len(head) <= blocking.COMPARED else self._block(key, 0, -1)

    def denials(self, key: Key) -> Sequence[Order]:
        """See `Keeping.denials`."""
        return self._block(key, 1, -1)

    def _block(self, key: Key, denied: int, most: int) -> list[Order]:
        return self._connection.execute(
            "SELECT published, article, claim FROM blocks WHERE day = ? AND mark = ? AND denied = ? "
            "ORDER BY published, article, claim LIMIT ?",
            (key[2], self._mark(key), denied, most),
        ).fetchall()

    def _mark(self, key: Key) -> int:
        kind, mark, _ = key
        found = self._marks.get((kind, mark))
        if found is None:
            if len(self._marks) >= _HEADS:
                self._marks.clear()
            digest = hashlib.blake2b(f"{kind}\0{mark}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
            found = self._marks[kind, mark] = int.from_bytes(digest, "big", signed=True)
        return found

    # -- links -----------------------------------------------------------------------------------------------------

    def links(self, name: str) -> Mapping[str, int]:
        """See `Keeping.links`."""
        return self._linked(name, 0)

    def denied(self, name: str) -> Mapping[str, int]:
        """See `Keeping.denied`."""
        return self._linked(name, 1)

    def link(self, claim: Features, other: Features, value: int | None) -> None:
        """See `Keeping.link`."""
        back = 0 if claim.modality.happened else 1
        for one, denied, two in ((claim.claim, 0, other.claim), (other.claim, back, claim.claim)):
            links = self._linked(one, denied)
            row = self._number(one), denied, self._number(two)
            if value is None:
                if links.pop(two, None) is not None:
                    self._unlink(row)
            else:
                links[two] = value
                self._link(row, value)

    def _link(self, row: tuple[int, int, int], value: int) -> None:
        if row in self._cut:
            found = self._connection.execute(
                "UPDATE links SET until = NULL "
                "WHERE claim = ? AND denied = ? AND other = ? AND until = ? AND value = ?",
                (*row, self.position, value),
            )
            if found.rowcount:
                return
        self._connection.execute(
            "INSERT INTO links(claim, denied, other, since, value) VALUES (?, ?, ?, ?, ?)", (*row, self.position, value)
        )

    def _unlink(self, row: tuple[int, int, int]) -> None:
        linked = "claim = ? AND denied = ? AND other = ?"
        found = self._connection.execute(f"DELETE FROM links WHERE {linked} AND since = ?", (*row, self.position))  # noqa: S608
        if not found.rowcount:
            self._connection.execute(
                f"UPDATE links SET until = ? WHERE {linked} AND until IS NULL",  # noqa: S608
                (self.position, *row),
            )
            self._cut.add(row)

    def _linked(self, name: str, denied: int) -> dict[str, int]:
        found = self._links.get((name, denied))
        if found is None:
            rows = self._connection.execute(
                "SELECT other, value FROM links WHERE claim = ? AND denied = ? AND until IS NULL",
                (self._number(name), denied),
            ).fetchall()
            orders = self._ordered(other for other, _ in rows) if rows else {}
            if len(self._links) >= _LINKS:
                self._links.clear()
            found = self._links[name, denied] = {orders[other][2]: value for other, value in rows}
        return found

    # -- events ----------------------------------------------------------------------------------------------------

    def event(self, name: str) -> Core | None:
        """See `Keeping.event`."""
        found = self._home(name)
        return None if found is None else found[1]

    def replace(self, ended: Sequence[Core], begun: Sequence[Core], again: Sequence[Core]) -> None:
        """See `Keeping.replace`."""
        left: dict[str, tuple[int, int]] = {}
        for event in ended:
            number, first = self._ended(event)
            for names, denied in ((event.members, 0), (event.denials, 1)):
                for name in names:
                    left[name] = first, denied
                    self._homes.pop(name, None)
        gone, come = [], []
        for event in begun:
            first = self._number(event.members[0])
            home = self._begun(first), event
            if len(self._homes) + len(event.members) >= _EVENTS:
                self._homes.clear()
            for names, denied in ((event.members, 0), (event.denials, 1)):
                for name in names:
                    self._homes[name] = home
                    before = left.pop(name, None)
                    if before == (first, denied):
                        continue
                    number = self._number(name)
                    if before is not None:
                        gone.append((self.position, number))
                    come.append((number, self.position, first, denied))
        gone += [(self.position, self._number(name)) for name in left]
        self._connection.executemany("UPDATE homes SET until = ? WHERE claim = ? AND until IS NULL", gone)
        self._connection.executemany("INSERT INTO homes(claim, since, event, denied) VALUES (?, ?, ?, ?)", come)
        for event in again:
            _, first = self._ended(event)
            home = self._begun(first), event
            for name in event.claims:
                if name in self._homes:
                    self._homes[name] = home
        self._cut.clear()

    def _ended(self, event: Core) -> tuple[int, int]:
        found = self._home(event.members[0])
        if found is None:
            raise KeyError(event.members[0])
        self._connection.execute("UPDATE events SET until = ? WHERE id = ?", (self.position, found[0]))
        return found[0], self._number(event.members[0])

    def _begun(self, first: int) -> int:
        entered = self._connection.execute("INSERT INTO events(first, since) VALUES (?, ?)", (first, self.position))
        return entered.lastrowid or 0

    def events(self) -> Iterator[Told]:
        """See `Keeping.events`."""
        for number in self.standing(self.position):
            yield self.told(number)

    def _home(self, name: str) -> tuple[int, Core] | None:
        try:
            return self._homes[name]
        except KeyError:
            pass
        found = None
        row = self._connection.execute(
            "SELECT homes.event FROM claims JOIN homes ON homes.claim = claims.id WHERE claims.claim = ? "
            "AND homes.until IS NULL",
            (name,),
        ).fetchone()
        if row is not None:
            (number,) = self._connection.execute(
                "SELECT id FROM events WHERE first = ? ORDER BY since DESC LIMIT 1", row
            ).fetchone()
            found = number, self._core(row[0], self.position)
        claims = (name,) if found is None else found[1].claims
        if len(self._homes) + len(claims) >= _EVENTS:
            self._homes.clear()
        self._homes.update(dict.fromkeys(claims, found))
        return found

    # -- events as of a position -----------------------------------------------------------------------------------

    def standing(self, position: int) -> list[int]:
        """Return the numbers of all events as of `position`, in canonical order of their first claims."""
        rows = self._connection.execute(
            "SELECT events.id FROM events JOIN claims ON claims.id = events.first "
            "WHERE since <= ? AND (until IS NULL OR until > ?) "
            "ORDER BY claims.published, claims.article, claims.claim",
            (position, position),
        )
        return [number for (number,) in rows]

    def turned(self, after: int, upto: int) -> tuple[list[int], list[int]]:
        """Return the numbers of the events as of `after` that ended up to `upto`, and of those as of `upto` that began.

        Both in canonical order.
        """
        found = []
        for which in (
            "until > :after AND until <= :upto AND +since <= :after",  # by the index of `until`
            "since > :after AND since <= :upto AND (+until IS NULL OR +until > :upto)",
        ):
            rows = self._connection.execute(
                f"SELECT events.id FROM events JOIN claims ON claims.id = events.first WHERE {which} "  # noqa: S608
                "ORDER BY claims.published, claims.article, claims.claim",
                {"after": after, "upto": upto},
            )
            found.append([number for (number,) in rows])
        return found[0], found[1]

    def turnings(self, claim: str, upto: int) -> list[int]:
        """Return the positions up to `upto` at which an event that a claim told or denied began or ended, in order."""
        rows = self._connection.execute(
            "SELECT homes.event, homes.since, homes.until FROM claims JOIN homes ON homes.claim = claims.id "
            "WHERE claims.claim = ? AND homes.since <= ?",
            (claim, upto),
        ).fetchall()
        found: set[int] = set()
        for first, since, until in rows:
            spans = self._connection.execute(
                "SELECT since, until FROM events WHERE first = ? AND since >= ? AND since < ?",
                (first, since, upto + 1 if until is None else until),
            )
            found.update(position for span in spans for position in span if position is not None and position <= upto)
        return sorted(found)

    def of(self, claim: str, position: int) -> int | None:
        """Return the number of the event that a claim told or denied as of `position`."""
        row = self._connection.execute(
            "SELECT homes.event FROM claims JOIN homes ON homes.claim = claims.id WHERE claims.claim = ? "
            "AND homes.since <= ? AND (homes.until IS NULL OR homes.until > ?)",
            (claim, position, position),
        ).fetchone()
        if row is None:
            return None
        (number,) = self._connection.execute(
            "SELECT id FROM events WHERE first = ? AND since <= ? ORDER BY since DESC LIMIT 1", (row[0], position)
        ).fetchone()
        return int(number)

    def left(self, claim: str, upto: int) -> int | None:
        """Return the last position up to `upto` at which a claim left its event for none, None where there is none."""
        (found,) = self._connection.execute(
            "SELECT max(homes.until) FROM claims JOIN homes ON homes.claim = claims.id WHERE claims.claim = ? "
            "AND homes.until <= ? AND NOT EXISTS "
            "(SELECT 1 FROM homes AS next WHERE next.claim = homes.claim AND next.since = homes.until)",
            (claim, upto),
        ).fetchone()
        return None if found is None else int(found)

    def told(self, number: int) -> Told:
        """Return an event by its number."""
        first, position = self._connection.execute("SELECT first, since FROM events WHERE id = ?", (number,)).fetchone()
        core = self._core(first, position)
        inside = {self._number(name) for name in core.members}
        rows = self._connection.execute(
            "SELECT links.claim, links.other, links.value FROM homes CROSS JOIN links ON links.claim = homes.claim "
            "WHERE homes.event = ? AND homes.since <= ? AND (homes.until IS NULL OR homes.until > ?) "
            "AND homes.denied = 0 AND links.denied = 0 AND links.since <= ? "
            "AND (links.until IS NULL OR links.until > ?)",
            (first, *(position,) * 4),
        )
        near = [row for row in rows if row[1] not in inside]
        if not near:
            return Told(core.members, core.denials)
        orders = self._ordered({number for own, other, _ in near for number in (own, other)})
        possibly = sorted((orders[own], orders[other], value) for own, other, value in near)
        return Told(core.members, core.denials, tuple((own[2], other[2], value) for own, other, value in possibly))

    def _core(self, first: int, position: int) -> Core:
        rows = self._connection.execute(
            "SELECT claim, denied FROM homes WHERE event = ? AND since <= ? AND (until IS NULL OR until > ?)",
            (first, position, position),
        ).fetchall()
        orders = self._ordered(claim for claim, _ in rows)
        told, denying = (sorted(orders[claim] for claim, denied in rows if denied == sort) for sort in (0, 1))
        return Core(tuple(order[2] for order in told), tuple(order[2] for order in denying))

    def article(self, claim: str) -> str:
        """Return the article of a claim that takes part or took part."""
        number = self._number(claim)
        return self._ordered((number,))[number][1]

    # -- numbers in the place of names -----------------------------------------------------------------------------

    def _note(self, number: int, order: Order) -> None:
        if len(self._ids) >= _NAMES:
            self._ids.clear()
            self._orders.clear()
        self._ids[order[2]] = number
        self._orders[number] = order

    def _number(self, name: str) -> int:
        found = self._ids.get(name)
        if found is None:
            row = self._connection.execute(
                "SELECT id, published, article FROM claims WHERE claim = ?", (name,)
            ).fetchone()
            if row is None:
                raise KeyError(name)
            found = int(row[0])
            self._note(found, (row[1], row[2], name))
        return found

    def _ordered(self, numbers: Iterable[int]) -> dict[int, Order]:
        """Return the places in canonical order of claims by their numbers."""
        orders = {number: self._orders.get(number) for number in numbers}
        missing = [number for number, order in orders.items() if order is None]
        for start in range(0, len(missing), _VARIABLES):
            some = missing[start : start + _VARIABLES]
            marks = ",".join("?" * len(some))
            query = f"SELECT id, published, article, claim FROM claims WHERE id IN ({marks})"  # noqa: S608
            for number, published, article, name in self._connection.execute(query, some):
                orders[number] = order = published, article, name
                self._note(number, order)
        return orders  # type: ignore[return-value]

    # -- features --------------------------------------------------------------------------------------------------

    def _packed(self, claim: Features) -> bytes:
        return orjson.dumps(
            [
                claim.type,
                claim.subtype,
                claim.modality.value,
                claim.published,
                [self._part(_spot_body(spot)) for spot in claim.spots],
                claim.days,
                sorted(claim.agents),
                sorted(claim.targets),
                [[c.category, c.of, c.low, c.best, c.high] for c in claim.counts],
                [self._part(orjson.dumps([t.id, t.kind, t.party, t.named])) for t in claim.chain],
                sorted(claim.denies),
            ]
        )

    def _features(self, name: str, article: str, told: bytes) -> Features:
        type_, subtype, modality, published, spots, days, agents, targets, counts, chain, denies = orjson.loads(told)
        return Features(
            claim=name,
            article=article,
            type=type_,
            modality=Modality(modality),
            subtype=subtype,
            published=published,
            spots=tuple(self._whole(number, _spot) for number in spots),
            days=None if days is None else (days[0], days[1]),
            agents=frozenset(agents),
            targets=frozenset(targets),
            counts=tuple(Count(*count) for count in counts),
            chain=tuple(self._whole(number, _teller) for number in chain),
            denies=frozenset(denies),
        )

    def _part(self, body: bytes) -> int:
        found = self._numbers.get(body)
        if found is None:
            self._connection.execute("INSERT OR IGNORE INTO parts(body) VALUES (?)", (body,))
            found = self._connection.execute("SELECT id FROM parts WHERE body = ?", (body,)).fetchone()[0]
            if len(self._numbers) >= _PARTS:
                self._numbers.clear()
            self._numbers[body] = found
        return found

    def _whole(self, number: int, read: Callable[[bytes], T]) -> T:
        found = self._parts.get(number)
        if found is None:
            body = self._connection.execute("SELECT body FROM parts WHERE id = ?", (number,)).fetchone()[0]
            if len(self._parts) >= _PARTS:
                self._parts.clear()
            found = self._parts[number] = read(body)
        return found


def _spot_body(spot: Spot) -> bytes:
    within = [[area, int(extent)] for area, extent in spot.within]
    return orjson.dumps([spot.id, int(spot.extent), within, spot.lat, spot.lon, spot.name])


def _spot(body: bytes) -> Spot:
    id_, extent, within, lat, lon, name = orjson.loads(body)
    return Spot(id_, Extent(extent), tuple((area, Extent(level)) for area, level in within), lat, lon, name)


def _teller(body: bytes) -> Teller:
    return Teller(*orjson.loads(body))


def _denied(claim: Features) -> int:
    return 0 if claim.modality.happened else 1


def _enter(head: list[Order], order: Order) -> None:
    """Put a claim among the first of a block, as far as it is one of them."""
    if len(head) <= blocking.COMPARED or order < head[-1]:
        head.append(order)
        head.sort()
        del head[blocking.COMPARED + 1 :]
