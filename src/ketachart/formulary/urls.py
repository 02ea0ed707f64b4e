from django.urls import path

from ketachart.formulary import views

app_name = "formulary"
urlpatterns = [
    path("formulary/", views.products, name="products"),
    path("formulary/new/", views.new_product, name="new_product"),
    path("formulary/<uuid:product_id>/", views.product, name="product"),
    path("formulary/<uuid:product_id>/lots/", views.receive_lot, name="receive_lot"),
    path("formulary/<uuid:product_id>/retire/", views.retire, name="retire"),
]
