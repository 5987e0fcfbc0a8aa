"""What is on offer, as the pages state it. The policy that decides has the same bounds; a test compares the two."""

MIN_AMOUNT_FEN = 500_000
MAX_AMOUNT_FEN = 20_000_000
AMOUNT_STEP_FEN = 100_000
TERMS_MONTHS = (6, 12, 18, 24, 36)
MIN_RATE_BP = 720
MAX_RATE_BP = 1_800
MIN_AGE = 22
MAX_AGE_AT_END = 60
