"""Drafts that nobody goes on with: one reminder, then nothing of them is kept."""
