"""The W3C's suites of SPARQL 1.0 and 1.1, run from their manifests.

The files of the suites are not of this project: they are read from the source archive of rdflib, whose hash the lock
names (`fetching`). `python -m tests.graph.w3c` prints what passes, by suite.
"""
