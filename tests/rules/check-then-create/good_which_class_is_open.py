"""Which class the rows are of is decided at run time: its constraints are not known, and neither are its rows."""

from django.apps import apps


def assign(assignment_model, instance, ids):
    found = list(assignment_model.objects.filter(instance=instance))
    missing = [one for one in ids if one not in [a.target for a in found]]
    for one in missing:
        found.append(assignment_model.objects.create(instance=instance, target=one))
    return found


def permit(name):
    Permission = apps.get_model("permission", "Permission")
    if not Permission.objects.filter(name=name).exists():
        Permission.objects.create(name=name)


class Importer:
    def __init__(self, model):
        self.model = model

    def run(self, code):
        if not self.model.objects.filter(code=code).exists():
            self.model.objects.create(code=code)
