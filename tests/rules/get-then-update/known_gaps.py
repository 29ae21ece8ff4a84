"""Hazards that the analysis is known not to see."""

import redis

client = redis.Redis(host="cache", socket_timeout=2)
TAKE = {"one": "decr"}


def command_chosen_at_run_time(key, command):
    if int(client.get(key) or 0) > 0:  # missed-alarm: FEN201
        getattr(client, command)(key)


def command_from_a_table(key, how_many):
    if int(client.get(key) or 0) > 0:  # missed-alarm: FEN201
        getattr(client, TAKE[how_many])(key)
