"""Everything that is measured, in the order in which it is shown."""

from bench.accepting import accepting
from bench.command_line import commands
from bench.dashboard_pages import NAMES, dashboard_pages
from bench.delivering import delivering, delivering_beside_future, starting_late
from bench.figures import Measurement, publishing, refusing, starting
from bench.listing_tools import listing_tools
from bench.media_files import probing, uploading
from bench.on_postgresql import accepting_on_postgresql, delivering_by_two
from bench.validating import validating, validating_engine
from bench.waiting import waiting
from bench.webhooks import webhooks

MEASUREMENTS = (
    Measurement(("refuse",), refusing),
    Measurement(("validate-engine",), validating_engine),
    Measurement(("validate", "validate-fixes", "validate-platforms"), validating),
    Measurement(("publish",), publishing),
    Measurement(("mcp-tools",), listing_tools),
    Measurement(("start", "memory"), starting),
    Measurement(("accept",), accepting),
    Measurement(("accept-postgresql",), accepting_on_postgresql),
    Measurement(("deliver",), delivering),
    Measurement(("deliver-future",), delivering_beside_future),
    Measurement(("start-lag",), starting_late),
    Measurement(("deliver-postgresql",), delivering_by_two),
    Measurement(("webhooks", "webhooks-dead"), webhooks),
    Measurement(("waiting", "waiting-open"), waiting),
    Measurement(("upload-memory",), uploading),
    Measurement(("probe",), probing),
    Measurement(NAMES, dashboard_pages),
    Measurement(("cli-help", "cli-whoami"), commands),
)
