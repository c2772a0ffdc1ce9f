"""Deliveries of a made-up client over some weeks, for the example `quality_and_join`: what clients do, they do.

Of ten batches one lacks a column, one has a new one, one is far too small, and more and more rows are not as agreed.
"""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

from trakt import LocalRunner, TraktError, load_pipeline_from_yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "quality_and_join"
FIRST = date(2026, 1, 5)
BATCHES = tuple(str(FIRST + timedelta(weeks=week)) for week in range(10))
LACKS_A_COLUMN, HAS_A_NEW_ONE, IS_SMALL = 6, 4, 8


def run_all(folder: Path) -> list[Path]:
    """Run every batch below `folder`; the manifests, that of the run that failed among them."""
    project = folder / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("input", "outputs", "__pycache__"))
    file = project / "pipeline.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("  orders:\n", "  orders:\n    on_bad_rows: quarantine\n", 1), "utf-8")
    pipeline = load_pipeline_from_yaml(file)
    for week, batch in enumerate(BATCHES):
        _deliver(project / "input" / batch, week)
        runner = LocalRunner(input_dir=str(project / "input" / batch), output_dir=str(project / "clean" / "{batch_id}"))
        try:
            runner.run(pipeline, client_id="acme", batch_id=batch)
        except TraktError:
            if week != LACKS_A_COLUMN:
                raise
    return sorted(project.glob("clean/*/manifest.json"))


def _deliver(folder: Path, week: int) -> None:
    dice = random.Random(week)
    customers = [f"C{number:04}" for number in range(1, 401)]
    _write(folder / "customers.csv", ["customer_id,name,zip", *(f"{each},Name {each},{dice.randrange(99999):05}" for each in customers)])  # fmt: skip
    for day in range(5):
        at = FIRST + timedelta(weeks=week, days=day)
        many = dice.randint(170, 230) + 9 * week
        if week == IS_SMALL:
            many //= 3
        names = ["OrderNo", "CustNo", "Amount", "State", "ChangedAt"]
        names += ["Memo"] if week >= HAS_A_NEW_ONE else []
        rows = [_order(dice, week, at, number, customers, names) for number in range(many)]
        if week == LACKS_A_COLUMN:
            names = [name for name in names if name != "Amount"]
            rows = [[*row[:2], *row[3:]] for row in rows]
        _write(folder / "orders" / f"{at}.csv", [";".join(row) for row in [names, *rows]])


def _order(dice: random.Random, week: int, at: date, number: int, customers: list[str], names: list[str]) -> list[str]:
    row = {
        "OrderNo": f"{week:02}{at.day:02}{number:05}",
        "CustNo": "" if dice.random() < 0.004 * week else dice.choice(customers),
        "Amount": f"{dice.randrange(100, 90_000) / 100:.2f}".replace(".", ","),
        "State": dice.choice(["open", "open", "open", "paid", "cancelled"]),
        "ChangedAt": f"{at}T{dice.randrange(24):02}:{dice.randrange(60):02}:00",
        "Memo": dice.choice(["", "", "gift", "call first"]),
    }
    if dice.random() < 0.002 * (week + 1):
        row["Amount"] = dice.choice(["n/a", "on request"])
    values = [row[name] for name in names]
    if dice.random() < 0.002 * (week + 1):
        values.insert(2, "x")
    return values


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
