from .connections import client


def left(sku):
    return int(client.get(f"left:{sku}") or 0)  # expect: FEN201


def take(sku):
    client.decr(f"left:{sku}")
