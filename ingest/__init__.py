"""From outside text to claims: readers, the spaCy pipeline, linking to gazetteers. Imports `ontology` only."""
