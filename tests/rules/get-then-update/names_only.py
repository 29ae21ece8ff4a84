"""What `r` is, nobody says: a name alone is below the default confidence."""


def untyped_parameter(r, key):
    if int(r.get(key) or 0) > 0:
        r.decr(key)


def mapping_methods(settings, key):
    if settings.get(key) is None:
        settings.set(key, 1)
        return True
    return False


def plain_dictionary(key):
    seen = {}
    if seen.get(key) is None:
        seen[key] = 1
        return True
    return False
