"""Pages of what this clinic stocks."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from ketachart.formulary import commands, queries
from ketachart.formulary.forms import LotForm, ProductForm, RetireForm
from ketachart.formulary.models import Product
from ketachart.record import clock
from ketachart.record.errors import Refused
from ketachart.record.models import Clinic
from ketachart.web.forms import refuse, render_form
from ketachart.web.gates import SignedInRequest, allow


@allow("formulary.read")
def products(request: SignedInRequest) -> HttpResponse:
    found = queries.products(request.actor)
    return render(
        request, "formulary/products.html", {"products": found, "may_write": request.actor.may("formulary.write")}
    )


@allow("formulary.write")
def new_product(request: SignedInRequest) -> HttpResponse:
    form = ProductForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            commands.list_product(request.actor, **form.cleaned_data, at=clock.now())
            return redirect("formulary:products")
        except Refused as refused:
            refuse(form, refused)
    return render_form(request, "formulary/new_product.html", {"form": form})


@allow("formulary.read")
def product(request: SignedInRequest, product_id: UUID) -> HttpResponse:
    return _product_page(request, product_id, LotForm(), RetireForm(prefix="retire"))


@allow("formulary.write")
@require_POST
def receive_lot(request: SignedInRequest, product_id: UUID) -> HttpResponse:
    form = LotForm(request.POST)
    if form.is_valid():
        at = clock.now()
        zone = ZoneInfo(Clinic.objects.get(id=request.actor.clinic_id).timezone)
        try:
            commands.receive_lot(
                request.actor, product_id=product_id, on=at.astimezone(zone).date(), at=at, **form.cleaned_data
            )
            return redirect("formulary:product", product_id=product_id)
        except Refused as refused:
            refuse(form, refused)
    return _product_page(request, product_id, form, RetireForm(prefix="retire"))


@allow("formulary.write")
@require_POST
def retire(request: SignedInRequest, product_id: UUID) -> HttpResponse:
    form = RetireForm(request.POST, prefix="retire")
    if form.is_valid():
        try:
            commands.retire_product(request.actor, product_id=product_id, at=clock.now(), **form.cleaned_data)
            return redirect("formulary:products")
        except Refused as refused:
            refuse(form, refused)
    return _product_page(request, product_id, LotForm(), form)


def _product_page(
    request: SignedInRequest, product_id: UUID, lot_form: LotForm, retire_form: RetireForm
) -> HttpResponse:
    found = get_object_or_404(Product.objects.visible_to(request.actor).prefetch_related("lots"), id=product_id)
    context = {
        "product": found,
        "lots": found.lots.all(),
        "lot_form": lot_form,
        "retire_form": retire_form,
        "may_write": request.actor.may("formulary.write"),
        "form": lot_form if lot_form.is_bound else retire_form,
    }
    return render_form(request, "formulary/product.html", context)
