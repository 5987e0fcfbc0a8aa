"""Marking sentences for translation where no page is being rendered."""


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for a marked, not yet translated sentence
    """Mark a Chinese sentence as a message id; whoever renders it translates it."""
    return sentence
