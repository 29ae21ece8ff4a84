"""What a run file says: ``<case>.run.toml`` beside ``<case>.py`` and ``<case>.fixed.py``.

fixer = "use_set_nx"
store = "redis"                     # as the table calls it
call = "claim('o1', 'a')"           # what each worker evaluates; or calls = ["…", "…"]
setup = "client.set('n', 1)"        # executed with the program's names before each run
fault = "none"                      # "crash": the first worker is killed after each step, and another one follows
                                    # "expiry": at any one moment the keys of `lease` end as by their expiry
lease = "lock:*"                    # with "crash": they end before the other one comes; "" none
ignore = ["lock:*", "shop_a.at"]    # keys, tables and columns that no outcome is compared by
bad = "keys['n'] < 0"               # what makes an outcome bad; without it: that no serial order has it
                                    # `overlapped`: the workers were at work at one time
shows = "n {keys[n]}"               # what the table shows of an outcome
receives = true                     # each task that is sent starts another worker
owner = "lock:a"                    # `watched` (in a text: `taken`) says who deleted this key that another had set
fails = "INCRBY *"                  # with "failure": the first worker's command that the server refuses; the
                                    # second comes when the first has ended
impatient = true                    # who tries again for a lock may do so until it gives up
follows = "job()"                   # with "crash": what the second worker evaluates, if not the same
messages = [["orders", "tea"]]      # topics of Kafka and values that lie there before each run
prompt = "DEL *"                    # with "expiry": not while a worker is about to send this: it does so at once
takes = ["http *", 30]              # a command that takes so many seconds: keys expire while it is done
stubs = { "shop.work" = "…" }       # modules that the program imports, and what is in them
solo = ["claim('o2', 'b')"]         # further calls for one worker alone, whose outcome must be equal too
bound = 40                          # schedules at most
"""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fenceline.rules import all_rules

HERE = Path(__file__).parent
CASES = HERE.parent


@dataclass(frozen=True)
class Execution:
    """One case: the program before and after, and how it is run; ``figures`` is the file of what was measured."""

    figures: Path
    rule: str
    name: str
    before: str
    after: str
    store: str
    calls: tuple[str, ...]
    fixer: str = ""
    setup: str = ""
    fault: str = "none"
    lease: str = ""
    ignore: tuple[str, ...] = ()
    bad: str = ""
    shows: str = ""
    receives: bool = False
    owner: str = ""
    fails: str = ""
    impatient: bool = False
    follows: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    prompt: str = ""
    takes: tuple[str, float] | tuple[()] = ()
    stubs: dict[str, str] = dataclasses.field(default_factory=dict)
    solo: tuple[str, ...] = ()
    bound: int = 40


def all_executions() -> list[Execution]:
    """Every case that says how it is run, and every example of a rule for which that is said."""
    cases = [_case(path) for path in sorted(CASES.glob("*/*.run.toml")) if path.parent != HERE / "examples"]
    return [*cases, *(_example(path) for path in sorted((HERE / "examples").glob("*.run.toml")))]


def _case(path: Path) -> Execution:
    """``<case>.run.toml``, or ``<case>.<label>.run.toml`` where a case is run in several ways."""
    name = path.name.removesuffix(".run.toml")
    case = name.partition(".")[0]
    before, after = (path.with_name(f"{case}{end}").read_text(encoding="utf-8") for end in (".py", ".fixed.py"))
    return _read(path, path.parent.name, name, before, after)


def _example(path: Path) -> Execution:
    """``<rule>.<number>.run.toml``: an example of a rule, its bad and its good form."""
    rule, number = path.name.removesuffix(".run.toml").split(".")
    example = next(one for one in all_rules() if one.name == rule).examples[int(number)]
    assert example.bad is not None
    assert example.good is not None
    return _read(path, rule, f"example {number}", example.bad, example.good)


def _read(path: Path, rule: str, name: str, before: str, after: str) -> Execution:
    said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    call = said.pop("call", None)
    calls = tuple(said.pop("calls", (call, call)))
    unknown = set(said) - {one.name for one in dataclasses.fields(Execution)}
    assert not unknown, f"{path}: {unknown}"
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    prefix = "".join(_stub(module, text) for module, text in said.get("stubs", {}).items())
    before, after = prefix + before, prefix + after
    return Execution(path.with_suffix(".json"), rule, name, before, after, calls=calls, **lists)


def _stub(module: str, text: str) -> str:
    """Code that puts a module in place, before the program imports it."""
    package = module.rpartition(".")[0]
    made = f"_m = _t.ModuleType({module!r}); exec({text!r}, vars(_m)); _s.modules[{module!r}] = _m\n"
    above = (
        f"_p = _t.ModuleType({package!r}); _p.__path__ = []; _s.modules.setdefault({package!r}, _p)\n"
        if package
        else ""
    )
    return f"import sys as _s, types as _t\n{above}{made}"
