"""peewee saves every column, unless the class asks for those that were changed."""

import peewee
from celery import shared_task

db = peewee.SqliteDatabase("rows.db")


class Page(peewee.Model):
    title = peewee.CharField()
    views = peewee.IntegerField(default=0)

    class Meta:
        database = db


class Leaf(peewee.Model):
    title = peewee.CharField()
    views = peewee.IntegerField(default=0)

    class Meta:
        database = db
        only_save_dirty = True


@shared_task
def count(page_id):
    Page.update(views=Page.views + 1).where(Page.id == page_id).execute()


@shared_task
def count_leaf(leaf_id):
    Leaf.update(views=Leaf.views + 1).where(Leaf.id == leaf_id).execute()


@shared_task
def entitle(page_id, title):
    page = Page.get_by_id(page_id)
    page.title = title
    page.save()  # expect: FEN208 "views"


@shared_task
def entitle_only(page_id, title):
    page = Page.get_by_id(page_id)
    page.title = title
    page.save(only=[Page.title])


@shared_task
def entitle_leaf(leaf_id, title):
    leaf = Leaf.get_by_id(leaf_id)
    leaf.title = title
    leaf.save()
