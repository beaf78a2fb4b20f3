"""python -m tito"""
import sys

try:
    from tito.main import main
except ModuleNotFoundError as error:
    sys.exit(f"error: {error.name} is not installed in this Python ({sys.executable}): activate the environment of the "
             "course (. .venv/bin/activate), or make it anew, as the README says.")

main()
