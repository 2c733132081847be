"""Faults of a lexicon, explained to the person who writes it."""
