"""Which types may tell one happening is data."""

from ontology.retelling import retelling
from ontology.vocabulary import Vocabulary


def test_every_type_that_is_named_is_one_of_the_ontology() -> None:
    found = retelling()
    named = {kind for pair in found.pairs for kind in pair} | found.unspecific | found.denials | found.totals
    assert named <= Vocabulary.load().event_types.keys()


def test_a_type_that_stands_nowhere_is_told_as_itself_only() -> None:
    found = retelling()
    assert found.family("Takeover") == "Takeover"
    assert found.alike("Takeover", "Takeover")
    assert not found.alike("Takeover", "Withdrawal")


def test_what_hangs_together_by_pairs_is_one_family() -> None:
    found = retelling()
    assert found.family("Offensive") == found.family("Airstrike") == found.family("CasualtyReport")


def test_a_bare_bombardment_takes_less_than_a_named_other_means() -> None:
    found = retelling()
    bare = found.less(("Shelling", None), ("Airstrike", None))
    rockets = found.less(("Shelling", "RocketAttack"), ("Airstrike", None))
    assert bare is not None
    assert rockets is not None
    assert bare < rockets
    assert found.less(("Takeover", None), ("Airstrike", None)) is None
