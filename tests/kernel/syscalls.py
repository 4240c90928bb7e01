# SPDX-License-Identifier: GPL-2.0-or-later
"""A program whose system calls a test sees, one by one.

seccomp tells of each call of some kinds when it begins, and the program waits.
The test may look at the rules, send packets, let the call fail with an errno,
or kill the program. This also works in a user namespace.
"""
import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import tempfile

NUMBERS = {
    "x86_64": {"sendto": 44, "recvfrom": 45, "sendmsg": 46, "setsockopt": 54,
               "getsockopt": 55, "seccomp": 317},
    "aarch64": {"sendto": 206, "recvfrom": 207, "setsockopt": 208,
                "getsockopt": 209, "sendmsg": 211, "seccomp": 277},
}.get(platform.machine())

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PIDFD_GETFD = 38, 438
SET_MODE_FILTER, NEW_LISTENER = 1, 8
RET_ALLOW, RET_USER_NOTIF = 0x7fff0000, 0x7fc00000
LD_NUMBER, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
NOTIF = struct.Struct("QIIiIQ6Q")       # id, pid, flags; seccomp_data
RESPONSE = struct.Struct("QqiI")        # id, value, error, flags
NOTIF_RECV, NOTIF_SEND = 0xc0502100, 0xc0182101
CONTINUE = 1

KILL = object()


def install(names):
    """In the child: the listener's descriptor, which exec closes."""
    code = [(LD_NUMBER, 0, 0, 0)]
    for n, name in enumerate(names):
        code.append((JUMP_EQUAL, len(names) - n, 0, NUMBERS[name]))
    code += [(RETURN, 0, 0, RET_ALLOW), (RETURN, 0, 0, RET_USER_NOTIF)]
    text = ctypes.create_string_buffer(
        b"".join(struct.pack("HBBI", *line) for line in code))
    program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(text))
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return -1
    return LIBC.syscall(NUMBERS["seccomp"], SET_MODE_FILTER, NEW_LISTENER,
                        program)


class Program:
    """Run ARGV to its end; ON_CALL(program, name, args) sees each call.

    .calls[name] is its number. ON_CALL returns None (the call goes on), an
    errno, or KILL. Afterwards .status is the exit status (negative: the
    signal), .text all output.
    """

    def __init__(self, argv, names, on_call, env=None):
        self.names = {NUMBERS[name]: name for name in names}
        self.calls = dict.fromkeys(names, 0)
        self.on_call = on_call
        with tempfile.TemporaryFile() as out:
            self.begin(argv, list(names), env or dict(os.environ), out)
            try:
                self.watch()
            finally:
                os.close(self.listener)
                self.status = os.waitstatus_to_exitcode(
                    os.waitpid(self.pid, 0)[1])
            out.seek(0)
            self.text = out.read().decode(errors="replace")

    def begin(self, argv, names, env, out):
        told, tell = os.pipe()
        wait, go = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.dup2(out.fileno(), 1)
            os.dup2(out.fileno(), 2)
            os.write(tell, str(install(names)).encode())
            os.close(tell)
            os.read(wait, 1)
            try:
                os.execve(argv[0], argv, env)
            finally:
                os._exit(127)
        os.close(tell)
        number = int(os.read(told, 20))
        self.listener = self.take(number)
        for fd in (told, wait):
            os.close(fd)
        os.write(go, b"x")
        os.close(go)
        if number < 0 or self.listener < 0:
            raise OSError(ctypes.get_errno(), "seccomp")

    def take(self, fd):
        """A copy of the program's descriptor."""
        pidfd = os.pidfd_open(self.pid)
        copy = LIBC.syscall(PIDFD_GETFD, pidfd, fd, 0)
        os.close(pidfd)
        return copy

    def steal(self, fd):
        """Read what is in the program's socket; the number of messages."""
        stolen = 0
        with socket.socket(fileno=self.take(fd)) as copy:
            try:
                while copy.recv(1 << 20, socket.MSG_DONTWAIT):
                    stolen += 1
            except BlockingIOError:
                return stolen

    def watch(self):
        poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        while not poll.poll()[0][1] & select.POLLHUP:
            told = bytearray(NOTIF.size)
            try:
                fcntl.ioctl(self.listener, NOTIF_RECV, told)
                self.answer(*NOTIF.unpack(told))
            except OSError as error:    # killed meanwhile
                if error.errno != errno.ENOENT:
                    raise

    def answer(self, call, _pid, _flags, number, _arch, _ip, *args):
        name = self.names[number]
        self.calls[name] += 1
        error = self.on_call(self, name, args)
        if error is KILL:
            os.kill(self.pid, signal.SIGKILL)
            return
        response = RESPONSE.pack(call, 0, -(error or 0),
                                 0 if error else CONTINUE)
        fcntl.ioctl(self.listener, NOTIF_SEND, response)
