"""What is on offer, as the pages state it. The policy that decides has the same bounds; a test compares the two."""

from portal.domain.text import N_

MIN_AMOUNT_FEN = 500_000
MAX_AMOUNT_FEN = 20_000_000
AMOUNT_STEP_FEN = 100_000
TERMS_MONTHS = (6, 12, 18, 24, 36)
MIN_RATE_BP = 720
MAX_RATE_BP = 1_800
MIN_AGE = 22
MAX_AGE_AT_END = 60

PURPOSES: dict[str, str] = {
    "renovation": N_("装修"),
    "education": N_("教育"),
    "medical": N_("医疗"),
    "travel": N_("旅行"),
    "appliance": N_("家电"),
    "wedding": N_("婚庆"),
    "other": N_("其他消费"),
}
"""What the money may be used for, as message ids; never property, shares or investment (个人贷款管理办法 2024)."""
