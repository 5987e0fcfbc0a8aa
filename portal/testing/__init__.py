"""For tests and for a machine that is being tried out: fixtures, factories, seed."""
