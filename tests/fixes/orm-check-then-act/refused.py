"""Nothing is safe here, or can be said."""

from django.db import IntegrityError, models, transaction
from django.db.models import Count
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship


class Order(models.Model):
    status = models.CharField(max_length=10, default="new")
    paid = models.BooleanField(default=False)
    slug = models.SlugField(unique=True)


class Base(DeclarativeBase):
    pass


class Coupon(Base):
    __tablename__ = "coupon"
    id: Mapped[int] = mapped_column(primary_key=True)
    spent: Mapped[bool]
    owners = relationship("Owner")


def handed_in(session: Session, coupon: Coupon):
    if coupon.spent:  # unfixed: "the row is handed in"
        return False
    coupon.spent = True
    session.commit()
    return True


def whether_there_is(pk):
    if not Order.objects.filter(pk=pk, paid=False).exists():  # unfixed: "exists() cannot lock"
        return False
    Order.objects.filter(pk=pk).update(paid=True)
    return True


def counted(pk):
    order = Order.objects.annotate(n=Count("pk")).get(pk=pk)  # unfixed: "annotate() cannot lock"
    if order.paid:
        raise ValueError(pk)
    order.paid = True
    order.save(update_fields=["paid"])


def error_is_handled(pk, slug):
    order = Order.objects.get(pk=pk)  # unfixed: "would break the transaction"
    if order.paid:
        raise ValueError(pk)
    try:
        Order.objects.create(slug=slug)
    except IntegrityError:
        pass
    order.paid = True
    order.save(update_fields=["paid"])


def joined(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id, options=[joinedload(Coupon.owners)])  # unfixed: "joinedload() cannot lock"
    if coupon.spent:
        raise ValueError(coupon_id)
    coupon.spent = True
    session.commit()


def two_transactions(session: Session, coupon_id):
    coupon = session.get(Coupon, coupon_id)  # unfixed: "commits between"
    if coupon.spent:
        raise ValueError(coupon_id)
    session.commit()
    coupon.spent = True
    session.commit()


class Orders:
    def find(self, pk):
        return Order.objects.get(pk=pk)  # unfixed: "in another function"

    def pay(self, pk):
        order = self.find(pk)
        if order.paid:
            raise ValueError(pk)
        order.paid = True
        order.save(update_fields=["paid"])


def find(session: Session, coupon_id):
    return session.get(Coupon, coupon_id)  # unfixed: "in another function"


def redeem(session: Session, coupon_id):
    coupon = find(session, coupon_id)
    if coupon.spent:
        raise ValueError(coupon_id)
    coupon.spent = True
    session.commit()


def load(pk):
    return Order.objects.get(pk=pk)  # unfixed: "in another function"


def pay_in_a_transaction(pk):
    with transaction.atomic():
        order = load(pk)
        if order.paid:
            raise ValueError(pk)
        order.paid = True
        order.save(update_fields=["paid"])
