"""What a message wants, when it isn't an answer: back, start over, a person, the reason, another value."""

from enum import StrEnum

from portal.understanding.lexicon import lexicon


class Intent(StrEnum):
    """`answer` gives values, `correct` replaces one, `edit` names what to change, `ask` is answered from the FAQ."""

    ANSWER = "answer"
    CORRECT = "correct"
    EDIT = "edit"
    ASK = "ask"
    WHY = "why"
    BACK = "back"
    RESTART = "restart"
    HUMAN = "human"
    UNKNOWN = "unknown"


_COMMANDS = (Intent.HUMAN, Intent.RESTART, Intent.BACK, Intent.WHY)


def find_command(text: str) -> Intent | None:
    """A request that stands whatever else is in the message."""
    return next((intent for intent in _COMMANDS if lexicon().intents[intent].search(text)), None)


def is_correction(text: str) -> bool:
    """Whether a value in this message replaces an earlier one."""
    return bool(lexicon().intents[Intent.CORRECT].search(text))


def is_edit(text: str) -> bool:
    """Whether something is to be changed."""
    return bool(lexicon().intents[Intent.EDIT].search(text))


def named_slot(text: str) -> str | None:
    """The question that is called by its name; the longest name wins, so that 收入证明 is not 收入."""
    best: tuple[int, str] | None = None
    for slot, words in lexicon().names.items():
        for match in words.finditer(text):
            if best is None or len(match[0]) > best[0]:
                best = (len(match[0]), slot)
    return best[1] if best else None
