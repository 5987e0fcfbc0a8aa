"""The script as data: what is on offer, what is refused at the start, how it is drawn."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from portal.documents.checks import BY_ID
from portal.domain.errors import Invalid
from portal.domain.text import Bilingual
from portal.script.catalogue import VERSIONS, Catalogue, load_scripts, scripts
from portal.script.diagram import DRAWINGS
from portal.script.purposes import FILE, Registry, load_purposes, purposes
from portal.script.question import DOCUMENT_SLOTS
from portal.script.reading import ScriptError, read_file
from portal.testing.intake import ANSWERS
from portal.web.language import gettext, speaking

PRODUCTS = [catalogue for version in scripts().versions.values() for catalogue in version.values()]
each_product = pytest.mark.parametrize("catalogue", PRODUCTS, ids=lambda one: f"{one.version}-{one.product.id}")


def test_three_products_are_on_offer() -> None:
    assert [product.id for product in scripts().products] == ["consumer", "renovation", "education"]


def test_what_is_asked_of_everybody() -> None:
    asked = [question.slot for question in scripts().open().questions if question.follow is None]
    assert " ".join(asked) == (
        "product amount term purpose id_front id_back name id_number marital_status education employment income_proof "
        "employer monthly_income housing_cost other_debt bank_card consents"
    )
    assert set(ANSWERS) == set(asked) - {"product", "consents", *DOCUMENT_SLOTS}


@each_product
def test_every_choice_is_an_answer(catalogue: Catalogue) -> None:
    for question in catalogue.questions:
        for choice in question.choices:
            assert question.accepts(question.parse(choice.value)), (question.slot, choice.value)
        assert set(question.follow.mismatch if question.follow else ()) <= set(BY_ID)


def test_a_product_differs_by_its_parameters() -> None:
    renovation, education = (scripts().open(name) for name in ("renovation", "education"))
    amount = renovation.find("amount")
    assert amount is not None
    assert amount.hint.startswith("10,000 到 200,000 元")
    with pytest.raises(Invalid) as refused:
        amount.parse("5000")
    with speaking("en"):
        assert gettext(refused.value.public).startswith("The amount must be between 10,000 and 200,000 yuan.")
    assert education.fixed == {"purpose": "education"}
    asked = [one.slot for one in education.applicable({**education.fixed, "learner": "child"})]
    assert asked[4:8] == ["learner", "child_stage", "school", "course_ends"]
    assert "child_stage" not in [one.slot for one in education.applicable({"learner": "self"})]


def test_an_optional_question_can_be_passed_over() -> None:
    builder = scripts().open("renovation").find("builder")
    assert builder is not None
    assert builder.parse("跳过") == builder.parse(" ") == ""
    assert builder.accepts("")
    with pytest.raises(Invalid):
        builder.parse("x")


@each_product
@pytest.mark.parametrize("form", DRAWINGS)
def test_every_question_is_drawn(catalogue: Catalogue, form: str) -> None:
    drawing = DRAWINGS[form](catalogue)
    assert all(question.slot in drawing and question.prompt in drawing for question in catalogue.questions)
    if form == "mermaid":
        assert 'employment -. "another group asks again" .-> income_proof' in drawing
        assert 'employment -. "if civil_servant or employed or self_employed" .-> employer' in drawing


def test_the_command_draws_and_refuses_in_a_sentence() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "portal.cli", "script", "show", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program

    assert "教育借款  Education loan" in run().stdout
    assert run("renovation", "--format", "dot").stdout.startswith("digraph script {")
    assert run("lottery").stderr == "xindai: Products are consumer, renovation, education.\n"


QUESTION = """
[[question]]
slot = "shoe"
after = "purpose"
section = "loan"
purpose = "use_in_detail"
widget = "choice"
validator = "choice"
label = { zh = "鞋", en = "Shoe" }
prompt = { zh = "什么鞋？", en = "Which shoe?" }
choices = [{ value = "left", zh = "左", en = "Left" }, { value = "right", zh = "右", en = "Right" }]
"""


def with_question(folder: Path, *changes: tuple[str, str], more: str = "") -> Path:
    """A copy of the versions whose consumer loan asks one more question."""
    copy = folder / "versions"
    shutil.copytree(VERSIONS, copy)
    question = QUESTION
    for old, new in changes:
        assert old in question
        question = question.replace(old, new)
    with (copy / scripts().current / "consumer.toml").open("a", encoding="utf-8") as file:
        file.write(question + more)
    return copy


SECOND = QUESTION.replace('"shoe"', '"lace"').replace("鞋", "鞋带")


@pytest.mark.parametrize(
    ("changes", "more", "told"),
    [
        ((('slot = "shoe"', 'slot = "amount"'),), "", "amount: asked by 2 questions"),
        ((('"use_in_detail"', '"curiosity"'),), "", "shoe: no purpose 'curiosity' in the registry"),
        ((('section = "loan"', 'section = "feet"'),), "", "shoe: no section 'feet'"),
        ((('validator = "choice"', 'validator = "feet"'),), "", "shoe: no validator 'feet'"),
        ((('validator = "choice"', 'validator = "line"'),), "", "shoe: validator line needs the sentence"),
        ((('after = "purpose"', 'after = "hat"'),), "", "shoe: after 'hat': no such question"),
        ((('en = "Which shoe?"', 'en = ""'),), "", "shoe: no English for '什么鞋？'"),
        ((('zh = "什么鞋？"', 'zh = " "'),), "", "shoe: no Chinese for 'Which shoe?'"),
        ((('en = "Which shoe?"', 'en = "哪只?"'),), "", "shoe: Chinese in the English"),
        ((('zh = "什么鞋？"', 'zh = "100% 什么？"'),), "", "shoe: a percent sign"),
        ((('zh = "什么鞋？"', 'zh = "{min} 什么？"'),), "", "shoe: places in"),
        ((("\nchoices", '\ndepends = ["hat"]\nchoices'),), "", "shoe: depends on 'hat', which nobody is asked"),
        ((("\nchoices", '\ndepends = ["name"]\nchoices'),), "", "shoe: depends on name, which is asked later"),
        ((("\nchoices", '\ndepends = ["purpose:group"]\nchoices'),), "", "can be depended on by group"),
        (
            (("\nchoices", '\ndepends = ["lace"]\nchoices'),),
            SECOND.replace("\nchoices", '\ndepends = ["shoe"]\nchoices'),
            "depend on each other",
        ),
        (
            (("\nchoices", '\napplies.purpose = ["stocks"]\nchoices'),),
            "",
            "shoe: never asked: no answer to purpose leads to it",
        ),
        (
            (("\nchoices", '\napplies.purpose = ["travel"]\nchoices'),),
            SECOND.replace("\nchoices", '\napplies = { shoe = ["left"], purpose = ["medical"] }\nchoices'),
            "lace: never asked: no answer to purpose leads to it",
        ),
        ((('value = "right"', 'value = "left"'),), "", "shoe: choice 'left' is there 2 times"),
        ((('widget = "choice"', 'widget = "slider"'),), "", "question.0.widget: Input should be"),
        ((("label =", "colour ="),), "", "question.0.colour: Extra inputs are not permitted"),
        ((("after", "after ="),), "", "consumer.toml: "),
    ],
)
def test_what_is_wrong_is_told_by_file_and_question(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], more: str, told: str
) -> None:
    with pytest.raises(ScriptError) as error:
        load_scripts(with_question(tmp_path, *changes, more=more))
    assert told in str(error.value)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    folder = with_question(tmp_path, ('section = "loan"', 'section = "feet"'), ('"use_in_detail"', '"curiosity"'))
    with pytest.raises(ScriptError) as error:
        load_scripts(folder)
    assert len(error.value.problems) == 2


def test_versions_stand_side_by_side_and_the_newest_is_begun_with(tmp_path: Path) -> None:
    copy = with_question(tmp_path)
    (copy / scripts().current).rename(copy / "2026.10")
    shutil.copytree(VERSIONS / scripts().current, copy / scripts().current)
    both = load_scripts(copy)
    assert both.current == "2026.10"
    assert both.open("consumer").find("shoe") is not None
    assert both.of(scripts().current, "consumer").find("shoe") is None
    assert both.of("1999.1", "lottery").version == "2026.10"
    (copy / "drafts").mkdir()
    with pytest.raises(ScriptError, match="numbers with dots"):
        load_scripts(copy)


def test_every_stored_field_has_its_purpose() -> None:
    """A column nobody gave a reason for may not be kept (PIPL 6): say in purposes.toml what it is for."""
    registry = read_file(FILE, Registry)
    columns = {f"{table.name}.{column.name}" for table in SQLModel.metadata.tables.values() for column in table.columns}
    named = {name for purpose in purposes().values() for name in purpose.stored}
    named |= {*registry.by_slot, *registry.not_personal}
    whole = {name.removesuffix(".*") for name in named if name.endswith(".*")}
    assert [column for column in sorted(columns) if column not in named and column.split(".")[0] not in whole] == []
    tables = {column.split(".")[0] for column in columns}
    assert [name for name in sorted(named) if name not in columns and name.removesuffix(".*") not in tables] == []


def test_a_purpose_for_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "purposes.toml"
    more = '[purpose.whim]\nwhy = { zh = "好玩。", en = "For fun." }\nbasis = "law"\nretention = "application"\n'
    file.write_text(FILE.read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.raises(ScriptError, match="whim: nothing is asked or stored for it"):
        load_scripts(VERSIONS, load_purposes(file))
    file.write_text(FILE.read_text(encoding="utf-8") + more.replace('"law"', '"whim"'), encoding="utf-8")
    with pytest.raises(ScriptError, match="whim: no basis 'whim'"):
        load_purposes(file)


def test_a_sentence_carries_its_english() -> None:
    sentence = pickle.loads(pickle.dumps(Bilingual("从 {min} 元", "from {min} yuan").fill(min=5)))  # noqa: S301 - ours
    assert gettext(sentence) == "从 5 元"
    with speaking("en"):
        assert gettext(sentence) == "from 5 yuan"
