"""Services as those who keep them see them: their organisation's people, and staff."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.countries import LANGUAGE_OF
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.permissions import Permission
from matchmaker.extensions import db
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Organisation, OrganisationService
from matchmaker.queries import directory as find
from matchmaker.queries.organisations import by_reference, organisation_name
from matchmaker.queries.sectors import sector_choices
from matchmaker.services import directory
from matchmaker.web.commit import commit
from matchmaker.web.directory.forms import DetailsForm, NewServiceForm, TextForm, details_of
from matchmaker.web.forms import conflict_page
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("services", __name__, url_prefix="/<locale:locale>/my/services")
KEEPERS = (Permission.ORGANISATION_OWN_MANAGE, Permission.LISTING_CENTRE_POST)
keepers_only = requires(*KEEPERS)


@blueprint.get("/")
@keepers_only
def mine() -> ResponseReturnValue:
    """The services of the person's organisations, or of one that their centre looks after."""
    owner = _organisation(request.args.get("organisation", ""))
    actor = current_actor()
    kept = find.kept_services(db.session, actor)
    return render_template(
        "directory/mine.html",
        services=find.services_of(db.session, owner) if owner else kept,
        owner=owner,
        may_add=owner is not None or bool(find.kept_organisations(db.session, actor)),
        text=lambda service: find.service_text(service, current_locale()),
        organisation_name=organisation_name,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@keepers_only
def new() -> ResponseReturnValue:
    """Enter a service."""
    actor = current_actor()
    owner = _organisation(request.args.get("organisation", ""))
    owners = [owner] if owner else list(find.kept_organisations(db.session, actor))
    if not owners:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    first = owners[0]
    form = NewServiceForm(
        data={"organisation": first.reference, "language": LANGUAGE_OF.get(first.country, "en")}
    )
    form.fill(sector_choices(db.session, current_locale()))
    form.offer(owners, current_locale())
    if form.validate_on_submit():
        chosen = {each.reference: each for each in owners}.get(form.organisation.data, first)
        try:
            service = directory.add_service(
                db.session, actor, chosen, form.details(), language=form.language.data,
                title=form.title.data or "", description=form.description.data or "",
                now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            target = url_for(".service", reference=service.reference)
            commit()
            flash(_("The service is saved. Publish it when it is ready."), "success")
            return redirect(target)
    return render_template("directory/new.html", form=form, owners=owners, owner=owner)


@blueprint.get("/<reference>")
@keepers_only
def service(reference: str) -> ResponseReturnValue:
    """One service as its keeper sees it: details, languages, and whether it is public."""
    found = find.kept_service(db.session, current_actor(), reference)
    form = _details_form(found)
    return _page(found, form)


@blueprint.post("/<reference>")
@keepers_only
def save(reference: str) -> ResponseReturnValue:
    """Change what a service says beside its texts."""
    found = find.kept_service(db.session, current_actor(), reference)
    form = _details_form(found)
    if form.validate_on_submit():
        try:
            directory.save_service(
                db.session, current_actor(), found, form.details(),
                version=form.opened_version(), now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            found = find.kept_service(db.session, current_actor(), reference)
            if error.code is ErrorCode.STALE:
                return conflict_page(form, details_of(found), found.lock_version)
            form.add_error(error)
        else:
            commit()
            flash(_("The service is saved."), "success")
            return redirect(url_for(".service", reference=reference))
    return _page(found, form)


@blueprint.route("/<reference>/languages/<language>", methods=["GET", "POST"])
@keepers_only
def version(reference: str, language: str) -> ResponseReturnValue:
    """The text of a service in one language."""
    found = find.kept_service(db.session, current_actor(), reference)
    if language not in TEXT_LANGUAGES:
        raise DomainError(ErrorCode.NOT_FOUND)
    held = found.text(language)
    values = {"title": held.title if held else "", "description": held.description if held else ""}
    form = TextForm(data={**values, "version": str(found.lock_version)})
    if form.validate_on_submit():
        try:
            directory.write_text(
                db.session, current_actor(), found, language, title=form.title.data or "",
                description=form.description.data or "", version=form.opened_version(),
                now=utc_now(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            found = find.kept_service(db.session, current_actor(), reference)
            if error.code is ErrorCode.STALE:
                return conflict_page(form, values, found.lock_version)
            form.add_error(error)
        else:
            commit()
            flash(_("The text is saved."), "success")
            return redirect(url_for(".service", reference=reference))
    original = found.text(found.original_language)
    return render_template(
        "directory/version.html",
        service=found,
        language=language,
        original=original if language != found.original_language else None,
        removable=held is not None and language != found.original_language,
        form=form,
    )


@blueprint.post("/<reference>/languages/<language>/remove")
@keepers_only
def remove_version(reference: str, language: str) -> ResponseReturnValue:
    """Take a version of the text away."""
    found = find.kept_service(db.session, current_actor(), reference)
    directory.remove_text(db.session, current_actor(), found, language, now=utc_now())
    commit()
    flash(_("The text is removed."))
    return redirect(url_for(".service", reference=reference))


@blueprint.post("/<reference>/<any(publish, withdraw):step>")
@keepers_only
def publish(reference: str, step: str) -> ResponseReturnValue:
    """Show a service in the directory, or take it out."""
    found = find.kept_service(db.session, current_actor(), reference)
    published = step == "publish"
    try:
        directory.publish(db.session, current_actor(), found, published=published, now=utc_now())
    except DomainError as error:
        db.session.rollback()
        found = find.kept_service(db.session, current_actor(), reference)
        form = _details_form(found)
        form.add_error(error)
        return _page(found, form), 409
    commit()
    done = _("The service is public.") if published else _("The service is no longer public.")
    flash(done, "success")
    return redirect(url_for(".service", reference=reference))


def _details_form(service: OrganisationService) -> DetailsForm:
    form = DetailsForm(data=details_of(service))
    form.fill(sector_choices(db.session, current_locale()))
    return form


def _page(service: OrganisationService, form: DetailsForm) -> str:
    held = {text.language for text in service.texts}
    return render_template(
        "directory/keep.html",
        service=service,
        form=form,
        text=find.service_text(service, current_locale()),
        owner=organisation_name(service.organisation, current_locale()),
        is_own=service.organisation_id in current_actor().organisation_ids,
        missing=sorted(
            ((code, language_name(code)) for code in TEXT_LANGUAGES if code not in held),
            key=lambda pair: pair[1].casefold(),
        ),
    )


def _organisation(reference: str) -> Organisation | None:
    """The organisation that an address names, if the actor keeps its services."""
    if not reference:
        return None
    found = by_reference(db.session, reference)
    if not find.keeps(current_actor(), found):
        raise DomainError(ErrorCode.NOT_FOUND)
    return found
