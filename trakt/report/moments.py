"""Times of manifests."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """A time of a manifest, in UTC; one that says no zone is."""
    told = datetime.fromisoformat(text)
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)


def clock(at: datetime) -> str:
    """`2026-02-05 09:30:00 UTC`."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
