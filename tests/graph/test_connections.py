"""Connections of several threads, closed by one of them: in a program of its own, because a mistake crashes it."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sqlite3, sys, threading, time
from graph.log.connections import Connections

LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n"
connections = Connections(lambda: sqlite3.connect(sys.argv[1], check_same_thread=False), lets_go=True)
found = []
begun = threading.Event()

def ask():
    connection = connections.get()
    begun.set()
    found.append(connection.execute(LONG).fetchall())

threads = [threading.Thread(target=ask) for _ in range(3)]
for thread in threads:
    thread.start()
begun.wait()
own = connections.get()
time.sleep(0.05)
connections.close()
try:
    own.execute("SELECT 1")
except sqlite3.ProgrammingError:
    print("closed")
for thread in threads:
    thread.join()
print(found)
"""


def test_what_another_thread_is_asking_is_answered_to_its_end(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "some.sqlite")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "closed\n[[(3000000,)], [(3000000,)], [(3000000,)]]\n"), done.stderr
