from django.db import models


class Order(models.Model):
    total = models.IntegerField()
    state = models.CharField(max_length=10)
    lines = models.IntegerField(default=0)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    sku = models.CharField(max_length=10)
