from django.db import IntegrityError

from . import models
from .models import Author, Post, Tag


def unique_in_an_abstract_parent(slug, author):
    return Post.objects.get_or_create(slug=slug, defaults={"author": author})


def unique_by_expression(email):
    return Author.objects.get_or_create(email=email)


def inherited_field_is_not_unique(post, title):
    return Tag.objects.get_or_create(post=post, title=title)  # expect: FEN205


def through_the_package(title, author):
    if not models.Post.objects.filter(title=title).exists():  # expect: FEN205
        models.Post.objects.create(title=title, author=author)


def error_handled(slug, author):
    if Post.objects.filter(slug=slug).exists():
        return None
    try:
        return Post.objects.create(slug=slug, author=author)
    except IntegrityError:
        return None


def through_the_related_manager(post: Post, title):
    tag, _created = post.tags.get_or_create(title=title)  # expect: FEN205
    return tag


def name_is_not_unique(name):
    author = Author.objects.filter(name=name).first()  # expect: FEN205
    if author is None:
        author = Author.objects.create(name=name)
    return author
