"""The casualty ledger over many claims: accounts of all events, and pages of it.

The claims are those of the benchmark of fusion; half of them have figures.
"""

import resource
import time
from collections.abc import Iterator

from graph.fusion.adding import sums_across
from graph.fusion.clustering import fuse
from graph.ledger.accounts import Event, account
from graph.ledger.histories import histories
from graph.ledger.scopes import Scope, page
from tests.benchmarks.fusion import generated

SIZES = (10_000, 100_000)


def run() -> Iterator[str]:
    """Yield lines of the report."""
    for size in SIZES:
        fused = fuse(generated(size))
        home = {claim.claim: group.first.claim for group in fused.groups for claim in group.members}
        events = [Event(group.first.claim, group.members) for group in fused.groups]
        possibly = {(home[link.first], home[link.second]) for link in fused.possibly}
        start = time.process_time()
        sums = frozenset(found.total for found in sums_across((event.id, event.claims) for event in events))
        summed = time.process_time()
        accounts = [account(event, sums) for event in events]
        made = time.process_time()
        whole = page(accounts, Scope(), possibly)
        paged = time.process_time()
        inside = [one for one in accounts if any(area == "governorate 3" for way in one.ways for area, _ in way)]
        page(inside, Scope("governorate 3", 730_010, 730_040), possibly)
        some = time.process_time()
        found = histories(accounts)
        told = time.process_time()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yield (
            f"{size:,} claims, {len(events):,} events: sums of others {summed - start:.2f} s ({len(sums)}), "
            f"accounts {made - summed:.2f} s, everything {paged - made:.2f} s ({whole.incidents:,} incidents), "
            f"a governorate and a month {some - paged:.3f} s, histories {told - some:.2f} s ({len(found)}), "
            f"at most {memory} MB with fusion"
        )
