"""One new person goes the whole way through the real pages: from the first question to the decision on the next session.

Every number that is expected here was computed by hand, beside where it is expected.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.room_pages import InRoom
from tests.browser.walking import PHONE, TABLET, Clinic, NewWalker, Walker, moving_clinic, walker

__all__ = ["moving_clinic", "walker"]

pytestmark = pytest.mark.xdist_group("way")  # one clinic for both, in one process

NAME = "Wilhelmina Fairweather"
PHQ9_BEFORE = (2, 3, 2, 3, 2, 2, 2, 2, 0)  # adds up to 18
PHQ9_AFTER = (1, 1, 2, 1, 1, 1, 1, 0, 0)  # adds up to 8
FREQUENCY = ("Not at all", "Several days", "More than half the days", "Nearly every day")


@dataclass
class Story:
    """What one step hands to the next."""

    clinic: Clinic
    walker: NewWalker
    patient_id: str = ""
    username: str = "wilhelmina"
    password: str = ""
    session_id: str = ""

    @property
    def record(self) -> str:
        return f"/people/{self.patient_id}"

    def local(self, **shift: float) -> str:
        """A wall-clock time of the clinic, as a date-and-time box takes it."""
        return f"{self.clinic.local() + timedelta(**shift):%Y-%m-%dT%H:%M}"

    def day(self, **shift: float) -> str:
        return f"{self.clinic.local() + timedelta(**shift):%Y-%m-%d}"

    def on_the_phone(self) -> Walker:
        return self.walker(self.username, password=self.password, viewport=PHONE, has_touch=True)


def test_one_person_walks_from_the_first_question_to_the_next_decision(
    moving_clinic: Clinic, walker: NewWalker
) -> None:
    story = Story(moving_clinic, walker)
    a_visitor_asks_and_joins_a_waiting_list(story)
    the_front_desk_makes_a_patient_of_the_inquiry(story)
    the_front_desk_books_the_consultation(story)
    the_prescriber_records_the_history(story)
    the_patient_answers_phq9_on_the_phone(story, PHQ9_BEFORE, total=18)
    the_prescriber_screens_overrides_one_finding_and_decides(story)
    no_session_can_be_opened_without_a_plan(story)
    the_prescriber_writes_the_plan(story)
    dosing_is_closed_without_consent(story)
    the_patient_signs_the_consent(story)
    the_nurse_prepares(story)
    the_infusion_is_charted_and_a_second_browser_sees_it(story)
    charting_goes_on_without_a_network(story)
    the_patient_recovers_and_leaves(story)
    the_session_is_signed_and_gets_an_addendum(story)
    the_day_after_is_answered_on_the_phone(story)
    the_outcome_shows_both_scores_and_the_dose(story)
    the_prescriber_decides_what_comes_next(story)
    the_record_is_whole(story)


# -- 1 and 2: inquiry, patient, consultation, history ---------------------------------------------------------------------


def a_visitor_asks_and_joins_a_waiting_list(story: Story) -> None:
    visitor = story.walker(None, viewport=PHONE).open("/").link("Ask us, or join a waiting list").fits()
    visitor.fill("Given name", "Wilhelmina").fill("Family name", "Fairweather")
    visitor.fill("E-mail", "wilhelmina@example.org").page.get_by_label("Ketamine by infusion").check()
    visitor.page.get_by_label("Treatment at home (waiting list)").check()
    visitor.fill("Your question", "Could this be something for me?").press("Send")
    visitor.sees("Not saved yet").sees("may contact")  # without agreement nothing is kept; what was typed stays
    expect(visitor.page.get_by_label("Given name")).to_have_value("Wilhelmina")
    visitor.page.get_by_label("You may contact me about this.").check()
    visitor.press("Send").sees("We have your message")


def the_front_desk_makes_a_patient_of_the_inquiry(story: Story) -> None:
    desk = story.walker("front_desk").place("Inquiries").link(NAME).sees("Treatment at home").sees("waiting")
    desk.link("Register as a patient")
    expect(desk.page.get_by_label("Given name")).to_have_value("Wilhelmina")  # identity may be copied
    expect(desk.page.get_by_label("Birth date")).to_have_value("")  # what was not said is not
    desk.fill("Birth date", "1986-04-23").choose("Sex recorded at birth", "^Female$").press("Register")
    desk.sees(f"{NAME} is registered").is_at("/details/$")
    story.patient_id = desk.page.url.split("/people/")[1].split("/")[0]
    desk.link("Give a sign-in").fill("Username", story.username).press("Give the sign-in").sees("The sign-in is ready")
    story.password = desk.page.get_by_role("definition").nth(2).inner_text().strip()
    desk.link("Done").sees(f"Signs in as {story.username}")


def the_front_desk_books_the_consultation(story: Story) -> None:
    desk = story.walker("front_desk").open(f"{story.record}/").tab("Appointments")
    form = desk.page.locator("form", has=desk.page.get_by_role("button", name="Book", exact=True))
    desk.choose("What for?", "^Consultation", form).fill("Date", story.day(), form)
    desk.fill("Time", f"{story.clinic.local() + timedelta(hours=2):%H:%M}", form)
    desk.choose("Room", "^Consulting room", form).choose("With", "Winther", form)
    desk.press(re.compile("^Book$"), form).sees("Consultation").sees("Consulting room")
    desk.place("Schedule").sees(NAME)


def the_prescriber_records_the_history(story: Story) -> None:
    prescriber = (
        story.walker("prescriber")
        .fill("Find a person", "fairw")
        .press("Find")
        .link("Fairweather, Wilhelmina")
        .tab("History")
        .sees("Not asked")
    )
    for section, fill in {
        "Conditions": conditions,
        "Medicines": medicines,
        "Allergies": allergies,
        "Measurements": measurements,
        "Tests and results": results,
        "Earlier treatments": treatments,
        "Pregnancy": pregnancy,
        "Goals": goals,
        "Support": support,
        "Preferences": preferences,
    }.items():
        prescriber.link(re.compile(rf"^Record\s*: {section}"))
        prescriber.choose("Who answered", "The person")
        fill(prescriber, story)
        prescriber.press(re.compile("^Record$")).is_at("/history/$").sees("recorded.")
    expect(prescriber.page.get_by_text("Not asked", exact=True)).to_have_count(0)


def conditions(prescriber: Walker, story: Story) -> None:
    page = prescriber.page
    for question in page.get_by_role("radiogroup").all():
        question.get_by_label("No", exact=True).or_(question.get_by_label("None", exact=True)).check()
    prescriber.answer("Do you have sleep apnoea?", "Yes")


def medicines(prescriber: Walker, story: Story) -> None:
    prescriber.answer("Are there any?", "There are some, listed below")
    first = prescriber.page.get_by_role("group", name="Row 1")
    prescriber.fill("Ingredient", "sertraline", first).fill("Dose", "100 mg", first).fill(
        "How often", "once a day", first
    )
    prescriber.fill("Last taken", story.local(hours=-2), first).fill("What for", "depression", first)


def allergies(prescriber: Walker, story: Story) -> None:
    prescriber.answer("Are there any?", "There are some, listed below")
    prescriber.answer("Has there ever been an allergic reaction to ketamine", "No")
    first = prescriber.page.get_by_role("group", name="Row 1")
    prescriber.fill("Substance", "penicillin", first).fill("Reaction", "rash", first)


def measurements(prescriber: Walker, story: Story) -> None:
    prescriber.fill("Measured at", story.local(minutes=-5))
    prescriber.fill("Blood pressure, upper", "128").fill("Blood pressure, lower", "79").fill("Heart rate", "72")
    prescriber.fill("Breathing rate", "14").fill("Oxygen saturation on air", "97").fill("Weight", "95").fill(
        "Height", "178"
    )


def results(prescriber: Walker, story: Story) -> None:
    for number, test in enumerate(("ECG", "Liver tests", "Urine drug test"), 1):
        row = prescriber.page.get_by_role("group", name=f"Row {number}")
        prescriber.choose("Test", f"^{test}", row).choose("What was found", "^Not needed", row)
        prescriber.fill("Note", "Nothing speaks for it.", row)


def treatments(prescriber: Walker, story: Story) -> None:
    prescriber.answer("Are there any?", "There are some, listed below")
    for number, (name, dose, weeks) in enumerate((("escitalopram", "20 mg", "10"), ("venlafaxine", "225 mg", "12")), 1):
        row = prescriber.page.get_by_role("group", name=f"Row {number}")
        prescriber.fill("Treatment", name, row).choose("Kind", "^Medicine$", row).fill("Highest dose", dose, row)
        prescriber.fill("At that dose for", weeks, row).choose("Outcome", "^Not enough", row)
        prescriber.fill("Why stopped", "no further benefit", row).choose("Adequate trial", "^Adequate", row)


def pregnancy(prescriber: Walker, story: Story) -> None:
    prescriber.answer("Pregnancy", "Possible, test negative").fill("Tested on", story.day())
    prescriber.answer("Breastfeeding?", "No")


def goals(prescriber: Walker, story: Story) -> None:
    prescriber.fill("What should be different?", "I want to play the cello again.")


def support(prescriber: Walker, story: Story) -> None:
    prescriber.fill("Who supports this person?", "Her brother").fill("What helps in hard times?", "Walking")
    prescriber.answer("Is there somebody who can bring them home", "Yes")


def preferences(prescriber: Walker, story: Story) -> None:
    prescriber.answer("Is it hard for this person to have needles?", "Yes")
    prescriber.fill("Music, light, company", "Dim light, no singing")


def the_patient_answers_phq9_on_the_phone(story: Story, answers: tuple[int, ...], total: int) -> None:
    staff = story.walker("prescriber").open(f"{story.record}/").tab("Scales")
    if not staff.page.get_by_role("row", name=re.compile("PHQ-9.*Withdraw")).count():
        staff.link("Ask for a scale").choose("Scale", "^PHQ-9").fill("What it is for", "Baseline").press(
            "Send to the phone"
        )
    phone = story.on_the_phone().fits()
    phone.link(re.compile("^(Start|Answer PHQ-9)")).sees("the last 2 weeks").fits().link("Begin")
    for value in answers:
        phone.page.get_by_label(FREQUENCY[value], exact=True).check()
        phone.fits().press("Next")
    if phone.page.get_by_label("Somewhat difficult").count():
        phone.page.get_by_label("Somewhat difficult").check()
        phone.press("Next")
    phone.sees("Your answers").fits().press("Send to my care team").sees(f"Score {total} of 27")


# -- 3: screening and decision ------------------------------------------------------------------------------------------


def the_prescriber_screens_overrides_one_finding_and_decides(story: Story) -> None:
    prescriber = story.walker("prescriber").open(f"{story.record}/").tab("Screening")
    apnoea = prescriber.page.get_by_role("listitem").filter(has_text="No sleep apnoea or lung insufficiency").first
    expect(apnoea).to_contain_text("EL13")
    prescriber.answer("Decision", "Eligible").fill("Reasons", "Two adequate trials have failed.")
    prescriber.press("Sign the decision").sees("Not saved yet")  # a finding stands in the way
    expect(prescriber.page.get_by_label("Reasons")).to_have_value("Two adequate trials have failed.")
    apnoea.get_by_text("Override").first.click()
    prescriber.press("Override with my name", apnoea).sees("The reason is missing")
    apnoea.get_by_label("Why go on").fill("Mild, on CPAP; capnography in the session.")
    prescriber.press("Override with my name", apnoea).sees("Overridden").sees(
        "Mild, on CPAP; capnography in the session."
    )
    prescriber.answer("Decision", "Eligible").fill("Reasons", "Two adequate trials have failed.")
    prescriber.press("Sign the decision").sees("The decision is signed.").sees("Eligible, decided by Dr. Imani Okafor")


# -- 4 and 5: plan and consent ------------------------------------------------------------------------------------------


def no_session_can_be_opened_without_a_plan(story: Story) -> None:
    nurse = story.walker("nurse").open(f"{story.record}/").tab("Sessions").sees("The prescriber writes the plan first.")
    expect(nurse.page.get_by_role("button", name="Open the session")).to_have_count(0)


def the_prescriber_writes_the_plan(story: Story) -> None:
    prescriber = story.walker("prescriber").open(f"{story.record}/").tab("Plan")
    prescriber.choose("What is treated?", "^Treatment-resistant").fill("own goal", "Play the cello again")
    prescriber.press("Open the course").sees("Last charted: 95 kg")
    before = story.clinic.events()
    prescriber.choose("Protocol", "^Racemic IV").choose("Product", "50 mg/mL")
    prescriber.fill(re.compile("^Weight"), "95").fill("Weighed at", story.local(minutes=-3))
    prescriber.fill("Infusion lasts", "40").fill("Volume in the bag", "100").fill("Sessions in this plan", "6")
    prescriber.page.get_by_label("Added to a bag").check()
    prescriber.fill("Strength on the vial", "50")

    prescriber.fill("Dose of base", "10")  # 95 kg x 10 mg/kg: 950 mg where 95 mg are meant
    prescriber.sees("This plan cannot be signed as it is").sees("950 mg for 95 mg")
    prescriber.press("Sign the plan").sees("Not saved yet")
    expect(prescriber.page.get_by_label("Dose of base")).to_have_value("10")
    assert story.clinic.events() == before, "a plan that is stopped leaves nothing behind"

    prescriber.fill("Dose of base", "0.5").fill("Strength on the vial", "10")  # another vial in the hand
    prescriber.sees("The vial in hand has the strength of the plan").press("Sign the plan").sees("Not saved yet")
    assert story.clinic.events() == before

    prescriber.fill("Strength on the vial", "50")
    expect(prescriber.page.get_by_text("This plan cannot be signed as it is")).to_have_count(0)
    computed = prescriber.section("Computed")
    expect(computed).to_contain_text(re.compile(r"Dose, base\s*47\.5\s*mg"))  # 95 kg x 0.5 mg/kg
    expect(computed).to_contain_text(re.compile(r"Draw up\s*0\.95\s*mL"))  # 47.5 mg / 50 mg/mL
    expect(computed).to_contain_text(
        re.compile(r"Pump rate\s*151\.4\s*mL/h")
    )  # (100 + 0.95) mL / 40 min x 60 = 151.425, the pump takes tenths
    expect(computed).to_contain_text(
        re.compile(r"Drug rate\s*71\.2\s*mg/h")
    )  # 151.4 mL/h x 47.5 mg / 100.95 mL = 71.238
    prescriber.press("Sign the plan").is_at("/plans/").sees("In force")
    prescriber.tab("Plan").link("Pin the baseline").choose("Pin this score", "^PHQ-9 18").press(re.compile("Pin"))
    prescriber.sees("Baseline PHQ-9: 18")


def dosing_is_closed_without_consent(story: Story) -> None:
    nurse = (
        story.walker("nurse", viewport=TABLET).open(f"{story.record}/").tab("Sessions").sees("No consent fits it yet")
    )
    nurse.choose("Room", "^Room 4").press("Open the session").is_at("/prepare/$")
    story.session_id = nurse.page.url.split("/sessions/")[1].split("/")[0]
    nurse.sees("The dose cannot be given yet").sees("Valid consent")
    room = in_room(nurse, story)
    expect(room.page.locator("[data-action=start]")).to_have_count(0)


def the_patient_signs_the_consent(story: Story) -> None:
    phone = story.on_the_phone().fits()
    phone.link(re.compile("Read")).fits()
    if phone.page.get_by_role("link", name=re.compile("Read and sign")).count():
        phone.link(re.compile("Read and sign"))
    phone.sees("Ketamine infusion: what you are agreeing to").fits().press("I sign").sees("Not saved yet")
    phone.answer("When may you drive again?", "The next day, after a good night's sleep")
    phone.page.get_by_label(re.compile("^I have read this")).check()
    phone.fill("Your full name", NAME).press("I sign").sees("Signed").sees("version 2026-11-22").fits()
    staff = story.walker("nurse").open(f"{story.record}/").tab("Consent").sees("consent-racemic-iv").sees("Signed")
    staff.sees("Ketamine injection (racemic), intravenous infusion, for treatment-resistant depression")


# -- 6: the day ---------------------------------------------------------------------------------------------------------


def in_room(who: Walker, story: Story) -> InRoom:
    room = InRoom(who.page, who.server, story.session_id)
    return room.open().live()


def minutes_later(story: Story, minutes: float, *rooms: InRoom) -> None:
    """Time passes; each device hears of it from the server, as it does after a sleep."""
    story.clinic.pass_time(minutes=minutes)
    for room in rooms:
        room.open().live()


def the_nurse_prepares(story: Story) -> None:
    nurse = story.walker("nurse", viewport=TABLET).open(f"/treatment/sessions/{story.session_id}/prepare/")
    nurse.press("Look for the consent again")
    step = nurse.section
    nurse.fill("Last solid food", story.local(hours=-10), step("Fasting"))
    nurse.fill("Last clear fluids", story.local(hours=-3), step("Fasting")).press(re.compile("^Chart"), step("Fasting"))
    escort = step("Escort")
    nurse.fill("Who takes the patient home", "Otto Fairweather", escort).fill("Relation", "brother", escort)
    nurse.answer("Reached today, and will come", "Yes", escort).press(re.compile("^Chart"), escort)
    vitals = step("Arrival")
    for label, value in {
        "Systolic pressure": "126", "Diastolic pressure": "78", "Heart rate": "70", "SpO₂": "98", "Breathing rate": "14",
    }.items():  # fmt: skip
        nurse.fill(label, value, vitals)
    nurse.choose("Alertness", "^5", vitals).press(re.compile("^Chart"), vitals)
    questions = nurse.page.locator("#rescreen")
    for question in questions.get_by_role("group").filter(has=nurse.page.get_by_role("radio")).all():
        wants = "Do you want the treatment today?" in question.inner_text()
        question.get_by_label("Yes" if wants else "No", exact=True).check()
    nurse.press(re.compile("^Chart"), questions)
    time_out = nurse.page.locator("#time-out")
    nurse.sees("The dose cannot be given yet: 1 open")
    for box in time_out.get_by_role("checkbox").all():
        box.check()
    time_out.get_by_role("textbox", name="Second person").fill("Pablo Reyes, RN")
    nurse.press(re.compile("^Chart"), time_out)
    nurse.sees("Everything for the start holds")


def the_infusion_is_charted_and_a_second_browser_sees_it(story: Story) -> None:
    nurse = in_room(story.walker("nurse", viewport=TABLET, color_scheme="dark"), story)
    other = in_room(story.walker("prescriber", viewport=TABLET), story)
    nurse.action("start")
    nurse.page.get_by_role("button", name="Start: 151.4 mL/h, 71.24 mg/h").click()  # 71.238 mg/h, as in the plan
    expect(other.page.locator("#phase-steps [aria-current=step]")).to_have_text("Dosing")

    minutes_later(story, 10, nurse)
    type_vitals(nurse, "138", "86", "82", "97", "15")
    score(nurse, alertness="5", dissociation="3")
    expect(other.tile("systolic_mmhg")).to_have_text("138/86")
    nurse.action("symptom")
    nurse.page.get_by_role("group", name="Nausea").get_by_role("button", name="mild").click()
    expect(other.latest()).to_contain_text("Nausea, mild")

    nurse.action("rate")
    nurse.page.get_by_label("Rate on the pump, mL/h").fill("100")
    expect(nurse.page.locator("#rate-meaning")).to_contain_text("47.05 mg/h")  # 100 x 47.5 / 100.95 = 47.053
    nurse.page.get_by_role("button", name="Nausea", exact=True).click()
    nurse.page.get_by_role("button", name="Chart new rate").click()
    minutes_later(story, 10, nurse)
    nurse.action("pause")
    nurse.page.get_by_role("button", name="Pause infusion").click()
    expect(other.page.locator("#phase-steps [aria-current=step]")).to_have_text("Paused")
    minutes_later(story, 2, nurse)
    nurse.action("resume")
    nurse.page.get_by_role("button", name="Resume: 100 mL/h, 47.05 mg/h").click()
    a_mistake_is_corrected_and_stays_visible(nurse)


def a_mistake_is_corrected_and_stays_visible(nurse: InRoom) -> None:
    type_vitals(nurse, "166", "84", "80", "98", "14")
    nurse.page.locator("#recent li", has_text="BP 166/84").get_by_role("button").click()
    nurse.page.get_by_role("button", name="Typing mistake").click()
    nurse.page.get_by_role("button", name="Enter what is right").click()
    nurse.page.keyboard.type("136")
    nurse.page.get_by_role("button", name="Chart correction").click()
    expect(nurse.tile("systolic_mmhg")).to_have_text("136/84")
    expect(nurse.page.locator("#recent del", has_text="166/84")).to_be_visible()


def type_vitals(nurse: InRoom, *values: str) -> None:
    """On the keypad: the next field opens by itself when a value is complete, so digits are all that is typed."""
    nurse.action("vitals")
    for digit in "".join(values):
        nurse.page.get_by_role("group", name="Keypad").get_by_role("button", name=digit, exact=True).click()
    nurse.page.get_by_role("button", name="Chart vitals").click()
    expect(nurse.sheet()).to_be_hidden()


def score(nurse: InRoom, *, alertness: str, dissociation: str) -> None:
    nurse.action("scores")
    nurse.page.get_by_role("group", name="Sedation, MOAA/S").get_by_role(
        "button", name=re.compile(f"^{alertness}")
    ).click()
    dissociated = nurse.page.get_by_role("group", name="Dissociation, 0 to 10")
    dissociated.get_by_role("button", name=dissociation, exact=True).click()
    expect(nurse.sheet()).to_be_hidden()


def charting_goes_on_without_a_network(story: Story) -> None:
    nurse = in_room(story.walker("nurse", viewport=TABLET), story)
    before = [frame["id"] for frame in nurse.frames()]
    nurse.page.context.set_offline(True)
    nurse.action("note")
    nurse.page.get_by_role("textbox", name="Note").fill("Written while the network was down.")
    nurse.page.get_by_role("button", name="Chart note").click()
    type_vitals(nurse, "134", "82", "79", "98", "15")
    expect(nurse.page.locator("#line-words")).to_have_text("2 not sent")
    expect(nurse.page.locator("#recent .is-pending")).to_have_count(2)
    nurse.page.context.set_offline(False)
    expect(nurse.page.locator("#line-words")).to_have_text("Live", timeout=45_000)
    after = [frame["id"] for frame in nurse.frames()]
    assert len(after) == len(set(after)) == len(before) + 2
    assert [frame["content"]["text"] for frame in nurse.charted("note_written")] == [
        "Written while the network was down."
    ]


# -- 7: recovery, discharge, signature ----------------------------------------------------------------------------------


def the_patient_recovers_and_leaves(story: Story) -> None:
    nurse = story.walker("nurse", viewport=TABLET)
    story.clinic.pass_time(minutes=18)
    room = in_room(nurse, story)
    room.action("stop")
    room.page.get_by_label("Volume given by the pump, mL").fill("73")
    room.page.get_by_role("button", name="Stop infusion").click()
    expect(room.page.locator("#phase-steps [aria-current=step]")).to_have_text("Recovery")
    type_vitals(room, "132", "80", "76", "98", "14")
    score(room, alertness="4", dissociation="4")

    discharge = f"/treatment/sessions/{story.session_id}/discharge/"
    nurse.open(discharge).sees("The patient cannot leave yet").press("Discharge now").sees("Not saved yet")
    assert not room.charted("discharged"), "the gate fails closed"

    for _ in range(5):  # five rounds, a quarter of an hour apart: more than the hour that is asked for
        minutes_later(story, 15, room)
        type_vitals(room, "128", "78", "72", "98", "14")
        score(room, alertness="5", dissociation="0")
    nurse.open(discharge)
    assessment, escort, gaps = (nurse.page.locator(f"#{step}") for step in ("assessment", "escort-met", "gaps"))
    for question in assessment.get_by_role("group").filter(has=nurse.page.get_by_role("radio")).all():
        question.get_by_label("Yes", exact=True).check()
    nurse.press(re.compile("^Chart"), assessment)
    nurse.fill("Who is here", "Otto Fairweather", escort).answer("Identified", "Yes", escort)
    nurse.press(re.compile("^Chart"), escort)
    for missing in gaps.get_by_role("checkbox").all():
        missing.check()
    nurse.choose("Why they are missing", "^Patient asleep", gaps).press("Explain", gaps)
    nurse.sees("Everything for the way home holds").press("Discharge now").sees("The patient has left")


def the_session_is_signed_and_gets_an_addendum(story: Story) -> None:
    nurse = story.walker("nurse").open(f"/treatment/sessions/{story.session_id}/discharge/")
    nurse.press("Sign as Noor Haddad, RN").sees("Not saved yet")
    nurse.fill("Statement", "I was there and this is what happened.").press("Sign as Noor Haddad, RN")
    nurse.sees("Signed by Noor Haddad, RN").sees("166/84")  # what was corrected is printed, struck through
    nurse.fill("Addendum", "Left her scarf; given to her brother.").press(re.compile("ddendum")).sees("Left her scarf")
    room = InRoom(nurse.page, nurse.server, story.session_id).open()
    expect(room.page.locator("[data-action=vitals]")).to_have_count(0)  # locked


# -- 8: the days after --------------------------------------------------------------------------------------------------


def the_day_after_is_answered_on_the_phone(story: Story) -> None:
    story.clinic.pass_time(hours=24)
    phone = story.on_the_phone().link("Answer").sees("How are you today?").fits()
    for question in phone.page.get_by_role("group").filter(has=phone.page.get_by_role("radio")).all():
        calm = question.get_by_label("No", exact=True).or_(question.get_by_label("None", exact=True))
        calm.or_(question.get_by_label("7", exact=True)).first.check()
    phone.press("Send").sees("Sent. Thank you.").fits()
    nurse = story.walker("nurse").place("Check-ins").link(re.compile(NAME)).press("I have read this")
    story.clinic.pass_time(days=7)  # PHQ-9 looks back two weeks and is not asked more often than weekly
    the_patient_answers_phq9_on_the_phone(story, PHQ9_AFTER, total=8)
    nurse.page.reload()


def the_outcome_shows_both_scores_and_the_dose(story: Story) -> None:
    prescriber = story.walker("prescriber").open(f"{story.record}/").tab("Outcome")
    chart = prescriber.page.locator("svg").filter(has_text="18").first
    expect(chart).to_contain_text("8")
    table = prescriber.page.get_by_role("table").first
    expect(table.get_by_role("row").filter(has_text="Pinned baseline")).to_contain_text("18")
    after = table.get_by_role("row").filter(has_text="Questionnaire")
    expect(after).to_contain_text("56% lower")  # (18 - 8) / 18 = 55.6 %
    dose = table.get_by_role("row").filter(has_text="mg delivered").inner_text()
    delivered = float(re.search(r"([\d.]+) mg delivered", dose).group(1))  # type: ignore[union-attr]
    # 10 min at 71.24 mg/h, then 10 and 18 min at 47.05 mg/h: 11.87 + 7.84 + 14.12 = 33.83, and the seconds of each tap
    assert 33.8 <= delivered <= 36.5
    phone = story.on_the_phone().open("/my/progress/").sees("mg delivered").fits()
    expect(phone.page.get_by_role("table").first).to_contain_text("56% lower")


def the_prescriber_decides_what_comes_next(story: Story) -> None:
    prescriber = story.walker("prescriber").place("Today")
    prescriber.link(NAME, prescriber.section("What comes next, to decide")).sees("PHQ-9 baseline")
    prescriber.press("Sign the decision").sees("Not saved yet")
    prescriber.answer("What comes next?", "Continue at this dose").fill("Reasons", "Response after one session.")
    prescriber.press("Sign the decision").is_at("/plan/$").sees("Decision: continue")


# -- 9: board and record ------------------------------------------------------------------------------------------------


def the_record_is_whole(story: Story) -> None:
    board = story.walker("nurse").place("Rooms")
    expect(board.page.locator("main")).to_contain_text("Room 1")
    expect(board.page.get_by_text(NAME)).to_have_count(0)  # she has left
    found = json.loads(story.clinic.server.command("verify", "--json").stdout)
    assert found["intact"], found["problems"]
