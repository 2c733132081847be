"""The gazetteer: names of the world's places and what they may mean, in one index."""

from ingest.gazetteer.defaults import MIN_POPULATIONS, OVERLAY, BadOverlay, sources_version
from ingest.gazetteer.entry import Entry
from ingest.gazetteer.folding import folded_keys, folded_words, may_be_left_out, opens_any_name
from ingest.gazetteer.lookup import Gazetteer
from ingest.gazetteer.names import TYPE_WORDS, split_type_word

__all__ = [
    "MIN_POPULATIONS",
    "OVERLAY",
    "TYPE_WORDS",
    "BadOverlay",
    "Entry",
    "Gazetteer",
    "folded_keys",
    "folded_words",
    "may_be_left_out",
    "opens_any_name",
    "sources_version",
    "split_type_word",
]
