"""One test's conversation with the worker: requests, answers, and the callbacks that the student's code calls."""
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.examine.proxies import Proxy, StudentError, builtin_name, error_class, type_name
from autograder.sandbox.inside.encoding import Codec
from autograder.sandbox.inside.protocol import Broken, Channel

MAX_DEPTH = 50              # callbacks within callbacks
MAX_TYPES = 100             # classes of proxies made for one test


class Connection(Codec):
    """`ask` raises ChannelError when the worker is gone, late or talks nonsense, StudentError when its code raises."""

    arrays_writeable = False    # a test that writes into one would think that the student's has changed

    def __init__(self, channel: Channel):
        self.channel = channel
        self.proxies: dict[int, Proxy] = {}
        self.types: dict[str, type[Proxy]] = {}
        self.callbacks: list[Callable] = []
        self.failed_check: Exception | None = None
        self.depth = 0

    def refer(self, value: Any) -> list:
        if isinstance(value, Proxy):
            return ["object", value._handle]
        if callable(value):
            if not any(value is known for known in self.callbacks):
                self.callbacks.append(value)
            number = next(i for i, known in enumerate(self.callbacks) if value is known)
            return ["callback", number, str(getattr(value, "__name__", "callback"))]
        hint = ": pass a seed" if isinstance(value, np.random.Generator) else ""
        raise TypeError(f"a {type(value).__name__} of the test cannot be given to the student's code{hint}")

    def resolve(self, reference: list) -> Any:
        match reference:
            case ["object", int(handle), str(name)]:
                if handle not in self.proxies:
                    self.proxies[handle] = self._proxy_type(name)(self, handle)
                return self.proxies[handle]
            case ["callback", int(number)] if 0 <= number < len(self.callbacks):
                return self.callbacks[number]
        raise ValueError("not a reference")

    def _proxy_type(self, name: str) -> type[Proxy]:
        """A subclass with the student's name for the type, so that messages which name it read right."""
        name = type_name(name)
        if name not in self.types:
            if len(self.types) >= MAX_TYPES:
                return Proxy
            self.types[name] = type(name, (Proxy,), {"__slots__": ()})
        return self.types[name]

    def names(self, wanted: list[str]) -> dict[str, Any]:
        """The student's objects of these names, and of no others: what a test owns is not the worker's to give."""
        found = self.ask("names", wanted)
        if type(found) is not dict or not found.keys() <= set(wanted):
            raise Broken("names that nobody asked for")
        return found

    def ask(self, *request: Any) -> Any:
        """Send a request and wait for its answer; meanwhile run the callbacks that the worker asks for."""
        self._say(request)
        while True:
            match self._hear():
                case ("call", int(number), tuple(args), dict(kwargs)) if 0 <= number < len(self.callbacks):
                    self._run_callback(self.callbacks[number], args, kwargs)
                    continue
                case ("ok", value):
                    answer = value
                case ("error", str(kind), str(builtin), str(message), (str(), int(), str()) as place):
                    answer = error_class(kind, builtin)(message, place)
                case _:
                    raise Broken("not an answer")
            if self.failed_check is not None:             # even if the student's code has swallowed it
                failed, self.failed_check = self.failed_check, None
                raise failed
            if isinstance(answer, StudentError):
                raise answer
            return answer

    def _run_callback(self, function: Callable, args: tuple, kwargs: dict) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Broken("callbacks too deep")
        try:
            self._say(("return", function(*args, **kwargs)))
        except Exception as error:                        # of any kind: a student's object may have ended a check early
            self.failed_check = error
            own_words = isinstance(error, StudentError) or not isinstance(error, AssertionError)
            self._say(("raise", builtin_name(error), str(error) if own_words else ""))     # else: the expected value
        finally:
            self.depth -= 1

    def _say(self, message: tuple) -> None:
        self.channel.send(*self.encode(message))

    def _hear(self) -> Any:
        frame = self.channel.receive()
        try:
            return self.decode(*frame)
        except Exception as error:                        # whatever nonsense does to the decoder, it is nonsense
            raise Broken(f"{type(error).__name__}: {error}") from None
