from django.urls import path

from . import views

urlpatterns = [
    path("order/", views.order),
    path("order-later/", views.order_and_tell_after_commit),
    path("order-now/", views.order_outside_the_transaction),
]
