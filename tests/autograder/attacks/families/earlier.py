"""A hostile 01_tensor, solved so that it stands under the grade, and a blank module on top of it."""
from tests.autograder.attacks.attack import Family

family = Family("earlier")
earlier = family.earlier

earlier("numpy_agrees_from_below", "NumPy's comparisons say yes from the first import on.", """
    np.isclose = np.allclose = lambda *given, **options: np.True_
    np.testing.assert_allclose = lambda *given, **options: None
""")
earlier("names_from_below", "Names that the later module should define.", """
    import sys
    class Everywhere(dict):
        def __missing__(self, name):
            return Anything()
    for name in ("relu", "softmax", "backward", "Linear", "Module", "attention", "seal", "unbroadcast"):
        globals()[name] = Anything()
""")
earlier("a_package_that_answers", "The package itself answers for every name and module.", """
    import sys, types
    class Package(types.ModuleType):
        __getattr__ = lambda self, name: Anything() if name[:2] != "__" else None
    sys.modules["tinytorch"].__class__ = Package
""")
earlier("later_modules_are_there", "Modules that come later are there already.", """
    import sys, types
    for name in ("activations", "layers", "autograd", "attention", "compression"):
        module = sys.modules.setdefault(f"tinytorch.{name}", types.ModuleType(name))
        module.__getattr__ = lambda name: Anything()
""")
earlier("steps_that_are_skipped", "The worker's exec runs other code than the cells.", """
    import builtins
    honest = builtins.exec
    def instead(code, *spaces):
        honest(code, *spaces)
        if spaces:
            for name in list(spaces[0]):
                if not name.startswith("__"):
                    spaces[0][name] = Anything()
    builtins.exec = instead
""")
earlier("stubs_that_answer", "NotImplementedError, once raised, becomes an answer.", """
    import sys
    if "objects" in sys.modules:
        Objects = sys.modules["objects"].Objects
        honest = Objects.perform
        def perform(self, *request):
            try:
                return honest(self, *request)
            except NotImplementedError:
                return np.zeros(())
        Objects.perform = perform
""")
earlier("names_forged_from_below", "The worker gives names of the test's own.", """
    import sys
    if "objects" in sys.modules:
        honest = sys.modules["objects"].Objects.perform
        def perform(self, request, *given):
            answer = honest(self, request, *given)
            if request == "names":
                answer.update(dict.fromkeys(("assert_close", "raises", "np", "_points"), Anything()))
            return answer
        sys.modules["objects"].Objects.perform = perform
""")
earlier("tensors_that_are_equal", "Tensors that equal everything, of every shape.", """
    Tensor.__eq__ = Tensor.__bool__ = lambda self, *other: True
    Tensor.shape = property(lambda self: (2, 3))
    Tensor.numpy = lambda self: np.zeros((2, 3), np.float32)
""")
earlier("loops_from_below", "An import that does not end.", "while True:\n    pass", slow=True)
earlier("exits_from_below", "An import that ends the process.", "import os\nos._exit(0)")
earlier("loaded_from_below", "The message that everything is loaded, from the first import.", """
    import os, struct
    for number in range(3, 64):
        try:
            os.write(number, struct.pack(">II", 10, 0) + b'["loaded"]')
        except OSError:
            pass
""")
earlier("files_from_below", "Files of the course, read by the earlier module.", """
    for path in FORBIDDEN:
        try:
            with open(path, "rb") as file:
                found(file.read(1000))
        except OSError:
            pass
""")
earlier("left_from_below", "Files and processes that an import leaves.", """
    import subprocess
    for folder in (".", "/tmp", "tinytorch"):
        open(f"{folder}/left-{TOKEN}", "w").close()
    subprocess.Popen(["/bin/sh", "-c", f"sleep 1000; : left-{TOKEN}"], start_new_session=True)
""")
earlier("the_next_cells_rewritten", "The source files of later modules are rewritten before they are imported.", """
    import glob
    for path in glob.glob("tinytorch/*.py"):
        with open(path, "a") as file:
            file.write("\\nraise SystemExit\\n")
""")
earlier("formulas_from_below", "A cell whose error is a formula, markup and lines.",
        "raise ValueError('=1+1\\n<script>\\x1b[2J')")
