from tests.course.conftest import at, course, eligible, vial, write  # noqa: F401
from tests.schedule.conftest import person  # noqa: F401
