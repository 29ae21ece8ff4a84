import os
from pathlib import Path

ROOT = "/srv/media"


def one_level():
    if not os.path.isdir(ROOT):
        # of this host alone
        os.mkdir(ROOT)


def of_a_path():
    exports = Path("/srv/exports")
    if not exports.exists():
        # for the nightly job
        exports.mkdir(
            parents=True,
        )


def on_one_line():
    if not os.path.exists(ROOT + "/a"): os.makedirs(ROOT + "/a")


def with_a_word():
    if not os.path.exists(ROOT + "/b"):
        os.makedirs(ROOT + "/b")
        print("made")


def otherwise():
    if not os.path.exists(ROOT + "/c"):
        os.makedirs(ROOT + "/c")
    else:
        print("there")


def under_a_condition(wanted):
    if wanted and not os.path.exists(ROOT + "/d"):
        os.makedirs(ROOT + "/d")
