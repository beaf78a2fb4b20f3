"""Every message of docs/troubleshooting.md: words of it -> a function of a course folder that makes it appear."""
from tests.docs.provoked import commands, elsewhere, notebooks, package

SAID = {**elsewhere.SAID, **notebooks.SAID, **commands.SAID, **package.SAID}
