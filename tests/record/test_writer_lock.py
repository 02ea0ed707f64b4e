"""One writer at a time, in the order of asking, across threads and processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ketachart.record.writer_lock import WriterLock, writer_lock_for
from tests.serving import PROJECT


def started(target) -> threading.Thread:
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    return thread


def until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.001)


def test_threads_write_in_the_order_of_asking(tmp_path: Path):
    lock = WriterLock(tmp_path / "lock")
    order: list[int] = []

    def writer(number: int):
        def write() -> None:
            lock.acquire()
            order.append(number)
            lock.release()

        return write

    lock.acquire()
    threads = []
    for number in range(8):
        threads.append(started(writer(number)))
        until(lambda count=number + 1: len(lock._waiting) == count)
    assert order == []
    lock.release()
    for thread in threads:
        thread.join(10)
    assert order == list(range(8))


def test_nobody_steps_in_before_those_who_wait(tmp_path: Path):
    lock = WriterLock(tmp_path / "lock")
    order: list[str] = []

    def waiter() -> None:
        lock.acquire()
        order.append("waited")
        lock.release()

    lock.acquire()
    thread = started(waiter)
    until(lambda: len(lock._waiting) == 1)
    lock.release()
    lock.acquire()
    order.append("came again")
    lock.release()
    thread.join(10)
    assert order == ["waited", "came again"]


def test_the_same_thread_may_take_it_again(tmp_path: Path):
    lock = WriterLock(tmp_path / "lock")
    lock.acquire()
    lock.acquire()
    lock.release()
    assert lock.held_here
    lock.release()
    assert not lock.held_here
    lock.acquire()
    lock.release()


def test_another_thread_cannot_give_it_back(tmp_path: Path):
    lock = WriterLock(tmp_path / "lock")
    lock.acquire()
    seen: list[Exception] = []

    def give_back() -> None:
        try:
            lock.release()
        except RuntimeError as error:
            seen.append(error)

    started(give_back).join(10)
    assert len(seen) == 1
    assert lock.held_here
    lock.release()


def test_one_at_a_time_under_a_storm(tmp_path: Path):
    lock = WriterLock(tmp_path / "lock")
    inside, most, done = 0, 0, 0

    def work() -> None:
        nonlocal inside, most, done
        for _ in range(200):
            lock.acquire()
            inside += 1
            most = max(most, inside)
            done += 1
            inside -= 1
            lock.release()

    for thread in [started(work) for _ in range(6)]:
        thread.join(30)
    assert (most, done) == (1, 1200)


OTHER_PROCESS = """
import sys
from pathlib import Path
from ketachart.record.writer_lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
lock.acquire()
print("mine", flush=True)
sys.stdin.readline()
lock.release()
print("given back", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def other_process(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, str(tmp_path / "lock")],
        env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.wait()


def test_another_process_is_waited_for(tmp_path: Path, other_process):
    lock = WriterLock(tmp_path / "lock")
    got = threading.Event()

    def take() -> None:
        lock.acquire()
        got.set()
        lock.release()

    thread = started(take)
    assert not got.wait(0.2), "both processes held the lock"
    other_process.stdin.write("\n")
    thread.join(10)
    assert got.is_set()


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path, other_process):
    other_process.kill()
    lock = WriterLock(tmp_path / "lock")
    thread = started(lock.acquire)
    thread.join(10)
    assert not thread.is_alive()


def test_a_forked_child_does_not_share_its_parents_lock(tmp_path: Path):
    lock = writer_lock_for(str(tmp_path / "database"))
    lock.acquire()
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        mine = writer_lock_for(str(tmp_path / "database"))
        threading.Thread(target=lambda: (mine.acquire(), os.write(write_end, b"child")), daemon=True).start()
        time.sleep(5)
        os._exit(0)
    os.set_blocking(read_end, False)
    time.sleep(0.3)
    with pytest.raises(BlockingIOError):
        os.read(read_end, 5)
    lock.release()
    os.set_blocking(read_end, True)
    assert os.read(read_end, 5) == b"child"
    os.kill(child, 9)
    os.waitpid(child, 0)


def test_someone_interrupted_while_waiting_leaves_the_line(tmp_path: Path):
    lock = WriterLock(tmp_path / "lock")

    class InterruptedLock:
        def acquire(self) -> None:
            raise KeyboardInterrupt

    lock.acquire()

    def interrupted() -> None:
        turn = InterruptedLock()
        lock._waiting.append(turn)
        with pytest.raises(KeyboardInterrupt):
            lock._wait(turn)

    started(interrupted).join(10)
    assert not lock._waiting
    lock.release()
    lock.acquire()
    lock.release()


def test_one_database_has_one_lock_and_a_database_in_memory_needs_no_file(tmp_path: Path):
    name = str(tmp_path / "database")
    assert writer_lock_for(name) is writer_lock_for(name)
    assert writer_lock_for(name) is not writer_lock_for(f"{name}2")
    assert writer_lock_for("file:shared?mode=memory")._path is None
