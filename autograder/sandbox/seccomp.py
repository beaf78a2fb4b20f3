"""A filter of system calls: what no submission needs, the kernel answers as if it did not have it.

libseccomp, which knows the calls' numbers on every machine, compiles the filter; bubblewrap installs it last of all.
"""
import ctypes
import errno
import functools
import os
import socket
import tempfile

# Kept from student code: what outlives or sees past a sandbox, holds memory that no process is charged for, or is
# seldom used, so seldom tested, so a favourite way into the kernel. Plain ENOSYS: libraries know how to do without.
DENIED = [
    "add_key", "request_key", "keyctl", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise",
    "pidfd_getfd", "kcmp", "move_pages", "migrate_pages", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "vmsplice", "memfd_create", "memfd_secret", "shmget", "shmat", "shmctl",
    "semget", "semctl", "semop", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink",
    "inotify_init", "inotify_init1", "fanotify_init", "fanotify_mark", "mount", "umount2", "pivot_root", "chroot",
    "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns",
    "clone3", "name_to_handle_at", "open_by_handle_at", "quotactl", "quotactl_fd", "swapon", "swapoff", "acct",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "syslog",
    "personality", "modify_ldt", "iopl", "ioperm", "uselib", "ustat", "sysfs", "lookup_dcookie", "vhangup",
    "sethostname", "setdomainname", "landlock_create_ruleset", "io_setup", "flock",
]
# glibc falls back from clone3 to clone, whose flags a filter can read
NEW_NAMESPACE = [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]
SHARED_ANONYMOUS = 0x21                                   # mmap: such memory stays when no process has it resident
SEND_BUFFERS = [7, 32]                                    # setsockopt's SO_SNDBUF and SO_SNDBUFFORCE
PIPE_SIZE = 1031                                          # fcntl's F_SETPIPE_SZ
RANGE_LOCKS = [6, 7, 37, 38]                              # fcntl's F_SETLK and so on: kernel memory without a limit
ALLOW, ERRNO = 0x7FFF0000, 0x00050000                     # these four as in libseccomp's seccomp.h
NOT_EQUAL, MASKED_EQUAL = 1, 7
ACT_BADARCH = 2
UNKNOWN = -1


class Compare(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


@functools.cache
def library() -> ctypes.CDLL:
    """libseccomp; OSError where it is not installed."""
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    seccomp.seccomp_attr_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32]
    seccomp.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                               ctypes.POINTER(Compare)]
    seccomp.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    seccomp.seccomp_release.argtypes = [ctypes.c_void_p]
    return seccomp


def number(call: str) -> int:
    return library().seccomp_syscall_resolve_name(call.encode())


@functools.cache
def program() -> bytes:
    """The compiled filter. Calls by another machine's numbers (32-bit, x32) get ENOSYS altogether."""
    rules = [(call, errno.ENOSYS, []) for call in DENIED]
    rules += [("clone", errno.ENOSYS, [Compare(0, MASKED_EQUAL, flag, flag)]) for flag in NEW_NAMESPACE]
    rules += [(call, errno.EAFNOSUPPORT, [Compare(0, NOT_EQUAL, socket.AF_UNIX)]) for call in ("socket", "socketpair")]
    rules += [("fcntl", errno.ENOLCK, [Compare(1, MASKED_EQUAL, 0xFFFFFFFF, command)]) for command in RANGE_LOCKS]
    shared = [Compare(3, MASKED_EQUAL, SHARED_ANONYMOUS, SHARED_ANONYMOUS)]
    rules += [("setsockopt", errno.EPERM, [Compare(2, MASKED_EQUAL, 0xFFFFFFFF, option)]) for option in SEND_BUFFERS]
    rules += [("fcntl", errno.EPERM, [Compare(1, MASKED_EQUAL, 0xFFFFFFFF, PIPE_SIZE)])]
    rules += [("mmap", errno.ENOMEM, shared)]
    seccomp = library()
    context = seccomp.seccomp_init(ALLOW)
    try:
        results = [seccomp.seccomp_attr_set(context, ACT_BADARCH, ERRNO | errno.ENOSYS)]
        for call, error, compares in rules:
            if number(call) != UNKNOWN:                   # a libseccomp older than the call
                array = (Compare * len(compares))(*compares)
                results.append(seccomp.seccomp_rule_add_array(context, ERRNO | error, number(call), len(array), array))
        with tempfile.TemporaryFile() as file:
            results.append(seccomp.seccomp_export_bpf(context, file.fileno()))
            if any(results):
                raise OSError(-min(results), "libseccomp cannot make the filter")
            return os.pread(file.fileno(), 1 << 16, 0)
    finally:
        seccomp.seccomp_release(context)
