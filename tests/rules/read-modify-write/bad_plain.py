import json

import redis

client = redis.Redis(host="cache", socket_timeout=2, decode_responses=True)


def get_then_set(page):
    count = int(client.get(f"views:{page}") or 0)  # expect: FEN202
    client.set(f"views:{page}", count + 1)


def get_then_set_in_one_line(page):
    client.set(f"views:{page}", int(client.get(f"views:{page}") or 0) + 1)  # expect: FEN202


def get_then_setex(page, seconds):
    count = int(client.get(f"views:{page}") or 0)  # expect: FEN202
    count += 1
    client.setex(f"views:{page}", seconds, count)


def get_then_set_item(page):
    count = int(client.get(f"views:{page}") or 0)  # expect: FEN202
    client[f"views:{page}"] = count + 1


def item_then_set(page):
    count = int(client[f"views:{page}"])  # expect: FEN202
    client.set(f"views:{page}", count + 1)


def hget_then_hset(account, cents):
    balance = int(client.hget("balances", account) or 0)  # expect: FEN202
    client.hset("balances", account, balance + cents)


def hgetall_then_hset(user, **changes):
    profile = client.hgetall(f"profile:{user}")  # expect: FEN202
    profile.update(changes)
    client.hset(f"profile:{user}", mapping=profile)


def document(user, field, value):
    settings = json.loads(client.get(f"settings:{user}") or "{}")  # expect: FEN202
    settings[field] = value
    client.set(f"settings:{user}", json.dumps(settings))


def list_in_a_document(user, item):
    history = json.loads(client.get(f"history:{user}") or "[]")  # expect: FEN202
    history.append(item)
    client.set(f"history:{user}", json.dumps(history[-20:]))


def joined_text(user, word):
    words = client.get(f"words:{user}") or ""  # expect: FEN202
    client.set(f"words:{user}", words + " " + word)


def formatted_text(user, word):
    words = client.get(f"words:{user}")  # expect: FEN202
    client.set(f"words:{user}", f"{words},{word}")


def highest(game, points):
    best = int(client.get(f"best:{game}") or 0)  # expect: FEN202
    client.set(f"best:{game}", max(best, points))


def highest_by_a_test(game, points):
    best = int(client.get(f"best:{game}") or 0)  # expect: FEN202
    client.set(f"best:{game}", best + points if best else points)


def tested_and_computed(sku, quantity):
    left = int(client.get(f"stock:{sku}") or 0)  # expect: FEN202
    if left < quantity:
        return False
    client.set(f"stock:{sku}", left - quantity)
    return True


def member_score(board, player, points):
    score = client.zscore(board, player) or 0  # expect: FEN202
    client.zadd(board, {player: score + points})


def through_several_names(page):
    raw = client.get(f"views:{page}")  # expect: FEN202
    before = int(raw) if raw else 0
    after = before + 1
    text = str(after)
    client.set(f"views:{page}", text)


def list_element(queue, place, points):
    score = int(client.lindex(queue, place))  # expect: FEN202
    client.lset(queue, place, score + points)
