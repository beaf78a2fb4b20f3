"""python -m tito"""
import sys

try:
    from tito.main import main
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name} is not installed in this Python ({sys.executable}): activate the environment of the "
             'course, or install what it needs: python -m pip install -e ".[course]"')

main()
