"""What all loans have in common, as the pages state it; what differs is in the script's product files.

The policy that decides has the same rates and ages, and bounds that every product lies within: a test compares them.
A policy that is tightened while a product is on offer declines nothing by surprise: what it does not cover is referred.
"""

MIN_RATE_BP = 720
MAX_RATE_BP = 1_800
MIN_AGE = 22
MAX_AGE_AT_END = 60
