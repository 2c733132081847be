"""The log's public face: the graph as a Linked Data Event Stream."""
