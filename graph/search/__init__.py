"""Search for words: what a query of words means, the index that answers it, and `wq:text` in SPARQL."""
