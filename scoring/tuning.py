"""Looks for a better recipe within a budget of trials, on folds of its own, the same search for the same seed."""

import time
from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import optuna

from scoring.design import Design
from scoring.growing import Recipe, dataset, folds

MOST_ROUNDS = 2_000
PATIENCE = 60


def search(
    design: Design,
    groups: np.ndarray,
    trials: int,
    seed: int,
    *,
    threads: int = 1,
    seconds: float | None = None,
    step: Callable[[float], None] | None = None,
) -> Recipe:
    """The best of `trials` recipes by mean log loss over five folds with early stopping.

    The folds are drawn with another seed than those that the figures are measured on. `seconds` ends the search early,
    and with it the promise of the same model for the same seed.
    """
    fold = folds(design.bad, groups, 5, seed + 1)
    began = time.monotonic()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="minimize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial(_START)
    recipes: dict[int, Recipe] = {}

    def objective(trial: optuna.Trial) -> float:
        recipe = _draw(trial, len(design.bad))
        loss, rounds = _try(design, fold, recipe, seed, threads)
        recipes[trial.number] = replace(recipe, rounds=rounds)
        if step is not None:
            step(loss)
        if seconds is not None and time.monotonic() - began > seconds:
            study.stop()
        return loss

    study.optimize(objective, n_trials=trials)
    return recipes[study.best_trial.number]


_START = {
    "num_leaves": 8,
    "leaf_share": 0.004,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "lambda_l2": 10.0,
}


def _draw(trial: optuna.Trial, rows: int) -> Recipe:
    share = trial.suggest_float("leaf_share", 0.001, 0.03, log=True)
    return Recipe(
        learning_rate=0.06,
        num_leaves=trial.suggest_int("num_leaves", 3, 31, log=True),
        min_data_in_leaf=max(10, round(share * rows)),
        feature_fraction=round(trial.suggest_float("feature_fraction", 0.1, 1.0), 3),
        bagging_fraction=round(trial.suggest_float("bagging_fraction", 0.5, 0.95), 3),
        lambda_l2=round(trial.suggest_float("lambda_l2", 0.1, 100.0, log=True), 3),
    )


def _try(design: Design, fold: np.ndarray, recipe: Recipe, seed: int, threads: int) -> tuple[float, int]:
    whole = dataset(design, recipe, threads)
    losses, rounds = [], []
    for number in np.unique(fold):
        inside, outside = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        stop = lgb.early_stopping(PATIENCE, verbose=False)
        booster = lgb.train(
            recipe.parameters(design.inputs, seed, threads),
            whole.subset(inside.tolist()),
            MOST_ROUNDS,
            valid_sets=[whole.subset(outside.tolist())],
            callbacks=[stop],
        )
        losses.append(float(booster.best_score["valid_0"]["binary_logloss"]))
        rounds.append(booster.best_iteration)
    return float(np.mean(losses)), max(10, round(float(np.mean(rounds)) * 1.1))
