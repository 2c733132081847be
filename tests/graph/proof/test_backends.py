"""Sealing, the look at the start and the whole comparison on each backend of the log."""

from pathlib import Path

import pytest

from graph.log import LogDamaged, NewRecord
from graph.proof.guard import check_start
from graph.proof.keys import Signer
from graph.proof.proving import prove
from graph.proof.sealer import LogBehind, LogInconsistent, seal
from graph.proof.verification import LogAltered, verify_sealed
from graph.proof.verify_bundle import verify_proof
from tests.graph.backends import Backend
from tests.graph.proof import naive

SIGNER = Signer.new("example.org/log")


def test_a_log_is_sealed_and_what_is_done_to_it_afterwards_is_found(backend: Backend, tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    with backend.open() as log:
        for stream in "abc":
            log.append(stream, [NewRecord("T", 1, {"article": stream, "n": n}) for n in range(100)], actor="x")
        sealed = seal(log, proof, SIGNER)
        bodies = [record.body for record in log.read()]
        assert sealed.checkpoint.root == naive.mth(bodies)
        check_start(log, proof)
        assert verify_sealed(log, proof) is not None
        assert verify_proof(prove(log, proof, 150).encode(), [SIGNER.public()])[1] == 150
    changed = bodies[149].replace(b'"n":49', b'"n":48')
    backend.tamper(f"UPDATE log SET body = {backend.blob(changed)} WHERE position = 150")
    with backend.open() as log:
        check_start(log, proof)  # two tiles and one record: a row in the middle is found by the whole comparison
        with pytest.raises(LogAltered) as caught:
            verify_sealed(log, proof)
        assert (caught.value.first, caught.value.last) == (150, 150)
    last = bodies[299].replace(b'"n":99', b'"n":98')
    backend.tamper(f"UPDATE log SET body = {backend.blob(last)} WHERE position = 300")
    with backend.open() as log, pytest.raises(LogInconsistent):
        check_start(log, proof)
    backend.tamper("DELETE FROM log WHERE position > 299")
    with backend.open() as log:
        for what in (lambda: check_start(log, proof), lambda: verify_sealed(log, proof)):
            with pytest.raises((LogBehind, LogDamaged), match=r"holds 299 records|position 300: the record is missing"):
                what()
