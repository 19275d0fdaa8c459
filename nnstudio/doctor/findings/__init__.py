"""One file for each finding of the doctor; `nnstudio.doctor.finding` says what a finding is."""
