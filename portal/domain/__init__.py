"""The pure heart: states, workflow, identity numbers, money, errors. No framework, no I/O."""
