"""Documents the applicant gives us: taken in, read elsewhere, shown back as proposals."""
