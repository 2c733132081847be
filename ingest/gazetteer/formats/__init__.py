"""Formats of gazetteers: from the rows of a file to drafts."""
