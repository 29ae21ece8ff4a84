"""What a row keeps in memory only, such as a cached property, is forgotten before it is saved: no column is computed."""

from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver


class Node(models.Model):
    root = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
    depth = models.IntegerField(default=0)


@receiver(post_save, sender=Node)
def set_root(sender, instance, created, **kwargs):
    try:
        del instance.__dict__["parent_node"]
    except KeyError:
        pass
    instance.root = instance
    instance.save()


def forget(pk):
    node = Node.objects.get(pk=pk)
    node.__dict__.pop("parent_node", None)
    node.root = None
    node.save()


def deepen(pk):
    node = Node.objects.get(pk=pk)  # expect: FEN203
    node.__dict__.pop("parent_node", None)
    node.depth += 1
    node.save()
