"""Core banking, which pays out the loan."""
