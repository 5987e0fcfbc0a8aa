"""The decision and its reasons; the offer with every cost, shown long enough before anything can be signed."""
