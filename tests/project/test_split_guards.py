"""A lock keeps two runs apart wherever the project writes it: in a decorator, a context manager, a caller.

Each program is a race that a lock around the whole function ends; the lock is moved away from it in every way in which
projects write their locks, and then the same guard without a lock has to end nothing.
"""

from __future__ import annotations

import ast
import itertools
import textwrap
from pathlib import Path

import pytest

from tests.project.splitting import MAIN, PACKAGE, SPELLINGS, WORK, Function, read, split, used
from tests.project.test_split import PROGRAMS, found

RACES = ("FEN201", "FEN202", "FEN203", "FEN204", "FEN205", "FEN210", "FEN213", "FEN305")
DECORATORS = {
    "plain": (
        "@locked",
        """
        def locked(func):
            @functools.wraps(func)
            {async} def wrapper(*args, **kwargs):
                {async} with locks.lock("guard", timeout=60):
                    return {await} func(*args, **kwargs)
            return wrapper
        """,
    ),
    "acquired by hand": (
        "@locked",
        """
        def locked(func):
            @functools.wraps(func)
            {async} def wrapper(*args, **kwargs):
                lock = locks.lock("guard", timeout=60)
                {await} lock.acquire()
                try:
                    return {await} func(*args, **kwargs)
                finally:
                    {await} lock.release()
            return wrapper
        """,
    ),
    "left out when it is not got": (
        "@locked",
        """
        def locked(func):
            @functools.wraps(func)
            {async} def wrapper(*args, **kwargs):
                lock = locks.lock("guard", timeout=60)
                if not {await} lock.acquire(blocking=False):
                    return None
                try:
                    return {await} func(*args, **kwargs)
                finally:
                    {await} lock.release()
            return wrapper
        """,
    ),
    "factory": (
        '@locked("guard", ttl=30)',
        """
        def locked(key, ttl=60):
            def decorate(func):
                @functools.wraps(func)
                {async} def wrapper(*args, **kwargs):
                    {async} with locks.lock(f"lock:{{key}}", timeout=ttl):
                        return {await} func(*args, **kwargs)
                return wrapper
            return decorate
        """,
    ),
    "factory with defaults": (
        "@locked()",
        """
        PREFIX = "locks"

        def locked(key=None, *, ttl=60, wait=None):
            def decorate(func):
                name = key or func.__qualname__
                @functools.wraps(func)
                {async} def inner(*args, **kwargs):
                    lock = locks.lock(f"{{PREFIX}}:{{name}}", timeout=ttl, blocking_timeout=wait)
                    {async} with lock:
                        result = {await} func(*args, **kwargs)
                    return result
                return inner
            return decorate
        """,
    ),
    "with or without arguments": (
        "@locked(ttl=30)",
        """
        def locked(func=None, *, ttl=60):
            if func is None:
                return functools.partial(locked, ttl=ttl)
            @functools.wraps(func)
            {async} def wrapper(*args, **kwargs):
                {async} with locks.lock("guard", timeout=ttl):
                    return {await} func(*args, **kwargs)
            return wrapper
        """,
    ),
    "without the arguments it may have": (
        "@locked",
        """
        def locked(func=None, *, ttl=60):
            def decorate(function):
                @functools.wraps(function)
                {async} def wrapper(*args, **kwargs):
                    {async} with locks.lock("guard", timeout=ttl):
                        return {await} function(*args, **kwargs)
                return wrapper
            return decorate(func) if func is not None else decorate
        """,
    ),
    "class": (
        '@Locked("guard", ttl=30)',
        """
        class Locked:
            def __init__(self, key, ttl=60):
                self.key = key
                self.ttl = ttl

            def __call__(self, func):
                @functools.wraps(func)
                {async} def wrapper(*args, **kwargs):
                    {async} with locks.lock(self.key, timeout=self.ttl):
                        return {await} func(*args, **kwargs)
                return wrapper
        """,
    ),
    "method of an object": (
        '@guards.locked("guard")',
        """
        class Guards:
            def __init__(self, client):
                self.client = client

            def locked(self, key, ttl=60):
                def decorate(func):
                    @functools.wraps(func)
                    {async} def wrapper(*args, **kwargs):
                        {async} with self.client.lock(key, timeout=ttl):
                            return {await} func(*args, **kwargs)
                    return wrapper
                return decorate

        guards = Guards(locks)
        """,
    ),
    "contextmanager": (
        '@guard("guard")',
        """
        @{ctx}contextmanager
        {async} def guard(key, ttl=60):
            {async} with locks.lock(key, timeout=ttl):
                yield
        """,
    ),
    "ContextDecorator": (
        '@guard("guard")',
        """
        class guard({Async}ContextDecorator):
            def __init__(self, key, ttl=60):
                self.lock = locks.lock(key, timeout=ttl)

            {async} def __{a}enter__(self):
                {await} self.lock.acquire()
                return self

            {async} def __{a}exit__(self, *exc):
                {await} self.lock.release()
                return False
        """,
    ),
}

CONTEXTS = {
    "generator": (
        '{async} with guard("guard"):',
        """
        @{ctx}contextmanager
        {async} def guard(key, ttl=60):
            lock = locks.lock(key, timeout=ttl)
            {await} lock.acquire()
            try:
                yield lock
            finally:
                {await} lock.release()
        """,
    ),
    "generator around with": (
        '{async} with guard("guard") as lock:',
        """
        @{ctx}contextmanager
        {async} def guard(*parts, ttl=60):
            {async} with locks.lock(":".join(parts), timeout=ttl) as lock:
                yield lock
        """,
    ),
    "generator that says whether": (
        '{async} with guard("guard") as got:\n    if not got:\n        return None',
        """
        @{ctx}contextmanager
        {async} def guard(key, ttl=60):
            lock = locks.lock(key, timeout=ttl)
            got = {await} lock.acquire(blocking=False)
            try:
                yield got
            finally:
                if got:
                    {await} lock.release()
        """,
    ),
    "generator that refuses": (
        '{async} with guard("guard"):',
        """
        class Busy(Exception):
            pass

        @{ctx}contextmanager
        {async} def guard(key, ttl=60):
            lock = locks.lock(key, timeout=ttl)
            if not {await} lock.acquire(blocking=False):
                raise Busy(key)
            try:
                yield
            finally:
                {await} lock.release()
        """,
    ),
    "class": (
        '{async} with Guard("guard"):',
        """
        class Guard:
            def __init__(self, key, ttl=60):
                self.lock = locks.lock(key, timeout=ttl)

            {async} def __{a}enter__(self):
                {await} self.lock.acquire()
                return self

            {async} def __{a}exit__(self, kind, error, where):
                {await} self.lock.release()
        """,
    ),
    "class that makes it late": (
        '{async} with Guard(locks, "guard"):',
        """
        class Base:
            ttl = 60

            def __init__(self, client, key):
                self._client = client
                self._key = key

        class Guard(Base):
            {async} def __{a}enter__(self):
                self._lock = self._client.lock(self._key, timeout=self.ttl)
                return {await} self._lock.__{a}enter__()

            {async} def __{a}exit__(self, *exc):
                return {await} self._lock.__{a}exit__(*exc)
        """,
    ),
    "method of an object": (
        '{async} with guards.hold("guard"):',
        """
        class Guards:
            def __init__(self, client: redis.Redis):
                self.client = client

            @{ctx}contextmanager
            {async} def hold(self, key, ttl=60):
                {async} with self.client.lock(key, timeout=ttl):
                    yield

        guards = Guards(locks)
        """,
    ),
    "made by a function": (
        '{async} with guard("guard"):',
        """
        def guard(key, ttl=60):
            return locks.lock(f"locks:{{key}}", timeout=ttl)
        """,
    ),
    "stack": (
        '{async} with {Async}ExitStack() as stack:\n    {await} stack.enter_{async_}context(guard("guard"))',
        """
        @{ctx}contextmanager
        {async} def guard(key, ttl=60):
            {async} with locks.lock(key, timeout=ttl):
                yield
        """,
    ),
    "stack of a lock": (
        "{async} with {Async}ExitStack() as stack:\n    {await} stack.enter_{async_}context(locks.lock(NAME, 60))",
        'NAME = "guard"',
    ),
    "stack, when it is wanted": (
        '{async} with {Async}ExitStack() as stack:\n    lock = {await} stack.enter_{async_}context(guard("guard"))',
        """
        class Guard:
            def __init__(self, key):
                self.lock = locks.lock(key, timeout=60)

            {async} def __{a}enter__(self):
                {await} self.lock.acquire()
                return self

            {async} def __{a}exit__(self, kind, error, where):
                {await} self.lock.release()

        def guard(key):
            return Guard(key)
        """,
    ),
}

WORDS = {"async": "async", "await": "await", "ctx": "async", "a": "a", "Async": "Async", "async_": "async_"}
NO_LOCK = """
class NoLock:
    {async} def acquire(self, blocking=True):
        return True

    {async} def release(self):
        return None

    {async} def __{a}enter__(self):
        return self

    {async} def __{a}exit__(self, *exc):
        return None

class Locks:
    def lock(self, name, timeout=None, blocking_timeout=None):
        return NoLock()

locks = Locks()
"""


def spelled(text: str, *, is_async: bool) -> str:
    """A template as it is written with or without ``async``."""
    filled = textwrap.dedent(text).format_map({word: said if is_async else "" for word, said in WORDS.items()})
    return "\n".join(_respaced(line) for line in filled.splitlines()) + "\n"


def _respaced(line: str) -> str:
    """What an empty word has left behind taken away."""
    start = len(line) - len(line.lstrip())
    return " " * (start - start % 4) + " ".join(line.split())


def guards(text: str, *, is_async: bool, is_real: bool) -> str:
    """The module with the guard; without a real lock it only looks like one."""
    client = "import redis.asyncio as redis" if is_async else "import redis"
    locks = "locks = redis.Redis()\n" if is_real else spelled(NO_LOCK, is_async=is_async)
    return f"import functools\nfrom contextlib import *\n{client}\n{locks}{spelled(text, is_async=is_async)}"


def guarded_files(code: str, use: str, text: str, *, is_real: bool = True) -> dict[str, str]:
    """The program with each of its functions guarded, in a package; the guard and what it binds in other modules."""
    program = read(code)
    is_async = any(isinstance(one, ast.AsyncFunctionDef) for one in program.functions)
    imports = [ast.unparse(one) for one in program.imports]
    stores = [*imports, *(ast.unparse(one) for one in program.bindings)]
    main = [
        *imports,
        "from contextlib import *",
        f"from .stores import {', '.join(program.bound)}" if program.bound else "",
    ]
    helpers = used(program.functions)
    entries = [one for one in program.functions if one.name not in helpers]
    main += ["from .guards import *", *(ast.unparse(one) for one in program.functions if one not in entries)]
    main += [_guarded(one, spelled(use, is_async=is_async)) for one in entries]
    return {
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/stores.py": "\n".join(stores) + "\n",
        f"{PACKAGE}/guards.py": guards(text, is_async=is_async, is_real=is_real),
        f"{PACKAGE}/{MAIN}.py": "\n".join(main) + "\n",
    }


def _guarded(function: Function, use: str) -> str:
    if use.startswith("@"):
        return f"\n{use}{ast.unparse(function)}"
    head, *lines = ast.unparse(function).splitlines()
    inner = textwrap.indent(textwrap.dedent("\n".join(lines)), " " * 8)
    return "\n".join(["", head, textwrap.indent(use.rstrip(), " " * 4), inner])


GUARDS = {f"@{name}": guard for name, guard in DECORATORS.items()} | {
    f"with {name}": one for name, one in CONTEXTS.items()
}
EXAMPLES = {name: one for name, one in PROGRAMS.items() if one[0] in RACES}


def chosen() -> list[object]:
    """Each guard around a few of the programs, all of them in turn."""
    programs = itertools.cycle(EXAMPLES)
    return [
        pytest.param(*EXAMPLES[name], *GUARDS[guard], id=f"{name}-{guard}")
        for guard in GUARDS
        for name in itertools.islice(programs, 5)
    ]


PAIRS = chosen()


@pytest.mark.parametrize(("rule", "code", "use", "text"), PAIRS)
def test_a_guard_in_another_module_guards(rule: str, code: str, use: str, text: str, tmp_path: Path):
    files = guarded_files(code, use, text)
    told = found(tmp_path.resolve(), files, rule)
    assert told == [], "\n\n".join(f"# {name}\n{one}" for name, one in files.items())


@pytest.mark.parametrize(("rule", "code", "use", "text"), PAIRS)
def test_what_only_looks_like_a_guard_does_not(rule: str, code: str, use: str, text: str, tmp_path: Path):
    files = guarded_files(code, use, text, is_real=False)
    told = found(tmp_path.resolve(), files, rule)
    assert told, "\n\n".join(f"# {name}\n{one}" for name, one in files.items())


def called_from(code: str, use: str) -> dict[str, str]:
    """The program with its work in a module of its own, and callers in another that do it inside of a context."""
    files = split(code, SPELLINGS["relative"], outlined=True)
    main = ast.parse(files[f"{PACKAGE}/{MAIN}.py"]).body
    is_async = any(isinstance(one, ast.AsyncFunctionDef) for one in main)
    with_guard = spelled(use, is_async=is_async)
    lines = [_guarded(one, with_guard) if isinstance(one, Function) else ast.unparse(one) for one in main]
    files[f"{PACKAGE}/{MAIN}.py"] = "\n".join(["from .guards import *", *lines]) + "\n"
    files[f"{PACKAGE}/guards.py"] = guards(CONTEXTS["generator"][1], is_async=is_async, is_real=True)
    return files


CALLED = [
    pytest.param(rule, code, id=name)
    for name, (rule, code) in EXAMPLES.items()
    if rule not in {"FEN210", "FEN305"} and len(read(code).functions) == 1
]


@pytest.mark.parametrize(("rule", "code"), CALLED)
def test_callers_in_another_module_guard(rule: str, code: str, tmp_path: Path):
    files = called_from(code, '{async} with guard("guard"):')
    assert found(tmp_path.resolve(), files, rule) == []


@pytest.mark.parametrize(("rule", "code"), CALLED)
def test_one_caller_without_the_lock_is_enough(rule: str, code: str, tmp_path: Path):
    files = called_from(code, '{async} with guard("guard"):')
    files[f"{PACKAGE}/quick.py"] = split(code, SPELLINGS["absolute"], outlined=True)[f"{PACKAGE}/{MAIN}.py"]
    assert len(found(tmp_path.resolve(), files, rule)) == 1


@pytest.mark.parametrize(("rule", "code"), CALLED)
def test_a_lock_above_the_callers_guards_too(rule: str, code: str, tmp_path: Path):
    files = called_from(code, '{async} with guard("guard"):')
    between = read(files[f"{PACKAGE}/{WORK}.py"])
    (work,) = between.functions
    step = ast.parse(ast.unparse(work)).body[0]
    assert isinstance(step, Function)
    waits = "await " if isinstance(step, ast.AsyncFunctionDef) else ""
    given = ", ".join(one.arg for one in step.args.args)
    head = ast.unparse(step).splitlines()[0].replace("_work", "_step")
    text = [*(ast.unparse(one) for one in between.imports), f"from .stores import {', '.join(read(code).bound) or '*'}"]
    text += [f"from .work import {work.name}", head, f"    return {waits}{work.name}({given})"]
    files[f"{PACKAGE}/steps.py"] = "\n".join(text) + "\n"
    main = files[f"{PACKAGE}/{MAIN}.py"].replace("from .work", "from .steps").replace("_work", "_step")
    files[f"{PACKAGE}/{MAIN}.py"] = main
    assert found(tmp_path.resolve(), files, rule) == []
