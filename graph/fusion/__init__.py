"""Events from claims: which claims are about one event, how they stand to each other, and who stands behind them.

Nothing here knows the log, the store or the graph: everything is a function of the features of claims.
"""
