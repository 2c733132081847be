"""Events by position: which claims are about one event, as of any position of the log.

What makes two claims one event is `graph.fusion`, which knows no log; here its groups follow the records.
"""
