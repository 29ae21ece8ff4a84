from .store import documents


def change(user, field, value):
    settings = documents.load(user)
    settings[field] = value
    documents.store(user, settings)


def change_under_lock(user, field, value):
    with documents.lock(user):
        settings = documents.load(user)
        settings[field] = value
        documents.store(user, settings)
