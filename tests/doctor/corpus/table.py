"""What the doctor sees of the corpus, misses, and tells for nothing.

``PYTHONPATH=.:kernels:tests python -m doctor.corpus.table``; with ``--remedies``, each remedy is tried on its
sick project as well: the loss before and after.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from doctor.corpus.building import is_seen, see
from doctor.corpus.healthy import HEALTHY
from doctor.corpus.later import LATER_HEALTHY, LATER_SICK
from doctor.corpus.sick import SICK

from nnstudio.doctor.trying import try_all

ALL_SICK, ALL_HEALTHY = (*SICK, *LATER_SICK), (*HEALTHY, *LATER_HEALTHY)


def main(remedies: bool) -> None:
    seen_count, false = 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for case in ALL_SICK:
            began = time.perf_counter()
            seen = see(case, folder)
            good = is_seen(case, seen)
            seen_count += good
            print(f"{'seen  ' if good else 'MISSED'} {'held out' if case.held_out else '        '} "
                  f"{case.name:45} {time.perf_counter() - began:5.2f} s  {seen.told}")  # fmt: skip
            if remedies and seen.report is not None and seen.session is not None and seen.project is not None:
                for diagnosis in seen.report.diagnoses:
                    tell(try_all(seen.project.document.copying(), seen.session, diagnosis))
        for case in ALL_HEALTHY:
            began = time.perf_counter()
            seen = see(case, folder)
            false += bool(seen.told)
            print(f"{'FALSE ' if seen.told else 'quiet '}          {case.name:45} "
                  f"{time.perf_counter() - began:5.2f} s  {seen.told}")  # fmt: skip
            if seen.told and seen.report is not None:
                for diagnosis in seen.report.diagnoses:
                    print("          ", diagnosis.text, diagnosis.numbers)
    print(f"seen {seen_count} of {len(ALL_SICK)}, false alarms over {false} of {len(ALL_HEALTHY)}")


def tell(pieces) -> None:
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            for trial in end.value:
                helps = "helps" if trial.helps else "     "
                print(f"           {helps} {trial.remedy.title}: {trial.text}")
            return


if __name__ == "__main__":
    main("--remedies" in sys.argv)
