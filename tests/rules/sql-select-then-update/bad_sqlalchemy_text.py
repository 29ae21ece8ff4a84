from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

engine = create_engine("postgresql://db/shop")
async_engine = create_async_engine("postgresql+asyncpg://db/shop")

SELECT = text("SELECT cents FROM account WHERE id = :id")
UPDATE = text("UPDATE account SET cents = :cents WHERE id = :id")


def engine_begin(account, cents):
    with engine.begin() as conn:
        balance = conn.execute(text("SELECT cents FROM account WHERE id = :id"), {"id": account}).scalar_one()  # expect: FEN213
        if balance < cents:
            raise ValueError(account)
        conn.execute(text("UPDATE account SET cents = cents - :n WHERE id = :id"), {"n": cents, "id": account})


def engine_connect(account, cents):
    with engine.connect() as conn:
        row = conn.execute(text("SELECT cents FROM account WHERE id = :id"), {"id": account}).first()  # expect: FEN213
        if row.cents < cents:
            return False
        conn.execute(text("UPDATE account SET cents = cents - :n WHERE id = :id"), {"n": cents, "id": account})
        conn.commit()
        return True


def statements_at_module_level(session: Session, account, cents):
    balance = session.execute(SELECT, {"id": account}).scalar_one()  # expect: FEN213
    session.execute(UPDATE, {"id": account, "cents": balance + cents})
    session.commit()


def session_scalar(session: Session, coupon):
    spent = session.scalar(text("SELECT spent FROM coupon WHERE id = :id"), {"id": coupon})  # expect: FEN213
    if spent:
        return False
    session.execute(text("UPDATE coupon SET spent = true WHERE id = :id"), {"id": coupon})
    session.commit()
    return True


async def async_engine_begin(account, cents):
    async with async_engine.begin() as conn:
        result = await conn.execute(text("SELECT cents FROM account WHERE id = :id"), {"id": account})  # expect: FEN213
        balance = result.scalar_one()
        if balance < cents:
            raise ValueError(account)
        await conn.execute(text("UPDATE account SET cents = cents - :n WHERE id = :id"), {"n": cents, "id": account})


async def async_session(session: AsyncSession, account, cents):
    row = (await session.execute(text("SELECT cents FROM account WHERE id = :id"), {"id": account})).one()  # expect: FEN213
    await session.execute(UPDATE, {"id": account, "cents": row.cents - cents})
    await session.commit()
