"""Objects that say yes, answers that depend on who asks, and exceptions of every kind."""
from tests.autograder.attacks.attack import Family

family = Family("objects")
code = family.code

code("yes_to_everything", "Every name is an object that says yes.", "")
code("equal_by_class", "A class whose instances everything is.", """
    class Liar(type):
        __instancecheck__ = __subclasscheck__ = lambda self, other: True
        __eq__ = lambda self, other: True
        __hash__ = type.__hash__
        __getattr__ = lambda self, name: self
    class Same(metaclass=Liar):
        def __new__(cls, *given, **options):
            return cls
    answer = lambda *given, **options: Same
""")
code("arrays_equal_to_everything", "An array that equals everything.", """
    class Equal(np.ndarray):
        __eq__ = __le__ = __ge__ = lambda self, other: np.True_
        __array_ufunc__ = lambda self, *given, **options: np.True_
        __array_function__ = lambda self, *given, **options: np.True_
    value = lambda *given: np.zeros(3).view(Equal)
""")
code("numbers_equal_to_everything", "A number that equals everything.", """
    class Equal(float):
        __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
        __sub__ = __rsub__ = __abs__ = lambda self, *others: 0.0
        __hash__ = None
    value = lambda *given: Equal(0)
""")
code("text_in_which_everything_is", "A text in which every word is.", """
    class Text(str):
        __contains__ = __eq__ = lambda self, other: True
        __hash__ = None
    value = answer = lambda *given, **options: Text("x")
""")
code("a_tuple_of_any_length", "A tuple that is as long as asked.", """
    class Any(tuple):
        __eq__ = __contains__ = lambda self, other: True
        __hash__ = None
        __len__ = lambda self: 3
    value = answer = lambda *given, **options: Any()
""")
code("a_forged_interface", "Arrays by a forged array interface, at an address of its own choice.", """
    class Forged:
        __array_interface__ = {"shape": (4,), "typestr": "<f4", "data": (4096, False), "version": 3}
        __array_struct__ = 5
        __array__ = lambda self, *given, **options: np.zeros(4, np.float32)
        __len__ = lambda self: 4
        __getitem__ = lambda self, index: 0.0
    value = lambda *given: Forged()
""")
code("a_list_of_objects", "Lists of objects that look like rows.", """
    value = lambda *given: [Anything(), [Anything(), 1.0], Anything()]
""")
code("rows_without_end", "Objects that look like sequences of a thousand million rows.", """
    class Rows:
        __len__ = lambda self: 10 ** 9
        __getitem__ = lambda self, index: Rows()
        __iter__ = lambda self: iter(self[i] for i in range(10 ** 9))
    value = answer = lambda *given, **options: [Rows(), Rows()]
""", slow=True)
code("iterators_without_end", "Iterators that do not end.", """
    import itertools
    value = answer = lambda *given, **options: itertools.repeat(0.0)
    Anything.__iter__ = lambda self: itertools.repeat(Anything())
""", slow=True)
code("its_own_argument", "Every function gives its first argument back.", """
    answer = lambda *given, **options: given[0] if given else Anything()
    value = lambda *given: given[0] if given else 0.0
""")
code("its_last_argument", "Every function gives its last argument back.", """
    answer = value = lambda *given, **options: given[-1] if given else Anything()
""")
code("answers_by_count", "The n-th call gives n.", """
    calls = []
    def answer(*given, **options):
        calls.append(1)
        return Anything(len(calls))
    value = lambda *given: float(len(calls))
""")
code("answers_by_content", "Known arguments get what the visible checks expect.", """
    known = {2.0: 4.0, 3.0: 9.0, 0.0: 0.0}
    def value(*given):
        flat = np.ravel(np.asarray(given[0], dtype=object)) if given else [0.0]
        return known.get(flat[0] if len(flat) else 0.0, 0.0)
""")
code("answers_by_process", "Another answer in every process.", """
    import os
    value = lambda *given: np.full(os.getpid() % 7, float(os.getpid() % 3))
""")
code("answers_from_an_earlier_test", "What one test gave is kept in a file for the next.", """
    import pickle
    def value(*given):
        try:
            with open("/tmp/kept", "rb") as file:
                kept = pickle.load(file)
        except (OSError, EOFError, pickle.PickleError):
            kept = []
        kept += [array for array in given if isinstance(array, np.ndarray)]
        with open("/tmp/kept", "wb") as file:
            pickle.dump(kept[-50:], file)
        return kept[0] if kept else 0.0
""")
code("callbacks_as_answers", "A function that the test gave is given back as the answer.", """
    functions = [lambda *given: 0.0]
    def answer(*given, **options):
        functions.extend(thing for thing in given if callable(thing) and not isinstance(thing, (type, Anything)))
        return functions[-1]
    value = lambda *given: functions[-1]
""")
code("callbacks_called_often", "A function that the test gave is called without end.", """
    def answer(*given, **options):
        for thing in given:
            while callable(thing) and not isinstance(thing, (type, Anything)):
                thing(np.zeros(1000))
        return Anything(*given)
""", slow=True)
code("attributes_that_vanish", "An attribute is there the first time, and not the second.", """
    seen = set()
    def vanish(self, name):
        if name in seen or name.startswith("__"):
            raise AttributeError(name)
        seen.add(name)
        return self
    Anything.__getattr__ = vanish
""")
code("types_with_names_of_ours", "Types that are called like the grader's own.", """
    names = ("Proxy", "Connection", "AssertionError", "float32", "ndarray", "TimedOut", "StudentError", "NoneType")
    kinds = [type(name, (Anything,), {}) for name in names]
    answer = lambda *given, **options: kinds[len(repr(given)) % len(kinds)]()
""")
code("ten_thousand_types", "Every answer has a type of its own, with a long name.", """
    numbers = iter(range(10 ** 9))
    answer = lambda *given, **options: type("T" * 50 + str(next(numbers)), (Anything,), {})()
    Anything.__getattr__ = lambda self, name: answer() if name[:2] != "__" else self.missing(name)
""")


def raising(name: str, says: str, expression: str) -> None:
    code(name, says, f"""
    class Own(Exception):
        __str__ = lambda self: "every word that a message could need " * 40
    class Silent(BaseException):
        def __str__(self):
            raise KeyboardInterrupt
        __repr__ = __str__
    words = " ".join(f"({{a}}, {{b}}) {{a}}" for a in range(9) for b in range(9))
    def answer(*given, **options):
        raise {expression}
    value = answer
    Anything.__getattr__ = lambda self, name: answer()
    """)


raising("every_word", "A ValueError with every shape and number in its message.", "ValueError(words)")
for kind in ("AssertionError", "StopIteration", "GeneratorExit", "KeyboardInterrupt", "SystemExit(0)", "MemoryError",
             "NameError", "KeyError", "Silent"):
    raising(f"raises_{kind.split('(')[0]}", f"Everything raises {kind}.", kind)
raising("a_group_of_errors", "Everything raises a group of exceptions.",
        "BaseExceptionGroup('all', [ValueError(), KeyboardInterrupt()])")
raising("an_error_of_every_class", "One exception that is a ValueError, a TypeError and a KeyError.",
        "type('All', (Own, ValueError, TypeError, KeyError, IndexError), {})()")
raising("an_error_named_by_ours", "An exception that is called like the grader's time-out.",
        "type('TimedOut', (Exception,), {})('')")
raising("an_error_without_end", "An exception whose causes go round in a circle.",
        "(lambda e: [setattr(e, '__cause__', e), setattr(e, '__context__', e), e][2])(ValueError())")
