"""The credit bureau."""
