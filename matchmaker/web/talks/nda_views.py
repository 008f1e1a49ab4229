"""The agreement of a case: reading, accepting, uploading, confirming and printing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.vocabulary import NdaKind, NdaState
from matchmaker.extensions import db
from matchmaker.models import NdaTextBody
from matchmaker.queries import ndas as find
from matchmaker.queries.talks import Talk, party_name
from matchmaker.services import attachments, ndas
from matchmaker.web.commit import commit
from matchmaker.web.files import upload_folder, upload_of
from matchmaker.web.forms import BaseForm
from matchmaker.web.permissions import current_actor
from matchmaker.web.talks.blueprint import blueprint, own_talk, takes_part, talk_page
from matchmaker.web.talks.forms import AcceptTextForm, ConfirmNdaForm, UploadNdaForm
from matchmaker.web.talks.text import plain_text


@blueprint.get("/agreement")
@takes_part
def nda(reference: str) -> ResponseReturnValue:
    """The agreement, as far as it is, and what this person may do for it."""
    return _page(own_talk(reference))


def _page(
    talk: Talk,
    *,
    accept: AcceptTextForm | None = None,
    upload: UploadNdaForm | None = None,
    confirm: ConfirmNdaForm | None = None,
) -> str:
    """Return the page; a form that is given was refused."""
    actor = current_actor()
    shown = find.shown_nda(db.session, talk)
    in_force = shown is not None and shown.state is NdaState.IN_FORCE
    text = shown.nda_text if shown and in_force else find.accepted_text(db.session, talk.match)
    waits = talk.open and (shown is None or shown.state is NdaState.PROPOSED)
    body = _chosen(text) if text is not None else None
    accepts = (
        waits
        and body is not None
        and talk.side is not None
        and (_sample_counts() or not body.nda_text.sample)
        and (shown is None or shown.kind is NdaKind.TEXT)
        and (shown is None or shown.nda_text is not text or not shown.acceptance(talk.side))
    )
    refused = next((each for each in (accept, upload, confirm) if each is not None), None)
    return talk_page(
        "nda", talk, "talks.nda",
        form=refused,
        nda=shown,
        text=text,
        body=body,
        organisation=party_name(db.session, talk, talk.sides[0], actor.locale),
        signatures=find.signatures(db.session, talk, shown) if shown else [],
        accept=_accept_form(accept, body) if accepts and body else None,
        upload=(upload or UploadNdaForm()) if waits else None,
        confirm=_confirm_form(shown) if shown and talk.open
        and ndas.may_confirm(talk, shown, actor.user_id) else None,
        sample_refused=not _sample_counts(),
        past=find.past_ndas(db.session, talk),
        plain_text=plain_text,
        megabytes=attachments.MAX_MEGABYTES,
    )  # fmt: skip


def _sample_counts() -> bool:
    """Whether the sample may be accepted: never where real agreements are made."""
    settings: Settings = current_app.config["SETTINGS"]
    return not settings.is_production


def _chosen(text: Any) -> NdaTextBody:
    """The language that the person asked for, else the reader's."""
    return text.body(request.args.get("text", "")) or find.body_for(text, current_actor().locale)


def _accept_form(refused: AcceptTextForm | None, body: NdaTextBody) -> AcceptTextForm:
    """Return the form for the text that is shown; another text has to be agreed to anew."""
    form = refused or AcceptTextForm()
    if form.sha256.data != body.sha256:
        form.sha256.data, form.language.data, form.agreed.data = body.sha256, body.language, False
    return form


def _confirm_form(shown: Any) -> ConfirmNdaForm:
    form = ConfirmNdaForm()
    form.sha256.data = shown.attachment.sha256
    return form


def _carry_out(
    reference: str, form: BaseForm, name: str, act: Callable[[Talk], object], done: Any
) -> ResponseReturnValue:
    talk = own_talk(reference)
    status = 400
    if form.validate():
        try:
            act(talk)
            target = url_for(".nda", reference=talk.match.reference)
            commit()
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
            status = 409
            talk = own_talk(reference)
        else:
            flash(done, "success")
            return redirect(target)
    return _page(talk, **{name: form}), status


@blueprint.post("/agreement/accept")
@takes_part
def accept_nda(reference: str) -> ResponseReturnValue:
    """Accept the operator's agreement for one's organisation."""
    form = AcceptTextForm()

    def act(talk: Talk) -> None:
        ndas.accept_text(
            db.session, current_actor(), talk.match,
            language=form.language.data or "", sha256=form.sha256.data or "",
            name=form.name.data or "", sample_counts=_sample_counts(), now=utc_now(),
        )  # fmt: skip

    return _carry_out(reference, form, "accept", act, _l("You have accepted the agreement."))


@blueprint.post("/agreement/upload")
@takes_part
def upload_nda(reference: str) -> ResponseReturnValue:
    """Upload an agreement that was signed elsewhere."""
    form = UploadNdaForm()

    def act(talk: Talk) -> None:
        ndas.upload_nda(
            db.session, current_actor(), talk.match, upload_of(form.file.data),
            folder=upload_folder(), now=utc_now(),
        )  # fmt: skip

    return _carry_out(
        reference, form, "upload", act, _l("The file is saved. Somebody else confirms it now.")
    )


@blueprint.post("/agreement/<any(confirm, refuse):answer>")
@takes_part
def answer_nda(reference: str, answer: str) -> ResponseReturnValue:
    """Say whether an uploaded file is the agreement that both sides signed."""
    form = ConfirmNdaForm()
    verb = ndas.confirm_upload if answer == "confirm" else ndas.refuse_upload

    def act(talk: Talk) -> None:
        verb(db.session, current_actor(), talk.match, sha256=form.sha256.data or "", now=utc_now())

    done = _("The agreement is in force.") if answer == "confirm" else _("The file is refused.")
    return _carry_out(reference, form, "confirm", act, done)


@blueprint.get("/agreement/print")
@takes_part
def print_nda(reference: str) -> ResponseReturnValue:
    """The accepted agreement on paper: the texts that were accepted, and both signatures."""
    talk = own_talk(reference)
    shown = find.shown_nda(db.session, talk)
    if shown is None or shown.nda_text is None or shown.state is not NdaState.IN_FORCE:
        return redirect(url_for(".nda", reference=talk.match.reference))
    signatures = find.signatures(db.session, talk, shown)
    languages = dict.fromkeys(each.acceptance.language for each in signatures)
    return talk_page(
        "nda_print", talk, "talks.nda",
        nda=shown,
        signatures=signatures,
        bodies=[body for body in map(shown.nda_text.body, languages) if body is not None],
        plain_text=plain_text,
    )  # fmt: skip
