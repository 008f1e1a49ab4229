"""The organisations of a centre: staff enter those without an account and act for them."""

from __future__ import annotations

from operator import attrgetter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import Channel, OrganisationSize, OrganisationType
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Centre, Organisation
from matchmaker.queries import outreach as find
from matchmaker.queries.moderation import revision_for_staff
from matchmaker.queries.organisations import organisation_name
from matchmaker.queries.outreach import Account
from matchmaker.queries.sectors import sector_choices, sector_names
from matchmaker.services import organisation_accounts, outreach
from matchmaker.services.listing_access import has_account
from matchmaker.services.organisation_accounts import RepresentedOrganisation
from matchmaker.web.commit import commit
from matchmaker.web.outreach.forms import QuestionForm, RepresentedForm
from matchmaker.web.outreach.presentation import claim_words, sheet, ways
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("represented", __name__, url_prefix="/<locale:locale>/desk/organisations")


@blueprint.get("/")
@requires(Permission.LISTING_CENTRE_POST)
def index() -> ResponseReturnValue:
    """The organisations of the person's centres."""
    account = Account.WITH if request.args.get("account") == "with" else Account.WITHOUT
    words = request.args.get("q", "").strip()[:200]
    page = find.organisations(
        db.session,
        current_actor(),
        account=account,
        words=words,
        page=request.args.get("page", 1, type=int),
    )
    return render_template(
        "outreach/organisations.html",
        page=page,
        account=account,
        words=words,
        organisation_name=organisation_name,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.LISTING_CENTRE_POST)
def new() -> ResponseReturnValue:
    """Enter an organisation that has no account."""
    form = _form()
    if form.validate_on_submit():
        try:
            created = organisation_accounts.create_represented(
                db.session, current_actor(), _answers(form), now=utc_now()
            )
        except DomainError as error:
            form.add_error(error)
        else:
            reference = created.reference
            commit()
            flash(
                _(
                    "The organisation is entered as %(reference)s. You can post for it now.",
                    reference=reference,
                ),
                "success",
            )
            return redirect(url_for(".organisation", reference=reference))
    return render_template("outreach/new.html", form=form)


@blueprint.get("/<reference>")
@requires(Permission.LISTING_CENTRE_POST)
def organisation(reference: str) -> ResponseReturnValue:
    """One organisation: contact, consent, listings, and what can be done for it."""
    found = find.organisation(db.session, current_actor(), reference)
    return _page(found, QuestionForm())


@blueprint.post("/<reference>/question")
@requires(Permission.TASK_CENTRE_DO)
def ask(reference: str) -> ResponseReturnValue:
    """Ask an organisation something: by mail, or by a task for staff."""
    actor = current_actor()
    found = find.organisation(db.session, actor, reference)
    form = QuestionForm()
    if form.validate_on_submit():
        try:
            outreach.ask_question(db.session, actor, found, form.question.data or "", now=utc_now())
        except DomainError as error:
            form.add_error(error)
        else:
            by_mail = has_account(db.session, found)
            commit()
            flash(
                _("The question is sent by mail.")
                if by_mail
                else _("The question waits among the tasks of the centre."),
                "success",
            )
            return redirect(url_for(".organisation", reference=reference))
    return _page(found, form)


@blueprint.post("/<reference>/claim")
@requires(Permission.LISTING_CENTRE_POST)
def offer_claim(reference: str) -> ResponseReturnValue:
    """Make a claim code, and show it once: in the letter that brings it."""
    actor = current_actor()
    found = find.organisation(db.session, actor, reference)
    now = utc_now()
    code = organisation_accounts.offer_claim(db.session, actor, found, now=now)
    commit()
    words = claim_words(db.session, found, code)
    return render_template(
        "outreach/letter.html",
        letter=sheet(db.session, found, words, now),
        back=url_for(".organisation", reference=found.reference),
        code=code,
    )


def _page(found: Organisation, form: QuestionForm) -> ResponseReturnValue:
    names = sector_names(db.session, current_locale())
    account = has_account(db.session, found)
    return render_template(
        "outreach/organisation.html",
        organisation=found,
        name=organisation_name(found, current_locale()),
        ways=ways(found),
        sectors=[names[sector.sector_code] for sector in found.sectors],
        listings=find.listings_of(db.session, found, drafts=not account),
        shown=revision_for_staff if account else attrgetter("newest"),
        tasks=find.tasks_of(db.session, current_actor(), found),
        has_account=account,
        now=utc_now(),
        form=form,
    )


def _form() -> RepresentedForm:
    choices = sector_choices(db.session, current_locale())
    centres = current_actor().centre_ids
    home = db.session.get(Centre, min(centres)) if centres else None
    return RepresentedForm(
        sectors=[(choice.code, choice.name) for choice in choices],
        country=home.country if home else None,
    )


def _answers(form: RepresentedForm) -> RepresentedOrganisation:
    return RepresentedOrganisation(
        name=form.name.data or "",
        language=form.language.data,
        organisation_type=OrganisationType(form.organisation_type.data),
        size=OrganisationSize(form.size.data),
        country=form.country.data,
        province=form.province.data or None,
        city=form.city.data,
        sectors=tuple(form.sectors.data or ()),
        contact_name=form.contact_name.data or "",
        contact_language=form.contact_language.data,
        channel=Channel(form.channel.data),
        phone=form.phone.data or None,
        contact_email=form.contact_email.data or None,
        channel_handle=form.channel_handle.data or None,
        consent_on=form.consent_on.data,
        consent_note=form.consent_note.data or "",
    )
