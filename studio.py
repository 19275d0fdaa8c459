#!/usr/bin/env python3
"""Sets nnstudio up on a machine with nothing but python3, and starts it. Standard library only.

python3 studio.py          make .venv, install what is missing, open the studio
python3 studio.py test     the same, then run the whole test suite (further words go to pytest)
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
# Shared libraries of a Debian-like system, and the packages that bring them.
ALWAYS = {
    "libglib-2.0.so.0": "libglib2.0-0", "libdbus-1.so.3": "libdbus-1-3", "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1", "libxkbcommon.so.0": "libxkbcommon0", "libfontconfig.so.1": "libfontconfig1",
    "libgomp.so.1": "libgomp1",
}  # fmt: skip
FOR_WINDOW = {
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}  # fmt: skip
FONT = "fonts-dejavu-core"
# Bytes that tests may write.
ROOM = 2**31


def main() -> int:
    """Prepare, then test or start; returns the exit code."""
    testing = sys.argv[1:2] == ["test"]
    if sys.version_info < OLDEST:
        return fail(
            f"nnstudio needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}."
        )
    screen = has_screen()
    if not (ready_for_venv() and install(testing)):
        return 2
    lacking = missing_packages(window=screen and not testing)
    if lacking and not apt_install(lacking):
        print_apt_line(lacking, "Qt needs shared libraries that are missing")
        if testing:
            return 2
        screen = False
    if testing:
        return run_tests(sys.argv[2:])
    if screen:
        return subprocess.call([str(PYTHON), "-m", "nnstudio", *sys.argv[1:]])
    return without_screen()


def fail(text: str) -> int:
    """Say a sentence; returns the exit code for what a person can mend."""
    print(f"studio.py: {text}", file=sys.stderr)
    return 2


def has_screen() -> bool:
    """Whether a window could open here."""
    if sys.platform != "linux":
        return True
    return bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    )


def ready_for_venv() -> bool:
    """Debian's bare python3 cannot make environments with pip: bring the package that can."""
    if PYTHON.exists() or importlib.util.find_spec("ensurepip") is not None:
        return True
    package = f"python3.{sys.version_info[1]}-venv"
    if apt_install([package]):
        return True
    print_apt_line([package], "Python cannot make a virtual environment here")
    return False


def install(testing: bool) -> bool:
    """Make .venv and install the pinned versions, unless that was done for these very files."""
    extra = "[test]" if testing else ""
    files = (ROOT / "pyproject.toml").read_bytes() + (ROOT / "constraints.txt").read_bytes()
    wanted = hashlib.sha256(files).hexdigest()
    marker = VENV / f".installed{'-test' if testing else ''}"
    if marker.exists() and marker.read_text() == wanted:
        return True
    print("Installing nnstudio into .venv (once; takes a few minutes and about 900 MB).", flush=True)
    if not PYTHON.exists() and subprocess.call([sys.executable, "-m", "venv", str(VENV)]):
        fail("The virtual environment could not be made; the lines above say why.")
        return False
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.call([*pip, "-c", str(ROOT / "constraints.txt"), "-e", f"{ROOT}{extra}"]):
        fail("The packages could not be installed; the lines above say why. Is there an internet connection?")
        return False
    marker.write_text(wanted)
    return True


def missing_packages(window: bool) -> list[str]:
    """Debian packages of the shared libraries that cannot be loaded, and of a font if there is none."""
    if sys.platform != "linux":
        return []
    wanted = {**ALWAYS, **(FOR_WINDOW if window else {})}
    lacking = [package for library, package in wanted.items() if not can_load(library)]
    if not any(Path("/usr/share/fonts").rglob("*.[to]tf")):
        lacking.append(FONT)
    return lacking


def can_load(library: str) -> bool:
    """Whether the system finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where this user may without being asked; True if that worked."""
    if shutil.which("apt-get") is None:
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL):
            return False
        prefix = ["sudo", "-n"]
    print(f"Installing {', '.join(packages)}.", flush=True)
    quiet = {"stdout": subprocess.DEVNULL}
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    subprocess.call([*command, "update"], **quiet)
    return subprocess.call([*command, "install", "--no-install-recommends", *packages], **quiet) == 0


def print_apt_line(packages: list[str], what: str) -> None:
    """The one line to type."""
    print(f"{what}. Type this line, then start again:", file=sys.stderr)
    print(f"    sudo apt-get install {' '.join(packages)}", file=sys.stderr)


def run_tests(words: list[str]) -> int:
    """The test suite, without a screen; whole, in a process for each of two to four cores."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # Tests start some hundred processes. Where no bytecode is kept, each compiles all files for itself. It
    # stays beside the files: there pip has put that of all packages already.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    paths = [word for word in words if not word.startswith("-")]
    spread: list[str] = []
    if not paths:
        spread = ["-n", str(max(2, min(os.cpu_count() or 1, 4))), "--dist", "worksteal"]
        # Else every window of the first tests would wait for operators that others compile, too.
        print("Compiling the compute core (once; a few minutes).", flush=True)
        quiet = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL}
        for words_of_compiler in (["-m", "nnkernels.warm"], ["tests/kernels/compile_float64.py"]):
            subprocess.call([str(PYTHON), *words_of_compiler], **quiet)
    command = [str(PYTHON), "-m", "pytest", *spread, *words]
    memory = None if paths else memory_folder()
    if memory is None:
        return subprocess.call(command, cwd=ROOT, env=environment)
    with tempfile.TemporaryDirectory(prefix="nnstudio-tests-", dir=memory) as folder:
        return subprocess.call(command, cwd=ROOT, env={**environment, "PYTEST_DEBUG_TEMPROOT": folder})


def memory_folder() -> Path | None:
    """A folder in memory with room for all that tests write: on a disk, each of thousands of saves waits."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK):
        return None
    system = os.statvfs(folder)
    # Programs that tests compile are run where they lie.
    is_fit = not system.f_flag & os.ST_NOEXEC and system.f_bavail * system.f_frsize >= ROOM
    return folder if is_fit else None


def without_screen() -> int:
    """No window: train the first example all the same and show what it found."""
    print("There is no screen here, so the window stays closed; training works without one.")
    lacking = missing_packages(window=True)
    needs = "a screen (DISPLAY or WAYLAND_DISPLAY)" + (
        f", and: sudo apt-get install {' '.join(lacking)}" if lacking else ""
    )
    print(f"The window needs {needs}.\n")
    studio = [str(PYTHON), "-m", "nnstudio"]
    with tempfile.TemporaryDirectory() as folder:
        project, table = str(Path(folder) / "celsius.nns"), Path(folder) / "celsius.csv"
        table.write_text("Celsius\n-40\n0\n37\n100\n")
        print("Training the example 'celsius' (the first time compiles the compute core):", flush=True)
        for words in (["example", "celsius", project], ["train", project]):
            code = subprocess.call([*studio, *words])
            if code:
                return code
        print("\nThe network's answer for -40, 0, 37 and 100 degrees Celsius, in Fahrenheit:", flush=True)
        code = subprocess.call([*studio, "predict", project, str(table)])
    print("\nMore: .venv/bin/nnstudio --help")
    return code


if __name__ == "__main__":
    sys.exit(main())
