"""What every sandbox's worker finds around it besides files: variables, a user, a name for the machine."""
import tinytorch

ENVIRONMENT = {"PATH": "/usr/bin:/bin", **dict.fromkeys(tinytorch._THREADS, "1")}
HOST_NAME = "sandbox"
USER = 61000                # whom root becomes, because root is exempt from process limits
