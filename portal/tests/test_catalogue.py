"""The words: every Chinese sentence is marked and has its English; neither language advertises."""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import nodes

from portal.db.uow import UnitsOfWork
from portal.domain.text import Bilingual
from portal.intake.consents import consent_texts
from portal.script.catalogue import scripts
from portal.script.purposes import purposes
from portal.settings import ROOT, Settings
from portal.testing.cases import ANSWERS, fill_draft, make_submitted, read_back
from portal.testing.phone import sign_in
from portal.web.language import LOCALE
from portal.web.templating import environment

TEMPLATES = ROOT / "templates"
CHINESE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
HANZI = re.compile(r"[\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"(?<!%)(?:%%)*%\((\w+)\)s")
OWN_NAMES = {"中文"}  # a language is named in itself

# Chinese that nobody translates: the command line, numerals, dates, the sample lender, bilingual pairs.
NOT_MESSAGES = {
    "portal/cli.py",
    "portal/domain/money.py",
    "portal/embedded/up.py",
    "portal/intake/consents.py",
    "portal/script/amounts.py",
    "portal/script/days.py",
    "portal/script/validators.py",
    "portal/settings.py",
    "portal/web/templating.py",
}

# 金融产品网络营销管理办法 (from 2026-09-30): no words that lure, hurry or promise.
LURES = re.compile(
    r"秒(?:到|批|过|贷|下款|放)|(?:闪电|极速|火速)|[低零无]门槛|[低零无]风险|[低零免]息|低利率|低至"
    r"|最[低高快](?:至|仅|只|可[借贷]|年化|利率|日息|额度|\s*\d)|(?:全网|全国|行业)最|无视征信|不[看查上]征信|黑户"
    r"|[必包]过|保证(?:通过|批)|百分百|100\s*%\s*(?:通过|批|放)|轻松[借贷拿]|随借随还|限时|仅剩|抢[先购]|手慢|福利|特惠|优惠|马上拿钱"
)
ENGLISH_LURES = re.compile(
    r"\b(?:instant|guaranteed|lowest|risk[- ]free|no credit check|best rate|limited time|special offer)\b",
    re.IGNORECASE,
)


@cache
def mappings() -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    """The same methods and options as `make messages`; here a template that can't be parsed is an error."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"]["mappings"]
    methods = [(each["pattern"], each["method"]) for each in table]
    options = {each.pop("pattern"): {key: str(value) for key, value in each.items()} for each in table}
    return methods, {pattern: {**each, "silent": "false"} for pattern, each in options.items()}


@cache
def sentences() -> dict[str, str]:
    """Message id → where it stands."""
    found: dict[str, str] = {}
    methods, options = mappings()
    for folder in ("portal", "templates"):
        for file, line, message, _, _ in extract_from_dir(ROOT / folder, methods, options):
            for sentence in (message,) if isinstance(message, str) else message:
                found.setdefault(sentence, f"{folder}/{file}:{line}")
    return found


@cache
def english() -> dict[str, Message]:
    """The catalogue by message id."""
    with (LOCALE / "en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    assert not catalogue.obsolete
    return {str(message.id): message for message in catalogue if message.id}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "tests" not in path.parts)


def spoken(path: Path) -> Iterator[tuple[int, str, bool]]:
    """(line, text, whether `N_` marks it) of each string with Chinese in it; docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    marked = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_"
        for argument in node.args
    }
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.Constant) and id(each) not in silent):
        if isinstance(node.value, str) and CHINESE.search(node.value):
            yield node.lineno, node.value, id(node) in marked


def unmarked(template: Path) -> Iterator[str]:
    """Chinese that a template shows without asking for its translation."""
    tree = environment().parse(template.read_text(encoding="utf-8"))
    asked = {
        id(argument)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "_"
        for argument in call.args
    }
    for data in tree.find_all(nodes.TemplateData):
        yield from (run for run in re.findall(rf"{CHINESE.pattern}+", data.data) if run not in OWN_NAMES)
    for constant in tree.find_all(nodes.Const):
        if isinstance(constant.value, str) and CHINESE.search(constant.value) and id(constant) not in asked:
            yield constant.value


def chinese_in(page: str, *given: str) -> list[str]:
    """Runs of Chinese on a page, aside from what people entered and what is named in its own language."""
    for text in (*OWN_NAMES, *given):
        page = page.replace(text, "")
    return re.findall(rf"{CHINESE.pattern}+", page)


def scripted() -> Iterator[Bilingual]:
    """Everything that the script's data files say."""
    for version in scripts().versions.values():
        for catalogue in version.values():
            yield from (catalogue.product.name, catalogue.product.lead)
            for one in catalogue.questions:
                hint = (one.hint,) if isinstance(one.hint, Bilingual) else ()
                yield from (one.prompt, one.label, one.section.title, *hint, *(choice.label for choice in one.choices))
    for purpose in purposes().values():
        yield from (purpose.why, purpose.basis, purpose.retention.words)


def chinese_texts() -> Iterator[tuple[str, str]]:
    """(place, text) of all that is said in Chinese: code, pages, notices, the contract. Understanding only listens."""
    for path in (path for path in modules("portal", "workers", "scoring") if "understanding" not in path.parts):
        for line, text, _ in spoken(path):
            yield f"{path.relative_to(ROOT)}:{line}", text
    yield from (("script", str(sentence)) for sentence in scripted())
    for folder, kind in ((TEMPLATES, "*.*"), (ROOT / "workers", "*.typ"), (ROOT / "workers", "*.html")):
        for path in sorted(folder.rglob(kind)):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def english_texts() -> Iterator[tuple[str, str]]:
    """(place, text) of the catalogue, the notices and the consents in English."""
    yield from ((message_id, str(message.string)) for message_id, message in english().items())
    yield from (("script", sentence.en) for sentence in scripted())
    for path in sorted((TEMPLATES / "notices").rglob("*.en.*")):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for text in consent_texts("en", "the lender"):
        yield text.title, "\n".join((text.title, text.purpose, text.expires, *text.paragraphs, text.label))


def test_every_sentence_has_its_english() -> None:
    catalogue = english()
    missing = {
        each: place for each, place in sentences().items() if each not in catalogue or not catalogue[each].string
    }
    assert missing == {}, "run `make messages` and write the English"


def test_the_catalogue_holds_nothing_else() -> None:
    assert sorted(set(english()) - set(sentences())) == []
    assert [message_id for message_id, message in english().items() if message.fuzzy] == []


def test_both_languages_have_the_same_placeholders() -> None:
    different = [
        message_id
        for message_id, message in english().items()
        if sorted(PLACEHOLDER.findall(message_id)) != sorted(PLACEHOLDER.findall(str(message.string)))
    ]
    assert different == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sentence_can_be_rendered(language: str) -> None:
    """Jinja formats each translation, also one without values: a percent sign that stands for itself is doubled."""
    for message_id, message in english().items():
        text = message_id if language == "zh" else str(message.string)
        assert "%(" not in text % defaultdict(str), text


def test_english_is_english() -> None:
    assert [(place, text) for place, text in english_texts() if CHINESE.search(text)] == []


def test_all_chinese_in_templates_is_translated() -> None:
    found = {str(path.relative_to(ROOT)): [*unmarked(path)] for path in sorted(TEMPLATES.rglob("*.html"))}
    assert {path: texts for path, texts in found.items() if texts} == {}


def test_all_chinese_in_code_is_marked() -> None:
    """A sentence handed to `_()` in a variable was marked with `N_` where it is written; patterns match input."""
    found = [
        f"{path.relative_to(ROOT)}:{line} {text}"
        for path in modules("portal")
        if str(path.relative_to(ROOT)) not in NOT_MESSAGES and not {"testing", "understanding"} & set(path.parts)
        for line, text, is_marked in spoken(path)
        if not is_marked and HANZI.search(text) and "\\" not in text and text not in sentences()
    ]
    assert found == []


async def test_pages_for_everybody_are_english(client: httpx.AsyncClient, settings: Settings) -> None:
    client.cookies.set("language", "en")
    for path in ("/", "/start", "/track", "/helpdesk/sign-in", "/nowhere"):
        page = (await client.get(path)).text
        assert '<html lang="en"' in page
        assert chinese_in(page, settings.lender_name) == [], path


async def test_the_applicants_pages_are_english(
    client: httpx.AsyncClient, units: UnitsOfWork, settings: Settings
) -> None:
    client.cookies.set("language", "en")
    given = [settings.lender_name, *map(str, ANSWERS.values()), read_back().fields["authority"].value]
    for make, pages in ((fill_draft, ("chat", "chat?edit=amount", "check")), (make_submitted, ("progress",))):
        application = await make(units)
        phone = await sign_in(client, units, application.applicant_id)
        for page in pages:
            await phone.open(f"/applications/{application.reference}/{page}")
            assert '<html lang="en"' in phone.page
            assert chinese_in(phone.page, *given) == [], page


def test_nothing_lures() -> None:
    texts = [*chinese_texts(), *((place, message_id) for message_id, place in sentences().items())]
    assert [(place, match[0]) for place, text in texts for match in LURES.finditer(text)] == []
    assert [(place, match[0]) for place, text in english_texts() for match in ENGLISH_LURES.finditer(text)] == []


def test_nothing_shouts() -> None:
    shout = re.compile(rf"！|{CHINESE.pattern}\s*!")
    assert [place for place, text in chinese_texts() if shout.search(text)] == []
    assert [place for place, text in english_texts() if "!" in text] == []
