import sqlalchemy as sa
from alembic import op

revision = "1a"
down_revision = "7c"


def upgrade():
    op.drop_constraint("polls_title_key", "polls", type_="unique")
    op.execute(sa.text("DROP INDEX IF EXISTS ix_voters_email"))
    op.create_index("ix_voters_here", "voters", ["email"], unique=True, postgresql_where=sa.text('"left" IS NULL'))


def downgrade():
    pass
