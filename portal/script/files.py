"""The script's files as they are written, TOML by TOML; portal.script.catalogue makes questions of them."""

from pydantic import Field

from portal.script.question import Offer, Widget
from portal.script.reading import Pair, Strict

QUESTIONS = "questions.toml"


class ChoiceEntry(Pair):
    """One choice."""

    value: str
    group: str = ""


class ReadingEntry(Strict):
    """Where a proposal is read; `printed` is explained at portal.script.question.Reading."""

    slot: str
    fields: tuple[str, ...]
    printed: bool = True


class FollowEntry(Strict):
    """What a paper gives cause to ask."""

    unsure: bool = False
    mismatch: tuple[str, ...] = ()


class QuestionEntry(Strict):
    """One question. `depends` are slots, `slot:group` where only another group of choices asks again. `offered` cuts
    the choices down to what the product offers. `after` places a product's own question behind another."""

    slot: str
    section: str
    purpose: str
    widget: Widget
    validator: str
    label: Pair
    prompt: Pair
    help: Pair | None = None
    choices: tuple[ChoiceEntry, ...] = ()
    offered: Offer | None = None
    applies: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    follows: FollowEntry | None = None
    depends: tuple[str, ...] = ()
    reading: ReadingEntry | None = None
    refusals: dict[str, Pair] = Field(default_factory=dict)
    inputmode: str = "text"
    autocomplete: str = "off"
    optional: bool = False
    after: str = ""


class QuestionsFile(Strict):
    """`questions.toml`: the products on offer, the first being the usual one, and what is asked of everybody."""

    products: tuple[str, ...] = Field(min_length=1)
    sections: dict[str, Pair]
    question: tuple[QuestionEntry, ...]


class AmountEntry(Strict):
    """In fen."""

    min_fen: int = Field(gt=0)
    max_fen: int
    step_fen: int = Field(gt=0)


class ProductFile(Strict):
    """`<product>.toml`: what is lent, for what, and what is asked besides."""

    name: Pair
    lead: Pair
    amount: AmountEntry
    terms_months: tuple[int, ...] = Field(min_length=1)
    purposes: tuple[str, ...] = Field(min_length=1)
    question: tuple[QuestionEntry, ...] = ()


def in_order(shared: QuestionsFile, product: ProductFile) -> tuple[QuestionEntry, ...]:
    """What is asked of everybody, each followed by the product's own questions that come after it."""
    own = product.question
    return tuple(entry for one in shared.question for entry in (one, *(each for each in own if each.after == one.slot)))


def offered_choices(entry: QuestionEntry, product: ProductFile) -> tuple[ChoiceEntry, ...]:
    """The choices that this product offers."""
    match entry.offered:
        case "purposes":
            return tuple(one for one in entry.choices if one.value in product.purposes)
        case "terms":
            return tuple(one for one in entry.choices if int(one.value) in product.terms_months)
        case "amounts":
            low, high = product.amount.min_fen, product.amount.max_fen
            return tuple(one for one in entry.choices if low <= int(one.value) * 100 <= high)
        case "products" | None:
            return entry.choices
