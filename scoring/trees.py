"""LightGBM's trees through its C interface, which answers for one row without the cost of the Python one.

`Booster.predict` spends most of its time on a single row on checking and wrapping; the single-row functions of the C
interface prepare once. They walk the same trees in the same order, so the sums are equal bit for bit.
"""

import ctypes
import weakref
from pathlib import Path

import lightgbm
import numpy as np
import numpy.typing as npt

_RAW, _CONTRIBUTIONS, _DOUBLE = 1, 3, 1
_ALL = -1

Floats = npt.NDArray[np.float64]


class TreesError(ValueError):
    """The text is not a model that LightGBM reads, or not one of a single outcome."""


def _library() -> ctypes.CDLL:
    folder = Path(lightgbm.__file__).parent
    found = sorted([*folder.glob("lib/lib_lightgbm.*"), *folder.glob("bin/lib_lightgbm.*")])
    library = ctypes.CDLL(str(found[0]))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    library.LGBM_BoosterPredictForMatSingleRowFast.argtypes = [ctypes.c_void_p] * 4
    return library


_LIBRARY = _library()


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBRARY, name)(*arguments):
        raise TreesError(_LIBRARY.LGBM_GetLastError().decode(errors="replace"))


class Trees:
    """A model held by the library. Safe to share between threads: every call brings its own buffers."""

    def __init__(self, text: str) -> None:
        handle, rounds = ctypes.c_void_p(), ctypes.c_int()
        _call("LGBM_BoosterLoadModelFromString", text.encode(), ctypes.byref(rounds), ctypes.byref(handle))
        weakref.finalize(self, _LIBRARY.LGBM_BoosterFree, handle)
        self._handle = handle
        width, classes = ctypes.c_int(), ctypes.c_int()
        _call("LGBM_BoosterGetNumFeature", handle, ctypes.byref(width))
        _call("LGBM_BoosterGetNumClasses", handle, ctypes.byref(classes))
        if classes.value != 1:
            raise TreesError("the model is not one of a single outcome")
        self.width, self.rounds = width.value, rounds.value
        self._raw = self._prepare(_RAW)
        self._contributions = self._prepare(_CONTRIBUTIONS)
        self._row = ctypes.c_double * self.width
        self._parts = ctypes.c_double * (self.width + 1)

    def raw(self, values: tuple[float, ...]) -> float:
        """Log-odds of one row, `width` values long."""
        out, length = ctypes.c_double(), ctypes.c_int64()
        _LIBRARY.LGBM_BoosterPredictForMatSingleRowFast(
            self._raw, self._row(*values), ctypes.byref(length), ctypes.byref(out)
        )
        return out.value

    def contributions(self, values: tuple[float, ...]) -> list[float]:
        """Exact TreeSHAP in log-odds, one a feature, and the base last; they add up to `raw`."""
        out, length = self._parts(), ctypes.c_int64()
        _LIBRARY.LGBM_BoosterPredictForMatSingleRowFast(
            self._contributions, self._row(*values), ctypes.byref(length), ctypes.byref(out)
        )
        return list(out)

    def _prepare(self, kind: int) -> ctypes.c_void_p:
        ready = ctypes.c_void_p()
        _call(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._handle,
            kind,
            0,
            _ALL,
            _DOUBLE,
            ctypes.c_int32(self.width),
            b"num_threads=1 verbosity=-1",
            ctypes.byref(ready),
        )
        weakref.finalize(self, _LIBRARY.LGBM_FastConfigFree, ready)
        return ready
