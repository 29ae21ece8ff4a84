from django.db import models, transaction


class Customer(models.Model):
    name = models.CharField(max_length=40)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    note = models.TextField(blank=True)


class Visit(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)


def plain_create(customer, note):
    return Order.objects.create(customer=customer, note=note)


def existence_of_another_model(customer_id, note):
    if not Customer.objects.filter(pk=customer_id).exists():
        raise ValueError(customer_id)
    return Order.objects.create(customer_id=customer_id, note=note)


def row_of_another_model(customer_id):
    customer = Customer.objects.get(pk=customer_id)
    Visit.objects.create(customer=customer)


def count_only_told(customer):
    before = Order.objects.filter(customer=customer).count()
    order = Order.objects.create(customer=customer)
    return order, before


def looked_up_after_the_create(customer, note):
    Order.objects.create(customer=customer, note=note)
    return Order.objects.filter(customer=customer).count()


def existence_only_answered(name):
    return Customer.objects.filter(name=name).exists()


def missing_row_refused(customer_id):
    try:
        customer = Customer.objects.get(pk=customer_id)
    except Customer.DoesNotExist:
        raise ValueError(customer_id) from None
    return customer.name


def unsaved_row(name):
    customer = Customer.objects.filter(name=name).first()
    return customer or Customer(name=name)


@transaction.atomic
def child_of_a_row_made_here(name):
    customer = Customer.objects.create(name=name)
    if not Order.objects.filter(customer=customer).exists():
        Order.objects.create(customer=customer)
    return customer


def not_a_model(registry, name):
    if not registry.exists(name):
        registry.create(name)
