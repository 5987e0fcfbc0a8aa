"""How sure a field is: what its characters say, and what the rest of the document says about it.

One threshold for all fields (portal.documents.queries.HIGH = 0.90) decides whether the applicant is asked. It is set
here, by this scale, so that of the values above it at most 0.2 % are wrong; measured with e2e/bench/documents.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from workers.ocr.layout import GUESSED
from workers.ocr.reading import Field

# On 1,500 names, addresses and employers from 16 to 40 px high the surest wrong character had 0.971 (凤 read as 风);
# to the power of four 0.974 becomes 0.90.
_SCALE = 4
_AGREED, _LEGIBLE = 0.97, 0.30


def scaled(field: Field) -> Field:
    """As sure as its weakest character alone makes it; what is as low as a guess stays."""
    sure = field.confidence**_SCALE
    return replace(field, confidence=round(max(sure, min(GUESSED, field.confidence)), 4))


def settle(
    fields: Mapping[str, Field], agreed: Collection[str] = (), doubted: Collection[str] = ()
) -> dict[str, Field]:
    """The fields on the common scale.

    `agreed` names those that a check digit, a sum or a second place in the document confirms: chance can't make wrong
    digits agree, so characters that are legible at all are enough. `doubted` names those of which one must be wrong.
    """
    settled = {}
    for name, field in fields.items():
        sure = scaled(field)
        if name in doubted:
            sure = replace(sure, confidence=min(GUESSED, sure.confidence))
        elif name in agreed and field.confidence >= _LEGIBLE:
            sure = replace(sure, confidence=max(_AGREED, sure.confidence))
        settled[name] = sure
    return settled
