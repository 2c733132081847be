"""The casualty ledger of a log: its figures for people and programs."""
