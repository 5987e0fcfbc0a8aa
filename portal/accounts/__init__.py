"""Signing in: applicants by a code to their phone, staff by password and TOTP; sessions; preferences."""
