"""Saved queries: what analysts ask, as SPARQL files with parameters."""
