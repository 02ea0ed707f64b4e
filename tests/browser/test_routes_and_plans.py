"""From the routes side by side to a signed plan: Spravato, and an injection in two parts that a second person signs."""

from __future__ import annotations

import json
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.walking import PHONE, Clinic, NewWalker, Walker, moving_clinic, walker

__all__ = ["moving_clinic", "walker"]


def record_of(clinic: Clinic, stage: str) -> str:
    patients = json.loads((clinic.server.data / "demo.json").read_text())["patients"]
    return f"/people/{patients[stage]}"


def choose_way(prescriber: Walker, title: str, reasons: str) -> Walker:
    prescriber.link("Compare routes").sees("Routes side by side")
    prescriber.page.get_by_role("radio", name=title, exact=True).check()
    prescriber.fill("Why this way?", reasons)
    prescriber.page.get_by_label("Yes, we have talked it through").check()
    return prescriber.press("Choose this way and write the plan")


def test_routes_side_by_side_then_spravato_planned_in_devices(moving_clinic: Clinic, walker: NewWalker) -> None:
    prescriber = walker("prescriber").open(f"{record_of(moving_clinic, 'spravato')}/plan/")
    prescriber.link("Compare routes")
    rows = prescriber.page.locator(".ways tbody tr:not(.way__details)")
    expect(rows).to_have_count(8)
    expect(rows.filter(has_text="Spravato")).to_contain_text("perez-ruixo-2021")
    expect(rows.filter(has_text="Ketamine by vein")).to_contain_text("otto-2021")
    expect(rows.filter(has_text="Compounded nasal ketamine")).to_contain_text("FDA alert")
    expect(prescriber.page.locator("input[name=way]:checked")).to_have_count(0)

    before = moving_clinic.events()
    prescriber.press("Choose this way and write the plan").sees("Not saved yet")
    assert moving_clinic.events() == before, "no choice, nothing written"
    prescriber.open(f"{record_of(moving_clinic, 'spravato')}/plan/")
    choose_way(prescriber, "Spravato", "Approved for this, and no needle is wanted.").is_at("way=spravato:nasal")

    prescriber.choose("Protocol", "^Spravato, label").choose("Product", "Spravato 28 mg")
    prescriber.page.get_by_label("3 devices, 84 mg").check()
    prescriber.fill("Sessions in this plan", "12").fill("Strength on the label", "10")
    prescriber.fill("Why is the plan changed", "Three devices were asked for.")
    prescriber.sees("3 × 28 mg = 84 mg of base").sees("Predicted esketamine")
    prescriber.press("Sign the plan").sees("Not saved yet")  # another package than the plan's
    expect(prescriber.page.get_by_label("3 devices, 84 mg")).to_be_checked()
    prescriber.fill("Strength on the label", "28").page.get_by_label("2 devices, 56 mg").check()
    prescriber.sees("2 × 28 mg = 56 mg of base").press("Sign the plan").is_at("/plans/").sees("In force")
    prescriber.sees("5 min apart")
    assert prescriber.problems == []


def test_an_injection_in_two_parts_waits_for_the_second_signature(moving_clinic: Clinic, walker: NewWalker) -> None:
    prescriber = walker("prescriber").open(f"{record_of(moving_clinic, 'intramuscular')}/plan/")
    choose_way(prescriber, "Ketamine into a muscle", "Veins are hard to find.").is_at("way=ketamine-injection:IM")
    weighed = (moving_clinic.local() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    prescriber.choose("Protocol", "^Racemic IM").choose("Product", "50 mg/mL")
    prescriber.page.locator("#id_weight_kg").fill("64")
    prescriber.fill("Weighed at", weighed).fill("Dose of base", "0.5")
    prescriber.fill("Of this, in a second injection", "0.2").fill("Second injection not before", "15")
    prescriber.fill("Sessions in this plan", "4").fill("Strength on the vial", "50")
    prescriber.fill("Why is the plan changed", "Weighed again.")
    computed = prescriber.section("Computed")
    expect(computed).to_contain_text("Injection 2: 0.25 mL × 50 mg/mL = 12.5 mg drawn up, 15 min later")
    for rule in ("DO15", "DO23", "DO26"):
        box = prescriber.page.locator(f"#id_reason_{rule}")
        expect(box).to_be_visible()
        box.fill("Weighed and talked through.")
        box.blur()
    prescriber.press("Sign the plan").is_at("/plans/").sees("Waits for the second signature")
    pharmacist = walker("pharmacist").open(prescriber.page.url.removeprefix(moving_clinic.server.url))
    pharmacist.fill("What you have checked", "Person, weight, both parts, vial.").press("Sign as second person")
    pharmacist.sees("In force").sees("not before 15 min")
    assert prescriber.problems == []
    assert pharmacist.problems == []


def test_the_advice_fits_a_phone(moving_clinic: Clinic, walker: NewWalker) -> None:
    phone = walker("prescriber", viewport=PHONE).open(f"{record_of(moving_clinic, 'spravato')}/plan/")
    phone.link("Compare routes").sees("Routes side by side").fits()
