from models import Harbour, Pier


def first_harbour(name):
    if not Harbour.objects.filter(name=name).exists():
        Harbour.objects.create(name=name)


def first_pier(name):
    if not Pier.objects.filter(name=name).exists():  # expect: FEN205
        Pier.objects.create(name=name)
