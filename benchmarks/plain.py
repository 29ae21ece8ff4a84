"""Utility code without any effect: what most files of a project are made of."""

from __future__ import annotations

from random import Random

_NOUNS = (
    "address amount area basket batch branch brand buffer budget catalog category channel chart column comment contact "
    "contract country currency customer delivery deposit detail discount district document domain element entry event "
    "factor family feature field figure filter folder format forecast fraction grade group header height history index "
    "interval invoice item journal label layer layout ledger length letter level limit line location margin marker "
    "matrix measure member message method metric module month name network node note notice number object offer office "
    "option order origin page panel parcel part partner path pattern payment period person phase place plan point "
    "policy position price process product profile project quarter range rate ratio reason record region report "
    "request result revenue review role route row rule sample scale schedule score season section segment "
    "series service session share shelf sheet shift signal size slot source stage state station step store stream "
    "street style subject summary supplier supply surface symbol table tag target team term text theme ticket title "
    "token topic total track trade trend unit user value variant vector vendor version view volume week weight width"
).split()
_VERBS = (
    "adjust align build clean clip collect combine compare convert count describe divide encode expand extract fill "
    "find fold format gather group guess join limit list mark mask match measure merge normalise order pad parse pick "
    "reduce render rename replace resolve round scale select shift shorten sort split strip sum trim weigh wrap"
).split()

_FUNCTIONS = (
    '''def $name($one, $two=None):
    """Return $one in the order of $two."""
    if $two is None:
        $two = sorted($one)
    result = []
    for position, entry in enumerate($two):
        if entry in $one and position % $number != 0:
            result.append((position, entry))
        elif not entry:
            continue
        else:
            result.append((-1, str(entry).upper()))
    return result
''',
    '''def $name(text, $one="$two"):
    """Cut a text where $one says."""
    parts = [part.strip() for part in text.split($one) if part.strip()]
    if len(parts) > $number:
        parts = parts[:$number] + ["…"]
    return f"{$one}".join(parts) or "$two"
''',
    '''def $name($one, $two):
    """How much of $one there is in $two, in percent."""
    total = sum($two.values()) if isinstance($two, dict) else len($two)
    if total == 0:
        return 0
    share = 100 * $one / total
    return max(0, min(100, round(share, $number)))
''',
    '''def $name(rows, *, key="$one", start=$number):
    """Group rows by their $one, from $number on."""
    groups = {}
    for row in rows[start:]:
        groups.setdefault(row.get(key, "$two"), []).append(row)
    try:
        return {name: len(found) for name, found in sorted(groups.items())}
    except TypeError as error:
        raise ValueError(f"cannot sort by {key}: {error}") from error
''',
    '''class $Class:
    """A $one with its $two."""

    LIMIT = $number
    NAMES = {"$one": "$two", "$two": "$one", "other": None}

    def __init__(self, $one, $two=()):
        self.$one = $one
        self.$two = list($two)

    def __repr__(self):
        return f"$Class({self.$one!r}, {self.$two!r})"

    @property
    def is_full(self):
        return len(self.$two) >= self.LIMIT

    def $name(self, other):
        """Take over what the other one has, up to the limit."""
        while other.$two and not self.is_full:
            self.$two.append(other.$two.pop())
        return self

    def named(self):
        return {self.NAMES.get(one, one): len(str(one)) for one in self.$two}
''',
)


def utility_file(random: Random, least: int = 40, most: int = 220) -> str:
    """A file of between about ``least`` and ``most`` lines, from what the generator of random numbers says next."""
    wanted = random.randint(least, most)
    parts = [f'"""{_noun(random).title()} and {_noun(random)}."""\n']
    lines = 2
    while lines < wanted:
        part = _filled(random, random.choice(_FUNCTIONS))
        parts.append(part)
        lines += part.count("\n") + 2
    return "\n\n".join(parts)


def _filled(random: Random, template: str) -> str:
    one, two = random.sample(_NOUNS, 2)
    filled = {
        "$name": f"{random.choice(_VERBS)}_{one}_{_noun(random)}",
        "$Class": f"{one.title()}{two.title()}",
        "$one": one,
        "$two": two,
        "$number": str(random.randint(2, 99)),
    }
    for word, text in filled.items():
        template = template.replace(word, text)
    return template


def _noun(random: Random) -> str:
    return random.choice(_NOUNS)
