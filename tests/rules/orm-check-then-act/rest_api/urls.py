from django.urls import path
from rest_framework.routers import DefaultRouter

from . import api

router = DefaultRouter()
router.register("transfers", api.TransferViewSet)

urlpatterns = [
    path("submit/<int:pk>/", api.submit),
    path("approve/<int:pk>/", api.ApproveView.as_view()),
    path("approve-locked/<int:pk>/", api.LockedApproveView.as_view()),
    *router.urls,
]
