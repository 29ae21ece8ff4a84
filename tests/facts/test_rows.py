"""What a save of a row writes and when a row lock is taken, shown by the libraries themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import django
import peewee
import pytest
from django.conf import settings
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

if not settings.configured:
    settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    django.setup()

from django.db import OperationalError, connection, models
from django.db.transaction import TransactionManagementError, atomic
from django.test.utils import CaptureQueriesContext


class Parcel(models.Model):
    label = models.CharField(max_length=20)
    position = models.CharField(max_length=20)

    class Meta:
        app_label = "facts"


@pytest.fixture(scope="module")
def parcels() -> Iterator[type[Parcel]]:
    with connection.schema_editor() as editor:
        editor.create_model(Parcel)
    Parcel.objects.create(pk=1, label="a", position="x")
    yield Parcel
    connection.close()


def _updated(row: Parcel, **options: object) -> str:
    with CaptureQueriesContext(connection) as queries:
        row.save(**options)
    return next(one["sql"] for one in queries if one["sql"].startswith("UPDATE"))


def test_django_saves_every_column_that_was_loaded(parcels: type[Parcel]):
    row = parcels.objects.get(pk=1)
    row.label = "b"
    assert '"position"' in _updated(row)
    assert '"position"' not in _updated(row, update_fields=["label"])
    assert '"position"' not in _updated(parcels.objects.only("label").get(pk=1))
    assert '"position"' not in _updated(parcels.objects.defer("position").get(pk=1))


def test_django_sends_a_locking_query_when_it_is_used_and_refuses_it_outside_a_transaction(
    parcels: type[Parcel], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection.features, "has_select_for_update", True)  # SQLite leaves the lock out silently
    rows = parcels.objects.select_for_update().filter(pk=1)
    with pytest.raises(TransactionManagementError):
        rows.first()
    with atomic(), CaptureQueriesContext(connection) as queries:
        parcels.objects.select_for_update().filter(pk=1)
    assert list(queries) == []
    with pytest.raises(OperationalError, match="FOR"):  # it has its own, and gets as far as SQLite's grammar
        parcels.objects.update_or_create(pk=1, defaults={"label": "c"})


class Base(DeclarativeBase):
    pass


class Wallet(Base):
    __tablename__ = "wallets"
    id: Mapped[int] = mapped_column(primary_key=True)
    cents: Mapped[int]
    note: Mapped[str]


def test_sqlalchemy_writes_only_what_was_changed():
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with Session(engine) as session:
        session.add(Wallet(id=1, cents=5, note=""))
        session.commit()
        session.get_one(Wallet, 1).note = "new"
        session.commit()
    updates = [one for one in sent if one.startswith("UPDATE")]
    assert len(updates) == 1
    assert "cents" not in updates[0]


database = peewee.SqliteDatabase(None)


class Leaf(peewee.Model):
    title = peewee.CharField(default="")
    views = peewee.IntegerField(default=0)

    class Meta:
        database = database
        only_save_dirty = True


class Page(peewee.Model):
    title = peewee.CharField(default="")
    views = peewee.IntegerField(default=0)

    class Meta:
        database = database


def test_peewee_saves_what_was_loaded_or_what_was_changed_where_the_class_says_so(tmp_path: Path):
    database.init(str(tmp_path / "pages.db"))
    with database:
        database.create_tables([Leaf, Page])
        for kind in (Leaf, Page):
            kind.create(title="a")
        leaf, page, part = Leaf.get(), Page.get(), Page.select(Page.id, Page.title).get()
        for kind in (Leaf, Page):
            kind.update(views=7).execute()
        for row in (leaf, part):
            row.title = "b"
            row.save()
        assert (Leaf.get().views, Page.get().views) == (7, 7)
        page.title = "c"
        page.save()
        assert Page.get().views == 0
    database.close()
