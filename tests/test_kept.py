"""What is made once on a machine: kernels and the catalogue, kept between runs."""

import gc
import os
import platform
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

import proxyscan
from proxyscan import kept, progress
from proxyscan.catalogue import FOLDER, Catalogue, full_catalogue
from proxyscan.kernels import beside, machine
from proxyscan.kernels.beside import CALLS
from proxyscan.kernels.linker import FIXES, _sections, linked
from proxyscan.kernels.sums import add_intervals
from proxyscan.read_entries import read_entries

SLOW_TO_IMPORT = {
    "tomllib",
    "zoneinfo",
    "proxyscan.mapping",
    "proxyscan.spread",
    "pandas",
    "numba",
    "tldextract",
    "pydantic",
    "rich",
} | ({"llvmlite"} if platform.machine() == "x86_64" and sys.platform == "linux" else set())

PAST_THE_END = """
import numpy as np
from proxyscan.kernels.machine import Kernel
def last(values, place):
    return values[place]
Kernel(last)(np.arange(3), 3)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_what_is_kept_comes_back_and_what_was_damaged_does_not(folder: Path) -> None:
    kept.keep("name", b"some\nbytes")
    assert kept.kept("name") == b"some\nbytes"
    [file] = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert kept.kept("name") is None


def test_nothing_fails_where_nothing_can_be_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "file").write_bytes(b"")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder / "file" / "below"))
    kept.keep("name", b"bytes")
    assert kept.kept("name") is None


def test_one_waits_while_another_makes_what_both_need(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, found = Event(), []

    def second() -> None:
        with kept.alone("name"):
            found.append(kept.kept("name"))

    monkeypatch.setattr(kept, "sleep", lambda _: waiting.set())
    other = Thread(target=second)
    with kept.alone("name"):
        other.start()
        assert waiting.wait(20)
        kept.keep("name", b"bytes")
    other.join()
    assert found == [b"bytes"]
    assert [file.name for file in folder.iterdir()] == ["name"]


@pytest.mark.usefixtures("folder")
def test_one_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LONGEST_WAIT", 0)
    with kept.alone("name"), kept.alone("name"):
        kept.keep("name", b"bytes")
    assert kept.kept("name") == b"bytes"


def test_without_numbas_variable_the_users_folder_is_the_second_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert [*kept.folders()] == [Path(kept.__file__).parent / "__pycache__", Path("/somewhere/proxyscan")]


@pytest.mark.usefixtures("folder")
def test_the_catalogue_that_was_kept_is_the_one_that_was_read() -> None:
    read = Catalogue(tuple(entry for file in sorted(FOLDER.glob("*.toml")) for entry in read_entries(file)))
    for _ in ("made", "kept"):
        full_catalogue.cache_clear()
        found = full_catalogue()
        assert [found.entry(number) for number in range(0, len(read.entries), 7)] == [*read.entries[::7]]
        assert (found.entries, found.services) == (read.entries, read.services)
        assert (found.numbers, found.ends, found.kinds) == (read.numbers, read.ends, read.kinds)


def doubled(values: np.ndarray, factor: int, whole: bool) -> int:
    """Double values in place and return the last one, or 0."""
    for place in range(len(values)):
        values[place] = values[place] * factor
    return int(values[len(values) - 1]) if whole else 0


def test_a_kernel_from_disk_does_what_the_compiled_one_did(folder: Path) -> None:
    values = np.arange(5)
    assert machine.Kernel(doubled)(values, 3, True) == 12
    [file] = folder.iterdir()
    made = file.stat().st_mtime_ns
    assert machine.Kernel(doubled)(values, np.int64(2), True) == 24  # another type: another file
    assert machine.Kernel(doubled)(values, 2, True) == 48
    assert values.tolist() == [0, 12, 24, 36, 48]
    assert file.stat().st_mtime_ns == made
    assert len([*folder.iterdir()]) == 2


@pytest.mark.usefixtures("folder")
def test_a_kernel_is_compiled_for_each_type_of_array() -> None:
    kernel = machine.Kernel(doubled)
    for kind in (np.int64, np.int32, np.uint8):
        values = np.arange(5, dtype=kind)
        assert kernel(values, 2, True) == 8
        assert values.tolist() == [0, 2, 4, 6, 8]
    assert kernel(np.arange(10)[::2], 1, True) == 8


@pytest.mark.usefixtures("folder")
def test_a_herald_is_called_once_before_kernels_are_compiled_and_not_for_kept_ones(monkeypatch) -> None:
    told = []
    for _ in range(2):
        monkeypatch.setattr(machine, "heralds", [lambda: told.append("compiling")])
        kernel = machine.Kernel(doubled)
        kernel(np.arange(5), 2, True)
        kernel(np.arange(5, dtype=np.uint8), 2, True)
    assert told == ["compiling"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("counting", "cores", "times"), [(True, 2, 1), (True, 1, 0), (False, 2, 0)])
def test_a_command_that_counts_has_another_process_compile_where_there_is_another_processor(
    counting: bool, cores: int, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    monkeypatch.setattr(progress, "cores", lambda: cores)
    monkeypatch.setattr(beside, "compile_beside", lambda: begun.append("compiling"))
    with progress.progress_bar([], counting=counting):
        machine.Kernel(doubled)(np.arange(5), 2, True)
    assert len(begun) == times


def test_where_no_process_can_be_begun_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    beside.compile_beside()


def test_what_a_command_would_begin_ends_with_it() -> None:
    with progress.progress_bar([]):
        assert machine.heralds
    assert not machine.heralds


@pytest.mark.parametrize("log", ["squid_native", "apache", "w3c", "fortigate", "squid_json"])
def test_what_another_process_compiles_is_what_a_scan_of_any_layout_calls(log: str, monkeypatch) -> None:
    run, called = machine.Kernel.__call__, []

    def noted(kernel: machine.Kernel, *arguments: object) -> object:
        called.append(kernel.file(*arguments))
        return run(kernel, *arguments)

    monkeypatch.setattr(machine.Kernel, "__call__", noted)
    proxyscan.scan(f"sample_logs/{log}.log")
    wanted = {kernel.name: kernel.file(*arguments) for kernel, arguments in CALLS}
    found = {name: {file for file in called if file.partition("-")[0] == name} for name in wanted}
    some = {"words.encode", "words.fill_slots", "combinations.fill_slots", "spans.begin_with"}  # odd, long, with paths
    assert all(files == {wanted[name]} or (name in some and not files) for name, files in found.items())


def test_another_process_compiles_what_it_is_to_and_leaves_nothing_else(folder: Path) -> None:
    settings = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    subprocess.run([sys.executable, "-m", "proxyscan.kernels.beside"], env=settings, check=True)
    assert {file.name for file in folder.iterdir()} == {kernel.file(*arguments) for kernel, arguments in CALLS}


def first_of_last_column(table: np.ndarray) -> int:
    """Return one value."""
    return int(table[0, table.shape[1] - 1])


@pytest.mark.usefixtures("folder")
def test_a_kernel_is_compiled_for_each_way_that_an_array_lies_in_memory() -> None:
    kernel = machine.Kernel(first_of_last_column)
    table = np.arange(24).reshape(4, 6)
    for each in (table, table.T, table[:, 1:3], table[:, 1:3].T, np.asfortranarray(table)[::2], table[:1]):
        assert kernel(each) == each[0, -1]


def counted(values: np.ndarray) -> int:
    """Write down the places of values, several at once, which takes constants beside the code."""
    for place in range(len(values)):
        values[place] = place
    return len(values)


@pytest.fixture
def object_file(folder: Path) -> machine.Code:
    machine.Kernel(counted)(np.zeros(1, np.int64))
    [file] = folder.iterdir()
    _, symbol, code = file.read_bytes().split(b"\n", 2)
    return machine.Code(symbol.decode(), code)


@pytest.mark.parametrize("loaded", [lambda code: linked(code.object, code.symbol), machine._address_by_llvm])
def test_an_object_file_is_loaded_with_and_without_llvm(object_file: machine.Code, loaded, monkeypatch) -> None:
    monkeypatch.setattr(machine, "_address", lambda code: loaded(object_file))
    kernel, values = machine.Kernel(counted), np.zeros(1000, np.int64)
    if loaded(object_file) is None:
        pytest.skip("another kind of object file")
    assert kernel(values) == 1000
    assert values.tolist() == list(range(1000))


def test_an_object_file_that_asks_for_more_than_addresses_is_left_to_llvm(object_file: machine.Code) -> None:
    code, name = object_file.object, object_file.symbol
    if linked(code, name) is None:
        pytest.skip("another kind of object file")
    assert linked(code[:18] + b"\xb7" + code[19:], name) is None  # for AArch64
    fix = next(each for each in _sections(code) if each.type == FIXES)
    kind = fix.begin + 8
    assert linked(code[:kind] + b"\x0a" + code[kind + 1 :], name) is None  # half an address: R_X86_64_32


def test_other_settings_of_numba_make_other_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    before = machine.fingerprint()
    machine.fingerprint.cache_clear()
    monkeypatch.setenv("NUMBA_OPT", "1")
    other = machine.fingerprint()
    machine.fingerprint.cache_clear()
    assert other != before


def test_compiling_a_kernel_leaves_numba_and_the_collector_of_garbage_as_they_were() -> None:
    from numba.core.registry import cpu_target

    from proxyscan.kernels.compiler import compiled

    def state() -> list[object]:
        target, typing = cpu_target.target_context, cpu_target.typing_context
        return [
            gc.isenabled(),
            gc.get_freeze_count(),
            *map(set, map(vars, (target, typing))),
            dict(vars(target.codegen())),
        ]

    compiled(lambda number: number + 1, machine.OPTIONS, (1,))
    before = state()
    compiled(lambda number: min(number + 1, 3), machine.OPTIONS, (1,))
    assert state() == before


def test_an_unknown_type_of_argument_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        add_intervals(1.5)


def test_a_warm_command_imports_nothing_that_takes_long_and_is_not_needed(tmp_path: Path) -> None:
    words = ["scan", "sample_logs/squid_native.log", "-o", str(tmp_path / "x.parquet")]
    for _ in range(2):
        done = subprocess.run([sys.executable, "-X", "importtime", "-m", "proxyscan.cli", *words], capture_output=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert "numpy" in imported
    assert not imported & SLOW_TO_IMPORT


def test_a_kernel_that_is_told_to_check_bounds_raises(folder: Path) -> None:
    settings = {**os.environ, "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(folder)}
    found = subprocess.run([sys.executable, "-c", PAST_THE_END], capture_output=True, text=True, env=settings)
    assert found.stderr.splitlines()[-1] == "IndexError: the kernel __main__.last reads or writes outside an array"
