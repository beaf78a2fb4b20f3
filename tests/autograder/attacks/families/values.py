"""Answers of odd dtype, shape and size, in the place of every number."""
from tests.autograder.attacks.attack import Family

family = Family("values")


def value(name: str, says: str, expression: str) -> None:
    """What .numpy() gives."""
    family.code(name, says, f"value = lambda *given: {expression}")


def at_once(name: str, says: str, expression: str) -> None:
    """What every function gives, and .numpy() too."""
    value(name, says, expression)
    family.code(f"{name}_at_once", says, f"answer = value = lambda *given, **options: {expression}")


at_once("nothing", "None.", "None")
at_once("nan", "An array of nan.", "np.full((2, 3), np.nan)")
value("infinity", "Infinity, of either sign.", "np.array([np.inf, -np.inf])")
value("no_numbers", "An array without numbers: all of its numbers are right.", "np.zeros((0,))")
at_once("no_rows", "Nested lists without numbers.", "[[], []]")
at_once("one_number", "One number, which broadcasts to every shape.", "np.zeros(())")
value("one_row", "An array of shape (1, 1, 1), which broadcasts too.", "np.zeros((1, 1, 1))")
value("many_axes", "An array of 60 axes.", "np.zeros((1,) * 60)")
value("booleans", "True, which equals 1.", "np.ones((2, 3), bool)")
value("halves", "An array of float16.", "np.zeros((2, 3), np.float16)")
value("long_doubles", "An array of long double.", "np.zeros((2, 3), np.longdouble)")
value("the_other_byte_order", "An array of the other byte order.", "np.zeros((2, 3), '>f4')")
at_once("objects", "An array of objects that say yes.", "np.array([Anything(), Anything()], dtype=object)")
value("records", "A structured array.", "np.zeros(3, dtype=[('a', 'f4'), ('b', 'O')])")
value("text", "An array of text.", "np.array(['0.0', 'nan'])")
value("dates", "An array of dates, some of them not a time.", "np.array(['NaT', '2000-01-01'], 'M8[D]')")
value("complex_numbers", "Complex numbers with nothing real.", "np.full(3, 1j * np.nan)")
value("masked", "A masked array, all of it masked.", "np.ma.masked_all((2, 3))")
value("a_matrix", "A matrix, whose product is another.", "np.matrix([[0.0, 0.0]])")
at_once("a_view_without_end", "A view of 10 to the 16th numbers, in eight bytes.",
      "np.broadcast_to(np.float64(0), (10 ** 8, 10 ** 8))")
value("a_large_array", "An array of 80 MB.", "np.zeros(10 ** 7)")
value("large_integers", "Integers of a million digits.", "[1 << 3_000_000, -(1 << 9_999)]")
at_once("ranges", "A range without end.", "range(10 ** 18)")
at_once("deep_lists", "Lists nested ten thousand deep.",
        "__import__('functools').reduce(lambda inner, _: [inner], range(10 ** 4), 0)")
value("a_list_in_itself", "A list that holds itself.", "(lambda a: a.append(a) or a)([])")
value("colliding_keys", "A dictionary whose keys all have one hash.", "{i * (2 ** 61 - 1): 0 for i in range(3_000)}")
at_once("types", "A dtype, a type, an ellipsis and a slice.", "[np.dtype('f4'), float, ..., slice(None)]")
at_once("functions", "NumPy's own comparison, as a value.", "np.equal")
