"""The settings of the tests: those of the program, with a data folder of this run's own."""

import atexit
import os
import shutil
import tempfile

if "ENTENTE_TEST_DATA" not in os.environ:  # the first process; those it starts find the folder in the environment
    os.environ["ENTENTE_TEST_DATA"] = tempfile.mkdtemp(prefix="entente-tests-")
    atexit.register(shutil.rmtree, os.environ["ENTENTE_TEST_DATA"], ignore_errors=True)
# Each worker of xdist has files of its own: what one sweeps away is not another's.
os.environ |= {
    "ENTENTE_ENV": "test",
    "DATA_DIR": os.path.join(os.environ["ENTENTE_TEST_DATA"], os.environ.get("PYTEST_XDIST_WORKER", "one")),
}

from config.settings import *  # noqa: F403
from config.settings import DATABASES

os.makedirs(os.path.join(os.environ["DATA_DIR"], "static"), exist_ok=True)  # whitenoise warns where it finds none
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file: several threads of one test share it as they do in real life. xdist adds the worker to the name.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(os.environ["DATA_DIR"], "test.sqlite3")}
