from django.urls import path

from shop import views

urlpatterns = [path("coupon/", views.coupon_in_a_view)]
