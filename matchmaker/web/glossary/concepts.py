"""The concepts: search, one concept, its labels, and the forms that change them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import LABEL_LANGUAGES
from matchmaker.domain.languages import BRIDGE
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import LabelStatus
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.formats import listed
from matchmaker.i18n.locales import current_locale
from matchmaker.models import GlossaryConcept, GlossaryLabel
from matchmaker.queries import glossary as find
from matchmaker.queries.sectors import sector_choices, sector_names
from matchmaker.services import glossary
from matchmaker.web.commit import commit
from matchmaker.web.forms import conflict_page
from matchmaker.web.glossary import presentation
from matchmaker.web.glossary.blueprint import blueprint
from matchmaker.web.glossary.forms import (
    TO_CONFIRM,
    WITHOUT,
    ConceptForm,
    EditLabelForm,
    LabelActionForm,
    LabelForm,
    NewConceptForm,
    SearchForm,
)
from matchmaker.web.permissions import current_actor, requires

_SEARCHED: Final = ("text", "sector", "language", "show")


@blueprint.get("/")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def index() -> ResponseReturnValue:
    """The concepts that are searched for, or all."""
    locale = current_locale()
    form = SearchForm(request.args)
    form.fill(sector_choices(db.session, locale))
    language = form.language.data if form.language.data in LABEL_LANGUAGES else None
    chosen = {name: form[name].data for name in _SEARCHED if form[name].data}
    page = find.concepts(
        db.session,
        current_actor(),
        text=form.text.data or "",
        sector=form.sector.data or None,
        unconfirmed=form.show.data == TO_CONFIRM,
        language=language,
        without=(language or _label_locale()) if form.show.data == WITHOUT else None,
        page=request.args.get("page", 1, type=int),
    )
    return render_template(
        "glossary/index.html",
        filters=form,
        page=page,
        narrowed=bool(chosen),
        page_url=lambda number: url_for(".index", page=number, **chosen),
        pairs=find.open_pairs(db.session, current_actor()),
        name=lambda concept: presentation.reader_name(concept, locale),
        english=lambda concept: presentation.name_of(concept, BRIDGE),
        waiting=presentation.waiting,
        sectors_of=_sectors(locale),
    )


@blueprint.get("/concepts/<code>")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def concept(code: str) -> ResponseReturnValue:
    """One concept with its labels."""
    return _page(find.get_concept(db.session, current_actor(), code))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def new() -> ResponseReturnValue:
    """Add a concept with its English name."""
    form = NewConceptForm()
    form.fill(sector_choices(db.session, current_locale()))
    if form.validate_on_submit():
        actor, now = current_actor(), utc_now()
        try:
            added = glossary.add_concept(
                db.session, actor,
                code=form.code.data or "", definition=form.definition.data or "",
                sectors=form.sectors.data or (), broader=_broader(form), now=now,
            )  # fmt: skip
            glossary.add_label(
                db.session, actor, added, language=BRIDGE, text=form.text.data or "", now=now
            )
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            commit()
            flash(_("The concept is added. Now add its labels in other languages."), "success")
            return redirect(url_for(".concept", code=added.code))
    return render_template("glossary/edit.html", form=form, concept=None)


@blueprint.route("/concepts/<code>/edit", methods=["GET", "POST"])
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def edit(code: str) -> ResponseReturnValue:
    """Change what a concept is."""
    found = find.get_concept(db.session, current_actor(), code)
    saved = {
        "definition": found.definition,
        "sectors": [row.sector_code for row in found.sectors],
        "broader": found.broader.code if found.broader else "",
    }
    form = ConceptForm(data={**saved, "version": found.lock_version})
    form.fill(sector_choices(db.session, current_locale()))
    if form.validate_on_submit():
        if form.is_stale(found.lock_version):
            return conflict_page(form, saved, found.lock_version)
        try:
            glossary.save_concept(
                db.session, current_actor(), found,
                definition=form.definition.data or "", sectors=form.sectors.data or (),
                broader=_broader(form), now=utc_now(), version=form.opened_version(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            commit()
            flash(_("The concept is saved."), "success")
            return redirect(url_for(".concept", code=code))
    return render_template("glossary/edit.html", form=form, concept=found)


@blueprint.post("/concepts/<code>/remove")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def remove(code: str) -> ResponseReturnValue:
    """Remove a concept with its labels."""
    found = find.get_concept(db.session, current_actor(), code)
    form = LabelActionForm()
    if not form.validate_on_submit() or form.opened_version() is None:
        return redirect(url_for(".concept", code=code))
    try:
        glossary.remove_concept(
            db.session, current_actor(), found, now=utc_now(), version=form.opened_version()
        )
    except DomainError as error:
        db.session.rollback()
        return _refused(code, error)
    commit()
    flash(_("The concept “%(code)s” and its labels are removed.", code=code), "success")
    return redirect(url_for(".index"))


@blueprint.post("/concepts/<code>/labels")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def add_label(code: str) -> ResponseReturnValue:
    """Add a label, which somebody else confirms."""
    found = find.get_concept(db.session, current_actor(), code)
    form = LabelForm()
    if not form.validate_on_submit():
        return _page(found, form), 422
    try:
        glossary.add_label(
            db.session, current_actor(), found,
            language=form.language.data, text=form.text.data or "",
            preferred=bool(form.preferred.data), now=utc_now(),
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        form.add_error(error)
        return _page(find.get_concept(db.session, current_actor(), code), form), 422
    commit()
    flash(_("The label is added. It counts for matching once somebody else confirms it."),
          "success")  # fmt: skip
    return redirect(url_for(".concept", code=code))


@blueprint.post("/concepts/<code>/labels/<any(confirm, withdraw, prefer, remove):action>")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def change_label(code: str, action: str) -> ResponseReturnValue:
    """One of the buttons beside a label."""
    form = LabelActionForm()
    label = _label(code, form.language.data, form.label.data)
    if label is None:
        return _gone(code)
    change = {
        "confirm": glossary.confirm_label,
        "withdraw": glossary.withdraw_confirmation,
        "prefer": glossary.set_preferred,
        "remove": glossary.remove_label,
    }[action]
    try:
        change(db.session, current_actor(), label, now=utc_now(), version=form.opened_version())
    except DomainError as error:
        db.session.rollback()
        return _refused(code, error)
    commit()
    done = {
        "confirm": _("The label is confirmed. Matching uses it from the next round."),
        "withdraw": _("The label is no longer confirmed, and matching leaves it out."),
        "prefer": _("The label is now the usual name in its language."),
        "remove": _("The label is removed."),
    }[action]
    flash(done, "success")
    return redirect(url_for(".concept", code=code))


@blueprint.route("/concepts/<code>/labels/edit", methods=["GET", "POST"])
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def edit_label(code: str) -> ResponseReturnValue:
    """Rewrite a label; it waits for a second person again."""
    label = _label(code, request.args.get("language"), request.args.get("label"))
    if label is None:
        return _gone(code)
    form = EditLabelForm(data={"text": label.text, "version": label.lock_version})
    if form.validate_on_submit():
        try:
            glossary.edit_label(
                db.session, current_actor(), label,
                text=form.text.data or "", now=utc_now(), version=form.opened_version(),
            )  # fmt: skip
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            commit()
            if label.status is LabelStatus.CONFIRMED:
                flash(_("Nothing was changed."), "info")
            else:
                flash(_("The label is saved. It counts once somebody else confirms it."),
                      "success")  # fmt: skip
            return redirect(url_for(".concept", code=code))
    return render_template(
        "glossary/edit_label.html", form=form, label=label, concept=label.concept
    )


@blueprint.get('/concepts/<code>/<any("remove", "labels"):_action>')
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def reopen(code: str, _action: str) -> ResponseReturnValue:
    """The address of a form, opened anew: the concept beside which it stands."""
    return redirect(url_for(".concept", code=code))


@blueprint.get("/concepts/<code>/labels/<any(confirm, withdraw, prefer, remove):_action>")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def reopen_label(code: str, _action: str) -> ResponseReturnValue:
    """The address of a button beside a label, opened anew: its concept."""
    return redirect(url_for(".concept", code=code))


def _label(code: str, language: str | None, text: str | None) -> GlossaryLabel | None:
    """The label that a button stands beside; None where somebody changed or removed it meanwhile.
    Raises DomainError NOT_FOUND where the concept is gone, too."""
    actor = current_actor()
    find.get_concept(db.session, actor, code)
    try:
        return find.get_label(db.session, actor, code, language or "", text or "")
    except DomainError:
        return None


def _gone(code: str) -> ResponseReturnValue:
    flash(_("This label is no longer there: somebody has changed or removed it."), "error")
    return redirect(url_for(".concept", code=code))


def _broader(form: ConceptForm) -> GlossaryConcept | None:
    """The wider concept; DomainError GLOSSARY_CONCEPT_UNKNOWN beside its field."""
    code = form.broader.data
    if not code:
        return None
    try:
        return find.get_concept(db.session, current_actor(), code)
    except DomainError:
        raise DomainError(ErrorCode.GLOSSARY_CONCEPT_UNKNOWN, field="broader", value=code) from None


def _refused(code: str, error: DomainError) -> ResponseReturnValue:
    """Say on the concept's page why a button did nothing; staleness has a page of its own."""
    if error.code in {ErrorCode.STALE, ErrorCode.NOT_ALLOWED}:
        raise error
    flash(sentence(error), "error")
    return redirect(url_for(".concept", code=code))


def _sectors(locale: str) -> Callable[[GlossaryConcept], str]:
    """What names the sectors of a concept."""
    names = sector_names(db.session, locale)
    return lambda concept: listed(names[row.sector_code] for row in concept.sectors)


def _label_locale() -> str:
    """The reader's language, where labels may be in it."""
    return current_locale() if current_locale() in LABEL_LANGUAGES else BRIDGE


def _page(found: GlossaryConcept, form: LabelForm | None = None) -> str:
    locale = current_locale()
    return render_template(
        "glossary/concept.html",
        concept=found,
        name=presentation.reader_name(found, locale),
        name_of=lambda concept: presentation.reader_name(concept, locale),
        groups=presentation.groups(found, locale),
        missing=presentation.missing(found),
        sectors_of=_sectors(locale),
        label_form=form or LabelForm(formdata=None),
        form=form,
        own=current_actor().user_id,
    )
