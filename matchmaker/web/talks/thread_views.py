"""The thread of a case: reading, writing, its files, and machine's versions of messages."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.config import Settings
from matchmaker.database import write_transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.languages import reads
from matchmaker.domain.vocabulary import Side
from matchmaker.extensions import db
from matchmaker.models import CaseMessage, CaseMessageTranslation, User
from matchmaker.queries import talks as find
from matchmaker.queries.matches import centre_names
from matchmaker.queries.talks import PAGE_SIZE, Speaker, Talk
from matchmaker.services import attachments, case_messages
from matchmaker.web.commit import commit
from matchmaker.web.files import hand_out, upload_folder, upload_of
from matchmaker.web.permissions import current_actor
from matchmaker.web.talks.blueprint import blueprint, own_talk, takes_part, talk_page
from matchmaker.web.talks.forms import MessageForm
from matchmaker.web.talks.text import plain_text


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as the page shows it. `version` is the machine's, where the reader needs one and
    it was made or asked for."""

    number: int
    message: CaseMessage
    speaker: Speaker
    own: bool
    new: bool
    foreign: bool
    """Whether it is in another language than the page."""
    version: CaseMessageTranslation | None


class Voices:
    """Who speaks, as the reader may know them; each looked up once."""

    def __init__(self, talk: Talk) -> None:
        self._talk, self._locale = talk, current_actor().locale
        self._centres = centre_names(db.session, self._locale)
        self._named = {side: find.knows(db.session, talk, side) for side in Side}
        self._parties = {
            side: find.party_name(db.session, talk, side, self._locale) for side in Side
        }

    def of(self, user: User, side: Side | None, centre_id: int | None) -> Speaker:
        """Return who wrote something."""
        if side is None:
            return Speaker(user.name, self._centres.get(centre_id or 0, ""), None)
        return Speaker(user.name if self._named[side] else "", self._parties[side], side)


@blueprint.get("/")
@takes_part
def thread(reference: str) -> ResponseReturnValue:
    """The messages, the newest page first, and a form for the next one."""
    talk = own_talk(reference)
    if talk.match.reference != reference:
        return redirect(url_for(".thread", reference=talk.match.reference))
    form = MessageForm()
    page, last = _page(talk, form)
    if last and request.method == "GET":
        _mark_read(last)
    return page


def _page(talk: Talk, form: MessageForm) -> tuple[str, int]:
    """Return the page, and the id of the last new message on it (0 for none)."""
    form.fill()
    actor = current_actor()
    total = find.count_messages(db.session, talk.match)
    pages = max(1, -(-total // PAGE_SIZE))
    wanted = request.args.get("page", "")
    number = min(int(wanted), pages) if wanted.isdecimal() and len(wanted) < 6 else pages
    read = find.last_read(db.session, talk.match.id, actor.user_id or 0)
    first = (max(number, 1) - 1) * PAGE_SIZE + 1
    voices = Voices(talk)
    entries = [
        _entry(message, place, voices, read)
        for place, message in find.messages(db.session, talk, first=first)
    ]
    page = talk_page(
        "thread", talk, "talks.thread",
        form=form if form.errors else None,
        message_form=form,
        entries=entries,
        total=total,
        page=max(number, 1),
        pages=pages,
        translates=_settings().translates,
        plain_text=plain_text,
        most_files=case_messages.MAX_FILES,
        megabytes=attachments.MAX_MEGABYTES,
    )  # fmt: skip
    newest = entries[-1].message.id if entries else 0
    return page, newest if newest > read else 0


def _entry(message: CaseMessage, number: int, voices: Voices, read: int) -> Entry:
    actor = current_actor()
    own = message.author_id == actor.user_id
    foreign = not reads(frozenset({actor.locale}), message.language)
    return Entry(
        number=number,
        message=message,
        speaker=voices.of(message.author, message.side, message.centre_id),
        own=own,
        new=message.id > read and not own,
        foreign=foreign,
        version=message.translation(actor.locale) if foreign else None,
    )


def _mark_read(message_id: int) -> None:
    """Write down how far the person read, in a transaction of its own: the page was made in one
    that only reads."""
    db.session.rollback()
    with write_transactions():
        message = db.session.get_one(CaseMessage, message_id)
        case_messages.mark_read(db.session, current_actor(), message, now=utc_now())
        commit()


@blueprint.post("/")
@takes_part
def write(reference: str) -> ResponseReturnValue:
    """Write a message."""
    talk = own_talk(reference)
    form = MessageForm()
    form.fill()
    status = 400
    if form.validate():
        try:
            case_messages.write_message(
                db.session,
                current_actor(),
                talk.match,
                body=form.body.data or "",
                language=form.language.data or None,
                files=[upload_of(file) for file in form.files.data or [] if file],
                folder=upload_folder(),
                translate=_settings().translates,
                now=utc_now(),
            )
            number = find.count_messages(db.session, talk.match)
            target = url_for(".thread", reference=talk.match.reference)
            commit()
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
            status = 409
            talk = own_talk(reference)
        else:
            flash(_("Your message is sent."), "success")
            return redirect(f"{target}#message-{number}")
    return _page(talk, form)[0], status


@blueprint.post("/messages/<int(max=999999):number>/translate")
@takes_part
def translate(reference: str, number: int) -> ResponseReturnValue:
    """Ask for a machine's version of a message in the language of the page."""
    talk = own_talk(reference)
    message = find.numbered_message(db.session, talk, number)
    page = -(-number // PAGE_SIZE)
    target = url_for(".thread", reference=talk.match.reference, page=page)
    if _settings().translates:
        actor = current_actor()
        case_messages.want_translation(db.session, actor, message, actor.locale, now=utc_now())
        commit()
        flash(_("The translation is asked for. Open this page again in a minute."), "success")
    return redirect(f"{target}#message-{number}")


@blueprint.get("/files")
@takes_part
def files(reference: str) -> ResponseReturnValue:
    """All files of the thread, the newest first."""
    talk = own_talk(reference)
    voices = Voices(talk)
    rows = [
        (file, voices.of(file.message.author, file.message.side, file.message.centre_id))
        for file in find.files(db.session, talk)
    ]
    return talk_page("files", talk, "talks.files", rows=rows)


@blueprint.get("/files/<token>")
@takes_part
def file(reference: str, token: str) -> ResponseReturnValue:
    """Hand out a file of the thread or of an agreement, as a download."""
    talk = own_talk(reference)
    return hand_out(find.talk_file(db.session, talk, token))


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found
