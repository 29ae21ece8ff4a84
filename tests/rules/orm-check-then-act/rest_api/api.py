from django.db import transaction
from rest_framework import status, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Approval, Transfer
from .tasks import execute


@api_view(["POST"])
def submit(request, pk):
    transfer = get_object_or_404(Transfer, pk=pk)  # expect: FEN204
    if transfer.state != "draft":
        return Response(status=status.HTTP_409_CONFLICT)
    transfer.state = "submitted"
    transfer.save(update_fields=["state"])
    execute.delay(transfer.pk)
    return Response(status=status.HTTP_204_NO_CONTENT)


class ApproveView(APIView):
    def post(self, request, pk):
        with transaction.atomic():
            transfer = Transfer.objects.get(pk=pk)  # expect: FEN204
            if transfer.state != "submitted":
                return Response(status=status.HTTP_409_CONFLICT)
            transfer.state = "approved"
            transfer.save(update_fields=["state"])
            Approval.objects.create(transfer=transfer, person=request.user.username)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LockedApproveView(APIView):
    def post(self, request, pk):
        with transaction.atomic():
            transfer = Transfer.objects.select_for_update().get(pk=pk)
            if transfer.state != "submitted":
                return Response(status=status.HTTP_409_CONFLICT)
            transfer.state = "approved"
            transfer.save(update_fields=["state"])
            Approval.objects.create(transfer=transfer, person=request.user.username)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TransferViewSet(viewsets.ModelViewSet):
    queryset = Transfer.objects.all()

    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        transfer = self.get_object()  # expect: FEN204
        if transfer.state == "cancelled":
            return Response(status=status.HTTP_409_CONFLICT)
        transfer.state = "cancelled"
        transfer.save(update_fields=["state"])
        execute.delay(transfer.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    def cancel_once(self, request, pk=None):
        changed = Transfer.objects.filter(pk=pk).exclude(state="cancelled").update(state="cancelled")
        if not changed:
            return Response(status=status.HTTP_409_CONFLICT)
        execute.delay(pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    def repeat(self, request, pk=None):
        transfer = self.get_object()  # expect: FEN203
        if transfer.retries_left <= 0:
            return Response(status=status.HTTP_409_CONFLICT)
        transfer.retries_left -= 1
        transfer.save(update_fields=["retries_left"])
        return Response(status=status.HTTP_204_NO_CONTENT)
