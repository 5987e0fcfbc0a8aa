"""What a credit model is compared with: each takes rows and outcomes and gives what scores other rows."""

from collections.abc import Callable
from typing import TypeAlias

import catboost
import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import xgboost
from optbinning import BinningProcess
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

Floats: TypeAlias = npt.NDArray[np.float64]
Fitted: TypeAlias = Callable[[Floats], Floats]
Peer: TypeAlias = Callable[[Floats, Floats], Fitted]


def _lightgbm(x: Floats, bad: Floats) -> Fitted:
    model = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 1}, lgb.Dataset(x, bad))
    return lambda rows: np.asarray(model.predict(rows))


def _xgboost(x: Floats, bad: Floats) -> Fitted:
    model = xgboost.XGBClassifier(n_jobs=1, random_state=1).fit(x, bad)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float64)


def _catboost(x: Floats, bad: Floats) -> Fitted:
    model = catboost.CatBoostClassifier(thread_count=1, random_seed=1, verbose=False, allow_writing_files=False)
    model.fit(x, bad)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1])


def _scorecard(x: Floats, bad: Floats) -> Fitted:
    names = [f"x{place}" for place in range(x.shape[1])]
    model = make_pipeline(BinningProcess(names), LogisticRegression(max_iter=1_000)).fit(x, bad)
    return lambda rows: np.asarray(model.predict_proba(rows)[:, 1])


PEERS: dict[str, Peer] = {
    "LightGBM, defaults": _lightgbm,
    "XGBoost, defaults": _xgboost,
    "CatBoost, defaults": _catboost,
    "optbinning WOE scorecard": _scorecard,
}
