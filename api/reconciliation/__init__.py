"""The Reconciliation API of the W3C Entity Reconciliation Community Group, as server and as client."""
