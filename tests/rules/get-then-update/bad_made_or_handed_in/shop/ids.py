import uuid


def new_id():
    return str(uuid.uuid4())


def given_or_new(given):
    return given or new_id()
