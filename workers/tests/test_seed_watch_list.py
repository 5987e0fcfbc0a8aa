"""The watch-list that development machines are seeded with holds the persona who is meant to be on it."""

from portal.testing.seed import WATCHED_ID_NUMBER
from workers.sandbox.personas import PERSONAS


def test_exactly_the_watched_persona_is_seeded() -> None:
    assert [persona.person.id_number for persona in PERSONAS if persona.watched] == [WATCHED_ID_NUMBER]
