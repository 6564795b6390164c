from __future__ import annotations

from duli.platform.jobs.registry import job


@job("membership.assess_all", schedule="11 3 * * *", attempts=3)
def assess_everybody() -> None:
    from duli.commerce.membership.services import assess_all

    assess_all()


@job("membership.end_points", schedule="31 * * * *", attempts=3)
def write_down_ended_points() -> None:
    from duli.commerce.membership.services import end_points

    end_points()


@job("membership.birthdays", schedule="13 7 * * *", attempts=3)
def give_points_for_birthdays() -> None:
    from duli.commerce.membership.services import birthdays

    birthdays()


@job("membership.tell_of_endings", schedule="41 8 * * *", attempts=3)
def tell_of_points_that_end() -> None:
    from duli.commerce.membership.services import tell_of_endings

    tell_of_endings()
