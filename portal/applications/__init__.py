"""An application and its answers: the base that the other features build on."""
