"""Versions of rows, and what a request does when its version is no longer the row's: ``abort`` never returns."""

from flask import Flask, request
from flask_restful import Resource, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm.exc import StaleDataError

app = Flask(__name__)
db = SQLAlchemy(app)


class Board(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    version = db.Column(db.Integer, nullable=False)
    title = db.Column(db.String(100))
    views = db.Column(db.Integer)

    __mapper_args__ = {"version_id_col": version}


class BoardResource(Resource):
    def post(self, board_id):
        board = db.session.get(Board, board_id)
        board.views = board.views + 1
        try:
            db.session.commit()
        except StaleDataError:
            abort(409)
        board.title = request.get_json()["title"]
        db.session.commit()
        return {"id": board.id}



class CountResource(Resource):
    def post(self, board_id):
        board = db.session.get(Board, board_id)
        board.title = request.get_json()["title"]
        db.session.commit()
        return {"id": board.id}


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    views = db.Column(db.Integer)


class NoteResource(Resource):
    def post(self, note_id):
        note = db.session.get(Note, note_id)  # expect: FEN203
        if note is None:
            abort(404)
        note.views = note.views + 1
        db.session.commit()
        return {"id": note.id}
