"""The questions of one product under one version, made from the files and checked.

A version is a folder of `versions`, named 2026.3 or the like; the newest is the one that new drafts begin with. A draft
keeps the version it began with, so an old folder stays until its last draft is erased (30 days), and a question's
meaning is never changed in place: the folder is copied under a new name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.domain.text import Bilingual
from portal.script.checks import find_problems
from portal.script.files import (
    QUESTIONS,
    ProductFile,
    QuestionEntry,
    QuestionsFile,
    in_order,
    offered_choices,
)
from portal.script.purposes import Purpose, purposes
from portal.script.question import Answers, Choice, Dependency, Follow, Question, Reading, Section
from portal.script.reading import ScriptError, read_file
from portal.script.validators import VALIDATORS, AnswerValue, Bounds, Means

VERSIONS = Path(__file__).with_name("versions")


@dataclass(frozen=True, slots=True)
class Product:
    """What is lent: the catalogue's parameters. The credit policy has bounds of its own, which these lie within."""

    id: str
    name: Bilingual
    lead: Bilingual
    bounds: Bounds
    terms_months: tuple[int, ...]
    purposes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that may be asked for one product, in order. What a question depends on stands before it."""

    version: str
    product: Product
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]

    def find(self, slot: str) -> Question | None:
        """The question of a slot; None when this product has none."""
        return next((question for question in self.questions if question.slot == slot), None)

    def applicable(self, answers: Answers) -> tuple[Question, ...]:
        """What is asked of somebody who answered so; what papers give cause to ask is in portal.intake.state."""
        return tuple(one for one in self.questions if one.follow is None and one.applies_to(answers))

    @property
    def purpose(self) -> str | None:
        """What the money is for, where the product says so."""
        only = self.fixed.get("purpose")
        return None if only is None else str(only)

    @property
    def fixed(self) -> Mapping[str, AnswerValue]:
        """The answers that the product leaves no choice about."""
        return {question.slot: question.fixed for question in self.questions if question.fixed is not None}


@dataclass(frozen=True, slots=True)
class Scripts:
    """Every version that is kept, side by side: version → product → catalogue, oldest first."""

    versions: Mapping[str, Mapping[str, Catalogue]]

    @property
    def current(self) -> str:
        """The version that new drafts begin with."""
        return list(self.versions)[-1]

    @property
    def products(self) -> tuple[Product, ...]:
        """What is on offer today, the usual one first."""
        return tuple(catalogue.product for catalogue in self.versions[self.current].values())

    def of(self, version: str, product: str) -> Catalogue:
        """A draft's own catalogue. One whose version is kept no longer goes on under the newest, its answers by slot:
        what that doesn't accept is asked again. A product that is sold no longer becomes the usual one."""
        catalogues = self.versions.get(version, self.versions[self.current])
        return catalogues.get(product) or next(iter(catalogues.values()))

    def open(self, product: str | None = None) -> Catalogue:
        """What a new draft begins with; the usual product when none of ours is named."""
        return self.of(self.current, product or "")

    def find_question(self, slot: str) -> Question | None:
        """The newest question of a slot in any product, for showing an answer to somebody else than who gave it."""
        catalogues = [catalogue for version in reversed([*self.versions.values()]) for catalogue in version.values()]
        return next((found for one in catalogues if (found := one.find(slot)) is not None), None)


def load_scripts(folder: Path = VERSIONS, known: Mapping[str, Purpose] | None = None) -> Scripts:
    """Read and check every version; raises ScriptError with everything that is wrong."""
    names = sorted((each.name for each in folder.iterdir() if each.is_dir()), key=_order)
    if not names:
        raise ScriptError([f"{folder}: there is no version"])
    registry = purposes() if known is None else known
    problems: list[str] = []
    versions: dict[str, Mapping[str, Catalogue]] = {}
    for name in names:
        try:
            versions[name] = _load_version(folder / name, registry)
        except ScriptError as error:
            problems += error.problems
    problems = problems or _find_unused(versions, registry)
    if problems:
        raise ScriptError(problems)
    return Scripts(versions)


@cache
def scripts() -> Scripts:
    """The versions that come along."""
    return load_scripts(VERSIONS)


def _find_unused(versions: Mapping[str, Mapping[str, Catalogue]], registry: Mapping[str, Purpose]) -> list[str]:
    catalogues = [catalogue for version in versions.values() for catalogue in version.values()]
    used = {question.purpose.id for catalogue in catalogues for question in catalogue.questions}
    unused = [name for name, purpose in registry.items() if name not in used and not purpose.stored]
    return [f"purposes.toml: {name}: nothing is asked or stored for it" for name in unused]


def _order(name: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in name.split("."))
    except ValueError:
        raise ScriptError([f"{name}: a version's name is numbers with dots between, such as 2026.3"]) from None


def _load_version(folder: Path, registry: Mapping[str, Purpose]) -> Mapping[str, Catalogue]:
    shared = read_file(folder / QUESTIONS, QuestionsFile)
    products = {name: read_file(folder / f"{name}.toml", ProductFile) for name in shared.products}
    problems = [
        f"{folder.name}/{name}: {problem}"
        for name, product in products.items()
        for problem in find_problems(shared, product, registry)
    ]
    if problems:
        # What is asked of everybody is checked with each product; once is enough to hear of it.
        raise ScriptError(sorted(problems, key=lambda each: each.split(": ", 1)[1]))
    offered = tuple(Choice(name, product.name.sentence()) for name, product in products.items())
    return {
        name: _Maker(folder.name, name, shared, product, registry, offered).catalogue()
        for name, product in products.items()
    }


@dataclass(frozen=True, slots=True)
class _Maker:
    version: str
    name: str
    shared: QuestionsFile
    product: ProductFile
    registry: Mapping[str, Purpose]
    offered: tuple[Choice, ...]

    def catalogue(self) -> Catalogue:
        sections = {name: Section(name, title.sentence()) for name, title in self.shared.sections.items()}
        product = Product(
            self.name,
            self.product.name.sentence(),
            self.product.lead.sentence(),
            self._bounds,
            self.product.terms_months,
            self.product.purposes,
        )
        entries = in_order(self.shared, self.product)
        questions = tuple(self._question(entry, sections[entry.section]) for entry in entries)
        return Catalogue(self.version, product, tuple(sections.values()), questions)

    @property
    def _bounds(self) -> Bounds:
        amount = self.product.amount
        return Bounds(amount.min_fen, amount.max_fen, amount.step_fen)

    def _question(self, entry: QuestionEntry, section: Section) -> Question:
        choices = self._choices(entry)
        refusals = {name: self._words(sentence.sentence()) for name, sentence in entry.refusals.items()}
        validator = VALIDATORS[entry.validator](Means([one.value for one in choices], self._bounds, refusals))
        only = choices[0].value if entry.offered and entry.widget == "choice" and len(choices) == 1 else None
        return Question(
            slot=entry.slot,
            section=section,
            prompt=entry.prompt.sentence(),
            label=entry.label.sentence(),
            purpose=self.registry[entry.purpose],
            widget=entry.widget,
            validator=validator,
            hint=self._words(entry.help.sentence()) if entry.help else "",
            choices=choices,
            applies={slot: frozenset(values) for slot, values in entry.applies.items()} or None,
            follow=Follow(entry.follows.unsure, entry.follows.mismatch) if entry.follows else None,
            depends=tuple(self._dependency(each) for each in entry.depends),
            reading=Reading(entry.reading.slot, entry.reading.fields, entry.reading.printed) if entry.reading else None,
            inputmode=entry.inputmode,
            autocomplete=entry.autocomplete,
            optional=entry.optional,
            fixed=None if only is None else validator.parse(only),
        )

    def _dependency(self, text: str) -> Dependency:
        slot, _, kind = text.partition(":")
        if not kind:
            return Dependency(slot)
        choices = next(entry.choices for entry in in_order(self.shared, self.product) if entry.slot == slot)
        return Dependency(slot, {one.value: one.group for one in choices})

    def _choices(self, entry: QuestionEntry) -> tuple[Choice, ...]:
        if entry.offered == "products":
            return self.offered
        return tuple(Choice(one.value, one.sentence(), one.group) for one in offered_choices(entry, self.product))

    def _words(self, sentence: Bilingual) -> Bilingual:
        """Sums of the product in words."""
        low, high, step = (
            f"{fen // 100:,}" for fen in (self._bounds.min_fen, self._bounds.max_fen, self._bounds.step_fen)
        )
        return sentence.fill(min=low, max=high, step=step)
