"""Whole journeys in a browser, against the very process tree that `make up` runs."""
