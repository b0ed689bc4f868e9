"""How long ago something was looked at. Dates are YYYY-MM-DD."""

from typing import Final

LONGEST: Final = 12  # months; our own choice: whom to call and how changes with contracts, which run for a year


def months(on: str, today: str) -> int:
    """The whole months from `on` to `today`; below 0 where `on` has not come yet."""
    (year, month, day), (this_year, this_month, this_day) = (map(int, d.split("-")) for d in (on, today))
    return (this_year - year) * 12 + this_month - month - (this_day < day)


def aged(on: str, today: str) -> bool:
    """Whether `on` is `LONGEST` months ago or more."""
    return months(on, today) >= LONGEST
