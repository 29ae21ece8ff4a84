from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views import View
from django.views.decorators.http import require_POST

from shop import carts, counters, coupons, loyalty, orders, payments_sql, stock
from shop.models import Customer, Favourite, Order, Product, Wishlist
from shop.tasks import send_confirmation


def product_page(request, sku):
    product = get_object_or_404(Product, sku=sku)
    counters.count_view(product.pk)
    return JsonResponse({"name": product.name, "price": product.price_cents})


@require_POST
def reserve(request, sku):
    if not stock.reserve(sku, int(request.POST["quantity"])):
        return HttpResponse(status=409)
    return HttpResponse(status=204)


@require_POST
def add_to_cart(request, sku):
    cart = carts.Cart(request.session.session_key)
    try:
        cart.add_line(sku, int(request.POST["quantity"]))
    except carts.CartFull:
        return HttpResponse(status=409)
    return HttpResponse(status=204)


@require_POST
def redeem_coupon(request, code):
    customer = get_object_or_404(Customer, email=request.POST["email"])
    return JsonResponse({"percent": coupons.redeem(code, customer)})


@require_POST
def mark_paid(request, order_id):
    order = get_object_or_404(Order, pk=order_id)  # expect: FEN204
    if order.status == Order.Status.NEW:
        order.status = Order.Status.PAID
        order.save(update_fields=["status"])
        send_confirmation.delay(order.pk)
    return HttpResponse(status=204)


@require_POST
def mark_paid_once(request, order_id):
    paid = Order.objects.filter(pk=order_id, status=Order.Status.NEW).update(status=Order.Status.PAID)
    if paid:
        send_confirmation.delay(order_id)
    return HttpResponse(status=204)


class WishlistView(View):
    def post(self, request, customer_id):
        wishlist, _created = Wishlist.objects.get_or_create(  # expect: FEN205
            customer_id=customer_id, name=request.POST["name"]
        )
        return JsonResponse({"id": wishlist.pk})


class FavouriteView(View):
    def post(self, request, customer_id):
        favourite, _created = Favourite.objects.get_or_create(
            customer_id=customer_id, product_id=request.POST["product"]
        )
        return JsonResponse({"id": favourite.pk})


@require_POST
def change_total(request, order_id):
    with transaction.atomic():
        Order.objects.filter(pk=order_id).update(total_cents=request.POST["cents"])
        send_confirmation.apply_async(args=[order_id])  # expect: FEN304
    return HttpResponse(status=204)


@require_POST
def change_total_and_tell_after_commit(request, order_id):
    with transaction.atomic():
        Order.objects.filter(pk=order_id).update(total_cents=request.POST["cents"])
        transaction.on_commit(lambda: send_confirmation.delay(order_id))
    return HttpResponse(status=204)


@require_POST
def spend_points(request, customer_id):
    customer = get_object_or_404(Customer, pk=customer_id)
    loyalty.spend_under_row_lock(customer, int(request.POST["points"]))
    return HttpResponse(status=204)


@require_POST
def pay_with_credit(request, customer_id):
    payments_sql.pay_with_credit(customer_id, int(request.POST["cents"]))
    return HttpResponse(status=204)


@require_POST
def cancel_order(request, order_id):
    orders.cancel(order_id)
    return HttpResponse(status=204)
