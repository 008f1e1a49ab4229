"""One's account: the organisations one acts for, joining and registering them, verifying them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import OrganisationSize, OrganisationType
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.queries import organisations as find
from matchmaker.queries.sectors import sector_choices, sector_names
from matchmaker.services import organisations
from matchmaker.web.accounts.forms import JoinForm, OrganisationForm
from matchmaker.web.commit import commit
from matchmaker.web.permissions import current_actor, public, requires

blueprint = Blueprint("accounts", __name__, url_prefix="/<locale:locale>/account")
verification = Blueprint("organisations", __name__, url_prefix="/<locale:locale>/organisations")


@blueprint.get("/check-mail")
@public
def check_mail() -> ResponseReturnValue:
    """After signing up: what happens next; the same for known and unknown addresses."""
    return render_template("accounts/check_mail.html")


@blueprint.get("/")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def overview() -> ResponseReturnValue:
    """The person's organisations, and the requests to join those that they own."""
    actor = current_actor()
    return render_template(
        "accounts/overview.html",
        memberships=find.my_memberships(db.session, actor),
        requests=find.open_requests(db.session, actor),
        organisation_name=find.organisation_name,
    )


@blueprint.route("/organisation", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_CREATE)
def new_organisation() -> ResponseReturnValue:
    """Register an organisation."""
    form = _organisation_form()
    if form.validate_on_submit():
        try:
            created = organisations.create(
                db.session, current_actor(), now=utc_now(), **_answers(form)
            )
        except DomainError as error:
            form.add_error(error)
        else:
            reference = created.reference
            commit()
            flash(
                _(
                    "Your organisation is registered as %(reference)s. The centre of your "
                    "country or province verifies it; meanwhile you can write your listings.",
                    reference=reference,
                ),
                "success",
            )
            return redirect(url_for(".overview"))
    return render_template("accounts/organisation.html", form=form)


@blueprint.route("/join", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_OWN_MANAGE)
def join() -> ResponseReturnValue:
    """Ask to act for an organisation that is already registered."""
    form = JoinForm()
    if form.validate_on_submit():
        try:
            organisation = find.by_reference(db.session, form.reference.data or "")
            organisations.request_membership(
                db.session, current_actor(), organisation, now=utc_now()
            )
        except DomainError as error:
            form.add_error(error)
        else:
            commit()
            flash(_("The owners of the organisation have been asked."), "success")
            return redirect(url_for(".overview"))
    return render_template("accounts/join.html", form=form)


@blueprint.post("/requests/<reference>/<int:user_id>/<any(accept, refuse):answer>")
@requires(Permission.ACCOUNT_OWN_MANAGE)
def answer_request(reference: str, user_id: int, answer: str) -> ResponseReturnValue:
    """An owner lets somebody into the organisation, or refuses."""
    actor = current_actor()
    membership = find.open_request(db.session, actor, reference, user_id)
    organisations.answer_membership(
        db.session, actor, membership, accept=answer == "accept", now=utc_now()
    )
    commit()
    flash(_("Your answer is saved, and the person has been told."), "success")
    return redirect(url_for(".overview"))


@verification.get("/")
@requires(Permission.ORGANISATION_CENTRE_VERIFY)
def queue() -> ResponseReturnValue:
    """Organisations that wait to be verified by the centres of the person."""
    return render_template(
        "accounts/verification.html",
        waiting=find.to_verify(db.session, current_actor()),
        organisation_name=find.organisation_name,
        sector_names=sector_names(db.session, current_locale()),
    )


@verification.post("/<reference>/verify")
@requires(Permission.ORGANISATION_CENTRE_VERIFY)
def verify(reference: str) -> ResponseReturnValue:
    """Verify one organisation."""
    actor = current_actor()
    organisation = find.for_verification(db.session, actor, reference)
    organisations.verify(db.session, actor, organisation, now=utc_now())
    commit()
    flash(_("%(reference)s is verified, and its people have been told.", reference=reference),
          "success")  # fmt: skip
    return redirect(url_for(".queue"))


def _organisation_form() -> OrganisationForm:
    choices = sector_choices(db.session, current_locale())
    return OrganisationForm(sectors=[(choice.code, choice.name) for choice in choices])


def _answers(form: OrganisationForm) -> dict[str, Any]:
    return {
        "name": form.name.data or "",
        "language": form.language.data,
        "organisation_type": OrganisationType(form.organisation_type.data),
        "size": OrganisationSize(form.size.data),
        "country": form.country.data,
        "province": form.province.data or None,
        "city": form.city.data,
        "website": form.website.data,
        "sectors": form.sectors.data or [],
    }
