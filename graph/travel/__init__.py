"""Time travel: the graph as of any position of the log, what changed between two, and by which records."""
