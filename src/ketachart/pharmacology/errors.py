"""What can go wrong when a prediction is asked for. Every message says what is wrong and what would be right."""

from __future__ import annotations


class PharmacologyError(ValueError):
    """Base of the errors that a caller of this part can cause."""


class BadInput(PharmacologyError):
    """A value that cannot be: a negative dose, a missing unit, an impossible schedule.

    Parameters
    ----------
    problem : str
        What is wrong.
    field : str, optional
        The argument that is wrong.
    fix : str, optional
        What would be right.
    """

    def __init__(self, problem: str, *, field: str = "", fix: str = "") -> None:
        self.problem = problem
        self.field = field
        self.fix = fix
        super().__init__(problem + (f": {fix}" if fix else ""))


class Unsupported(PharmacologyError):
    """A question that no model here can answer. Nothing is extrapolated.

    Parameters
    ----------
    question : str
        What was asked.
    reason : str
        Why no model serves it.
    """

    def __init__(self, question: str, reason: str) -> None:
        self.question = question
        self.reason = reason
        super().__init__(f"{question} is not supported: {reason}")


class ModelFileError(PharmacologyError):
    """A model file that does not say what it must. The message names the file and the row.

    Parameters
    ----------
    file, row : str
        Where the problem is.
    problem, fix : str
        What is wrong and what to do.
    """

    def __init__(self, file: str, row: str, problem: str, fix: str) -> None:
        self.file = file
        self.row = row
        self.problem = problem
        self.fix = fix
        super().__init__(f"{file}, {row}: {problem}; {fix}")
