"""The graph in somebody's own SPARQL server: a second target of the projection, reached over HTTP."""
