"""Makes a sandbox out of the kernel's own parts, and starts the worker in it: where there is no bubblewrap.

Started by autograder/sandbox/backends/landlock.py as `python -I -S launch.py SETTINGS COMMAND...`, its settings being
marshalled, in hexadecimal. It runs before any student code and sees nothing but this machine's files. Standard library
only, and little of it: json, contextlib and socket would take half of the launcher's time.
"""
import marshal
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import kernel  # noqa: E402  (not importable before the line above)
import landlock  # noqa: E402
from root import change_root  # noqa: E402

NAMESPACES = kernel.NEW_MOUNTS | kernel.NEW_NAMES | kernel.NEW_IPC | kernel.NEW_PROCESSES | kernel.NEW_NETWORK
MANY = 1 << 20              # more descriptors than there are


def main() -> None:
    settings, command = marshal.loads(bytes.fromhex(sys.argv[1])), sys.argv[2:]
    kernel.die_with_parent()
    with open("/proc/self/oom_score_adj", "w") as file:   # when the machine has no memory left, this goes first
        file.write("1000")
    with open(settings["system_calls"], "rb") as file:
        system_calls = file.read()
    user, group = os.geteuid(), os.getegid()
    if user != 0:
        kernel.unshare(kernel.NEW_USER)
        keep_user(user, group, os.open("/proc", os.O_RDONLY))
    has_cgroups = os.path.exists("/proc/self/ns/cgroup")
    kernel.unshare(NAMESPACES | (kernel.NEW_CGROUP if has_cgroups else 0))
    first = os.fork()
    if first == 0:
        os.close(settings["info"])
        be_first_process(settings, system_calls, command)
    with open(settings["info"], "w") as file:
        file.write(f'{{"child-pid": {first}}}')
    os.closerange(3, MANY)                                # the worker's end of its socket is the worker's alone
    os.waitpid(first, 0)
    os._exit(0)                                           # at once: the grader waits for it


def keep_user(user: int, group: int, proc: int) -> None:
    """In a new user namespace: be who one was. Nobody else is known there, and there is no namespace below it."""
    for name, text in (("self/setgroups", "deny"), ("self/uid_map", f"{user} {user} 1"),
                       ("self/gid_map", f"{group} {group} 1"), ("sys/user/max_user_namespaces", "0")):
        with open(os.open(name, os.O_WRONLY, dir_fd=proc), "w") as file:
            file.write(text)
    os.close(proc)


def be_first_process(settings: dict, system_calls: bytes, command: list[str]) -> None:
    """Of the sandbox: it locks itself in, starts the worker, and ends everything in there when the worker is over."""
    try:
        kernel.die_with_parent()
        kernel.set_host_name(settings["host name"])
        proc = change_root(settings["steps"], settings["space"], settings["pivot_root"])
        if os.geteuid() == 0:
            become(settings["user"], proc)
        else:
            os.close(proc)
        kernel.drop_capabilities()
        landlock.restrict(settings["landlock"], settings["writable"], settings["devices"])
        kernel.die_with_parent()                          # a change of user takes this back
        os.chdir(settings["variables"]["HOME"])
        worker = os.fork()
        if worker == 0:
            kernel.filter_system_calls(system_calls)
            os.execve(command[0], command, settings["variables"])
        kernel.filter_system_calls(system_calls)
        os.closerange(3, MANY)
        while os.wait()[0] != worker:
            pass
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(1)


def become(user: int, proc: int) -> None:
    """Root becomes an ordinary user, in a user namespace of its own, which has its own count of processes."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    kernel.prctl(kernel.DUMPABLE, 1)                      # or /proc/self would be root's
    kernel.unshare(kernel.NEW_USER)
    keep_user(user, user, proc)


if __name__ == "__main__":
    main()
