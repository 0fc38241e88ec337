# SPDX-License-Identifier: Apache-2.0
"""The state of the person's consent for one field. Design: agreements, section 13, "Rules"."""

AGAINST = ("refused", "withdrawn")


def recorder_counts(share, request, consent):
    """A yes counts if the right party recorded it; a no counts whoever did."""
    if consent.state != "given" or not share.recorder:
        return True
    if share.recorder == "source":
        return consent.recorded_by == request.source
    if share.recorder == "either":
        return consent.recorded_by in (request.source, request.recipient)
    return consent.recorded_by not in ("", request.recipient)


def kinds_that_count(agreement, share, request):
    """A basis of consent stands on the lawful basis alone; else `consent is` says which kind a
    clause means. One whose kind is not stated fits every clause; an objection is no consent."""
    basis = agreement.bases.get(request.basis)
    if basis is not None and basis.kind == "consent":
        return ("", "lawful basis")
    if share.consent_is:
        return ("", share.consent_is)
    return ("", "lawful basis", "confidentiality", "service")


def in_scope(agreement, share, request, category, consent):
    purposes, purpose = consent.purposes, request.purpose
    return ((not consent.sources or request.source in consent.sources)
            and (not purposes or agreement.purpose_covered(purposes, purpose))
            and (not consent.categories or category in consent.categories)
            and (not consent.recipients or request.recipient in consent.recipients)
            and recorder_counts(share, request, consent))


def age_key(consent):
    """Newest last; of two of one moment the no counts as the newer."""
    return (consent.index, consent.recorded_ms, consent.state != "given")


def newest_of(kinds, agreement, share, request, category):
    """The newest fact of these kinds whose scope takes this question in, or None."""
    scoped = [one for one in request.consents
              if one.kind in kinds and in_scope(agreement, share, request, category, one)]
    return max(scoped, key=age_key, default=None)


def objects(agreement, share, request, category):
    """Whether an objection (Article 21) stands: a fact of its own, lifted by a withdrawal."""
    newest = newest_of(("objection",), agreement, share, request, category)
    return newest is not None and newest.state == "refused"


def finding_of(kinds, agreement, share, request, category, today):
    """(state, fact): none, out of scope, expired, refused, withdrawn, plain or explicit, by the
    newest of these kinds in scope. Its dates bound a yes only: a no stands until somebody records a
    yes."""
    newest = newest_of(kinds, agreement, share, request, category)
    if newest is None:
        given = any(one.state == "given" for one in request.consents if one.kind in kinds)
        return ("out of scope" if given else "none"), None
    if newest.state in AGAINST:
        return newest.state, newest
    if newest.start and newest.start > today:
        return "out of scope", newest
    if newest.until and newest.until < today:
        return "expired", newest
    return ("explicit" if newest.explicit else "plain"), newest


def state_of(agreement, share, request, category, today):
    """The same of the kinds that the clause is about."""
    kinds = kinds_that_count(agreement, share, request)
    return finding_of(kinds, agreement, share, request, category, today)[0]
