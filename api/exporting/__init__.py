"""Exports: what the graph holds of places and events, in formats that other programs read."""
