from __future__ import annotations

from django.urls import path

from .views import NoteCreate, NoteDetail, NoteList

app_name = "notes"
urlpatterns = [
    path("", NoteList.as_view(), name="list"),
    path("new/", NoteCreate.as_view(), name="create"),
    path("<int:pk>/", NoteDetail.as_view(), name="detail"),
]
