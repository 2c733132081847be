"""From claims to answers: log, content store, projection, SPARQL store, audit. Imports `ontology` only."""
