from alembic import op

revision = "7c"
down_revision = "9f"


def upgrade():
    with op.batch_alter_table("polls") as batch_op:
        batch_op.create_index(batch_op.f("ix_polls_slug"), ["slug"], unique=True)
        batch_op.create_index("ix_polls_title", ["title"], unique=False)
    op.create_unique_constraint("uq_login", "voters", ["login"])
    op.create_index("ix_voters_email", "voters", ["email"], unique=True)


def downgrade():
    op.drop_constraint("uq_login", "voters")
