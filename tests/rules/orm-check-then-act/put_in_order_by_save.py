"""A column that is asked for, and that the class's own save only puts in order, is not changed."""

from django.db import models

from shop.texts import capitals


class Letter(models.Model):
    text = models.CharField(max_length=100)
    article = models.CharField(max_length=100)


class Article(models.Model):
    title = models.CharField(max_length=100)
    state = models.CharField(max_length=100)

    def save(self, *args, **kwargs):
        self.title = capitals(self.title[:99])
        self.state = self.state.strip()
        super().save(*args, **kwargs)


class Chapter(models.Model):
    edits = models.IntegerField(default=0)

    def save(self, *args, **kwargs):
        self.edits += 1
        super().save(*args, **kwargs)


def publish(article_id):
    article = Article.objects.get(pk=article_id)
    if article.title:
        Letter.objects.create(text="out", article=article.pk)
    article.state = "published"
    article.save()


def mention(article_id):
    article = Article.objects.get(pk=article_id)
    if article.state:
        Letter.objects.create(text="seen", article=article.pk)
    article.save()


def revise_once(chapter_id):
    chapter = Chapter.objects.get(pk=chapter_id)  # expect: FEN203
    if chapter.edits < 1:
        Letter.objects.create(text="revised", article=chapter.pk)
        chapter.save()


class Job(models.Model):
    is_started = models.BooleanField(default=False)
    name = models.CharField(max_length=100)

    def save(self, *args, **kwargs):
        if not self.is_started:
            Letter.objects.create(text="started", article=self.name)
            self.is_started = True
        super().save(*args, **kwargs)


def rename(job_id, name):
    job = Job.objects.get(pk=job_id)  # expect: FEN204
    job.name = name
    job.save()
