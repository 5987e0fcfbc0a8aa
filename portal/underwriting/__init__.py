"""From evidence to a decision: what is known, what it came to, and what officers do about it."""
