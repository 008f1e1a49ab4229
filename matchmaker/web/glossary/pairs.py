"""Term pairs that the engine proposes: staff confirm or refuse them, one after the other."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import LABEL_LANGUAGES
from matchmaker.domain.permissions import Permission
from matchmaker.domain.vocabulary import ProposalState
from matchmaker.extensions import db
from matchmaker.i18n.errors import sentence
from matchmaker.i18n.locales import current_locale
from matchmaker.models import GlossaryConcept, TermProposal
from matchmaker.queries import glossary as find
from matchmaker.queries.term_evidence import sightings
from matchmaker.services import term_proposals
from matchmaker.web.commit import commit
from matchmaker.web.glossary import presentation
from matchmaker.web.glossary.blueprint import blueprint
from matchmaker.web.glossary.forms import EditPairForm, PairFilterForm, PairForm
from matchmaker.web.permissions import current_actor, requires

_PER_PAGE: Final = 10


@blueprint.get("/pairs")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def pairs() -> ResponseReturnValue:
    """The proposed pairs that nobody has decided on, the surest first."""
    actor = current_actor()
    filters = PairFilterForm(request.args)
    language = filters.language.data if filters.language.data in LABEL_LANGUAGES else None
    page = find.proposals(
        db.session, actor, language=language,
        page=request.args.get("page", 1, type=int), size=_PER_PAGE,
    )  # fmt: skip
    return render_template(
        "glossary/pairs.html",
        filters=filters,
        language=language,
        page=page,
        page_url=lambda number: url_for(".pairs", page=number, language=language),
        seen={pair: sightings(db.session, actor, pair) for pair in page.rows},
        marked=presentation.marked,
        name=lambda concept: presentation.reader_name(concept, current_locale()),
    )


@blueprint.post("/pairs/<any(confirm, refuse):action>")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def decide(action: str) -> ResponseReturnValue:
    """Confirm or refuse a pair as it stands."""
    form = PairForm()
    pair = _pair(form)
    if pair is None:
        return _gone()
    try:
        if action == "confirm":
            _confirmed(_confirm(pair, form))
        else:
            term_proposals.refuse_proposal(
                db.session, current_actor(), pair, now=utc_now(), version=form.opened_version()
            )
            commit()
            flash(_("The pair is refused and will not be proposed again."), "success")
    except DomainError as error:
        db.session.rollback()
        if error.code is not ErrorCode.PROPOSAL_DECIDED:
            raise
        flash(sentence(error), "error")
    return redirect(url_for(".pairs", language=form.shown.data or None, _anchor="main"))


@blueprint.get("/pairs/<any(confirm, refuse):_action>")
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def reopen_pairs(_action: str) -> ResponseReturnValue:
    """The address of a button, opened anew: the queue."""
    return redirect(url_for(".pairs"))


@blueprint.route("/pairs/edit", methods=["GET", "POST"])
@requires(Permission.GLOSSARY_CENTRE_EDIT)
def edit_pair() -> ResponseReturnValue:
    """Correct a pair, or name its concept, and confirm it."""
    form = EditPairForm() if request.method == "POST" else EditPairForm(request.args)
    pair = _pair(form)
    if pair is None or pair.state is not ProposalState.OPEN:
        return _gone()
    if request.method == "GET":
        form.left_text.data, form.right_text.data = pair.left_text, pair.right_text
        form.concept.data = pair.concept.code if pair.concept else ""
        form.version.data = str(pair.lock_version)
    elif form.validate_on_submit():
        try:
            _confirmed(_confirm(pair, form))
        except DomainError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            return redirect(url_for(".pairs", language=form.shown.data or None, _anchor="main"))
    return render_template(
        "glossary/edit_pair.html",
        form=form,
        pair=pair,
        seen=sightings(db.session, current_actor(), pair),
        marked=presentation.marked,
    )


def _pair(form: PairForm) -> TermProposal | None:
    """The pair that a button stands beside; None where there is no such pair."""
    try:
        return find.get_pair(
            db.session,
            current_actor(),
            (form.left_language.data or "", form.left.data or ""),
            (form.right_language.data or "", form.right.data or ""),
        )
    except DomainError:
        return None


def _gone() -> ResponseReturnValue:
    flash(sentence(DomainError(ErrorCode.PROPOSAL_DECIDED)), "error")
    return redirect(url_for(".pairs"))


def _confirm(pair: TermProposal, form: PairForm) -> GlossaryConcept:
    edited: dict[str, str] = {}
    concept = None
    if isinstance(form, EditPairForm):
        for language, proposed, field in (
            (pair.left_language, pair.left_text, form.left_text),
            (pair.right_language, pair.right_text, form.right_text),
        ):
            if field.data != proposed:
                edited[language] = field.data or ""
        concept = _named_concept(form)
    return term_proposals.confirm_proposal(
        db.session, current_actor(), pair,
        concept=concept, edited=edited, now=utc_now(), version=form.opened_version(),
    )  # fmt: skip


def _named_concept(form: EditPairForm) -> GlossaryConcept | None:
    code = form.concept.data
    if not code:
        return None
    try:
        return find.get_concept(db.session, current_actor(), code)
    except DomainError:
        raise DomainError(ErrorCode.GLOSSARY_CONCEPT_UNKNOWN, field="concept", value=code) from None


def _confirmed(concept: GlossaryConcept) -> None:
    name = presentation.reader_name(concept, current_locale()).text
    waits = presentation.waiting(
        label for label in concept.labels if label.author_id == current_actor().user_id
    )
    commit()
    if waits:
        flash(
            _(
                "The pair is confirmed for “%(name)s”. The term that you wrote counts once somebody"
                " else confirms it.",
                name=name,
            ),
            "success",
        )
    else:
        flash(
            _(
                "Both terms now name “%(name)s”. Matching uses it from the next round.",
                name=name,
            ),
            "success",
        )
