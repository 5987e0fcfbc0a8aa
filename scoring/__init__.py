"""Credit scoring and policy as a pure library: no database, no HTTP, nothing of the portal or the workers.

Data walks one way: `report` + `application` + `fraud` inputs → `features` → `model` → `policy` → `decision`.
Money is integer fen, rates and ratios are basis points (bp), terms are months.
"""
