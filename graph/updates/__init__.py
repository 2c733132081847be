"""Updates of curation graphs: from a request to the exact quads that it adds and removes."""
