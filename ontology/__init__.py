"""The shared language of Waqai: the OWL ontology, SHACL shapes, lexicon data and the frozen domain model.

Imports none of the other packages.
"""
