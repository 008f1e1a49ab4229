"""The sentence for each error code, made for its reader at the moment of reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import language_name, listed, long_date, number
from matchmaker.i18n.labels import label

E = ErrorCode

SENTENCES: Final[dict[ErrorCode, LazyString]] = {
    E.NOT_ALLOWED: _l("You may not do this."),
    E.NOT_FOUND: _l("We could not find what you asked for."),
    E.STALE: _l("Somebody else changed this since you opened it."),
    E.LISTING_STEP_NOT_ALLOWED: _l(
        "A listing cannot go from “%(state)s” to “%(target)s” this way."
    ),
    E.LISTING_INCOMPLETE: _l(
        "Before you can submit, give a title, a description, a sector and an organisation."
    ),
    E.LISTING_DUPLICATE: _l("Your organisation already has a listing with this text."),
    E.LISTING_LANGUAGE_EXISTS: _l("This listing already has a text in %(language)s."),
    E.LISTING_NOT_EDITABLE: _l("This listing can no longer be edited."),
    E.LANGUAGE_DIFFERS: _l(
        "This text seems to be in %(detected)s, not in %(declared)s. "
        "Correct the language, or confirm that it is right."
    ),
    E.TEXT_TOO_LONG: _l("Shorten this to %(limit)s characters or fewer: it has %(length)s."),
    E.TEXT_EMPTY: _l("Write something here."),
    E.TEXT_UNREADABLE_ENCODING: _l(
        "We could not read these characters. Type the text in Unicode, or save the file as UTF-8."
    ),
    E.UNKNOWN_CODE: _l("“%(value)s” is not among the allowed values."),
    E.TOO_MANY_SECTORS: _l("Choose up to three sectors."),
    E.RANGE_REVERSED: _l("The lower amount must not be above the higher one."),
    E.CURRENCY_MISSING: _l("Choose the currency of the amount."),
    E.AMOUNT_INVALID: _l("Enter an amount of money, like 1200000 or 1200000.50."),
    E.DATE_INVALID: _l("Enter a date, like 2027-03-31."),
    E.DATE_PAST: _l("Choose a date in the future."),
    E.DATE_FUTURE: _l("Choose a date that is not in the future."),
    E.FILES_TOO_LARGE: _l(
        "The files are too large: together they may have up to %(limit)s megabytes. Choose smaller "
        "ones; what you typed is kept."
    ),
    E.FILE_TOO_LARGE: _l("The file is too large: it may have up to %(limit)s megabytes."),
    E.FILE_TYPE_REFUSED: _l("This type of file is not accepted. Use PDF, JPEG, PNG or WebP."),
    E.FILE_BROKEN: _l("The file is damaged, or is not what its name says."),
    E.IMAGE_TOO_LARGE: _l("The image is too large: it may have up to %(limit)s million pixels."),
    E.TOO_MANY_FILES: _l("There may be up to %(limit)s files."),
    E.STORAGE_FULL: _l("There is no space left to save this. Nothing was saved; tell us, please."),
    E.SPREADSHEET_UNREADABLE: _l(
        "We could not read this spreadsheet. Save it as XLSX, or as CSV in UTF-8, and try again."
    ),
    E.SPREADSHEET_NO_ROWS: _l("The spreadsheet has headings but no rows below them."),
    E.SPREADSHEET_TOO_MANY_ROWS: _l(
        "The spreadsheet has more than %(limit)s rows. Split it into several files."
    ),
    E.SPREADSHEET_COLUMN_UNKNOWN: _l(
        "The column “%(value)s” is not in the template. Correct its heading, or remove it."
    ),
    E.SPREADSHEET_COLUMN_MISSING: _l("The column “%(value)s” is missing."),
    E.SPREADSHEET_COLUMN_TWICE: _l("There are two columns for “%(value)s”. Remove one of them."),
    E.OWN_NUMBER_TWICE: _l("Row %(row)s already has this number."),
    E.ROW_NOT_AN_OBJECT: _l("This line does not hold one record of names and values."),
    E.ORGANISATION_NOT_VERIFIED: _l(
        "Your organisation is waiting to be verified by the centre of your country or province."
    ),
    E.ORGANISATION_HAS_ACCOUNT: _l("This organisation has its own account and acts for itself."),
    E.ORGANISATION_DUPLICATE: _l(
        "An organisation with this name is already registered. You can ask to join it."
    ),
    E.ORGANISATION_OTHER_CENTRE: _l(
        "Another centre is responsible for this place. Ask it to enter the organisation."
    ),
    E.CONSENT_MISSING: _l("Record that the organisation agrees to be listed, and how it said so."),
    E.CONTACT_MISSING: _l("Give a way to reach the contact person."),
    E.PHONE_INVALID: _l("Enter a telephone number with its country code, like +86 771 123 4567."),
    E.CLAIM_LINK_INVALID: _l("This link or code is not valid, or has expired. Ask for a new one."),
    E.CLAIM_ALREADY_MADE: _l("Somebody has already taken over this organisation's account."),
    E.TOO_MANY_TRIES: _l("That was tried too often. Wait an hour, then try again."),
    E.MEMBER_ALREADY: _l("You already belong to this organisation, or have asked to."),
    E.CONTROL_CLASS_MISSING: _l("Choose the export-control class of this offer."),
    E.EXPORT_CHECK_OUTDATED: _l(
        "This offer has been introduced to a partner abroad, who would read the new text at once. "
        "Confirm that the export check holds for the new text, or check it anew; then publish it."
    ),
    E.CLEARANCE_EVIDENCE_MISSING: _l(
        "Enter the number of the licence or registration, or add a file that shows it."
    ),
    E.CATALOGUE_VERSION_UNKNOWN: _l(
        "“%(value)s” is not a version of the catalogue of this country."
    ),
    E.REASON_MISSING: _l("Choose a reason."),
    E.NOTE_MISSING: _l("Write a note that explains this."),
    E.SIDE_MISSING: _l("Choose which organisation it is: your centre looks after both."),
    E.NOT_SILENT: _l(
        "“No reply” ends a match only when a party has owed an answer for %(days)s days."
    ),
    E.BLEND_NOT_BETTER: _l(
        "Only the newest version can be switched on, and only when it is better than the engine "
        "without training."
    ),
    E.MATCH_STEP_NOT_ALLOWED: _l("A match cannot go from “%(state)s” to “%(target)s” this way."),
    E.MATCH_EXISTS: _l("These two listings are already matched."),
    E.MATCH_SAME_ORGANISATION: _l("Both listings belong to the same organisation."),
    E.MATCH_SAME_KIND: _l("A match needs one offer and one need."),
    E.MATCH_LISTING_NOT_LIVE: _l("One of the two listings is not published at the moment."),
    E.DECISION_TOO_LATE: _l("Both sides have decided: this can no longer be changed."),
    E.DECISION_OWN_ORGANISATION: _l(
        "You belong to one of these organisations, so somebody else must decide."
    ),
    E.DECISION_OTHER_SIDE: _l("The other side's centre decides this."),
    E.TEXT_NOT_READABLE: _l(
        "There is no version in a language that you read. Ask for a translation, or tick "
        "that you read it in the original."
    ),
    E.TEXT_REVISED: _l("The text was revised since you opened this page. Read it again first."),
    E.GATE_CLOSED: _l("The export check does not allow an introduction: %(gate)s."),
    E.CONSENT_NOT_GIVEN: _l("Both parties must say yes first."),
    E.INTEREST_CLOSED: _l("This listing does not take expressions of interest at the moment."),
    E.INTEREST_COUNTRY_EXCLUDED: _l("This listing looks for partners in these places: %(places)s."),
    E.CENTRE_UNSUITABLE: _l("Choose another centre that is at work."),
    E.NOTHING_WAITS: _l("Nothing waits for them at the moment."),
    E.REMINDED_TODAY: _l("They were reminded today already."),
    E.REMINDED_ONCE: _l("They were reminded of this silence already."),
    E.PERIOD_REVERSED: _l("The last day must not be before the first day."),
    E.THREAD_CLOSED: _l("This case is closed: you can read it, but nothing more can be added."),
    E.LANDING_STEP_EXISTS: _l("This service is already on the landing path."),
    E.CATALOGUE_VERSION_EXISTS: _l(
        "This version of the catalogue is already there. A new catalogue needs a new version."
    ),
    E.CATALOGUE_ENTRY_UNKNOWN: _l(
        "“%(value)s” is not a number of an entry in version %(version)s of the catalogue."
    ),
    E.CATALOGUE_ENTRY_TWICE: _l(
        "The entry “%(value)s” stands in an earlier row in the same language."
    ),
    E.STAGES_REVERSED: _l("The last stage must not come before the first one."),
    E.NDA_MISSING: _l("Both sides must have a non-disclosure agreement first."),
    E.NDA_SAMPLE: _l(
        "This text is only a sample and cannot be accepted here. An administrator of this site has "
        "to write the operator's own agreement first."
    ),
    E.NDA_CHANGED: _l("The agreement changed since you opened this page. Read it again first."),
    E.NDA_IN_FORCE: _l("A non-disclosure agreement is already in force."),
    E.OUTCOME_MISSING: _l("Record the agreement itself: its type and the day it was signed."),
    E.OUTCOME_EXISTS: _l("The agreement is recorded already. Write to the centres about changes."),
    E.OUTCOME_OTHER_EYES: _l(
        "Somebody else has to confirm this: staff of the other centre, or a lead."
    ),
    E.CONTRACT_VALUE_MISSING: _l("Enter the value of the whole contract, too."),
    E.TRANSACTION_ABOVE_CONTRACT: _l(
        "The part for technology must not be above the value of the contract."
    ),
    E.JOBS_INVALID: _l("Enter a whole number of jobs, from 0 to %(limit)s."),
    E.FOLLOW_UP_CLOSED: _l("This question is closed. Tell your centre how the talks stand."),
    E.MEETING_CHANGED: _l(
        "Somebody else answered while you were reading. Look at the meeting as it is now."
    ),
    E.TIME_INVALID: _l("Enter a time of day, like 14:30."),
    E.TIME_MISSING: _l("Propose at least one time."),
    E.TIME_PAST: _l("Choose a time in the future."),
    E.TIME_TOO_FAR: _l("Choose a time within a year."),
    E.TIME_SKIPPED: _l("There is no such time on that day: the clocks go forward."),
    E.TIME_ZONE_UNKNOWN: _l("Choose a time zone from the list."),
    E.LANGUAGES_SAME: _l("Choose two different languages."),
    E.TRANSLATION_DONE: _l("Somebody else has already finished this translation."),
    E.CENTRE_CANNOT_READ: _l("Nobody at that centre reads this language."),
    E.TASK_DONE: _l("Somebody else has already finished this task."),
    E.GLOSSARY_CODE_INVALID: _l(
        "“%(value)s” cannot be the code of a concept. Use small letters from a to z, digits and "
        "underscores, with a letter first."
    ),
    E.GLOSSARY_CODE_TAKEN: _l("There is already a concept with the code “%(value)s”."),
    E.GLOSSARY_CONCEPT_UNKNOWN: _l("There is no concept with the code “%(value)s”."),
    E.GLOSSARY_CYCLE: _l("A concept cannot stand below one that stands below itself."),
    E.GLOSSARY_FILE_UNREADABLE: _l("We could not read this file as a glossary (%(detail)s)."),
    E.GLOSSARY_FORMAT_UNKNOWN: _l(
        "The name “%(value)s” does not say what the file is. Let it end in one of these: %(known)s."
    ),
    E.GLOSSARY_HAS_NARROWER: _l(
        "Other concepts stand below this one. Move or remove them before you remove it."
    ),
    E.GLOSSARY_LABEL_EXISTS: _l("The concept already has the label “%(value)s” in %(language)s."),
    E.GLOSSARY_LANGUAGE_UNKNOWN: _l("“%(value)s” is not a language of the glossary."),
    E.GLOSSARY_OWN_LABEL: _l("You wrote this label, so somebody else must confirm it."),
    E.GLOSSARY_SECTOR_UNKNOWN: _l(
        "There is no sector with the code “%(value)s”. The concept is taken without it."
    ),
    E.PROPOSAL_DECIDED: _l("Somebody has already decided on this pair of terms."),
    E.EMAIL_INVALID: _l("Enter an e-mail address in the right form, like name@example.org."),
    E.TOO_MANY_SEARCHES: _l("You may keep up to %(limit)s searches. Remove one first."),
    E.EMAIL_TAKEN: _l("There is already an account with this e-mail address."),
    E.INDEX_MISSING: _l("The search index is being built. Try again in a few minutes."),
}
_LANGUAGES: Final = frozenset({"language", "detected", "declared"})


def sentence(error: DomainError) -> str:
    """Return the sentence of an error in the language of this moment."""
    return describe(error.code, error.data)


def describe(code: ErrorCode, data: Mapping[str, object]) -> str:
    """Return the sentence of a code with its data, as stored in a report."""
    template = str(SENTENCES[code])
    words = _Words({name: _word(name, value) for name, value in data.items()})
    return template % words


class _Words(dict[str, str]):
    """The words of a sentence; one that was not given is shown as a dash, never as an error."""

    def __missing__(self, _key: str) -> str:
        return "–"


def _word(name: str, value: object) -> str:
    if name in _LANGUAGES and isinstance(value, str):
        return language_name(value)
    if name == "places" and isinstance(value, (list, tuple)):
        return listed(place_name(str(code)) for code in value)
    for kind, show in _SHOW:
        if isinstance(value, kind):
            return show(value)
    return str(value)


_SHOW: Final[tuple[tuple[type, Callable[..., str]], ...]] = (
    (StrEnum, lambda value: str(label(value))),
    (bool, str),
    (int, number),
    (float, number),
    (date, long_date),
)
