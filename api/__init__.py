"""The faces of Waqai: HTTP app, command line, settings. Puts `ontology`, `ingest` and `graph` together."""
