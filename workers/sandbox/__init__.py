"""Stand-ins for the outside world, as real HTTP servers: credit bureau, core banking, messages, specimen documents.

Nothing here is a real query, payment or message, and every answer says so. Started by `xindai up`, or by
`python -m workers.sandbox --port P [--only bureau]`.
"""
