"""The small indexes follow the rows, and a job that dies is done again."""

import shutil

from sqlalchemy import select

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.models import ExportCatalogue, OrganisationService
from matchmaker.queries.small_indexes import catalogue_index, directory_index
from matchmaker.services.small_indexes import small_indexes_due, update_small_indexes
from tests.factories import make_catalogue, make_centre, make_organisation, make_service
from tests.integration.conftest import WordEncoder


def start(transactions: Transactions) -> tuple[str, int]:
    with transactions.write() as session:
        make_centre(session, head_office=True)
        owner = make_organisation(session)
        return make_service(session, owner).reference, make_catalogue(session).id


def due(transactions: Transactions, settings: Settings, encoder: WordEncoder | None) -> bool:
    with transactions.read() as session:
        return small_indexes_due(session, settings.index_folder, encoder)


def test_they_follow_what_is_public_and_in_force(
    own_transactions: Transactions, own_settings: Settings
) -> None:
    folder, encoder = own_settings.index_folder, WordEncoder()
    reference, catalogue_id = start(own_transactions)
    assert due(own_transactions, own_settings, encoder)
    update_small_indexes(own_transactions, folder, encoder)
    assert not due(own_transactions, own_settings, encoder)
    directory, catalogue = directory_index(folder), catalogue_index(folder, catalogue_id)
    assert directory is not None
    assert catalogue is not None
    assert directory.groups() == {reference}
    assert catalogue.groups() == {"1-01", "1-02"}
    assert not directory.waiting() | catalogue.waiting()
    with own_transactions.write() as session:
        session.scalars(select(OrganisationService)).one().published = False
        session.scalars(select(ExportCatalogue)).one().in_force = False
    assert due(own_transactions, own_settings, encoder)
    update_small_indexes(own_transactions, folder, encoder)
    directory = directory_index(folder)
    assert directory is not None
    assert not directory.groups()
    assert catalogue_index(folder, catalogue_id) is None


def test_a_lost_folder_is_made_again(
    own_transactions: Transactions, own_settings: Settings
) -> None:
    folder, encoder = own_settings.index_folder, WordEncoder()
    start(own_transactions)
    update_small_indexes(own_transactions, folder, encoder)
    shutil.rmtree(folder / "directory")
    assert due(own_transactions, own_settings, encoder)
    assert update_small_indexes(own_transactions, folder, encoder) > 0
    assert not due(own_transactions, own_settings, encoder)


def test_words_alone_until_an_encoder_comes(
    own_transactions: Transactions, own_settings: Settings
) -> None:
    folder = own_settings.index_folder
    start(own_transactions)
    update_small_indexes(own_transactions, folder, None)
    assert not due(own_transactions, own_settings, None)
    index = directory_index(folder)
    assert index is not None
    assert index.waiting()
    assert due(own_transactions, own_settings, WordEncoder())


def test_what_takes_too_long_goes_on_in_the_next_run(
    own_transactions: Transactions, own_settings: Settings
) -> None:
    folder, encoder = own_settings.index_folder, WordEncoder()
    start(own_transactions)
    runs = 0
    while due(own_transactions, own_settings, encoder) and runs < 20:
        update_small_indexes(own_transactions, folder, encoder, seconds=-1.0 if runs < 2 else 10.0)
        runs += 1
    assert 2 < runs < 20
