import os
import random
import secrets
import string
import tempfile
import uuid


def new_id():
    return str(uuid.uuid4())


def new_token():
    return secrets.token_urlsafe(16)


def new_key(prefix):
    return f"{prefix}:{uuid.uuid4().hex}"


def scratch():
    return tempfile.mkdtemp(prefix="shop")


def scratch_file():
    handle, path = tempfile.mkstemp()
    os.close(handle)
    return path
