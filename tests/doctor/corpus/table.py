"""What the doctor sees of the corpus, misses, and tells for nothing.

``PYTHONPATH=.:kernels:tests python -m doctor.corpus.table``; ``doctor.corpus.remedies`` tries the remedies.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from doctor.corpus.blind import BLIND_HEALTHY, BLIND_SICK
from doctor.corpus.building import is_seen, see
from doctor.corpus.divided import DIVIDED_HEALTHY, DIVIDED_SICK
from doctor.corpus.healthy import HEALTHY
from doctor.corpus.later import LATER_HEALTHY, LATER_SICK
from doctor.corpus.sick import SICK
from doctor.corpus.trial import TRIAL_HEALTHY, TRIAL_SICK

ALL_SICK = (*SICK, *LATER_SICK, *TRIAL_SICK, *DIVIDED_SICK, *BLIND_SICK)
ALL_HEALTHY = (*HEALTHY, *LATER_HEALTHY, *TRIAL_HEALTHY, *DIVIDED_HEALTHY, *BLIND_HEALTHY)


def main() -> None:
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


if __name__ == "__main__":
    main()
