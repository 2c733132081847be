"""Whether one source contradicts itself: its claims alone, never together with those of another source.

Nothing here knows the log or the graph: everything follows from sayings, and the reasoner is handed in.
"""
