"""People who apply: who they are, how they use the portal, and what came of it. For `xindai simulate` and the journeys
in `e2e/`."""
