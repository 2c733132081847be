"""The casualty ledger: what is counted, by event and by place and period, from whom, and by which rule.

Like fusion, nothing here knows log, store or graph: all of it is a function of events, which are sets of features.
"""
