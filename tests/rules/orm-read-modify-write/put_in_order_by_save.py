"""What a class makes of each value that is saved is no change of what is stored; nor is what is only in memory."""

import re

from django.db import models

from shop.texts import capitals


class Article(models.Model):
    title = models.CharField(max_length=100)
    code = models.CharField(max_length=100)
    state = models.CharField(max_length=100)
    edits = models.IntegerField(default=0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.labels = None

    def save(self, *args, **kwargs):
        self.title = capitals(self.title[:99])
        if self.code:
            found = re.match("[a-z]+", self.code)
            if found:
                self.code = found.group(0)
        super().save(*args, **kwargs)

    def save_quietly(self):
        self.save()


class Chapter(models.Model):
    title = models.CharField(max_length=100)
    edits = models.IntegerField(default=0)
    state = models.CharField(max_length=100)

    def save(self, *args, **kwargs):
        self.edits += 1
        super().save(*args, **kwargs)


def publish(article_id):
    article = Article.objects.get(pk=article_id)
    article.state = "published"
    article.save()


def edit(article_id, add):
    article = Article.objects.get(pk=article_id)  # expect: FEN203
    article.title = capitals(article.title) + add
    article.save()


def publish_chapter(chapter_id):
    chapter = Chapter.objects.get(pk=chapter_id)  # expect: FEN203 "edits"
    chapter.state = "published"
    chapter.save()


def label(article_id):
    article = Article.objects.get(pk=article_id)
    if article.labels:
        article.labels = [one for one in article.labels if one.strip()]
    article.state = "labelled"
    article.save(update_fields=["state"])
    article.save()
