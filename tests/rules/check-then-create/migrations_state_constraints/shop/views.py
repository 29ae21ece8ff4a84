from shop.models import Coupon, Label, Seat, Tag, Ticket, Voucher


def coupon(code):
    Coupon.objects.get_or_create(code=code)


def coupon_in_a_view(request):
    code = request.POST["code"]
    if not Coupon.objects.filter(code=code).exists():  # expect: FEN205 "the unique constraint on code refuses"
        Coupon.objects.create(code=code)


def voucher(code):
    Voucher.objects.get_or_create(code=code)  # expect: FEN205


def sold(show, number):
    Seat.objects.get_or_create(show=show, number=number, state="sold")


def held(show, number):
    if not Seat.objects.filter(show=show, number=number).exists():  # expect: FEN205
        Seat.objects.create(show=show, number=number, state="held")


def label(name):
    Label.objects.get_or_create(name=name)


def tag(name):
    Tag.objects.get_or_create(name=name)  # expect: FEN205


def ticket(number, year):
    Ticket.objects.get_or_create(number=number, year=year)  # expect: FEN205
