import json

import numpy as np

from scoring.evaluate import drift
from scoring.model import Model
from scoring.population import PARAMETERS, Cards, chance_of_default, draw_cards
from scoring.revolving import NAMES, measure
from scoring.tests.made import dice


def people(count: int) -> list[Cards]:
    return [draw_cards(dice(number)) for number in range(count)]


def test_features_resemble_the_population_that_the_champion_learnt_from(model: Model) -> None:
    rows = np.array([list(measure(cards.history).values()) for cards in people(2_500)])
    shifts = {name: drift(model, name, rows[:, place]) for place, name in enumerate(NAMES)}
    assert max(shifts.values()) < 0.3, sorted(shifts.items(), key=lambda item: -item[1])[:3]
    assert sum(shift < 0.1 for shift in shifts.values()) > len(NAMES) / 2
    score = drift(model, "(score)", model.pds(rows))
    assert score < 0.1
    bad_rate = float(np.mean([chance_of_default(dict(zip(NAMES, row, strict=True))) for row in rows.tolist()]))
    assert abs(bad_rate - 0.2212) < 0.02


def test_the_same_seed_is_the_same_person() -> None:
    assert people(20) == people(20)
    assert len(set(people(200))) == 200


def test_parameters_are_shares_and_quantiles_not_rows() -> None:
    fitted = json.loads(PARAMETERS.read_text(encoding="utf-8"))
    assert PARAMETERS.stat().st_size < 60_000
    assert len(fitted["limit"]) == 41
    for moves in (*fitted["next"].values(), *fitted["last"].values()):
        assert all(abs(sum(shares.values()) - 1) < 0.1 for shares in moves.values())
