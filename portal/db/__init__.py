"""PostgreSQL: the only truth. Tables, the unit of work, and the cipher for personal data."""
