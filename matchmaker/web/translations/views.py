"""The translation queue of a centre, and the page on which its staff translate."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import TextField, TranslationState
from matchmaker.extensions import db
from matchmaker.i18n.formats import language_name
from matchmaker.i18n.locales import current_locale
from matchmaker.models import TranslationRequest
from matchmaker.queries import translations as find
from matchmaker.services import translations
from matchmaker.web import glossing
from matchmaker.web.commit import commit
from matchmaker.web.forms import BaseForm, VersionedForm
from matchmaker.web.moderation.forms import show_error
from matchmaker.web.permissions import current_actor, requires
from matchmaker.web.translations.forms import (
    DropForm,
    PassOnForm,
    QueueForm,
    TranslationForm,
    pass_on_form,
    translation_form,
)

blueprint = Blueprint("translations", __name__, url_prefix="/<locale:locale>/desk/translations")
_ONE: Final = "/<reference>/<int(max=1000000):number>/<language>"


@blueprint.get("/")
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def queue() -> ResponseReturnValue:
    """What the person's centres are asked to translate, oldest first."""
    form = QueueForm(request.args)
    chosen: dict[str, Any] = {
        name: value
        for name, value in (("original", form.original.data), ("language", form.language.data))
        if value in TEXT_LANGUAGES
    }
    page = find.queue(
        db.session, current_actor(), page=request.args.get("page", 1, type=int), **chosen
    )
    return render_template(
        "translations/queue.html",
        filters=form,
        page=page,
        narrowed=bool(chosen),
        page_url=lambda number: url_for(".queue", page=number, **chosen),
        centre_name=lambda centre: find.centre_name(centre, current_locale()),
    )


@blueprint.get(_ONE)
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def work(reference: str, number: int, language: str) -> ResponseReturnValue:
    """The original beside a form for its translation."""
    wanted = find.get_request(db.session, current_actor(), reference, number, language)
    return _page(wanted)


@blueprint.post(_ONE)
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def write(reference: str, number: int, language: str) -> ResponseReturnValue:
    """Save a translation."""
    wanted = _find(reference, number, language)
    form = translation_form(wanted.revision.original, language)
    if not form.validate_on_submit():
        return _page(wanted, form), 422
    try:
        translations.write(
            db.session, current_actor(), wanted, form.fields_written(),
            now=utc_now(),
            version=form.opened_version(),
            keep_language=bool(form.keep_language.data),
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        return _again(_find(reference, number, language), form, error)
    commit()
    flash(_("The translation of %(reference)s is saved.", reference=reference), "success")
    return redirect(url_for(".queue"))


@blueprint.get(f'{_ONE}/<any("pass-on", drop):_action>')
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def reopen(reference: str, number: int, language: str, _action: str) -> ResponseReturnValue:
    """The address of a step, opened anew: the page on which it was taken."""
    return redirect(url_for(".work", reference=reference, number=number, language=language))


@blueprint.post(f"{_ONE}/pass-on")
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def pass_on(reference: str, number: int, language: str) -> ResponseReturnValue:
    """Ask another centre that reads both languages."""
    wanted = _find(reference, number, language)
    centres = {centre.code: centre for centre in find.helping_centres(db.session, wanted)}
    form = pass_on_form(list(centres.values()), current_locale(), prefix="pass-")
    if not form.validate_on_submit():
        return _page(wanted, form), 422
    try:
        translations.pass_on(
            db.session, current_actor(), wanted, centres[form.centre.data],
            now=utc_now(), version=form.opened_version(),
        )  # fmt: skip
    except DomainError as error:
        db.session.rollback()
        return _again(_find(reference, number, language), form, error)
    commit()
    flash(_("The other centre has been asked to translate %(reference)s.", reference=reference),
          "success")  # fmt: skip
    return redirect(url_for(".queue"))


@blueprint.post(f"{_ONE}/drop")
@requires(Permission.TRANSLATION_CENTRE_WRITE)
def drop(reference: str, number: int, language: str) -> ResponseReturnValue:
    """Take a request out of the queue."""
    wanted = _find(reference, number, language)
    form = DropForm(prefix="drop-")
    try:
        translations.drop(
            db.session, current_actor(), wanted, now=utc_now(), version=form.opened_version()
        )
    except DomainError as error:
        db.session.rollback()
        return _again(_find(reference, number, language), form, error)
    commit()
    flash(_("The translation of %(reference)s is no longer wanted.", reference=reference),
          "success")  # fmt: skip
    return redirect(url_for(".queue"))


def _find(reference: str, number: int, language: str) -> TranslationRequest:
    """Return the request that a form was sent about. Where it went to another centre meanwhile,
    the person is shown what they typed, so that it is not lost."""
    try:
        return find.get_request(db.session, current_actor(), reference, number, language)
    except DomainError:
        if TextField.TITLE.value not in request.form:
            raise
        translation_form(None, language)
        raise DomainError(ErrorCode.STALE) from None


def _again(
    wanted: TranslationRequest, form: VersionedForm, error: DomainError
) -> ResponseReturnValue:
    """Show the page again with what was typed; sent once more it counts as seen."""
    form.version.data = str(wanted.lock_version)
    show_error(form, error)
    return _page(wanted, form, error=error), 409


def _page(
    wanted: TranslationRequest, sent: BaseForm | None = None, *, error: DomainError | None = None
) -> str:
    revision = wanted.revision
    original = revision.original
    saved = revision.text(wanted.language)
    version = wanted.lock_version
    typed = sent if isinstance(sent, TranslationForm) else None
    centres = find.helping_centres(db.session, wanted)
    passing = sent if isinstance(sent, PassOnForm) else None
    texts = [original.get(field) for field in translations.TRANSLATED_FIELDS] if original else []
    return render_template(
        "translations/work.html",
        wanted=wanted,
        listing=revision.listing,
        revision=revision,
        original=original,
        saved=saved,
        open=wanted.state is TranslationState.WANTED,
        fields=translations.TRANSLATED_FIELDS,
        terms=glossing.terms(texts, revision.original_language, wanted.language),
        translation=typed
        or translation_form(original, wanted.language, formdata=None, obj=saved, version=version),
        pass_on=passing
        or pass_on_form(centres, current_locale(), prefix="pass-", formdata=None, version=version),
        drop=DropForm(prefix="drop-", formdata=None, version=version),
        has_centres=bool(centres),
        asked_by=wanted.asked_by_centre
        and find.centre_name(wanted.asked_by_centre, current_locale()),
        language_differs=error is not None and error.code is ErrorCode.LANGUAGE_DIFFERS,
        name_of_language=language_name(wanted.language),
        form=sent,
    )
