"""The conversation that becomes an application."""
