# SPDX-License-Identifier: Apache-2.0
"""People who do not exist: NHS numbers of the 999 range, telephones and postcodes that reach
nobody, family names that begin with EXAMPLE or SAMPLE. The same number gives the same person."""
import dataclasses
import random

GIVEN = ["ADA", "BENEDICT", "CLARA", "DUNSTAN", "EDITH", "FERGUS", "GRETA", "HORACE", "IRIS",
         "JASPER", "KEZIA", "LIONEL", "MABEL", "NORBERT", "OLIVE", "PERCY"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
POSTCODE_OUT = ["M16", "M31", "M32", "M33", "M41", "WA14", "WA15"]
# Letters that no inward part of a real postcode has.
POSTCODE_IN = "CIKMOV"


def nhs_number(serial):
    """The serial-th number of the 999 range that has a check digit (modulus 11)."""
    found = -1
    body = 999000000 - 1
    while found < serial:
        body += 1
        digits = [int(c) for c in str(body)]
        rest = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1))) % 11
        if rest != 10:
            found += 1
    return f"{body}{0 if rest == 11 else rest}"


@dataclasses.dataclass
class Person:
    serial: int
    given: str
    family: str
    born: str
    postcode: str
    nhs: str
    phone: str
    address: str


def person(serial, seed=7):
    """A person whose names nobody else of the same seed has."""
    draw = random.Random(f"{seed} {serial}")
    tail = "".join(draw.choice(LETTERS) for _ in range(7))
    postcode = (draw.choice(POSTCODE_OUT) + f" {draw.randrange(1, 10)}"
                + draw.choice(POSTCODE_IN) + draw.choice(POSTCODE_IN))
    return Person(
        serial=serial, given=draw.choice(GIVEN).title() + tail[:3],
        family=draw.choice(["Example", "Sample"]) + tail,
        born=f"{draw.randrange(1950, 2018)}-{draw.randrange(1, 13):02}-{draw.randrange(2, 29):02}",
        postcode=postcode, nhs=nhs_number(serial), phone=f"07700 900{serial % 1000:03}",
        address=f"{draw.randrange(1, 99)} Invented{tail.title()} Street")
