"""Labels beside points, none over another: each where there is room, with a line to a point that is far."""

from collections.abc import Sequence
from itertools import product

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

DISTANCES = (9, 16, 25, 36, 50, 66, 84, 104, 130, 160)  # points of typography
DIRECTIONS = ((1, 0.35), (-1, 0.35), (1, -0.6), (-1, -0.6), (0, 1), (0, -1), (0.6, 1), (-0.6, 1), (0.6, -1), (-0.6, -1))
NEAR = 16


def place(axes: Axes, points: Sequence[tuple[float, float]], names: Sequence[str], *, size: float = 7.5) -> None:
    """Name each of `points`, in data coordinates. Call it when limits and scales are set."""
    figure = axes.figure
    figure.canvas.draw()
    scale = figure.dpi / 72
    taken = [Bbox.from_bounds(x - 5 * scale, y - 5 * scale, 10 * scale, 10 * scale) for x, y in _shown(axes, points)]
    inside = axes.get_window_extent()
    for (point, name), own in zip(zip(points, names, strict=True), list(taken), strict=True):
        others = [box for box in taken if box is not own]
        best = None
        for distance, (right, up) in product(DISTANCES, DIRECTIONS):
            label = axes.annotate(
                name,
                point,
                xytext=(right * distance, up * distance),
                textcoords="offset points",
                fontsize=size,
                ha={1: "left", -1: "right"}.get((right > 0.1) - (right < -0.1), "center"),
                va="center",
                arrowprops={"arrowstyle": "-", "color": "grey", "lw": 0.6, "shrinkB": 3} if distance > NEAR else None,
            )
            label.get_window_extent()  # moves it to its place
            box = Text.get_window_extent(label)  # without its line
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if fits and not any(box.overlaps(other) for other in others):
                best = box
                break
            label.remove()
        if best is None:  # no room at all: better over another than not at all
            axes.annotate(name, point, xytext=(9, 3), textcoords="offset points", fontsize=size)
        else:
            taken.append(best)


def _shown(axes: Axes, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [tuple(axes.transData.transform(point)) for point in points]
