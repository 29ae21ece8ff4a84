from . import connections
from .api import connect, store
from .api import connections as held
from .connections import client


def imported_client(key):
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)


def through_the_module(key):
    if int(connections.client.get(key) or 0) > 0:  # expect: FEN201
        connections.client.decr(key)


def re_exported_under_another_name(key):
    if int(store.get(key) or 0) > 0:  # expect: FEN201
        store.decr(key)


def imported_factory(key):
    client = connect()
    if int(client.get(key) or 0) > 0:  # expect: FEN201
        client.decr(key)


def attribute_of_an_imported_object(key):
    if int(held.primary.get(key) or 0) > 0:  # expect: FEN201
        held.primary.decr(key)
