import sqlalchemy as sa
from alembic import op

revision = "9f"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "votes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("poll", sa.Integer()),
        sa.Column("voter", sa.String()),
        sa.UniqueConstraint("poll", "voter", name="one_vote"),
    )
    op.create_table("polls", sa.Column("title", sa.String(), unique=True), sa.Column("slug", sa.String()))
    op.create_table("voters", sa.Column("email", sa.String()), sa.Column("login", sa.String()))


def downgrade() -> None:
    op.drop_table("votes")
