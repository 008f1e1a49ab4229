"""What staff have to tell or ask organisations without an account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import TaskState
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.queries import outreach as find
from matchmaker.queries.organisations import organisation_name
from matchmaker.services import outreach
from matchmaker.services.listing_access import has_account
from matchmaker.web.commit import commit
from matchmaker.web.outreach.forms import DoneForm
from matchmaker.web.outreach.presentation import sheet, task_words, ways
from matchmaker.web.permissions import current_actor, requires

blueprint = Blueprint("tasks", __name__, url_prefix="/<locale:locale>/desk/tasks")


@blueprint.get("/")
@requires(Permission.TASK_CENTRE_DO)
def queue() -> ResponseReturnValue:
    """The tasks of the person's centres: open ones, or those that are done."""
    now = utc_now()
    state = TaskState.DONE if request.args.get("state") == "done" else TaskState.OPEN
    page = find.tasks(
        db.session, current_actor(), state=state, page=request.args.get("page", 1, type=int)
    )
    return render_template(
        "outreach/tasks.html",
        page=page,
        state=state,
        organisation_name=organisation_name,
        age=lambda task: format_timedelta(now - task.created_at, granularity="hour"),
    )


@blueprint.route("/<reference>", methods=["GET", "POST"])
@requires(Permission.TASK_CENTRE_DO)
def task(reference: str) -> ResponseReturnValue:
    """One task: whom to reach how, what to say, and what came of it."""
    actor = current_actor()
    found = find.task(db.session, actor, reference)
    form = DoneForm()
    if form.validate_on_submit():
        try:
            outreach.finish_task(db.session, actor, found, note=form.note.data or "", now=utc_now())
        except DomainError as error:
            form.add_error(error)
        else:
            commit()
            flash(_("Task %(reference)s is done.", reference=found.reference), "success")
            return redirect(url_for(".queue"))
    organisation = found.organisation
    theirs = task_words(db.session, found, organisation.contact_language)
    ours = task_words(db.session, found, current_locale())
    return render_template(
        "outreach/task.html",
        task=found,
        form=form,
        organisation=organisation,
        name=organisation_name(organisation, current_locale()),
        words=[theirs] if theirs.language == ours.language else [theirs, ours],
        ways=ways(organisation, theirs),
        has_account=has_account(db.session, organisation),
        done_by=find.done_by(db.session, found),
    )


@blueprint.get("/<reference>/letter")
@requires(Permission.TASK_CENTRE_DO)
def letter(reference: str) -> ResponseReturnValue:
    """The letter of a task, to be printed."""
    found = find.task(db.session, current_actor(), reference)
    organisation = found.organisation
    words = task_words(db.session, found, organisation.contact_language)
    return render_template(
        "outreach/letter.html",
        letter=sheet(db.session, organisation, words, utc_now()),
        back=url_for(".task", reference=found.reference),
        code=None,
    )
