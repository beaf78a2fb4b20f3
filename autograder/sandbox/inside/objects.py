"""The worker's side of one test: keeps the student's objects and does to them what the grader asks."""
import builtins
import operator
from typing import Any

from encoding import Codec
from protocol import Channel, ChannelError, Closed

CELL = "cell:"              # the file name of a cell's code is this and the cell's id
NO_MORE = object()


def describe(error: BaseException) -> list:
    """An exception in plain JSON: type, first builtin of its MRO, message, where in the student's cells it arose."""
    names = [kind.__name__ for kind in type(error).__mro__ if vars(builtins).get(kind.__name__) is kind]
    try:
        message = str(error)[:2000]
    except BaseException:
        message = ""
    cell, line, function, trace = "", 0, "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(CELL):
            cell, line, function = code.co_filename.removeprefix(CELL), trace.tb_lineno, code.co_qualname
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and (error.filename or "").startswith(CELL):
        cell, line, message = error.filename.removeprefix(CELL), error.lineno or 0, error.msg
    return [type(error).__name__, names[0], message, [cell, line, function]]


class Objects(Codec):
    """The objects of one fork. What the grader has seen is kept alive and keeps its number: one object, one number."""

    def __init__(self, channel: Channel, public: dict):
        self.channel, self.public = channel, public
        self.kept: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.callbacks: dict[int, Any] = {}
        self.callback_numbers: dict[int, int] = {}

    def refer(self, value: Any) -> list:
        if id(value) in self.callback_numbers:
            return ["callback", self.callback_numbers[id(value)]]
        number = self.numbers.setdefault(id(value), len(self.kept))
        if number == len(self.kept):
            self.kept.append(value)
        return ["object", number, type(value).__name__]

    def resolve(self, reference: list) -> Any:
        match reference:
            case ["object", number]:
                return self.kept[number]
            case ["callback", number, name]:
                if number not in self.callbacks:
                    self.callbacks[number] = self.make_callback(number, name)
                return self.callbacks[number]
        raise ValueError(f"not a reference: {reference}")

    def make_callback(self, number: int, name: str) -> Any:
        """A function that asks the grader to call one of its own, and meanwhile answers what that one asks."""
        def callback(*args, **kwargs):
            self.say("call", number, args, kwargs)
            while True:
                request = self.hear()
                match request:
                    case ("return", value):
                        return value
                    case ("raise", kind, message):
                        raise getattr(builtins, kind)(message)
                self.answer(request)

        callback.__name__ = callback.__qualname__ = name
        self.callback_numbers[id(callback)] = number
        return callback

    def say(self, *message: Any) -> None:
        self.channel.send(*self.encode(message))

    def hear(self) -> tuple:
        return self.decode(*self.channel.receive())

    def serve(self) -> None:
        """Answer until the grader closes the channel."""
        try:
            while True:
                self.answer(self.hear())
        except Closed:
            return

    def answer(self, request: tuple) -> None:
        try:
            self.say("ok", self.perform(*request))
        except ChannelError:
            raise
        except BaseException as error:
            kind, builtin, message, place = describe(error)
            self.say("error", kind, builtin, message, tuple(place))

    def perform(self, request: str, *args: Any) -> Any:
        match request, args:
            case "names", [names]:
                return {name: self.public[name] for name in names if name in self.public}
            case "call", [function, args, kwargs]:
                return function(*args, **kwargs)
            case "get", [value, name]:
                return getattr(value, name)
            case "set", [value, name, new]:
                return setattr(value, name, new)
            case "delete", [value, name]:
                return delattr(value, name)
            case "operator", [name, *operands]:
                return getattr(operator, name)(*operands)
            case "builtin", [name, *operands]:
                return getattr(builtins, name)(*operands)
            case "next", [iterator]:
                value = next(iterator, NO_MORE)
                return () if value is NO_MORE else (value,)
            case "enter", [manager]:
                return type(manager).__enter__(manager)
            case "exit", [manager, kind, message]:
                error = getattr(builtins, kind)(message) if kind else None
                type(manager).__exit__(manager, error and type(error), error, None)
                return None
            case "define", [source, name]:
                space = dict(self.public, __name__="test")
                exec(compile(source, "<test>", "exec"), space)
                self.public[name] = space[name]
                return space[name]
        raise ValueError(f"no such request: {request}")
