"""What a rating scale is made of. A scale is data: one TOML file in `data/`, of exactly these shapes."""

from typing import Literal

import msgspec

from ketachart.knowledge.findings import Source

Verdict = Literal["FULL", "FULL-NC", "SCORING", "NO"]
"""What may be shipped. FULL: wording. FULL-NC: wording, for non-commercial use only, in a pack that is off by default.
SCORING: the key without wording; a site loads its own licensed text. NO: numbers copied from a sheet, nothing else."""

Scoring = Literal[
    "sum", "mean", "domain_maxima", "eq5d_index", "c_ssrs", "c_ssrs_since_last_visit", "asq", "mdq", "items"
]
"""The named functions of `totals` and `triage`. "items": every answer stands for itself, there is no total."""

ReadingKind = Literal["cut", "criteria", "symptom_clusters", "phq9_major", "phq9_other", "first_item_alone"]
"""The named functions of `readings`."""

Mode = Literal["self", "observer", "clinician"]

Number = int | float
"""Points of a scale: whole numbers stay whole."""

Sex = Literal["female", "male"]
"""Sex at birth, as the published cut-offs use it. None where nobody has said."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that a scale's file holds: an unknown word in the file is a mistake, not an extension."""


class Option(Part, frozen=True, kw_only=True):
    """One possible answer.

    `value` is what is kept, `points` what is counted (the same unless the item is reversed or recoded). `missing`: it
    can be chosen, and means that the item was not assessed.
    """

    value: int
    text: str
    loinc: str | None = None
    points: int | None = None
    missing: bool = False

    @property
    def counted(self) -> int:
        return self.value if self.points is None else self.points


class NumberRange(Part, frozen=True, kw_only=True):
    """Whole numbers from `low` to `high`, with the words at the two ends where a source gives them."""

    low: int
    high: int
    low_text: str = ""
    high_text: str = ""
    reversed: bool = False


class OptionSet(Part, frozen=True, kw_only=True):
    """The answers that several items share: a list, or a range of numbers."""

    id: str
    options: tuple[Option, ...] = ()
    range: NumberRange | None = None

    @property
    def choices(self) -> tuple[Option, ...]:
        """Every answer, a range of numbers written out."""
        return self.options if self.range is None else _written_out(self.range)


class Asked(Part, frozen=True, kw_only=True):
    """When an item is asked: the counted answers of `items` add up to at least / at most this.

    While one of them is unanswered and the sum does not decide yet, `unknown` says what to do.
    """

    items: tuple[str, ...]
    at_least: int | None = None
    at_most: int | None = None
    unknown: Literal["ask", "skip"] = "skip"


class Item(Part, frozen=True, kw_only=True):
    """One question.

    `text` empty: the wording is not shipped. `stem` false: the item carries its own question. `asked_when_score_above`:
    only asked when the scored items add up to more. `asked_when`: only asked when all of these hold; an item that is
    rightly not asked then counts `points_when_not_asked`. `stands_for`: one of several ways to rate the same item.
    `recall_window`: where it differs from that of the scale. `help`: what the scale says before the question.
    """

    id: str
    text: str = ""
    options: str
    loinc: str | None = None
    scored: bool = True
    stem: bool = True
    asked_when_score_above: int | None = None
    asked_when: tuple[Asked, ...] = ()
    points_when_not_asked: int | None = None
    stands_for: str | None = None
    recall_window: str = ""
    help: str = ""

    @property
    def heading(self) -> str:
        """Number and question; a place that is called by its name has no number, a key has no words."""
        if not self.text:
            return f"Item {self.id}"
        return f"{self.id}. {self.text}" if self.id[0].isdigit() else self.text

    @property
    def place(self) -> str:
        """The scored place that this item fills; two ways to rate one item share a place."""
        return self.stands_for or self.id


class Band(Part, frozen=True, kw_only=True):
    minimum: Number
    maximum: Number
    label: str


class Domain(Part, frozen=True, kw_only=True):
    """Items of which the highest counts. `pairs`: of each pair one answer is enough, and only one is expected."""

    id: str
    title: str
    items: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...] = ()


class Subscale(Part, frozen=True, kw_only=True):
    """A part of the scale with a score of its own. `percent`: of its highest possible sum."""

    id: str
    title: str
    items: tuple[str, ...]
    scoring: Literal["sum", "mean", "percent"] = "sum"
    at_least_answered: int | None = None
    cut: int | None = None
    loinc: str | None = None


class Criterion(Part, frozen=True, kw_only=True):
    """`of`: "total", or the id of a subscale or of an item."""

    of: str
    at_least: Number


class ReadingRule(Part, frozen=True, kw_only=True):
    """What else a scale says beside its total: a screening cut, a diagnostic rule, a caution. `kind` names its function.

    `symptom_at_least`: from how many points an item counts as a symptom; `criteria` then count symptoms in a subscale.
    """

    id: str
    kind: ReadingKind
    title: str
    source: str
    of: str = "total"
    at_least: Number | None = None
    at_most: Number | None = None
    sex: Sex | None = None
    criteria: tuple[Criterion, ...] = ()
    symptom_at_least: int | None = None


class Conversion(Part, frozen=True, kw_only=True):
    """From the raw sum to the score that is reported: raw `start`, `start` + 1, ... take these values in order."""

    title: str
    start: int
    values: tuple[float, ...]
    source: str

    def of(self, raw: int) -> float:
        return self.values[raw - self.start]


class ChangeRule(Part, frozen=True, kw_only=True):
    """What a difference means. None means that no definition was found in a source; then none is applied.

    Percentages are of the baseline, everything else is in points of the scale. `worse_by`: a rise that a person must
    look at, even if it is below the reliable change.
    """

    sources: tuple[str, ...]
    better: Literal["lower", "higher"] = "lower"
    response_percent: Number | None = None
    remission_below: Number | None = None
    recovery_below: Number | None = None
    reliable_change: Number | None = None
    minimal_difference: Number | None = None
    worse_by: Number | None = None


class SafetyTrigger(Part, frozen=True, kw_only=True):
    """Fires on one answer by itself, however incomplete the rest is; or on the total, a subscale or a triage level.

    `item` "total": the score. `item` "level": the triage levels in `levels`. `sex`: only for this sex at birth; while
    nobody has said which, the trigger fires (the cautious side). `crisis`: whoever answers is shown at once whom to call.
    `next_scale`: asked in the same sitting. Of several with one id the first is the most severe.
    """

    id: str
    item: str
    title: str
    meaning: str
    action: str
    source: Source
    at_least: Number | None = None
    at_most: Number | None = None
    levels: tuple[str, ...] = ()
    urgent_at_least: Number | None = None
    urgent_at_most: Number | None = None
    urgent: bool = False
    sex: Sex | None = None
    crisis: bool = False
    next_scale: str = ""


class WorseningTrigger(Part, frozen=True, kw_only=True):
    """Fires when a complete form is worse than the last or the baseline by `ChangeRule.worse_by` or more."""

    id: str
    title: str
    meaning: str
    action: str
    source: Source


class Note(Part, frozen=True, kw_only=True):
    text: str


class Instrument(Part, frozen=True, kw_only=True):
    """One scale in one language.

    `minimum` and `maximum` are the ends of the total. `locked`: the wording may not be changed, shortened or machine-
    translated. `factor`: the sum is multiplied by it. `decimals`: to how many places a mean is kept.
    """

    id: str
    version: str
    language: str
    title: str
    full_title: str
    construct: str
    mode: Mode
    verdict: Verdict
    recall_window: str
    recall_days: int
    stem: str
    minutes: int
    scoring: Scoring
    minimum: Number
    maximum: Number
    notice: str
    sources: tuple[str, ...]
    option_set: tuple[OptionSet, ...] = ()
    item: tuple[Item, ...]
    band: tuple[Band, ...] = ()
    loinc_panel: str | None = None
    loinc_total: str | None = None
    item_code_system: str | None = None
    locked: bool = False
    needs: str = ""
    factor: int = 1
    decimals: int = 0
    domain: tuple[Domain, ...] = ()
    subscale: tuple[Subscale, ...] = ()
    reading: tuple[ReadingRule, ...] = ()
    conversion: Conversion | None = None
    value_sets: dict[str, dict[str, tuple[float, ...]]] = {}
    change: ChangeRule | None = None
    safety: tuple[SafetyTrigger, ...] = ()
    worsening: WorseningTrigger | None = None
    note: tuple[Note, ...] = ()

    def options_of(self, item: Item) -> tuple[Option, ...]:
        """Every answer that this item offers."""
        return self.option_set_of(item).choices

    def option_set_of(self, item: Item) -> OptionSet:
        return next(one for one in self.option_set if one.id == item.options)

    def item_with(self, item_id: str) -> Item | None:
        return next((one for one in self.item if one.id == item_id), None)

    def window_of(self, item: Item) -> str:
        """The time this question is about."""
        return item.recall_window or self.recall_window

    @property
    def scored_items(self) -> tuple[Item, ...]:
        return tuple(one for one in self.item if one.scored)

    @property
    def has_wording(self) -> bool:
        """Whether it can be shown to somebody: every question and every answer has its words."""
        return all(item.text for item in self.item) and all(
            option.text for options in self.option_set for option in options.choices
        )

    @property
    def has_total(self) -> bool:
        return self.scoring in {"sum", "mean", "domain_maxima", "eq5d_index"}


def _written_out(numbers: NumberRange) -> tuple[Option, ...]:
    low, high = numbers.low, numbers.high

    def words(value: int) -> str:
        at_end = numbers.low_text if value == low else numbers.high_text if value == high else ""
        return f"{value} – {at_end}" if at_end else str(value)

    return tuple(
        Option(value=value, text=words(value), points=low + high - value if numbers.reversed else None)
        for value in range(low, high + 1)
    )
