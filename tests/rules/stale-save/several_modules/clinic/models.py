from django.db import models


class Patient(models.Model):
    name = models.CharField(max_length=100)
    phone = models.CharField(max_length=30)
    last_visit = models.DateField(null=True)
    balance = models.IntegerField(default=0)

    def visited(self, day):
        self.last_visit = day
        self.save(update_fields=["last_visit"])

    def call_back(self, phone):
        self.phone = phone
        self.save()  # expect: FEN208 "Patient.visited"
