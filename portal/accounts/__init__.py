"""Who people are to us: phone numbers and codes, staff sign-in, sessions, preferences."""
