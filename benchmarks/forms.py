"""The form of each model of the catalogue, and of a schema with forty fields: time and bytes."""

from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.pages import run_inside

MOST_MS = 10.0


def measure(folder: Path) -> list[Figure]:
    """Build and draw each form, over and over in one process."""
    run = run_inside(folder / "forms", "forms")
    figures = [
        Figure(
            look["name"],
            look["median_ms"],
            "ms",
            MOST_MS,
            note=f"slowest depth {look['slowest_ms']:.1f}, processor {look['cpu_ms']:.1f} ms · {look['of']} fields · "
            f"{look['bytes'] / 1000:.1f} kB, {look['compressed'] / 1000:.1f} compressed",
        )
        for look in run["forms"]
    ]
    naive = run["naive"]
    ours = next(look for look in run["forms"] if look["name"] == "forty fields")
    note = f"plain Django, no groups, no Advanced; ours takes {ours['median_ms'] / naive['median_ms']:.1f} × that"
    return [*figures, Figure("naive: forty fields by as_div", naive["median_ms"], "ms", note=note)]
