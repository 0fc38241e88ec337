# SPDX-License-Identifier: Apache-2.0
"""Local days and opening hours. The time zone comes from the system's own tables."""

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAY = 24 * 60
WEEK = 7 * DAY
UNIT_MINUTES = {"minute": 1, "hour": 60, "day": DAY, "week": WEEK}


def local(zone, at_s):
    """The wall clock of the zone at a moment of UTC."""
    return datetime.datetime.fromtimestamp(at_s, ZoneInfo(zone))


def minutes_of(text):
    """`4 hours`, `1 day`, `30 minutes` in minutes."""
    count, unit = text.split()
    return int(count) * UNIT_MINUTES[unit.rstrip("s")]


def days_of(text):
    return minutes_of(text) // DAY


@lru_cache(maxsize=None)
def bank_holidays(year):
    """England and Wales, by rule, with the substitute days and the proclaimed ones since 2020."""
    date, day = datetime.date, datetime.timedelta(days=1)
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, rest = divmod(h + k - 7 * m + 114, 31)
    easter = date(year, month, rest + 1)

    def monday_on_or_after(first):
        return first + day * (-first.weekday() % 7)

    new_year = date(year, 1, 1)
    found = {easter - 2 * day, easter + day}
    found.add(monday_on_or_after(new_year) if new_year.weekday() > 4 else new_year)
    found.add(monday_on_or_after(date(year, 5, 1)))
    found.add(monday_on_or_after(date(year, 5, 25)))
    found.add(monday_on_or_after(date(year, 8, 25)))
    christmas, boxing = date(year, 12, 25), date(year, 12, 26)
    free = [one for one in (christmas, boxing) if one.weekday() < 5]
    later = date(year, 12, 27)
    while len(free) < 2:
        if later.weekday() < 5:
            free.append(later)
        later += day
    return frozenset(found | set(free))


@dataclass(frozen=True)
class Hours:
    """Ranges of minutes of the week, the start included and the end not; and closed days."""

    ranges: tuple
    closed: tuple
    bank_holidays_closed: bool

    def is_open(self, moment):
        day = moment.date()
        if day.isoformat() in self.closed:
            return False
        if self.bank_holidays_closed and day in bank_holidays(day.year):
            return False
        minute = day.weekday() * DAY + moment.hour * 60 + moment.minute
        return any(start <= minute < end or start <= minute + WEEK < end
                   for start, end in self.ranges)


def days_named(text):
    """`every day`, `weekdays`, `monday to wednesday, friday`: indexes of days."""
    found = []
    for item in re.split(r"\s*,\s*", text.strip()):
        if item == "every day":
            found += range(7)
        elif item == "weekdays":
            found += range(5)
        elif item == "weekends":
            found += range(5, 7)
        elif " to " in item:
            first, last = (DAYS.index(one) for one in item.split(" to "))
            found += [(first + i) % 7 for i in range((last - first) % 7 + 1)]
        else:
            found.append(DAYS.index(item))
    return found


def clock_minutes(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def hours_of(open_text, closed_items):
    """A range that ends before it starts passes midnight: it belongs to the day it starts on."""
    ranges = []
    for part in re.split(r"\s+and\s+", open_text.strip()):
        start, end, days = re.fullmatch(r"(\S+) to (\S+) on (.*)", part).groups()
        first, last = clock_minutes(start), clock_minutes(end)
        if last <= first:
            last += DAY
        ranges += [(d * DAY + first, d * DAY + last) for d in days_named(days)]
    closed = tuple(one for one in closed_items if one != "bank holidays")
    return Hours(tuple(ranges), closed, "bank holidays" in closed_items)
