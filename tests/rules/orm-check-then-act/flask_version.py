"""The version that a client has seen is asked for, and the change is made only while the row still has it."""

import requests
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

    __mapper_args__ = {"version_id_col": version}


class Page(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    state = db.Column(db.String(10), nullable=False)


class BoardResource(Resource):
    def post(self, board_id):
        board = db.session.get(Board, board_id)
        if request.get_json()["version"] != board.version:
            abort(409)
        try:
            board.title = request.get_json()["title"]
            db.session.commit()
            board.title = board.title.strip()
            db.session.commit()
        except StaleDataError:
            abort(409)
        return {"id": board.id}


class PageResource(Resource):
    def post(self, page_id):
        page = db.session.get(Page, page_id)  # expect: FEN204
        if page.state != "draft":
            abort(409)
        requests.post("https://press.example/print", json={"page": page.id}, timeout=2)
        page.state = "printed"
        db.session.commit()
        return {"id": page.id}
