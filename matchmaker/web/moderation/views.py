"""The queue of a centre, and the page on which its staff decide about a submission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import BRIDGE, LOCALES, reads
from matchmaker.domain.listing_states import ALIVE
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.references import parse_reference
from matchmaker.domain.vocabulary import ControlClass, ListingKind, RevisionState
from matchmaker.extensions import db
from matchmaker.i18n.audit import history
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Listing, ListingRevision
from matchmaker.queries import moderation as find
from matchmaker.queries.export_control import catalogue_in_force
from matchmaker.queries.organisations import organisation_name
from matchmaker.queries.sectors import sector_names
from matchmaker.queries.translations import centre_name
from matchmaker.services import listings, moderation, organisations, translations
from matchmaker.web import glossing
from matchmaker.web.commit import commit
from matchmaker.web.files import evidence_of
from matchmaker.web.forms import BaseForm, Message, VersionedForm
from matchmaker.web.moderation import presentation
from matchmaker.web.moderation.forms import (
    ChangesForm,
    CloseForm,
    ExportForm,
    PublishForm,
    QueueForm,
    RejectForm,
    WantForm,
    changes_form,
    show_error,
)
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("moderation", __name__, url_prefix="/<locale:locale>/desk/listings")

_FILTERS: Final = ("kind", "language", "waiting", "readable")


@dataclass
class Forms:
    """The forms of the review page; the one that was sent holds what was typed."""

    revision: ListingRevision
    publish: PublishForm = field(init=False)
    changes: ChangesForm = field(init=False)
    reject: RejectForm = field(init=False)
    export: ExportForm = field(init=False)
    close: CloseForm = field(init=False)

    def __post_init__(self) -> None:
        version = self.revision.lock_version
        self.publish = PublishForm(prefix="publish-", formdata=None, version=version)
        self.changes = changes_form(
            self.revision, prefix="changes-", formdata=None, version=version
        )
        self.reject = RejectForm(prefix="reject-", formdata=None, version=version)
        self.export = ExportForm(
            prefix="export-",
            formdata=None,
            catalogue_version=self._catalogue_version(),
        )
        self.close = CloseForm(prefix="close-", formdata=None)

    def _catalogue_version(self) -> str:
        country = self.revision.listing.organisation.country
        held = catalogue_in_force(db.session, country)
        return held.version if held else find.last_catalogue_version(db.session)


@blueprint.get("/")
@requires(Permission.LISTING_CENTRE_MODERATE)
def queue() -> ResponseReturnValue:
    """What waits for the person's centres, oldest first."""
    actor = current_actor()
    form = QueueForm(request.args)
    wanted = form.wanted()
    after = request.args.get("after")
    page = find.queue(db.session, actor, wanted, after=after)
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return render_template(
        "moderation/queue.html",
        filters=form,
        page=page,
        narrowed=bool(kept),
        beginning=url_for(".queue", **kept) if after else None,
        following=url_for(".queue", **kept, after=page.following) if page.following else None,
        organisation_name=organisation_name,
    )


@blueprint.get("/<reference>")
@requires(Permission.LISTING_CENTRE_MODERATE)
def review(reference: str) -> ResponseReturnValue:
    """One submission with all that is needed to decide."""
    canonical = parse_reference(reference)
    if canonical is not None and canonical != reference:
        return redirect(url_for(".review", reference=canonical))
    listing = find.get_for_moderation(db.session, current_actor(), reference)
    return _page(listing, Forms(find.revision_for_staff(listing)))


@blueprint.get(
    "/<reference>/<any(publish, changes, reject, 'export-check', 'confirm-export', verify, "
    "translation, hold, resume, close):_action>"
)
@requires(Permission.LISTING_CENTRE_MODERATE)
def reopen(reference: str, _action: str) -> ResponseReturnValue:
    """The address of a decision, opened anew: the page on which it was made."""
    return redirect(url_for(".review", reference=reference))


@blueprint.post("/<reference>/publish")
@requires(Permission.LISTING_CENTRE_MODERATE)
def publish(reference: str) -> ResponseReturnValue:
    """Publish a submission."""

    def act(actor: Actor, listing: Listing, form: PublishForm) -> Message:
        moderation.publish(db.session, actor, listing, now=utc_now(), version=form.opened_version())
        return _("%(reference)s is published, and its owner has been told.", reference=reference)

    return _decide(reference, lambda _listing: PublishForm(prefix="publish-"), act)


@blueprint.post("/<reference>/changes")
@requires(Permission.LISTING_CENTRE_MODERATE)
def request_changes(reference: str) -> ResponseReturnValue:
    """Send a submission back, with reasons by field."""

    def act(actor: Actor, listing: Listing, form: ChangesForm) -> Message:
        moderation.request_changes(
            db.session, actor, listing, form.reasons(),
            now=utc_now(), version=form.opened_version(),
        )  # fmt: skip
        return _("The owner of %(reference)s has been asked for changes.", reference=reference)

    return _decide(
        reference,
        lambda listing: changes_form(find.revision_for_staff(listing), prefix="changes-"),
        act,
    )


@blueprint.post("/<reference>/reject")
@requires(Permission.LISTING_CENTRE_MODERATE)
def reject(reference: str) -> ResponseReturnValue:
    """Refuse a submission for good."""

    def act(actor: Actor, listing: Listing, form: RejectForm) -> Message:
        moderation.reject(
            db.session, actor, listing, form.reason.data or "",
            now=utc_now(), version=form.opened_version(),
        )  # fmt: skip
        return _("%(reference)s is refused, and its owner has been told why.", reference=reference)

    return _decide(reference, lambda _listing: RejectForm(prefix="reject-"), act)


@blueprint.post("/<reference>/export-check")
@requires(Permission.LISTING_CENTRE_MODERATE)
def check_export(reference: str) -> ResponseReturnValue:
    """Record the export-control class of an offer."""

    def act(actor: Actor, listing: Listing, form: ExportForm) -> Message:
        moderation.check_export(
            db.session, actor, listing,
            control_class=ControlClass(form.control_class.data),
            catalogue_version=form.catalogue_version.data or "",
            note=form.note.data or "",
            entries=form.entries.data or "",
            evidence=evidence_of(form.evidence.data),
            now=utc_now(),
        )  # fmt: skip
        return _("The export-control class is recorded.")

    return _decide(reference, lambda _listing: ExportForm(prefix="export-"), act, stay=True)


@blueprint.post("/<reference>/confirm-export")
@requires(Permission.LISTING_CENTRE_MODERATE)
def confirm_export(reference: str) -> ResponseReturnValue:
    """Confirm that the last export check holds for the text that staff read now."""

    def act(actor: Actor, listing: Listing, _form: BaseForm) -> Message:
        moderation.confirm_export(db.session, actor, listing, now=utc_now())
        return _("The export check holds for this text.")

    return _decide(reference, lambda _listing: BaseForm(), act, stay=True)


@blueprint.post("/<reference>/verify")
@requires(Permission.ORGANISATION_CENTRE_VERIFY)
def verify(reference: str) -> ResponseReturnValue:
    """Verify the organisation of a listing, without leaving the listing."""

    def act(actor: Actor, listing: Listing, _form: BaseForm) -> Message:
        organisations.verify(db.session, actor, listing.organisation, now=utc_now())
        return _("The organisation is verified, and its people have been told.")

    return _decide(reference, lambda _listing: BaseForm(), act, stay=True)


@blueprint.post("/<reference>/translation")
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def want_translation(reference: str) -> ResponseReturnValue:
    """Ask for a version of the submission in another language."""

    def act(actor: Actor, listing: Listing, form: WantForm) -> Message:
        moderation.check_may_moderate(actor, listing)
        translations.want(
            db.session, actor, find.revision_for_staff(listing), form.language.data or "", utc_now()
        )
        return _("The translation is asked for.")

    return _decide(reference, lambda _listing: WantForm(), act, stay=True)


@blueprint.post("/<reference>/<any(hold, resume):step>")
@requires(Permission.LISTING_CENTRE_MODERATE)
def pause(reference: str, step: str) -> ResponseReturnValue:
    """Hide a published listing for a while, or show it again."""

    def act(actor: Actor, listing: Listing, _form: BaseForm) -> Message:
        moderation.check_may_moderate(actor, listing)
        if step == "hold":
            listings.hold(db.session, actor, listing, now=utc_now())
            return _("The listing is paused: readers no longer see it.")
        listings.resume(db.session, actor, listing, now=utc_now())
        return _("The listing is public again.")

    return _decide(reference, lambda _listing: BaseForm(), act, stay=True)


@blueprint.post("/<reference>/close")
@requires(Permission.LISTING_CENTRE_MODERATE)
def close(reference: str) -> ResponseReturnValue:
    """End a published listing, with a reason that its owner is told."""

    def act(actor: Actor, listing: Listing, form: CloseForm) -> Message:
        moderation.check_may_moderate(actor, listing)
        listings.close(db.session, actor, listing, reason=form.reason.data or "", now=utc_now())
        return _("%(reference)s is closed, and its owner has been told why.", reference=reference)

    return _decide(reference, lambda _listing: CloseForm(prefix="close-"), act, stay=True)


def _decide(
    reference: str,
    make_form: Callable[[Listing], Any],
    act: Callable[[Actor, Listing, Any], Message],
    *,
    stay: bool = False,
) -> ResponseReturnValue:
    """Do what was sent, or show the page again with what was typed and what is wrong."""
    actor = current_actor()
    listing = find.get_for_moderation(db.session, actor, reference)
    form = make_form(listing)
    if not form.validate_on_submit():
        return _again(listing, form)
    try:
        message = act(actor, listing, form)
    except DomainError as error:
        db.session.rollback()
        return _again(_reload(actor, reference, error), form, error)
    commit()
    flash(message, "success")
    return redirect(url_for(".review", reference=reference) if stay else url_for(".queue"))


def _reload(actor: Actor, reference: str, error: DomainError) -> Listing:
    """Return the listing as it is now; where it left the queue, say what was typed and why."""
    try:
        listing = find.get_for_moderation(db.session, actor, reference)
    except DomainError:
        raise error from None
    if (
        error.code is ErrorCode.STALE
        and find.revision_for_staff(listing).state is not RevisionState.SUBMITTED
    ):
        raise error
    return listing


def _again(
    listing: Listing, form: BaseForm, error: DomainError | None = None
) -> ResponseReturnValue:
    forms = Forms(find.revision_for_staff(listing))
    for name in ("publish", "changes", "reject", "export", "close"):
        if form._prefix == f"{name}-":
            setattr(forms, name, form)
    if isinstance(form, VersionedForm):
        form.version.data = str(find.revision_for_staff(listing).lock_version)
    if error is not None:
        show_error(form, error)
    return _page(listing, forms, sent=form), 409 if error is not None else 422


def _page(listing: Listing, forms: Forms, *, sent: BaseForm | None = None) -> str:
    actor = current_actor()
    revision = find.revision_for_staff(listing)
    original = revision.original
    version = find.best_text(actor, revision)
    sectors = sector_names(db.session, current_locale())
    waits = revision.state is RevisionState.SUBMITTED
    entries = find.history(db.session, actor, listing)
    pending = waits and listing.published is not None
    return render_template(
        "moderation/review.html",
        listing=listing,
        revision=revision,
        original=original,
        version=version,
        readable=any(reads(actor.languages, text.language) for text in revision.texts),
        outdated=version is not None and translations.outdated(version),
        passages=presentation.passages(original, version) if original else [],
        has_secret=presentation.has_secret(revision),
        details=presentation.detail_rows(listing, revision, sectors),
        changes=presentation.changes(listing, listing.published, revision, sectors)
        if pending and listing.published
        else [],
        pending=pending,
        waits=waits,
        alive=listing.state in ALIVE,
        own=listing.organisation_id in actor.organisation_ids,
        is_offer=listing.kind is ListingKind.OFFER,
        owner=organisation_name(listing.organisation, current_locale()),
        duplicates=find.possible_duplicates(db.session, actor, listing),
        best_text=lambda other: find.best_text(actor, find.revision_for_staff(other)),
        gloss=lambda text: glossing.gloss(text, revision.original_language, current_locale()),
        requests=find.open_translation_requests(db.session, revision),
        wanted_languages=_wanted_languages(actor, revision),
        centre_name=lambda centre: centre_name(centre, current_locale()),
        history=history(entries, find.names_of_actors(db.session, entries)),
        forms=forms,
        form=sent,
    )


def _wanted_languages(actor: Actor, revision: ListingRevision) -> list[str]:
    """Languages in which a reviewer may want a text: English, Chinese, those that they read."""
    known = [BRIDGE, "zh-Hans", current_locale(), *sorted(actor.languages)]
    asked = {request.language for request in find.open_translation_requests(db.session, revision)}
    return [
        language
        for language in dict.fromkeys(known)
        if language in LOCALES and language not in asked and _is_missing(revision, language)
    ]


def _is_missing(revision: ListingRevision, language: str) -> bool:
    text = revision.text(language)
    return text is None or translations.outdated(text)
