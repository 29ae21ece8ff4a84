from celery import Celery, shared_task
from django.db import models
from django.http import HttpResponse
from django.views import View

app = Celery("tags")


class Tag(models.Model):
    name = models.CharField(max_length=40)


class Visit(models.Model):
    page = models.CharField(max_length=40)
    day = models.DateField()
    count = models.IntegerField(default=0)


def walrus(name):
    if (tag := Tag.objects.filter(name=name).first()) is None:  # expect: FEN205
        tag = Tag.objects.create(name=name)
    return tag


def in_a_loop(names):
    for name in names:
        if Tag.objects.filter(name=name).exists():  # expect: FEN205
            continue
        Tag.objects.create(name=name)


def matched(name):
    match Tag.objects.filter(name=name).count():  # expect: FEN205
        case 0:
            return Tag.objects.create(name=name)
        case _:
            return None


def create_in_except_with_save(name):
    try:
        tag = Tag.objects.get(name=name)  # expect: FEN205
    except Tag.DoesNotExist:
        tag = Tag(name=name)
        tag.save()
    return tag


def in_a_nested_function(name):
    def make():
        if not Tag.objects.filter(name=name).exists():  # expect: FEN205
            Tag.objects.create(name=name)

    make()


def is_known(name):
    return Tag.objects.filter(name=name).exists()  # expect: FEN205


def read_in_a_helper(name):
    if is_known(name):
        return False
    Tag.objects.create(name=name)
    return True


def make(name):
    return Tag.objects.create(name=name)


def create_in_a_helper(name):
    tag = Tag.objects.filter(name=name).first()  # expect: FEN205
    return tag or make(name)


async def awaited(name):
    if not await Tag.objects.filter(name=name).aexists():  # expect: FEN205
        await Tag.objects.acreate(name=name)


async def awaited_get_or_create(name):
    tag, _created = await Tag.objects.aget_or_create(name=name)  # expect: FEN205
    return tag


@shared_task
def in_a_shared_task(page, day):
    Visit.objects.get_or_create(page=page, day=day)  # expect: FEN205


@app.task(bind=True)
def in_an_app_task(self, page, day):
    if not Visit.objects.filter(page=page, day=day).exists():  # expect: FEN205
        Visit.objects.create(page=page, day=day)


class TagView(View):
    def post(self, request):
        name = request.POST["name"]
        if Tag.objects.filter(name=name).exists():  # expect: FEN205
            return HttpResponse(status=409)
        Tag.objects.create(name=name)
        return HttpResponse(status=201)
