"""Where a finding says that something happens, when it happens after the function has returned."""

from __future__ import annotations

from pathlib import Path

from fenceline.config import Config
from fenceline.engine import check

LATE = '''\
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Ticket(Base):
    __tablename__ = "tickets"
    id = Column(Integer, primary_key=True)
    notes = Column(String)

    def note(self, more):
        """The session is the caller's, and committed there."""
        if more:
            self.notes = self.notes + more
        print("noted", more)
'''


def test_what_a_caller_commits_is_told_where_it_was_changed(tmp_path: Path):
    (tmp_path / "tickets.py").write_text(LATE)
    (found,) = check([tmp_path], Config(jobs=1), tmp_path).findings
    writes = {step.line for step in found.trace if step.text.startswith("UPDATE")}
    assert writes == {15}
    assert [one.line for one in found.related] == [15]
