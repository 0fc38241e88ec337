# SPDX-License-Identifier: Apache-2.0
"""Which prohibitions and which share clause speak about a cell: a role of the recipient, a source,
a purpose and a field. Design: agreements, section 9, "Governing clause"."""


def names_role(pattern, recipient, role):
    """How near a `to` item comes: 2 the role, 1 its agency, 0 any, None another."""
    if pattern == f"{recipient}/{role}":
        return 2
    if pattern in (f"{recipient}/*", recipient):
        return 1
    return 0 if pattern == "any" else None


def names_party(pattern, party):
    if pattern == party:
        return 1
    return 0 if pattern == "any" else None


def names_field(pattern, field):
    if pattern == field:
        return 1
    return 0 if pattern == field.split(".")[0] + ".*" else None


def nearest(patterns, measure, *target):
    """The best of a list of items, None where none fits."""
    best = None
    for one in patterns:
        near = measure(one, *target)
        if near is not None and (best is None or near > best):
            best = near
    return best


def never_matches(agreement, never, recipient, role, source, purpose, field):
    return (nearest(never.recipients, names_role, recipient, role) is not None
            and nearest(never.data, names_field, field) is not None
            and (not never.sources or nearest(never.sources, names_party, source) is not None)
            and (not never.purposes or agreement.purpose_covered(never.purposes, purpose)))


def specificity(agreement, share, recipient, role, source, purpose, field):
    """(data, recipient, purpose, source), more is nearer; None where the clause does not match."""
    data = nearest(share.data, names_field, field)
    if data is None:
        return None
    to = nearest(share.recipients, names_role, recipient, role)
    origin = nearest(share.sources, names_party, source)
    steps = [steps for steps in (agreement.purpose_distance(one, purpose) for one in share.purposes)
             if steps is not None]
    if to is None or origin is None or not steps:
        return None
    return (data, to, -min(steps), origin)


def work_out(agreement, cell):
    shares = []
    for share in agreement.shares:
        rank = specificity(agreement, share, *cell)
        if rank is not None:
            shares.append((rank, share))
    best = max(shares, key=lambda one: one[0], default=(None, None))
    ties = [share for rank, share in shares if rank == best[0] and share is not best[1]]
    return {
        "floor": [one for one in agreement.floor if never_matches(agreement, one, *cell)],
        "nevers": [one for one in agreement.nevers if never_matches(agreement, one, *cell)],
        "share": best[1],
        "rank": best[0],
        "ties": ties,
    }


def cell_of(agreement, recipient, role, source, purpose, field):
    """What speaks about the cell. Worked out once and kept with the agreement."""
    cell = (recipient, role, source, purpose, field)
    if cell not in agreement.found:
        agreement.found[cell] = work_out(agreement, cell)
    return agreement.found[cell]


def treatment_of(share, field):
    """The treatment a clause gives a field: its own name goes before `category.*`."""
    return share.data.get(field) or share.data[field.split(".")[0] + ".*"]
