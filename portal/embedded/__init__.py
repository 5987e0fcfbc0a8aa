"""One machine, one command: PostgreSQL and Valkey from wheels, sandbox, workers and portal under one supervisor."""
