"""Everything slow: reading documents, asking outside, scoring, deciding, signing, paying, sending. No web here."""
