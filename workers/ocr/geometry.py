"""The sheet in the photo: its four corners, the perspective taken out, the light made even.

A sheet's side is a straight step in colour: what lies within differs from what lies without, all along it. A ruled
line inside a form is as straight but has the same paper on both sides. So straight segments are joined to lines, every
line is measured for that step along its whole length, and of all quadrilaterals made of two lines one way and two the
other the largest whose four sides are steps is the sheet. The picture's own border may stand in for a side that lies
outside it. When nothing is convincing there is no sheet, and nothing is rectified: done wrongly it would do harm.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ocr.images import LONG_SIDE, Pixels, shrink_to

Floats = NDArray[np.float64]

# Calibrated on the samples of e2e/bench/documents; lengths are pixels of the picture searched, colours grey levels.
_LOOK_AT = 640
_SEGMENT = 18.0
_COLLINEAR, _PARALLEL = 2.5, np.sin(np.radians(4))
_LINES_A_WAY, _LONGEST = 14, 40
_STEP_AT, _STEP = 4.0, 8.0
_BORDER_SUPPORT, _BORDER_LESS = 0.8, 0.8
_WEAKEST_SIDE, _ALL_SIDES = 0.5, 0.75
_MIN_AREA, _MAX_AREA = 0.12, 0.985
_WITHIN, _NARROW_STRIP, _SAME_PAPER = 10.0, 0.12, 14
_WIDEST_ANGLE = np.cos(np.radians(60))

_MARGIN = 0.012
_FORMATS = (85.6 / 54, 2**0.5)
_FORMAT_WITHIN = 0.035
# Focal length of a phone's main camera, in long sides of its picture: 24 to 28 mm on a frame of 36 mm.
_FOCAL = 0.75

_LIGHT_AT = 200
_UNEVEN = 1.18
_PAPER = 235.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """`corners` is 4 × 2, clockwise from the upper left, in pixels of the photo; `whole` unless a side is out of it."""

    corners: Floats
    whole: bool


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines one way: `normals · point = offsets`; `steps[i]` sums up, from `starts[i]` on, where line i is a step."""

    normals: Floats
    offsets: Floats
    starts: Floats
    steps: list[Floats]
    border: NDArray[np.bool_]

    def sums(self, points: Floats) -> tuple[Floats, Floats]:
        """For points on each line (lines × points × 2) how far along they lie, and the steps up to there."""
        along = np.stack([-self.normals[:, 1], self.normals[:, 0]], axis=1)
        way = np.einsum("ijk,ik->ij", points - self.starts[:, None], along)
        places = way.round().astype(int)
        sums = [steps[at.clip(0, len(steps) - 1)] for steps, at in zip(self.steps, places, strict=True)]
        return way, np.array(sums)


def find_sheet(photo: Pixels) -> Sheet | None:
    """None when no side, or not enough of them, can be told from what lies around."""
    small = shrink_to(photo, _LOOK_AT)
    scale = small.shape[1] / photo.shape[1]
    segments = _segments(small)
    if len(segments) < 4:
        return None
    ways = _two_ways(segments, small)
    if ways is None:
        return None
    found = _best(*ways, small.shape[1], small.shape[0])
    if found is None:
        return None
    quad, border = found
    corners = _refined(photo, quad / scale, border, 3.0 / scale)
    return Sheet(corners, not any(border) and not _goes_on(small, quad))


def rectify(photo: Pixels, sheet: Sheet) -> Pixels:
    """The sheet alone, at its proportions and at the photo's own resolution, with a small margin around it."""
    width, height = _size(sheet.corners, photo.shape[1], photo.shape[0])
    scale = min(1.0, LONG_SIDE / (max(width, height) * (1 + 2 * _MARGIN)))
    width, height = width * scale, height * scale
    margin = _MARGIN * max(width, height)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]]) + margin
    matrix = cv2.getPerspectiveTransform(sheet.corners.astype(np.float32), target.astype(np.float32))
    size = (round(width + 2 * margin), round(height + 2 * margin))
    flat = cv2.warpPerspective(photo, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, np.uint8)


def even_light(page: Pixels) -> Pixels:
    """The page with a shadow or a falling light taken out; the same page when its light is even.

    The paper's brightness is estimated over patches much larger than text, one factor for all three colours so that
    a tinted card stays tinted; nothing is made darker.
    """
    grey = cv2.cvtColor(shrink_to(page, _LIGHT_AT), cv2.COLOR_BGR2GRAY)
    # Closing takes the text away; the median ignores a portrait or an emblem that closing leaves.
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    paper = cv2.GaussianBlur(cv2.medianBlur(paper, 31), (0, 0), 8).astype(np.float32)
    low, high = np.percentile(paper, (5, 80))
    if high < _UNEVEN * low:
        return page
    factor = np.clip(high / np.maximum(paper, 1), 1.0, 3.0).astype(np.float32)
    factor = cv2.resize(factor, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(page, cv2.merge([factor] * 3), dtype=cv2.CV_8U), np.uint8)


def _segments(small: Pixels) -> Floats:
    """Straight segments, n × 2 × 2, of the brightness and, where they say more, of the colours."""
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE)
    found = detector.detect(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY))[0]
    if found is None:
        return np.empty((0, 2, 2))
    segments = np.asarray(found, np.float64).reshape(-1, 2, 2)
    return np.asarray(segments[np.hypot(*(segments[:, 1] - segments[:, 0]).T) > _SEGMENT])


def _two_ways(segments: Floats, small: Pixels) -> tuple[_Lines, _Lines] | None:
    """The lines along and across the direction most segments take."""
    runs = segments[:, 1] - segments[:, 0]
    lengths = np.hypot(*runs.T)
    # Four times the angle is the same for all four directions of a rectangle.
    angles = np.arctan2(runs[:, 1], runs[:, 0])
    main = np.angle(np.sum(lengths * np.exp(4j * angles))) / 4
    colours = cv2.blur(small, (3, 3)).astype(np.int16)
    ways = []
    for turn in (0.0, np.pi / 2):
        off = np.abs((angles - main - turn + np.pi / 2) % np.pi - np.pi / 2)
        near = off < np.radians(32)
        if not near.any():
            return None
        ways.append(_lines(segments[near], lengths[near], main + turn, colours))
    return ways[0], ways[1]


def _lines(segments: Floats, lengths: Floats, direction: float, colours: NDArray[np.int16]) -> _Lines:
    """The lines with the most steps, each fitted to the segments that continue one another; then the borders."""
    normals, offsets = [], []
    left = np.ones(len(segments), bool)
    runs = segments[:, 1] - segments[:, 0]
    for index in np.argsort(-lengths)[:_LONGEST]:
        if not left[index]:
            continue
        same = np.arange(len(segments)) == index
        normal, offset = _fit(segments[index])
        for _ in range(2):
            distance = np.abs(segments @ normal - offset).max(axis=1)
            skew = np.abs(runs @ normal) / lengths
            same = left & (distance < _COLLINEAR) & (skew < _PARALLEL)
            if same.sum() > 1:
                normal, offset = _fit(segments[same].reshape(-1, 2))
        left &= ~same
        left[index] = False
        normals.append(normal)
        offsets.append(offset)
    height, width = colours.shape[:2]
    tracks = [_track(n, o, colours) for n, o in zip(normals, offsets, strict=True)]
    kept = sorted(range(len(tracks)), key=lambda i: -tracks[i][1][-1])[:_LINES_A_WAY]
    borders = _borders(direction, width, height)
    return _Lines(
        np.array([normals[i] for i in kept] + [normal for normal, _, _ in borders]),
        np.array([offsets[i] for i in kept] + [offset for _, offset, _ in borders]),
        np.array([tracks[i][0] for i in kept] + [np.zeros(2)] * len(borders)),
        [tracks[i][1] for i in kept] + [steps for _, _, steps in borders],
        np.array([False] * len(kept) + [True] * len(borders)),
    )


def _fit(points: Floats) -> tuple[Floats, float]:
    """The line with the least squares of distances: across the main axis of the points' scatter."""
    middle = points.mean(axis=0)
    x, y = (points - middle).T
    turn = 0.5 * np.arctan2(2 * (x @ y), x @ x - y @ y)
    normal = np.array([-np.sin(turn), np.cos(turn)])
    return normal, float(normal @ middle)


def _track(normal: Floats, offset: float, colours: NDArray[np.int16]) -> tuple[Floats, Floats]:
    """Where the line enters the picture, and the running count of the places where it is a step."""
    height, width = colours.shape[:2]
    along = np.array([-normal[1], normal[0]])
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = (np.array([[0, width - 1], [0, height - 1]]) - (normal * offset)[:, None]) / along[:, None]
    first, last = np.nanmax(ends.min(axis=1)), np.nanmin(ends.max(axis=1))
    start = normal * offset + along * first
    points = start + along * np.arange(max(int(last - first), 1))[:, None]
    sides = []
    for sign in (-1, 1):
        x, y = (points + sign * _STEP_AT * normal).round().astype(int).T
        sides.append(colours[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)])
    step = np.abs(sides[0] - sides[1]).max(axis=1) > _STEP
    return start, np.concatenate([[0.0], np.cumsum(step, dtype=np.float64)])


def _borders(direction: float, width: int, height: int) -> list[tuple[Floats, float, Floats]]:
    """The two borders of the picture that run about this way; they count as steps by a fixed share."""
    steps = _BORDER_SUPPORT * np.arange(max(width, height) + 1, dtype=np.float64)
    normal: Floats
    if abs(np.cos(direction)) > abs(np.sin(direction)):
        normal, far = np.array([0.0, -1.0]), 1.0 - height
    else:
        normal, far = np.array([1.0, 0.0]), width - 1.0
    return [(normal, 0.0, steps), (normal, far, steps)]


def _best(rows: _Lines, columns: _Lines, width: int, height: int) -> tuple[Floats, list[bool]] | None:
    """The quadrilateral and which of its sides are the picture's border, from the corner of a row with a column on."""
    n, m = len(rows.offsets), len(columns.offsets)
    meets = _meets(rows, columns)
    a, b = np.triu_indices(n, 1)
    c, d = np.triu_indices(m, 1)
    a, b = np.repeat(a, len(c)), np.repeat(b, len(c))
    c, d = np.tile(c, n * (n - 1) // 2), np.tile(d, n * (n - 1) // 2)
    quads = np.stack([meets[a, c], meets[a, d], meets[b, d], meets[b, c]], axis=1)
    row_way, row_sum = rows.sums(meets)
    column_way, column_sum = columns.sums(meets.transpose(1, 0, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        supports = np.stack(
            [
                np.abs((row_sum[a, d] - row_sum[a, c]) / (row_way[a, d] - row_way[a, c])),
                np.abs((column_sum[d, b] - column_sum[d, a]) / (column_way[d, b] - column_way[d, a])),
                np.abs((row_sum[b, d] - row_sum[b, c]) / (row_way[b, d] - row_way[b, c])),
                np.abs((column_sum[c, b] - column_sum[c, a]) / (column_way[c, b] - column_way[c, a])),
            ],
            axis=1,
        )
    border = np.stack([rows.border[a], columns.border[d], rows.border[b], columns.border[c]], axis=1)
    areas = np.abs(_areas(quads)) / (width * height)
    good = (areas > _MIN_AREA) & (areas < _MAX_AREA) & _square(quads) & (border.sum(axis=1) <= 2)
    reach = 0.02 * np.array([width, height])
    good &= ((quads > -reach) & (quads < np.array([width, height]) + reach)).all(axis=(1, 2))
    good &= (supports.min(axis=1) > _WEAKEST_SIDE) & (supports.mean(axis=1) > _ALL_SIDES)
    if not good.any():
        return None
    # Two boards' seams from border to border are a likelier sight than a sheet that leaves the picture on both sides.
    across = (border[:, 0] & border[:, 2]) | (border[:, 1] & border[:, 3])
    trust = _BORDER_LESS ** (border.sum(axis=1) + 2 * across)
    score = np.where(good, np.sqrt(areas) * supports.mean(axis=1) ** 2 * trust, 0.0)
    best = int(np.argmax(score))
    return _clockwise(quads[best], list(map(bool, border[best])))


def _meets(rows: _Lines, columns: _Lines) -> Floats:
    """Where every row meets every column, rows × columns × 2."""
    (a, b), (c, d) = rows.normals.T[:, :, None], columns.normals.T[:, None, :]
    determinant = a * d - b * c
    determinant = np.where(np.abs(determinant) < 1e-6, np.nan, determinant)
    p, q = rows.offsets[:, None], columns.offsets[None, :]
    meets = np.stack([(p * d - b * q), (a * q - p * c)], axis=2) / determinant[..., None]
    return np.asarray(np.nan_to_num(meets, nan=-1e6), np.float64)


def _areas(quads: Floats) -> Floats:
    following = np.roll(quads, -1, axis=1)
    return np.asarray((quads[..., 0] * following[..., 1] - quads[..., 1] * following[..., 0]).sum(axis=1) / 2)


def _square(quads: Floats) -> NDArray[np.bool_]:
    """Whether all angles are between 60° and 120° and no side is a sliver."""
    sides = np.roll(quads, -1, axis=1) - quads
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    unit = sides / np.maximum(lengths, 1e-6)[..., None]
    cosines = np.abs((unit * np.roll(unit, -1, axis=1)).sum(axis=2))
    opposite = lengths / np.roll(lengths, 2, axis=1)
    return np.asarray((cosines.max(axis=1) < _WIDEST_ANGLE) & (opposite.max(axis=1) < 1.6))


def _clockwise(quad: Floats, border: list[bool]) -> tuple[Floats, list[bool]]:
    """Corners clockwise from the one nearest the upper left; `border[i]` is the side from corner i to the next."""
    if _areas(quad[None])[0] < 0:
        quad, border = quad[::-1], [border[2], border[1], border[0], border[3]]
    first = int(np.argmin(quad.sum(axis=1)))
    return np.roll(quad, -first, axis=0), border[first:] + border[:first]


def _goes_on(small: Pixels, quad: Floats) -> bool:
    """Whether beyond one of the sides there is the same paper up to the picture's border: then it is no side but a rule
    or a row on a sheet that leaves the picture there.
    """
    size = np.array(small.shape[1::-1])
    colours = cv2.blur(small, (3, 3)).astype(np.int16)
    for a, b in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        along = b - a
        outward = np.array([along[1], -along[0]]) / np.hypot(*along)
        points = np.linspace(0.1, 0.9, 48)[:, None] * along + a
        with np.errstate(divide="ignore"):
            reach = np.where(outward > 0, (size - 2 - points) / outward, (1 - points) / outward).min(axis=1)
        if not 1 < np.median(reach) < _NARROW_STRIP * size.max():
            continue
        steps = (-_WITHIN * np.ones_like(reach), 0.5 * reach, reach)
        x, y = (points + np.stack(steps)[..., None] * outward).round().astype(int).clip(0, size - 1).transpose(2, 0, 1)
        paper, between, border = np.median(colours[y, x], axis=1)
        if np.abs(np.stack([between, border]) - paper).max() < _SAME_PAPER:
            return True
    return False


def _refined(photo: Pixels, quad: Floats, border: list[bool], reach: float) -> Floats:
    """Each side moved to where the photo at full size steps most, by up to `reach` pixels."""
    lines = [
        _border_side(a, b) if on_border else _refined_side(photo, a, b, reach)
        for a, b, on_border in zip(quad, np.roll(quad, -1, axis=0), border, strict=True)
    ]
    corners = [
        np.linalg.solve(np.stack([before[0], after[0]]), np.array([before[1], after[1]]))
        for before, after in zip(np.roll(np.array(lines, object), 1, axis=0), lines, strict=True)
    ]
    refined = np.array(corners)
    return refined if np.abs(refined - quad).max() < 4 * reach else quad


def _border_side(a: Floats, b: Floats) -> tuple[Floats, float]:
    return _fit(np.stack([a, b]))


def _refined_side(photo: Pixels, a: Floats, b: Floats, reach: float) -> tuple[Floats, float]:
    along = b - a
    normal = np.array([-along[1], along[0]]) / np.hypot(*along)
    # Not the ends: a card's corners are round.
    places = np.linspace(0.08, 0.92, 64)[:, None] * along + a
    offsets = np.arange(-reach, reach + 0.5, 0.5)
    grid = (places[:, None] + offsets[None, :, None] * normal).astype(np.float32)
    profile = cv2.remap(photo, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profile = cv2.GaussianBlur(profile.astype(np.float32), (5, 3), 0).reshape(len(places), len(offsets), 3)
    gradient = np.abs(np.diff(profile, axis=1)).sum(axis=2)
    at = offsets[gradient.argmax(axis=1)] + 0.25
    strong = gradient.max(axis=1) >= np.percentile(gradient.max(axis=1), 25)
    points = (places + at[:, None] * normal)[strong].astype(np.float32)
    vx, vy, x, y = cv2.fitLine(points, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
    side = np.array([-vy, vx], np.float64)
    return side, float(side @ np.array([x, y]))


def _size(corners: Floats, photo_width: int, photo_height: int) -> tuple[float, float]:
    """Width and height to rectify to: the longest sides' pixels, in the sheet's true proportions.

    A plane seen by a camera of known focal length: the columns of its homography, freed from the camera, are the
    sheet's axes, and their lengths are its proportions. Those near a card's or an A-format's are taken as exactly that.
    """
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    centre = np.array([photo_width, photo_height]) / 2
    focal = _FOCAL * max(photo_width, photo_height)
    matrix = cv2.getPerspectiveTransform(unit, ((corners - centre) / focal).astype(np.float32))
    aspect = float(np.linalg.norm(matrix[:, 0]) / np.linalg.norm(matrix[:, 1]))
    for proportion in _FORMATS:
        for exact in (proportion, 1 / proportion):
            if abs(aspect / exact - 1) < _FORMAT_WITHIN:
                aspect = exact
    upper, right, lower, left = np.hypot(*(np.roll(corners, -1, axis=0) - corners).T)
    width = max(upper, lower, max(left, right) * aspect)
    return float(width), float(width / aspect)
