"""The kernel's calls that Python has no name for. Each raises OSError; standard library only."""
import ctypes
import errno
import os

# From linux/sched.h, linux/mount.h, linux/prctl.h and linux/capability.h
NEW_MOUNTS, NEW_CGROUP, NEW_NAMES, NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK = (
    0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
NOSUID, NODEV, NOEXEC, BIND, RECURSIVE, PRIVATE = 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
DETACH = 2
READ_ONLY, WITHOUT_SETUID, WITHOUT_DEVICES = 0x1, 0x2, 0x4
PDEATHSIG, DUMPABLE, SECCOMP, DROP_BOUNDING, NO_NEW_PRIVILEGES, AMBIENT = 1, 4, 22, 24, 38, 47
SECCOMP_FILTER, AMBIENT_CLEAR_ALL, CAPABILITY_VERSION = 2, 4, 0x20080522
MOUNT_SETATTR = 442         # calls this young have one number on every machine
CURRENT_FOLDER, ALL_BELOW = -100, 0x8000
SIGKILL = 9

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


class FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def call(number: int, *arguments: object) -> int:
    """A system call; numbers, bytes (as a pointer) and ctypes objects as arguments."""
    whole = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(libc.syscall(ctypes.c_long(number), *whole), f"system call {number}")


def unshare(namespaces: int) -> None:
    _checked(libc.unshare(ctypes.c_int(namespaces)), "unshare")


def set_host_name(name: str) -> None:
    _checked(libc.sethostname(name.encode(), ctypes.c_size_t(len(name))), "sethostname")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    words = [word.encode() or None for word in (source, target, kind)]
    _checked(libc.mount(*words, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def unmount(target: str) -> None:
    _checked(libc.umount2(target.encode(), DETACH), f"umount {target}")


def make_read_only(path: str, all_below: bool = False) -> None:
    """The mount at `path`, or also all that are mounted below it; these lose devices and set-user-id programs, too."""
    attributes = MountAttributes(set=READ_ONLY | (WITHOUT_SETUID | WITHOUT_DEVICES if all_below else 0))
    call(MOUNT_SETATTR, CURRENT_FOLDER, path.encode(), ALL_BELOW if all_below else 0, ctypes.byref(attributes),
         ctypes.sizeof(attributes))


def prctl(option: int, *arguments: int) -> int:
    whole = [ctypes.c_ulong(argument) for argument in [*arguments, 0, 0, 0, 0][:4]]
    return _checked(libc.prctl(ctypes.c_int(option), *whole), f"prctl {option}")


def die_with_parent() -> None:
    prctl(PDEATHSIG, SIGKILL)


def drop_capabilities() -> None:
    """For good: none is left to this process or to what it executes."""
    prctl(NO_NEW_PRIVILEGES, 1)
    prctl(AMBIENT, AMBIENT_CLEAR_ALL)
    number = 0
    while True:
        try:
            prctl(DROP_BOUNDING, number)
        except OSError as error:
            if error.errno == errno.EINVAL:               # past the last capability
                break
            raise
        number += 1
    header, none = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    _checked(libc.capset(header, none), "capset")


def filter_system_calls(program: bytes) -> None:
    """From now on, for this process and all that it starts. Needs no new privileges."""
    wrapped = FilterProgram(len(program) // 8, program)
    _checked(libc.prctl(ctypes.c_int(SECCOMP), ctypes.c_ulong(SECCOMP_FILTER), ctypes.byref(wrapped),
                        ctypes.c_ulong(0), ctypes.c_ulong(0)), "seccomp")
