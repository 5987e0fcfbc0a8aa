"""SPECIMEN documents with known truth, as phones photograph them, and how well the reader reads them.

Everything is drawn here and invented (see `workers.sandbox.specimens`); the same seed gives the same bytes.
"""
