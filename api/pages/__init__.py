"""The pages for people: plain functions from what was found to HTML."""
