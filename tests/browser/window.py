"""A window of JupyterLab: what a student does in it, and what is wrong with what it shows."""
import shutil
from pathlib import Path

from tests.jupyter import TOKEN, Server

OPEN = """async path => {
    await jupyterapp.restored;
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
    await new Promise(done => setTimeout(done, 300));          // what hears of the kernel has its turn
}"""
SHOWN = "path => window.jupyterapp?.shell.currentWidget?.context?.path === path"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
RED = '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]'
NOTEBOOK = f"{PANEL} .jp-WindowedPanel-outer"
CELLS = "() => jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells"
FAULTS = r"""() => {
    const found = [], notebook = document.querySelector('PANEL .jp-Notebook');
    const every = selector => [...notebook.querySelectorAll(selector)];
    const say = (what, node) => found.push(`${what}: ${(node.textContent.trim() || node.outerHTML).slice(0, 120)}`);
    every('mjx-merror').forEach(node => say('a formula fails', node));
    const RAW = /\$[^$]+\$|\\[a-zA-Z]{3,}|\*\*[^*\s][^*]*\*\*|```|^#+ |\]\(/;
    const TABLE = /^.*\S {2,}\S.* {2,}\S.*\n.*\S {2,}\S.* {2,}\S/m;
    const words = document.createTreeWalker(notebook, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const node = words.currentNode, around = node.parentElement;
        if (around.closest('.jp-RenderedMarkdown') && !around.closest('code, pre, mjx-container')
            && RAW.test(node.textContent)) say('raw markup', node);
    }
    every('img').filter(image => !image.naturalWidth).forEach(node => say('a picture is missing', node));
    every('table, img, svg, mjx-container, .jp-RenderedMarkdown pre').forEach(node => {
        const frame = node.closest('.jp-RenderedHTMLCommon, .jp-OutputArea-output')?.getBoundingClientRect();
        if (node.getBoundingClientRect().right > frame?.right + 1) say('wider than its place', node);
    });
    every('.jp-RenderedText pre').filter(node => TABLE.test(node.textContent)).forEach(node => {
        node.style.whiteSpace = 'pre';
        if (node.scrollWidth > node.clientWidth + 1) say('rows of a printed table break', node);
        node.style.whiteSpace = '';
    });
    every('.cm-scroller').filter(node => node.scrollWidth > node.clientWidth + 1)
        .forEach(node => say('code is wider', node));
    every('.jp-TrimmedOutputs').forEach(node => say('outputs are left out', node));
    every('RED').filter(node => !node.textContent.includes('RuntimeWarning'))      // these are shown on purpose
        .forEach(node => say('a warning', node));
    return found;
}""".replace("PANEL", PANEL).replace("RED", RED)
OPEN_HINTS = """() => {
    const hints = [...document.querySelectorAll('PANEL .jp-RenderedMarkdown details')];
    hints.forEach(hint => hint.querySelector('summary').click());
    return hints.filter(hint => !hint.open || hint.scrollHeight <= hint.querySelector('summary').scrollHeight)
        .map(hint => `a hint does not open: ${hint.textContent.trim().slice(0, 80)}`);
}""".replace("PANEL", PANEL)
EXTENT = """node => {          // down to the last cell: behind it JupyterLab leaves a window's height free
    const bottom = [...node.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom;
    return [bottom - node.getBoundingClientRect().top + node.scrollTop, node.clientHeight];
}"""
DARK, LIGHT = "JupyterLab Dark", "JupyterLab Light"


class Window:
    def __init__(self, page, pictures: Path):
        self.page, self.pictures, self.said = page, pictures, []
        shutil.rmtree(pictures, ignore_errors=True)                  # those of an earlier run
        page.on("console", lambda line: self.said.append(f"the console says: {line.text}")
                if line.type == "error" else None)
        page.on("pageerror", lambda error: self.said.append(f"a script fails: {error}"))

    def open(self, server: Server, path: str) -> None:
        """Open a notebook, and wait until its kernel has told what it is."""
        self.page.goto(f"{server.address}/lab/workspaces/{self.pictures.name}/tree/{path}?token={TOKEN}")
        self.page.wait_for_function(SHOWN, arg=path)
        self.page.evaluate(OPEN)

    def execute(self, command: str, **arguments) -> bool:
        """A command of JupyterLab's; whether its answer is yes."""
        return self.page.evaluate("async ([command, options]) => "
                                  "await jupyterapp.commands.execute(command, options) === true", [command, arguments])

    def run_all(self) -> bool:
        """Whether every cell passed."""
        return self.execute("notebook:run-all-cells")

    def validate(self, picture: str) -> str:
        """Press nbgrader's Validate; what its window then says."""
        self.page.locator(PANEL).get_by_role("button", name="Validate").click()
        said = self.page.locator(".jp-Dialog-body").inner_text(timeout=120_000)
        self.picture(picture)
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.wait_for_selector(".jp-Dialog", state="detached")
        return said

    def write(self, index: int, source: str) -> None:
        """Replace the text of a cell, by the keyboard."""
        self.page.evaluate("index => { jupyterapp.shell.currentWidget.content.activeCellIndex = index }", index)
        self.execute("notebook:enter-edit-mode")
        self.page.locator(f"{PANEL} .jp-Cell").nth(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.wait_for_function("([index, source]) => (CELLS)()[index].source === source".replace("CELLS", CELLS),
                                    arg=[index, source])

    def type_in_terminal(self, line: str) -> None:
        self.execute("terminal:create-new")
        self.page.wait_for_selector(".jp-Terminal .xterm-helper-textarea", state="attached")
        self.page.keyboard.type(f"{line}\n")

    def cells(self) -> list[dict]:
        return self.page.evaluate(CELLS)

    @property
    def unsaved(self) -> bool:
        return self.page.evaluate("() => jupyterapp.shell.currentWidget.context.model.dirty")

    def faults(self) -> list[str]:
        return [*self.page.evaluate(FAULTS), *self.page.evaluate(OPEN_HINTS), *self.said]

    def picture(self, name: str) -> None:
        """What stands in the window now."""
        self.page.screenshot(path=self._path(name), type="jpeg", quality=70)

    def pages(self, name: str, height: int = 4000) -> None:
        """The whole notebook, piece by piece."""
        size = self.page.viewport_size
        self.page.set_viewport_size({**size, "height": height})
        place = self.page.locator(NOTEBOOK)
        self.page.wait_for_function("([notebook, height]) => document.querySelector(notebook).clientHeight > height",
                                    arg=[NOTEBOOK, height - 300])
        whole, step = place.evaluate(EXTENT)
        for number, top in enumerate(range(0, int(whole), step), start=1):
            place.evaluate("(node, top) => new Promise(done => {"
                           "node.scrollTop = top; requestAnimationFrame(() => requestAnimationFrame(done)) })", top)
            self.picture(f"{name}-{number}")
        self.page.set_viewport_size(size)

    def theme(self, name: str) -> None:
        self.execute("apputils:change-theme", theme=name)
        self.page.wait_for_function("dark => document.body.dataset.jpThemeLight === String(!dark)", arg=name == DARK)

    def _path(self, name: str) -> Path:
        self.pictures.mkdir(parents=True, exist_ok=True)
        return self.pictures / f"{name}.jpg"
