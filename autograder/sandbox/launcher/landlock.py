"""Landlock: what a process and all that it starts may do to files, to the network and to other processes.

A second fence behind the namespaces: a path that some fault of theirs leaves in reach is closed all the same.
"""
import ctypes
import os

from kernel import call

# From linux/landlock.h; calls this young have one number on every machine
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
READ = EXECUTE | READ_FILE | READ_DIR
DEVICE_NODES = 1 << 6 | 1 << 11                           # of characters and of blocks
IOCTL_DEV = 1 << 15
OF_FILES = READ_FILE | WRITE_FILE | EXECUTE | 1 << 14 | IOCTL_DEV      # the rights that a rule on a file may name
# The first version that knows them: the number of rights to files; TCP; signals and abstract sockets
RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
TCP_SINCE, ALL_TCP = 4, 3
SCOPES_SINCE, ALL_SCOPES = 6, 3


class Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("rights", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def restrict(version: int, writable: list[str], devices: list[str]) -> None:
    """From now on: read and execute what is there, write into `writable` and to `devices`, no TCP, no signals outside.

    version: of the kernel's Landlock. An older one knows fewer rights, and what it does not know it does not stop.
    """
    files = (1 << max(count for since, count in RIGHTS.items() if since <= version)) - 1
    ruleset = Ruleset(files, ALL_TCP if version >= TCP_SINCE else 0, ALL_SCOPES if version >= SCOPES_SINCE else 0)
    # A kernel refuses bytes that it does not know, unless they are zero
    rules = call(CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    write = files & ~DEVICE_NODES & ~IOCTL_DEV
    paths = [("/", READ), *((folder, write) for folder in writable)]
    paths += [(device, (READ_FILE | WRITE_FILE | IOCTL_DEV) & files) for device in devices]
    for path, rights in paths:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = Rule(rights if os.path.isdir(path) else rights & OF_FILES, opened)
        call(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(rule), 0)
        os.close(opened)
    call(RESTRICT_SELF, rules, 0)
    os.close(rules)
