"""Handing in through nbgrader's exchange, where a class has one."""
import contextlib
import importlib.util
import os
import tempfile
from pathlib import Path

from tito.course import Module
from tito.errors import TitoError


def configured(root: Path):
    """nbgrader's configuration if it names a course whose exchange can be written to from here; else None."""
    if importlib.util.find_spec("nbgrader") is None or os.name == "nt" or not _config_files(root):
        return None
    config = _config(root)
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange.default import Exchange

    course = CourseDirectory(config=config).course_id
    inbound = Path(Exchange(config=config).root) / course / "inbound"
    return config if course and inbound.is_dir() and os.access(inbound, os.W_OK | os.X_OK) else None


def hand_in(config, module: Module, notebook: bytes) -> str:
    """Submit exactly these bytes; gives the exchange's own time stamp."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import ExchangeError, ExchangeFactory

    with tempfile.TemporaryDirectory(prefix="tito-") as scratch:
        folder = Path(scratch) / module.id
        folder.mkdir()
        (folder / f"{module.id}.ipynb").write_bytes(notebook)
        config.CourseDirectory.assignment_id = module.id
        config.Exchange.assignment_dir = scratch
        config.Exchange.path_includes_course = False
        submit = ExchangeFactory(config=config).Submit(
            coursedir=CourseDirectory(config=config), authenticator=Authenticator(config=config), config=config)
        submit.log.setLevel("ERROR")
        try:
            submit.start()
        except ExchangeError as error:
            raise TitoError(f"The exchange refused {module.id}: {error}") from None
        return submit.timestamp


def _config_files(root: Path) -> list[Path]:
    """Where a course could be named; without any of these, nbgrader, which takes seconds to load, need not be asked."""
    from jupyter_core.paths import jupyter_config_path

    return [path for folder in [root, *map(Path, jupyter_config_path())] for path in folder.glob("nbgrader_config.*")]


def _config(root: Path):
    """What nbgrader itself would read in this folder."""
    from nbgrader.apps.baseapp import NbGrader

    app = NbGrader(log_level="ERROR")
    with contextlib.chdir(root):
        app.load_config_file()
    return app.config
