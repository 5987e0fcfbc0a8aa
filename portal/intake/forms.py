"""What the chat's forms send."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from portal.db.models import ConsentKind


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """`text` is what was typed, or the chip that was tapped instead (`picked`).

    `editing`: an earlier answer is replaced; `reopened`: on a page that was opened for it, rather than by saying
    something else before there was a reply. `consents`: kind → hash of the text that stood beside the ticked box;
    unticked ones are absent. `proposed`: what was read stood on the page; `looked`: the person ticked that they held
    it against the photograph. `said` are words beside the question's own way of answering it; `free`: the form had a
    field for them, and nothing else was sent."""

    key: str
    text: str
    editing: bool
    consents: Mapping[ConsentKind, str]
    proposed: bool = False
    looked: bool = False
    said: str = ""
    picked: bool = False
    free: bool = False
    reopened: bool = False

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self:
        """From cleaned form fields; anything missing counts as left empty."""
        ticked = {
            kind: fields.get(f"shown_{kind.value}", "") for kind in ConsentKind if fields.get(f"consent_{kind.value}")
        }
        return cls(
            key=fields.get("_key", ""),
            text=fields.get("pick") or fields.get("value", ""),
            editing=fields.get("edit") in ("1", "again"),
            reopened=fields.get("edit") == "1",
            consents=ticked,
            proposed=fields.get("proposed") == "1",
            looked=bool(fields.get("looked")),
            picked=bool(fields.get("pick")),
            free="say" in fields and not any(fields.get(name) for name in ("pick", "value")) and not ticked,
            said=fields.get("say", "") if not fields.get("pick") and not fields.get("value") else "",
        )

    @property
    def body(self) -> str:
        """What the idempotency key is bound to."""
        return "\x1f".join((self.text, *(f"{kind.value}={shown}" for kind, shown in sorted(self.consents.items()))))
