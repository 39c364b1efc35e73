"""Everything that is measured, in the order in which it is shown."""

from bench.accepting import accepting
from bench.figures import Measurement, publishing, refusing, starting
from bench.media_files import probing, uploading
from bench.validating import validating, validating_engine

MEASUREMENTS = (
    Measurement(("refuse",), refusing),
    Measurement(("validate-engine",), validating_engine),
    Measurement(("validate",), validating),
    Measurement(("publish",), publishing),
    Measurement(("start", "memory"), starting),
    Measurement(("accept",), accepting),
    Measurement(("upload-memory",), uploading),
    Measurement(("probe",), probing),
)
