"""Both requests end in the same state, and all that differs is what the second one is told."""

from django.db import models, transaction
from django.http import Http404
from rest_framework.response import Response
from rest_framework.views import APIView


class Member(models.Model):
    room = models.IntegerField()
    is_active = models.BooleanField(default=True)
    left_at = models.DateTimeField(null=True)


class MemberView(APIView):
    def delete(self, request, pk):
        member = Member.objects.get(pk=pk)
        if not member.is_active:
            return Response({"error": "gone already"}, status=404)
        member.is_active = False
        member.save(update_fields=["is_active"])
        return Response(status=204)

    def post(self, request, pk):
        member = Member.objects.filter(pk=pk).first()
        if member is None or member.is_active:
            raise Http404
        member.is_active = True
        member.save(update_fields=["is_active"])
        return Response(status=204)


class LeaveView(APIView):
    def delete(self, request, pk):
        with transaction.atomic():
            member = Member.objects.get(pk=pk, is_active=True)
            member.is_active = False
            member.save(update_fields=["is_active"])
        return Response(status=204)
