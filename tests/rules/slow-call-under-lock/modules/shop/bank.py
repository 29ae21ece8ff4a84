import requests


def charge(pk):
    return requests.post("https://bank.example.com/", json={"order": pk}, timeout=60)


def check(pk):
    """Nobody calls it with anything held."""
    return requests.get(f"https://bank.example.com/{pk}", timeout=60)
