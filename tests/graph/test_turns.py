"""Who waits comes next."""

import threading
import time

from graph.store.turns import InTurn


def test_a_loop_that_takes_it_again_and_again_lets_others_in_between() -> None:
    lock, got, near = InTurn(), threading.Event(), threading.Event()
    order: list[str] = []

    def other() -> None:
        near.set()
        with lock:
            order.append("other")
        got.set()

    thread = threading.Thread(target=other)
    with lock:
        thread.start()
        near.wait()
        time.sleep(0.05)  # by then it waits; if it does not yet, the order below may only be luck
    for _ in range(2):
        with lock:
            order.append("loop")
    got.wait()
    thread.join()
    assert order[0] == "other"
