"""Query workers: processes that evaluate queries on checkpoints of the graph, and can be killed."""
