from django.urls import path

from shop import returns, views

urlpatterns = [
    path("p/<slug:sku>/", views.product_page),
    path("p/<slug:sku>/reserve/", views.reserve),
    path("p/<slug:sku>/cart/", views.add_to_cart),
    path("coupons/<slug:code>/", views.redeem_coupon),
    path("orders/<int:order_id>/paid/", views.mark_paid),
    path("orders/<int:order_id>/paid-once/", views.mark_paid_once),
    path("orders/<int:order_id>/total/", views.change_total),
    path("orders/<int:order_id>/total-later/", views.change_total_and_tell_after_commit),
    path("orders/<int:order_id>/cancel/", views.cancel_order),
    path("customers/<int:customer_id>/wishlist/", views.WishlistView.as_view()),
    path("customers/<int:customer_id>/favourites/", views.FavouriteView.as_view()),
    path("customers/<int:customer_id>/points/", views.spend_points),
    path("customers/<int:customer_id>/credit/", views.pay_with_credit),
    path("hooks/stripe/", returns.refunded),
    path("hooks/stripe-once/", returns.refunded_once),
]
