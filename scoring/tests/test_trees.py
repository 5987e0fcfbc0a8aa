import math
import threading

import lightgbm
import numpy as np
import pytest

from scoring.batch import compile_forest
from scoring.features import FeatureVector
from scoring.growing import average
from scoring.model import Model
from scoring.population import draw_cards
from scoring.revolving import measure
from scoring.tests.made import dice
from scoring.trees import Trees, TreesError


@pytest.fixture(scope="module")
def rows() -> list[tuple[float, ...]]:
    return [tuple(map(float, measure(draw_cards(dice(n)).history).values())) for n in range(300)]


def test_one_row_is_bit_equal_to_the_python_interface(model: Model, rows: list[tuple[float, ...]]) -> None:
    booster = lightgbm.Booster(model_str=model.text)
    expected = np.asarray(booster.predict(np.array(rows), raw_score=True, num_threads=1))
    assert [model.trees.raw(row) for row in rows] == expected.tolist()
    shap = np.asarray(booster.predict(np.array(rows[:40]), pred_contrib=True, num_threads=1))
    assert [model.trees.contributions(row) for row in rows[:40]] == shap.tolist()


def test_the_probability_is_the_calibrated_prediction(model: Model, rows: list[tuple[float, ...]]) -> None:
    batch = model.pds(np.array(rows))
    assert max(abs(model.pd(FeatureVector(row)) - pd) for row, pd in zip(rows, batch, strict=True)) < 1e-12


def test_many_rows_are_bit_equal_too(model: Model, rows: list[tuple[float, ...]]) -> None:
    forest = compile_forest(model.text)
    assert forest is not None
    rng = np.random.default_rng(1)
    many = np.array(rows)[rng.integers(0, len(rows), 20_000)] * rng.uniform(0.5, 1.5, (20_000, model.trees.width))
    many[rng.random(many.shape) < 0.05] = np.nan
    expected = np.asarray(lightgbm.Booster(model_str=model.text).predict(many, raw_score=True, num_threads=1))
    for threads in (1, 2):
        assert np.array_equal(forest.raw(many, threads), expected)
    assert np.array_equal(model.pds(many), model.calibrator.pds(expected))
    assert forest.raw(many[:0]).shape == (0,)


@pytest.mark.parametrize(("leaves", "fits"), [(2, True), (8, True), (9, True), (16, True), (17, False)])
def test_forests_of_any_size_are_summed_alike(leaves: int, fits: bool) -> None:
    rng = np.random.default_rng(leaves)
    x = rng.normal(size=(900, 4))
    x[rng.random(x.shape) < 0.1] = np.nan
    y = (np.nan_to_num(x[:, 0] * x[:, 1]) + rng.normal(size=900) > 0).astype(float)
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": leaves, "min_data_in_leaf": 5}
    booster = lightgbm.train(settings, lightgbm.Dataset(x, y), 20)
    forest = compile_forest(booster.model_to_string())
    assert (forest is not None) == fits
    if forest is not None:
        assert np.array_equal(forest.raw(x), np.asarray(booster.predict(x, raw_score=True, num_threads=1)))


def test_a_forest_with_categories_is_left_to_its_maker() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 6, (600, 2)).astype(float)
    y = (np.isin(x[:, 0], (1, 4)) ^ (rng.random(600) < 0.1)).astype(float)
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_per_group": 5}
    booster = lightgbm.train(settings, lightgbm.Dataset(x, y, categorical_feature=[0]), 5)
    assert compile_forest(booster.model_to_string()) is None


def test_contributions_are_exact(model: Model, rows: list[tuple[float, ...]]) -> None:
    for row in rows[:40]:
        assert math.isclose(sum(model.trees.contributions(row)), model.trees.raw(row), abs_tol=1e-9)


def test_threads_share_a_model(model: Model, rows: list[tuple[float, ...]]) -> None:
    expected = [model.trees.raw(row) for row in rows]
    wrong: list[int] = []

    def ask() -> None:
        wrong.extend(n for n, row in enumerate(rows) if model.trees.raw(row) != expected[n])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_average_of_forests_scores_their_mean(model: Model) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    y = (x[:, 0] + rng.normal(size=400) > 0).astype(float)
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "bagging_fraction": 0.5, "bagging_freq": 1}
    texts = [
        lightgbm.train(settings | {"seed": seed}, lightgbm.Dataset(x, y), 5).model_to_string() for seed in (1, 2, 3)
    ]
    each = [lightgbm.Booster(model_str=text).predict(x, raw_score=True) for text in texts]
    whole = lightgbm.Booster(model_str=average(texts)).predict(x, raw_score=True)
    assert np.allclose(whole, np.mean(each, axis=0), atol=1e-12)
    assert Trees(average(texts)).rounds == 15


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TreesError):
        Trees("nothing")
