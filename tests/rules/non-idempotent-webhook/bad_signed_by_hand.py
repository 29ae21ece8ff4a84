import base64
import hashlib
import hmac as mac
from hmac import compare_digest
from hmac import new as new_mac

import requests
from django.utils.crypto import constant_time_compare
from flask import Flask, abort
from flask import request as flask_request
from aiohttp import web
from starlette.requests import Request
from fastapi import FastAPI

app = Flask(__name__)
api = FastAPI()
routes = web.RouteTableDef()
SECRET = b"secret"


def notify(order):
    requests.post("https://mail.example.org/send", json={"order": order}, timeout=10)  # expect: FEN309


def is_genuine(body, signature):
    digest = mac.new(SECRET, body, hashlib.sha256).digest()
    return constant_time_compare(base64.b64encode(digest).decode(), signature)


@app.route("/hooks/order", methods=["POST"])
def shopify():
    if not is_genuine(flask_request.get_data(), flask_request.headers["X-Shopify-Hmac-Sha256"]):
        abort(401)
    notify(flask_request.headers["X-Order"])
    return ""


@api.post("/github")
async def github(request: Request):
    body = await request.body()
    expected = "sha256=" + new_mac(SECRET, msg=body, digestmod=hashlib.sha256).hexdigest()
    if not compare_digest(expected, request.headers["X-Hub-Signature-256"]):
        return {"error": "signature"}
    requests.post("https://ci.example.org/builds", json={"body": str(body)}, timeout=10)  # expect: FEN309
    return {}


@routes.post("/mailgun")
async def arrived(request):
    data = await request.read()
    signature = request.headers["X-Signature"]
    good = compare_digest(signature, new_mac(SECRET, data, "sha256").hexdigest())
    if good:
        requests.post("https://ci.example.org/mails", data=data, timeout=10)  # expect: FEN309
    return web.Response()
