"""Jupyter server extension of `tito formgrader`: nbgrader's pages with a content policy, their buttons with our steps.

It loads before nbgrader's own extension (extensions load by name) and so answers first for every page it serves.
The policy lets run what stands in nbgrader's templates: scripts that carry the nonce of this one answer, what those
load, and their inline event handlers, by hash. Nothing else runs: no script, event handler or javascript: link that
came with a submission or an address. Nothing is fetched from elsewhere but MathJax, from where nbgrader loads it.
"""
import asyncio
import base64
import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cached_property
from pathlib import Path

from jinja2 import BaseLoader, Environment, FileSystemLoader
from jupyter_server.utils import url_path_join
from nbconvert.exporters import HTMLExporter
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, BaseHandler, check_notebook_dir, check_xsrf
from tornado import web
from traitlets.config import Config

from autograder.grade.policy import Policy
from autograder.records.classroom import Classroom, choose_modules
from autograder.records.gradebook import HTML_EXPORTER, configured
from autograder.records.reconcile import bring_together
from autograder.records.submission import Submission
from autograder.report.refusals import INSTEAD
from tito.course import Module, find_module
from tito.errors import TitoError
from tito.student_id import student_id

NONCE: ContextVar[str] = ContextVar("nonce")      # of the answer that is being made
MATHJAX = "https://cdnjs.cloudflare.com"      # nbconvert's default

START_MATHJAX = 'window.MathJax = {AuthorInit: () => MathJax.Hub.Register.StartupHook("Begin", init_mathjax)};\n'
QUESTIONS = Path(__file__).with_name("questions.html.j2").read_text(encoding="utf-8")


def hashes_of_event_handlers() -> str:
    """CSP sources for the onclick="…" that stand in nbgrader's templates."""
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(handlers.template_path).rglob("*"))
                     if path.is_file())
    codes = sorted(set(re.findall(r'\son\w+="([^"]*)"', source, re.I)))
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in codes)


POLICY = "; ".join([
    "default-src 'none'", "connect-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'none'",
    f"script-src 'nonce-{{nonce}}' 'strict-dynamic' 'unsafe-hashes' {hashes_of_event_handlers()}",
    f"style-src 'self' 'unsafe-inline' {MATHJAX}", f"font-src 'self' data: {MATHJAX}"])


class WithNonce(BaseLoader):
    """Templates whose own scripts carry the nonce: it is put in before anything that a student wrote."""

    def __init__(self, loader: BaseLoader):
        self.loader = loader

    def get_source(self, environment: Environment, template: str):
        source, name, is_current = self.loader.get_source(environment, template)
        # MathJax gives a configuration of this type to eval; it takes it from an object that is there before it, too
        source = source.replace(' type="text/x-mathjax-config"', "")
        source = source.replace("init_mathjax();\n", START_MATHJAX)
        source = source.replace("{{ nav(resources) }}", "{{ nav(resources) }}" + QUESTIONS)
        return re.sub(r"<script\b", '<script nonce="{{ nonce() }}"', source), name, is_current


def submission_exporter() -> HTMLExporter:
    """What shows a graded notebook: nbgrader's template, everything in it cleaned."""
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    config.HTMLExporter.update(HTML_EXPORTER)
    exporter = HTMLExporter(config=config)
    with_nonce(exporter.environment)
    return exporter


def with_nonce(environment: Environment) -> Environment:
    environment.loader = WithNonce(environment.loader)
    environment.globals["nonce"] = NONCE.get
    return environment


EXPORTER = submission_exporter()
PAGES = with_nonce(Environment(loader=FileSystemLoader(handlers.template_path), autoescape=True))


class Guarded(BaseHandler):
    """Put before a handler of nbgrader's."""

    @cached_property
    def nonce(self) -> str:
        return secrets.token_urlsafe(16)

    @property
    def content_security_policy(self) -> str:
        return f"{POLICY.format(nonce=self.nonce)}; {super().content_security_policy}"

    @property
    def exporter(self) -> HTMLExporter:
        NONCE.set(self.nonce)
        return EXPORTER

    def render(self, name: str, **values) -> str:
        NONCE.set(self.nonce)
        return PAGES.get_template(name).render(**values)


class Kept(Guarded):
    """Put before a handler that saves what a person gives: it goes into the course folder at once, too."""

    def on_finish(self) -> None:
        super().on_finish()
        if self.request.method == "PUT" and self.get_status() == 200:
            try:
                bring_together(configured(self.coursedir), self.module())
            except (TitoError, OSError) as error:
                self.log.error("tito: %s", error)

    def module(self) -> Module:
        find = self.gradebook.find_grade_by_id if isinstance(self, apihandlers.GradeHandler) else \
            self.gradebook.find_comment_by_id
        return find_module(find(*self.path_args).assignment.name)[0]


class Assignments(Guarded, BaseApiHandler):
    """The modules of the gradebook: those that are released or handed in, not all that could be."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self) -> None:
        self.write(json.dumps([known for known in self.api.get_assignments() if known["id"]]))


class Refuse(Guarded, BaseApiHandler):
    """A button without a step of ours."""

    def initialize(self, instead: str) -> None:
        self.instead = instead

    @web.authenticated
    @check_xsrf
    def post(self, *names: str) -> None:
        self.write(json.dumps({"success": False, "log": self.instead}))     # as text: nbgrader's script parses it


class RunTito(Guarded, BaseApiHandler):
    """A button that runs a tito command on a module, and perhaps one student's submission, in a process of its own."""

    def initialize(self, command: str, options: Sequence[str] = ()) -> None:
        self.command, self.options = command, options

    @web.authenticated
    @check_xsrf
    async def post(self, assignment: str, student: str = "") -> None:
        classroom = configured(self.coursedir)
        try:
            arguments = self.arguments(classroom, assignment, student)
        except TitoError as error:
            self.write(json.dumps({"success": False, "log": str(error)}))
            return
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tito", self.command, *arguments, cwd=classroom.root,
            env={**os.environ, "TINYTORCH_DB": classroom.db_url},     # on the command line everybody could read it
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        output, _ = await process.communicate()
        self.write(json.dumps({"success": process.returncode == 0, "log": output.decode("utf-8", "replace")}))

    def arguments(self, classroom: Classroom, assignment: str, student: str) -> list[str]:
        [module], _ = choose_modules(classroom.root, [assignment])
        arguments = [module.id, f"--course={classroom.folder}", *self.options]
        if student:
            arguments.append(f"--student={student_id(student)}")
        if self.command == "grade":
            graded = Submission(classroom, student, module).graded()      # a click does not change the policy
            arguments.append(f"--policy={graded.provenance.policy if graded else Policy.fallback}")
        return arguments


SAVES = apihandlers.GradeHandler, apihandlers.CommentHandler
TO_EXCHANGE = {"command": "feedback", "options": ["--exchange"]}
BUTTONS = [
    (r"/formgrader/api/submission/([^/]+)/([^/]+)/autograde", RunTito, {"command": "grade"}),
    (r"/formgrader/api/assignment/([^/]+)/generate_feedback", RunTito, {"command": "feedback"}),
    (r"/formgrader/api/assignment/([^/]+)/([^/]+)/generate_feedback", RunTito, {"command": "feedback"}),
    (r"/formgrader/api/assignment/([^/]+)/collect", RunTito, {"command": "collect"}),
    (r"/formgrader/api/assignment/([^/]+)/assign", Refuse, {"instead": INSTEAD["GenerateAssignment"]}),
    (r"/formgrader/api/assignment/([^/]+)/release_feedback", RunTito, TO_EXCHANGE),
    (r"/formgrader/api/assignment/([^/]+)/([^/]+)/release_feedback", RunTito, TO_EXCHANGE),
]


def load_jupyter_server_extension(server) -> None:
    base = server.web_app.settings["base_url"]
    # nbgrader's start page would take its configuration, which is code, from any folder that the address names
    start = (r"/formgrader/?", web.RedirectHandler, {"url": url_path_join(base, "formgrader/manage_assignments"),
                                                     "permanent": False})
    listed = r"/formgrader/api/assignments", Assignments
    guarded = [(pattern, type(handler.__name__, (Kept if handler in SAVES else Guarded, handler), {}), *options)
               for pattern, handler, *options in handlers.default_handlers + apihandlers.default_handlers
               if issubclass(handler, BaseHandler)]
    server.web_app.add_handlers(".*$", [(url_path_join(base, pattern), *rest)
                                        for pattern, *rest in [start, listed, *BUTTONS, *guarded]])
