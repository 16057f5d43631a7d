from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.views.generic import CreateView, DetailView, ListView

from .models import Note

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class NoteList(ListView):
    model = Note
    paginate_by = 20

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.session["visits"] = request.session.get("visits", 0) + 1
        return super().get(request, *args, **kwargs)


class NoteCreate(CreateView):
    model = Note
    fields = ("title", "body")


class NoteDetail(DetailView):
    model = Note
