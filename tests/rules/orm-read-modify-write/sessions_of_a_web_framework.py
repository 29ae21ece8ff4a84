"""Sessions that the framework hands in, through annotations, defaults and repositories."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import select, text
from sqlalchemy.orm import sessionmaker
from sqlmodel import Field, Session, SQLModel, create_engine
from sqlmodel import select as sqlmodel_select

engine = create_engine("postgresql://db/shop")
Local = sessionmaker(engine)
router = APIRouter()


def get_db():
    with Session(engine) as session:
        yield session


def old_db():
    db = Local()
    try:
        yield db
    finally:
        db.close()


SessionDep = Annotated[Session, Depends(get_db)]


class Hero(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    power: int


@router.post("/a/{hero_id}")
def annotated(hero_id: int, session: SessionDep):
    hero = session.get(Hero, hero_id)  # expect: FEN203
    if not hero:
        raise HTTPException(404)
    hero.power += 1
    session.add(hero)
    session.commit()
    session.refresh(hero)
    return hero


@router.post("/b/{hero_id}")
def old_style(hero_id: int, db=Depends(old_db)):
    hero = db.query(Hero).filter(Hero.id == hero_id).first()  # expect: FEN203
    hero.power += 1
    db.commit()


@router.post("/heroes")
def make(name: str, session: SessionDep):
    if session.exec(sqlmodel_select(Hero).where(Hero.name == name)).first():  # expect: FEN205
        raise HTTPException(409)
    hero = Hero(name=name, power=0)
    session.add(hero)
    session.commit()
    session.refresh(hero)
    return hero


class Repo:
    def __init__(self, session):
        self.session = session

    def find(self, hero_id):
        return self.session.query(Hero).filter_by(id=hero_id).one()  # expect: FEN203

    def save(self, hero):
        self.session.add(hero)
        self.session.commit()


@router.post("/c/{hero_id}")
def through_repo(hero_id: int, session: SessionDep):
    repo = Repo(session)
    hero = repo.find(hero_id)
    hero.power -= 1
    repo.save(hero)


@router.post("/d/{hero_id}")
def text_locked(hero_id: int, session: SessionDep):
    session.execute(text("SELECT id FROM hero WHERE id = :id FOR UPDATE"), {"id": hero_id})
    hero = session.get(Hero, hero_id)
    hero.power -= 1
    session.commit()


@router.post("/e/{hero_id}")
def advisory(hero_id: int, session: SessionDep):
    session.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": hero_id})
    hero = session.get(Hero, hero_id)
    hero.power -= 1
    session.commit()


@router.post("/f/{hero_id}")
def set_from_body(hero_id: int, power: int, session: SessionDep):
    hero = session.get(Hero, hero_id)
    if hero is None:
        raise HTTPException(404)
    hero.power = power
    session.add(hero)
    session.commit()
