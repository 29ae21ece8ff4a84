"""A table of results in one entry of a cache: what another run has put in and is lost is computed again."""

import pickle
from collections import OrderedDict

from django.core.cache import cache


def stems(words, stemmer):
    known = cache.get("stems") or {}
    found = []
    for word in words:
        stem = known.get(word)
        if stem is None:
            stem = stemmer.stem(word)
            known[word] = stem
        found.append(stem)
    cache.set("stems", known, 3600)
    return found


def one_stem(word, stemmer):
    known = cache.get("stems") or {}
    if word in known:
        stem = known[word]
    else:
        stem = stemmer.stem(word)
        known[word] = stem
        cache.set("stems", known, 3600)
    return stem


class Kept:
    """Read whole, used, and written whole."""

    def __init__(self, key, capacity=100):
        self._key = key
        self._capacity = capacity
        self._table = OrderedDict()

    def get(self, word):
        if word in self._table:
            self._table.move_to_end(word)
            return self._table[word]
        return None

    def put(self, word, result):
        self._table[word] = result
        while len(self._table) > self._capacity:
            self._table.popitem(last=False)

    def load(self):
        raw = cache.get(self._key)
        self._table = pickle.loads(raw) if raw else OrderedDict()

    def save(self):
        cache.set(self._key, pickle.dumps(self._table), 3600)


class Stemmer:
    def __init__(self, stemmer):
        self._stemmer = stemmer
        self._kept = Kept("stems_v2")

    def stems(self, words):
        def stem(word):
            known = self._kept.get(word)
            if known is not None:
                return known
            found = self._stemmer.stem(word)
            self._kept.put(word, found)
            return found

        self._kept.load()
        text = " ".join(filter(None, (stem(word) for word in words)))
        self._kept.save()
        return text
