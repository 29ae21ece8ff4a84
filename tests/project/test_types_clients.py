"""Who is a client of a store: by constructors, annotations, attributes, providers, in one module or another."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from tests.project.test_split import found
from tests.project.typing_table import MAIN, Line, facts_in

CLIENTS = "import redis\nclient = redis.Redis()\n"

LINES = [
    Line("constructor", "from redis import Redis\ndef run():\n    Redis().incr('hits')\n"),
    Line("from_url", "import redis\nr = redis.from_url('x')\ndef run():\n    r.incr('hits')\n"),
    Line("annotated parameter", "from redis import Redis\ndef run(r: Redis):\n    r.incr('hits')\n"),
    Line("text annotation", "from redis import Redis\ndef run(r: 'Redis'):\n    r.incr('hits')\n"),
    Line("text annotation, dotted", "import redis\ndef run(r: 'redis.Redis'):\n    r.incr('hits')\n"),
    Line("text annotation, optional", "import redis\ndef run(r: 'redis.Redis | None'):\n    r.incr('hits')\n"),
    Line(
        "text annotation, Optional", "import redis\ndef run(r: 'Optional[redis.Redis]' = None):\n    r.incr('hits')\n"
    ),
    Line("text in Optional", "import redis, typing\ndef run(r: typing.Optional['redis.Redis']):\n    r.incr('hits')\n"),
    Line("generic in text", "import redis\ndef run(r: 'redis.Redis[bytes]'):\n    r.incr('hits')\n"),
    Line("union", "import redis\ndef run(r: redis.Redis | None = None):\n    r.incr('hits')\n"),
    Line("union, None first", "import redis\ndef run(r: None | redis.Redis = None):\n    r.incr('hits')\n"),
    Line(
        "Union", "import redis\nfrom typing import Union\ndef run(r: Union[None, redis.Redis]):\n    r.incr('hits')\n"
    ),
    Line("Final", "import redis\nfrom typing import Final\nr: Final = redis.Redis()\ndef run():\n    r.incr('hits')\n"),
    Line(
        "declared global",
        "import redis\nr: redis.Redis\ndef run():\n    r.incr('hits')\n",
    ),
    Line(
        "checked for types only",
        """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from redis import Redis
        def run(r: Redis):
            r.incr('hits')
        """,
    ),
    Line("alias", "from redis import Redis\nClient = Redis\ndef run(r: Client):\n    r.incr('hits')\n"),
    Line("alias of an optional", "import redis\nC = redis.Redis | None\ndef run(r: C):\n    r.incr('hits')\n"),
    Line("type statement", "import redis\ntype C = redis.Redis\ndef run(r: C):\n    r.incr('hits')\n"),
    Line(
        "TypeAlias",
        """
        import redis
        from typing import TypeAlias
        C: TypeAlias = 'redis.Redis'
        def run(r: C):
            r.incr('hits')
        """,
    ),
    Line(
        "NewType",
        "import redis\nfrom typing import NewType\nC = NewType('C', redis.Redis)\ndef run(r: C):\n    r.incr('hits')\n",
    ),
    Line(
        "TypeVar with a bound",
        """
        import redis
        from typing import TypeVar
        C = TypeVar('C', bound=redis.Redis)
        def run(r: C):
            r.incr('hits')
        """,
    ),
    Line(
        "annotated local name",
        "import redis\ndef run(app):\n    r: redis.Redis = app.client\n    r.incr('hits')\n",
    ),
    Line(
        "cast",
        "import redis\nfrom typing import cast\ndef run(app):\n    cast(redis.Redis, app.client).incr('hits')\n",
    ),
    Line(
        "cast by text",
        """
        import redis
        from typing import cast
        def run(app):
            r = cast('redis.Redis', app.client)
            r.incr('hits')
        """,
    ),
    Line(
        "derived class",
        "from .own import Client\nr = Client()\ndef run():\n    r.incr('hits')\n",
        files={"app/own.py": "from redis import Redis\nclass Client(Redis):\n    pass\n"},
    ),
    # ------------------------------------------------------------------ getters
    Line(
        "returned by annotation",
        "from .own import client\ndef run():\n    client().incr('hits')\n",
        files={"app/own.py": "import redis\ndef client() -> redis.Redis:\n    return make()\n"},
    ),
    Line(
        "returned by the body",
        "from .own import client\ndef run():\n    client().incr('hits')\n",
        files={"app/own.py": "import redis\ndef client():\n    return redis.Redis()\n"},
    ),
    Line(
        "lru_cache",
        "from .own import client\ndef run():\n    client().incr('hits')\n",
        files={
            "app/own.py": """
            import functools, redis
            @functools.lru_cache(maxsize=1)
            def client():
                return redis.Redis()
            """
        },
    ),
    Line(
        "set where it is asked for",
        "from .own import client\ndef run():\n    client().incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            _client = None
            def client():
                global _client
                if _client is None:
                    _client = redis.Redis()
                return _client
            """
        },
    ),
    Line(
        "set when the process starts",
        "from . import own\ndef run():\n    own.client.incr('hits')\n",
        files={
            "app/own.py": "import redis\nclient = None\ndef start():\n    global client\n    client = redis.Redis()\n"
        },
    ),
    Line(
        "set in another module",
        "from . import own\ndef run():\n    own.client.incr('hits')\n",
        files={
            "app/own.py": "client = None\n",
            "app/start.py": "import redis\nfrom . import own\ndef start():\n    own.client = redis.Redis()\n",
        },
    ),
    Line(
        "singleton of a class",
        "from .own import Clients\ndef run():\n    Clients.get().incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            class Clients:
                _one = None
                @classmethod
                def get(cls):
                    if cls._one is None:
                        cls._one = redis.Redis()
                    return cls._one
            """
        },
    ),
    Line(
        "context manager",
        "from .own import connected\ndef run():\n    with connected() as r:\n        r.incr('hits')\n",
        files={
            "app/own.py": """
            from contextlib import contextmanager
            import redis
            @contextmanager
            def connected():
                yield redis.Redis()
            """
        },
    ),
    # --------------------------------------------------------------- attributes
    Line(
        "class attribute",
        "import redis\nclass A:\n    r = redis.Redis()\n    def run(self):\n        self.r.incr('hits')\n",
    ),
    Line(
        "declared attribute",
        "import redis\nclass A:\n    r: redis.Redis\n    def run(self):\n        self.r.incr('hits')\n",
    ),
    Line(
        "annotated parameter of __init__",
        """
        import redis
        class A:
            def __init__(self, r: redis.Redis):
                self.r = r
            def run(self):
                self.r.incr('hits')
        """,
    ),
    Line(
        "or a default",
        """
        import redis
        class A:
            def __init__(self, r=None):
                self.r = r or redis.Redis()
            def run(self):
                self.r.incr('hits')
        """,
    ),
    Line(
        "or a default, as a test",
        """
        import redis
        class A:
            def __init__(self, r=None):
                self.r = r if r is not None else redis.Redis()
            def run(self):
                self.r.incr('hits')
        """,
    ),
    Line(
        "default that is bound first",
        """
        import redis
        class A:
            def __init__(self, r=None):
                if r is None:
                    r = redis.Redis()
                self.r = r
            def run(self):
                self.r.incr('hits')
        """,
    ),
    Line(
        "by way of a local name",
        """
        import redis
        class A:
            def __init__(self, url):
                pool = redis.ConnectionPool.from_url(url)
                client = redis.Redis(connection_pool=pool)
                self.r = client
            def run(self):
                self.r.incr('hits')
        """,
    ),
    Line(
        "base class in another module",
        "from .own import Base\nclass A(Base):\n    def run(self):\n        self.r.incr('hits')\n",
        files={"app/own.py": "import redis\nclass Base:\n    def __init__(self):\n        self.r = redis.Redis()\n"},
    ),
    Line(
        "object in an attribute",
        """
        from .own import Store
        class A:
            def __init__(self, store: Store):
                self.store = store
            def run(self):
                self.store.client.incr('hits')
        """,
        files={
            "app/own.py": "import redis\nclass Store:\n    def __init__(self):\n        self.client = redis.Redis()\n"
        },
    ),
    Line(
        "property",
        "from .own import Store\ndef run(store: Store):\n    store.client.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            class Store:
                @property
                def client(self):
                    return redis.Redis()
            """
        },
    ),
    Line(
        "cached property that is annotated",
        "from .own import Store\ndef run(store: Store):\n    store.client.incr('hits')\n",
        files={
            "app/own.py": """
            import functools, redis
            class Store:
                @functools.cached_property
                def client(self) -> redis.Redis:
                    return connect(self.url)
            """
        },
    ),
    Line(
        "property made late",
        "from .own import Store\nstore = Store()\ndef run():\n    store.client.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            class Store:
                def __init__(self):
                    self._client = None
                @property
                def client(self):
                    if self._client is None:
                        self._client = redis.Redis()
                    return self._client
            """
        },
    ),
    Line(
        "set in connect()",
        """
        import redis
        class A:
            r = None
            def connect(self):
                self.r = redis.Redis()
            def run(self):
                self.r.incr('hits')
        """,
    ),
    Line(
        "dataclass",
        "from .own import Deps\ndef run(deps: Deps):\n    deps.client.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            from dataclasses import dataclass
            @dataclass
            class Deps:
                client: redis.Redis
            """
        },
    ),
    Line(
        "dataclass field with a factory",
        "from .own import Deps\ndef run(deps: Deps):\n    deps.client.incr('hits')\n",
        files={
            "app/own.py": """
            from dataclasses import dataclass, field
            import redis
            @dataclass
            class Deps:
                client: redis.Redis = field(default_factory=redis.Redis)
            """
        },
    ),
    Line(
        "pydantic",
        "from .own import Deps\ndef run(deps: Deps):\n    deps.client.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            from pydantic import BaseModel
            class Deps(BaseModel):
                client: redis.Redis | None = None
            """
        },
    ),
    Line(
        "NamedTuple",
        "from .own import Deps\ndef run(deps: Deps):\n    deps.client.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            from typing import NamedTuple
            class Deps(NamedTuple):
                client: redis.Redis
            """
        },
    ),
    Line(
        "protocol of our own",
        "from .own import Holder\ndef run(holder: Holder):\n    holder.client.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            from typing import Protocol
            class Holder(Protocol):
                @property
                def client(self) -> redis.Redis: ...
            """
        },
    ),
    Line(
        "given to a constructor of ours",
        """
        import redis
        from .own import Store
        store = Store(redis.Redis())
        def run():
            store.client.incr('hits')
        """,
        files={"app/own.py": "class Store:\n    def __init__(self, client):\n        self.client = client\n"},
    ),
    Line(
        "mapping of clients",
        "import redis\nclients = {'a': redis.Redis(), 'b': redis.Redis()}\ndef run():\n    clients['a'].incr('hits')\n",
    ),
    # --------------------------------------------------------------- frameworks
    Line(
        "Depends",
        "from fastapi import Depends\nfrom .own import client\ndef run(r=Depends(client)):\n    r.incr('hits')\n",
        files={"app/own.py": CLIENTS + "def client():\n    return redis.Redis()\n"},
    ),
    Line(
        "Depends of a generator",
        "from fastapi import Depends\nfrom .own import client\ndef run(r=Depends(client)):\n    r.incr('hits')\n",
        files={
            "app/own.py": """
            import redis
            def client():
                r = redis.Redis()
                try:
                    yield r
                finally:
                    r.close()
            """
        },
    ),
    Line(
        "Depends in Annotated",
        """
        from typing import Annotated
        from fastapi import Depends
        from redis import Redis
        from .own import client
        def run(r: Annotated[Redis, Depends(client)]):
            r.incr('hits')
        """,
        files={"app/own.py": "def client():\n    return make()\n"},
    ),
    Line(
        "provider that returns what it provides",
        "from .own import Client\ndef run(r: Client):\n    r.incr('hits')\n",
        files={
            "app/own.py": """
            from typing import Annotated, Union
            from fastapi import Depends
            import redis
            Tree = Union[str, "Tree", list["Tree"]]
            def client(tree: Tree) -> "Client":
                return make(tree)
            Client = Annotated[redis.Redis, Depends(client)]
            """
        },
    ),
    Line(
        "Annotated under a name",
        "from .own import Client\ndef run(r: Client):\n    r.incr('hits')\n",
        files={
            "app/own.py": """
            from typing import Annotated
            from fastapi import Depends
            import redis
            def client():
                return redis.Redis()
            Client = Annotated[redis.Redis, Depends(client)]
            """
        },
    ),
    Line(
        "Depends of a class of ours",
        """
        from fastapi import Depends
        from .own import Service
        def run(service: Service = Depends()):
            service.client.incr('hits')
        """,
        files={
            "app/own.py": """
            from fastapi import Depends
            import redis
            def get_client():
                return redis.Redis()
            class Service:
                def __init__(self, client=Depends(get_client)):
                    self.client = client
            """
        },
    ),
    Line(
        "state of an application",
        """
        import redis
        from fastapi import FastAPI, Request
        app = FastAPI()
        def start():
            app.state.client = redis.Redis()
        def run(request: Request):
            request.app.state.client.incr('hits')
        """,
    ),
    Line(
        "state of an application in another module",
        "from fastapi import Request\ndef run(request: Request):\n    request.app.state.client.incr('hits')\n",
        files={
            "app/start.py": """
            import redis
            from fastapi import FastAPI
            app = FastAPI()
            @app.on_event("startup")
            async def start():
                app.state.client = redis.Redis()
            """
        },
    ),
    Line(
        "provider of what the application holds",
        """
        from fastapi import Depends, Request
        def client(request: Request):
            return request.app.state.client
        def run(r=Depends(client)):
            r.incr('hits')
        """,
        files={
            "app/start.py": "import redis\ndef start(app):\n    app.state.client = redis.Redis()\n",
        },
    ),
    Line(
        "key of an application",
        "from aiohttp import web\nasync def run(request):\n    request.app['client'].incr('hits')\n",
        files={
            "app/start.py": """
            import redis
            from aiohttp import web
            async def start(app):
                app['client'] = redis.Redis()
            """
        },
    ),
    Line(
        "extensions of an application",
        "from flask import current_app\ndef run():\n    current_app.extensions['client'].incr('hits')\n",
        files={"app/start.py": "import redis\ndef create(app):\n    app.extensions['client'] = redis.Redis()\n"},
    ),
    Line(
        "flask g",
        "from flask import g\ndef run():\n    g.client.incr('hits')\n",
        files={"app/start.py": "import redis\nfrom flask import g\ndef before():\n    g.client = redis.Redis()\n"},
    ),
    Line(
        "flask extension",
        "from .own import store\ndef run():\n    store.incr('hits')\n",
        files={"app/own.py": "from flask_redis import FlaskRedis\nstore = FlaskRedis()\n"},
    ),
    Line(
        "django_redis",
        "from django_redis import get_redis_connection\ndef run():\n    get_redis_connection('default').incr('hits')\n",
    ),
    Line(
        "container of providers",
        "from .own import Container\ndef run():\n    Container.client().incr('hits')\n",
        files={
            "app/own.py": """
            from dependency_injector import containers, providers
            import redis
            class Container(containers.DeclarativeContainer):
                client = providers.Singleton(redis.Redis, host="x")
            """
        },
    ),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_client_is_known(line: Line, tmp_path: Path):
    assert line.fact in facts_in(tmp_path.resolve(), line)


def looked_up_and_set(main: str) -> str:
    """The module with a race in the place of the increment."""
    return re.sub(
        r"^( *)(.*)\.incr\('hits'\)$",
        r"\1seen = int(\2.get('hits') or 0)\n\1\2.set('hits', seen + 1)",
        textwrap.dedent(main),
        flags=re.MULTILINE,
    )


@pytest.mark.parametrize("line", [one for one in LINES if one.files], ids=lambda line: line.name)
def test_a_file_with_a_known_client_is_looked_into(line: Line, tmp_path: Path):
    if line.name == "Depends of a class of ours":
        pytest.skip("nothing in the class says by its words that it holds what is modelled")
    files = {name: textwrap.dedent(text) for name, text in line.files.items()}
    files |= {"app/__init__.py": "", MAIN: looked_up_and_set(line.main)}
    assert len(found(tmp_path.resolve(), files, "FEN202")) == 1
