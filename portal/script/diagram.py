"""The catalogue drawn: as text for a terminal, as Mermaid for a page, as DOT for Graphviz."""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby, pairwise

from portal.script.catalogue import Catalogue
from portal.script.question import Question

_SLOT, _WIDGET = 20, 10


def draw_text(catalogue: Catalogue) -> str:
    """By section, a question a line; beneath it when it is asked, what it rests on and what it asks again."""
    product, bounds = catalogue.product, catalogue.product.bounds
    low, high, step = (f"{fen // 100:,}" for fen in (bounds.min_fen, bounds.max_fen, bounds.step_fen))
    lines = [
        f"{product.id}  {product.name}  {product.name.en}  (script {catalogue.version})",
        f"{low}–{high} yuan in steps of {step}; {', '.join(map(str, product.terms_months))} months; "
        f"for {', '.join(product.purposes)}",
    ]
    for section, questions in groupby(catalogue.questions, key=lambda question: question.section):
        lines += ["", f"{section.title}  {section.title.en}"]
        for question in questions:
            optional = "  (optional)" if question.optional else ""
            lines.append(f"  {question.slot:{_SLOT}}{question.widget:{_WIDGET}}{question.prompt}{optional}")
            lines += [f"  {'':{_SLOT + _WIDGET}}{note}" for note in _notes(catalogue, question)]
    return "\n".join(lines)


def draw_mermaid(catalogue: Catalogue) -> str:
    """A flowchart: solid arrows in the order of asking, dotted ones where another answer asks again."""
    lines = ["flowchart TD"]
    for section, questions in groupby(catalogue.questions, key=lambda question: question.section):
        lines.append(f'  subgraph {section.id}["{section.title} · {section.title.en}"]')
        lines += [f'    {one.slot}["{one.slot}<br>{_quoted(one.prompt)}"]' for one in questions]
        lines.append("  end")
    lines += [f"  {above} --> {below}" for above, below in _in_order(catalogue)]
    lines += [f'  {above} -. "{label}" .-> {below}' for above, below, label in _edges(catalogue)]
    return "\n".join(lines)


def draw_dot(catalogue: Catalogue) -> str:
    """The same graph for Graphviz."""
    lines = ["digraph script {", '  rankdir=TB; node [shape=box, fontname="Noto Sans SC"];']
    for section, questions in groupby(catalogue.questions, key=lambda question: question.section):
        lines.append(f'  subgraph cluster_{section.id} {{ label="{section.title} · {section.title.en}";')
        lines += [f'    {one.slot} [label="{one.slot}\\n{_quoted(one.prompt)}"];' for one in questions]
        lines.append("  }")
    lines += [f"  {above} -> {below};" for above, below in _in_order(catalogue)]
    lines += [f'  {above} -> {below} [style=dashed, label="{label}"];' for above, below, label in _edges(catalogue)]
    return "\n".join([*lines, "}"])


DRAWINGS: Mapping[str, Callable[[Catalogue], str]] = {"text": draw_text, "mermaid": draw_mermaid, "dot": draw_dot}


def _in_order(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    return pairwise(question.slot for question in catalogue.questions)


def _edges(catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
    """(from, to, why): what asks again, what decides whether to ask, what is read."""
    for question in catalogue.questions:
        for each in question.depends:
            yield each.slot, question.slot, "another group asks again" if each.groups else "asks again"
        for slot, values in (question.applies or {}).items():
            yield slot, question.slot, f"if {' or '.join(sorted(values))}"
        if question.reading:
            yield question.reading.slot, question.slot, f"read: {question.reading.fields[0]}"


def _notes(catalogue: Catalogue, question: Question) -> Iterator[str]:
    for slot, values in (question.applies or {}).items():
        yield f"if {slot} is {' or '.join(sorted(values))}"
    if question.follow:
        yield (
            "if it was not read surely"
            if question.follow.unsure
            else f"if {' or '.join(question.follow.mismatch)} fails"
        )
    if question.fixed is not None:
        yield f"not asked: always {question.fixed}"
    elif question.choices:
        yield " | ".join(choice.value for choice in question.choices)
    if question.reading:
        yield f"read from {question.reading.slot}: {', '.join(question.reading.fields)}"
    below = [
        one.slot + (" (by group)" if each.groups else "")
        for one in catalogue.questions
        for each in one.depends
        if each.slot == question.slot
    ]
    if below:
        yield f"changed, asks again: {', '.join(below)}"


def _quoted(text: str) -> str:
    return text.replace('"', "'")
