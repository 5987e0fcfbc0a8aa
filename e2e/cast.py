"""Who plays in which journey. One product sees several journeys, and somebody who has applied before meets another page
than a newcomer: nobody is in two. Personas (`workers.sandbox.personas`) play in one journey each, too.
"""

from collections.abc import Mapping

CAST: Mapping[str, tuple[int, ...]] = {
    "resume": (10,),
    "two phones": (14, 16, 18),
    "outage": (15,),
    "trouble": (17, 19, 20, 21),
    "no script": (28,),
    "helpdesk": (29,),
    "upload": tuple(range(30, 37)),
    "wire, far on": (37, 38),
    "policy change, before": (24, 41, 52, 63),
    "policy change, after": (140, 151),
    "wire": tuple(range(200, 240)),
    "access": tuple(range(240, 246)),
    "talk": (341, 342, 343, 344),
    "models": (351,),
}
"""Numbers for `draw_borrower`, by journey. The policy that came with the product approves 28 and 29, who pay every card
in full, three of the four before the change of the policy, and both after it.
"""

_everybody = [number for numbers in CAST.values() for number in numbers]
if len(_everybody) != len(set(_everybody)):
    raise AssertionError(f"in two journeys: {sorted({one for one in _everybody if _everybody.count(one) > 1})}")
