"""Contracts: set as PDF/A, signed by the borrower under a one-time key, sealed by the lender, verified."""
