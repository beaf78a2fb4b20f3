"""When something was handed in, and who says so: only a clock that is not the student's counts."""
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Clock(StrEnum):
    """Whose word a time is."""
    instructor = "the instructor's word"        # handed_in in course.toml
    table = "the table of times"               # `tito collect --times`: Moodle's worksheet, or the instructor's own
    exchange = "the exchange"                  # the server's time of the last change
    gradescope = "Gradescope"                  # its submission_metadata.yml
    canvas_on_time = "Canvas, in time"         # a download of Canvas marks the late ones, without saying how late
    canvas_late = "Canvas, late"
    disk = "the date of the file"              # it was there by then: handed in earlier, nobody knows when

    @property
    def rank(self) -> int:
        """How much it knows: of two clocks the greater is believed."""
        return RANK[self]

    @property
    def is_exact(self) -> bool:
        return self.rank >= RANK[Clock.exchange]


RANK = {Clock.disk: 0, Clock.canvas_late: 1, Clock.canvas_on_time: 1, Clock.gradescope: 2, Clock.exchange: 2,
        Clock.table: 3, Clock.instructor: 4}


@dataclass(frozen=True)
class Moment:
    when: datetime            # with its zone; where the clock is not exact, the latest that it can have been
    clock: Clock
